"""The model of a study: its winner, loaded as a module, exported, and told of in a card."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors import safe_open

import fashion_bench
from fashion_bench import code
from fashion_bench.analysis.winner import winner_of
from fashion_bench.app.model import choose
from fashion_bench.app.model_export import Form, export_model
from fashion_bench.errors import FashionBenchError, SpecError, StudyError
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.training.classifier import answers
from fashion_bench.training.files import TrialFiles
from tests.app.small_files import STUDY, write
from tests.finished import Finished
from tests.saying import Say, say

__all__ = ["say"]


@pytest.fixture
def runs(finished: Finished, tmp_path: Path) -> Path:
    """A folder of runs with study ``s`` and experiment ``e``, both finished."""
    return finished.copy(tmp_path).runs


def test_the_winner_of_a_search_is_its_best_trial(runs: Path) -> None:
    """Of an experiment it is the best seed of the arm that is best in the mean."""
    study = fashion_bench.load("s", runs=runs)
    stage, trial = winner_of(study)
    assert (stage.name, trial.value) == ("s", max(t.value or 0 for t in study.trials))
    experiment = fashion_bench.load("e", runs=runs)
    one, other = (experiment.of_arm(arm) for arm in experiment.arms)
    values = {one[0].trial_id: 0.9, one[1].trial_id: 0.5, other[0].trial_id: 0.8}
    trials = tuple(_scoring(each, values.get(each.trial_id, 0.79)) for each in experiment.trials)
    assert winner_of(replace(experiment, trials=trials))[1].trial_id == other[0].trial_id


def _scoring(trial: TrialRecord, value: float) -> TrialRecord:
    history = tuple(replace(epoch, valid_accuracy=value) for epoch in trial.history)
    return replace(trial, history=history)


def test_a_model_takes_images_as_they_are(runs: Path) -> None:
    """Bytes and floats, with and without an axis of channels, give the same logits."""
    model = fashion_bench.load_model("s", runs=runs)
    images = choose(runs, "s").valid_images(None)
    some = images.pixels[:5]
    expected = model(some)
    assert expected.shape == (5, 10)
    assert isinstance(model, torch.nn.Module)
    torch.testing.assert_close(model(some / 255), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(model(some[:, None]), expected)
    with pytest.raises(ValueError, match=r"images of shape \(1, 28, 28\) are needed"):
        model(some[:, :20])


def test_a_model_answers_as_was_recorded(runs: Path) -> None:
    """On its validation images it is right as often as when it was trained, to the image."""
    for name in ("s", "e"):
        chosen = choose(runs, name)
        images = chosen.valid_images(None)
        model = chosen.load(trust_code=False)
        assert answers(model, images).right.sum() == chosen.right > 0
        assert model.metadata["valid_right"] == chosen.right
        assert model.metadata["trial"] == chosen.trial.trial_id


@pytest.mark.parametrize("form", get_args(Form))
def test_an_export_answers_alike_without_this_package(
    runs: Path, tmp_path: Path, form: Form, say: Say
) -> None:
    """Its own runtime reads it, with the metadata; the card beside it tells how good it is."""
    out = tmp_path / "out"
    said = say("model", "export", "s", "--format", form, "--out", out, "--runs", runs, "--json")
    told = json.loads(said.printed)
    assert said.code == 0
    chosen = choose(runs, "s")
    images = chosen.valid_images(None)
    assert told["right"] == told["recorded"] == chosen.right
    assert told["logits_apart"] <= 1e-4
    path = Path(told["model"])
    if form == "onnx":
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        [logits] = session.run(["logits"], {"images": images.pixels.numpy()})
        assert (logits.argmax(1) == images.labels.numpy()).sum() == chosen.right
        metadata = session.get_modelmeta().custom_metadata_map["fashion_bench"]
    else:
        with safe_open(path, "pt") as file:
            metadata = file.metadata()["fashion_bench"]
            own = chosen.load(trust_code=False).network.state_dict()
            assert set(file.keys()) == set(own)
            assert all(torch.equal(file.get_tensor(name), own[name]) for name in own)
    assert json.loads(metadata)["trial"] == chosen.trial.trial_id
    card = Path(told["card"]).read_text()
    assert f"Right answers on its 200 validation images: {chosen.right}, " in card
    assert "How to have it again" in card


def test_models_are_listed(runs: Path, say: Say) -> None:
    """Of each study its winner; a folder without any says so."""
    said = say("model", "list", "--runs", runs, "--json")
    assert [one["study"] for one in json.loads(said.printed)["models"]] == ["s", "e"]
    shown = say("model", "show", "s", "--runs", runs)
    assert "How good it is" in shown.printed


def _without_weights(runs: Path) -> None:
    TrialFiles(runs / "trials" / "s").checkpoint(choose(runs, "s").trial.trial_id).unlink()


def _torn(runs: Path) -> None:
    path = TrialFiles(runs / "trials" / "s").checkpoint(choose(runs, "s").trial.trial_id)
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ("spoil", "options", "said"),
    [
        (None, ("nothing",), "holds no study of this name"),
        (None, ("s", "--trial", "s.none-99"), "has no such trial"),
        (_without_weights, ("s",), "cannot be read"),
        (_torn, ("s",), "is not the file that was recorded"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(
    runs: Path,
    tmp_path: Path,
    say: Say,
    spoil: Callable[[Path], None] | None,
    options: tuple[str, ...],
    said: str,
) -> None:
    """And nothing is written."""
    if spoil is not None:
        spoil(runs)
    told = say("model", "export", *options, "--runs", runs, "--out", tmp_path / "out")
    assert told.code in (1, 2)
    assert said in told.told
    assert len(told.told.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_what_is_there_is_not_replaced(runs: Path, tmp_path: Path) -> None:
    """But with --force."""
    chosen = choose(runs, "s")
    export_model(chosen, "safetensors", tmp_path)
    with pytest.raises(StudyError, match="is there already"):
        export_model(chosen, "safetensors", tmp_path)
    export_model(chosen, "safetensors", tmp_path, force=True)


def test_without_its_packages_a_form_is_refused(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says what to install."""
    monkeypatch.setattr("fashion_bench.app.model_export.find_spec", lambda _: None)
    with pytest.raises(SpecError, match=r"pip install 'fashion-bench\[onnx\]'"):
        export_model(choose(runs, "s"), "onnx", tmp_path)


