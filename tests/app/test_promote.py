"""Tests of ``app/promote.py``."""

import tomllib
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from fashion_bench.analysis.document import Document, Listing, Notes
from fashion_bench.analysis.promotion import Candidate
from fashion_bench.app.browse import read_studies, read_study
from fashion_bench.app.options import PromoteOptions, RunOptions
from fashion_bench.app.promote import _spec, promote
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.errors import SpecError, StudyError
from fashion_bench.records import Progress, StudyRecord
from fashion_bench.search.resolve import load_file
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, STUDY, write

SHIPPED = Path(__file__).parents[2] / "studies/mlp_dropout.toml"
TINY = PromoteOptions(top=2, seeds=2, measure=3)


def file_of(*given: Any) -> str:
    """Promote, and return the file."""
    (listing,) = promote(*given).all(Listing)
    return listing.text


def told_by(promoted: Document) -> tuple[str, ...]:
    """Return what is told of the choice."""
    (notes,) = promoted.all(Notes)
    return notes.sentences


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
    options = RunOptions(runs=folder / "runs", device="cpu", workers=1, no_mlflow=True)
    # With seed 1, which fresh seeds must not be.
    run_study(write(folder, STUDY, ("seed = 3", "seed = 1")), options, Listener())
    return folder / "runs"


@pytest.fixture
def options(studied: Path, options: RunOptions) -> RunOptions:
    """A copy of it, this process to train in, and no MLflow."""
    copytree(studied, options.runs)
    return options


@pytest.fixture(scope="module")
def promoted(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document]:
    """Another folder, in which it was promoted, and what was said; not to be written to."""
    runs = copytree(studied, tmp_path_factory.mktemp("promoted") / "runs")
    options = RunOptions(runs=runs, device="cpu", workers=1, no_mlflow=True)
    return runs, promote("s", TINY, options, Listener())


@pytest.fixture
def with_confirmed(promoted: tuple[Path, Document], options: RunOptions) -> RunOptions:
    """Like ``options``, with a copy of what was promoted."""
    return replace(options, runs=copytree(promoted[0], options.runs.with_name("confirmed")))


def seeds(study: StudyRecord) -> set[int]:
    """Every seed that a study used, for training or for its split."""
    return {s for trial in study.trials for s in (trial.config.seed, trial.config.split_seed)}


def test_more_than_a_file_may_list_is_refused() -> None:
    """One line says so, as of a file with that many arms."""
    study = load_file(SHIPPED, "study").spec
    params = {"lr": 1e-3, "dropout": 0.2, "hidden": 64, "hidden2": 64}
    params |= dict.fromkeys(study.nuisance, 1e-3)
    arms = {
        f"a-{number}": Candidate(arm="a", number=number, params=params, value=0.9, trials=1)
        for number in range(101)
    }
    with pytest.raises(SpecError, match="arms: not a legal value; list fewer"):
        _spec(study, suffix="_confirmed", question="Which?", arms=arms, seeds=[1, 2])


def test_from_a_study_to_its_measurement(
    options: RunOptions, listener: Listener, tmp_path: Path
) -> None:
    """The file is an experiment that runs: each arm with what was tuned, on seeds used by nobody.

    Its winners have the best mean of what was trained again, and it opens the test images; the
    confirmation did not.
    """
    study = read_study(options.runs, "s")
    file = tmp_path / "s_measured.toml"
    file.write_text(file_of("s", TINY, options, listener))
    confirmed = read_study(options.runs, "s_confirmed")
    assert (confirmed.kind, len(confirmed.trials)) == ("study", 2 * 2 * 2)
    assert not any(trial.tests for trial in confirmed.trials)

    spec = load_file(file, "experiment").spec
    assert (spec.name, spec.question, spec.epochs) == ("s_measured", study.question, 2)
    assert spec.fixed == {"source": "synthetic", "train_images": 500, "valid_images": 200}
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

    measured = run_experiment(file, options, listener).study
    assert [len(measured.of_arm(arm)) for arm in study.arms] == [3, 3]
    assert all(trial.test is not None for trial in measured.trials)
    assert {t.config.hyper.lr for t in measured.of_arm("none")} == {spec.arms["none"]["lr"]}


def test_the_candidates_led_the_search(promoted: tuple[Path, Document]) -> None:
    """Of each arm the best configurations by validation, and no other, are trained again."""
    runs, _ = promoted
    study = read_study(runs, "s")
    best = [
        f"{arm}-{trial.number}"
        for arm in study.arms
        for trial in sorted(study.of_arm(arm), key=lambda trial: -(trial.value or 0))[:2]
    ]
    assert list(read_study(runs, "s_confirmed").arms) == best


