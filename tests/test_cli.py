"""The command line: what a person types, and every word that comes back."""

import io
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import click
import pytest

from fashion_bench.cli import GO_ON, STOPPED, STOPPED_FOR_GOOD, STOPS, cli
from fashion_bench.search.resolve import load_file
from tests.app.small_files import EXPERIMENT, STUDY, write
from tests.finished import Finished, copy_runs, start
from tests.mlflow_server import free_port
from tests.saying import Said, Say
from tests.saying import say as say

README = Path(__file__).parents[1] / "README.md"
HEAVY = {"torch", "optuna", "mlflow", "pandas", "numpy", "scipy", "sklearn", "matplotlib", "rich"}


def commands(command: click.Command = cli, *words: str) -> Iterator[tuple[str, click.Command]]:
    """Every command with the words it is called by; groups too."""
    yield " ".join(("fashion-bench", *words)), command
    for name, sub in getattr(command, "commands", {}).items():
        yield from commands(sub, *words, name)


COMMANDS = dict(commands())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with what it holds, but for locks and sqlite's own."""
    passing = (".lock", "-shm", "-wal")
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if not path.name.endswith(passing)
    }


# Help ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", COMMANDS)
def test_every_help_ends_with_an_example(words: str) -> None:
    """It is a command that exists, of the group it is shown in, with options that it has."""
    last = (COMMANDS[words].help or "").strip().splitlines()[-1].strip()
    assert last.startswith("Example: ")
    example = last.removeprefix("Example: ")
    assert example.startswith(words)
    shown = max((known for known in COMMANDS if example.startswith(known)), key=len)
    has = {option for parameter in COMMANDS[shown].params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", example)) <= has
    for file in re.findall(r"\S+\.toml", example):
        assert (README.parent / file).exists()


def test_help_cuts_no_command_short(say: Say) -> None:
    """At 80 columns every command is told in whole words."""
    for group in ((), ("study",), ("experiment",), ("model",), ("data",), ("db",)):
        assert "..." not in say(*group, "--help").printed.partition("Commands:")[2]


def test_the_readme_names_commands_that_exist() -> None:
    """Nobody is sent to a command that is not there; every command is in the README."""
    named = set(re.findall(r"fashion-bench((?: [a-z-]+)+)", README.read_text("utf-8")))
    known = {words.removeprefix("fashion-bench") for words in COMMANDS}
    for words in named:
        assert any(words == name or words.startswith(f"{name} ") for name in known if name), words
    leaves = {
        words.removeprefix("fashion-bench")
        for words, command in COMMANDS.items()
        if not isinstance(command, click.Group)
    }
    assert leaves <= named


def test_help_imports_nothing_heavy() -> None:
    """Every help text is there at once, whatever the libraries take to load."""
    script = """
import sys
from fashion_bench.cli import cli
for words in sys.argv[1:]:
    cli.main([*words.split()[1:], "--help"], standalone_mode=False)
print(*sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", script, *COMMANDS], capture_output=True, text=True, check=True
    )
    assert "Example: fashion-bench ui --port 5001" in run.stdout
    assert not HEAVY & set(run.stdout.splitlines()[-1].split())


# Reading ---------------------------------------------------------------------------------------


def test_a_run_prints_json_and_nothing_else(finished: Finished) -> None:
    """Through a pipe, standard output is one JSON value; progress is plain lines beside it."""
    told = json.loads(finished.study_printed)
    assert (told["name"], told["finished"], told["planned"]) == ("s", 8, 8)
    lines = finished.study_told.splitlines()
    assert lines[:2] == [
        "Training on the CPU, one trial in each process.",
        "s starts; 8 trials in 2 arms",
    ]
    best = r"best \w+ 0\.\d{4}, \w+ 0\.\d{4}"
    ends = [line for line in lines[2:] if line.endswith(" of 8 trials")]
    # When both arms have finished their first generation one may be ahead by trials of its second.
    assert re.fullmatch(rf"\d\d %, (\d+ \w+ left, )?{best}, [4-6] of 8 trials", ends[0])
    assert re.fullmatch(rf"100 %, {best}, 8 of 8 trials", ends[-1])


def test_an_experiment_prints_means_and_tells_a_terminal(finished: Finished) -> None:
    """Mean ± standard deviation of each arm; on a terminal a bar, elsewhere no control codes."""
    assert len(re.findall(r"\b0\.\d{4} ± 0\.\d{4}", finished.experiment_printed)) == 4
    assert "\x1b" not in finished.experiment_printed
    assert f"fashion-bench ui --runs {finished.runs}" in finished.experiment_printed
    assert re.search(r"100 %, best \w+ 0\.\d{4}, \w+ 0\.\d{4}, 4 of 4", finished.experiment_told)
    assert "Opening the 10,000 test images, which is allowed once." in finished.experiment_told


@pytest.mark.parametrize(
    "words",
    [
        ("study", "list"),
        ("study", "show", "s"),
        ("study", "show", "e"),
        ("compare", "s"),
        ("compare", "e"),
    ],
)
def test_what_reads_has_json(say: Say, finished: Finished, words: tuple[str, ...]) -> None:
    """With --json the whole output is one JSON value; without it, text that names the study."""
    plain = say(*words, "--runs", finished.runs)
    data = say(*words, "--runs", finished.runs, "--json")
    assert (plain.code, plain.told, data.code, data.told) == (0, "", 0, "")
    assert "s (study)" in plain.printed or "e " in plain.printed
    found = json.loads(data.printed)
    assert found if words == ("study", "list") else found["name"] == words[-1]


def test_parameters_are_listed_for_people_and_for_programs(say: Say) -> None:
    """Of one network those that it has, with what a file may write; of none there is, one line."""
    printed = say("parameters", "mlp").printed
    rows = json.loads(say("parameters", "mlp", "--json").printed)
    assert {row["name"]: row["default"] for row in rows} == {
        "lr": 1e-3,
        "dropout": 0,
        "weight_decay": 0,
        "label_smoothing": 0,
        "schedule": "constant",
        "clip": 0,
        "hidden": 250,
        "hidden2": 100,
        "depth": 2,
        "activation": "relu",
        **{f"hidden{layer}": 100 for layer in (3, 4, 5, 6)},
        **{f"dropout{layer}": 0 for layer in (2, 3, 4, 5, 6)},
        "batch_size": 64,
        "optimizer": "adam",
        "loss": "cross_entropy",
        "augment": "none",
        "beta1": 0.9,
        "beta2": 0.999,
        "eps": None,
        "alpha": 0.99,
        "momentum": 0,
        "nesterov": False,
        "source": "fashion_mnist",
        "train_images": 54_000,
        "valid_images": 6_000,
    }
    for row in rows:
        (line,) = (one for one in printed.splitlines() if one.split()[:1] == [row["name"]])
        assert all(row[part] in line for part in ("legal", "decides", "meaning"))
    wrong = say("parameters", "mlpp")
    assert (wrong.code, wrong.told) == (
        2,
        "Error: MODEL: no such network (given: 'mlpp'); did you mean 'mlp'?\n",
    )


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (
            "e",
            "Cannot tell whether dropout is better than none in test accuracy: "
            "2 pairs of seeds are too few, a verdict takes 6.",
        ),
        (
            "s",
            "Ahead so far: ",
        ),
    ],
)
def test_a_comparison_opens_with_its_answer(
    say: Say, finished: Finished, tmp_path: Path, name: str, answer: str
) -> None:
    """One sentence, the same in both forms; pictures go to a folder, their names beside it."""
    words = ("compare", name, "--runs", finished.runs)
    assert say(*words).printed.splitlines()[0].startswith(answer)
    said = say(*words, "--json", "--figures", tmp_path / "figures")
    assert said.code == 0
    assert json.loads(said.printed)["answer"].startswith(answer)
    files = [Path(line) for line in said.told.splitlines()]
    assert len(files) > 1
    assert sorted(files) == sorted((tmp_path / "figures").iterdir())


def test_in_a_pipe_no_line_is_broken(say: Say) -> None:
    """Where no terminal sets a width, lines are as long as they need to be."""
    printed = say("parameters", "mlp").printed
    assert re.search(r"^ optimizer .*what changes the weights at a step", printed, re.MULTILINE)


def test_a_process_prints_json_and_nothing_else(finished: Finished) -> None:
    """A real process, libraries and all, adds nothing to it."""
    with start("study", "show", "e", "--runs", finished.runs, "--json") as shown:
        printed, told = shown.communicate()
    assert told == ""
    assert {trial["test_accuracy"] is None for trial in json.loads(printed)["trials"]} == {False}


def test_a_study_that_only_diverged_is_json(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that is not there is null."""
    exploding = ("[fixed]", "[fixed]\nlr = 1e30")
    file = write(tmp_path, STUDY, exploding, ("lr = {", "weight_decay = {"))
    runs = ("--runs", tmp_path / "runs")
    run = say(
        "study", "run", file, "--workers", "1", "--device", "cpu", "--json", "--no-mlflow", *runs
    )
    assert run.code == 0, run.told
    found = json.loads(run.printed, parse_constant=pytest.fail)
    assert [arm["diverged"] for arm in found["arms"]] == [4, 4]
    assert found["best"] is None
    for words in (("study", "list"), ("study", "show", "s"), ("compare", "s")):
        json.loads(say(*words, *runs, "--json").printed, parse_constant=pytest.fail)
        assert say(*words, *runs).code == 0


def test_a_terminal_without_our_letters_is_written_to(
    finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ASCII lacks is shown escaped, without a traceback."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    with start("compare", "e", "--runs", finished.runs) as shown:
        printed, told = shown.communicate()
    assert (shown.returncode, told) == (0, "")
    assert r"\xb1" in printed


DESTRUCTOR = """
import os, signal, sys, time
from fashion_bench import cli
class Lost:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            pass
@cli.cli.command()
def lose():
    Lost()
    time.sleep(60)
sys.argv[1:] = ["lose"]
cli.main()
"""


def test_a_signal_that_python_swallows_stops_all_the_same() -> None:
    """What is raised in a destructor is ignored there, so it is raised again."""
    ended = subprocess.run(
        [sys.executable, "-c", DESTRUCTOR], capture_output=True, text=True, timeout=50
    )
    assert ended.returncode == 128 + signal.SIGTERM
    assert ended.stderr == f"{STOPPED_FOR_GOOD}\n"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, click.Abort])
