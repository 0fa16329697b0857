from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.caveats import caveats
from fashion_bench.analysis.comparison import is_over, settled_after
from fashion_bench.records import StudyRecord
from tests.analysis.conftest import failed, make_trial
from tests.analysis.made_up_experiments import of_trials
from tests.plans import planned

MOST = 20  # seeds


def looked_at(
    effect: float, look: int = 2, seeds: int = MOST, margin: float | None = None
) -> StudyRecord:
    """Return an experiment of validation accuracies, so many points apart at a spread of one."""
    noise = np.random.default_rng(5).normal(0, 0.01, (2, MOST))
    trials = [
        make_trial((0.8 + 0.01 * effect * place + float(noise[place, n]),), arm=arm, number=n)
        for place, arm in enumerate("ab")
        for n in range(seeds)
    ]
    return replace(planned(of_trials(*trials), look=look, margin=margin), planned=2 * MOST)


def test_the_first_look_that_settles_is_found() -> None:
    """A clear difference after few seeds, no difference after the last."""
    after = settled_after(looked_at(8))
    assert after is not None
    assert 6 <= after <= 10
    assert settled_after(looked_at(0)) is None
    assert settled_after(looked_at(0, margin=5.0)) is not None


@given(st.integers(1, 7), st.integers(0, MOST))
def test_it_hangs_on_the_first_seeds_alone(look: int, seeds: int) -> None:
    """Whatever is trained after the look that settles, it stays that one; before it, none is."""
    after = settled_after(looked_at(8, look))
    assert after is not None
    assert after % look == 0
    assert settled_after(looked_at(8, look, seeds)) == (after if seeds >= after else None)


def test_a_look_waits_for_every_arm() -> None:
    """A generation of which a kill left one arm is not looked at."""
    study = looked_at(8)
    after = settled_after(study)
    assert after is not None
    lacking = [t for t in study.trials if t.arm == "a" or t.number < after - 1]
    assert settled_after(replace(study, trials=tuple(lacking))) is None


def test_a_pair_without_values_is_not_settled() -> None:
    """Where all of an arm failed, looks go on."""
    study = looked_at(8)
    trials = [failed(arm="b", number=t.number) if t.arm == "b" else t for t in study.trials]
    assert settled_after(replace(study, trials=tuple(trials))) is None


def test_that_a_look_ended_it_is_told() -> None:
    """With the seeds it took and could have taken; where all were trained there is no word."""
    study = looked_at(8)
    after = settled_after(study)
    assert after is not None
    told = f"a look at validation accuracy ended it, after {after} of at most {MOST} seeds"
    assert told in caveats(looked_at(8, seeds=after))
    assert not [each for each in caveats(study) if "ended it" in each]
    assert not [each for each in caveats(looked_at(0, seeds=8)) if "ended it" in each]


@pytest.mark.parametrize(("seeds", "over"), [(4, False), (MOST - 2, True), (MOST, True)])
def test_one_that_a_look_settled_is_over(seeds: int, over: bool) -> None:
    """And one whose trials are all in."""
    assert is_over(looked_at(8, seeds=seeds)) is over
    assert is_over(looked_at(0, seeds=seeds)) is (seeds == MOST)
    assert is_over(planned(looked_at(8, seeds=seeds), look=None)) is (seeds == MOST)
