"""Whether MLflow's page of the arms is right, of more trials than it loads."""

from pathlib import Path

import pytest

from tests.arms_page import assert_true_of_all_trials

pytestmark = pytest.mark.browser


def test_the_page_is_true_above_a_hundred_trials(tmp_path: Path) -> None:
    """Of a real study of 130 trials it shows the means, quartiles and numbers of all, to 1e-9."""
    assert_true_of_all_trials(tmp_path, trials=130, generation=13)
