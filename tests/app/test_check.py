"""A file is checked before it is run: what it trains, what its answer can tell, what it costs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.rendering.terminal import print_document
from fashion_bench.app.check import check
from fashion_bench.app.dry_run import dry_run, seconds_of_epoch
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.errors import SpecError
from fashion_bench.search.resolve import load_file
from tests.app.conftest import Listener
from tests.app.made_up_gpu import MadeUpGpu
from tests.app.small_files import EXPERIMENT, STUDY, write

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*ROOT.glob("studies/*.toml"), *ROOT.glob("experiments/*.toml")])
CHECK = """
import sys
from fashion_bench.cli import main
sys.argv = ["fashion-bench", "study", "check", sys.argv[1]]
try:
    main()
finally:
    heavy = {"torch", "optuna", "mlflow", "pandas", "numpy", "scipy", "sqlalchemy"} & {*sys.modules}
    print("heavy:", sorted(heavy))
"""


def shown(document: object) -> str:
    """Return a document as a terminal of 80 columns shows it."""
    console = Console(width=80)
    with console.capture() as capture:
        print_document(document, console)  # type: ignore[arg-type]
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_a_check_tells_trials_epochs_arms_and_caveats(tmp_path: Path) -> None:
    """Everything that the file comes to stands on one screen."""
    file = write(tmp_path)
    body, _, command = shown(check(file, tmp_path)).rpartition("To run it: ")
    assert (
        body
        == """\
s (study)
Does it run?

 stage   trials   epochs expected   epochs at most
 ─────────────────────────────────────────────────
 study        8                16               16

Simulated on a CPU, of their time 2 workers would train 100%, 4 100%, 16 50%, 64
12%.

 arm       set           tuned
 ──────────────────────────────────────────────────────────────────────────────
 none      dropout 0     lr 0.0001 to 0.01 (evenly in the logarithm); hidden 16
                         or 32
 dropout   dropout 0.3   lr 0.0001 to 0.01 (evenly in the logarithm); hidden 16
                         or 32

