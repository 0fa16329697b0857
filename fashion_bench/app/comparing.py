"""Set the arms of a stored study or experiment side by side."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from fashion_bench.analysis.comparison import Answers, Comparison, compare_arms
from fashion_bench.analysis.comparison_text import comparison_json, comparison_text
from fashion_bench.analysis.exploration import expectations
from fashion_bench.analysis.exploration_text import exploration_json, exploration_text
from fashion_bench.app.browse import read_study
from fashion_bench.app.workplace import Workplace
from fashion_bench.errors import DataError
from fashion_bench.records import StudyRecord, TestSet
from fashion_bench.training.files import Files
from fashion_bench.training.predictions import read_predictions

__all__ = ["Compared", "compare"]


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
    def text(self) -> RenderableType:
        """For a terminal."""
        if self.study.kind == "experiment":
            return comparison_text(self.study, self.comparisons)
        return exploration_text(self.study, expectations(self.study))

    @property
    def plain(self) -> dict[str, Any]:
        """As plain data."""
        if self.study.kind == "experiment":
            return comparison_json(self.study, self.comparisons)
        return exploration_json(self.study, expectations(self.study))


def compare(runs: Path, name: str) -> Compared:
    """Compare the arms of a study or experiment; the test images stay closed.

    Raises:
        StudyError: there is none of that name.
    """
    study = read_study(runs, name)
    if study.kind == "study":
        return Compared(study=study)
    answers = _answers(Workplace(runs).files(name), study)
    return Compared(study=study, comparisons=compare_arms(study, answers))


def _answers(files: Files, study: StudyRecord) -> dict[TestSet, Answers]:
    opened = {test_set for trial in study.trials for test_set in trial.tests}
    return {test_set: _read(files, study, test_set) for test_set in opened}


def _read(files: Files, study: StudyRecord, test_set: TestSet) -> Answers:
    scores = {t.trial_id: t.tests[test_set] for t in study.trials if test_set in t.tests}
    try:
        right = {
            trial_id: read_predictions(
                files.predictions(trial_id, test_set), score.predictions_sha256
            ).right
            for trial_id, score in scores.items()
        }
    except DataError as error:
        return Answers(problem=str(error))
    return Answers(right=right)
