"""Tests of ``app/plain.py``."""

from math import inf, nan

import pytest

from fashion_bench.app.plain import json_text


@pytest.mark.parametrize("number", [nan, inf, -inf])
def test_what_json_has_no_word_for_is_refused(number: float) -> None:
    """Nobody is handed text that strict readers reject."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"value": number})


def test_letters_stay_as_they_are() -> None:
    """A question in any language can be read."""
    assert json_text(["Ändert das etwas?"]) == '[\n  "Ändert das etwas?"\n]'
