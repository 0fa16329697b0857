"""Nothing that lies in a folder of runs or of images is ever unpickled."""

import gzip
import io
import json
import pickle
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from hashlib import sha256
from itertools import cycle, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from optuna.trial import FrozenTrial

from fashion_bench.config import Hyper, Recipe, Trial, TrialConfig
from fashion_bench.data.fashion_mnist import FILES, load
from fashion_bench.errors import CheckpointError, DataError
from fashion_bench.faults import SWITCH
from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.optuna_study import ArmStudy
from fashion_bench.search.pruning import PRUNERS
from fashion_bench.search.resolve import plan_of
from fashion_bench.search.sampling import SAMPLERS
from fashion_bench.search.spec import parse
from fashion_bench.training.checkpoint import CheckpointStore, read_checkpoint
from fashion_bench.training.predictions import read_predictions
from tests.app.small_files import EXPERIMENT, STUDY, write
from tests.faults.tiny_study import order
from tests.finished import Finished
from tests.saying import Say
from tests.saying import say as say
from tests.security.bombs import FORMS, Bomb, array, bare, in_numpy, in_torch

forms = pytest.mark.parametrize("form", FORMS)

ALONE = ("--device", "cpu", "--workers", "1")


def test_a_bomb_goes_off_when_it_is_unpickled(tmp_path: Path) -> None:
    """Readers that execute what they read leave the trace that the other tests look for."""
    marker = tmp_path / "marker"
    bomb = Bomb(marker)
    readers = {
        bare: pickle.loads,
        in_torch: lambda content: torch.load(io.BytesIO(content), weights_only=False),
        in_numpy: lambda content: np.load(io.BytesIO(content), allow_pickle=True)["logits"],
        array: lambda content: np.load(io.BytesIO(content), allow_pickle=True),
    }
    for write_form, read in readers.items():
        read(write_form(bomb))
        marker.unlink()


# One file at a time ------------------------------------------------------------------------------


@forms
@pytest.mark.parametrize("recorded", [True, False])
def test_a_checkpoint(form: str, recorded: bool, bomb: Bomb, tmp_path: Path) -> None:
    """It is refused in one line, also where the ledger vouches for it."""
    content = FORMS[form](bomb)
    path = tmp_path / "a.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a checkpoint of fashion_bench"):
        read_checkpoint(path, sha256(content).hexdigest() if recorded else None)


@forms
def test_a_state_to_resume(form: str, bomb: Bomb, tmp_path: Path) -> None:
    """It counts as none, so its trial is trained again."""
    config = TrialConfig(recipe=Recipe(), arguments=(16, 16), hyper=Hyper(), seed=1, split_seed=1)
    trial, store = Trial(trial_id="s.a-0", config=config), CheckpointStore(tmp_path)
    path = store.state(trial.trial_id, 1)
    path.parent.mkdir(parents=True)
    path.write_bytes(FORMS[form](bomb))
    assert store.progress(trial, 1) is None


@forms
@pytest.mark.parametrize("recorded", [True, False])
def test_predictions(form: str, recorded: bool, bomb: Bomb, tmp_path: Path) -> None:
    """They are refused in one line, also where the ledger vouches for them."""
    content = FORMS[form](bomb)
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"does not hold predictions|is not the file"):
        read_predictions(path, sha256(content).hexdigest() if recorded else "")


@forms
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_images(form: str, suffix: str, bomb: Bomb, tmp_path: Path) -> None:
    """They are refused in one line, packed or not."""
    content = FORMS[form](bomb)
    for name in FILES:
        (tmp_path / f"{name}{suffix}").write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(DataError, match="is cut or is not the published file"):
        load("train", tmp_path)


# What Optuna reads -------------------------------------------------------------------------------

# Where Optuna's CMA-ES keeps a pickle, as letters: a reason not to offer it.
PLACES = ("cma:optimizer:0", "sepcma:optimizer:0", "cmawm:optimizer:0", "optimizer", "counters")

OFFERED = [
    ("grid", "none"),
    *product(sorted(SAMPLERS.keys() - {"grid"}), PRUNERS),
]


def _planted(bomb: Bomb) -> dict[str, str]:
    return dict.fromkeys(PLACES, bare(bomb).hex())


def _plan(sampler: str, pruner: str) -> Plan:
    search: dict[str, Any] = {"sampler": sampler, "pruner": pruner}
    search |= {} if sampler == "grid" else {"generation": 4}
    spec = {
        "name": "s",
        "question": "Is anything unpickled?",
        "seed": 1,
        "model": "mlp",
        "epochs": 3,
        "rungs": [1, 3],
        "nuisance": {"hidden": [16, 32, 64, 128]},
        "arms": {"a": {}},
        "search": search | ({"startup": 1} if sampler in ("tpe", "gp") else {}),
        "budget": {} if sampler == "grid" else {"trials_per_arm": 8},
    }
    return plan_of(parse(spec, "s"), "s")


