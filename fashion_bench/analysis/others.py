"""Other experiments of the ledger that an answer rests on: who saw the images, who asked the same.

A file is quickly copied: what counts is how often images were opened, and how often arms were
compared, under whatever name (decision 43).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from fashion_bench.analysis.joining import configurations, seeds_of
from fashion_bench.analysis.text import MOST_NAMED, ordinal, some_of
from fashion_bench.plan import Plan
from fashion_bench.records import Opening, StudyRecord


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
        removed: how many of them are there no more.
        place: which of them it is, counted from 1; 0 where it has not opened them.
        links: those that trained two of its arms or more, the oldest first.
    """

    seeds: int = 0
    opened: tuple[str, ...] = ()
    removed: int = 0
    place: int = 0
    links: tuple[Link, ...] = ()


def shares_arms(plan: Plan, other: Plan) -> bool:
    """Tell whether two arms that an experiment compares, or more, are compared in another one."""
    asked = plan.sources is None and other.sources is None
    return plan.name != other.name and asked and len(_shared(plan, other)) > 1


def others_of(
    study: StudyRecord,
    experiments: Sequence[StudyRecord],
    beside: Collection[str] = (),
    removed: Mapping[str, Sequence[Opening]] = MappingProxyType({}),
) -> Others:
    """Return what other experiments have to do with one.

    Args:
        study: the experiment.
        experiments: of its ledger, the oldest first; those that share arms with their trials.
        beside: names of those that it is compared with, which are no others.
        removed: openings of experiments that are there no more, by name.
    """
    digests = {digest for opening in study.openings for digest in opening.digests.values()}
    opened = openers(experiments, digests, removed)
    return Others(
        seeds=len(seeds_of(study)),
        opened=opened,
        removed=sum(name in removed for name in opened),
        place=opened.index(study.name) + 1 if study.name in opened else 0,
        links=tuple(_links(study, [one for one in experiments if one.name not in beside])),
    )


def openers(
    experiments: Sequence[StudyRecord],
    digests: set[str],
    removed: Mapping[str, Sequence[Opening]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Return who opened any of these images, in order of the first time."""
    openings = {**removed, **{one.name: one.openings for one in experiments}}
    times = {
        name: [each.opened_at for each in of_one if digests.intersection(each.digests.values())]
        for name, of_one in openings.items()
    }
    first = {name: min(seen) for name, seen in times.items() if seen}
    return tuple(sorted(first, key=lambda name: first[name]))


def _shared(plan: Plan, other: Plan) -> dict[str, str]:
    """Return the arms of both, as either calls them."""
    theirs = dict(configurations(other))
    return {arm: theirs[config] for config, arm in configurations(plan) if config in theirs}


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
        gone = f", {others.removed} of them removed since" if others.removed else ""
        yield (
            f"it is the {ordinal(others.place)} of {len(others.opened)} experiments here that "
            f"opened these test images{gone}"
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
