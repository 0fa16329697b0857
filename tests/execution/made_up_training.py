"""Made-up training: curves computed from the configuration, and mishaps on demand.

A module of its own, so that worker processes can import it.
"""

import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Thread

import numpy as np

from fashion_bench.config import Hyper, Recipe, Trial, TrialConfig
from fashion_bench.errors import CohortMemoryError, DataError, GpuError, MachineError
from fashion_bench.execution.executor import Executor, Train
from fashion_bench.records import Progress, Segment, Tell, Underway, unheard
from fashion_bench.rng import derive
from tests.search.made_up_curves import curve

Mishap = Callable[[], object]


def segments(count: int, *, trials: int = 1, until_epoch: int = 2) -> list[Segment]:
    """Segments ``s.a-0 …`` of so many trials each."""
    names = [[f"s.a-{trials * i + j}" for j in range(trials)] for i in range(count)]
    return [Segment(trials=tuple(map(_trial, group)), until_epoch=until_epoch) for group in names]


def _trial(trial_id: str) -> Trial:
    config = TrialConfig(
        recipe=Recipe(), arguments=(8, 8), hyper=Hyper(), seed=derive(trial_id), split_seed=0
    )
    return Trial(trial_id=trial_id, config=config)


def curves(segments: Sequence[Segment]) -> list[tuple[Progress, ...]]:
    """What the segments come to where nothing happens."""
    return [train({}, segment, unheard) for segment in segments]