@pytest.mark.parametrize(
    ("command", "given", "told"),
    [
        ("study run", "smoke", STOPPED),
        ("experiment run", "cnn", STOPPED),
        ("study promote", "s", STOPPED),
        ("sync", "", STOPPED),
        ("init", "", STOPPED),
        ("study run", "smoke --dry-run", STOPPED_FOR_GOOD),
        ("experiment run", "cnn --dry-run", STOPPED_FOR_GOOD),
        ("new", "mine", STOPPED_FOR_GOOD),
        ("predict", "shoe.png", STOPPED_FOR_GOOD),
        ("model export", "s", STOPPED_FOR_GOOD),
        ("compare", "s --figures figures", STOPPED_FOR_GOOD),
        ("report", "s", STOPPED_FOR_GOOD),
    ],
)
def test_it_is_said_to_go_on_where_it_does(
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
    stop: type[BaseException],
    command: str,
    given: str,
    told: str,
) -> None:
    """What keeps nothing of what it did begins anew, stopped by Ctrl-C or where input ends."""

    def stopped(**_: object) -> None:
        raise stop

    assert {f"fashion-bench {name}" for name in GO_ON} <= COMMANDS.keys()
    monkeypatch.setattr(COMMANDS[f"fashion-bench {command}"], "callback", stopped)
    said = say(*command.split(), *given.split())
    assert (said.code, said.told.lstrip()) == (128 + signal.SIGINT, f"{told}\n")  # behind ^C


