"""Stored studies: the list of them, the summary of one, and its trials."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fashion_bench.analysis.document import (
    Block,
    Column,
    Data,
    Document,
    Row,
    Section,
    Table,
    Text,
    columns_of,
    fields_of,
)
from fashion_bench.analysis.metric import metrics_of
from fashion_bench.analysis.summary import (
    ArmScore,
    ArmSummary,
    Reached,
    Spread,
    best_trial,
    counted,
    summarise_arms,
    summarise_reached,
    summarise_scores,
)
from fashion_bench.analysis.text import NONE, duration, moment, number, params_text
from fashion_bench.config import TEST_SETS, WITHOUT_LOGITS
from fashion_bench.records import (
    Counted,
    Opening,
    Outcome,
    State,
    StudyRecord,
    TrialRecord,
    sum_known,
)

SHOWN = 20  # trials: a screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a study, or a stage of one, stands.

    Attributes:
        state: running, stopped or finished; ``None`` where nobody looked.
        seconds_left: a guess at the time until a running one is trained.
        left: the same in words.
        line: what a running one is at.
    """

    state: State | None = None
    seconds_left: float | None = None
    left: str = ""
    line: str = ""

    @property
    def words(self) -> str:
        """The state, and the time left where that is known."""
        return ", ".join(filter(None, (self.state, self.left))) or NONE


UNKNOWN = Standing()


def list_document(
    studies: Iterable[StudyRecord],
    standings: Mapping[str, Standing] = MappingProxyType({}),
    counts: Mapping[str, Counted] = MappingProxyType({}),
) -> Document:
    """Return one row a study, and below it one for each stage beside its search.

    Args:
        studies: the oldest first.
        standings: where they and their stages stand, by name.
        counts: what their trials come to, likewise; of others the trials they hold are counted.
    """
    columns: tuple[Column[Row], ...] = (
        *columns_of("name", kind="words"),
        Column("state", lambda row: standings.get(row["name"], UNKNOWN).words, "words"),
        Column("trials", lambda row: f"{row['trials']:,} of {row['planned']:,}"),
        Column("best", lambda row: _best_of_list(row["best"], row["best_outcome"])),
        *columns_of("kind", kind="words"),
        Column("begun", lambda row: moment(row["created_at"]).partition(" ")[0], "words"),
    )
    rows = (
        _study_row(
            stage,
            standings.get(stage.name, UNKNOWN),
            counts.get(stage.name) or counted(stage.trials),
        )
        for study in studies
        for stage in (study, study.survey, study.confirm)
        if stage
    )
    return Document(sections=(Section(blocks=(Table(columns=columns, rows=tuple(rows)),)),))


def _study_row(study: StudyRecord, standing: Standing, of_trials: Counted) -> Row:
    stage = study.plan.stage
    return {
        **fields_of(study, "name", "question", "arms"),
        "kind": study.kind if stage == "search" else stage,
        "trials": of_trials.trials,
        "planned": study.planned,
        "best": of_trials.best,
        "best_outcome": of_trials.outcome,
        **fields_of(standing, "state", "seconds_left"),
        "created_at": study.created_at,
    }


def _best_of_list(value: float | None, outcome: Outcome | None) -> str:
    """Return a value with how its trial ended, where that was not at its last epoch."""
    whole = outcome in (None, Outcome.COMPLETE)
    return number(value) if whole else f"{number(value)} ({outcome})"


# The summary -------------------------------------------------------------------------------------


def summary_document(study: StudyRecord, *more: Section) -> Document:
    """Return what there is to tell of a study or experiment, with more sections below it."""
    own = _of_experiment(study) if study.kind == "experiment" else _of_study(study)
    return Document(
        title=f"{study.name} ({study.kind})",
        question=study.question,
        sections=(Section(blocks=(*spent(study), *own)), *more),
    )


def spent(study: StudyRecord) -> tuple[Block, ...]:
    """Return what was spent on a study or experiment, on all its stages."""
    trials = [trial for stage in study.stages for trial in stage.trials]
    epochs = sum(len(trial.history) for trial in trials)
    seconds = duration(sum(trial.seconds for trial in trials))
    worked = sum_known(trial.processor_seconds for trial in trials)
    done = len(study.trials)
    most = "at most " if study.plan.look else ""
    finished = f"{done} of {most}{study.planned} trials finished"
    if len(study.stages) > 1:
        of_stages = (f"{one.plan.stage} {len(one.trials)} of {one.planned}" for one in study.stages)
        finished = f"{', '.join(of_stages)} trials finished"
    told = f"{finished}, {epochs:,} epochs, {seconds} of training"
    told += "" if worked is None else f", {duration(worked)} of processor time"
    names = fields_of(study, "name", "kind", "question", "planned")
    return Data(values=names | {"finished": done}), Text(words=told)


