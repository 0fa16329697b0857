"""Random stories: run, grown, killed, moved, copied, edited, shared, nothing of a folder is lost.

``FASHION_BENCH_STORY_SEED`` begins with another one.
"""

import os
from pathlib import Path

import pytest

from tests.stories.story import Story

FIRST = int(os.environ.get("FASHION_BENCH_STORY_SEED", "1"))


def test_a_short_story(tmp_path: Path) -> None:
    """Of 25 steps; after each all that was recorded is there, once, and the doctor is right."""
    Story(tmp_path, FIRST).go(25)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(FIRST + 1, FIRST + 4))
def test_a_story(tmp_path: Path, seed: int) -> None:
    """Likewise of 60 steps."""
    Story(tmp_path, seed).go(60)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(FIRST + 4, FIRST + 24))
@pytest.mark.timeout(7200)
def test_a_long_story(tmp_path: Path, seed: int) -> None:
    """Likewise of 200 steps."""
    Story(tmp_path, seed).go(200)
