"""Which trials are trained together, and how: the layout of a study, drawn once and kept.

It depends on the study's file and the device, and on memory until the first trial is recorded;
workers, kills and what is free later never change it, because in float32 a cohort's shape and its
engine decide how its sums are rounded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fashion_bench.config import ParamValue, Trial, TrialConfig
from fashion_bench.devices import (
    SIZES,
    Compute,
    DeviceKind,
    DeviceName,
    EngineName,
    Precision,
    Tried,
)
from fashion_bench.errors import StudyError
from fashion_bench.parameters import arguments_of, is_rate, network_parameters
from fashion_bench.plan import Plan
from fashion_bench.records import Segment
from fashion_bench.search.costs import best_engine

Tries = Callable[[int, EngineName, Precision], Tried]
"""Tries a cohort of so many of a study's widest trials on a GPU, with an engine and a precision."""

# From here on more lanes bring little, on the GPUs that were measured.
ENOUGH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the trials of a generation, or of a rung of it, are put into cohorts.

    Attributes:
        device: the kind of device it was drawn for.
        lanes: trials per cohort at most, one of ``SIZES``.
        padded_widths: what lanes are padded to, but for one alone on a CPU: of each argument of
            the network its widest in the study, so that cohorts have the same shapes; ``None``
            where trials are together only if they agree in it. Later arguments are as ``None``.
        wanted: lanes it had before memory made them fewer; ``None`` if it did not.
        engine: how a GPU runs a step; ``None`` on a CPU.
        precision: of its products; ``None`` on a CPU.
        gpu: its model, as it calls itself; ``None`` on a CPU, and where it was not kept.
    """

    device: DeviceKind
    lanes: int
    padded_widths: tuple[int | None, ...]
    wanted: int | None = None
    engine: EngineName | None = None
    precision: Precision | None = None
    gpu: str | None = None

    @property
    def compute(self) -> Compute:
        """What its trials are trained on, and how."""
        return Compute(
            device=self.device, engine=self.engine, precision=self.precision, gpu=self.gpu
        )

    def sentence(self, why: Sequence[str] = (), *, begun: bool = False) -> str:
        """Return what it means for a study, as one sentence.

        Args:
            why: it is no better, as parts of a sentence.
            begun: whether the study goes on.
        """
        begins = "Going on with the" if begun else "Training on the"
        how = (self.gpu, self.engine and f"{self.engine} engine", self.precision)
        named = f"GPU ({', '.join(filter(None, how))})" if self.device == "cuda" else "CPU"
        widths = "-".join(str(width) for width in self.padded_widths if width is not None)
        padded = f", padded to {widths}" if widths else ""
        many = f"cohorts of {self.lanes} trials{padded}"
        together = "one trial in each process" if self.lanes == 1 else many
        fewer = "" if self.wanted is None else f" ({self.wanted} do not fit into memory)"
        return f"{begins} {named}, {together}{fewer}{': ' * bool(why)}{'; '.join(why)}."

    def halved(self) -> "Layout":
        """Return it with half the lanes, for a memory that has no room for all."""
        return replace(self, lanes=self.lanes // 2, wanted=self.wanted or self.lanes)

    def segments(
        self, trials: Sequence[Trial], *, from_epoch: int, until_epoch: int
    ) -> list[Segment]:
        """Put trials that can be together into segments, in their order."""
        together: dict[object, list[Trial]] = {}
        for trial in trials:
            together.setdefault(self._kind(trial.config), []).append(trial)
        return [
            self._segment(tuple(alike[first : first + self.lanes]), from_epoch, until_epoch)
            for alike in together.values()
            for first in range(0, len(alike), self.lanes)
        ]

    def _kind(self, config: TrialConfig) -> object:
        """Return what trials agree in that are trained together."""
        return None if self.lanes == 1 else (config.recipe, self._padded(config))

    def _padded(self, config: TrialConfig) -> tuple[ParamValue, ...]:
        """Return a trial's arguments, where lanes are padded the widest; rates are not told."""
        names = list(network_parameters(config.recipe.model).values())
        widths = [*self.padded_widths, *[None] * len(names)]
        own = [*config.arguments, *(one.default for one in names[len(config.arguments) :])]
        values: dict[str, Any] = {
            one.name: one.default
            if is_rate(one.name, config.recipe.model)
            else value
            if width is None
            else width
            for one, value, width in zip(names, own, widths, strict=False)
        }
        return arguments_of(config.recipe.model, values)

    def _segment(self, trials: tuple[Trial, ...], from_epoch: int, until_epoch: int) -> Segment:
        if self.lanes == 1 and self.device == "cpu":  # a GPU would compile every width anew
            return Segment(trials=trials, from_epoch=from_epoch, until_epoch=until_epoch)
        return Segment(
            trials=trials,
            from_epoch=from_epoch,
            until_epoch=until_epoch,
            lanes=next(size for size in SIZES if size >= len(trials)),
            padded_arguments=self._padded(trials[0].config),
        )

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain data, as ledgers have it since version 0.1."""
        plain = asdict(self)
        plain["slab"] = list(plain.pop("padded_widths"))
        of_a_gpu = ("engine", "precision", "gpu")
        return {k: v for k, v in plain.items() if v is not None or k not in of_a_gpu}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Layout":
        """Read back what ``to_plain`` returned."""
        fields = dict(data)
        if fields["device"] == "cuda" and "engine" not in fields:  # as there was no other
            fields |= {"engine": "compiled", "precision": "tf32"}
        return cls(padded_widths=tuple(fields.pop("slab")), **fields)


def choose_layout(plan: Plan, device: DeviceKind, cohort_size: int | None) -> Layout:
    """Choose the cohorts of a new study.

    On a CPU a lane is alone: stacked products are no faster there than separate ones, and padding
    costs. On a GPU a whole generation, as far as it is of use, is one cohort.
    """
    together = min(plan.generation * len(plan.arms), ENOUGH) if device == "cuda" else 1
    lanes = cohort_size or next(size for size in SIZES if size >= together)
    return Layout(device=device, lanes=lanes, padded_widths=plan.padded_widths)


def fit_layout(layout: Layout, tries: Tries) -> tuple[Layout, Tried]:
    """Halve the cohorts of a GPU until one fits into its memory; return what came of the last."""
    while True:
        tried = tried_with(layout, tries)
        if tried.fits or tried.trouble is not None or layout.lanes == 1:
            return layout, tried
        layout = layout.halved()


def works(tried: Tried) -> bool:
    """Tell whether a cohort that was tried can be trained so."""
    return tried.fits and tried.trouble is None


def try_engines(
    plan: Plan, layout: Layout, tries: Tries
) -> tuple[Layout | None, Mapping[EngineName, str]]:
    """Return a layout with the best engine that works for a study that begins on a GPU.

    Args:
        plan: the study.
        layout: of it, but for the engine; its cohorts are halved where memory has no room.
        tries: what is done on the GPU.

    Returns:
        The layout, ``None`` where no engine works; and of those that do not, why.
    """
    dropped = dict[EngineName, str]()
    engines: tuple[EngineName, ...] = (best_engine(plan, layout.lanes), "captured", "eager")
    for engine in dict.fromkeys(engines):
        fitting, tried = fit_layout(replace(layout, engine=engine), tries)
        if works(tried):
            return fitting, dropped
        dropped[engine] = tried.trouble or "memory has no room for one trial"
    return None, dropped


def tried_with(layout: Layout, tries: Tries) -> Tried:
    """Try a layout of a GPU as it stands."""
    assert layout.engine is not None
    assert layout.precision is not None
    return tries(layout.lanes, layout.engine, layout.precision)


def keep_layout(
    name: str,
    stored: Layout,
    wanted: DeviceName,
    cohort_size: int | None,
    precision: Precision | None,
) -> Layout:
    """Return the layout a study was begun with.

    Raises:
        StudyError: another device, size or precision is asked for now; its list would change.
    """
    device = stored.device
    computed = stored.precision or "float32"
    if wanted not in ("auto", device):
        remedy = f"go on with --device {device}, or give it another name"
        raise StudyError(name, f"was begun on {device}", given=wanted, remedy=remedy)
    if cohort_size not in (None, stored.lanes, stored.wanted):
        problem = f"was begun with cohorts of {stored.lanes}"
        remedy = "leave --cohort-size out, or give it another name"
        raise StudyError(name, problem, given=cohort_size, remedy=remedy)
    if precision not in (None, computed):
        remedy = "leave --precision out, or give it another name"
        raise StudyError(name, f"was begun with {computed}", given=precision, remedy=remedy)
    return stored


def refuse_what_fails(name: str, stored: Layout, tries: Tries) -> None:
    """Try the engine that a study was begun with, before it goes on.

    Whether its cohorts fit is left to training, which says what to do.

    Raises:
        StudyError: it does not work here, and with another its list would change.
    """
    if (trouble := tried_with(stored, tries).trouble) is None:
        return
    needs = "install a C compiler, as gcc" if "compile a step" in trouble else "mend that"
    raise StudyError(
        name,
        f"was begun with the {stored.engine} engine, which cannot be used here",
        given=trouble,
        remedy=f"{needs}, or give the study another name",
    )