IMPORTING = """
import os, signal, sys, time
from fashion_bench import cli
sys.path.insert(0, sys.argv[1])
@cli.cli.command()
def look():
    import foreign
    time.sleep(60)
@cli.cli.command()
def run():
    with cli._progress(err=True):
        import foreign
        time.sleep(60)
sys.argv[1:] = [sys.argv[2]]
cli.main()
"""
# Where in a module of somebody else's a signal comes, which may take what is raised for its own.
PLACES = {
    "in its code": "kill()",
    "in what it imports": "import foreign_too",
    "in what C calls": "sorted([2], key=kill)",
    "where it catches all": "try:\n    kill()\nexcept BaseException:\n    pass",
    "in a class of its": "class Its:\n    kill()",
}


def heed_signals() -> None:
    """Heed what a shell makes its background jobs ignore."""
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize(("place", "number"), list(zip(PLACES, [*STOPS, *STOPS], strict=False)))
def test_a_signal_in_an_import_stops_at_once(
    tmp_path: Path, place: str, number: signal.Signals
) -> None:
    """Nothing is raised there; while a terminal shows progress the import is waited for."""
    kill = f"import os\ndef kill(_=0):\n    os.kill(os.getpid(), {int(number)})\n    return 0\n"
    (tmp_path / "foreign.py").write_text(f"{kill}{PLACES[place]}\nos.write(1, b'whole')\n")
    (tmp_path / "foreign_too.py").write_text(f"{kill}kill()\n")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORTING, str(tmp_path), command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_signals,
        )
        for command in ("look", "run")
    ]
    for process, printed in zip(started, ("", "whole"), strict=True):
        out, told = process.communicate(timeout=50)
        assert (out, told.lstrip()) == (printed, f"{STOPPED_FOR_GOOD}\n")
        assert process.returncode == 128 + number


