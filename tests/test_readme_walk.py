"""The walk in the README: each of its files is written, each of its commands run, in its order."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_walk(tmp_path: Path) -> None:
    """A network and arrays of one's own, a question of two arms, an answer; then from Python."""
    (walk,) = re.findall(r"^## A question of your own\n(.*?)^## ", README.read_text(), re.M | re.S)
    said = {}
    for kind, text in BLOCK.findall(walk):
        if kind == "console":
            for command in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
                said[command] = run(command, tmp_path)
            continue
        name = text.partition("\n")[0].removeprefix("# ")
        (tmp_path / name).write_text(text)
    said["python mine.py"] = run("python mine.py", tmp_path)
    answer = said["fashion-bench compare mine_measured"].split("\n\n")[0]
    assert "than relu" in answer  # better, worse, or that nobody can tell
    assert "focal" in said["python mine.py"]
    assert (tmp_path / "measure.toml").read_text().startswith("# ")


def run(command: str, folder: Path) -> str:
    """Run a command as a user would, with this interpreter's programs; return what it prints."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    root = str(README.parent)
    environment = os.environ | {"PATH": path, "PYTHONPATH": root, "COLUMNS": "100"}
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
