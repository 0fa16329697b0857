"""Run every shipped study and experiment with a checkout, and compare two such runs bit for bit.

::

    python -m tests.equal_lists run ../before /tmp/before
    python -m tests.equal_lists run . /tmp/now
    python -m tests.equal_lists compare /tmp/before /tmp/now

A list is what each trial was given, how it ended, every figure of every epoch but its time, the
digest of its weights and its test scores. Both runs have to be of one machine: bits depend on the
processor. The CNN files are cut to 5,400 images, and the experiment to two seeds.
"""

import os
import re
import subprocess
import sys
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from fashion_bench.app.browse import read_study
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.training.files import TrialFiles

CUT = "train_images = 5400\nvalid_images = 600\n"
TIMES = ("seconds", "processor_seconds", "ended_at")


def files_of(checkout: Path) -> list[Path]:
    """The shipped files, studies first."""
    return [
        file for kind in ("studies", "experiments") for file in (checkout / kind).glob("*.toml")
    ]


def run(checkout: Path, folder: Path) -> None:
    """Run all files of a checkout with its own code, each into a folder of its own."""
    checkout = checkout.resolve()
    for file in files_of(checkout):
        text, home = file.read_text(), folder.resolve() / file.stem
        if file.stem.startswith("cnn"):
            text = re.sub(r"seeds = \[.*?\]", "seeds = [1, 2]", text, flags=re.S)
            text = text.replace("[fixed]\n", f"[fixed]\n{CUT}") if "[fixed]" in text else text
            text = text if CUT in text else text.replace("\n[", f"\n[fixed]\n{CUT}\n[", 1)
        home.mkdir(parents=True, exist_ok=True)
        (home / file.name).write_text(text)
        kind = "study" if file.parent.name == "studies" else "experiment"
        subprocess.run(
            [
                *(sys.executable, "-m", "fashion_bench", kind, "run", home / file.name),
                *("--runs", home / "runs", "--device", "cpu"),
            ],
            env=os.environ | {"PYTHONPATH": str(checkout)},
            cwd=checkout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        print(f"{file.stem}: done", flush=True)


def listed(study: StudyRecord, runs: Path) -> list[dict[str, Any]]:
    """A study's list of trials, stage by stage, without anything that a clock says."""
    return [
        _plain(trial, TrialFiles(runs / "trials" / stage.name))
        for stage in study.stages
        for trial in stage.trials
    ]


def _weights(path: Path) -> str:
    """The digest of a checkpoint's weights: what else is in its file differs between versions."""
    digest = sha256()
    for name, tensor in torch.load(path, weights_only=True)["state_dict"].items():
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


def _plain(trial: TrialRecord, files: TrialFiles) -> dict[str, Any]:
    history = [
        {name: repr(figure) for name, figure in asdict(epoch).items() if name not in TIMES}
        for epoch in trial.history
    ]
    scores = {name: (score.accuracy, score.loss) for name, score in trial.tests.items()}
    return {
        "trial": trial.trial_id,
        "config": trial.config,
        "params": dict(trial.params),
        "outcome": trial.outcome,
        "history": history,
        "weights": _weights(file) if (file := files.checkpoint(trial.trial_id)).exists() else None,
        "scores": scores,
    }


def compare(before: Path, now: Path) -> bool:
    """Tell of each study whether both lists are the same."""
    same = True
    for home in sorted(path for path in before.iterdir() if path.is_dir()):
        one, other = (
            listed(read_study(each / home.name / "runs", home.name), each / home.name / "runs")
            for each in (before, now)
        )
        equal = one == other
        same = same and equal and bool(one)
        epochs = sum(len(trial["history"]) for trial in one)
        print(
            f"{home.name}: {len(one)} trials, {epochs} epochs, {'equal' if equal else 'DIFFERENT'}"
        )
    return same


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", checkout, folder]:
            run(Path(checkout), Path(folder))
        case ["compare", before, now]:
            sys.exit(not compare(Path(before), Path(now)))
        case _:
            sys.exit(__doc__)