def _of_study(study: StudyRecord) -> tuple[Block, ...]:
    arms, best = summarise_arms(study), best_trial(study.trials)
    return (
        Table(title="How its trials ended", columns=_ENDED, rows=arms, key="arms"),
        Table(title="Training cost per arm", columns=_TAKEN, rows=arms, key="arms"),
        _reached(summarise_reached(study)),
        _best(study, best),
        Data(values={"best": _best_row(best)}),
    )


_ENDED: tuple[Column[ArmSummary], ...] = (
    *columns_of("arm", kind="words"),
    *columns_of("trials", "complete", "pruned", "diverged", "failed"),
)

_TAKEN: tuple[Column[ArmSummary], ...] = (
    *columns_of("arm", kind="words"),
    *columns_of("epochs"),
    Column("time", lambda arm: duration(arm.seconds)),
    Column("processor", lambda arm: duration(arm.processor_seconds)),
)

_REACHED: tuple[Column[Reached], ...] = (
    *columns_of("arm", kind="words"),
    Column("at epoch", lambda row: f"{row.epoch}" if row.stopped else f"best of {row.epoch}"),
    *columns_of("best", "median"),
    Column("quartiles", lambda row: _range(row.lower_quartile, row.upper_quartile)),
    *columns_of("n"),
    Column("best is", lambda row: (row.best_trial or NONE).rpartition("-")[2]),
)


def _reached(rows: tuple[Reached, ...]) -> Table[Reached]:
    """Return what trials reached, those that a rung stopped in rows of their own."""
    stopped = any(row.stopped for row in rows)
    return Table(
        title="Validation accuracy at the best epoch",
        columns=_REACHED,
        rows=rows,
        note="trials that a rung stopped have rows of their own, as they were there"
        if stopped
        else "",
        key="reached",
    )


def _range(low: float | None, high: float | None) -> str:
    return NONE if low is None or high is None else f"{number(low)} to {number(high)}"


def _best(study: StudyRecord, trial: TrialRecord | None) -> Text:
    if trial is None or trial.best is None:
        return Text(words=f"Best trial: {NONE}")
    told = study.plan.noteworthy(trial.params) or trial.params
    words = (
        f"Best trial: {trial.trial_id} ({trial.outcome}), {number(trial.value)} at epoch "
        f"{trial.best.epoch} of {trial.config.recipe.epochs}\n  {params_text(told)}"
    )
    return Text(words=words, strong=trial.trial_id)


def _best_row(trial: TrialRecord | None) -> Row | None:
    if trial is None:
        return None
    return {
        **fields_of(trial, "trial_id", "arm", "outcome", "value"),
        "best_epoch": None if trial.best is None else trial.best.epoch,
        "params": trial.params,
    }


# Of an experiment --------------------------------------------------------------------------------


def _of_experiment(study: StudyRecord) -> tuple[Block, ...]:
    from fashion_bench.analysis.views.sources import sources_tables  # scipy, a second

    scores = summarise_scores(study)
    openings = [(one.name, each) for one in study.joined or (study,) for each in one.openings]
    opened = [f"{name}: {_opened(o)}" if study.joined else _opened(o) for name, o in openings]
    told = "\n".join((*filter(None, map(_lost, scores)), *opened))
    return (
        Data(values={"arms": summarise_arms(study)}),
        _scores(study, scores),
        *sources_tables(study),
        Text(words=told),
        Data(values={"openings": [_opening_row(study, *one) for one in openings]}),
        Data(values={"best": _best_row(best_trial(study.trials))}),
    )


