"""Predict: what a model says of pictures in files, folders and standard input."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from fashion_bench.analysis.document import Document
from fashion_bench.analysis.views.prediction import likeliest, prediction_document
from fashion_bench.app.model import Chosen
from fashion_bench.config import DataFacts
from fashion_bench.data.pictures import SUFFIXES, Seen, see
from fashion_bench.errors import DataError, SpecError, StudyError
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.training.classifier import probabilities
from fashion_bench.training.files import refuse_files, write_whole

STDIN = Path("/dev/stdin")


def predict(
    chosen: Chosen,
    places: Sequence[Path],
    *,
    invert: bool | None = None,
    figure: Path | None = None,
    force: bool = False,
    trust_code: bool = False,
) -> Document:
    """Return what a model says of pictures; nothing is said if one of them cannot be read.

    Args:
        chosen: whose model it is.
        places: of pictures, or folders of them; ``/dev/stdin`` for one that is piped in.
        invert: whether all of them are negated, or none; ``None``: as their ground asks for.
        figure: where to draw what is said, as PNG.
        force: whether to replace what is there.
        trust_code: whether the code that was kept with the study may be run.

    Raises:
        DataError: there is no picture, or one is none.
        StudyError: the model takes no pictures, or the figure is there, or one of them.
        SpecError: the figure has the name of something else.
        MachineError: the figure cannot be written.
    """
    facts = chosen.stage.plan.data
    refuse_no_pictures(chosen.trial.trial_id, facts)
    if figure is not None:
        if figure.suffix.lower() != ".png":
            remedy = "let its name end so"
            raise SpecError("--figure", "is written as .png", given=str(figure), remedy=remedy)
        refuse_files(figure, force=force)
    notes: list[str] = []
    files = [path for place in places for path in _pictures(place, notes)]
    if figure is not None and os.path.realpath(figure) in map(os.path.realpath, files):
        raise StudyError(figure, "is one of the pictures", remedy="draw elsewhere")
    seen = [see(path, facts, invert) for path in files]
    with one_torch_thread():
        pixels = torch.from_numpy(np.stack([one.pixels for one in seen]))
        said = probabilities(chosen.load(trust_code=trust_code), pixels).tolist()
    images = [
        _told(path, one, dict(zip(facts.labels, row, strict=True)))
        for path, one, row in zip(files, seen, said, strict=True)
    ]
    if figure is not None:
        from fashion_bench.analysis.plots.prediction import draw_predictions

        title = f"{chosen.trial.trial_id}, a model of {chosen.study.name}"
        write_whole(figure, draw_predictions(title, images, [one.pixels for one in seen]))
        notes.append(f"drawn: {figure}")
    return prediction_document(chosen.metadata(), images, notes)


def refuse_no_pictures(trial: str, facts: DataFacts) -> None:
    """Look whether a model was trained on pictures whose pixels mean what a file's do.

    Raises:
        StudyError: it was not.
    """
    if len(facts.shape) != 3 or facts.shape[0] not in (1, 3):
        problem = f"takes no pictures, but numbers of shape {facts.shape}"
    elif min(facts.mean) < 0 or max(facts.mean) > 1 or max(facts.std) > 0.5:
        # Numbers from 0 to 1 deviate by a half at most.
        problem = "was trained on pixels of another scale than 0 to 1"
    else:
        return
    remedy = "use load_model from Python, with data like its own"
    raise StudyError(trial, problem, remedy=remedy)


def _pictures(place: Path, notes: list[str]) -> Iterator[Path]:
    """Yield the pictures of a folder by name, or the one that it is."""
    try:
        inside = sorted(path for path in place.iterdir() if not path.name.startswith("."))
        files = [path for path in inside if path.is_file()]
    except NotADirectoryError:
        yield place
        return
    except OSError as error:
        remedy = "name a picture or a folder of pictures"
        raise DataError(place, "cannot be read", given=error.strerror, remedy=remedy) from error
    found = [path for path in files if path.suffix.lower() in SUFFIXES]
    if not found:
        known = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        remedy = f"put some there: {known}" if files or not inside else "name the folders in it"
        raise DataError(place, "holds no picture", remedy=remedy)
    if others := len(files) - len(found):
        notes.append(f"{place}: {others:,} {'file is' if others == 1 else 'files are'} no picture")
    yield from found


def _told(path: Path, seen: Seen, said: Mapping[str, float]) -> dict[str, object]:
    name, probability = likeliest(said)[0]
    return {
        "file": "-" if path == STDIN else str(path),
        "class": name,
        "probability": probability,
        "ground": "light" if seen.light else "dark",
        "inverted": seen.inverted,
        "probabilities": said,
    }
