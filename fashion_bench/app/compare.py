"""Compare the arms of a stored study or of experiments, with the predictions that were kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fashion_bench.analysis.comparison import Answers, Comparison, compare_arms
from fashion_bench.analysis.document import Document
from fashion_bench.analysis.exploration import expectations
from fashion_bench.analysis.joining import join
from fashion_bench.analysis.views.comparison import comparison_document, exploration_document
from fashion_bench.analysis.views.stages import ending_document, stages_document
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.app.browse import read_whole
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.config import TestSet
from fashion_bench.errors import DataError
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.training.predictions import Predictions, read_predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A study or experiment and what its arms come to against each other.

    Attributes:
        study: as the ledger holds it.
        comparisons: of an experiment's arms; a study has none.
    """

    study: StudyRecord
    comparisons: tuple[Comparison, ...] = ()

    @property
    def document(self) -> Document:
        """What there is to tell of it."""
        if self.study.kind == "experiment":
            return comparison_document(self.study, self.comparisons)
        searched = exploration_document(self.study, expectations(self.study))
        return stages_document(self.study, searched) if _in_stages(self.study) else searched


def ending(study: StudyRecord) -> Document:
    """Return what a run of a study or an experiment ends with."""
    return ending_document(study) if _in_stages(study) else summary_document(study)


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
    return Compared(study=study, comparisons=compare_arms(study, answers))


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
    try:
        said = predictions_of(study.trials, runs_folder, test_set)
        return Answers(right={trial_id: one.right for trial_id, one in said})
    except DataError as error:
        return Answers(problem=str(error))
