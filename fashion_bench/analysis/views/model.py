"""Models as documents: a list of them, a model card, and what an export came to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import scipy.stats

from fashion_bench.analysis.document import (
    Block,
    Column,
    Data,
    Document,
    Facts,
    Listing,
    Notes,
    Row,
    Section,
    Table,
    Text,
    columns_of,
)
from fashion_bench.analysis.text import NONE, param
from fashion_bench.records import StudyRecord, TrialRecord

RUNTIMES = {"safetensors": "safetensors", "onnx": "ONNX Runtime"}  # of an exported file


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model card tells.

    Attributes:
        study: that it is of.
        trial: whose weights it is.
        metadata: of the model, as plain data.
        right: right answers on its validation images, found anew.
        of_class: likewise of each class, by its name, and how many images of it there are.
        command: that has the model again.
    """

    study: StudyRecord
    trial: TrialRecord
    metadata: Mapping[str, Any]
    right: int
    of_class: Mapping[str, tuple[int, int]]
    command: str


def models_document(models: Sequence[Row]) -> Document:
    """Return the list of models: of each study that has one its winner."""
    columns: tuple[Column[Row], ...] = (
        *columns_of("study", "trial", kind="word"),
        Column("validation accuracy", lambda row: f"{row['valid_accuracy']:.4f}"),
        *columns_of("model", kind="word"),
        Column("weights", lambda row: f"{row['bytes'] / 1e6:.1f} MB" if row["bytes"] else NONE),
    )
    blocks: list[Block] = [Table(columns=columns, rows=tuple(models), key="models")]
    if not models:
        blocks = [Text(words="No study here has a winner yet."), Data(values={"models": []})]
    return Document(sections=(Section(blocks=tuple(blocks)),))


def share(right: int, of: int) -> str:
    """Return a share of images as text, with its 95 % interval (Wilson 1927)."""
    found = scipy.stats.binomtest(right, of).proportion_ci(method="wilson")
    return f"{right / of:.4f} [{found.low:.4f}, {found.high:.4f}]"


def card_document(card: Card) -> Document:
    """Return a model card (Mitchell et al. 2019): what it is, from what, how good, its limits."""
    told, trial = card.metadata, card.trial
    images = trial.config.recipe.valid_images
    classes: tuple[Column[tuple[str, tuple[int, int]]], ...] = (
        Column("class", lambda row: row[0], "word"),
        Column("images", lambda row: f"{row[1][1]:,}"),
        Column("right", lambda row: share(*row[1]) if row[1][1] else NONE),
    )
    details = {
        "network": told["model"],
        "images": f"{told['data']}, digest {told['data_digest']}",
        "an image": " x ".join(map(str, told["shape"])),
        "split": f"seed {told['split_seed']}, {trial.config.recipe.train_images:,} to train on, "
        f"{images:,} to validate on",
        "epoch": told["epoch"],
    }
    sections = (
        Section(
            blocks=(
                Facts(pairs=details, title="what it is"),
                Facts(pairs=dict(card.study.plan.noteworthy(trial.params)), title="parameters"),
                Data(values=told),
            )
        ),
        Section(
            title="How good it is",
            blocks=(
                Text(
                    words=f"Right answers on its {images:,} validation images: {card.right:,}, "
                    f"{share(card.right, images)} with a 95 % interval over images; "
                    f"recorded in training: {told['valid_right']:,}."
                ),
                Table(columns=classes, rows=tuple(card.of_class.items())),
                Data(values={"right": card.right, "of_class": dict(card.of_class)}),
            ),
        ),
        Section(title="Limits", blocks=(Notes(sentences=tuple(_limits(card)), key="limits"),)),
        Section(title="How to have it again", blocks=(Listing(text=card.command),)),
    )
    return Document(
        title=f"{trial.trial_id}, a model of {card.study.name}",
        question=card.study.question,
        sections=sections,
    )


def _limits(card: Card) -> Iterator[str]:
    """Yield what its accuracy does not tell."""
    yield (
        "these images chose its epoch, and may have chosen it among other trials: on images that "
        "nobody chose by it is, as a rule, somewhat less right"
    )
    if (test := card.trial.test) is not None:
        right = round(test.accuracy * test.images)
        yield f"on the test images it was right in {share(right, test.images)}"
    else:
        yield "it has not been measured on test images; an experiment does"
    yield (
        f"it knows {len(card.metadata['classes'])} classes and images of this data set alone: of "
        "anything else it says one of them, too"
    )


def registered_document(
    found: Row, metadata: Mapping[str, Any], right: int, apart: float
) -> Document:
    """Return what a registration in MLflow came to, and what serves it.

    Args:
        found: the version: its ``name``, ``version``, the ``uri`` of its store; whether it is
            ``new``; the ``alias`` that leads to it, and to which ``before``.
        metadata: of the model.
        right: answers on the validation images, of the file that is kept there.
        apart: how far its logits are from the model's at most.
    """
    name, version, alias = found["name"], found["version"], found["alias"]
    words = f"{name} has it as version {version}" + (", new." if found["new"] else " already.")
    if alias is not None and found["before"] not in (None, version):
        words += f" {alias} led to version {found['before']} before."
    at = f"models:/{name}/{version}" if alias is None else f"models:/{name}@{alias}"
    command = (
        f"MLFLOW_TRACKING_URI={quote(found['uri'])} MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false "
        f"mlflow models serve --model-uri {at} --env-manager local --port 5002"
    )
    told = {"model_uri": at, "right": right, "recorded": metadata["valid_right"]}
    blocks = (
        Text(words=words),
        Text(words=_read_back("onnx", metadata, right, apart)),
        Text(words="To serve it:"),
        Listing(text=command),
        Data(values={**found, **told, "logits_apart": apart, "serve": command}),
    )
    return Document(sections=(Section(blocks=blocks),))


def _read_back(form: str, metadata: Mapping[str, Any], right: int, apart: float) -> str:
    same = "as recorded" if right == metadata["valid_right"] else f"of {metadata['valid_right']:,}"
    return (
        f"Read back by {RUNTIMES[form]}: {right:,} right answers on "
        f"{metadata['valid_images']:,} validation images, {same}; logits at most {apart:.1e} apart."
    )


def exported_document(
    path: Path, form: str, metadata: Mapping[str, Any], right: int, apart: float
) -> Document:
    """Return what an export came to, once its own runtime has read it back.

    Args:
        path: of the file; its card is beside it.
        form: of it.
        metadata: of the model.
        right: answers on the validation images, of the file.
        apart: how far its logits are from the model's at most.
    """
    words = _read_back(form, metadata, right, apart)
    paths = {"model": str(path), "card": str(path.with_suffix(".md"))}
    found = {"right": right, "recorded": metadata["valid_right"], "logits_apart": apart}
    told = {name: param(each) for name, each in paths.items()}
    blocks = (Facts(pairs=told, title="written"), Text(words=words))
    return Document(sections=(Section(blocks=(*blocks, Data(values={**paths, **found}))),))
