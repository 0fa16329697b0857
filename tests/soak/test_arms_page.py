"""Whether MLflow's page of the arms is right, of ten times the trials that it loads."""

from pathlib import Path

import pytest

from tests.arms_page import assert_true_of_all_trials


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.timeout(3600)
def test_the_page_is_true_of_a_thousand_trials(tmp_path: Path) -> None:
    """Of a real study of 1,024 trials it shows the means, quartiles and numbers of all, to 1e-9."""
    assert_true_of_all_trials(tmp_path, trials=1024, generation=16)