HOOKED = """
import os, signal, sys
from fashion_bench.cli import main
module = sys.argv.pop()
class Hook:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGTERM)
sys.meta_path.insert(0, Hook())
main()
"""


@pytest.mark.parametrize(
    "module",
    [
        "numpy.linalg",
        *(
            pytest.param(deep, marks=pytest.mark.faults)
            for deep in (
                "numpy._core._multiarray_umath",
                "sqlalchemy.orm.session",
                "optuna.trial",
                "mlflow.entities",
                "torch.nn.modules.linear",
                "pydantic_core",
            )
        ),
    ],
)
def test_a_signal_in_an_import_of_ours_stops_at_once(
    finished: Finished, tmp_path: Path, module: str
) -> None:
    """Deep in one of the libraries that we stand on, it says so and nothing else."""
    command = ["sync", "--runs", finished.runs]
    if module.startswith("torch"):
        command = ["report", "s", "--runs", finished.runs, "--out", tmp_path]
    run = subprocess.run(
        [sys.executable, "-c", HOOKED, *map(str, command), module],
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = STOPPED_FOR_GOOD if "report" in command else STOPPED
    assert run.stderr == f"{told}\n"
    assert run.returncode == 128 + signal.SIGTERM


ENDING = """
import atexit, os, signal, sys
from fashion_bench import cli
atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))
sys.argv[1:] = ["--version"]
cli.main()
"""


def test_a_signal_after_the_end_leaves_no_traceback() -> None:
    """While the interpreter ends nothing of ours catches what would be raised."""
    ended = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True)
    assert ended.stderr == ""
    assert ended.returncode == 128 + signal.SIGTERM


def test_a_reader_that_goes_away_ends_it_quietly(finished: Finished) -> None:
    """``| head`` draws no traceback."""
    with start("study", "show", "s", "--runs", finished.runs) as shown:
        assert shown.stdout is not None
        assert shown.stderr is not None
        shown.stdout.close()
        assert shown.stderr.read() == ""
    assert shown.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output_that_cannot_be_written_is_told(finished: Finished) -> None:
    """A full disk under ``> file`` is one line, exit 1."""
    with (
        Path("/dev/full").open("w") as full,
        start("study", "show", "s", "--runs", finished.runs, stdout=full) as shown,
    ):
        _, told = shown.communicate()
    assert shown.returncode == 1
    assert told.startswith("Error: standard output: cannot be written: No space left on device; ")
    assert len(told.splitlines()) == 1


# Mistakes --------------------------------------------------------------------------------------

REAL = ('source = "synthetic"\n', "")
FILES: dict[str, tuple[str, tuple[tuple[str, str], ...], str]] = {
    "an unknown key": (STUDY, (("seed", "sedd"),), "sedd: unknown key; did you mean 'seed'?"),
    "a wrong type": (STUDY, (("epochs = 2", 'epochs = "two"'),), "(given: 'two')"),
    "out of range": (STUDY, (("epochs = 2", "epochs = 0"),), "epochs: not a legal value (given: 0"),
    "a rung above epochs": (STUDY, (("[1, 2]", "[1, 5]"),), "rungs: above epochs (given: 5)"),
    "an unknown sampler": (STUDY, (("random", "cma"),), "search.sampler: not a legal value"),
    "no arms": (
        STUDY,
        (("[arms.none]\ndropout = 0.0\n[arms.dropout]\ndropout = 0.3", "[arms]"),),
        "arms:",
    ),
    "no TOML": (STUDY, (("[fixed]", "[fixed"),), "not TOML"),
    "an experiment": (EXPERIMENT, (), "run `fashion-bench experiment run"),
}


