"""The files people write: what a study or an experiment file may hold, and how it is read.

A spec is a file whose keys and types are right. Whether it can be done is decided one step
later, when ``plan_of`` draws a plan from it.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    create_model,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from fashion_bench.config import METRICS, TestSet
from fashion_bench.errors import SpecError, StudyError, dotted, joined, nearest, shown
from fashion_bench.parameters import network_classes
from fashion_bench.search.pruning import PRUNERS
from fashion_bench.search.sampling import SAMPLERS
from fashion_bench.search.seeds import Looks, Seed, Seeds, Sources
from fashion_bench.search.space import RangeTable, Scalar, Written
from fashion_bench.search.table import Count, CountFrom0, Share, Table, one_of
from fashion_bench.text import LONGEST, problem_of

MOST_ARMS = 100


# What a file may hold --------------------------------------------------------------------------

# A trial is called <study>.<arm>-<number>, and so are its files.
NAME = r"[a-z0-9][a-z0-9_-]{0,63}"
_Name = Annotated[str, Field(pattern=f"^{NAME}$")]
_Points = Annotated[float, Field(strict=True, gt=0, le=100)]
_Minutes = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]


def _checked(text: str, info: ValidationInfo) -> str:
    """Check a text that may have several lines; one that is stored already is read as it is."""
    if not info.context and (problem := problem_of(re.sub(r"[\t\n]", " ", text))):
        raise PydanticCustomError("text", "{words}", {"words": f"it {problem[0]}: {problem[1]}"})
    return text


_Words = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_checked)]


class _SearchBase(Table):
    sampler: Annotated[str, *one_of(SAMPLERS)] = "tpe"
    """What proposes the trials of an arm."""
    pruner: Annotated[str, *one_of(PRUNERS)] = "none"
    """What stops trials at the rungs."""
    generation: Count | None = None
    """Trials of each arm that are asked for, and trained, together."""
    lag: tuple[CountFrom0, ...] | None = None
    """Of each rung, the last epoch included: how many generations late its results may be when
    the next generation is asked, so that workers stay busy; by default 0."""
    controls: Share = 0.0
    """Share of each arm's trials that pass every rung, whatever they score there."""

    @property
    def given(self) -> dict[str, Any]:
        """What the file sets, and what always counts."""
        return self.model_dump(exclude_none=True)


def _options() -> Iterator[tuple[str, Any]]:
    """Yield the options of all samplers and pruners: none of them has to be given."""
    owners: dict[str, list[str]] = {}
    models: dict[str, type[Table]] = {**SAMPLERS, **PRUNERS}
    for name, model in models.items():
        for option in model.model_fields:
            owners.setdefault(option, []).append(name)
    for option, names in owners.items():
        found = models[names[0]].model_fields[option]
        kind: Any = found.annotation
        if found.metadata:
            kind = Annotated[kind, *found.metadata]
        says = str(found.description)
        told = f"{', '.join(names)}: {says[0].lower()}{says[1:]}"
        yield option, (kind | None, Field(default=None, description=told))


if TYPE_CHECKING:
    Search = _SearchBase
else:
    Search = create_model("Search", __base__=_SearchBase, **dict(_options()))
    Search.__doc__ = "``[search]``: who chooses the next trials, and who stops those that lag."


class Budget(Table):
    """``[budget]``: when a study ends; the one table that may grow once it has begun."""

    trials_per_arm: Count | None = None
    """Trials of each arm; a grid counts them itself."""
    minutes: _Minutes | None = None
    """Start no generation after this much time."""
    trial_minutes: _Minutes | None = None
    """A trial that takes longer than this from one rung to the next has failed."""
    plateau: Count | None = None
    """End after this many generations in which no arm found a better trial."""


class Survey(Table):
    """``[survey]``: points of the space, at each of which every arm is trained to the last epoch.

    They come first, and what they show is what an arm does over the space. What is enqueued is
    trained beside them, in every arm, and is no part of that.
    """

    points: Annotated[int, Field(strict=True, ge=2, le=4096)]
    """How many: a power of two, as a Sobol sequence fills a space evenly."""


class Confirm(Table):
    """``[confirm]``: each arm's best of the search again, on seeds and images that chose none."""

    top: Count = 1
    """Configurations of an arm; of several the mean counts."""
    seeds: Count = 10
    """Fresh seeds that each is trained with."""


class Record(Table):
    """``[record]``: what is kept."""

    checkpoints: Annotated[
        Annotated[Literal["all", "best"], Tag("<name>")] | Annotated[Count, Tag("<number>")],
        Discriminator(lambda written: "<name>" if isinstance(written, str) else "<number>"),
    ] = "all"
    """Whose weights are kept: every trial's, each arm's best, or each arm's best N."""


