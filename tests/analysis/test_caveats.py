from collections.abc import Sequence
from dataclasses import replace
from math import nan

import numpy as np
import pytest
from scipy import stats

from fashion_bench.analysis.caveats import caveats, fixed, skewed
from fashion_bench.analysis.comparison import compare_arms
from fashion_bench.analysis.foreseen import MOST_ARMS
from fashion_bench.dimensions import Choice, Range
from fashion_bench.records import Amendment, Opening, Outcome, StudyRecord, TrialRecord
from tests.analysis.conftest import failed, hopeless, make_study, make_trial
from tests.analysis.made_up_experiments import experiment, of_trials, scored
from tests.plans import planned, searching


def trials(arm: str, number: int, epochs: int = 2, first: int = 0) -> list[TrialRecord]:
    """Return complete trials of one arm."""
    return [
        make_trial((0.8,) * epochs, arm=arm, number=n, params={"x": 0.5})
        for n in range(first, first + number)
    ]


def study_of(*of_arms: Sequence[TrialRecord]) -> StudyRecord:
    """Return a whole study of these trials, arm by arm."""
    every = [trial for of_arm in of_arms for trial in of_arm]
    return replace(make_study(*every), planned=len(every))


def opened(study: StudyRecord, *reasons: str) -> StudyRecord:
    """Return an experiment whose test images were opened for these reasons."""
    openings = (
        Opening(opened_at=1.0, git_commit="c0ffee", digests={}, reason=reason) for reason in reasons
    )
    return replace(study, openings=tuple(openings))


def late(trial: TrialRecord) -> TrialRecord:
    """Return a trial that diverged after a sound epoch."""
    return replace(trial, outcome=Outcome.DIVERGED)


WHOLE = {"a": (0.8, 0.81), "b": (0.9, 0.91)}
LOST = [failed(arm="b", number=2)]
ODD = make_trial((0.9,), arm="b", number=1, test=(nan, 0.9))


def pruned(trial: TrialRecord) -> TrialRecord:
    """Return a trial that was stopped at a rung."""
    return replace(trial, outcome=Outcome.PRUNED)


SHORT_PAIR = [*trials("b", 1), *trials("b", 1, epochs=1, first=1)]
NO_MEASURE = (
    "measuring was stopped: trials without a score of the latest opening: {}; "
    "the same command goes on"
)

