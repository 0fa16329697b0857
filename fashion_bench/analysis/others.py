"""Other experiments of the ledger that an answer rests on: who saw the images, who asked the same.

A file is quickly copied: what counts is how often images were opened, and how often arms were
compared, under whatever name (decision 43).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from fashion_bench.analysis.joining import configurations, seeds_of
from fashion_bench.analysis.text import MOST_NAMED, ordinal, some_of
from fashion_bench.plan import Plan
from fashion_bench.records import StudyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another experiment that trained arms of the same configurations.

    Attributes:
        experiment: its name.
        arms: those arms, as the one that is linked calls them, in its order.
        seeds: how many of the other's seeds of these arms are the linked one's, too.
    """

    experiment: str
    arms: tuple[str, ...]
    seeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What other experiments of the ledger have to do with one.

    Attributes:
        seeds: how many this one has finished trials of.
        opened: every experiment that opened its test images, in order of time, itself included.
        place: which of them it is, counted from 1; 0 where it has not opened them.
        links: those that trained two of its arms or more, the oldest first.
    """

    seeds: int = 0
    opened: tuple[str, ...] = ()
    place: int = 0
    links: tuple[Link, ...] = ()


def shares_arms(plan: Plan, other: Plan) -> bool:
    """Tell whether two arms of an experiment, or more, are in another one, too."""
    return plan.name != other.name and len(_shared(plan, other)) > 1


def others_of(
    study: StudyRecord, experiments: Sequence[StudyRecord], beside: Collection[str] = ()
) -> Others:
    """Return what other experiments have to do with one.

    Args:
        study: the experiment.
        experiments: of its ledger, the oldest first; those that share arms with their trials.
        beside: names of those that it is compared with, which are no others.
    """
    digests = {digest for opening in study.openings for digest in opening.digests.values()}
    opened = openers(experiments, digests)
    return Others(
        seeds=len(seeds_of(study)),
        opened=opened,
        place=opened.index(study.name) + 1 if study.name in opened else 0,
        links=tuple(_links(study, [one for one in experiments if one.name not in beside])),
    )


def openers(experiments: Sequence[StudyRecord], digests: set[str]) -> tuple[str, ...]:
    """Return who opened any of these images, in order of the first time."""
    first = {
        one.name: min(times)
        for one in experiments
        if (
            times := [
                opening.opened_at
                for opening in one.openings
                if digests.intersection(opening.digests.values())
            ]
        )
    }
    return tuple(sorted(first, key=lambda name: first[name]))


def _shared(plan: Plan, other: Plan) -> dict[str, str]:
    """Return the arms of both, as either calls them."""
    theirs = configurations(other)
    return {arm: theirs[config] for config, arm in configurations(plan).items() if config in theirs}


def _links(study: StudyRecord, experiments: Sequence[StudyRecord]) -> Iterator[Link]:
    for other in experiments:
        if other.trials and shares_arms(study.plan, other.plan):
            shared = _shared(study.plan, other.plan)
            seeds = seeds_of(study, *shared) & seeds_of(other, *shared.values())
            yield Link(experiment=other.name, arms=tuple(shared), seeds=len(seeds))


# What is told of them ----------------------------------------------------------------------------


def told(others: Others) -> Iterator[str]:
    """Tell which opening of the images this was, and which answers are no further ones."""
    if others.place and len(others.opened) > 1:
        yield (
            f"it is the {ordinal(others.place)} of {len(others.opened)} experiments here that "
            "opened these test images"
        )
    for arms in dict.fromkeys(link.arms for link in others.links):
        links = [link for link in others.links if link.arms == arms]
        names = " and ".join(arms) if len(arms) == 2 else some_of(arms, MOST_NAMED)
        if repeated := [link for link in links if link.seeds]:
            yield f"{names} were compared in {_repeated(repeated, others.seeds)}"
        if fresh := [link.experiment for link in links if not link.seeds]:
            yield f"{names} were compared in {_fresh(fresh)}"


def _repeated(links: Sequence[Link], seeds: int) -> str:
    if len(links) == 1:
        (link,) = links
        return (
            f"{link.experiment}, too, with {link.seeds} of these {seeds} seeds: its answer is not "
            "a second result"
        )
    shown = some_of([f"{link.experiment} ({link.seeds})" for link in links], MOST_NAMED)
    return (
        f"{len(links)} other experiments here with some of these {seeds} seeds: {shown}: their "
        "answers are not further results"
    )


def _fresh(names: Sequence[str]) -> str:
    how_many = "one other experiment" if len(names) == 1 else f"{len(names)} other experiments"
    return (
        f"{how_many} here, with other seeds: {some_of(names, MOST_NAMED)}; the best of "
        f"{len(names) + 1} answers is partly luck"
    )
