"""What to type next: the answer to `fashion-bench` alone, here and now."""

from pathlib import Path
from textwrap import fill

from fashion_bench.app.live import read_live
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.database import identity
from fashion_bench.search.shipped import shipped

_LATEST = 3  # of what was begun; of all there is `study list`
_SMALL = "smoke"  # the shipped study of a minute


def next_steps(runs: Path) -> str:
    """Return the commands that lead on from what a folder of runs holds, each with its use.

    Raises:
        FashionBenchError: what it holds cannot be read.
    """
    runs_folder = RunsFolder(runs)
    names = runs_folder.names()
    if not names and identity(runs / "ledger.db"):
        names = runs_folder.reading().names()  # says why, where it cannot be read
    if not names:
        first = {
            f"fashion-bench study run {_SMALL}": "a small study, a minute: does all work here?",
            f"fashion-bench compare {_SMALL}": "what it says of its two arms",
            "fashion-bench ui": "every trial of it, in a browser",
        }
        others = ", ".join(name for name in shipped("study") if name != _SMALL)
        more = fill(f"Other studies that are shipped run by name, too: {others}.", 80)
        return (
            f"No study or experiment was run in this folder yet. Begin with:\n\n{_lines(first)}\n"
            f"{more}\n`fashion-bench init` copies them and the shipped experiments,\n"
            "`fashion-bench new NAME` writes a study of your own, and\n"
            "`fashion-bench --help` lists every command.\n"
        )
    steps = dict[str, str]()
    for name in reversed(names[-_LATEST:]):
        steps |= _going_on(runs_folder, name)
    steps |= {
        f"fashion-bench compare {names[-1]}": f"what {names[-1]} says, which began last",
        "fashion-bench study list": f"all that was begun here: {len(names)}",
        "fashion-bench ui": "every trial, in a browser",
        "fashion-bench --help": "every command",
    }
    return f"Next, in this folder:\n\n{_lines(steps)}"


def _going_on(runs_folder: RunsFolder, name: str) -> dict[str, str]:
    """Return what looks on at a study that runs, or goes on with one that was stopped."""
    if runs_folder.driver(name) is not None:
        return {f"fashion-bench watch {name}": f"look on at {name}, which is running"}
    live = read_live(runs_folder, name)
    if live is None or live.doing == "ended" or not live.command:
        return {}
    return {live.command: f"go on with {name}, which was stopped"}


def _lines(steps: dict[str, str]) -> str:
    wide = max(map(len, steps))
    return "".join(f"  {command:<{wide}}   {use}\n" for command, use in steps.items())
