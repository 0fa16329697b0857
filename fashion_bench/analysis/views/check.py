"""What a file comes to before anything of it is trained: stages, trials, epochs, caveats, power."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fashion_bench.analysis.document import (
    Block,
    Column,
    Data,
    Document,
    Facts,
    Notes,
    Row,
    Section,
    Table,
    Text,
    columns_of,
    fields_of,
)
from fashion_bench.analysis.foreseen import foreseen
from fashion_bench.analysis.text import NONE, dimension_text, params_text
from fashion_bench.config import ParamValue
from fashion_bench.errors import joined
from fashion_bench.plan import ArmPlan, Plan

# A share of an arm's trials that was unseen when TPE was tried: experiments/bench/README.md, "Lag,
# what it costs a search"; a quarter was the other one.
EIGHTH = 1 / 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePower:
    """What the pairs of a stage can find.

    Attributes:
        stage: which.
        n: its pairs: seeds, or points of a survey.
        smallest_in_sd: the mean difference that so many find with 80 % power, in standard
            deviations of the paired differences; ``None`` where they are too few for a verdict.
        smallest: the same in the unit of the differences, where their spread is known.
    """

    stage: str
    n: int
    smallest_in_sd: float | None
    smallest: str


def check_document(
    plan: Plan, stages: Sequence[Row], power: Sequence[StagePower], command: str, *more: Block
) -> Document:
    """Return what there is to tell of a plan.

    Args:
        plan: of the study or experiment.
        stages: of each its name, trials and epochs.
        power: of each stage that pairs trials, where it was asked for.
        command: what runs it.
        more: what else is known of it.
    """
    caveats = foreseen(plan)
    shared = _shared(plan)
    sections = [
        Section(blocks=(_stages(stages), _told(plan, stages), *_ends(plan), *more)),
        Section(blocks=(_arms(plan, shared), Facts(title="fixed in every trial", pairs=shared))),
        Section(blocks=(_power(power),)) if power else None,
        Section(
            title="To keep in mind" if caveats else "",
            blocks=(Notes(sentences=caveats, key="caveats"),),
        ),
        Section(blocks=(Text(words=f"To run it: {command}"),)),
    ]
    return Document(
        title=f"{plan.name} ({plan.kind})",
        question=plan.question,
        sections=tuple(section for section in sections if section is not None),
    )


def busy_blocks(shares: Mapping[int, float]) -> Iterator[Block]:
    """Yield how busy a search keeps workers.

    Args:
        shares: of their time, by how many there are.
    """
    yield Data(values={"busy": {str(count): round(share, 3) for count, share in shares.items()}})
    first, *others = (f"{count} {share:.0%}" for count, share in shares.items())
    told = joined([first.replace(" ", " workers would train "), *others])
    yield Text(words=f"Simulated on a CPU, of their time {told}.")


def unseen_text(most: int, of: int) -> Text:
    """Tell what a lag costs a search.

    Args:
        most: trials of an arm whose end a generation does not see when it is asked.
        of: all trials of the arm.
    """
    share, lost = ("an eighth", "a fifth to") if most / of <= EIGHTH else ("a quarter", "about")
    cost = f"TPE, tried with {share} unseen, lost {lost} half of its lead over chance"
    return Text(
        words=f"When a generation is asked, up to {most} of the {of} trials of an arm "
        f"({most / of:.0%}) have an end that it does not see, by its lag: {cost}."
    )


def _stages(stages: Sequence[Row]) -> Table[Row]:
    columns: tuple[Column[Row], ...] = (
        *columns_of("stage", kind="words"),
        *columns_of("trials", "epochs_expected", "epochs_at_most"),
    )
    return Table(columns=columns, rows=tuple(stages), key="stages")


def _ends(plan: Plan) -> Iterator[Block]:
    """Yield what ends a search before its last trial."""
    ends = {
        f"after {plan.minutes or 0:g} minutes": plan.minutes is not None,
        f"when no arm has improved for {plan.plateau} generations": plan.plateau is not None,
        f"once a look settles it, every {plan.look} seeds": plan.look is not None,
    }
    told = [words for words, ending in ends.items() if ending]
    if told:
        yield Text(words=f"It may end earlier: {', or '.join(told)}.")


def _told(plan: Plan, stages: Sequence[Row]) -> Block:
    names = fields_of(plan, "name", "kind", "question", "metric", "margin")
    totals = {
        what: sum(stage[what] for stage in stages)
        for what in ("trials", "epochs_expected", "epochs_at_most")
    }
    return Data(values=names | totals)


def _shared(plan: Plan) -> dict[str, ParamValue]:
    """Return what is the same in every trial: of parameters, those not at their defaults."""
    first = plan.arms[0].fixed
    same = {
        name: value
        for name, value in first.items()
        if all(arm.fixed.get(name) == value for arm in plan.arms)
    }
    recipe = fields_of(plan.recipe, "model", "source", "epochs", "train_images", "valid_images")
    return recipe | plan.noteworthy(same)


def _arms(plan: Plan, shared: Mapping[str, ParamValue]) -> Table[ArmPlan]:
    def own(arm: ArmPlan) -> str:
        told = {name: value for name, value in arm.fixed.items() if name not in shared}
        return params_text(plan.noteworthy(told)) or NONE

    def tuned(arm: ArmPlan) -> str:
        return "; ".join(f"{n} {dimension_text(one)}" for n, one in arm.space.items()) or NONE

    columns: tuple[Column[ArmPlan], ...] = (
        Column("arm", lambda arm: arm.name, "words"),
        Column("set", own, "words"),
        Column("tuned", tuned, "words"),
    )
    return Table(columns=columns, rows=plan.arms)


def _power(power: Sequence[StagePower]) -> Table[StagePower]:
    columns: tuple[Column[StagePower], ...] = (
        *columns_of("stage", kind="words"),
        *columns_of("n"),
        Column(
            "in sd", lambda row: NONE if row.smallest_in_sd is None else f"{row.smallest_in_sd:.2f}"
        ),
        Column("smallest detectable", lambda row: row.smallest, "words"),
    )
    return Table(
        title="Smallest difference found with 80 % power",
        columns=columns,
        rows=tuple(power),
        note="in sd: in standard deviations of the paired differences",
        key="power",
    )
