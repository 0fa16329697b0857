"""Tests of ``analysis/others.py``."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.others import Link, Others, openers, others_of, shares_arms, told
from fashion_bench.analysis.text import ordinal
from fashion_bench.plan import ArmPlan
from fashion_bench.records import Opening, StudyRecord
from tests.analysis.conftest import make_study, make_trial
from tests.plans import planned

TWO = {"none": 0.0, "dropout": 0.5}


def asked(
    name: str,
    seeds: Sequence[int],
    *opened: tuple[float, str],
    arms: Mapping[str, float] = TWO,
) -> StudyRecord:
    """Return an experiment of these rates of dropout, and its openings by time and digest."""
    trials = [make_trial((0.9,), arm=arm, number=seed) for arm in arms for seed in seeds]
    study = planned(
        make_study(*trials, arms=tuple(arms), kind="experiment"),
        name=name,
        arms=tuple(ArmPlan(name=arm, fixed={"dropout": rate}) for arm, rate in arms.items()),
    )
    openings = (
        Opening(opened_at=at, git_commit="c0ffee", digests={"plain": digest})
        for at, digest in opened
    )
    return replace(study, name=name, openings=tuple(openings))


def test_openings_are_counted_by_images_in_order_of_time() -> None:
    """However often one opened them, it counts once, from its first time; other images do not."""
    every = [
        asked("late", [1], (9.0, "x"), (10.0, "x")),
        asked("early", [1], (1.0, "x"), (11.0, "x")),
        asked("other", [1], (2.0, "y")),
        asked("closed", [1]),
    ]
    assert openers(every, {"x"}) == ("early", "late")
    found = {one.name: others_of(one, every) for one in every}
    assert {name: (one.place, len(one.opened)) for name, one in found.items()} == {
        "late": (2, 2),
        "early": (1, 2),
        "other": (1, 1),
        "closed": (0, 0),
    }
    assert list(told(replace(found["late"], links=()))) == [
        "it is the 2nd of 2 experiments here that opened these test images"
    ]
    assert not list(told(replace(found["other"], links=())))


@given(st.lists(st.sampled_from("xyz"), min_size=1, max_size=8))
def test_places_are_those_of_a_row(digests: list[str]) -> None:
    """Of those that opened the same images one is the first, one the second, and so on."""
    every = [asked(f"e{at}", [1], (float(at), digest)) for at, digest in enumerate(digests)]
    for digest in digests:
        row = [others_of(one, every).place for one in every if digest == digests[every.index(one)]]
        assert row == list(range(1, len(row) + 1))


def test_equal_arms_are_linked_whatever_they_are_called() -> None:
    """Two that are equal, or more; the names are one's own, and so is the count of seeds."""
    own = asked("own", [1, 2, 3])
    renamed = asked("renamed", [3, 4, 2], arms={"with": 0.5, "without": 0.0, "much": 0.9})
    half = asked("half", [1, 2], arms={"none": 0.0, "dropout": 0.4})
    empty = replace(asked("empty", []), trials=())
    assert shares_arms(own.plan, renamed.plan)
    assert not shares_arms(own.plan, half.plan)
    assert not shares_arms(own.plan, own.plan)
    found = others_of(own, [own, renamed, half, empty])
    assert found.links == (Link(experiment="renamed", arms=("none", "dropout"), seeds=2),)
    assert others_of(renamed, [own]).links == (
        Link(experiment="own", arms=("with", "without"), seeds=2),
    )
    assert others_of(own, [own, renamed], ["own", "renamed"]).links == ()


def linked(*seeds: int) -> Others:
    """Return what is known of an experiment of ten seeds that shares so many with each other."""
    links = (
        Link(experiment=f"e{place}", arms=("none", "dropout"), seeds=number)
        for place, number in enumerate(seeds)
    )
    return Others(seeds=10, links=tuple(links))


@pytest.mark.parametrize(
    ("found", "sentences"),
    [
        (linked(), []),
        (
            linked(10),
            [
                "none and dropout were compared in e0, too, with 10 of these 10 seeds: its answer "
                "is not a second result"
            ],
        ),
        (
            linked(10, 0, 3),
            [
                "none and dropout were compared in 2 other experiments here with some of these 10 "
                "seeds: e0 (10), e2 (3): their answers are not further results",
                "none and dropout were compared in one other experiment here, with other seeds: "
                "e1; the best of 2 answers is partly luck",
            ],
        ),
        (
            linked(*[0] * 9),
            [
                "none and dropout were compared in 9 other experiments here, with other seeds: "
                "e0, e1, e2, e3, e4 and 4 more; the best of 10 answers is partly luck"
            ],
        ),
    ],
    ids=["none", "one", "both kinds", "nine"],
)
def test_links_are_told(found: Others, sentences: list[str]) -> None:
    """With the seeds that they share; those that share none apart."""
    assert list(told(found)) == sentences


def test_other_arms_are_told_apart() -> None:
    """Of three arms, each set that was compared elsewhere, with who compared it."""
    links = (
        Link(experiment="x", arms=("a", "b"), seeds=1),
        Link(experiment="y", arms=("a", "b", "c"), seeds=0),
        Link(experiment="z", arms=("a", "b"), seeds=0),
    )
    luck = "the best of 2 answers is partly luck"
    assert list(told(Others(seeds=2, links=links))) == [
        "a and b were compared in x, too, with 1 of these 2 seeds: its answer is not a second "
        "result",
        f"a and b were compared in one other experiment here, with other seeds: z; {luck}",
        f"a, b, c were compared in one other experiment here, with other seeds: y; {luck}",
    ]


def test_ordinals() -> None:
    """As they are spoken."""
    told = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th", "122nd"]
    assert [ordinal(place) for place in (1, 2, 3, 4, 11, 12, 13, 21, 101, 111, 122)] == told
