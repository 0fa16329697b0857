"""The writer process as a process; what it writes is tested with the recorder."""

import subprocess
import sys
from multiprocessing import Pipe
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, NoReturn

import pytest

from fashion_bench.app import writer
from fashion_bench.app.recorder import Mirrored
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import MachineError
from fashion_bench.records import StudyRecord
from tests.finished import Finished


def test_the_writer_lives_without_torch() -> None:
    """It runs beside the workers all the time, and torch would take half of its memory."""
    code = "import fashion_bench.app.writer, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_driver_that_does_not_listen_is_not_waited_for(
    finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It trains for hours before it asks how many trials MLflow has; the rest is left out."""
    study = RunsFolder(finished.runs).ledger().read("s")
    monkeypatch.setattr(writer, "EVERY", 0)
    monkeypatch.setattr(writer, "trial_files", lambda *_: {})
    ours, theirs = Pipe()
    telling = Thread(target=send_often, args=(writer.Told(theirs, RunsFolder(Path())), study))
    telling.daemon = True  # else a failure would hang
    telling.start()
    telling.join(60)
    assert not telling.is_alive()
    told = []
    while ours.poll():
        told.append(ours.recv().trials)
    assert 10 < len(told) < OFTEN
    assert set(told) == set(range(len(study.trials) + 1))


OFTEN = 20_000


def send_often(told: writer.Told, study: StudyRecord) -> None:
    """Send the trials of a study over and over."""
    files = told.files(study)
    for sent in range(OFTEN):
        files(study.trials[sent % len(study.trials)])


class Ends:
    """The writer's end of a pipe."""

    def __init__(self) -> None:
        self.sent: list[Mirrored] = []

    def send(self, message: Mirrored) -> None:
        """Keep what the driver is told."""
        self.sent.append(message)


def test_what_has_piled_up_is_tried_together(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While MLflow is away, generations do not queue for a wait each: the end would be hours."""
    study = RunsFolder(finished.runs).ledger().read("s")
    pipe, messages, tried = Ends(), SimpleQueue[Any](), []

    def away(*_: object) -> NoReturn:
        tried.append(1)
        raise MachineError("MLflow", "is away", remedy="wait")

    for message in ((RunsFolder(tmp_path), study), study.trials[:2], study.trials[2:4], study):
        messages.put(message)
    monkeypatch.setattr(writer, "open_mirror", away)
    writer.main(pipe, messages)
    assert len(tried) == 1
    assert pipe.sent == [Mirrored(problem="MLflow: is away; wait")]
