"""Killed at random again and again, in all its processes, a run ends as if it never stopped.

``FASHION_BENCH_FAULTS_SEED`` repeats what was drawn; where each blow falls is up to the machine.
"""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from math import inf
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

from tests.faults.processes import Role, gone_after, members
from tests.faults.tiny_study import EXPERIMENT, FILE, NAME, end, rows, start, wait_until
from tests.faults.unharmed import assert_unharmed

Run: TypeAlias = "subprocess.Popen[str]"

VICTIMS = ("driver", "group", "worker", "server", "writer")
_ROLES: dict[str, Role] = {"worker": "worker", "server": "server", "writer": "writer"}


class Story:
    """What befalls a study or experiment until it ends.

    Args:
        folder: where it lives.
        text: its file.
        trials: how many it has.
    """

    def __init__(self, folder: Path, text: str, trials: int) -> None:
        seed = int(os.environ.get("FASHION_BENCH_FAULTS_SEED", time.time_ns() % 10**6))
        print(f"FASHION_BENCH_FAULTS_SEED={seed}")
        self._folder, self._text, self._trials = folder / "killed", text, trials
        self._draw = Random(seed)
        self._whole = folder / "whole"
        self._setting_up = self._live_undisturbed()
        self.kills: Counter[str] = Counter()
        self._owed: list[str] = []

    def kill_in_training(self, kills: int) -> None:
        """Kill while it starts, trains and records, first one of each; it never ends meanwhile."""
        self._owed = self._draw.sample(VICTIMS, len(VICTIMS))
        self._go(kills, lambda _: True, most=3)
        assert all(self.kills[victim] for victim in VICTIMS)
        assert rows(self._folder) < self._trials

    def kill_in_the_end(self, kills: int) -> None:
        """Kill once every trial is recorded: while it measures and sums up."""
        self._go(kills, self._recorded, most=inf)

    def check(self) -> None:
        """Let it end by itself, and compare."""
        while "MLflow is behind" in end(start(self._folder, file_text=self._text))[1]:
            assert self.kills["writer"], "nobody else may be the cause"
        print(f"{self.kills.total()} kills: {dict(self.kills)}")
        assert_unharmed(self._folder, self._whole)

    def _live_undisturbed(self) -> float:
        """Run what the other is compared to; return the seconds until its first trial."""
        began = time.monotonic()
        run = start(self._whole, file_text=self._text)
        wait_until(run, lambda: _begun(self._whole) > 0)
        seconds = time.monotonic() - began
        end(run)
        return seconds

    def _go(self, kills: int, endangered: Callable[[Run], bool], most: float) -> None:
        target = self.kills.total() + kills
        while self.kills.total() < target:
            run = start(self._folder, file_text=self._text)
            while run.poll() is None and not endangered(run):
                time.sleep(0.02)
            self._live(run, most)
            _, told = run.communicate()
            assert run.returncode in (0, -signal.SIGKILL), told
            assert "Traceback" not in told
            assert gone_after(run.pid) < 20

    def _live(self, run: Run, most: float) -> None:
        """Kill one process after the other until it is the driver's turn, or all is done.

        ``most`` is how many trials it may begin before each blow.
        """
        # A worker's third death is a result, and with their server they all die.
        spared: dict[str, int] = {"worker": 1, "server": 1, "writer": 1}
        while self._lives_until_the_blow(run, most):
            victim = self._next_victim(run)
            there = members(run.pid, _ROLES[victim]) if spared.get(victim) else []
            if there:
                os.kill(self._draw.choice(there), signal.SIGKILL)
                spared[victim] -= 1
                self.kills[victim] += 1
                continue
            (os.killpg if victim == "group" else os.kill)(run.pid, signal.SIGKILL)
            self.kills["group" if victim == "group" else "driver"] += run.wait() != 0
            return

    def _next_victim(self, run: Run) -> str:
        """Draw who is struck; one who is owed a blow is waited for."""
        if not self._owed:
            return self._draw.choices(VICTIMS, [3, 2, 3, 1, 2])[0]
        victim = self._owed.pop()
        if victim in _ROLES:
            wait_until(run, lambda: members(run.pid, _ROLES[victim]))
        return victim

    def _lives_until_the_blow(self, run: Run, most: float) -> bool:
        deadline = time.monotonic() + self._draw.uniform(0, 1.3 * self._setting_up)
        enough = _begun(self._folder) + most
        while time.monotonic() < deadline and _begun(self._folder) < enough:
            if run.poll() is not None:
                return False
            time.sleep(0.02)
        return True

    def _recorded(self, run: Run) -> bool:
        return rows(self._folder) == self._trials and bool(members(run.pid, "writer"))


def _begun(folder: Path) -> int:
    """How many trials have reached their first rung, and so have a checkpoint."""
    return len(list((folder / "runs" / "trials" / NAME / "checkpoints").glob("[!.]*.pt")))


def _study(trials_per_arm: int) -> tuple[str, int]:
    text = FILE.replace("trials_per_arm = 6", f"trials_per_arm = {trials_per_arm}")
    return text, 2 * trials_per_arm


def _experiment(seeds: int) -> tuple[str, int]:
    text = EXPERIMENT.replace("seeds = [1, 2]", f"seeds = {list(range(seeds))}")
    return text, 2 * seeds


@pytest.mark.faults
@pytest.mark.timeout(3000)
def test_a_study_killed_twenty_times(tmp_path: Path) -> None:
    """Wherever a study is struck down, the same command ends it unharmed."""
    story = Story(tmp_path, *_study(50))
    story.kill_in_training(17)
    story.kill_in_the_end(3)
    story.check()


@pytest.mark.faults
@pytest.mark.timeout(3000)
def test_an_experiment_killed_while_it_trains_and_measures(tmp_path: Path) -> None:
    """It opens the test images once, and measures every trial once."""
    story = Story(tmp_path, *_experiment(12))
    story.kill_in_training(5)
    story.kill_in_the_end(4)
    story.check()
