"""Files of one's own: copies of those that are shipped, and a study's from a few answers."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from json import dumps
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeVar

from fashion_bench import code
from fashion_bench.config import ParamValue
from fashion_bench.errors import SpecError, StudyError, nearest, shown
from fashion_bench.parameters import (
    Parameter,
    network_classes,
    optimizer_classes,
    parameters_of,
)
from fashion_bench.search.named import Surroundings
from fashion_bench.search.resolve import asked_for
from fashion_bench.search.shipped import files, shipped
from fashion_bench.search.spec import NAME, parse_toml
from fashion_bench.search.stages import GENERATION
from fashion_bench.training.files import write_whole

_ARM = "dropout=0,0.25"  # an example

T = TypeVar("T")
Known = Mapping[str, Parameter]
Reads = Callable[[str], T]

# Where it is usual to look, as in the shipped studies. A number of a network's own has no usual
# range; a count is tried at half its default, at that, and at twice as much.
RANGES: Mapping[str, str] = MappingProxyType(
    {
        "lr": "{ low = 1e-4, high = 1e-2, log = true }",
        "weight_decay": "{ low = 1e-5, high = 1e-1, log = true }",
        "label_smoothing": "{ low = 0.0, high = 0.2 }",
        "clip": "{ low = 0.1, high = 10.0, log = true }",
        "dropout": "{ low = 0.05, high = 0.6 }",
        "momentum": "{ low = 0.5, high = 0.99 }",
        "beta1": "{ low = 0.8, high = 0.99 }",
        "beta2": "{ low = 0.9, high = 0.9999 }",
        "alpha": "{ low = 0.9, high = 0.999 }",
        "eps": "{ low = 1e-10, high = 1e-4, log = true }",
    }
)


class Ask(Protocol):
    """Asks a person, again until what they answer can be read."""

    def __call__(self, question: str, default: str | None, read: Reads[T], /) -> T:
        """Return what was read of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a file is written from, as far as a person gave it.

    Attributes:
        model: the network.
        arms: what is compared, as ``dropout=0,0.25``.
        tune: what is tuned in every arm, as ``lr`` or ``hidden=32,64``.
        trials: of each arm.
        epochs: of each trial.
        question: in words.
    """

    model: str | None = None
    arms: tuple[str, ...] = ()
    tune: tuple[str, ...] = ()
    trials: int | None = None
    epochs: int | None = None
    question: str | None = None


def copy_shipped(folder: Path) -> tuple[list[Path], list[Path]]:
    """Copy the shipped studies and experiments; return what was written, and what was there.

    Raises:
        MachineError: the folder cannot be written.
    """
    sources = {folder / place: source for place, source in files().items()}
    there = [path for path in sources if os.path.lexists(path)]
    written = [path for path in sources if path not in there]
    for path in written:
        write_whole(path, sources[path].read_bytes())
    return written, there


def new_study(name: str, given: Answers, folder: Path, ask: Ask | None) -> Path:
    """Write the file of a study; return where it is.

    Args:
        name: of the study.
        given: what is said of it.
        folder: where the file is to be.
        ask: asks for the rest, where what is compared or tuned was not said.

    Raises:
        SpecError: an answer is missing or not legal.
        StudyError: there is such a file, or one of its name is shipped.
        MachineError: it cannot be written.
    """
    draft = _Draft(path=folder / f"{name}.toml", name=name)
    if name in shipped():
        raise StudyError(name, "is shipped by this name", remedy="choose another")
    if os.path.lexists(draft.path):
        remedy = "choose another name, or another folder with --out"
        raise StudyError(draft.path, "is there already", remedy=remedy)
    whole = _answered(draft.checked(), given, None if given.arms and given.tune else ask)
    write_whole(whole.path, whole.text.encode())
    return whole.path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A study as far as it is answered; before that an example, so that each answer can be checked.

    Attributes:
        path: of its file.
        name: of it.
        model: the network, with its digest where it is the user's.
        compared: the parameter that arms differ in.
        values: of that, one for each arm.
        tuned: the space of each parameter that is tuned, as a file has it.
        trials: of each arm.
        epochs: of each trial.
        question: in words; empty for one of ours.
    """

    path: Path
    name: str
    model: str = "mlp"
    compared: str = "dropout"
    values: Sequence[ParamValue] = (0.0, 0.25)
    tuned: Mapping[str, str] = field(default_factory=lambda: {"lr": RANGES["lr"]})
    trials: int = 16
    epochs: int = 10
    question: str = ""

    @property
    def network(self) -> str:
        """The network as a file names it."""
        return code.unpinned(self.model)

    @property
    def usual_question(self) -> str:
        """What it asks, by what is compared."""
        values = " or ".join(map(_said, self.values))
        return f"Which {self.compared} is best in {self.network}: {values}?"

    @property
    def text(self) -> str:
        """The file."""
        lines = [
            "# What would change your mind? Say it here, before anything is trained.",
            "",
            f"name = {_toml(self.name)}",
            f"question = {_toml(self.question or self.usual_question)}",
            "seed = 1234",
            f"model = {_toml(self.network)}",
            f"epochs = {self.epochs}",
            "",
            "[nuisance]",
            *(f"{parameter} = {space}" for parameter, space in self.tuned.items()),
        ]
        for arm, value in zip(_arms(self.compared, self.values), self.values, strict=True):
            lines += ["", f"[arms.{arm}]", f"{self.compared} = {_toml(value)}"]
        generation = max(size for size in range(1, GENERATION + 1) if self.trials % size == 0)
        if generation < GENERATION:  # only whole ones can be asked
            lines += ["", "[search]", f"generation = {generation}  # trials of each arm at a time"]
        # A search alone ends without a verdict.
        budget = ["", "[budget]", f"trials_per_arm = {self.trials}"]
        return "\n".join([*lines, *budget, "", "[confirm]", "seeds = 10", ""])

    def checked(self) -> "_Draft":
        """Return it, if its file could be run.

        Raises:
            SpecError: it could not.
        """
        beside = Surroundings(beside=self.path.parent.absolute())
        plan = asked_for(parse_toml(self.text, self.path), self.text, self.path, beside).plan
        if not any(arm.can_use(self.compared) for arm in plan.arms):
            problem = f"{self.compared} is not used, whatever is tuned"
            needs = plan.arms[0].where[self.compared][0].words
            raise SpecError("--arm", problem, remedy=f"tune another, too, so that {needs}")
        return self


