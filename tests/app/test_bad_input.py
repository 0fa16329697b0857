"""What a user's own code and data may do wrong: one line, and nothing is kept of the study."""

import io
import json
import linecache
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.lib import format as npy
from PIL import Image
from torch import nn

from fashion_bench import code, load_model
from fashion_bench.app.browse import read_study
from fashion_bench.app.options import ExperimentOptions, RunOptions
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.studies import Data, Experiment, Study
from fashion_bench.errors import CodeError, DataError, FashionBenchError, SpecError, StudyError
from fashion_bench.records import Outcome
from tests.app.conftest import Listener

NET = """import torch
from torch import nn
class Net(nn.Module):
    def __init__(self{arguments}):
        super().__init__()
        {init}
        self.flat, self.out = nn.Flatten(), nn.Linear(64, 10)
    def forward(self, x{more}):
        {body}
"""
ANSWER = "self.out(self.flat(x))"
OPT = """import torch
class Opt(torch.optim.Optimizer):
    def __init__(self, params, lr: float = 0.1{arguments}):
        super().__init__(params, {groups})
    @torch.no_grad()
    def step(self{more}):
        {body}
"""
LOSS = """import torch.nn.functional as F
def loss(logits, labels):
    {body}
"""
DATA = """import numpy as np
x = np.random.default_rng(0).normal(size=(90, 8, 8)).astype("float32")
y = np.arange(90) % 10
def load({part}):
    {body}
"""
STUDY = """name = "bad"
question = "?"
seed = 1
model = "net.py:Net"
data = "digits"
epochs = 1
[fixed]
train_images = 40
valid_images = 20
batch_size = 20
[nuisance]
lr = [0.01, 0.1]
[arms.a]
[search]
sampler = "random"
[budget]
trials_per_arm = 8
"""
EXPERIMENT = """name = "bad"
question = "?"
model = "net.py:Net"
data = "data.py:load"
epochs = 1
seeds = [1, 2]
[fixed]
train_images = 40
valid_images = 20
batch_size = 20
[arms.a]
lr = 0.1
[arms.b]
lr = 0.01
"""


def net(
    arguments: str = "", init: str = "pass", more: str = "", body: str = f"return {ANSWER}"
) -> str:
    """A network's file."""
    return NET.format(arguments=arguments, init=init, more=more, body=body)


def opt(
    body: str = "pass", arguments: str = "", more: str = "", groups: str = '{"lr": lr}'
) -> dict[str, str]:
    """An optimizer's file."""
    return {"opt.py": OPT.format(arguments=arguments, groups=groups, more=more, body=body)}


def loss(body: str) -> dict[str, str]:
    """A loss's file."""
    return {"loss.py": LOSS.format(body=body)}


def data(body: str, part: str = "part") -> dict[str, str]:
    """A loader's file."""
    return {"data.py": DATA.format(part=part, body=body)}