FOUND: dict[str, tuple[StudyRecord, list[str]]] = {
    "a whole study": (study_of(trials("a", 3), trials("b", 3)), []),
    "a whole experiment": (opened(experiment(WHOLE), ""), []),
    "unfinished": (
        replace(study_of(trials("a", 3), trials("b", 3)), planned=8),
        ["6 of 8 trials have finished"],
    ),
    "unequal trials": (
        study_of(trials("a", 3), trials("b", 2, epochs=3)),
        ["unequal budgets: trials from 2 in b to 3 in a"],
    ),
    "unequal epochs": (
        study_of(trials("a", 3, epochs=4), trials("b", 3)),
        ["unequal budgets: epochs from 6 in b to 12 in a"],
    ),
    "nearly equal epochs": (
        study_of([*trials("a", 10), *trials("a", 1, epochs=1, first=10)], trials("b", 11)),
        [],
    ),
    "diverged at once": (
        study_of([*trials("a", 1), hopeless(arm="a", number=1)], SHORT_PAIR),
        [
            "a: diverged trials: 1 of 2 (1 without a sound epoch, counted as accuracy 0.1, in no "
            "other metric)"
        ],
    ),
    "diverged late": (
        study_of([*trials("a", 1), *map(late, trials("a", 1, first=1))], trials("b", 2)),
        ["a: diverged trials: 1 of 2"],
    ),
    "failed": (
        study_of([*trials("a", 2), failed(arm="a", number=2)], [*trials("b", 2), *LOST]),
        [
            "a: failed trials, in no number: 1 of 3",
            "b: failed trials, in no number: 1 of 3",
        ],
    ),
    "not finite": (
        of_trials(*scored("a", (0.8, 0.81)), *scored("b", (0.9,)), ODD),
        ["test loss is not finite in b-1: no answer rests on it"],
    ),
    "all pruned": (
        study_of(trials("a", 2), [pruned(trial) for trial in trials("b", 2)]),
        ["b: no trial was trained for all its epochs"],
    ),
    "a best value at an edge": (
        searching(
            study_of(trials("a", 1), trials("b", 1)),
            a={"x": Range(low=0.1, high=0.5, integer=False)},
            b={"x": Range(low=0.1, high=0.5, integer=False)},
        ),
        [
            "a: its best trial has x 0.5, at the upper end of what was searched (0.1 to 0.5)",
            "b: its best trial has x 0.5, at the upper end of what was searched (0.1 to 0.5)",
        ],
    ),
    "ranges that differ": (
        searching(
            study_of(trials("a", 1), trials("b", 1), trials("c", 1)),
            a={"y": Range(low=1e-4, high=1e-2, log=True, integer=False)},
            b={"y": Range(low=1e-4, high=1e-3, log=True, integer=False)},
            c={"y": Choice(values=(1e-4, 1e-3)), "z": Choice(values=(1, 2))},
        ),
        [
            "y is not searched alike in the arms: 0.0001 to 0.01, by its logarithm in a, "
            "0.0001 to 0.001, by its logarithm in b, one of 0.0001, 0.001 in c"
        ],
    ),
    "other seeds": (
        of_trials(*scored("a", (0.8, 0.81)), *scored("b", (0.9, 0.91), first_seed=1)),
        [
            "a has no trial of seed 2: pairs are formed by seed, others are left out",
            "b has no trial of seed 0: pairs are formed by seed, others are left out",
        ],
    ),
    "many other seeds": (
        of_trials(*scored("a", (0.8,) * 8), *scored("b", (0.9,) * 8, first_seed=8)),
        [
            "a has no trial of seed 8, seed 9, seed 10, seed 11, seed 12 and 3 more: "
            "pairs are formed by seed, others are left out",
            "b has no trial of seed 0, seed 1, seed 2, seed 3, seed 4 and 3 more: "
            "pairs are formed by seed, others are left out",
        ],
    ),
    "several parameters": (
        replace(experiment(WHOLE), varying=("lr", "dropout")),
        ["the arms differ in lr, dropout: a difference is of all of them together"],
    ),
    "one parameter": (replace(experiment(WHOLE), varying=("dropout",)), []),
    "many arms": (
        experiment({f"arm{i}": (0.8,) for i in range(MOST_ARMS + 1)}),
        ["of 21 arms each is compared with the first alone, arm0"],
    ),
    "opened again": (
        opened(experiment(WHOLE), "", "a slip", "new torch"),
        [
            "the test images were opened 3 times, again because of: a slip; new torch",
            NO_MEASURE.format(4),
        ],
    ),
    "measured in part": (
        opened(of_trials(*scored("a", (0.8,)), make_trial((0.9,), arm="b")), ""),
        [NO_MEASURE.format(1)],
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_each_caveat_is_told_where_it_applies(case: str) -> None:
    """And nothing else is: what is as it should be needs no word."""
    study, expected = FOUND[case]
    assert [told for told in caveats(study) if "diverged: up to" not in told] == expected


def test_few_seeds_show_no_rare_crash() -> None:
    """How often training may diverge is told of every arm, by the one-sided exact interval."""
    ten = experiment({"a": (0.8,) * 10, "b": (0.9,) * 10})
    assert list(caveats(ten)) == ["each arm: 0 of 10 diverged: up to 26 % possible"]
    crashed = of_trials(
        *scored("a", (0.8,) * 10), *scored("b", (0.9,) * 9), hopeless(arm="b", number=9)
    )
    told = list(caveats(crashed))
    assert told[-2:] == [
        "a: 0 of 10 diverged: up to 26 % possible",
        "b: 1 of 10 diverged: up to 39 % possible",
    ]


def test_a_listed_set_of_seeds_is_told() -> None:
    """Seeds that a file lists may have been picked; drawn ones were not."""
    listed = planned(experiment(WHOLE), drawn=False)
    sentence = "its seeds are listed in the file, not drawn from its name"
    assert [told for told in caveats(listed) if "seeds" in told] == [sentence]


def test_what_was_amended_after_results_were_known_is_told() -> None:
    """The old value, the new one, and how many results were known."""
    amendments = (
        Amendment(key="margin", before=None, now=0.5, at=1.0, trials=20),
        Amendment(key="question", before="Is it?", now="Is it not?", at=2.0, trials=21),
    )
    assert list(caveats(replace(experiment(WHOLE), amendments=amendments)))[:2] == [
        "margin was changed from none to 0.5 when the results of 20 trials were known",
        "question was changed from 'Is it?' to 'Is it not?' when the results of 21 trials were "
        "known",
    ]


def test_skewed_differences_are_told() -> None:
    """With skewness and n, in the metric that decides; others are not."""
    gamma = np.random.default_rng(1).gamma(1, 0.01, 20)
    study = experiment({"a": (0.5,) * 20, "b": 0.5 + gamma})
    (told,) = skewed(compare_arms(study))
    assert told == (
        f"the differences b - a are skewed (skewness {stats.skew(gamma, bias=False):+.1f}, "
        "n = 20): at 1.4 a 95 % interval holds the truth in about 92 %"
    )
    even = experiment({"a": (0.5,) * 20, "b": 0.5 + np.linspace(-0.1, 0.1, 20)})
    assert not list(skewed(compare_arms(even)))
    equal = experiment({"a": (0.5,) * 20, "b": (0.6,) * 20})
    assert not list(skewed(compare_arms(equal)))
    assert not list(skewed(compare_arms(experiment(WHOLE))))


def test_seeds_are_no_caveat_of_a_study() -> None:
    """Its arms are explored, not paired."""
    assert caveats(study_of(trials("a", 2), trials("b", 2, first=2))) == ()


def test_what_was_fixed_is_told() -> None:
    """The recipe, and every parameter that does not vary."""
    trial = make_trial(params={"lr": 0.001, "dropout": 0.5})
    told = fixed(replace(make_study(trial), varying=("dropout",)))
    assert told["lr"] == 0.001
    assert "dropout" not in told
    assert (told["model"], told["epochs"], told["train_images"]) == ("mlp", 4, 54_000)
    assert fixed(make_study(arms=("a",))) == {}