def _answered(draft: _Draft, given: Answers, ask: Ask | None) -> _Draft:
    """Return it with every answer; what was not given is asked for, or has its default.

    Raises:
        SpecError: an answer is not legal, or missing, and nobody can be asked.
    """

    def answer(given: object, question: str, default: str | None, read: Reads[T]) -> T:
        if given or ask is None:
            return read(str(given or default or ""))
        return ask(question, default, read)

    def compared(said: str) -> _Draft:
        parameter, values = _compared(known, said)
        return replace(draft, compared=parameter, values=values)

    network = partial(_network, draft.path.parent.absolute())
    draft = replace(draft, model=answer(given.model, "Which network", draft.model, network))
    known = parameters_of(draft.model, tuple(optimizer_classes()))
    arms, tune = " ".join(given.arms), " ".join(given.tune)
    draft = answer(arms, f"What is compared, as {_ARM}", None, compared)
    draft = answer(
        tune,
        "What is tuned for each of them, as lr hidden=32,64",
        "lr" if ask else None,
        lambda said: replace(draft, tuned=_tuned(known, said)).checked(),
    )
    draft = answer(
        given.trials,
        "Trials of each",
        str(draft.trials),
        lambda said: replace(draft, trials=_count(said)).checked(),
    )
    draft = answer(
        given.epochs,
        "Epochs of a trial",
        str(draft.epochs),
        lambda said: replace(draft, epochs=_count(said)).checked(),
    )
    return answer(
        given.question,
        "The question in words",
        draft.usual_question,
        lambda said: replace(draft, question=said).checked(),
    )


# Read of what a person says ----------------------------------------------------------------------


def _network(folder: Path, said: str) -> str:
    """Return one of our networks, or one of the user's with its digest."""
    if code.is_reference(said):
        own = code.find(said, folder, "--model")
        code.know([own])
        return own.name
    if said not in network_classes():
        given, remedy = shown(said), nearest(said, network_classes())
        raise SpecError("--model", "no such network", given=given, remedy=remedy)
    return said


