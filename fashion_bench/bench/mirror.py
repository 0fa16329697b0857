"""What MLflow takes for a finished trial, and what the picture of its curves takes."""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from fashion_bench.analysis.plots import draw_curves
from fashion_bench.app.provenance import provenance
from fashion_bench.bench.contestants import config_of
from fashion_bench.bench.made_up import drive_made_up, plan_made_up
from fashion_bench.bench.setting import Setting
from fashion_bench.bench.study_files import Silent
from fashion_bench.bench.tables import Table, spread
from fashion_bench.config import Recipe
from fashion_bench.records import TrialRecord
from fashion_bench.tracking.mlflow_mirror import Mirror
from fashion_bench.training.checkpoint import Store
from fashion_bench.training.cohort import Cohort

__all__ = ["mirror_table"]

BATCH = 16  # trials: about what a generation brings

_NOTES = """\
Finished trials with parameters, tags and {epochs} epochs of four metrics, {batch} at a time, as the
writer process sends them: into a new store on sqlite, each with a checkpoint of {kb:,.0f} kB.
*Picture* is drawing the curves of one trial. n = {n} batches, after one that does not count.
"""


def mirror_table(setting: Setting) -> Table:
    """Send made-up trials with real checkpoints into a new store."""
    batches = 1 + setting.rounds
    batch = 2 if setting.quick else BATCH
    with TemporaryDirectory() as name:
        folder = Path(name)
        plan = plan_made_up("random", 64 * -(-batches * batch // 64))
        study = drive_made_up(plan, folder, Silent()).read(plan.name)
        store = Store(folder / "trials")
        _save_checkpoints(store, study.trials)
        kb = store.checkpoint(study.trials[0].trial_id).stat().st_size / 1000
        told = provenance(setting.trial.source, setting.data, "cpu")
        mirror = Mirror(folder, study, varying=study.varying, provenance=told)
        sent, drawn = [], []
        for first in range(0, batches * batch, batch):
            trials = study.trials[first : first + batch]
            sent.append(_sending_ms(mirror, store, trials))
            drawn.append(_drawing_ms(trials))
    return Table(
        rows=(
            {"recording": "into MLflow, with checkpoint", "ms per trial": spread(sent[1:])},
            {"recording": "picture", "ms per trial": spread(drawn[1:])},
        ),
        notes=_NOTES.format(
            epochs=len(study.trials[0].history), batch=batch, kb=kb, n=setting.rounds
        ),
    )


def _save_checkpoints(store: Store, trials: Sequence[TrialRecord]) -> None:
    """Save the notebook's network for every trial."""
    cohort = Cohort.start([config_of(Recipe())])
    for trial in trials:
        cohort.histories = [list(trial.history)]
        store.save(cohort, 0, trial.trial_id, Recipe().epochs)


def _sending_ms(mirror: Mirror, store: Store, trials: Sequence[TrialRecord]) -> float:
    started = time.perf_counter()
    mirror.sync_trials(
        trials, files=lambda trial: {"checkpoint.pt": store.checkpoint(trial.trial_id)}
    )
    return 1000 * (time.perf_counter() - started) / len(trials)


def _drawing_ms(trials: Sequence[TrialRecord]) -> float:
    started = time.perf_counter()
    for trial in trials:
        draw_curves(trial)
    return 1000 * (time.perf_counter() - started) / len(trials)