def npz(**arrays: Any) -> dict[str, bytes]:
    """A file of arrays."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return {"data.npz": file.getvalue()}


def vast() -> dict[str, bytes]:
    """A small file whose array would take petabytes."""
    header, labels, file = io.BytesIO(), io.BytesIO(), io.BytesIO()
    shape = (10**12, 8, 8, 3)
    npy.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    np.save(labels, Y)
    with ZipFile(file, "w") as archive:
        archive.writestr("images.npy", header.getvalue())
        archive.writestr("labels.npy", labels.getvalue())
    return {"data.npz": file.getvalue()}


def pictures(*sizes: tuple[int, int]) -> dict[str, bytes]:
    """A folder of two classes, each with pictures of these sizes."""
    found = {}
    for number, size in enumerate(sizes):
        file = io.BytesIO()
        Image.new("L", size).save(file, "PNG")
        found |= {f"data/{name}/{number}.png": file.getvalue() for name in "ab"}
    return found


X = np.random.default_rng(0).normal(size=(90, 8, 8)).astype("float32")
Y = np.arange(90) % 10


@dataclass(frozen=True)
class Bad:
    """A file that cannot be run, and what is told.

    Attributes:
        told: begins behind the file: the key, and what is wrong with it; … is anything.
        network: the file of the network.
        files: others.
        changes: of the study's text.
        kind: of the error.
        experiment: whether it is one.
    """

    told: str
    network: str = field(default_factory=net)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    changes: Mapping[str, str] = field(default_factory=dict)
    kind: type[FashionBenchError] = CodeError
    experiment: bool = False


def of_net(told: str, network: str, kind: type[FashionBenchError] = CodeError) -> Bad:
    """A network that does something wrong."""
    return Bad(f"model: net.py:Net: {told}", network, kind=kind)


def of_model(model: str, told: str, network: str = net()) -> Bad:
    """Something else that is named as the network."""
    changes = {'"net.py:Net"': f'"{model}"'}
    return Bad(f"model: {told}", network, changes=changes, kind=SpecError)


def of_opt(told: str, files: dict[str, str], kind: type[FashionBenchError] = SpecError) -> Bad:
    """An optimizer that does something wrong."""
    changes = {"batch_size = 20": 'batch_size = 20\noptimizer = "opt.py:Opt"'}
    return Bad(f"fixed.optimizer: opt.py:Opt: {told}", files=files, changes=changes, kind=kind)


def of_loss(told: str, files: dict[str, str]) -> Bad:
    """A loss that does something wrong, in an arm."""
    changes = {"[arms.a]": '[arms.a]\nloss = "cross_entropy"\n[arms.b]\nloss = "loss.py:loss"'}
    return Bad(f"arms.b.loss: loss.py:loss: {told}", files=files, changes=changes, kind=SpecError)


def of_data(told: str, body: str, part: str = "part", *, experiment: bool = False) -> Bad:
    """A loader that does something wrong."""
    changes = {} if experiment else {'"digits"': '"data.py:load"'}
    told = f"data: data.py:load{told}"
    return Bad(told, net(), data(body, part), changes, DataError, experiment)


def of_file(told: str, files: Mapping[str, str | bytes], named: str = "data.npz") -> Bad:
    """A file or folder of images with something wrong."""
    return Bad(f"data: …{told}", net(), files, {'"digits"': f'"{named}"'}, DataError)


NORM = net(init="self.norm = nn.BatchNorm1d(64)", body="return self.out(self.norm(self.flat(x)))")
WIDE = net(", width: int = 8", "self.wide = nn.Linear(64, width)")
NAMED_CODE = 'names no code (given: {!r}); write "my_file.py:Name"'

BAD = {
    # A network: named, read, built, and asked to answer.
    "unknown class": of_model("net.py:Nett", "net.py:Nett: is not defined in its file; name one"),
    "unknown file": of_model("other.py:Net", "no such file (given: 'other.py:Net'); put it there"),
    "unknown module": of_model("no.such:Net", "no such module (given: 'no.such:Net'); install it"),
    "a file alone": of_model("net.py", "not a legal value (given: 'net.py')"),
    "a digest": of_model("net.py:Net#0123", NAMED_CODE.format("net.py:Net#0123")),
    "a function": of_model("net.py:f", "net.py:f: is a function; name a class", "def f(): pass"),
    "syntax": of_model("net.py:Net", "is not Python (SyntaxError: invalid syntax (net.py", "a b"),
    "depth": of_model("net.py:Net", "is not Python (MemoryError", f"a = {'-' * 99999}1"),
    "no network": of_net("is no network; name a class", "class Net: pass"),
    "no default": of_net("argument width has no default", net(", width"), SpecError),
    "a list": of_net("argument a has a default that no file", net(", a=[1]"), SpecError),
    "by place": of_net("takes a by its place alone", net(", a=1, /, b=2"), SpecError),
    "**kwargs": of_net("takes **more; name its", net(", **more"), SpecError),
    "lr": of_net("has lr, a parameter of all", net(", lr: float = 0.1"), SpecError),
    "source": of_net("has source, a parameter of all", net(", source: str = ''"), SpecError),
    "arm": of_net("has arm, a parameter of all", net(", arm: str = ''"), SpecError),
    "not installed": of_net("cannot be loaded (ModuleNotFound", f"import not_there\n{net()}"),
    "a module that exits": of_net("cannot be loaded (SystemExit: 3)", f"{net()}\nexit(3)"),
    "raises": of_net("cannot be built (RuntimeError: a)", net(init="raise RuntimeError('a\\nb')")),
    "exits": of_net("cannot be built (SystemExit: 3)", net(init="exit(3)")),
    "recurses": of_net("cannot be built (RecursionError", net(init="self.__init__()")),
    "no weights": of_net(
        "has no weights to train", net().replace("nn.Linear(64, 10)", "nn.Identity()")
    ),
    "open shape": of_net(
        "leaves the shape of lazy.weight open", net(init="self.lazy = nn.LazyLinear(3)")
    ),
    "frozen": of_net(
        "has a weight still that is not trained",
        net(init="self.still = nn.Parameter(torch.zeros(10), requires_grad=False)"),
    ),
    "answer exits": of_net("cannot answer (SystemExit: 3)", net(body="exit(3)")),
    "answer recurses": of_net("cannot answer (RecursionError", net(body="return self(x)")),
    "two arguments": of_net("cannot answer (TypeError", net(more=", y")),
    "channels": of_net(
        "cannot answer (RuntimeError",
        net(init="self.c = nn.Conv2d(3, 4, 3)", body="return self.c(x)"),
    ),
    "no tensor": of_net("answers with no tensor (given: 'tuple')", net(body=f"return {ANSWER}, 1")),
    "classes": of_net(
        "does not answer with one number for each of the 10 classes (given: 'logits [6, 7]",
        net(body=f"return {ANSWER}[:, :7]"),
    ),
    "images": of_net("does not answer with one number", net(body=f"return {ANSWER}[1:]")),
    "whole numbers": of_net(
        "answers with no floats (given: 'torch.int64')", net(body=f"return {ANSWER}.long()")
    ),
    "complex": of_net(
        "answers with no floats (given: 'torch.complex64')", net(body=f"return {ANSWER} * 1j")
    ),
    "no gradient": of_net(
        "answers with logits that have no gradient", net(body=f"return {ANSWER}.detach()")
    ),
    "NaN": of_net(
        "answers with what is no number", net(body=f"return {ANSWER}.sqrt() * float('nan')")
    ),
    "fails in evaluation": of_net(
        "cannot be trained (ValueError: no)",
        net(body=f"if not self.training: raise ValueError('no')\n        return {ANSWER}"),
    ),
    "huge": Bad(
        "model: net.py:Net: needs …GiB of memory to be trained (given: 'width 4000000000')",
        WIDE,
        changes={"lr = [0.01, 0.1]": "width = [8, 4_000_000_000]"},
    ),
    "of another": Bad(
        "nuisance.hidden: not a parameter of net.py:Net",
        changes={"lr = [0.01, 0.1]": "hidden = [8, 16]"},
        kind=SpecError,
    ),
    "dropout": Bad(
        "nuisance.dropout: not a parameter of net.py:Net",
        changes={"lr = [0.01, 0.1]": "dropout = [0.1, 0.2]"},
        kind=SpecError,
    ),
    # BatchNorm, and a last batch of one image.
    "one left": Bad(
        "fixed.train_images: leaves one image for the last batch of 20, …(given: 41); make it 40,",
        NORM,
        changes={"= 40": "= 41"},
        kind=SpecError,
    ),
    "one left of a range": Bad(
        "fixed.train_images: leaves one image for the last batch of 10, …(given: 41); make it 38,",
        NORM,
        changes={
            "= 40": "= 41",
            "batch_size = 20": "",
            "lr =": "batch_size = { low = 9, high = 30 }\nlr =",
        },
        kind=SpecError,
    ),
    "batches of one": Bad(
        "batch_size: leaves net.py:Net one image, …(given: 1); make it 2 or more",
        NORM,
        changes={"batch_size = 20": "batch_size = 1"},
        kind=SpecError,
    ),
    # Optimizers.
    "optimizer: none": of_opt("is no optimizer; name a class", {"opt.py": "class Opt: pass"}),
    "optimizer: closure": of_opt("its step wants a closure", opt(more=", closure")),
    "optimizer: LBFGS": of_opt(
        "its step wants a closure", {"opt.py": "import torch\nclass Opt(torch.optim.LBFGS): pass"}
    ),
    "optimizer: raises": of_opt("its step fails: ValueError: no", opt("raise ValueError('no')")),
    "optimizer: exits": of_opt("its step fails: SystemExit: 3", opt("exit(3)")),
    "optimizer: no rate": of_opt("its groups have no learning rate", opt(groups="{}")),
    "optimizer: state": of_opt(
        "cannot be saved", opt("self.state[self.param_groups[0]['params'][0]]['a'] = object()")
    ),
    "optimizer: loss": of_opt(
        "has loss, a parameter of others", opt(arguments=", loss: float = 1.0")
    ),
    "optimizer: not installed": of_opt(
        "cannot be loaded (ModuleNotFound",
        {"opt.py": "import not_there\nclass Opt: pass"},
        CodeError,
    ),
    "optimizers that differ": Bad(
        "arms.b.optimizer: b.py:Opt: beta of a.py:Opt has other values",
        files={
            "a.py": opt(arguments=", beta: float = 1.0")["opt.py"],
            "b.py": opt(arguments=", beta: int = 1")["opt.py"],
        },
        changes={"[arms.a]": '[arms.a]\noptimizer = "a.py:Opt"\n[arms.b]\noptimizer = "b.py:Opt"'},
        kind=SpecError,
    ),
    "unknown optimizer": Bad(
        "arms.a.optimizer: not a legal value (given: 'adamm')",
        changes={"[arms.a]": '[arms.a]\noptimizer = "adamm"'},
        kind=SpecError,
    ),
    # Losses.
    "loss: shape": of_loss("returns another shape (given: '[13, 10]')", loss("return logits")),
    "loss: no gradient": of_loss(
        "has no gradient", loss("return F.cross_entropy(logits.detach(), labels)")
    ),
    "loss: raises": of_loss("fails: ValueError: no", loss("raise ValueError('no')")),
    "loss: exits": of_loss("fails: SystemExit: 3", loss("exit(3)")),
    "loss: no tensor": of_loss("does not return a tensor", loss("return 1.0")),
    "loss: NaN": of_loss("is not finite (given: nan)", loss("return logits.mean() * float('nan')")),
    # Data.
    "data twice": Bad(
        "data: also set in [fixed], as source",
        changes={"batch_size = 20": 'source = "mnist"'},
        kind=SpecError,
    ),
    "data: raises": of_data(" (train): raises ValueError: no", "raise ValueError('no')"),
    "data: exits": of_data(" (train): raises SystemExit: 3", "exit(3)"),
    "data: four": of_data(" (train): returns neither images", "return x, y, 1, 2"),
    "data: range": of_data(" (train): a label is out of range (given: -1)", "return x, y - 1"),
    "data: gap": of_data(" (train): has no image of class 0", "return x, y + 1"),
    "data: one class": of_data(" (train): holds one class only (given: 0)", "return x, y * 0"),
    "data: NaN": of_data(
        " (train): image 0 has a pixel that is not a finite", "return np.full_like(x, np.nan), y"
    ),
    "data: each time": of_data(
        ": gives other images each time",
        "return np.random.default_rng().normal(size=(90, 8, 8)), y",
    ),
    "test: raises": of_data(
        " (test): raises ValueError: no",
        "if part == 'test': raise ValueError('no')\n    return x, y",
        experiment=True,
    ),
    "test: shape": of_data(
        " (test): images are float32 (1, 4, 8), those",
        "return (x if part == 'train' else x[:, :4]), y",
        experiment=True,
    ),
    "no test": replace(
        of_data("", "return x, y", "", experiment=True),
        told="data: has no test part to measure (given: 'data.py:load')",
        kind=SpecError,
    ),
    "no file": of_file("data.npz: is not there", {}),
    "no archive": of_file("data.npz: cannot be read", {"data.npz": b"no archive"}),
    "pickle": of_file(
        "data.npz: labels: holds Python objects as a pickle",
        npz(images=X, labels=np.array([None] * 90)),
    ),
    "memory": of_file("data.npz: images: needs …GiB of memory", vast()),
    "no folder": of_file("data: is not there", {}, "data/"),
    "empty folder": of_file("data: has no folder for a class", {"data/": b""}, "data/"),
    "mixed sizes": of_file("data/a/1.png: is not of the size", pictures((8, 8), (9, 8)), "data/"),
    "features": Bad(
        "fixed.augment: changes images, and data.py:load holds features (given: 'flip')",
        files=data("return x.reshape(90, 64), y"),
        changes={
            '"digits"': '"data.py:load"',
            "batch_size = 20": 'batch_size = 20\naugment = "flip"',
        },
        kind=SpecError,
    ),
}


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of one test's files are not looked in by the next."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def write(folder: Path, bad: Bad) -> Path:
    """Write all files; return the study's or experiment's."""
    text = EXPERIMENT if bad.experiment else STUDY
    for old, new in bad.changes.items():
        assert old in text
        text = text.replace(old, new)
    for name, content in {"net.py": bad.network, **bad.files, "bad.toml": text}.items():
        if name.endswith("/"):
            (folder / name).mkdir()
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "bad.toml"


def run(file: Path, bad: Bad, options: RunOptions) -> None:
    """Run it."""
    if bad.experiment:
        wanted = ExperimentOptions(runs=options.runs, device="cpu", workers=1, no_mlflow=True)
        run_experiment(file, wanted, Listener())
    else:
        run_study(file, options, Listener())


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_cannot_be_done_is_refused_at_once(
    bad: Bad, tmp_path: Path, options: RunOptions
) -> None:
    """One line names file, key, what is wrong and what to do; nothing is written."""
    file = write(tmp_path, bad)
    with pytest.raises(bad.kind) as caught:
        run(file, bad, options)
    line = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in line
    assert "#" not in line.replace("#0123", "")  # digests say nothing to a reader
    rest = line.removeprefix(f"{file}: ")
    assert rest != line
    first, *parts = bad.told.split("…")
    assert rest.startswith(first)
    for part in parts:
        _, found, rest = rest.partition(part)
        assert found, (line, part)
    assert not Path(options.runs).exists()


def test_nothing_is_kept_beside_other_studies(tmp_path: Path, options: RunOptions) -> None:
    """Refused in a folder of runs that there is, in cohorts too; mended, it runs by that name."""
    file = write(tmp_path, BAD["NaN"])
    good = tmp_path / "good.toml"
    good.write_text(STUDY.replace('"bad"', '"good"').replace('"net.py:Net"', '"mlp"'))
    run_study(good, options, Listener())
    before = sorted(Path(options.runs).rglob("*"))
    with pytest.raises(CodeError, match="is no number"):
        run_study(file, replace(options, cohort_size=4), listener := Listener())
    assert not listener.lines
    assert sorted(Path(options.runs).rglob("*")) == before
    assert RunsFolder(Path(options.runs)).ledger().names() == ("good",)
    (tmp_path / "net.py").write_text(net())
    assert len(run_study(file, options, Listener()).study.trials) == 8


def test_what_fails_in_the_midst_is_a_failed_trial(tmp_path: Path, options: RunOptions) -> None:
    """One with a reason, also where the code exits; the others go on."""
    steps = "self.steps = getattr(self, 'steps', 0) + self.training"
    late = f"{steps}\n        if self.late and self.steps > 1: exit(3)\n        return {ANSWER}"
    network = net(", late: bool = False", "self.late = late", body=late)
    file = write(tmp_path, Bad("", network, changes={"lr = [": "late = [false, true]\nlr = ["}))
    study = run_study(file, options, Listener()).study
    failed = [trial for trial in study.trials if trial.outcome is Outcome.FAILED]
    assert 0 < len(failed) < len(study.trials)
    assert {trial.reason for trial in failed} == {"SystemExit: 3"}
    assert all(trial.params["late"] for trial in failed)


def test_a_weight_that_answers_nothing_is_let_be(tmp_path: Path, options: RunOptions) -> None:
    """Alone as beside others its gradient is 0."""
    file = write(tmp_path, Bad("", net(init="self.spare = nn.Linear(3, 3)")))
    study = run_study(file, options, Listener()).study
    assert all(trial.outcome is Outcome.COMPLETE for trial in study.trials)


def test_dropout_may_be_an_argument_of_its_own(tmp_path: Path, options: RunOptions) -> None:
    """A network that drops by itself says how it is called."""
    changes = {"lr = [0.01, 0.1]": "dropout = [0.1, 0.5]"}
    network = net(", dropout: float = 0.0", "self.drop = nn.Dropout(dropout)")
    study = run_study(write(tmp_path, Bad("", network, changes=changes)), options, Listener()).study
    assert {trial.config.arguments for trial in study.trials} == {(0.1,), (0.5,)}
    assert {trial.config.hyper.dropout for trial in study.trials} == {0.0}


def command(file: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """Run a study by the command line."""
    line = [sys.executable, "-m", "fashion_bench", "study", "run", file.name, "--workers", "1"]
    line += ["--no-mlflow", "--device", "cpu", *more]
    return subprocess.run(line, capture_output=True, text=True, check=False, cwd=file.parent)


def test_the_command_line_tells_it_in_a_line(tmp_path: Path) -> None:
    """Exit code 2, no traceback, nothing written; mended, it runs, and prints JSON alone."""
    file = write(tmp_path, BAD["raises"])
    refused = command(file)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "Error: bad.toml: model: net.py:Net: cannot be built (RuntimeError: a); "
        "mend its constructor, or the values it is given\n"
    )
    assert not (tmp_path / "runs").exists()
    (tmp_path / "net.py").write_text(net(init="print('a word of its own')"))
    mended = command(file, "--json")
    assert mended.returncode == 0, mended.stderr
    assert json.loads(mended.stdout)
    assert "a word of its own" in mended.stderr
    assert len(read_study(tmp_path / "runs", "bad").trials) == 8


# From Python -------------------------------------------------------------------------------------


def made(name: str, text: str) -> Any:
    """What a cell of a notebook defines."""
    file = f"<cell {text}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": "a_notebook"}
    exec(compile(text, file, "exec"), names)
    return names[name]


def study(runs: Path, **given: Any) -> Study:
    """A small study from arguments."""
    fixed = {"train_images": 40, "valid_images": 20, "batch_size": 20}
    plain = {"name": "own", "arms": {"a": {}}, "nuisance": {"lr": [0.1, 0.01]}, "epochs": 1}
    plain |= {"data": "digits", "fixed": fixed, "trials_per_arm": 8, "runs": runs}
    return Study(**plain | given)


def two(first: Any, second: Any) -> dict[str, Any]:
    """Two arms of two losses."""
    return {"arms": {"a": {"loss": first}, "b": {"loss": second}}}


ONE = "def loss(logits, labels):\n    return logits.mean()\n"
OTHER = "def loss(logits, labels):\n    return logits.sum()\n"

ARGUMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "keyword": ({"epoch": 3}, "own: epoch: unknown key; did you mean 'epochs'?"),
    "arms": ({"arms": ["a"]}, "own: arms: not a legal value; it should be a table"),
    "budget": ({"budget": 3}, "own: budget: not a legal value (given: 3); it should be a table"),
    "arrays": ({"data": (X, Y)}, "own: data: not a legal value (given: 'tuple'); hand over Data("),
    "lambda": (two("cross_entropy", lambda a, b: a), "<lambda>: is neither a class nor a function"),
    "instance": ({"model": nn.Identity()}, "Identity: is neither a class nor a function"),
    "no source": ({"model": type("Net", (), {})}, "Net: its source cannot be had"),
    "one name": (
        two(made("loss", ONE), made("loss", OTHER)),
        "a_notebook:loss: is the name of two that are given; give them names of their own",
    ),
}


@pytest.mark.parametrize(("given", "told"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_a_wrong_argument_is_told(tmp_path: Path, given: dict[str, Any], told: str) -> None:
    """As that key of a file would be."""
    with pytest.raises(FashionBenchError) as caught:
        study(tmp_path, **given)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize(
    ("train", "told"),
    [
        (X, "arrays (train): is no pair of images and labels (given: 'ndarray')"),
        (None, "arrays (train): is no pair of images and labels (given: 'NoneType')"),
        ((X, Y, Y), "arrays (train): is no pair of images and labels (given: 'tuple')"),
        (("a", "b"), "arrays (train): images are neither bytes nor floats"),
        ((X, Y * 1.0), "arrays (train): labels are not one integer an image"),
    ],
)
def test_wrong_arrays_are_told(train: Any, told: str) -> None:
    """When they are handed over."""
    with pytest.raises(DataError) as caught:
        Data(train)
    assert str(caught.value).startswith(told)


def test_a_wrong_option_of_running_is_told(tmp_path: Path) -> None:
    """With the one that may be meant."""
    with pytest.raises(SpecError, match="run: worker: no such option; did you mean 'workers'"):
        study(tmp_path).run(worker=2)


def test_seeds_that_are_no_number_of_them_are_told(tmp_path: Path) -> None:
    """As in a file."""
    with pytest.raises(SpecError, match="one: seeds: not a legal value"):
        Experiment("one", arms={"a": {}}, seeds=2.5, runs=tmp_path)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    """They come of ``np.logspace`` and the like."""
    widths = [*np.array([8, 16])]
    assert "hidden = [8, 16]" in study(tmp_path, nuisance={"hidden": widths}).toml


def test_going_on_from_python(tmp_path: Path) -> None:
    """Other objects of the same name are refused, and kept ones that nobody hands over."""
    quiet = {"workers": 1, "no_mlflow": True, "device": "cpu"}
    study(tmp_path, **two("cross_entropy", made("loss", ONE))).run(**quiet)
    with pytest.raises(StudyError, match="own: was begun with other source of a_notebook:loss"):
        study(tmp_path, **two("cross_entropy", made("loss", OTHER))).run(**quiet)
    known, allowed, loaded = code._KNOWN.copy(), code._ALLOWED.copy(), code._LOADED.copy()
    for kept in (code._KNOWN, code._ALLOWED, code._LOADED):
        kept.clear()
    try:
        for trust in (False, True):
            with pytest.raises(CodeError, match="a_notebook:loss: is of a notebook or script"):
                Study.load("own", runs=tmp_path, trust_code=trust).run(**quiet)
            with pytest.raises(CodeError, match="a_notebook:loss: is of a notebook or script"):
                load_model("own", runs=tmp_path, trust_code=trust)
    finally:
        code._KNOWN.update(known)
        code._ALLOWED.update(allowed)
        code._LOADED.update(loaded)
    assert len(Study.load("own", runs=tmp_path).run(**quiet).trials) == 16


def test_a_kept_file_is_run_where_it_is_trusted(tmp_path: Path, options: RunOptions) -> None:
    """To look at a stored study runs nothing of it, and to go on with it takes a word."""
    file = write(tmp_path, Bad(""))
    run_study(file, options, Listener())
    code._ALLOWED.clear()
    quiet = {"workers": 1, "no_mlflow": True, "device": "cpu"}
    stored = Study.load("bad", runs=options.runs)
    assert len(stored.trials) == 8
    with pytest.raises(CodeError, match=r"net\.py:Net: is code that came with the study"):
        stored.run(**quiet)
    Study.load("bad", runs=options.runs, trust_code=True).run(**quiet)