def _compared(known: Known, said: str) -> tuple[str, list[ParamValue]]:
    """Return the parameter that arms differ in, and its value in each."""
    parameter, *others = settings = _settings(said, "--arm", _ARM)
    if others:
        remedy = "compare one at a time; tune the others with --tune"
        raise SpecError("--arm", "more than one parameter", given=" ".join(settings), remedy=remedy)
    return parameter, _values(known, parameter, settings[parameter], "--arm")


def _tuned(known: Known, said: str) -> dict[str, str]:
    """Return the space of each parameter that is tuned, as a file has it."""
    return {
        parameter: _toml(_values(known, parameter, words, "--tune"))
        if words
        else _usual_space(_parameter(known, parameter, "--tune"))
        for parameter, words in _settings(said, "--tune", "lr").items()
    }


def _count(said: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,6}", said.strip()):
        raise SpecError("a count", "not a legal value", given=shown(said), remedy="give 1 or more")
    return int(said)


def _settings(said: str, option: str, example: str) -> dict[str, list[str]]:
    """Return of each parameter that is named, the values that it is given."""
    settings = dict[str, list[str]]()
    for setting in re.sub(r"\s*([,=])\s*", r"\1", said).split():
        names, _, values = setting.partition("=")
        for name in filter(None, names.split(",")):
            given = settings.setdefault(name, [])
        if names.strip(","):  # the values are of the last
            given.extend(filter(None, values.split(",")))
    if not settings:
        remedy = f"give it, as {option} {example}; at a terminal it is asked for"
        raise SpecError(option, "is missing", remedy=remedy)
    return settings


def _parameter(known: Known, name: str, option: str) -> Parameter:
    if name not in known:
        given, remedy = shown(name), nearest(name, known)
        raise SpecError(option, "no such parameter", given=given, remedy=remedy)
    return known[name]


def _values(known: Known, name: str, words: Sequence[str], option: str) -> list[ParamValue]:
    """Return two values or more, each once, in their order."""
    parameter = _parameter(known, name, option)
    values = list(dict.fromkeys(parameter.read(_scalar(word), option) for word in words))
    if len(values) < 2:
        remedy = f"give two or more, as {option} {name}=A,B"
        raise SpecError(option, f"fewer than two values of {name}", remedy=remedy)
    return values


def _scalar(word: str) -> object:
    """Return a number, or true or false, as a file would have it; else the word itself."""
    try:
        return tomllib.loads(f"value = {word}")["value"]
    except tomllib.TOMLDecodeError:
        return word


def _usual_space(one: Parameter) -> str:
    """Return where a parameter is tuned if nobody says where."""
    if one.kind is bool:
        return _toml([True, False])
    if one.kind is int and "enum" not in one.schema:
        default = int(one.default or 1)
        return _toml(sorted({max(1, default // 2), default, 2 * default}))
    listed = next(
        (each["enum"] for each in (one.schema, *one.schema.get("anyOf", ())) if "enum" in each), ()
    )
    if len(listed) > 1:
        return _toml(listed)
    if (usual := RANGES.get(re.sub(r"\d+$", "", one.name)) or RANGES.get(one.name)) is None:
        remedy = f"list values, as --tune {one.name}=A,B"
        raise SpecError("--tune", f"{one.name} has no usual range", remedy=remedy)
    return usual


# Written -----------------------------------------------------------------------------------------


def _arms(parameter: str, values: Sequence[ParamValue]) -> list[str]:
    """Return a name for each arm: a word that is its value, or the parameter and its value."""
    words = [re.sub(r"[^a-z0-9]+", "_", _said(value).lower()).strip("_") for value in values]
    names = [
        w if isinstance(v, str) else f"{parameter}_{w}" for w, v in zip(words, values, strict=True)
    ]
    if len({*names}) < len(names) or not all(re.fullmatch(NAME, name) for name in names):
        return [f"{parameter}_{number}" for number in range(1, len(values) + 1)]
    return names


def _said(value: ParamValue) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _toml(value: object) -> str:
    return dumps(value, ensure_ascii=False)