def ignore(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
    """Take no notice of a finished segment."""
    return ()


def results_of(executor: Executor, segments: Sequence[Segment]) -> list[tuple[Progress, ...]]:
    """Run segments; return what came of them, in the order given."""
    results = {}

    def on_done(segment: Segment, progress: tuple[Progress, ...]) -> tuple[()]:
        results[segment] = progress
        return ()

    executor.run(segments, on_done)
    return [results[segment] for segment in segments]


def make_train(mishaps: Mapping[str, Mishap] = {}, set_up: Mishap = int) -> Train:
    """Return a training in which these trials meet these mishaps."""
    set_up()
    return partial(train, mishaps)


def train(mishaps: Mapping[str, Mishap], segment: Segment, tell: Tell) -> tuple[Progress, ...]:
    """Train a segment, and tell of every epoch."""
    for trial in segment.trials:
        mishaps.get(trial.trial_id, int)()
    for epoch in range(segment.from_epoch + 1, segment.until_epoch + 1):
        histories = {trial.trial_id: curve(trial, epoch).history for trial in segment.trials}
        latest = {trial_id: history[-1] for trial_id, history in histories.items()}
        tell(Underway(epochs=epoch, latest=latest))
    return tuple(curve(trial, segment.until_epoch) for trial in segment.trials)


def die(folder: Path, times: int, number: int = signal.SIGKILL) -> None:
    """Be killed, the first so many times."""
    so_far = len(list(folder.iterdir()))
    if so_far < times:
        (folder / str(so_far)).touch()
        os.kill(os.getpid(), number)
        time.sleep(60)


def nap(began: Path, seconds: float) -> None:
    """Say that it begins, and sleep, a little at a time."""
    began.touch()
    for _ in range(int(seconds * 10)):
        time.sleep(0.1)


def break_the_gpu(folder: Path, times: int) -> None:
    """Find the GPU broken, the first so many times."""
    so_far = len(list(folder.iterdir()))
    if so_far < times:
        (folder / str(so_far)).touch()
        find_the_gpu_broken()


def find_the_gpu_broken() -> None:
    """Raise what a GPU that stopped working comes to."""
    raise GpuError("cuda", "the GPU stopped working (CUDA error)", remedy="run it again")


def leave_card(folder: Path) -> None:
    """Leave what this process is shown of the machine's GPUs, under its id."""
    (folder / str(os.getpid())).write_text(os.environ.get("CUDA_VISIBLE_DEVICES", "not set"))


def leave_home(homes: Path, name: str, met: Path) -> None:
    """Add this process to those that trained a trial, once there are two."""
    meet(met, 2)
    with (homes / name).open("a") as file:
        file.write(f"{os.getpid()}\n")


def die_at_the_second(folder: Path) -> None:
    """Be killed when called again, and no more."""
    so_far = len(list(folder.iterdir()))
    (folder / str(so_far)).touch()
    if so_far == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def leave_pid(folder: Path) -> None:
    """Add a line to the file named after this process."""
    with (folder / str(os.getpid())).open("a") as file:
        file.write("here\n")


def meet(folder: Path, count: int) -> None:
    """Leave this process's id, and go on when so many processes have."""
    leave_pid(folder)
    while len(list(folder.iterdir())) < count:
        time.sleep(0.02)


def hang(folder: Path) -> None:
    """Leave this process's id and do nothing for ever."""
    leave_pid(folder)
    time.sleep(3600)


def run_out_of_memory() -> None:
    """Raise what a failed allocation raises."""
    raise MemoryError


def miss_a_file() -> None:
    """Raise what code of a user's raises that looks for a file of its own."""
    Path("its.npy").read_bytes()


def read_a_bad_disk() -> None:
    """Raise what reading from one raises."""
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def stop_for(seconds: float) -> None:
    """Be stopped, as by a debugger, and go on after so long."""
    process = os.getpid()
    subprocess.Popen(["sh", "-c", f"sleep {seconds}; kill -CONT {process}"])
    os.kill(process, signal.SIGSTOP)


def fail() -> None:
    """Raise what torch raises, over several lines."""
    raise RuntimeError("no kernel\n  for this shape")


def miss_the_data() -> None:
    """Raise a user's mistake."""
    raise DataError("data/train", "is cut short", given=17, remedy="fetch it again")


def fill_the_disk() -> None:
    """Raise a fault of the machine."""
    raise MachineError("checkpoints", "no space left", remedy="free some")


def overfill() -> None:
    """Raise what a cohort too large for the memory raises."""
    raise CohortMemoryError("cuda", "4 trials do not fit", remedy="free some memory")


def be_wrong() -> None:
    """Raise what a bug raises."""
    raise ZeroDivisionError("a bug")


def make_thread_counter() -> Train:
    """Return a training whose epochs tell how many threads torch uses."""
    import torch

    def count(segment: Segment, _: Tell) -> tuple[Progress, ...]:
        threads = torch.get_num_threads()
        return tuple(curve(trial, threads) for trial in segment.trials)

    return count


def insist_on_one_thread() -> None:
    """Refuse an environment that allows more."""
    assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "1"


def interrupt_itself() -> None:
    """Get what Ctrl-C sends."""
    os.kill(os.getpid(), signal.SIGINT)


def do_nothing() -> None:
    """Begin no thread."""


def begin_a_thread() -> None:
    """Begin one that waits for ever."""
    Thread(target=time.sleep, args=(3600,), daemon=True).start()


def leave_command(folder: Path) -> None:
    """Leave the command line of this process."""
    (folder / str(os.getpid())).write_text(Path("/proc/self/cmdline").read_text())


def kill_the_parent_once(folder: Path) -> None:
    """Kill the process that this one was forked from, and wait for one's own end."""
    if not any(folder.iterdir()):
        leave_pid(folder)
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(3600)


def draw() -> float:
    """Draw without a seed."""
    return float(np.random.random())  # as code of users does


def leave_a_draw(folder: Path) -> None:
    """Leave a number drawn without a seed, and wait for two others."""
    (folder / str(os.getpid())).write_text(str(draw()))
    while len(list(folder.iterdir())) < 3:
        time.sleep(0.02)


def make_answer() -> Callable[[str], int]:
    """Return what does as it is asked to, and answers with the id of its process."""
    assert os.environ["MADE_UP"] == "there"
    asked: dict[str, Mishap] = {
        "killed": partial(os.kill, os.getpid(), signal.SIGKILL),
        "ends": partial(os._exit, 7),
        "late": partial(time.sleep, 3600),
        "broken": find_the_gpu_broken,
        "mistaken": miss_the_data,
        "here": int,
    }

    def answer(question: str) -> int:
        asked[question]()
        return os.getpid()

    return answer