def _scores(study: StudyRecord, scores: tuple[ArmScore, ...]) -> Table[ArmScore]:
    primary, over = metrics_of(study)[0], "seeds" if study.plan.sources is None else "trainings"
    last: Column[ArmScore]  # more would not fit into 80 columns
    if primary.measure not in WITHOUT_LOGITS:
        last = Column(primary.words, lambda arm: mean_sd(arm.primary, arm.seeds))
    elif any(score.test_rotated_accuracy is not None for score in scores):
        last = Column("rotated test", lambda arm: mean_sd(arm.test_rotated_accuracy, arm.seeds))
    else:
        last = Column("test loss", lambda arm: mean_sd(arm.test_loss, arm.seeds))
    return Table(
        title=f"Mean ± standard deviation over n {over}",
        columns=(
            *columns_of("arm", kind="words"),
            Column("valid accuracy", lambda arm: mean_sd(arm.valid_accuracy, arm.seeds)),
            Column("test accuracy", lambda arm: mean_sd(arm.test_accuracy, arm.seeds)),
            last,
            Column("n", lambda arm: f"{arm.seeds:,}"),
        ),
        rows=scores,
        key="scores",
    )


def mean_sd(spread: Spread | None, seeds: int) -> str:
    """Return mean ± standard deviation as text, with n where that is not all the seeds."""
    if spread is None:
        return NONE
    told = f"{number(spread.mean)} ± {number(spread.sd)}"
    return told if spread.n == seeds else f"{told}\n(n = {spread.n})"


def _lost(score: ArmScore) -> str:
    if not (score.diverged or score.failed):
        return ""
    return f"{score.arm}: {score.diverged} diverged, {score.failed} failed of {score.seeds}"


def _opening_row(study: StudyRecord, experiment: str, opening: Opening) -> Row:
    """Return an opening; of experiments that were joined with the name of its own."""
    own = fields_of(opening, "opened_at", "git_commit", "digests", "reason")
    return {"experiment": experiment, **own} if study.joined else own


def _opened(opening: Opening) -> str:
    why = f": {opening.reason}" if opening.reason else ""
    commit, dash, dirty = opening.git_commit.partition("-")
    return (
        f"Test images opened {moment(opening.opened_at)} by commit {commit[:7]}{dash}{dirty}{why}"
    )


# The trials --------------------------------------------------------------------------------------


def show_document(study: StudyRecord, standing: Standing = UNKNOWN) -> Document:
    """Return the summary of a study, where it stands, and its trials: the best are shown."""
    rows = tuple(map(_trial_row, study.trials))
    ranked = tuple(sorted(rows, key=_rank)[:SHOWN])
    columns: tuple[Column[Row], ...] = (
        Column("trial", lambda row: row["trial_id"].partition(".")[2], "words"),
        *columns_of("value", "epochs"),
        *columns_of("outcome", kind="word"),
        Column("parameters", lambda row: _varying(study, row["params"]), "words"),
    )
    table = Table(
        title=f"The best {len(ranked)} of {len(rows)} trials" if rows else "No trials yet",
        note="those that a rung stopped stand below the others"
        if any(row["outcome"] is Outcome.PRUNED for row in ranked)
        else "",
        columns=columns,
        rows=rows,
        shown=ranked,
        key="trials",
    )
    blocks, again = [*_standing(standing), table], tuple(map(_trial_row, study.retried))
    if again:
        title = "Trained again after they failed, and not in the list"
        blocks += [Table(title=title, columns=columns, rows=again, key="retried")]
    return summary_document(study, Section(blocks=tuple(blocks)))


def _standing(standing: Standing) -> Iterator[Block]:
    if standing.state is not None:
        told = f"{standing.state}: {standing.line}" if standing.line else standing.state
        yield Text(words=told[0].upper() + told[1:])
        yield Data(values=fields_of(standing, "state", "seconds_left"))


def _rank(row: Row) -> tuple[bool, float]:
    """Return where a trial stands: values of other epochs are not set against those at the end."""
    return row["outcome"] is Outcome.PRUNED, -(row["value"] or 0.0)


def _varying(study: StudyRecord, params: Row) -> str:
    return params_text({name: params[name] for name in study.varying if name in params})


def _trial_row(trial: TrialRecord) -> Row:
    names = ("trial_id", "arm", "number", "generation", "outcome", "reason", "value")
    return {
        **fields_of(trial, *names),
        "epochs": len(trial.history),
        **fields_of(trial, "seconds", "processor_seconds"),
        **trial.config.seeds,
        "params": trial.params,
        **{
            f"{name}_accuracy": trial.tests[on].accuracy if on in trial.tests else None
            for on, name in TEST_SETS.items()
        },
    }
