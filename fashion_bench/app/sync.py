"""Sync from the ledger to MLflow: which files, tables and pictures are sent."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from fashion_bench.analysis.arm_curves import (
    QUANTITIES,
    Level,
    arm_curve,
    arm_scores,
    arm_sentence,
)
from fashion_bench.analysis.plots.curves import draw_arms
from fashion_bench.analysis.plots.importances import Importances, draw_importances
from fashion_bench.analysis.plots.points import draw_history, draw_slices
from fashion_bench.analysis.rendering.plain import json_text, plain
from fashion_bench.analysis.stages import Stages
from fashion_bench.analysis.summary import complete_trials, summarise_arms
from fashion_bench.analysis.tables import csv_text, epochs_table, trials_table
from fashion_bench.analysis.text import FEW_NAMED, some_of
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.app.compare import compare_study
from fashion_bench.app.figures import comparison_figures
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import is_trained
from fashion_bench.code import file_name
from fashion_bench.errors import FashionBenchError, NotSentError
from fashion_bench.records import Outcome, StudyRecord, TrialRecord, unheard
from fashion_bench.search.optuna_study import importances, trials_with
from fashion_bench.tracking.arms import ArmReport, Figures
from fashion_bench.tracking.keys import CHECKPOINT, REPORT
from fashion_bench.tracking.known import File, FilesOf
from fashion_bench.tracking.mlflow_mirror import Mirror
from fashion_bench.training.files import kept

BASE_URL = "http://127.0.0.1:5000"
EVALUATOR = "PED-ANOVA"


def sync(
    runs_folder: RunsFolder,
    study: StudyRecord,
    mirror: Mirror,
    files: FilesOf | None = None,
    trials_sent: Callable[[], object] = unheard,
    pictures: Mapping[str, File] | None = None,
) -> int:
    """Bring a study's trials and summary into MLflow; return how many trials lacked something.

    Args:
        runs_folder: where the study is.
        study: as the ledger holds it.
        mirror: its own.
        files: of each trial that lacks them, where somebody wants to be asked.
        trials_sent: called when all trials are there, before tables and pictures are made.
        pictures: of the study, where they are drawn already.
    """
    sent = mirror.sync_trials(study.trials, files=files or partial(trial_files, runs_folder, study))
    trials_sent()
    told = study_figures(runs_folder, study)
    mirror.sync_study(study, told, files=study_files(runs_folder, study, pictures))
    return sent


def send(
    runs_folder: RunsFolder,
    study: StudyRecord,
    say: Callable[[str], None],
    *,
    thorough: bool = False,
) -> None:
    """Do the same with a mirror of its own, and say how many and what is left as it is.

    Of one that was removed, or deleted in MLflow, that is said: others are to be sent all the same.
    """
    mirror = open_mirror(runs_folder, study, thorough=thorough)
    try:
        sent = sync(runs_folder, study, mirror)
    except NotSentError as left:
        say(str(left))
        return
    words = [f"{study.name}: {sent} of {len(study.trials)} trials were sent to MLflow"]
    if mirror.deleted:
        words.append(f"deleted there and left so: {some_of(mirror.deleted, FEW_NAMED)}")
    if mirror.numbered is not None:
        words.append(f"as {mirror.numbered!r}, since another experiment has its name there")
    say("; ".join(words))


def open_mirror(runs_folder: RunsFolder, study: StudyRecord, *, thorough: bool = False) -> Mirror:
    """Return the study's mirror in MLflow; it writes as long as the ledger has the study."""

    def still() -> bool:
        there = (runs_folder.folder / "ledger.db").exists()
        return there and runs_folder.reading().created_at(study.name) == study.created_at

    folder, server = runs_folder.folder, runs_folder.mlflow
    return Mirror(folder, study, server, still=still, thorough=thorough)


def trial_files(runs_folder: RunsFolder, study: StudyRecord, trial: TrialRecord) -> dict[str, File]:
    """Return a trial's checkpoint, where those of all trials are kept.

    Its curves are no file: MLflow draws them of its metrics (decision 57).
    """
    checkpoint = runs_folder.files(study.name).checkpoint(trial.trial_id)
    has_weights = study.plan.checkpoints == "all" and checkpoint.exists()
    return {CHECKPOINT: checkpoint} if has_weights else {}


def trial_sums(
    runs_folder: RunsFolder, study: StudyRecord, trial: TrialRecord
) -> dict[str, str | None]:
    """Return the digests that these files have by the ledger."""
    return dict.fromkeys(trial_files(runs_folder, study, trial), trial.checkpoint_sha256)