class _Question(Table):
    name: _Name
    """Names the study everywhere: in commands, tables, MLflow and file names."""
    question: _Words
    """What is asked, as one sentence."""
    model: Annotated[str, *one_of(network_classes(), code="a class of yours as 'my.py:Net'")]
    """The network that is trained: one of ours, or a class of yours as ``"my_net.py:Net"``."""
    data: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """The data set, as ``source`` in ``[fixed]`` may say it too; Fashion-MNIST without either."""
    metric: Annotated[str, *one_of(METRICS, code="a function of yours as 'my.py:metric'")] = (
        "accuracy"
    )
    """What decides between arms: one of ours, or ``"my.py:metric"``, a function of logits
    ``[N, K]`` and labels ``[N]``, numpy both, that returns a number, the higher the better. A
    study keeps no logits: of it, accuracy or loss."""
    margin: _Points | None = None
    """The least difference in the metric that matters: in percentage points of an accuracy, of F1
    and of ECE; else in the metric's own unit, nats of a loss."""
    epochs: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    """Epochs of a full trial; schedules of the learning rate span them."""
    rungs: tuple[Count, ...] = ()
    """Epochs at which state is saved and trials may be stopped, in increasing order."""
    fixed: dict[str, Scalar] = Field(default_factory=dict)
    """The same for every trial: a caveat on the conclusion."""


class StudySpec(_Question):
    """A study file: what may vary, the arms, the budget. It sees validation images only."""

    seed: Seed
    """Every random draw of the study derives from it."""
    nuisance: dict[str, Written] = Field(default_factory=dict)
    """What is tuned anew within every arm, so that each shows its best."""
    arms: Annotated[dict[_Name, dict[str, Written]], Field(min_length=1, max_length=MOST_ARMS)]
    """What is compared; every arm sets the same parameters."""
    survey: Survey | None = None
    search: Search = Search()
    budget: Budget = Budget()
    confirm: Confirm | None = None
    enqueue: tuple[dict[str, Scalar], ...] = ()
    """Configurations to try first, in every arm or in the one named by ``arm``; with
    ``finish = true`` one passes every rung."""
    record: Record = Record()


class ExperimentSpec(_Question):
    """An experiment file: fixed values, several arms, many seeds. It opens the test images."""

    seeds: Seeds
    """Each draws the split, the weights, the batch order and the dropout of a trial of every arm.
    How many, drawn from the name; a list; ``{ at_most = 30, look = 2 }``, to end if settled; or
    ``{ sources = 7 }``, 7 of each of the four, crossed in 49 trials of an arm."""
    arms: Annotated[dict[_Name, dict[str, Scalar]], Field(min_length=1, max_length=MOST_ARMS)]
    """What is compared; every arm sets the same parameters."""
    tests: tuple[TestSet, ...] = ("plain",)
    """What is measured: the test images as they are, and perhaps each rotated at random."""


Spec = StudySpec | ExperimentSpec


# Reading ---------------------------------------------------------------------------------------


def parse(data: Mapping[str, Any], where: object, *, stored: bool = False) -> Spec:
    """Check plain data, as read from a file or as stored by ``canonical``.

    Args:
        data: the keys and tables.
        where: what an error names, as a rule the file.
        stored: whether the ledger holds it, perhaps from a version that let in more.

    Raises:
        SpecError: a key or type is wrong.
    """
    try:
        kind = ExperimentSpec if "seeds" in data else StudySpec
        return kind.model_validate(data, context=stored)
    except ValidationError as error:
        raise _first(error, where) from None


def parse_toml(text: str, where: object) -> Spec:
    """Check the text of a file; it is an experiment if it lists ``seeds``.

    Raises:
        SpecError: it is no TOML, or a key or type in it is wrong.
    """
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number or a nesting without end
        problem = f"not TOML: {shown(str(error), 160)}"
        raise SpecError(where, problem, remedy="mend that line") from None
    return parse(data, where)


# One line for what pydantic found --------------------------------------------------------------

_TABLES: dict[str, Iterable[str]] = {
    "search": Search.model_fields,
    "survey": Survey.model_fields,
    "budget": Budget.model_fields,
    "confirm": Confirm.model_fields,
    "record": Record.model_fields,
    "seeds": (*Looks.model_fields, *Sources.model_fields),
}
_PROBLEMS = {"missing": "missing", "extra_forbidden": "unknown key"}
_REMEDIES = {
    "missing": "add it",
    "too_short": "it should not be empty",
    "too_long": "list fewer",
    "tuple_type": "it should be a list",
    "dict_type": "it should be a table",
    "model_type": "it should be a table",
    "string_pattern_mismatch": "use lower-case letters, digits, _ and -, at most 64",
}


