"""Random stories of folders of runs: what people, machines and kills do to them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import get_args

import optuna
from mlflow.entities import Run
from optuna.trial import TrialState

from fashion_bench.app.browse import remove_study, sync_studies
from fashion_bench.app.compare import compare
from fashion_bench.app.doctor import repair
from fashion_bench.app.export import export_study
from fashion_bench.app.listing import listing, shown
from fashion_bench.app.options import ExperimentOptions, RunOptions
from fashion_bench.app.report import write_report
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.faults import SWITCH, Point
from fashion_bench.records import unheard
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, STUDY
from tests.stories.place import Place, forget_connections

__all__ = ["Story"]

NAMES = ("s", "t", "e")  # the last is an experiment, whose trials are two of each arm
FEWEST, MOST = 4, 10  # trials of an arm of a study; two more each time that it grows
OF_EXPERIMENTS = {"test-opened", "predicted", "arm-scored"}


@dataclass(slots=True)
class Story:
    """A random walk over what may befall a folder of runs; after each step all is looked at.

    Args:
        folder: where it happens.
        seed: what it is drawn from.

    Attributes:
        told: the steps so far, in words.
    """

    folder: Path
    seed: int
    told: list[str] = field(default_factory=list)
    _draw: Random = field(init=False)
    _here: Place = field(init=False)
    _others: list[Place] = field(default_factory=list)
    _folders: int = 0

    def __post_init__(self) -> None:
        self._draw = Random(self.seed)
        self._here = Place(self._new_folder())
        print(f"story {self.seed}")

    def go(self, steps: int) -> None:
        """Take so many steps."""
        for _ in range(steps):
            possible = {step: weight for step, weight in STEPS.items() if NEEDS[step](self._here)}
            (step,) = self._draw.choices([*possible], [*possible.values()])
            self.told.append(f"{step.__name__.strip('_')} in {self._here.runs.name}")
            print(f"{len(self.told):4} {self.told[-1]}", end="", flush=True)
            step(self)
            print(flush=True)
            self._here.check()
        for place in self._others:
            place.check()

    def _say(self, *words: object) -> None:
        print(" ", *words, end="", flush=True)

    def _new_folder(self) -> Path:
        self._folders += 1
        return self.folder / f"runs {self._folders} für 50%"

    def _one(self) -> str:
        """One of the studies."""
        return self._draw.choice(sorted(self._here.trials))

    # Studies run -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Run a study that is not there."""
        name = self._draw.choice([each for each in NAMES if each not in self._here.trials])
        self._run(name, FEWEST)

    def grow(self) -> None:
        """Run one with a larger budget, or again with the same."""
        name = self._one()
        self._run(name, min(MOST, self._here.asked[name] + self._draw.choice((0, 2, 2))))

    def _run(self, name: str, trials: int) -> None:
        self._say(name, trials)
        file, listener = self._file(name, trials), Listener()
        where = {"runs": self._here.runs, "device": "cpu", "workers": 1, "no_mlflow": True}
        if name == "e":
            run_experiment(file, ExperimentOptions(**where), listener)
        else:
            run_study(file, RunOptions(**where), listener)
        if self._here.saw(name):
            self._here.behind.add(name)
        self._here.asked[name] = trials
        assert len(self._here.trials[name]) == (4 if name == "e" else 2 * trials)

    def _file(self, name: str, trials: int) -> Path:
        file = self.folder / f"{name}.toml"
        text = EXPERIMENT if name == "e" else STUDY.replace('name = "s"', f'name = "{name}"')
        file.write_text(text.replace("trials_per_arm = 4", f"trials_per_arm = {trials}"))
        return file

    def kill(self) -> None:
        """Kill the command that runs a study, at some point of it; then it goes on."""
        name = self._draw.choice(NAMES)
        trials = min(MOST, self._here.asked.get(name, FEWEST - 2) + 2)
        points = {*get_args(Point)} - (set() if name == "e" else OF_EXPERIMENTS)
        point = self._draw.choice(sorted(points))
        self._say(name, trials, point)
        file, orders = self._file(name, trials), self.folder / "faults"
        orders.mkdir(exist_ok=True)
        (orders / point).write_text("kill")
        kind = "experiment" if name == "e" else "study"
        command = (kind, "run", str(file), "--device", "cpu", "--workers", "1")
        run = self._command(*command, environment={SWITCH: str(orders)})
        assert run.wait(300) in (0, -signal.SIGKILL)
        (orders / point).unlink(missing_ok=True)
        self._run(name, trials)
        self._here.behind.discard(name)
        self._here.unsure.add(name)

    def together(self) -> None:
        """Sync in another process while a study goes on here."""
        name = self._one()
        sync = self._command("sync")
        self._run(name, self._here.asked[name])
        assert sync.wait(300) == 0
        self._here.brought_in_line(*self._here.trials)

    def _command(
        self, *words: str, environment: dict[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        forget_connections()
        command = [sys.executable, "-m", "fashion_bench", *words, "--runs", str(self._here.runs)]
        return subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1"} | (environment or {}),
        )

    # Studies are looked at, sent, removed ------------------------------------------------------

    def sync(self) -> None:
        """Bring MLflow up to date."""
        sync_studies(self._here.runs, unheard)
        self._here.brought_in_line(*self._here.trials)

    def mend(self) -> None:
        """Let the doctor mend what it can."""
        lines: list[str] = []
        repair(self._here.runs, ("mirror", "leftovers"), lines.append)
        assert not [line for line in lines if "is not mended" in line], lines
        self._here.brought_in_line(*self._here.trials)

    def remove(self) -> None:
        """Remove a study."""
        name = self._one()
        self._say(name)
        self._here.forget_study(name)
        remove_study(self._here.runs, name)
        assert not (self._here.runs / "trials" / name).exists()

    def look(self) -> None:
        """Read in all the ways there are; nothing is written."""
        before = _files(self._here.runs)
        self._read()
        assert _files(self._here.runs) == before

    def _read(self) -> None:
        name = self._one()
        listing(self._here.runs)
        shown(self._here.runs, name)
        compare(self._here.runs, name)
        with TemporaryDirectory(dir=self.folder) as out:
            export_study(self._here.record(name), Path(out), "csv")

    def report(self) -> None:
        """Write a report, into another folder."""
        with TemporaryDirectory(dir=self.folder) as out:
            written = write_report(self._here.runs, self._one(), Path(out), None, unheard)
            assert written.html.exists()

    def read_only(self) -> None:
        """Read while nothing can be written."""
        forget_connections()
        runs = str(self._here.runs)
        if subprocess.run(["mount", "--bind", runs, runs], capture_output=True).returncode:
            self._say("(nothing can be mounted here)")
            return
        try:
            subprocess.run(["mount", "-o", "remount,ro,bind", runs], check=True)
            self._read()
        finally:
            forget_connections()
            subprocess.run(["umount", "--lazy", runs], check=True)

    # The folder is moved and copied ------------------------------------------------------------

    def move(self) -> None:
        """Move the folder; of what MLflow has that is told."""
        self._here.move_to(self._new_folder())
        told = [finding.about for finding in self._here.problems()]
        assert ("mlflow" in told) == self._here.has_mlflow

    def copy(self) -> None:
        """Copy the folder; the story goes on in one of the two."""
        both = [self._here, self._here.copy_to(self._new_folder())]
        self._draw.shuffle(both)
        self._here, other = both
        self._others.append(other)

    def elsewhere(self) -> None:
        """Go on in another of the folders."""
        if self._others:
            place = self._draw.randrange(len(self._others))
            self._here, self._others[place] = self._others[place], self._here

    # People edit in MLflow ---------------------------------------------------------------------

    def describe_experiment(self) -> None:
        """Write a description of a study."""
        self._write_of_experiment("mlflow.note.content", f"Decided: {self._draw.random()}")

    def rename_experiment(self) -> None:
        """Give its experiment another name."""
        self._write_of_experiment("name", f"first try {self._draw.random()}")

    def own_view(self) -> None:
        """Save a view of one's own."""
        self._write_of_experiment("mlflow.sharedViewState.mine", '{"state": "{}"}')

    def tag_experiment(self) -> None:
        """Tag it."""
        self._write_of_experiment("status", "in the paper")

    def _write_of_experiment(self, key: str, text: str) -> None:
        at = self._here.experiment(self._one())
        assert at is not None
        client = self._here.client()
        if key == "name":
            client.rename_experiment(at.experiment_id, text)
        else:
            client.set_experiment_tag(at.experiment_id, key, text)
        self._here.texts["experiment", at.experiment_id, key] = text

    def describe_run(self) -> None:
        """Write a description of a trial."""
        self._write_of_run("mlflow.note.content", f"odd: {self._draw.random()}")

    def rename_run(self) -> None:
        """Give a run another name."""
        self._write_of_run("name", f"the odd one {self._draw.random()}")

    def tag_run(self) -> None:
        """Tag a run."""
        self._write_of_run("favourite", "yes")

    def _write_of_run(self, key: str, text: str) -> None:
        if (run := self._run_of(self._one())) is None:
            return
        client = self._here.client()
        if key == "name":
            client.update_run(run.info.run_id, name=text)
        else:
            client.set_tag(run.info.run_id, key, text)
        self._here.texts["run", run.info.run_id, key] = text

    def _run_of(self, name: str) -> Run | None:
        found = self._here.runs_of(name)
        return self._draw.choice(sorted(found, key=lambda run: run.info.run_id)) if found else None

    def spoil_run(self) -> None:
        """Change what we wrote of a run."""
        name = self._one()
        if (run := self._run_of(name)) is None:
            return
        client, run_id = self._here.client(), run.info.run_id
        spoil: dict[str, Callable[[], object]] = {
            "a number": lambda: client.set_tag(run_id, "test_opening", "yes"),
            "an outcome": lambda: client.set_tag(run_id, "outcome", "great"),
            "no arm": lambda: client.delete_tag(run_id, "arm"),
            "a status": lambda: client.set_terminated(run_id, "KILLED"),
            "not ended": lambda: client.update_run(run_id, "RUNNING"),
        }
        how = self._draw.choice(sorted(spoil))
        self._say(how)
        spoil[how]()
        self._here.behind.add(name)

    def spoil_view(self) -> None:
        """Break what we wrote of an experiment."""
        name = self._one()
        if (at := self._here.experiment(name)) is None:
            return
        key = self._draw.choice(("mlflow.sharedViewState.trials", "mlflow.sharedViewState.arms"))
        self._here.client().set_experiment_tag(at.experiment_id, key, '{"createdAt": "?')
        self._here.behind.add(name)

    def delete_run(self) -> None:
        """Delete a run."""
        if (run := self._run_of(self._one())) is not None:
            self._here.client().delete_run(run.info.run_id)
            self._here.deleted.add(run.info.run_id)

    def copy_run(self) -> None:
        """Make a copy of a run, with all its tags."""
        if (run := self._run_of(self._one())) is not None:
            client = self._here.client()
            made = client.create_run(run.info.experiment_id, tags=dict(run.data.tags))
            client.set_terminated(made.info.run_id)
            self._here.copies.add(made.info.run_id)

    # People edit in Optuna ---------------------------------------------------------------------

    def _optuna(self) -> "optuna.Study":
        name = f"{self._one()}.{self._draw.choice(('none', 'dropout'))}"
        storage = f"sqlite:///{self._here.runs / 'ledger.db'}"
        return optuna.load_study(study_name=name, storage=storage)

    def enqueue(self) -> None:
        """Enqueue a trial of one's own."""
        study = self._optuna()
        study.enqueue_trial({"lr": 0.005})
        self._stranger(study.study_name)

    def ask_and_tell(self) -> None:
        """Run one beside ours, that was enqueued or is new, perhaps without an end."""
        study = self._optuna()
        there = len(study.trials)
        trial = study.ask()
        if self._draw.random() < 0.7:
            study.tell(trial, 0.99, state=TrialState.COMPLETE)
        if len(study.trials) > there:
            self._stranger(study.study_name)

    def _stranger(self, name: str) -> None:
        self._here.strangers[name] = self._here.strangers.get(name, 0) + 1

    def mark_in_optuna(self) -> None:
        """Give a study an attribute of one's own."""
        self._optuna().set_user_attr("owner", "Ada")

    def copy_in_optuna(self) -> None:
        """Copy a study, attributes and all."""
        study = self._optuna()
        storage = f"sqlite:///{self._here.runs / 'ledger.db'}"
        copied = f"copy {self._draw.random()}"
        optuna.copy_study(
            from_study_name=study.study_name,
            from_storage=storage,
            to_storage=storage,
            to_study_name=copied,
        )
        self._here.strangers[copied] = self._here.strangers.get(study.study_name, 0)

    # Files go ----------------------------------------------------------------------------------

    def lose_artifacts(self) -> None:
        """All files that MLflow shows are gone, or those of one study."""
        root = self._here.runs / "artifacts"
        names = [path.name for path in root.iterdir()] if root.exists() else []
        if names and self._draw.random() < 0.5:
            rmtree(root)
            self._here.behind |= {*self._here.run_studies().values()} & {*self._here.trials}
        elif names:
            name = self._draw.choice(sorted(names))
            rmtree(root / name)
            if name in self._here.run_studies().values():
                self._here.behind.add(name)

    def lose_mlflow(self) -> None:
        """MLflow's database is gone."""
        forget_connections()
        for path in self._here.runs.glob("mlflow.db*"):
            path.unlink()
        self._here.forget_mlflow()

    def lose_what_nothing_rests_on(self) -> None:
        """Locks, live files and what is begun are gone."""
        rmtree(self._here.runs / ".mlflow", ignore_errors=True)
        for pattern in ("*.lock", "*.live.json", "*.driver"):
            for path in (self._here.runs / "trials").glob(pattern):
                path.unlink()

    def lose_weights(self) -> None:
        """A trial's weights are gone: that is told, and they are put back."""
        name = self._one()
        weights = sorted((self._here.runs / "trials" / name / "checkpoints").glob("*.pt"))
        path = self._draw.choice(weights)
        kept = path.read_bytes()
        path.unlink()
        told = [finding.says for finding in self._here.problems()]
        assert any(path.name in says for says in told), told
        path.write_bytes(kept)


def _files(folder: Path) -> dict[str, bytes]:
    """Every file and what is in it; sqlite's own may change when somebody only reads."""
    found = (path for path in folder.rglob("*") if path.is_file())
    passing = (".db-wal", ".db-shm")
    return {
        str(path): b"" if path.suffix == ".db" else path.read_bytes()
        for path in found
        if not path.name.endswith(passing)
    }


def _always(_: Place) -> bool:
    return True


def _has_trials(place: Place) -> bool:
    return bool(place.trials)


def _has_runs(place: Place) -> bool:
    """Whether every study has an experiment."""
    return bool(place.trials) and {*place.run_studies().values()} >= {*place.trials}


Step = Callable[[Story], None]
_OF_STUDIES: dict[Step, float] = {
    Story.grow: 3,
    Story.kill: 1,
    Story.together: 0.5,
    Story.sync: 5,
    Story.mend: 1,
    Story.remove: 1,
    Story.look: 1,
    Story.report: 0.3,
    Story.read_only: 1,
    Story.move: 1,
    Story.copy: 0.5,
    Story.elsewhere: 0.5,
    Story.enqueue: 1,
    Story.ask_and_tell: 1,
    Story.mark_in_optuna: 0.5,
    Story.copy_in_optuna: 0.5,
    Story.lose_artifacts: 1,
    Story.lose_mlflow: 0.7,
    Story.lose_what_nothing_rests_on: 0.5,
    Story.lose_weights: 0.5,
}
_OF_MLFLOW: dict[Step, float] = {
    Story.describe_experiment: 1,
    Story.rename_experiment: 1,
    Story.own_view: 0.5,
    Story.tag_experiment: 0.5,
    Story.describe_run: 1,
    Story.rename_run: 1,
    Story.tag_run: 0.5,
    Story.spoil_run: 1.5,
    Story.spoil_view: 0.5,
    Story.delete_run: 1,
    Story.copy_run: 1,
}
STEPS: dict[Step, float] = {Story.begin: 2, **_OF_STUDIES, **_OF_MLFLOW}
NEEDS: dict[Step, Callable[[Place], bool]] = {
    Story.begin: lambda place: len(place.trials) < len(NAMES),
    **dict.fromkeys(_OF_STUDIES, _has_trials),
    **dict.fromkeys(_OF_MLFLOW, _has_runs),
}