def test_what_is_promoted_is_told(promoted: tuple[Path, Document]) -> None:
    """Optimism, winner, and the pairs that a comparison needs."""
    told = told_by(promoted[1])
    assert [line.split(":")[0] for line in told] == [
        "none",
        "none",
        "dropout",
        "dropout",
        "dropout against none",
    ]
    assert "the search had " in told[0]
    assert "to find a difference of 0.5 points" in told[-1]


def test_interrupted_it_goes_on(options: RunOptions, promoted: tuple[Path, Document]) -> None:
    """The same command trains what is left and prints what it would have; again, it only prints."""
    runs, whole = promoted
    with pytest.raises(KeyboardInterrupt):
        promote("s", TINY, options, Interrupting(after=3))
    assert promote("s", TINY, options, Listener()) == whole
    assert read_study(options.runs, "s_confirmed").trials[0].value == (
        read_study(runs, "s_confirmed").trials[0].value
    )
    assert promote("s", TINY, options, Interrupting(after=1)) == whole


def test_without_seeds_nothing_is_trained(options: RunOptions, listener: Listener) -> None:
    """The best single trial of each arm is promoted, and called optimistic."""
    promoted = promote("s", replace(TINY, seeds=0), options, listener)
    (listing,) = promoted.all(Listing)
    study = read_study(options.runs, "s")
    assert [study.name for study in read_studies(options.runs)] == ["s"]
    for arm in study.arms:
        best = max(study.of_arm(arm), key=lambda trial: trial.value or 0)
        assert tomllib.loads(listing.text)["arms"][arm]["lr"] == best.params["lr"]
    told = told_by(promoted)
    assert [line.endswith("unconfirmed, is optimistic") for line in told] == [True, True]


def test_another_choice_needs_another_confirmation(
    with_confirmed: RunOptions, listener: Listener
) -> None:
    """It says how to go on with the old one or to be rid of it; nothing is trained over it."""
    before = read_study(with_confirmed.runs, "s_confirmed")
    with pytest.raises(StudyError, match="repeat --top and --seeds, or `fashion-bench study rm"):
        promote("s", replace(TINY, seeds=3), with_confirmed, listener)
    assert read_study(with_confirmed.runs, "s_confirmed") == before


def test_only_what_was_searched_is_promoted(
    with_confirmed: RunOptions, listener: Listener, tmp_path: Path
) -> None:
    """An experiment lists its trials, and so does a confirmation."""
    run_experiment(write(tmp_path, EXPERIMENT), with_confirmed, listener)
    for name in ("e", "s_confirmed"):
        with pytest.raises(StudyError, match=f"{name}: lists its trials"):
            promote(name, TINY, with_confirmed, listener)


def test_a_study_that_is_not_finished_says_so(
    options: RunOptions, listener: Listener, tmp_path: Path
) -> None:
    """It is promoted as far as it has come."""
    short = replace(options, runs=tmp_path / "short")
    interrupt = Interrupting(after=8 + 1)  # two rungs of the four trials of a generation
    with pytest.raises(KeyboardInterrupt):
        run_study(write(tmp_path), short, interrupt)
    promote("s", replace(TINY, seeds=0), short, listener)
    assert listener.lines[0] == "s has 4 of its 8 trials so far"


def test_an_arm_that_never_got_to_the_end_is_told(
    options: RunOptions, listener: Listener, tmp_path: Path
) -> None:
    """One line names it, before anything is trained."""
    exploding = (
        ("lr = { low = 1e-4, high = 1e-2, log = true }\n", ""),
        ("dropout = 0.0", "dropout = 0.0\nlr = 1e-3"),
        ("dropout = 0.3", "dropout = 0.3\nlr = 1e30"),
    )
    options = replace(options, runs=tmp_path / "exploding")
    run_study(write(tmp_path, STUDY, *exploding), options, listener)
    with pytest.raises(StudyError, match="s: has no complete trial in arm dropout; "):
        promote("s", TINY, options, listener)
    assert [study.name for study in read_studies(options.runs)] == ["s"]


def test_long_names_stay_legal(listener: Listener, tmp_path: Path, options: RunOptions) -> None:
    """A study of the longest name can be promoted."""
    options, name = replace(options, runs=tmp_path / "long"), "s" * 64
    run_study(write(tmp_path, STUDY, ('name = "s"', f'name = "{name}"')), options, listener)
    text = file_of(name, replace(TINY, top=1), options, listener)
    assert tomllib.loads(text)["name"] == "s" * 55 + "_measured"
    assert [study.name for study in read_studies(options.runs)] == [name, "s" * 54 + "_confirmed"]
