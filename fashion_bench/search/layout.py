"""Which trials are trained together: the layout of a study, drawn once and kept in the ledger.

It depends on the study's file and the kind of device, and on memory until the first trial is
recorded; workers, kills and what is free later never change it, because in float32 a cohort's
shape decides how its sums are rounded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fashion_bench.config import ParamValue, Trial, TrialConfig
from fashion_bench.devices import SIZES, Compute, DeviceKind, DeviceName, EngineName, Precision
from fashion_bench.errors import StudyError
from fashion_bench.parameters import arguments_of, is_rate, network_parameters
from fashion_bench.plan import Plan
from fashion_bench.records import Segment

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
        return Compute(device=self.device, engine=self.engine, precision=self.precision)

    @property
    def sentence(self) -> str:
        """What it means for a study, as one sentence."""
        fewer = "" if self.wanted is None else f" ({self.wanted} do not fit into memory)"
        if self.lanes == 1:
            where = "CPU" if self.device == "cpu" else "GPU"
            return f"Training on the {where}, one trial in each process{fewer}."
        widths = "-".join(str(width) for width in self.padded_widths if width is not None)
        padded = f", padded to {widths}" if widths else ""
        return f"Cohorts of {self.lanes} trials on {self.device}{padded}{fewer}."

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
        return cls(padded_widths=tuple(fields.pop("slab")), **fields)


def decide_layout(
    plan: Plan,
    begun: Layout | None,
    *,
    wanted: DeviceName,
    here: DeviceKind,
    cohort_size: int | None,
    fits: Callable[[int], bool],
    together: Callable[[Layout], Layout],
) -> Layout:
    """Return the layout of a study: chosen when it begins, later the one it was begun with.

    Args:
        plan: the study.
        begun: the layout it was begun with, if it was.
        wanted: the device that is asked for.
        here: the one that this is here.
        cohort_size: the trials asked for in a cohort, if any.
        fits: whether so many of its widest trials fit into a GPU's memory.
        together: makes a layout one whose cohorts its networks can be trained in.

    Raises:
        StudyError: another device or size than it was begun with; its list would change.
    """
    if begun is not None:
        return keep_layout(plan.name, begun, wanted, cohort_size)
    return fit_layout(together(choose_layout(plan, here, cohort_size)), fits)


def choose_layout(plan: Plan, device: DeviceKind, cohort_size: int | None) -> Layout:
    """Choose the layout of a new study.

    On a CPU a lane is alone: stacked products are no faster there than separate ones, and padding
    costs. On a GPU a whole generation, as far as it is of use, is one cohort.
    """
    together = min(plan.generation * len(plan.arms), ENOUGH) if device == "cuda" else 1
    lanes = cohort_size or next(size for size in SIZES if size >= together)
    return Layout(device=device, lanes=lanes, padded_widths=plan.padded_widths)


def fit_layout(layout: Layout, fits: Callable[[int], bool]) -> Layout:
    """Halve the cohorts until one fits into a GPU's memory; a lane alone is not tried.

    Args:
        layout: as chosen.
        fits: whether a cohort of so many lanes does.
    """
    while layout.device == "cuda" and layout.lanes > 1 and not fits(layout.lanes):
        layout = layout.halved()
    return layout


def keep_layout(name: str, stored: Layout, wanted: DeviceName, cohort_size: int | None) -> Layout:
    """Return the layout a study was begun with.

    Raises:
        StudyError: another device or another size is asked for now; its list would change.
    """
    if wanted not in ("auto", stored.device):
        raise StudyError(
            name,
            f"was begun on {stored.device}",
            given=wanted,
            remedy=f"go on with --device {stored.device}, or give it another name",
        )
    if cohort_size not in (None, stored.lanes, stored.wanted):
        raise StudyError(
            name,
            f"was begun with cohorts of {stored.lanes}",
            given=cohort_size,
            remedy="leave --cohort-size out, or give it another name",
        )
    return stored
