"""The sections that every report has: caveats, sample images, cost, provenance, reproduction."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count

from fashion_bench.analysis.document import (
    Block,
    Column,
    Facts,
    Listing,
    Notes,
    Picture,
    Placeholder,
    Row,
    Section,
    Table,
    Text,
    columns_of,
)
from fashion_bench.analysis.plots.canvas import MOST_CLASSES
from fashion_bench.analysis.plots.images import draw_samples
from fashion_bench.analysis.report.material import Seen, drawn
from fashion_bench.analysis.summary import ArmSummary, summarise_arms
from fashion_bench.analysis.text import NONE, moment, some_of
from fashion_bench.analysis.views.comparison import fixed_facts
from fashion_bench.config import TEST_SETS
from fashion_bench.records import Opening, StudyRecord, sum_known

MOST_SEEDS = 20  # named; the others are counted


def caveats_section(caveats: Sequence[str]) -> Section:
    """Return what to keep in mind."""
    notes, nothing = Notes(sentences=tuple(caveats)), Text(words="Nothing stood out.")
    return Section(title="Keep in mind", blocks=(notes if caveats else nothing,))


def record_sections(study: StudyRecord, commands: Sequence[str]) -> tuple[Section, ...]:
    """Return what was fixed and spent, what it was run with, and how to run it again.

    Args:
        study: as the ledger holds it.
        commands: that run it again; none where no command alone does.
    """
    openings = [_openings(study)] if study.kind == "experiment" else []
    again = Section(title="How to reproduce it", blocks=tuple(_how(study, commands)))
    return (_fixed(study), _cost(study), _provenance(study), *openings, again)


def _fixed(study: StudyRecord) -> Section:
    facts = fixed_facts(study)
    told = facts if facts.pairs else Placeholder(what="What was fixed", why="no trial has finished")
    return Section(title="Fixed in every trial", blocks=(told,))


def _cost(study: StudyRecord) -> Section:
    arms = summarise_arms(study)
    columns: tuple[Column[Row], ...] = (
        *columns_of("arm", kind="words"),
        *columns_of("trials", "epochs"),
        Column("seconds", lambda cost: f"{cost['seconds']:,.1f}"),
        Column("processor seconds", lambda cost: _seconds(cost["processor_seconds"])),
    )
    table = Table(
        title="Training, validation included",
        columns=columns,
        rows=(*(_added_up(arm.arm, [arm]) for arm in arms), _added_up("all arms", arms)),
        note="seconds: of every trial added up, however many ran side by side",
    )
    return Section(title="What it cost", blocks=(table,))


def _added_up(name: str, arms: Sequence[ArmSummary]) -> Row:
    spent = ("trials", "epochs", "seconds")
    worked = sum_known(arm.processor_seconds for arm in arms)
    sums = {what: sum(getattr(arm, what) for arm in arms) for what in spent}
    return {"arm": name, **sums, "processor_seconds": worked}


def _seconds(seconds: float | None) -> str:
    return NONE if seconds is None else f"{seconds:,.1f}"


def _provenance(study: StudyRecord) -> Section:
    facts = {
        "trials": f"{len(study.trials)} finished of {study.planned}",
        "seeds": _seeds(study),
        "begun": moment(study.created_at),
        **{name.replace("_", " "): value for name, value in study.provenance.items()},
    }
    return Section(title="What it was run with", blocks=(Facts(pairs=facts),))


def _seeds(study: StudyRecord) -> str:
    if not study.plan.listed:
        return f"all drawn from {study.plan.seed}"
    if study.plan.sources is not None:
        return f"{study.plan.sources} of each source, crossed, drawn from the name"
    seeds = list(dict.fromkeys(trial.config.seed for trial in study.trials))
    return f"{len(seeds)} in each arm: {some_of(seeds, MOST_SEEDS)}" if seeds else "none yet"


def _openings(study: StudyRecord) -> Section:
    notes = Notes(sentences=tuple(map(_opening, study.openings, count(1))))
    placeholder = Placeholder(what="Scores on them", why="they have not been opened yet")
    return Section(title="The test images", blocks=(notes if study.openings else placeholder,))


def _opening(opening: Opening, place: int) -> str:
    digests = ", ".join(f"{TEST_SETS[name]} {digest}" for name, digest in opening.digests.items())
    reason = f", because: {opening.reason}" if opening.reason else ""
    return (
        f"opening {place}: {moment(opening.opened_at)}, by commit {opening.git_commit}, "
        f"of images by digest: {digests}{reason}"
    )


def _how(study: StudyRecord, commands: Sequence[str]) -> Iterator[Block]:
    if commands:
        yield Listing(text="\n".join(commands))
        yield Text(
            words="On the same kind of device and with the same torch this gives the same trials, "
            f"bit for bit, with any number of workers. {study.name}.toml is this file:"
        )
    else:
        why = "`fashion-bench study promote` wrote and ran it. Its file:"
        yield Placeholder(what="A command", why=why)
    yield Listing(text=study.text)
    for each in study.plan.code:
        packages = {name: version for name, version in each.imports.items() if version}
        with_what = ", ".join(map(" ".join, packages.items())) or "nothing but the standard library"
        yield Text(words=f"{each.name}, which imports {with_what}:")
        yield Listing(text=each.source)


# Images ------------------------------------------------------------------------------------------

SHOWN_SEED = 0  # draws which images are shown; no number rests on it


def samples_section(images: Callable[[], Seen]) -> Section:
    """Return some images of each class; where there are none, why."""
    return Section(title="The images", blocks=drawn("Images of each class", _samples(images)))


def _samples(images: Callable[[], Seen]) -> Iterator[Block]:
    seen = images()
    alt = f"Ten {seen.name} of each class: {some_of(seen.classes, MOST_CLASSES)}."
    content = draw_samples(seen.name, seen.pictures, seen.labels, seen.classes, seed=SHOWN_SEED)
    yield Picture(name="samples", alt=alt, content=content)
