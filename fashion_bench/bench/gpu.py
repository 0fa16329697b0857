"""What a trial costs on a GPU: a plain loop, and cohorts of several sizes.

Written so that it also runs on a CPU, where nothing is compiled: to try it out there.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from statistics import fmean, median

import torch

from fashion_bench.bench.contestants import PLAIN, SEED, Contestant, Part, Run, config_of
from fashion_bench.bench.machine import peaks_table, synchronize, trial_gflop
from fashion_bench.bench.measure import Rounds, run_rounds
from fashion_bench.bench.setting import Setting
from fashion_bench.bench.tables import Row, Table, spread
from fashion_bench.config import DEFAULT_WIDTHS, Hyper, Model, Recipe, TrialConfig
from fashion_bench.data import Images, load_train
from fashion_bench.search.layout import DeviceKind
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance

__all__ = ["Lanes", "measure_gpu", "measure_gpu_cnn"]

_NOTES = """\
* *ms per trial* is the wall time of {epochs} epochs of {images:,} images: orders drawn, trained,
  validated, the best epoch's weights kept; of a cohort, a trial's share of it. Of a cohort of one,
  and of the plain loop, an epoch is measured and the rest inferred.
* The rows run in turn, {n} times after a first (n = {n}); *first* is what that took longer: a
  cohort's step is compiled once for its shapes, and rows of equal shapes share that.
* Cohorts multiply in tf32 unless said otherwise; the plain loop, with torch's defaults, in
  float32. *of peak* is by the peak of that precision below.
* *peak* is the most memory a run held on the GPU beside the images.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """A cohort to measure.

    Attributes:
        name: what the table calls it.
        lanes: how many.
        model: which network.
        widths: of the first lane, the second …, and again from the first; empty for the default.
        dropouts: likewise.
        full: whether to multiply in full float32.
        part: see ``Contestant``.
    """

    name: str
    lanes: int
    model: Model = "mlp"
    widths: Sequence[tuple[int, ...]] = ()
    dropouts: Sequence[float] = (0.0,)
    full: bool = False
    part: Part = "trial"

    def configs(self, recipe: Recipe) -> list[TrialConfig]:
        """Return the trials."""
        widths = self.widths or [tuple(DEFAULT_WIDTHS[self.model].values())]
        return [
            replace(
                config_of(recipe, SEED + lane),
                widths=widths[lane % len(widths)],
                hyper=Hyper(dropout=self.dropouts[lane % len(self.dropouts)]),
            )
            for lane in range(self.lanes)
        ]

    def gflop(self, trial: Recipe) -> float:
        """Return the GFLOP of a trial, on average."""
        whole = replace(trial, model=self.model)
        count = cache(partial(trial_gflop, whole))
        return fmean(count(config.widths) for config in self.configs(whole))


def measure_gpu(setting: Setting) -> list[Table]:
    """Measure a plain loop and cohorts of the MLP."""
    sizes = (1, 2, 4) if setting.quick else (1, 8, 64, 256)
    some = sizes[-2]
    equal = Lanes(name=f"{some} lanes, 256 wide", lanes=some, widths=[(256, 100)])
    mixed = Lanes(
        name=f"{some} lanes, 64, 250 and 256 wide, half with dropout",
        lanes=some,
        widths=[(64, 100), (250, 100), (256, 100)],
        dropouts=(0.0, 0.25),
    )
    rows = (
        Lanes(name="1 lane", lanes=1, part="epoch"),
        *(Lanes(name=f"{lanes} lanes", lanes=lanes) for lanes in sizes[1:]),
        *(Lanes(name=f"{lanes} lanes, float32", lanes=lanes, full=True) for lanes in sizes[-2:]),
        equal,
        mixed,
    )
    return _tables(setting, rows, beside=replace(PLAIN, part="epoch"))


def measure_gpu_cnn(setting: Setting) -> list[Table]:
    """Measure a cohort of the CNN."""
    lanes = 2 if setting.quick else 256
    return _tables(setting, [Lanes(name=f"CNN, {lanes} lanes", lanes=lanes, model="cnn")])


def _tables(
    setting: Setting, rows: Sequence[Lanes], beside: Contestant | None = None
) -> list[Table]:
    trial, device = setting.trial, setting.device
    torch.set_num_threads(1)
    peak_mib: dict[str, float] = {}
    contestants = [*([beside] if beside else []), *(_contestant(each, device) for each in rows)]
    rounds = run_rounds(
        [_watched(each, device, peak_mib) for each in contestants],
        trial,
        load_train(trial.source, setting.data).to(device),
        setting.data,
        rounds=setting.rounds,
        say=setting.say,
        device=device,
    )
    plain = Lanes(name=PLAIN.name, lanes=1, full=True)
    known = {each.name: each for each in (plain, *rows)}
    return [
        Table(
            rows=tuple(
                _row(each, known[each.name], trial, rounds, peak_mib) for each in contestants
            ),
            notes=_NOTES.format(epochs=trial.epochs, images=trial.train_images, n=setting.rounds),
        ),
        peaks_table(rounds.peaks, device),
    ]


def _row(
    contestant: Contestant,
    lanes: Lanes,
    trial: Recipe,
    rounds: Rounds,
    peak_mib: Mapping[str, float],
) -> Row:
    name = contestant.name
    seconds, gflop = rounds.seconds[name], lanes.gflop(trial)
    peaks = [peaks.own_gflops if lanes.full else peaks.fast_gflops for peaks in rounds.peaks]
    of_peak = [100 * gflop / s / peak for s, peak in zip(seconds, peaks, strict=True)]
    return {
        "what": name,
        "ms per trial": spread([1000 * s for s in seconds]),
        **({"plain ÷ it": rounds.ratio(PLAIN.name, name)} if PLAIN.name in rounds.seconds else {}),
        "GFLOP/s": gflop / median(seconds),
        "of peak, %": median(of_peak),
        "first, s": max(0.0, rounds.first[name] - median(seconds)) / contestant.scale(trial),
        "peak, MiB": peak_mib.get(name),
    }


def _contestant(lanes: Lanes, device: DeviceKind) -> Contestant:
    return Contestant(
        name=lanes.name,
        open=partial(_open_lanes, lanes, device),
        part=lanes.part,
        trials=lanes.lanes,
        model=lanes.model,
    )


@contextmanager
def _open_lanes(
    lanes: Lanes, device: DeviceKind, recipe: Recipe, images: Images, _: Path
) -> Iterator[Run]:
    configs = lanes.configs(recipe)
    yield lambda: _train(Cohort.start(configs, device), images, recipe.epochs, full=lanes.full)


def _train(cohort: Cohort, images: Images, epochs: int, *, full: bool) -> None:
    """Train as the engine does, or in full float32."""
    advance(cohort, images, epochs, tf32=not full)


def _watched(contestant: Contestant, device: DeviceKind, peak_mib: dict[str, float]) -> Contestant:
    """Return a contestant that ends when the GPU has, and whose memory there is noted."""
    return replace(contestant, open=partial(_open_watched, contestant, device, peak_mib))


@contextmanager
def _open_watched(
    contestant: Contestant,
    device: DeviceKind,
    peak_mib: dict[str, float],
    recipe: Recipe,
    images: Images,
    data: Path,
) -> Iterator[Run]:
    with contestant.open(recipe, images, data) as run:

        def watched() -> None:
            if device != "cuda":
                run()
                return
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            run()
            synchronize(device)
            peak_mib[contestant.name] = (torch.cuda.max_memory_allocated() - before) / (1 << 20)

        yield watched
