"""Tests of ``app/promote.py``."""

import tomllib
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from fashion_bench.app.browse import read_studies, read_study
from fashion_bench.app.promote import Choice, promote
from fashion_bench.app.run import How, run_experiment, run_study
from fashion_bench.errors import StudyError
from fashion_bench.records import Progress, StudyRecord
from fashion_bench.search.spec import load_experiment
from tests.app.conftest import Listener, NoMlflow
from tests.app.small_files import EXPERIMENT, STUDY, write

pytestmark = pytest.mark.usefixtures("without_mlflow")

TINY = Choice(top=2, seeds=2, measured=3)


class Interrupting(Listener):
    """A reporter that is interrupted when so many trials have been trained."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def advanced(self, progress: Progress) -> None:
        """Count down."""
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that holds the study; not to be written to."""
    folder = tmp_path_factory.mktemp("studied")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_bench.app.run.Recorder", NoMlflow)
        how = How(runs=folder / "runs", device="cpu", workers=1)
        # With seed 1, which fresh seeds must not be.
        run_study(write(folder, STUDY, ("seed = 3", "seed = 1")), how, Listener())
    return folder / "runs"


@pytest.fixture
def how(studied: Path, tmp_path: Path) -> How:
    """A copy of it, and this process to train in."""
    return How(runs=copytree(studied, tmp_path / "runs"), device="cpu", workers=1)


def seeds(study: StudyRecord) -> set[int]:
    """Every seed that a study used, for training or for its split."""
    return {s for trial in study.trials for s in (trial.config.seed, trial.config.split_seed)}


def test_from_a_study_to_its_measurement(how: How, listener: Listener, tmp_path: Path) -> None:
    """The file is an experiment that runs: each arm with what was tuned, on seeds used by nobody.

    Its winners have the best mean of what was trained again, and it opens the test images; the
    confirmation did not.
    """
    study = read_study(how.runs, "s")
    file = tmp_path / "s_measured.toml"
    file.write_text(promote("s", TINY, how, listener))
    confirmed = read_study(how.runs, "s_confirmed")
    assert (confirmed.kind, len(confirmed.trials)) == ("study", 2 * 2 * 2)
    assert not any(trial.tests for trial in confirmed.trials)

    spec = load_experiment(file)
    assert (spec.name, spec.question, spec.epochs) == ("s_measured", study.question, 2)
    assert spec.fixed == study.spec["fixed"]
    assert len(spec.seeds) == 3
    assert not seeds(study) & seeds(confirmed)
    assert not (seeds(study) | seeds(confirmed)) & set(spec.seeds)
    for arm in study.arms:
        best = max(
            (name for name in confirmed.arms if name.startswith(f"{arm}-")),
            key=lambda name: sum(trial.value or 0 for trial in confirmed.of_arm(name)),
        )
        (original,) = (t for t in study.trials if t.trial_id == f"s.{best}")
        tuned = {name: original.params[name] for name in ("dropout", "hidden", "lr")}
        assert spec.arms[arm] == tuned
        again = confirmed.of_arm(best)[0].config
        assert replace(again, seed=0, split_seed=0) == replace(
            original.config, seed=0, split_seed=0
        )

    measured = run_experiment(file, how, listener).study
    assert [len(measured.of_arm(arm)) for arm in study.arms] == [3, 3]
    assert all(trial.test is not None for trial in measured.trials)
    assert {t.config.hyper.lr for t in measured.of_arm("none")} == {spec.arms["none"]["lr"]}


def test_the_candidates_led_the_search(how: How, listener: Listener) -> None:
    """Of each arm the best configurations by validation, and no other, are trained again."""
    study = read_study(how.runs, "s")
    promote("s", TINY, how, listener)
    best = [
        f"{arm}-{trial.number}"
        for arm in study.arms
        for trial in sorted(study.of_arm(arm), key=lambda trial: -(trial.value or 0))[:2]
    ]
    assert list(read_study(how.runs, "s_confirmed").arms) == best


def test_what_is_promoted_is_told(how: How, listener: Listener) -> None:
    """Optimism, winner, and the pairs that a comparison needs."""
    promote("s", TINY, how, listener)
    told = [line for line in listener.lines if line.startswith(("none", "dropout"))]
    assert [line.split(":")[0] for line in told] == [
        "none",
        "none",
        "dropout",
        "dropout",
        "dropout against none",
    ]
    assert "optimism of the search" in told[0]
    assert "to find a difference of 0.5 points" in told[-1]


