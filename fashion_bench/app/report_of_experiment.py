"""What a report tells of an experiment alone."""

from collections.abc import Callable, Iterator
from pathlib import Path

from fashion_bench.analysis.report.experiment import arm_section, learning_section
from fashion_bench.analysis.report.images import samples_section
from fashion_bench.analysis.report.words import Absence, Section
from fashion_bench.app.material import inside, predicted, seen, test_images, training_images
from fashion_bench.app.workplace import Workplace
from fashion_bench.records import StudyRecord

__all__ = ["sections_of_experiment"]

MOST_ARMS = 3  # drawn one by one: each takes 15 s and a megabyte


def sections_of_experiment(
    study: StudyRecord, workplace: Workplace, data: Path, say: Callable[[str], None]
) -> Iterator[Section]:
    """Yield how its arms learn, what each of them answers and holds, and some images."""
    images = test_images(study, data)
    tested = seen(study, images, "test images")
    yield learning_section(study)
    for arm in study.arms[:MOST_ARMS]:
        say(f"Drawing {arm}; an arm takes some seconds.")
        answers = predicted(study, arm, workplace)
        network = inside(study, arm, workplace, images)
        yield arm_section(arm, tested, answers, network)
    if further := study.arms[MOST_ARMS:]:
        absence = Absence(
            what=", ".join(further),
            why=f"no more than {MOST_ARMS} of {len(study.arms)} arms are drawn one by one",
        )
        yield Section(title="Further arms", blocks=(absence,))
    trained = seen(study, training_images(study, data), "training images")
    yield samples_section(trained if isinstance(tested, str) else tested)