def _finished_trials(plan: Plan, planted: Mapping[str, str]) -> tuple[FrozenTrial, ...]:
    arm = ArmStudy(plan, plan.arms[0])
    arm.ask(0, range(4))
    trials = [arm.tell(number, Outcome.COMPLETE, 0.5 + number / 10) for number in range(4)]
    for trial in trials:
        trial.system_attrs |= planted
        trial.set_user_attr("planted", planted)
    return tuple(trials)


@pytest.mark.parametrize(("sampler", "pruner"), OFFERED)
def test_what_a_sampler_goes_on_from(sampler: str, pruner: str, bomb: Bomb) -> None:
    """None of those offered unpickles what it finds with trials or with the study."""
    plan, planted = _plan(sampler, pruner), _planted(bomb)
    arm = ArmStudy(plan, plan.arms[0], _finished_trials(plan, planted), planted)
    assert len(arm.ask(1, range(4, 8) if sampler != "grid" else ())) in (0, 4)


@pytest.mark.parametrize("as_text", [True, False])
def test_the_ledger(as_text: bool, runs: Path, bomb: Bomb, say: Say) -> None:
    """A pickle in the place of each of Optuna's attributes ends a command, if anything."""
    content: str | bytes = json.dumps(bare(bomb).hex()) if as_text else bare(bomb)
    tables = ("study_user", "study_system", "trial_user", "trial_system")
    with closing(sqlite3.connect(runs / "ledger.db")) as connection, connection:
        for table in tables:
            connection.execute(f"UPDATE {table}_attributes SET value_json = ?", (content,))
            connection.execute("UPDATE trial_params SET distribution_json = ?", (content,))
    for command in (("study", "list"), ("study", "show", "s")):
        assert say(*command, "--runs", runs).code != 0


# Whole commands ----------------------------------------------------------------------------------


def _plant(path: Path, content: bytes, runs: Path) -> None:
    """Replace a file, and what the ledger knows of it."""
    earlier = sha256(path.read_bytes()).hexdigest()
    path.write_bytes(content)
    with closing(sqlite3.connect(runs / "ledger.db")) as connection, connection:
        for table in ("study_user_attributes", "trial_user_attributes"):
            connection.execute(
                f"UPDATE {table} SET value_json = replace(value_json, ?, ?)",
                (earlier, sha256(content).hexdigest()),
            )


def _listed(runs: Path) -> list[tuple[Any, ...]]:
    study: StudyRecord = Ledger(runs / "ledger.db").read("s")
    return [(t.trial_id, dict(t.params), t.value, t.checkpoint_sha256) for t in study.trials]


def test_a_study_that_goes_on(
    finished: Finished, bomb: Bomb, tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bombs for states and checkpoints are trained over: the list is the one without them."""
    runs = tmp_path / "runs"
    file = write(tmp_path, STUDY)
    command = ("study", "run", file, "--runs", runs, *ALONE, "--no-mlflow")
    store = CheckpointStore(runs / "trials" / "s")
    monkeypatch.setenv(SWITCH, str(tmp_path / "faults"))
    order(tmp_path, "trained", "raise")
    with pytest.raises(RuntimeError, match="at trained"):
        say(*command)
    assert any(store.folder.glob("resume/[!.]*.pt"))
    bombs = cycle(form(bomb) for form in FORMS.values())
    for trial_id in (f"s.{arm}-{number}" for arm in ("none", "dropout") for number in range(4)):
        for path in (store.checkpoint(trial_id), *(store.state(trial_id, rung) for rung in (1, 2))):
            path.write_bytes(next(bombs))
    said = say(*command)
    assert said.code == 0, said.told
    assert _listed(runs) == _listed(finished.runs)


def test_an_experiment_that_measures(runs: Path, bomb: Bomb, tmp_path: Path, say: Say) -> None:
    """A bomb for a checkpoint is one line, before the test images are opened."""
    path = CheckpointStore(runs / "trials" / "e").checkpoint("e.none-0")
    _plant(path, in_torch(bomb), runs)
    file = write(tmp_path, EXPERIMENT)
    said = say("experiment", "run", file, "--again", "why not", "--runs", runs, *ALONE)
    assert said.code == 2
    assert "Opening" not in said.told
    assert said.told.splitlines()[-1].startswith(f"Error: {path}: is not a checkpoint")
    assert len(Ledger(runs / "ledger.db").read("e").openings) == 1


@pytest.mark.usefixtures("few_points")
def test_commands_that_read(runs: Path, bomb: Bomb, say: Say) -> None:
    """With bombs for weights, predictions and MLflow's artifacts they show what is left."""
    for path in (*runs.glob("trials/*/checkpoints/*.pt"), *runs.glob("trials/**/*.npz")):
        _plant(path, (in_numpy if path.suffix == ".npz" else in_torch)(bomb), runs)
    artifacts = [path for path in runs.glob("artifacts/**/*") if path.is_file()]
    assert {path.name for path in artifacts} > {"checkpoint.pt", "summary.json", "trials.csv"}
    for path, form in zip(artifacts, cycle(FORMS.values()), strict=False):
        path.write_bytes(form(bomb))
    for command in (("report", "e"), ("compare", "e"), ("sync",)):
        said = say(*command, "--runs", runs)
        assert said.code == 0, said.told
