"""The model of a study: its winner, loaded, listed, shown as a model card."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fashion_bench.analysis.document import Document
from fashion_bench.analysis.views.model import Card, card_document, models_document
from fashion_bench.analysis.winner import winner_of
from fashion_bench.app.browse import read_studies, read_study
from fashion_bench.app.options import runs_given
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.code import allow, refuse_unless_allowed
from fashion_bench.data.folder import data_folder
from fashion_bench.data.sources import Sources
from fashion_bench.errors import FashionBenchError, StudyError, joined
from fashion_bench.records import StudyRecord, TrialRecord

if TYPE_CHECKING:  # a list of models takes no torch
    from fashion_bench.data.images import Images
    from fashion_bench.training.classifier import Classifier
    from fashion_bench.training.predictions import Predictions


@dataclass(frozen=True, slots=True)
class Chosen:
    """A trial whose model is used, of a stage of a study.

    Attributes:
        runs: the folder of results.
        study: the whole of it.
        stage: that it is of.
        trial: it.
    """

    runs: Path
    study: StudyRecord
    stage: StudyRecord
    trial: TrialRecord

    @property
    def weights(self) -> Path:
        """Where its weights are, if they are kept."""
        return RunsFolder(self.runs).files(self.stage.name).checkpoint(self.trial.trial_id)

    @property
    def right(self) -> int:
        """Right answers on its validation images, as recorded when it was trained."""
        images = self.trial.config.recipe.valid_images
        return round((self.trial.value or 0.0) * images)

    def metadata(self) -> dict[str, Any]:
        """Return what it is and what it reached, as plain data."""
        trial, data = self.trial, self.stage.plan.data
        best = trial.best
        assert best is not None
        return {
            "study": self.study.name,
            "question": self.study.question,
            "trial": trial.trial_id,
            "arm": trial.arm,
            "params": dict(trial.params),
            "model": trial.config.recipe.model,
            "data": trial.config.recipe.source,
            "data_digest": self.stage.provenance.get("data_digest", ""),
            "shape": list(data.shape),
            "classes": list(data.labels),
            "mean": list(data.mean),
            "std": list(data.std),
            "epoch": best.epoch,
            "valid_images": trial.config.recipe.valid_images,
            "valid_right": self.right,
            "valid_accuracy": best.valid_accuracy,
            "split_seed": trial.config.split_seed,
            "checkpoint_sha256": trial.checkpoint_sha256,
        }

    def load(self, *, trust_code: bool) -> "Classifier":
        """Return its network; see ``load_model``."""
        from fashion_bench.training.checkpoint import read_checkpoint
        from fashion_bench.training.classifier import Classifier

        code = self.stage.plan.code
        if trust_code:
            allow(code)
        refuse_unless_allowed(code)
        if not self.weights.exists() and self.stage.plan.checkpoints != "all":
            remedy = 'name another with --trial, or run it anew with checkpoints = "all"'
            problem = "was recorded without its weights, as [record] asks"
            raise StudyError(self.trial.trial_id, problem, remedy=remedy)
        found = read_checkpoint(self.weights, self.trial.checkpoint_sha256)
        data = self.stage.plan.data
        return Classifier(
            found.network,
            shape=data.shape,
            mean=data.mean,
            std=data.std,
            metadata=self.metadata(),
        )

    def valid_images(self, data: Path | str | None) -> "Images":
        """Return the images that it was validated on.

        Args:
            data: the folder of images; ``None`` for the usual one.

        Raises:
            DataError: they are not here, or are not those that it was trained on.
        """
        from fashion_bench.app.refusals import refuse_other_images
        from fashion_bench.training.loop import validated_on

        sources = Sources(data_folder(data), Path.cwd())
        refuse_other_images(self.stage, sources)
        images = sources.open(self.trial.config.recipe.source).load("train")
        return validated_on(self.trial.config, images)


def choose(runs: Path | str, name: str, trial: str | None = None) -> Chosen:
    """Return the trial of a study whose model is used.

    Args:
        runs: the folder of results.
        name: of a study or an experiment.
        trial: another than its winner.

    Raises:
        StudyError: there is none of that name, or it has no winner yet.
    """
    study = read_study(Path(runs), name)
    stage, chosen = winner_of(study, trial)
    return Chosen(Path(runs), study, stage, chosen)


def choose_only(runs: Path, name: str | None, trial: str | None = None) -> Chosen:
    """Do the same; without a name of the only study that has a winner.

    Raises:
        StudyError: there is none of that name, no winner, or more than one.
    """
    if name is None:
        names = [row["study"] for row in _rows(runs)]
        if not names:
            raise StudyError(runs, "no study has a winner yet", remedy="run one, then ask again")
        if len(names) > 1:
            problem = f"{len(names)} studies have a winner"
            raise StudyError("--model", problem, remedy=f"name one of {joined(names)}")
        [name] = names
    return choose(runs, name, trial)


def load_model(
    name: str,
    *,
    runs: Path | str = "runs",
    trial: str | None = None,
    trust_code: bool = False,
) -> "Classifier":
    """Return the model of a study's winner, as an ordinary module of torch: images in, logits out.

    It normalises by itself, so uint8 pixels and floats from 0 to 1 may be handed over. What it is
    stands in ``metadata``.

    Args:
        name: of a study or an experiment.
        runs: the folder of results.
        trial: the name of another trial to use than the winner.
        trust_code: whether the code that was kept with the study may be run.

    Raises:
        StudyError: there is none of that name, it has no winner yet, or no weights were kept.
        CheckpointError: the weights are not what was recorded.
        CodeError: the network is code of the user's, and may not be run here.
    """
    return choose(runs, name, trial).load(trust_code=trust_code)


def models(runs: Path) -> Document:
    """Return a list of the models that there are: of each study its winner."""
    return models_document(tuple(_rows(runs)))


def _rows(runs: Path) -> Iterator[dict[str, Any]]:
    for study in read_studies(runs):
        try:
            stage, trial = winner_of(study)
        except FashionBenchError:
            continue
        chosen = Chosen(runs, study, stage, trial)
        kept = chosen.weights.exists()
        yield {
            "study": study.name,
            "trial": trial.trial_id,
            "valid_accuracy": trial.value,
            "model": trial.config.recipe.model,
            "bytes": chosen.weights.stat().st_size if kept else None,
        }


def model_card(chosen: Chosen, data: Path | str | None, *, trust_code: bool) -> Document:
    """Return what there is to tell of a model, its answers on its validation images among it."""
    from fashion_bench.execution.local import one_torch_thread
    from fashion_bench.training.classifier import answers

    with one_torch_thread():
        said = answers(chosen.load(trust_code=trust_code), chosen.valid_images(data))
    return card_document(card_of(chosen, said))


def card_of(chosen: Chosen, said: "Predictions") -> Card:
    """Return what a model card shows, given what the model says of its validation images."""
    of_class = {
        name: said.right[said.labels == place]
        for place, name in enumerate(chosen.stage.plan.data.labels)
    }
    again = f"fashion-bench model export {chosen.study.name}{runs_given(chosen.runs)}"
    return Card(
        study=chosen.study,
        trial=chosen.trial,
        metadata=chosen.metadata(),
        right=int(said.right.sum()),
        of_class={name: (int(right.sum()), len(right)) for name, right in of_class.items()},
        command=again,
    )
