"""The sections every report ends with: what its answer rests on, and how to have it again."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count

from fashion_bench.analysis.caveats import fixed
from fashion_bench.analysis.compare import ArmSummary, summarise_arms
from fashion_bench.analysis.report.words import (
    Absence,
    Block,
    Facts,
    Listing,
    Notes,
    Section,
    Table,
    Text,
)
from fashion_bench.analysis.text import param
from fashion_bench.records import TEST_SETS, Opening, StudyRecord

__all__ = ["caveats_section", "moment", "record_sections"]

MOST_SEEDS = 20  # named; the others are counted


def caveats_section(caveats: Sequence[str]) -> Section:
    """Return what to keep in mind."""
    notes = Notes(sentences=tuple(caveats))
    return Section(
        title="Keep in mind", blocks=(notes if caveats else Text(words="Nothing stood out."),)
    )


def record_sections(study: StudyRecord, commands: Sequence[str]) -> tuple[Section, ...]:
    """Return what was fixed and spent, what it was run with, and how to run it again.

    Args:
        study: as the ledger holds it.
        commands: that run it again; none where no command alone does.
    """
    openings = [_openings(study)] if study.kind == "experiment" else []
    return (_fixed(study), _cost(study), _provenance(study), *openings, _again(study, commands))


def moment(seconds: float) -> str:
    """Return a Unix time as text."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _fixed(study: StudyRecord) -> Section:
    pairs = {name: param(value) for name, value in fixed(study).items()}
    absence = Absence(what="What was fixed", why="no trial has finished")
    return Section(
        title="What was the same in every trial", blocks=(Facts(pairs=pairs) if pairs else absence,)
    )


def _cost(study: StudyRecord) -> Section:
    arms = summarise_arms(study)
    table = Table(
        title="Training, validation included",
        header=("arm", "trials", "epochs", "seconds"),
        rows=(*(_spent(arm.arm, [arm]) for arm in arms), _spent("all arms", arms)),
        note="seconds: of every trial added up, however many ran side by side",
    )
    return Section(title="What it cost", blocks=(table,))


def _spent(name: str, arms: Sequence[ArmSummary]) -> tuple[str, ...]:
    counts = (sum(arm.trials for arm in arms), sum(arm.epochs for arm in arms))
    return name, *(f"{count:,}" for count in counts), f"{sum(arm.seconds for arm in arms):,.1f}"


def _provenance(study: StudyRecord) -> Section:
    facts = {
        "trials": f"{len(study.trials)} finished of {study.planned}",
        "seeds": _seeds(study),
        "begun": moment(study.created_at),
        **{name.replace("_", " "): value for name, value in study.provenance.items()},
    }
    return Section(title="What it was run with", blocks=(Facts(pairs=facts),))


def _seeds(study: StudyRecord) -> str:
    if "seed" in study.spec:
        return f"all drawn from {study.spec['seed']}"
    seeds = list(dict.fromkeys(trial.config.seed for trial in study.trials))
    more = len(seeds) - MOST_SEEDS
    named = ", ".join(map(str, seeds[:MOST_SEEDS])) + (f" and {more} more" if more > 0 else "")
    return f"{len(seeds)} in each arm: {named}" if seeds else "none yet"


def _openings(study: StudyRecord) -> Section:
    notes = Notes(sentences=tuple(map(_opening, study.openings, count(1))))
    absence = Absence(what="Scores on them", why="they have not been opened yet")
    return Section(title="The test images", blocks=(notes if study.openings else absence,))


def _opening(opening: Opening, place: int) -> str:
    digests = ", ".join(f"{TEST_SETS[name]} {digest}" for name, digest in opening.digests.items())
    reason = f", because: {opening.reason}" if opening.reason else ""
    return (
        f"opening {place}: {moment(opening.opened_at)}, by commit {opening.git_commit}, "
        f"of images by digest: {digests}{reason}"
    )


def _again(study: StudyRecord, commands: Sequence[str]) -> Section:
    return Section(title="How to reproduce it", blocks=tuple(_how(study, commands)))


def _how(study: StudyRecord, commands: Sequence[str]) -> Iterator[Block]:
    if commands:
        yield Listing(text="\n".join(commands))
        yield Text(
            words="On the same kind of device and with the same torch this gives the same trials, "
            f"bit for bit, with any number of workers. {study.name}.toml is this file:"
        )
    else:
        yield Absence(
            what="A command", why="`fashion-bench study promote` wrote and ran it. Its file:"
        )
    yield Listing(text=study.text)