def test_interrupted_it_goes_on(how: How, listener: Listener, tmp_path: Path) -> None:
    """The same command trains what is left and prints what it would have; again, it only prints."""
    interrupted = replace(how, runs=copytree(how.runs, tmp_path / "interrupted"))
    whole = promote("s", TINY, how, listener)
    with pytest.raises(KeyboardInterrupt):
        promote("s", TINY, interrupted, Interrupting(after=3))
    assert promote("s", TINY, interrupted, Listener()) == whole
    assert read_study(interrupted.runs, "s_confirmed").trials[0].value == (
        read_study(how.runs, "s_confirmed").trials[0].value
    )
    assert promote("s", TINY, interrupted, Interrupting(after=1)) == whole


def test_without_seeds_nothing_is_trained(how: How, listener: Listener) -> None:
    """The best single trial of each arm is promoted, and called optimistic."""
    text = promote("s", replace(TINY, seeds=0), how, listener)
    study = read_study(how.runs, "s")
    assert [study.name for study in read_studies(how.runs)] == ["s"]
    for arm in study.arms:
        best = max(study.of_arm(arm), key=lambda trial: trial.value or 0)
        assert tomllib.loads(text)["arms"][arm]["lr"] == best.params["lr"]
    assert [line.endswith("unconfirmed, is optimistic") for line in listener.lines] == [True, True]


def test_another_choice_needs_another_confirmation(how: How, listener: Listener) -> None:
    """It says how to go on with the old one or to be rid of it; nothing is trained over it."""
    promote("s", TINY, how, listener)
    before = read_study(how.runs, "s_confirmed")
    with pytest.raises(StudyError, match="repeat --top and --seeds, or `fashion-bench study rm"):
        promote("s", replace(TINY, seeds=3), how, listener)
    assert read_study(how.runs, "s_confirmed") == before


def test_only_what_was_searched_is_promoted(how: How, listener: Listener, tmp_path: Path) -> None:
    """An experiment lists its trials, and so does a confirmation."""
    run_experiment(write(tmp_path, EXPERIMENT), how, listener)
    promote("s", TINY, how, listener)
    for name in ("e", "s_confirmed"):
        with pytest.raises(StudyError, match=f"{name}: lists its trials"):
            promote(name, TINY, how, listener)


def test_a_study_that_is_not_finished_says_so(how: How, listener: Listener, tmp_path: Path) -> None:
    """It is promoted as far as it has come."""
    short = replace(how, runs=tmp_path / "short")
    interrupt = Interrupting(after=8 + 1)  # two rungs of the four trials of a generation
    with pytest.raises(KeyboardInterrupt):
        run_study(write(tmp_path), short, interrupt)
    promote("s", replace(TINY, seeds=0), short, listener)
    assert listener.lines[0] == "s has 4 of its 8 trials so far"


def test_an_arm_that_never_got_to_the_end_is_told(
    how: How, listener: Listener, tmp_path: Path
) -> None:
    """One line names it, before anything is trained."""
    exploding = (
        ("lr = { low = 1e-4, high = 1e-2, log = true }\n", ""),
        ("dropout = 0.0", "dropout = 0.0\nlr = 1e-3"),
        ("dropout = 0.3", "dropout = 0.3\nlr = 1e30"),
    )
    how = replace(how, runs=tmp_path / "exploding")
    run_study(write(tmp_path, STUDY, *exploding), how, listener)
    with pytest.raises(StudyError, match="s: has no complete trial in arm dropout; "):
        promote("s", TINY, how, listener)
    assert [study.name for study in read_studies(how.runs)] == ["s"]


def test_long_names_stay_legal(listener: Listener, tmp_path: Path, how: How) -> None:
    """A study of the longest name can be promoted."""
    how, name = replace(how, runs=tmp_path / "long"), "s" * 64
    run_study(write(tmp_path, STUDY, ('name = "s"', f'name = "{name}"')), how, listener)
    text = promote(name, replace(TINY, top=1), how, listener)
    assert tomllib.loads(text)["name"] == "s" * 55 + "_measured"
    assert [study.name for study in read_studies(how.runs)] == [name, "s" * 54 + "_confirmed"]