def test_without_a_result_there_is_no_winner(runs: Path) -> None:
    """It is told as that."""
    study: StudyRecord = replace(fashion_bench.load("s", runs=runs), trials=())
    with pytest.raises(FashionBenchError, match="has no winner yet"):
        winner_of(study)


NET = """from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.flat, self.out = nn.Flatten(), nn.Linear(784, 10)
    def forward(self, x):
        return self.out(self.flat(x))
"""
OWN = (
    ('"mlp"', '"net.py:Net"'),
    ("hidden = [16, 32]\n", ""),
    ("dropout = 0.0", "batch_size = 50"),
    ("dropout = 0.3", "batch_size = 100"),
    ("trials_per_arm = 4", "trials_per_arm = 2"),
)


def test_a_network_of_ones_own_is_used_where_that_is_said(
    tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its kept source serves, though the file is gone; else there is one line, nothing written."""
    (file := tmp_path / "net.py").write_text(NET)
    runs, image = tmp_path / "runs", tmp_path / "one.png"
    fashion_bench.run_study(write(tmp_path, STUDY, *OWN), runs=runs, workers=1, device="cpu")
    file.unlink()
    Image.new("L", (28, 28)).save(image)
    monkeypatch.setattr(code, "_ALLOWED", set())  # as in a new process
    monkeypatch.setattr(code, "_LOADED", {})
    before = sorted(tmp_path.rglob("*"))
    at = ("--runs", runs)
    predict = ("predict", image, *at, "--figure", tmp_path / "f.png")
    for words in (predict, ("model", "register", "s", *at), ("model", "export", "s", *at)):
        said = say(*words)
        assert (said.code, said.printed, len(said.told.splitlines())) == (2, "", 1), words
        assert "Error: net.py:Net: is code that came with the study" in said.told
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before] == []
    assert say(*predict, "--trust-code").code == 0