def _first(errors: ValidationError, where: object) -> SpecError:
    found = errors.errors(include_url=False, include_context=False)
    found.sort(key=lambda error: error["type"] != "extra_forbidden")  # a slip in a key explains
    error, remedy = found[0], _remedy(found[0], errors.title)
    if len(found) > 1:
        more = len(found) - 1
        remedy += f" ({more} more mistake{'s' * (more > 1)} after this one)"
    problem = _PROBLEMS.get(error["type"], "not a legal value")
    given = None if error["type"] in _PROBLEMS else shown(error["input"])
    return SpecError(f"{where}: {_path(error['loc'])}", problem, given=given, remedy=remedy)


def _remedy(error: ErrorDetails, file: str) -> str:
    if error["type"] == "extra_forbidden":
        return _remedy_of_key(error["loc"], file)
    return _REMEDIES.get(error["type"]) or re.sub(r"^\w+ should", "it should", error["msg"])


def _remedy_of_key(loc: Sequence[str | int], file: str) -> str:
    key, *tables = [str(part) for part in reversed(loc)]
    if tables and tables[0] == "<sources>":
        return "remove it"
    if tables:
        return nearest(key, _TABLES.get(tables[-1], RangeTable.model_fields))
    if file == StudySpec.__name__ and key in ExperimentSpec.model_fields:
        return "remove it, or list seeds: they make the file an experiment"
    if file == StudySpec.__name__:
        return nearest(key, StudySpec.model_fields)
    if key in StudySpec.model_fields:
        return "remove it, or remove seeds: they make the file an experiment"
    return nearest(key, ExperimentSpec.model_fields)


def _path(loc: Sequence[str | int]) -> str:
    # The tags of a union and pydantic's mark of a key are not what the reader wrote.
    return dotted(*(part for part in loc if not re.fullmatch(r"\[key\]|<\w+>", str(part))))


# A file that was stored before -----------------------------------------------------------------


READING = ("question", "metric", "margin")  # keys that say how results are read


def canonical(spec: Spec) -> dict[str, Any]:
    """Return the spec as plain JSON data, defaults included; ``parse`` reads it back."""
    return spec.model_dump(mode="json", exclude_none=True)


def refuse_changes(where: object, stored: Spec, now: Spec) -> None:
    """Let a study that has begun keep its file, but for what grows and for how it is read.

    Both are of today's form, whichever version stored the one: a key that it had not has its
    default. So a new key's default must be what files meant before it.

    Args:
        where: what an error names, as a rule the file.
        stored: the file it began with.
        now: the file of today.

    Raises:
        StudyError: anything else differs.
    """
    if type(stored) is not type(now):
        kind = "an experiment" if isinstance(stored, ExperimentSpec) else "a study"
        raise StudyError(where, f"{kind} of this name is stored", remedy="give it another name")
    changes = _changes(canonical(stored), canonical(now))
    refused = [
        path
        for path, before, after in changes
        if path not in _reading(now) and not _grows(path, before, after)
    ]
    if refused:
        raise StudyError(
            where,
            f"differs from what was stored, in {joined(refused)}",
            remedy="undo that, or give it another name (only [budget] may grow; "
            "question, metric and margin may change)",
        )


def changes_of_reading(stored: Spec, now: Spec) -> list[tuple[str, Any, Any]]:
    """Return which keys that only say how results are read differ, with both values."""
    changes = _changes(canonical(stored), canonical(now))
    return [change for change in changes if change[0] in _reading(now)]


def _reading(spec: Spec) -> tuple[str, ...]:
    """Return which keys of a file change no trial; where looks end it, they decide when."""
    looks = isinstance(spec, ExperimentSpec) and isinstance(spec.seeds, Looks)
    return ("question",) if looks else READING


def _changes(stored: object, now: object, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(stored, Mapping) and isinstance(now, Mapping):
        for key in {**stored, **now}:
            yield from _changes(stored.get(key), now.get(key), f"{path}.{key}".lstrip("."))
        # The order of the arms is the order of their trials, and so of the lanes of a cohort.
        if path == "arms" and stored.keys() == now.keys() and list(stored) != list(now):
            yield path, list(stored), list(now)
    elif stored != now:
        yield path, stored, now


def _grows(path: str, before: float | None, after: float | None) -> bool:
    if path in ("budget.trials_per_arm", "seeds.at_most"):
        return before is not None and after is not None and after > before
    if path in ("budget.minutes", "budget.plateau"):
        return before is not None and (after is None or after > before)
    return path == "budget.trial_minutes"  # it catches what hangs, and changes no other trial


def trials_budget(spec: Spec) -> object:
    """Return what of a study's budget decides which trials there are."""
    if not isinstance(spec, StudySpec):
        return None
    return spec.budget.model_copy(update={"trial_minutes": None})