* fixed in every trial: model mlp, source synthetic, epochs 2, train_images 500,
valid_images 200
To keep in mind
* a search alone gives no verdict, as the best of many trials is partly luck:
add [survey] or [confirm], or measure its best with `fashion-bench study
promote`
"""
    )
    assert "".join(command.split()) == f"fashion-benchstudyrun{file}"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_what_is_shipped_can_be_checked(file: Path, tmp_path: Path) -> None:
    """Whichever of the two it is; its trials are those of its plan."""
    told = plain(check(file, tmp_path))
    plan = load_file(file).plan
    assert told["kind"] == plan.kind
    assert told["epochs_at_most"] == plan.most_epochs


def test_a_check_imports_nothing_heavy() -> None:
    """It answers in a moment because torch and its like stay out."""
    ended = subprocess.run(
        [sys.executable, "-c", CHECK, ROOT / "studies/mlp_dropout_effect.toml"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.endswith("heavy: []\n"), ended.stdout
    assert " confirm       20 " in ended.stdout


def test_a_mistake_in_a_file_is_told_before_torch_is_imported(tmp_path: Path) -> None:
    """It used to cost seconds of imports."""
    code = CHECK.replace('"check"', '"run"')
    file = write(tmp_path, STUDY, ("lr =", "lrr ="))
    ended = subprocess.run(
        [sys.executable, "-c", code, file], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "did you mean 'lr'?" in ended.stderr
    assert ended.stdout == "heavy: []\n"


def test_too_few_pairs_are_told_before_they_are_trained(tmp_path: Path) -> None:
    """Two seeds settle nothing, and so do two points or two confirmations."""
    told = plain(check(write(tmp_path, EXPERIMENT), tmp_path))["caveats"]
    assert "seeds = 2 settles nothing: a verdict takes 6 pairs or more" in told
    assert "its seeds are listed in the file, not drawn from its name" in told
    staged = STUDY + "\n[survey]\npoints = 4\n\n[confirm]\ntop = 1\nseeds = 3\n"
    told = plain(check(write(tmp_path, staged), tmp_path))["caveats"]
    assert told == [
        "survey.points = 4 settles nothing: a verdict takes 6 pairs or more",
        "confirm.seeds = 3 settles nothing: a verdict takes 6 pairs or more",
    ]


IDLE = (
    "no trial uses dropout3, which counts only where depth is 3 or more",
    "the arms none, dropout are trained alike: to compare them compares nothing",
)
ADDED = ("\n[arms.none]", "\n[arms.none]\nlabel_smoothing = 0.0")
THIRD = ("\ndropout =", "\ndropout3 =")


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        (STUDY, [THIRD], IDLE),
        (EXPERIMENT, [THIRD], IDLE),
        (STUDY, [THIRD, ("[nuisance]", "[nuisance]\ndepth = [2, 3]")], ()),
        (STUDY, [THIRD, ("= 0.3", "= 0.3\nlabel_smoothing = 0.1"), ADDED], IDLE[:1]),
        (EXPERIMENT, [("= 0.3", "= 0.0")], IDLE[1:]),
        (EXPERIMENT, [], ()),
    ],
)
def test_arms_that_differ_in_nothing_that_is_used_are_told(
    tmp_path: Path, text: str, changes: list[tuple[str, str]], told: tuple[str, ...]
) -> None:
    """Whether no trial uses what sets them apart, or nothing does."""
    caveats = plain(check(write(tmp_path, text, *changes), tmp_path))["caveats"]
    assert tuple(one for one in caveats if one in IDLE) == told


NOT_A_PARAMETER = "not a parameter of mlp"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("\ndropout =", "\nmomentum =")], f"arms.none.momentum: {NOT_A_PARAMETER}"),
        ([("dropout = 0.0", "channels2 = 8")], f"arms.none.channels2: {NOT_A_PARAMETER}"),
        ([("[nuisance]", "[nuisance]\ndropout = [0.0, 0.1]")], "also set in [nuisance]"),
        ([("[nuisance]", "[nuisance]\ndropout3 = [0.0, 0.1]")], "used only where depth is 3 or"),
    ],
)
def test_what_no_trial_has_is_refused(
    tmp_path: Path, changes: list[tuple[str, str]], told: str
) -> None:
    """A parameter of another network or optimizer, one set twice, and one tuned for nothing."""
    with pytest.raises(SpecError) as refused:
        check(write(tmp_path, STUDY, *changes), tmp_path)
    assert told in str(refused.value)


def test_the_power_is_told_in_points_once_such_networks_were_measured(
    tmp_path: Path, listener: Listener
) -> None:
    """Before that in standard deviations, which need no measurement."""
    file = write(tmp_path, EXPERIMENT, ("[1, 2]", "[1, 2, 3, 4, 5, 6]"))
    [before] = plain(check(file, tmp_path / "runs", power=True))["power"]
    assert before["n"] == 6
    assert 1.4 < before["smallest_in_sd"] < 1.5
    assert before["smallest"] == "unknown until something like it has been measured here"
    options = RunOptions(runs=tmp_path / "runs", no_mlflow=True, device="cpu", workers=1)
    run_experiment(file, options, listener)
    [after] = plain(check(file, tmp_path / "runs", power=True))["power"]
    assert after["smallest"].endswith("points, as such networks differed here")
    assert float(after["smallest"].split()[0]) > 0


def test_a_dry_run_tells_time_and_room_and_keeps_nothing(
    tmp_path: Path, listener: Listener
) -> None:
    """The weights that it counts are those that a run leaves."""
    file, options = (
        write(tmp_path),
        RunOptions(runs=tmp_path / "runs", no_mlflow=True, device="cpu", workers=1),
    )
    told = plain(dry_run(load_file(file), options, listener.say))
    assert told["seconds_expected"] == pytest.approx(16 * told["seconds_per_epoch"])
    assert told["seconds_per_epoch"] > 0
    assert not (tmp_path / "runs").exists()
    run_study(file, options, listener)
    kept = sum(path.stat().st_size for path in tmp_path.glob("runs/trials/*/checkpoints/*"))
    assert told["bytes_expected"] - 8 * 150_000 == pytest.approx(kept, rel=0.5)
    assert json.dumps(told)


def test_what_ends_a_search_early_is_told(tmp_path: Path) -> None:
    """Minutes and a plateau are limits, and looks may settle it."""
    limits = "trials_per_arm = 4\nminutes = 2\nplateau = 1\n"
    told = shown(check(write(tmp_path, STUDY, ("trials_per_arm = 4\n", limits)), tmp_path))
    after = "after 2 minutes, or when no arm has improved for 1 generations"
    assert f"It may end earlier: {after}." in " ".join(told.split())
    looks = "{ at_most = 30, look = 2 }"
    file = write(tmp_path, EXPERIMENT, ("[1, 2]", looks))
    told = plain(check(file, tmp_path, power=True))
    assert "every 2 seeds" in shown(check(file, tmp_path))
    assert told["power"][0]["smallest_in_sd"] is None
    assert told["caveats"] == []


def test_a_dry_run_counts_only_workers_that_have_something_to_do(
    tmp_path: Path, listener: Listener
) -> None:
    """Four trials at a time keep four of 64 workers busy; a limit of minutes limits it."""
    told = {}
    for workers in (1, 4, 64):
        options = RunOptions(runs=tmp_path / "runs", no_mlflow=True, device="cpu", workers=workers)
        document = plain(dry_run(load_file(write(tmp_path)), options, listener.say))
        told[workers] = document["seconds_expected"] / document["seconds_per_epoch"]
    assert told == {1: pytest.approx(16), 4: pytest.approx(4), 64: pytest.approx(4)}
    few = ("trials_per_arm = 4\n", "trials_per_arm = 4\nminutes = 1e-5\n")
    limited = write(tmp_path, STUDY, few)
    options = RunOptions(runs=tmp_path / "runs", no_mlflow=True, device="cpu", workers=1)
    told = plain(dry_run(load_file(limited), options, listener.say))
    assert told["seconds_expected"] == pytest.approx(6e-4)


def test_a_dry_run_names_the_gpu_and_tries_nothing_there(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the run's first line would; where the CPU is cheaper that is told with its minutes."""
    gpu, options = MadeUpGpu(), RunOptions(runs=tmp_path / "runs", no_mlflow=True, workers=1)
    gpu.put_in(monkeypatch)
    told = " ".join(shown(dry_run(load_file(write(tmp_path)), options, listener.say)).split())
    assert "Training on the GPU (Tesla Z), at most 4 trials together: how and how long" in told
    assert gpu.tried == []
    monkeypatch.undo()
    gpu.put_in(monkeypatch, dear=False)
    told = " ".join(shown(dry_run(load_file(write(tmp_path)), options, listener.say)).split())
    why = "the whole study costs less there than a GPU's set-up would"
    assert f"of training here, on one process of the CPU ({why}) at" in told
    assert (gpu.tried, gpu.looked) == ([], 1)


