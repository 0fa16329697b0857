"""What a report tells of a study alone. No test image is looked at."""

from collections.abc import Iterator
from pathlib import Path

from fashion_bench.analysis.report.images import samples_section
from fashion_bench.analysis.report.study import Importances, study_sections
from fashion_bench.analysis.report.words import Absence, Section
from fashion_bench.app.figures import comparison_figures
from fashion_bench.app.material import seen, training_images
from fashion_bench.records import Outcome, StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.optuna_study import FEWEST_RESAMPLED, importance_intervals, importances

__all__ = ["sections_of_study"]

MOST_FOR_FANOVA = 200  # complete trials of an arm; they take 2 s, and more take far longer


def sections_of_study(study: StudyRecord, ledger: Ledger, data: Path) -> Iterator[Section]:
    """Yield how the search went, what its parameters do, and some training images."""
    expected = comparison_figures(study).get("expected.png")
    yield from study_sections(study, expected, tuple(_importances(study, ledger)))
    yield samples_section(seen(study, training_images(study, data), "training images"))


def _importances(study: StudyRecord, ledger: Ledger) -> Iterator[Importances | Absence]:
    arms = ledger.frozen(study.name)
    yield Importances(
        evaluator="PED-ANOVA",
        remark="what sets the best tenth of the trials apart from all of them. An arm of fewer "
        f"than {FEWEST_RESAMPLED} complete trials has no interval.",
        shares={arm: importances(trials, "PED-ANOVA") for arm, trials in arms.items()},
        intervals={arm: importance_intervals(trials) for arm, trials in arms.items()},
        interval="80 % of bootstrap samples",
    )
    if _most_complete(study) > MOST_FOR_FANOVA:
        why = f"an arm has more than {MOST_FOR_FANOVA} complete trials, of which it takes long"
        yield Absence(what="Importances by fANOVA", why=why)
        return
    yield Importances(
        evaluator="fANOVA",
        remark="what explains how the value varies over all that was searched.",
        shares={arm: importances(trials, "fANOVA") for arm, trials in arms.items()},
    )


def _most_complete(study: StudyRecord) -> int:
    complete = [trial.arm for trial in study.trials if trial.outcome is Outcome.COMPLETE]
    return max(map(complete.count, study.arms))
