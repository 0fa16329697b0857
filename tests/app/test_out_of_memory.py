"""Out of memory: a study begins again with smaller cohorts, or stops and can go on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from fashion_bench.app.abilities import samples
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.workers import OpenExecutor, make_train, open_executor
from fashion_bench.config import Trial
from fashion_bench.data.images import Images
from fashion_bench.data.sources import Sources
from fashion_bench.devices import Compute, DeviceKind
from fashion_bench.errors import CohortMemoryError, GpuError, MachineError
from fashion_bench.records import Segment, StudyRecord, TrialRecord, unheard
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.resolve import load_file
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.files import TrialFiles
from fashion_bench.training.loop import Told
from tests.app.conftest import Listener
from tests.app.small_files import write
from tests.app.small_memory import advance_within, make_train_within

OF_4 = Layout(device="cpu", lanes=4, padded_widths=(32,))
OF_2 = replace(OF_4, lanes=2, wanted=4)
TOLD_4 = "Training on the CPU, cohorts of 4 trials, padded to 32."
TOLD_2 = "Training on the CPU, cohorts of 2 trials, padded to 32 (4 do not fit into memory)."

Listed = list[tuple[object, ...]]
Undisturbed = Callable[[int], Listed]


def listed(study: StudyRecord) -> Listed:
    """The list of trials, bit for bit."""
    return [
        (t.trial_id, dict(t.params), t.outcome, t.value, t.checkpoint_sha256) for t in study.trials
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The study as it is when begun with cohorts of a size and memory enough, by that size."""
    studies: dict[int, Listed] = {}

    def of(lanes: int) -> Listed:
        if lanes not in studies:
            folder = tmp_path_factory.mktemp("undisturbed")
            options = RunOptions(
                runs=folder / "runs", device="cpu", workers=1, no_mlflow=True, cohort_size=lanes
            )
            studies[lanes] = listed(run_study(write(folder), options, Listener()).study)
        return studies[lanes]

    return of


@pytest.fixture
def of_4(options: RunOptions) -> RunOptions:
    """How to begin with cohorts of 4: a generation of both arms."""
    return replace(options, cohort_size=4)


def room(lanes: int) -> OpenExecutor:
    """A memory with room for so many lanes."""
    return partial(open_executor, train=partial(make_train_within, lanes))


def layout(options: RunOptions) -> Layout | None:
    """What the ledger says."""
    return RunsFolder(options.runs).ledger().layout("s")


@pytest.mark.parametrize("workers", [1, 2])
def test_it_begins_again_with_cohorts_that_fit(
    tmp_path: Path,
    of_4: RunOptions,
    listener: Listener,
    undisturbed: Undisturbed,
    workers: int,
) -> None:
    """It ends as if begun with 2, in this process or others; the same command still goes on."""
    file, options = write(tmp_path), replace(of_4, workers=workers)
    finished = run_study(file, options, listener, room(2))
    assert listed(finished.study) == undisturbed(2)
    assert (finished.trained, layout(options)) == (8, OF_2)
    assert listener.lines == [
        TOLD_4,
        "begun after 0",
        TOLD_2,
        "begun after 0",
        "finished 4",
        "finished 4",
    ]
    assert run_study(file, options, listener).trained == 0


