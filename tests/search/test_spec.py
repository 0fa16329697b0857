"""Reading the files people write, and keeping a stored study to its file."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from fashion_bench.errors import SpecError, StudyError
from fashion_bench.search.resolve import load_file
from fashion_bench.search.spec import (
    ExperimentSpec,
    StudySpec,
    canonical,
    changes_of_reading,
    parse,
    refuse_changes,
)

STUDY = """\
name = "width"
question = "Which width?"
seed = 1
model = "mlp"
epochs = 3

[nuisance]
lr = { low = 1e-4, high = 1e-2, log = true }

[arms.small]
hidden = [64, 128]

[arms.large]
hidden = [256, 512]

[budget]
trials_per_arm = 8
minutes = 30
plateau = 2
"""

EXPERIMENT = """\
name = "width"
question = "Which width?"
seeds = [1, 2]
model = "mlp"
epochs = 3

[arms.small]
hidden = 64
"""


@pytest.fixture
def file(tmp_path):
    """Write text or bytes into a file and return its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "file.toml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def study(**budget):
    """Return the canonical study above, with parts of its budget replaced; None removes one."""
    data = canonical(parse(tomllib.loads(STUDY), "it"))
    data["budget"] = {k: v for k, v in (data["budget"] | budget).items() if v is not None}
    return data


def test_seeds_make_a_file_an_experiment(file):
    """Nothing but the presence of seeds decides which kind a file is."""
    assert isinstance(load_file(file(STUDY)).spec, StudySpec)
    assert isinstance(load_file(file(EXPERIMENT)).spec, ExperimentSpec)


def test_the_other_kind_is_refused_with_the_right_command(file):
    """Whoever runs a file with the wrong command is told the right one."""
    path = file(EXPERIMENT)
    with pytest.raises(SpecError) as error:
        load_file(path, "study")
    assert str(error.value) == (
        f"{path}: an experiment, for it lists seeds; run `fashion-bench experiment run {path}`"
    )
    path = file(STUDY)
    with pytest.raises(SpecError) as error:
        load_file(path, "experiment")
    assert str(error.value) == (
        f"{path}: a study, for it lists no seeds; list seeds = [...], "
        f"or run `fashion-bench study run {path}`"
    )
    assert load_file(path, "study").spec.name == "width"
    assert load_file(file(EXPERIMENT), "experiment").plan.seeds == (1, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"name = \xff", "not text in UTF-8; save it as UTF-8", id="latin-1"),
        pytest.param(
            "#" * 70_000, "over 65,536 bytes long; give a file that fits a screen", id="long"
        ),
        pytest.param("a = " + "[" * 3000, "not TOML: ", id="deep"),
        pytest.param("\n" + "a." * 5001, "a line of 10002 characters; break it", id="wide"),
        ("name = 'a'\nseed =\n", "not TOML: Invalid value (at line 2, column 7); mend that line"),
        ("seed = 1\nseed = 2\n", "not TOML: Cannot overwrite a value (at line 2, column 9); "),
        ("", "name: missing; add it (5 more mistakes after this one)"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(file, content, said):
    """What is wrong with a file is said with its line where there is one."""
    path = file(content)
    with pytest.raises(SpecError) as error:
        load_file(path)
    assert str(error.value).startswith(f"{path}: {said}")
    assert len(str(error.value).splitlines()) == 1


def test_a_file_may_begin_with_a_byte_order_mark(file):
    """Some editors write one; it is not the reader's fault."""
    assert load_file(file("\ufeff" + STUDY)).spec.name == "width"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("no.toml", "no such file; check the path"),
        (".", "a folder; name one of the .toml files in it"),
        ("/dev/zero", "over 65,536 bytes long; give a file that fits a screen"),
        ("n" * 5000, "cannot be read (File name too long); check it"),
    ],
)
def test_a_path_that_is_no_file_is_refused(path, said):
    """A wrong path is answered like any other mistake."""
    with pytest.raises(SpecError) as error:
        load_file(Path(path))
    assert str(error.value) == f"{path}: {said}"


@pytest.mark.parametrize("text", [STUDY, EXPERIMENT])
def test_a_spec_survives_being_stored(text):
    """What the ledger stores is JSON, and reads back as the equal spec."""
    spec = parse(tomllib.loads(text), "it")
    stored = json.loads(json.dumps(canonical(spec)))
    assert parse(stored, "stored") == spec


def refuse(stored, now):
    """Hold a file against the one that a study began with, both as plain data."""
    refuse_changes("width.toml", parse(stored, "stored"), parse(now, "width.toml"))


@pytest.mark.parametrize("gone", ["record", "enqueue", "rungs", "search", "fixed"])
def test_a_stored_study_that_lacks_a_key_has_its_default(gone):
    """A version that did not know the key stored none: the file of today is no other for it."""
    stored = study()
    del stored[gone]
    refuse(stored, {key: value for key, value in study().items() if key != gone})
    refuse(stored, canonical(parse(stored, "stored")))


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ("seed = 1", "seed = 2", ["seed"]),
        ("low = 1e-4", "low = 1e-5", ["nuisance.lr.low"]),
        ("[256, 512]", "[256, 500]", ["arms.large.hidden"]),
        ("arms.large", "arms.wide", ["arms.large", "arms.wide"]),
        ("minutes = 30\nplateau = 2", "minutes = 3", ["budget.minutes"]),
        ("epochs = 3", "epochs = 5\nrungs = [3]", ["epochs", "rungs"]),
        ("lr = {", "dropout = 0\nlr = {", ["nuisance.dropout"]),
    ],
)
def test_what_differs_is_named_by_its_path(old, new, paths):
    """Every changed, added or removed key is found; a comment is no change."""
    assert old in STUDY
    refuse(study(), tomllib.loads(f"# another comment\n{STUDY}"))
    with pytest.raises(StudyError, match=f"stored, in {', '.join(paths)};"):
        refuse(study(), tomllib.loads(STUDY.replace(old, new)))