@pytest.mark.parametrize(("whole", "seconds"), [(100_000, 100.0), (1_500, 3.5)])
def test_the_time_of_an_epoch_leaves_out_what_beginning_takes(whole: int, seconds: float) -> None:
    """Where two tries differ by enough; of less data it is the longer of the two."""

    def trying(_: str, images: int) -> tuple[float, float]:
        trained = min(images, whole)
        return trained / whole, 2.0 + trained * 1e-3

    assert seconds_of_epoch(trying, 1_000) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("lag", "unseen", "said"),
    [
        ([0, 1], 2, "with an eighth unseen, lost a fifth to half of its lead"),
        ([1, 1], 4, "with a quarter unseen, lost about half of its lead"),
        ([2, 4], 12, "with a quarter unseen, lost about half of its lead"),
    ],
)
def test_a_check_tells_what_a_lag_costs(
    tmp_path: Path, lag: list[int], unseen: int, said: str
) -> None:
    """How many trials are unseen when a generation is asked, and what that was seen to do."""
    search = f'sampler = "tpe"\npruner = "halving"\ngeneration = 4\neta = 2\nlag = {lag}'
    changes = ('sampler = "random"\ngeneration = 2', search), ("arm = 4", "arm = 24")
    file = write(tmp_path, STUDY, *changes)
    told = " ".join(shown(check(file, tmp_path)).split())
    assert f"up to {unseen} of the 24 trials" in told
    assert said in told