def study_files(
    runs_folder: RunsFolder, study: StudyRecord, pictures: Mapping[str, File] | None = None
) -> dict[str, File]:
    """Return a study's file, tables, pictures, and the checkpoints that only it keeps."""
    complete, drawn = complete_trials(study), _importances(runs_folder, study)
    told = {"evaluator": EVALUATOR, "complete_trials": complete, "arms": drawn.shares}
    report = runs_folder.folder / "reports" / f"{study.name}.html"  # its usual place
    fewer = drawn.fewer(complete)
    if any(fewer.values()):
        told["trials_with_the_parameter"] = fewer
    return {
        f"{study.kind}.toml": study.text.encode(),
        **{f"code/{file_name(each)}": each.source.encode() for each in study.plan.code},
        "summary.json": json_text(plain(summary_document(study))).encode(),
        "importances.json": json_text(told).encode(),
        "trials.csv": csv_text(trials_table(study)).encode(),
        "epochs.csv": csv_text(epochs_table(study)).encode(),
        **(study_pictures(runs_folder, study, drawn) if pictures is None else pictures),
        **({REPORT: report} if report.exists() else {}),
        **_best_checkpoints(runs_folder, study),
    }


def study_pictures(
    runs_folder: RunsFolder, study: StudyRecord, shares: Importances | None = None
) -> dict[str, File]:
    """Return a study's pictures: what follows from its trials and those of its survey.

    Args:
        runs_folder: where it is.
        study: as the ledger holds it.
        shares: its parameters' importances, where they are computed already.
    """
    shares = shares or _importances(runs_folder, study)
    return {
        "history.png": draw_history(study),
        "arms.png": draw_arms(study),
        "slices.png": draw_slices(study),
        "importances.png": draw_importances(shares, complete_trials(study)),
        **comparison_figures(study),
    }


def _importances(runs_folder: RunsFolder, study: StudyRecord) -> Importances:
    frozen = runs_folder.reading().frozen(study.name)
    shares = {arm: importances(trials, EVALUATOR) for arm, trials in frozen.items()}
    counts = {arm: trials_with(trials) for arm, trials in frozen.items()}
    return Importances(evaluator=EVALUATOR, shares=shares, trials=counts)


def study_figures(runs_folder: RunsFolder, study: StudyRecord) -> Figures:
    """Return what MLflow is told of a study and its arms."""
    over = is_trained(runs_folder, study)
    return Figures(
        metrics=_metrics(study),
        answer=_answer(runs_folder, study),
        arms=[arm_report(study, arm, over=over) for arm in study.arms],
    )


def arm_report(study: StudyRecord, arm: str, *, over: bool) -> ArmReport:
    """Return what MLflow is told of an arm: its curve only when its stage is over."""
    trials = study.counted(arm)
    scores = arm_scores(trials, study.plan.tests)
    told = ArmReport(
        arm=arm,
        sentence=arm_sentence(study, arm),
        scores={
            name: value for test, level in scores.items() for name, value in _figures(test, level)
        },
    )
    if not over:
        return told
    curve: dict[int, dict[str, float]] = defaultdict(dict)
    for quantity in QUANTITIES:
        for epoch, level in arm_curve(trials, quantity).items():
            curve[epoch] |= {"trials/n": level.n, **dict(_figures(quantity, level))}
    n = sum(trial.outcome is Outcome.COMPLETE for trial in trials)
    return replace(told, n=n, curve=curve)


def _figures(of: str, level: Level) -> Iterator[tuple[str, float]]:
    for name in ("mean", "lower_quartile", "upper_quartile"):
        yield f"{of}/{name}", getattr(level, name)


def _answer(runs_folder: RunsFolder, study: StudyRecord) -> str:
    try:
        if (whole := study.plan.study) != study.name:  # a stage has the answer of its file to it
            stages = Stages(runs_folder.reading().read(whole))
            return stages.by_stage.get(study.plan.stage, "")
        return compare_study(study, runs_folder).answer
    except FashionBenchError as error:  # of a reader, who is told so; the trials are sent
        return str(error)


def _best_checkpoints(runs_folder: RunsFolder, study: StudyRecord) -> dict[str, File]:
    if (keep := study.plan.checkpoints) == "all":
        return {}  # they are with their trials
    files = runs_folder.files(study.name)
    paths = [files.checkpoint(trial.trial_id) for trial in kept(study.trials, keep)]
    return {f"checkpoints/{path.name}": path for path in paths if path.exists()}


def _metrics(study: StudyRecord) -> Mapping[str, float]:
    best = {f"best/{arm.arm}": arm.best for arm in summarise_arms(study)}
    return {name: value for name, value in best.items() if value is not None}
