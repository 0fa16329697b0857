"""What a shell completes: commands, studies that were begun, files and networks, at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class

from fashion_bench.cli import cli
from tests.app.small_files import write
from tests.finished import Finished
from tests.saying import Say
from tests.saying import say as say
from tests.test_cli import HEAVY

VARIABLE = "_FASHION_BENCH_COMPLETE"


def completed(*words: object) -> list[tuple[str, str]]:
    """What stands for the last of these words, each with how a shell takes it."""
    found = get_completion_class("bash")
    assert found is not None
    *before, begun = map(str, words)
    items = found(cli, {}, "fashion-bench", VARIABLE).get_completions(before, begun)
    return [(item.type, item.value) for item in items]


def plain(*values: str) -> list[tuple[str, str]]:
    """The same, of words as they are."""
    return [("plain", value) for value in values]


def test_a_name_is_of_what_was_begun(finished: Finished, tmp_path: Path) -> None:
    """In the folder of runs that is named; nothing where there is none."""
    at = ("--runs", finished.runs)
    assert completed("compare", *at, "") == plain("s", "e")
    assert completed("compare", *at, "s", "") == plain("s", "e")
    assert completed("study", "show", *at, "e") == plain("e")
    assert completed("model", "export", *at, "") == plain("s", "e")
    assert completed("watch", "--runs", tmp_path, "") == []


def test_a_file_is_shipped_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name of the kind that the command runs; of what we do not know the shell does."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path).rename("small.toml")
    (tmp_path / "own").mkdir()
    write(tmp_path / "own")
    assert completed("study", "run", "sm") == plain("smoke", "small.toml")
    assert completed("study", "run", "own") == plain("own/file.toml")
    assert completed("experiment", "run", "mlp_r") == plain("mlp_rotated")
    assert completed("study", "check", "mlp_") == plain(
        *("mlp_dropout", "mlp_dropout_effect", "mlp_hidden_grid", "mlp_tuned"),
        *("mlp_baseline", "mlp_rotated", "mlp_tuned_measured"),
    )
    assert completed("predict", "cn") == [("file", "cn")]
    assert completed("study", "run", "/tmp/") == [("file", "/tmp/")]
    assert completed("study", "list", "--runs", "o") == [("dir", "o")]


def test_networks_and_commands_are_known() -> None:
    """Networks by the name that a file gives them."""
    assert completed("parameters", "") == plain("cnn", "mlp")
    assert completed("new", "mine", "--model", "m") == plain("mlp")
    assert completed("comp") == plain("compare", "completion")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(say: Say, shell: str) -> None:
    """It is click's own, for our name."""
    said = say("completion", shell)
    assert (said.code, said.told) == (0, "")
    assert f"{VARIABLE}={shell}_complete" in said.printed


def test_it_is_quick(finished: Finished) -> None:
    """What is completed imports nothing heavy."""
    words = f"fashion-bench compare --runs {finished.runs} "
    script = f"""
import os, sys
os.environ |= {{"{VARIABLE}": "bash_complete", "COMP_WORDS": {words!r}, "COMP_CWORD": "4"}}
from fashion_bench.cli import cli
try:
    cli.main(prog_name="fashion-bench")
finally:
    print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    *found, modules = done.stdout.splitlines()
    assert found == ["plain,s", "plain,e"]
    assert not (HEAVY | {"alembic", "pydantic", "sqlalchemy"}) & set(modules.split())


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_a_real_bash_completes(finished: Finished, tmp_path: Path) -> None:
    """With the line that the help tells: its function for the command fills what it offers."""
    typed = """
eval "$(fashion-bench completion bash)"
function=$(complete -p fashion-bench | sed 's/.*-F \\([^ ]*\\).*/\\1/')
COMP_WORDS=(fashion-bench compare --runs "$1" '')
COMP_CWORD=4
$function fashion-bench
echo "${COMPREPLY[*]}"
"""
    program = tmp_path / "fashion-bench"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m fashion_bench "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", typed, "bash", finished.runs],
        env=os.environ | {"PATH": path}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("s e\n", "")