@pytest.mark.parametrize("mistake", FILES)
def test_a_mistake_in_a_file_is_one_line(say: Say, tmp_path: Path, mistake: str) -> None:
    """It says where and what, exit 2, and no folder is made."""
    text, changes, expected = FILES[mistake]
    file = write(tmp_path, text, *changes)
    said = say("study", "run", file, "--runs", tmp_path / "runs")
    assert (said.code, said.printed) == (2, "")
    assert said.told.startswith(f"Error: {file}: ")
    assert expected in said.told
    assert len(said.told.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [file]


def _nothing(_: Path) -> None:
    pass


def _file_in_the_way(folder: Path) -> None:
    (folder / "runs").write_text("mine")


def _wrong_images(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "train-images-idx3-ubyte").write_bytes(b"no images")


def _no_data_folder(folder: Path) -> None:
    (folder / "data").write_text("mine")


def _broken_ledger(folder: Path) -> None:
    (folder / "runs").mkdir()
    (folder / "runs" / "ledger.db").write_bytes(b"no database" * 1000)


RUN = "study run file.toml --runs runs --data data"
MISTAKES: dict[str, tuple[Callable[[Path], None], str, int, str]] = {
    "no such file": (_nothing, "study run nowhere.toml", 2, "nowhere.toml: no such file"),
    "a study as experiment": (_nothing, "experiment run file.toml", 2, "lists no seeds"),
    "again for nothing": (
        _nothing,
        "experiment run file.toml --again= --runs runs",
        2,
        "--again: no reason; say why to open the test images once more",
    ),
    "no GPU": (_nothing, f"{RUN} --device cuda", 2, "--device: no CUDA device is here"),
    "no such size": (_nothing, f"{RUN} --cohort-size 3", 2, "--cohort-size: no size"),
    "a file as runs": (
        _file_in_the_way,
        RUN,
        2,
        "--runs: is a file, and no folder (given: 'runs')",
    ),
    "a place without room": (_nothing, "study run file.toml --runs /proc/x", 1, "/proc/x: cannot"),
    "a broken ledger": (_broken_ledger, RUN, 1, "runs/ledger.db: the ledger cannot be read"),
    "listing a broken ledger": (_broken_ledger, "study list", 1, "file is not a database"),
    "a file as data": (
        _no_data_folder,
        "data fetch --data data",
        2,
        "--data: is a file, and no folder",
    ),
    "wrong images": (_wrong_images, "data fetch --data data", 2, "is not the published file"),
    "listing nothing": (_nothing, "study list", 2, "runs: holds no study or experiment; run one"),
    "listing a file": (_file_in_the_way, "study list", 2, "--runs: is a file, and no folder"),
    "drawing into a file": (_nothing, "compare s --figures /dev/null", 2, "--figures: is a file"),
    "exporting into a file": (_nothing, "study export s --out /dev/null", 2, "--out: is a file"),
    "below a file": (_nothing, "study list --runs /dev/null/x", 2, "--runs: cannot be used: Not a"),
    "an unset variable": (_nothing, "study list --runs=", 2, "--runs: is empty"),
    "a name without end": (_nothing, f"study list --runs {'x' * 5000}", 2, "File name too long"),
    "a file's, too": (_nothing, f"study check {'x' * 300}", 2, "cannot be read (File name too"),
    "bytes in a name": (_nothing, "ui --runs \udcff", 2, "--runs: is no text in UTF-8"),
    "bytes in a file's": (_nothing, "study run \udcff.toml", 2, "FILE: is no text in UTF-8"),
    "showing nothing": (
        _nothing,
        "study show s",
        2,
        "s: not run yet; fashion-bench study",
    ),
    "comparing nothing": (
        _nothing,
        "compare s --json",
        2,
        "s: not run yet; fashion-bench study",
    ),
    "exporting nothing": (
        _nothing,
        "study export s",
        2,
        "s: not run yet; fashion-bench study",
    ),
    "promoting nothing": (_nothing, "study promote s", 2, "holds no study or experiment"),
    "removing nothing": (
        _nothing,
        "study rm s --yes",
        2,
        "s: not run yet; fashion-bench study",
    ),
    "copying into a file": (_nothing, "init file.toml", 2, "DIR: is a file, and no folder"),
    "copying to no place": (
        _nothing,
        "init /proc/x",
        1,
        "/proc/x/studies/cnn_dropout.toml: cannot",
    ),
    "writing to no place": (
        _nothing,
        "new mine --arm dropout=0,0.5 --tune lr --out /proc/x",
        1,
        "/proc/x/mine.toml: cannot be written",
    ),
    "syncing nothing": (_nothing, "sync", 2, "holds no study or experiment"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    """It says where, what and what to do, with its exit code; what was there stays as it is."""
    prepare, words, code, expected = MISTAKES[mistake]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    write(tmp_path)
    prepare(tmp_path)
    before = tree(tmp_path)
    said = say(*words.split())
    assert (said.code, said.printed) == (code, "")
    assert said.told.startswith("Error: ")
    assert expected in said.told
    assert "; " in said.told
    assert len(said.told.splitlines()) == 1
    assert tree(tmp_path) == before


@pytest.mark.parametrize("part", ["data", "folder"])
def test_a_study_refuses_wrong_data(say: Say, tmp_path: Path, part: str) -> None:
    """Real images are asked for and others found: one line, and no study is begun."""
    file = write(tmp_path, STUDY, REAL)
    (_wrong_images if part == "data" else _no_data_folder)(tmp_path)
    data, runs = tmp_path / "data", tmp_path / "runs"
    said = say("study", "run", file, "--data", data, "--runs", runs, "--device", "cpu")
    assert said.code == 2
    assert said.told.startswith(f"Error: {data}" if part == "data" else "Error: --data: is a file")
    assert len(said.told.splitlines()) == 1
    assert not runs.exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("nope", "No such command 'nope'."),
        ("study run file.toml --workers 0", "0 is not in the range 1<=x<=1024."),
        ("study run file.toml --device tpu", "'tpu' is not one of 'auto', 'cpu', 'cuda'."),
        ("study run", "Missing argument 'FILE'."),
        ("study run file.toml --again twice", "No such option"),
        ("ui --port 0", "0 is not in the range"),
        ("study export s --format xml", "'xml' is not one of 'csv', 'parquet', 'json'."),
        ("study promote s --top 0", "0 is not in the range x>=1."),
        ("study promote s --detect 0", "0.0 is not in the range 0.05<=x<=100."),
    ],
)
def test_a_mistake_in_the_words_is_told_with_the_usage(say: Say, words: str, expected: str) -> None:
    """Click's own lines, exit 2."""
    said = say(*words.split())
    assert (said.code, said.printed) == (2, "")
    assert said.told.startswith("Usage: fashion-bench")
    assert said.told.splitlines()[-1].startswith("Error: ")
    assert expected in said.told


@pytest.mark.parametrize(
    "words",
    [
        "study show nope",
        "compare nope",
        "study rm nope --yes",
        "study export nope",
        "study promote nope",
    ],
)
def test_an_unknown_name_is_told(say: Say, finished: Finished, words: str) -> None:
    """One line that sends to the list."""
    said = say(*words.split(), "--runs", finished.runs)
    assert said.code == 2
    assert said.told == (
        f"Error: {finished.runs}/ledger.db: holds no study of this name (given: 'nope'); "
        "see `fashion-bench study list`\n"
    )


@pytest.mark.parametrize(
    ("text", "old", "new", "path"),
    [
        (STUDY, "seed = 3", "seed = 4", "seed"),
        (STUDY, "1e-2", "1e-1", "nuisance.lr.high"),
        (STUDY, "per_arm = 4", "per_arm = 2", "budget.trials_per_arm"),
        (EXPERIMENT, "[1, 2]", "[1, 2, 3]", "seeds"),
    ],
)
def test_a_changed_file_is_refused(
    say: Say, finished: Finished, tmp_path: Path, text: str, old: str, new: str, path: str
) -> None:
    """It says where it differs from what is stored; what is stored stays as it is."""
    file = write(tmp_path, text, (old, new))
    before = tree(finished.runs)
    kind = "experiment" if text is EXPERIMENT else "study"
    said = say(kind, "run", file, "--runs", finished.runs, "--device", "cpu")
    assert said.code == 2
    assert said.told == (
        f"Error: {file}: differs from what was stored, in {path}; "
        "undo that, or give it another name (only [budget] may grow; question, metric and "
        "margin may change)\n"
    )
    assert tree(finished.runs) == before


# Taking along ----------------------------------------------------------------------------------


def test_an_export_prints_where_it_is(
    say: Say, finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files, here unless --out says otherwise; what is there is replaced by --force alone."""
    monkeypatch.chdir(tmp_path)
    export = ("study", "export", "s", "--runs", finished.runs)
    assert say(*export) == Said(0, "s-trials.csv\ns-epochs.csv\n", "")
    before = tree(tmp_path)
    assert say(*export) == Said(
        2,
        "",
        "Error: s-trials.csv: is there already; give --force to replace it, or write elsewhere\n",
    )
    assert tree(tmp_path) == before
    assert say(*export, "--force").code == 0
    out = say(*export, "--out", "out", "--format", "json", "--json")
    assert json.loads(out.printed) == {
        "trials": "out/s-trials.json",
        "epochs": "out/s-epochs.json",
    }
    assert (tmp_path / "out" / "s-epochs.json").exists()


def test_a_promotion_prints_a_file_and_nothing_else(
    say: Say, finished: Finished, tmp_path: Path
) -> None:
    """Standard output is an experiment as those that are shipped; what is told stands beside it."""
    words = ("study", "promote", "s", "--seeds", "0", "--measure", "4", "--runs", finished.runs)
    promoted = say(*words)
    assert promoted.code == 0
    as_data = json.loads(say(*words, "--json").printed)
    assert as_data == {"told": promoted.told.splitlines(), "file": promoted.printed}
    file = tmp_path / "s_measured.toml"
    file.write_text(promoted.printed)
    assert len(load_file(file, "experiment").plan.seeds) == 4
    lines = promoted.printed.splitlines()
    assert lines[0] == "# Does it run?"
    assert lines[lines.index("") - 1] == "#:schema ./experiment.schema.json"
    assert len(promoted.told.splitlines()) == 2
    assert "unconfirmed, is optimistic" in promoted.told


# Removing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["n\n", "\n", ""], ids=["no", "enter", "nothing"])
def test_who_does_not_say_yes_keeps_everything(
    say: Say, finished: Finished, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """It asks with the number of trials; without a yes it removes nothing and exits 2."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    before = tree(finished.runs)
    said = say("study", "rm", "s", "--runs", finished.runs)
    assert said.code == 2
    assert "Remove s with its 8 trials for good? [y/N]:" in said.told
    last = said.told.splitlines()[-1]
    assert last.endswith("Error: s: is kept; answer y, or give --yes, to remove it")
    assert tree(finished.runs) == before


@pytest.mark.parametrize("options", [(), ("--yes",)], ids=["asked", "--yes"])
def test_a_yes_removes(
    say: Say,
    finished: Finished,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
) -> None:
    """Answered or given, a yes removes the study, and --yes is not asked."""
    runs = copy_runs(finished.runs, tmp_path / "runs")
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    said = say("study", "rm", "e", "--runs", runs, *options)
    assert (said.code, said.printed.splitlines()[-1]) == (0, "e is removed.")
    assert ("for good?" in said.told) == (not options)
    assert [
        found["name"]
        for found in json.loads(say("study", "list", "--runs", runs, "--json").printed)
    ] == ["s"]


# Browsing --------------------------------------------------------------------------------------


def test_a_taken_port_is_one_line(say: Say, finished: Finished) -> None:
    """It names the address and what to do."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = say("ui", "--runs", finished.runs, "--port", port)
    assert said.code == 2
    assert said.told == (
        f"Error: port {port}: is taken by another program; "
        f"end that, or choose another, as --port {port + 1}\n"
    )


def test_the_ui_shows_every_study_until_interrupted(finished: Finished) -> None:
    """It prints where the page is that has them; Ctrl-C ends it and all it started, exit 0."""
    port = free_port()
    with start("ui", "--runs", finished.runs, "--port", port, start_new_session=True) as ui:
        assert ui.stdout is not None
        lines: list[str] = []
        while not lines or "ssh -N -L" not in lines[-1]:
            line = ui.stdout.readline()
            assert line, ui.communicate()
            lines.append(line.strip())
        assert lines[0] == f"The studies are at http://127.0.0.1:{port}/start (Ctrl-C ends it)"
        assert len(lines) == 2
        with urlopen(f"http://127.0.0.1:{port}/start", timeout=60) as answer:
            page = answer.read().decode()
        assert page.index("<h2>e</h2>") < page.index("<h2>s</h2>")
        ui.send_signal(signal.SIGINT)
        assert ui.communicate(timeout=60) == ("", "")
    assert ui.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()