def test_nothing_of_the_larger_cohorts_is_used(
    tmp_path: Path, of_4: RunOptions, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of memory at the second rung, states and checkpoints of the first go, then all begin."""
    trained = []

    def short_at_2(
        cohort: Cohort, images: Images, until_epoch: int, *, told: Told, **how: Any
    ) -> None:
        trained.append((len(cohort.configs), cohort.epoch))
        advance_within(2 if until_epoch == 2 else 4, cohort, images, until_epoch, told=told, **how)

    class Looker(Listener):
        def say(self, line: str) -> None:
            files = list((of_4.runs / "trials" / "s").rglob("*.pt"))
            super().say(f"{line} {len(files)}")

    listener = Looker()
    monkeypatch.setattr("fashion_bench.training.segment.advance", short_at_2)
    study = run_study(write(tmp_path), of_4, listener).study
    assert trained == [(4, 0), (4, 1), *[(2, 0), (2, 0), (2, 1), (2, 1)] * 2]
    assert listener.lines[2] == f"{TOLD_2} 0"
    assert listed(study) == undisturbed(2)


def test_halved_until_it_fits(tmp_path: Path, of_4: RunOptions, undisturbed: Undisturbed) -> None:
    """With room for one lane, trials are trained alone, as if begun so."""
    listener = Listener()
    study = run_study(write(tmp_path), of_4, listener, room(1)).study
    assert listed(study) == undisturbed(1)
    told = "Training on the CPU, one trial in each process (4 do not fit into memory)."
    assert listener.lines[4] == told


def test_killed_when_halved_it_keeps_the_layout(
    tmp_path: Path,
    of_4: RunOptions,
    listener: Listener,
    undisturbed: Undisturbed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed in a cohort of the new layout, and memory is free again: it goes on with that."""
    file = write(tmp_path)
    trained: list[Cohort] = []

    def killed_in_the_second(
        cohort: Cohort, images: Images, until_epoch: int, *, told: Told, **how: Any
    ) -> None:
        if trained:
            raise KeyboardInterrupt
        advance_within(2, cohort, images, until_epoch, told=told, **how)
        trained.append(cohort)

    with monkeypatch.context() as patch:
        patch.setattr("fashion_bench.training.segment.advance", killed_in_the_second)
        with pytest.raises(KeyboardInterrupt):
            run_study(file, of_4, listener)
    assert layout(of_4) == OF_2
    told = len(listener.lines)
    assert listed(run_study(file, of_4, listener).study) == undisturbed(2)
    assert listener.lines[told] == "begun after 0"
    assert layout(of_4) == OF_2


def test_killed_while_halved_it_has_one_layout_or_the_other(
    tmp_path: Path,
    of_4: RunOptions,
    listener: Listener,
    undisturbed: Undisturbed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed before the ledger has the new layout, it has the old one and nothing trained."""
    file = write(tmp_path)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    def short_at_2(
        cohort: Cohort, images: Images, until_epoch: int, *, told: Told, **how: Any
    ) -> None:
        advance_within(2 if until_epoch == 2 else 4, cohort, images, until_epoch, told=told, **how)

    with monkeypatch.context() as patch:
        patch.setattr("fashion_bench.training.segment.advance", short_at_2)
        patch.setattr(Ledger, "set_layout", killed)
        with pytest.raises(KeyboardInterrupt):
            run_study(file, of_4, listener)
    assert layout(of_4) == OF_4
    assert not list((of_4.runs / "trials").rglob("*.pt"))
    assert listed(run_study(file, of_4, listener).study) == undisturbed(4)


def test_after_the_first_generation_it_stops_and_can_go_on(
    tmp_path: Path, of_4: RunOptions, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says how to go on; no trial has failed, and it ends as if undisturbed."""
    file, advance = write(tmp_path), "fashion_bench.training.segment.advance"

    with monkeypatch.context() as patch:

        class Hog(Listener):
            """Takes the memory when a generation is finished."""

            def finished(self, records: Sequence[TrialRecord]) -> None:
                super().finished(records)
                patch.setattr(advance, partial(advance_within, 2))

        hog = Hog()
        with pytest.raises(CohortMemoryError) as caught:
            run_study(file, of_4, hog)
    assert str(caught.value) == (
        "cpu: 4 trials together do not fit into the memory that is left; "
        "free some there, then run the same command again"
    )
    assert caught.value.exit_code == 1
    assert hog.lines == [TOLD_4, "begun after 0", "finished 4"]
    assert layout(of_4) == OF_4
    assert len(RunsFolder(of_4.runs).ledger().read("s").trials) == 4
    assert listed(run_study(file, of_4, Listener()).study) == undisturbed(4)


def test_a_lane_alone_stops_the_study(
    tmp_path: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is too large or the machine too full nobody knows: no trial has failed."""

    def no_room_for_dropout(
        cohort: Cohort, images: Images, until_epoch: int, *, told: Told, **how: Any
    ) -> None:
        drops = cohort.configs[0].hyper.dropout > 0
        advance_within(0 if drops else 1, cohort, images, until_epoch, told=told, **how)

    monkeypatch.setattr("fashion_bench.training.segment.advance", no_room_for_dropout)
    with pytest.raises(MachineError, match=r"s.dropout-0: OutOfMemoryError: CUDA out of memory."):
        run_study(write(tmp_path), options, listener)
    assert not RunsFolder(options.runs).ledger().read("s").trials


def test_memory_that_runs_out_behind_another_error_halves_too(
    tmp_path: Path, of_4: RunOptions, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a capture, where torch raises what broke of it."""

    def captured(
        cohort: Cohort, images: Images, until_epoch: int, *, told: Told, **how: Any
    ) -> None:
        try:
            advance_within(2, cohort, images, until_epoch, told=told, **how)
        except torch.OutOfMemoryError:
            raise torch.AcceleratorError("CUDA error: capture invalidated")  # noqa: B904

    monkeypatch.setattr("fashion_bench.training.segment.advance", captured)
    assert listed(run_study(write(tmp_path), of_4, Listener()).study) == undisturbed(2)


@pytest.mark.parametrize(
    ("device", "lanes", "error", "raised"),
    [
        ("cuda", 2, "CUDA out of memory.", CohortMemoryError),
        ("cuda", 1, "CUDA out of memory.", MachineError),
        ("cpu", 1, "CUDA out of memory.", RuntimeError),
        ("cuda", 2, "unable to find an engine to execute this computation", CohortMemoryError),
        ("cuda", 2, "CUDA error: an illegal memory access was encountered", GpuError),
        ("cpu", 2, "CUDA error: an illegal memory access was encountered", RuntimeError),
    ],
)
def test_whose_fault_an_error_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    device: DeviceKind,
    lanes: int,
    error: str,
    raised: type[Exception],
) -> None:
    """Nothing of a GPU is a trial's, for others may be on it; on a CPU all of it is."""

    def fail(*_: object) -> None:
        raise RuntimeError(error)

    plan = load_file(write(tmp_path)).plan
    config = next(iter(samples(plan)))
    trials = tuple(Trial(trial_id=f"s.none-{n}", config=config) for n in range(lanes))
    monkeypatch.setattr(Images, "to", lambda self, _: self)  # the GPU is made up
    monkeypatch.setattr("fashion_bench.training.segment.train_segment", fail)
    files, compute = TrialFiles(tmp_path / "trials"), Compute(device=device, engine="captured")
    train = make_train("synthetic", Sources(tmp_path, tmp_path), files, compute)
    with pytest.raises(raised) as caught:
        train(Segment(trials=trials, until_epoch=1, lanes=lanes), unheard)
    assert type(caught.value) is raised