def test_the_order_of_the_arms_is_part_of_a_study():
    """Arms are trained in the file's order, so another order is another study."""
    now = study()
    now["arms"] = dict(reversed(now["arms"].items()))
    with pytest.raises(StudyError, match="stored, in arms;"):
        refuse(study(), now)


@pytest.mark.parametrize(
    "budget",
    [
        {},
        {"trials_per_arm": 16},
        {"minutes": 31},
        {"minutes": None},
        {"plateau": 3},
        {"plateau": None},
        {"trials_per_arm": 80, "minutes": None, "plateau": 9},
    ],
)
def test_a_stored_study_may_grow(budget):
    """More trials, more time, more patience: none of them changes a trial already there."""
    refuse(study(), study(**budget))


@pytest.mark.parametrize(
    "budget", [{"trials_per_arm": 4}, {"trials_per_arm": None}, {"minutes": 29}, {"plateau": 1}]
)
def test_a_stored_study_may_not_shrink(budget):
    """What has been trained is not taken back."""
    with pytest.raises(StudyError, match=f"in budget.{next(iter(budget))};"):
        refuse(study(), study(**budget))


def test_a_limit_may_not_be_put_on_a_stored_study():
    """A study without a limit would end earlier with one: that is no growth."""
    with pytest.raises(StudyError, match=r"in budget\.minutes;"):
        refuse(study(minutes=None), study())


def test_any_other_change_of_a_stored_study_is_refused_by_its_paths():
    """The reader learns each place that differs, in one line."""
    now = study(trials_per_arm=16) | {"seed": 2, "model": "cnn", "question": "Which one?"}
    with pytest.raises(StudyError) as error:
        refuse(study(), now)
    assert str(error.value) == (
        "width.toml: differs from what was stored, in model, seed; undo that, or give it another "
        "name (only [budget] may grow; question, metric and margin may change)"
    )


def test_how_results_are_read_may_change():
    """Question, metric and margin change no trial; what changed is told with both values."""
    now = study() | {"margin": 0.5, "question": "Which one?", "metric": "loss"}
    refuse(study(), now)
    refuse(now, study())
    stored, today = parse(study(), "stored"), parse(now, "today")
    assert changes_of_reading(stored, today) == [
        ("question", "Which width?", "Which one?"),
        ("metric", "accuracy", "loss"),
        ("margin", None, 0.5),
    ]
    assert changes_of_reading(today, stored) == [
        ("question", "Which one?", "Which width?"),
        ("metric", "loss", "accuracy"),
        ("margin", 0.5, None),
    ]
    grown = study(trials_per_arm=16)
    assert changes_of_reading(stored, parse(grown, "grown")) == []


SEEDS = "seeds = [1, 2]"
SOURCES = "seeds = { sources = 7 }"
LOOKS = "seeds = { at_most = 30, look = 2 }"


def experiment(seeds):
    """Return what an experiment's file holds, with these seeds."""
    return tomllib.loads(EXPERIMENT.replace(SEEDS, seeds))


@pytest.mark.parametrize("seeds", [SEEDS, "seeds = 10", LOOKS, SOURCES])
def test_seeds_are_kept_as_they_were_written(seeds):
    """A list, a number, looks or sources: what is stored is read back as the same."""
    spec = parse(experiment(seeds), "width.toml")
    assert parse(canonical(spec), "stored") == spec
    assert canonical(spec)["seeds"] == experiment(seeds)["seeds"]
    refuse(experiment(seeds), experiment(seeds))


@pytest.mark.parametrize(
    ("now", "path"),
    [
        ("seeds = { at_most = 30, look = 3 }", "seeds.look"),
        ("seeds = { at_most = 28, look = 2 }", "seeds.at_most"),
        ("seeds = 30", "seeds"),
        (SEEDS, "seeds"),
        (SOURCES, "seeds.at_most, seeds.look, seeds.sources"),
    ],
)
def test_looks_may_go_on_longer_and_change_in_nothing_else(now, path):
    """More seeds, at most, are no other experiment; another look, fewer or planned ones are."""
    refuse(experiment(LOOKS), experiment("seeds = { at_most = 40, look = 2 }"))
    with pytest.raises(StudyError, match=rf"stored, in {path};"):
        refuse(experiment(LOOKS), experiment(now))


@pytest.mark.parametrize("way", ["/dev/stdin", "-", "/dev/fd/0"])
def test_a_file_may_come_by_standard_input(tmp_path, way):
    """What it names is looked for in the current folder; the command told has a place for it."""
    command = [sys.executable, "-m", "fashion_bench", "study", "check", way]
    done = subprocess.run(command, input=STUDY, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "To run it: fashion-bench study run - < FILE" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "ends",
    ["low = 5e-324, high = 1e-323", "low = 1e-60, high = 0.1", "low = 0.1, high = 0.1000000001"],
)
def test_a_range_that_float32_cannot_tell_is_refused(file, ends):
    """Its values would all be one, or 0, when they are used."""
    text = STUDY.replace("[nuisance]", f"[nuisance]\nweight_decay = {{ {ends}, log = true }}")
    with pytest.raises(SpecError, match="cannot tell its ends from 0 or from each other"):
        load_file(file(text))
