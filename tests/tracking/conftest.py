"""Made-up trials, and an empty store copied for each test: MLflow takes seconds to make one."""

from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copyfile
from types import MappingProxyType

import pytest

from fashion_bench.config import Hyper, Recipe, TestSet, TrialConfig
from fashion_bench.records import Epoch, Outcome, StudyRecord, TestScore, TrialRecord
from fashion_bench.tracking.mlflow_mirror import Mirror
from tests.plans import make_plan

START = 1_800_000_000.0
PROVENANCE = {"git_commit": "c0ffee", "torch": "2.14.1", "data_digest": "d" * 64}


def _epochs(count: int, *, accuracy: float = 0.8) -> tuple[Epoch, ...]:
    return tuple(
        Epoch(
            epoch=number,
            train_loss=1 / number,
            train_accuracy=accuracy - 0.01,
            valid_loss=0.9 / number,
            valid_accuracy=accuracy + number / 1000,
            seconds=1.5,
            ended_at=START + 1.5 * number,
        )
        for number in range(1, count + 1)
    )


@pytest.fixture
def make_trial() -> Callable[..., TrialRecord]:
    """A factory of trial records."""

    def make(
        arm: str = "dropout",
        number: int = 0,
        *,
        outcome: Outcome = Outcome.COMPLETE,
        history: tuple[Epoch, ...] | None = None,
        tests: Mapping[TestSet, TestScore] = MappingProxyType({}),
        reason: str = "",
    ) -> TrialRecord:
        history = _epochs(3) if history is None else history
        rate = 0.25 if arm == "dropout" else 0.0
        return TrialRecord(
            study="mlp",
            arm=arm,
            number=number,
            generation=number // 4,
            trial_id=f"mlp.{arm}-{number}",
            config=TrialConfig(
                recipe=Recipe(epochs=3),
                arguments=(250, 100),
                hyper=Hyper(lr=0.00123456, dropout=rate),
                seed=100 + number,
                split_seed=7,
            ),
            params={"hidden": 250, "lr": 0.00123456, "dropout": rate},
            outcome=outcome,
            reason=reason or outcome.sentence,
            history=history,
            checkpoint_sha256="ab" * 32,
            ended_at=START + 60,
            tests=dict(tests),
        )

    return make


@pytest.fixture
def make_study() -> Callable[..., StudyRecord]:
    """A factory of study records."""

    def make(*trials: TrialRecord, kind: str = "study") -> StudyRecord:
        return StudyRecord(
            name="mlp",
            question="Does dropout help?",
            plan=make_plan(("dropout", "none"), kind),
            arms=("dropout", "none"),
            planned=8,
            trials=trials,
            created_at=START - 5,
            varying=("lr", "dropout"),
            provenance=PROVENANCE,
        )

    return make


@pytest.fixture
def runs(tmp_path: Path, empty_database: Path) -> Path:
    """A runs folder with an empty store, under a name that has to be quoted in a URI."""
    folder = tmp_path / "my runs 100%"
    folder.mkdir()
    copyfile(empty_database, folder / "mlflow.db")
    return folder


@pytest.fixture
def make_mirror(runs: Path, make_study: Callable[..., StudyRecord]) -> Callable[..., Mirror]:
    """A factory of mirrors of the study, each as a new process would have it."""

    def make(study: StudyRecord | None = None, *, server: str | None = None) -> Mirror:
        return Mirror(runs, study or make_study(), server)

    return make
