"""What a report shows besides the records: images, predictions and weights, or why it cannot.

The test images are looked at only where an experiment has been measured on them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from fashion_bench.analysis.document import Placeholder, Section
from fashion_bench.analysis.plots.canvas import Floats
from fashion_bench.analysis.plots.images import kernels_of
from fashion_bench.analysis.report.experiment import arm_section, learning_section
from fashion_bench.analysis.report.material import Inside, Material, Missing, Predicted, Seen
from fashion_bench.analysis.report.record import samples_section
from fashion_bench.app.compare import predictions_of
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.data.sources import Part, Sources
from fashion_bench.errors import FashionBenchError
from fashion_bench.records import StudyRecord

if TYPE_CHECKING:  # torch is imported where networks are looked into
    from torch import nn

    from fashion_bench.data.images import Images

Found = TypeVar("Found")

MOST_ARMS = 3  # drawn one by one: each takes 15 s and a megabyte


@dataclass(frozen=True, eq=False)
class Materials:
    """What there is of a study or experiment; what is there is read once.

    Each raises ``Missing`` or a ``FashionBenchError`` where it is not there, or is not what it was.

    Attributes:
        study: as the ledger holds it.
        runs_folder: where its files are.
        data: the folder of images.
    """

    study: StudyRecord
    runs_folder: RunsFolder
    data: Path

    def training_images(self) -> Seen:
        """Return the images that it was trained and validated on."""
        return self._seen("train", self.study.provenance.get("data_digest"), "training images")

    def test_images(self) -> Seen:
        """Return the test images that an experiment was measured on."""
        return self._seen("test", self._opened, "test images")

    def samples(self) -> Seen:
        """Return the test images or, where they are closed or not there, the training images."""
        try:
            return self.test_images()
        except (Missing, FashionBenchError):
            return self.training_images()

    def of_arm(self, arm: str) -> Material:
        """Return what the pictures of an arm are drawn from."""
        network = cache(partial(self._first_network, arm))

        def inside(values_of: "Callable[[nn.Module], Floats]") -> Inside:
            seed, found = network()
            return Inside(seed=seed, values=values_of(found))

        return Material(
            images=self.test_images,
            predicted=cache(partial(self._predicted, arm)),
            weights=lambda: inside(self._kernels),
            hidden=lambda: inside(self._hidden),
        )

    @property
    def _opened(self) -> str:
        """The digest of the test images that it was measured on."""
        if not any(trial.tests for trial in self.study.trials):
            raise Missing("nothing has been measured on the test images")
        return self.study.openings[-1].digests["plain"]

    @cached_property
    def _measured_on(self) -> "Images":
        wanted = self._opened  # before they are read: they may have to stay closed
        images = self._sources.open(self.study.plan.recipe.source).load("test")
        return self._the_same(images, images.digest, wanted)

    def _hidden(self, network: "nn.Module") -> Floats:
        from fashion_bench.training.predict import last_hidden

        return last_hidden(network, self._measured_on)

    def _predicted(self, arm: str) -> Predicted:
        """Return what the networks of an arm said of the test images as they are."""
        measured = [trial for trial in self.study.of_arm(arm) if trial.test is not None]
        if not measured:
            raise Missing("none of its trials has been measured")
        answers = [said for _, said in predictions_of(measured, self.runs_folder, "plain")]
        return Predicted(
            seeds=tuple(trial.config.seed for trial in measured),
            logits=np.stack([answer.logits for answer in answers]),
            labels=answers[0].labels,
            classes=self._classes,
        )

    def _first_network(self, arm: str) -> "tuple[int, nn.Module]":
        """Return an arm's first trained network, its seed before it."""
        from fashion_bench.training.checkpoint import read_checkpoint

        for trial in self.study.of_arm(arm):
            if trial.value is not None:
                path = self.runs_folder.files(self.study.name).checkpoint(trial.trial_id)
                return trial.config.seed, read_checkpoint(path, trial.checkpoint_sha256).network
        raise Missing("none of its trials has weights")

    def _kernels(self, network: "nn.Module") -> Floats:
        from fashion_bench.training.predict import first_weights

        kernels = kernels_of(first_weights(network), self.study.plan.data.shape)
        if kernels is None:
            raise Missing("no unit of it looks at all pixels or at a patch of them")
        return kernels

    @property
    def _sources(self) -> Sources:
        return Sources(folder=self.data, beside=Path.cwd())

    def _seen(self, part: Part, wanted: str | None, name: str) -> Seen:
        if not self.study.trials:
            raise Missing("no trial has finished")
        pixels, labels, digest = self._sources.seen(self.study.plan.recipe.source, part)
        found = Seen(name=name, pixels=pixels, labels=labels, classes=self._classes)
        return self._the_same(found, digest, wanted)

    def _the_same(self, images: Found, digest: str, wanted: str | None) -> Found:
        if digest != wanted:
            raise Missing(f"those in {self.data} are not those it was run with")
        return images

    @property
    def _classes(self) -> tuple[str, ...]:
        return self.study.plan.data.labels


def sections_of_experiment(materials: Materials, say: Callable[[str], None]) -> Iterator[Section]:
    """Yield how its arms learn, what each of them answers and holds, and some images."""
    arms = materials.study.arms
    yield learning_section(materials.study)
    for arm in arms[:MOST_ARMS]:
        say(f"Drawing {arm}; an arm takes some seconds.")
        yield arm_section(arm, materials.of_arm(arm))
    if further := arms[MOST_ARMS:]:
        placeholder = Placeholder(
            what=", ".join(further),
            why=f"no more than {MOST_ARMS} of {len(arms)} arms are drawn one by one",
        )
        yield Section(title="Further arms", blocks=(placeholder,))
    yield samples_section(materials.samples)
