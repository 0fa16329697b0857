"""Compare the arms of a stored study or of experiments, with the predictions that were kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from fashion_bench.analysis.answer import answer, no_verdict
from fashion_bench.analysis.comparison import Answers, Comparison, compare_arms
from fashion_bench.analysis.document import Answer, Block, Document, Notes, Section
from fashion_bench.analysis.duplicates import duplicates_told
from fashion_bench.analysis.exploration import expectations
from fashion_bench.analysis.joining import join
from fashion_bench.analysis.metric import metrics_of
from fashion_bench.analysis.others import others_of, shares_arms, told
from fashion_bench.analysis.scoring import class_accuracies, figures_of
from fashion_bench.analysis.stages import Stages
from fashion_bench.analysis.views.comparison import comparison_document, exploration_document
from fashion_bench.analysis.views.stages import ending_document, stages_document
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.analysis.why import ClassDifference, compare_classes
from fashion_bench.app.browse import read_whole
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.config import TestSet
from fashion_bench.errors import DataError, FashionBenchError, StudyError
from fashion_bench.records import StudyRecord, TrialRecord, unheard
from fashion_bench.training.predictions import Predictions, read_predictions

_PLACES: TypeAdapter[tuple[int, ...]] = TypeAdapter(tuple[int, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A study or experiment and what its arms come to against each other.

    Attributes:
        study: as the ledger holds it.
        comparisons: of an experiment's arms; a study has none.
        classes: the same class by class, on the test images.
        blocks: what is shown beside them.
        caveats: what is to keep in mind besides what is in the study itself.
    """

    study: StudyRecord
    comparisons: tuple[Comparison, ...] = ()
    classes: tuple[ClassDifference, ...] = ()
    blocks: tuple[Block, ...] = ()
    caveats: tuple[str, ...] = ()

    @property
    def answer(self) -> str:
        """The document's answer by itself: all else of a search takes long to work out."""
        if self.study.kind == "experiment":
            return answer(self.study, self.comparisons)
        if _in_stages(self.study):
            return "\n".join(Stages(self.study).answers)
        return no_verdict(self.study)

    @property
    def document(self) -> Document:
        """What there is to tell of it."""
        if self.study.kind == "experiment":
            return comparison_document(
                self.study, self.comparisons, self.classes, self.blocks, self.caveats
            )
        searched = exploration_document(self.study, expectations(self.study))
        return stages_document(self.study, searched) if _in_stages(self.study) else searched


def ending(study: StudyRecord, runs_folder: RunsFolder) -> Document:
    """Return what a run of a study or an experiment ends with."""
    if _in_stages(study):
        return ending_document(study)
    sentences = others_told(study, runs_folder) if study.kind == "experiment" else ()
    blocks: tuple[Block, ...] = (Notes(sentences=sentences, key="others"),)
    if study.kind == "experiment" and (len(study.arms) > 1 or study.plan.sources is not None):
        blocks = (Answer(sentence=compare_study(study, runs_folder).answer), *blocks)
    return summary_document(study, Section(blocks=blocks))


def _in_stages(study: StudyRecord) -> bool:
    return study.plan.survey is not None or study.plan.confirm is not None


def compare(runs: Path, name: str, *others: str) -> Compared:
    """Compare the arms of a study, or of one or more experiments; the test images stay closed.

    Raises:
        StudyError: there is none of that name, it is a stage of one, or they cannot be compared
            together.
    """
    study = read_whole(runs, name)
    if others:
        study = join([study, *(read_whole(runs, other) for other in others)])
    return compare_study(study, RunsFolder(runs))


def compare_study(study: StudyRecord, runs_folder: RunsFolder) -> Compared:
    """Compare the arms of one that was read from the ledger, and whose files are there."""
    if study.kind == "study":
        return Compared(study=study)
    opened = {test_set for trial in study.trials for test_set in trial.tests}
    answers = {test_set: _answers(study, runs_folder, test_set) for test_set in opened}
    study, caveats = _with_figures(study, runs_folder), others_told(study, runs_folder)
    if "plain" not in answers:
        return Compared(study=study, comparisons=compare_arms(study, answers), caveats=caveats)
    places = _read_duplicates(runs_folder, *(study.joined or (study,)))
    blocks, lacking = duplicates_told(study, answers["plain"], places)
    return Compared(
        study=study,
        comparisons=compare_arms(study, answers),
        classes=compare_classes(study, answers["plain"]),
        blocks=blocks,
        caveats=(*caveats, *lacking),
    )


def _read_duplicates(runs_folder: RunsFolder, *studies: StudyRecord) -> tuple[int, ...] | None:
    """Return the places of test images with a near-duplicate in training, ascending.

    ``None`` where they are not known. Of several experiments those that hold for all, where all
    were measured on the same images.
    """
    found = {
        runs_folder.duplicates(one.provenance.get("data_digest", ""), digest)
        for one in studies
        for digest in [opening.digests.get("plain", "") for opening in one.openings[-1:]]
    }
    if len(found) != 1:
        return None
    try:
        return _PLACES.validate_json(found.pop().read_bytes())
    except (OSError, ValidationError):
        return None


def others_told(study: StudyRecord, runs_folder: RunsFolder) -> tuple[str, ...]:
    """Return what other experiments of the ledger have to do with one, or with several joined."""
    if not (runs_folder.folder / "ledger.db").exists():
        return ()
    whole = study.joined or (study,)
    ledger = runs_folder.reading()
    try:
        experiments = ledger.read_all(
            "experiment",
            with_trials=lambda plan: any(shares_arms(one.plan, plan) for one in whole),
            unread=unheard,
        )
    except FashionBenchError as error:  # of one of them, as this study was read
        return (f"whether other experiments bear on this cannot be told: {error}",)
    removed, together = ledger.removed_openings(), {one.name for one in whole}
    return tuple(
        f"{one.name}: {sentence}" if study.joined else sentence
        for one in whole
        for sentence in told(others_of(one, experiments, together, removed))
    )


def _with_figures(study: StudyRecord, runs_folder: RunsFolder) -> StudyRecord:
    """Return it with what can be scored from the predictions that were kept, where that is not.

    Earlier versions scored accuracy and loss alone when the test images were opened.

    Raises:
        StudyError: what decides is among the rest, and there is nothing to score it from.
    """
    lacking = [t for t in study.trials if t.test is not None and "brier" not in t.test.figures]
    found: dict[str, dict[str, float]] = {}
    try:
        for trial_id, one in predictions_of(lacking, runs_folder, "plain"):
            found[trial_id] = figures_of(one)
    except DataError as error:
        problem = str(error)
    else:
        problem = "it was never scored so"
    scored = replace(study, trials=tuple(_with(t, found.get(t.trial_id, {})) for t in study.trials))
    metric = metrics_of(scored)[0]
    measured = [trial for trial in scored.trials if trial.test is not None]
    if measured and not metric.values(measured, chance=0.0):
        raise StudyError(
            study.name,
            f"has no {metric.words} ({problem})",
            remedy="run its file again, or let its metric be accuracy",
        )
    return scored


def _with(trial: TrialRecord, figures: Mapping[str, float]) -> TrialRecord:
    if trial.test is None or not figures:
        return trial
    score = replace(trial.test, figures={**figures, **trial.test.figures})
    return replace(trial, tests={**trial.tests, "plain": score})


def predictions_of(
    trials: Iterable[TrialRecord], runs_folder: RunsFolder, test_set: TestSet
) -> Iterator[tuple[str, Predictions]]:
    """Yield what measured trials said of a test set, by trial id; the others are left out.

    One at a time: a thousand of them are half a gigabyte.

    Raises:
        DataError: a file is missing or is not the one that was recorded.
    """
    for trial in trials:
        if test_set in trial.tests:
            path = runs_folder.files(trial.study).predictions(trial.trial_id, test_set)
            yield trial.trial_id, read_predictions(path, trial.tests[test_set].predictions_sha256)


def _answers(study: StudyRecord, runs_folder: RunsFolder, test_set: TestSet) -> Answers:
    latest = [one.openings[-1].digests for one in study.joined or (study,) if one.openings]
    if len({digests[test_set] for digests in latest if test_set in digests}) > 1:
        return Answers(problem="the experiments were measured on different images")
    try:
        said = predictions_of(study.trials, runs_folder, test_set)
        told = {trial_id: (one.right, class_accuracies(one)) for trial_id, one in said}
        return Answers(
            right={trial_id: right for trial_id, (right, _) in told.items()},
            of_class={trial_id: of_class for trial_id, (_, of_class) in told.items()},
        )
    except DataError as error:
        return Answers(problem=str(error))
