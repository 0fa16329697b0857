"""Ten scripted cheats, in experiments and studies that are run: ``compare`` tells of each."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from fashion_bench.app.compare import compare
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment, run_study
from tests.analysis.conftest import printed
from tests.app.conftest import Listener, killed_after
from tests.app.small_files import EXPERIMENT, STUDY, write

SMALL = (
    ('source = "synthetic"\ntrain_images = 500', 'source = "digits"\ntrain_images = 300'),
    ("valid_images = 200", "valid_images = 100"),
)
SEEDS = "seeds = [1, 2]"


class Cheat:
    """Somebody with a folder of runs, and what ``compare`` tells those who read it."""

    def __init__(self, folder: Path, options: RunOptions) -> None:
        self.folder, self.options = folder, options

    def run(
        self, name: str, seeds: Iterable[int], *changes: tuple[str, str], again: str | None = None
    ) -> None:
        """Run an experiment of two arms with these seeds."""
        every = (('name = "e"', f'name = "{name}"'), (SEEDS, f"seeds = {list(seeds)}"), *SMALL)
        file = write(self.folder, EXPERIMENT, *every, *changes)
        run_experiment(file, self.options, Listener(), again)

    def stop(self, name: str, seeds: Iterable[int], generations: int) -> None:
        """Run the same, and stop it after so many generations."""
        with killed_after(generations):
            self.run(name, seeds)

    def told(self, *names: str) -> str:
        """Return what ``compare`` prints, as one line."""
        return " ".join(printed(compare(Path(self.options.runs), *names).document).split())


@pytest.fixture
def cheat(tmp_path: Path, options: RunOptions) -> Cheat:
    """Somebody with a new folder of runs."""
    return Cheat(tmp_path, options)


def test_peeking(cheat: Cheat) -> None:
    """An experiment that was looked at and left, and one of the seeds that looked good then."""
    cheat.stop("e", range(1, 10), generations=1)
    trained = len(compare(Path(cheat.options.runs), "e").study.of_arm("none"))
    assert 0 < trained < 9
    cheat.run("short", range(1, 1 + trained))
    assert (
        f"none and dropout were compared in e, too, with {trained} of these {trained} seeds: its "
        "answer is not a second result"
    ) in cheat.told("short")


def test_a_second_opening(cheat: Cheat) -> None:
    """In the same experiment with a reason, and in a copy of its file without one."""
    cheat.run("e", [1, 2])
    cheat.run("e", [1, 2], again="it was too low")
    cheat.run("copy", [3, 4])
    first, copy = cheat.told("e"), cheat.told("copy")
    assert "the test images were opened 2 times, again because of: it was too low" in first
    assert "it is the 1st of 2 experiments here that opened these test images" in first
    assert "it is the 2nd of 2 experiments here that opened these test images" in copy


def test_joining_files(cheat: Cheat) -> None:
    """What is told of each experiment is told of both together, and what they have in common."""
    cheat.run("e", [1, 2])
    cheat.run("e", [1, 2], again="it was too low")
    cheat.run("copy", [1, 2, 3])
    told = cheat.told("e", "copy")
    for sentence in (
        "e: the test images were opened 2 times, again because of: it was too low",
        "e: its seeds are listed in the file, not drawn from its name",
        "copy: it is the 2nd of 2 experiments here that opened these test images",
        "seeds in common of e, copy: 2 of 2, 3",
        "the same arm, trained in several files: none of e, none of copy; 2 of its 5 trials "
        "repeat another",
    ):
        assert sentence in told


def test_hand_picked_seeds(cheat: Cheat) -> None:
    """Those that a file lists may have been chosen by their results."""
    cheat.run("e", [7, 19])
    assert "its seeds are listed in the file, not drawn from its name" in cheat.told("e")


def test_a_superset_of_seeds(cheat: Cheat) -> None:
    """More seeds behind those that were not enough are no second experiment."""
    cheat.run("e", [1, 2])
    cheat.run("more", [1, 2, 3, 4])
    sentence = "none and dropout were compared in {}, too, with 2 of these {} seeds: its answer is "
    assert sentence.format("e", 4) + "not a second result" in cheat.told("more")
    assert sentence.format("more", 2) + "not a second result" in cheat.told("e")


def test_the_best_of_ten_files(cheat: Cheat) -> None:
    """Whichever of them is shown tells of the nine others."""
    for place in range(10):
        cheat.run(f"e{place}", [2 * place, 2 * place + 1])
    told = cheat.told("e6")
    assert "it is the 7th of 10 experiments here that opened these test images" in told
    assert (
        "none and dropout were compared in 9 other experiments here, with other seeds: e0, e1, "
        "e2, e3, e4 and 4 more; the best of 10 answers is partly luck"
    ) in told


def test_a_partial_verdict(cheat: Cheat) -> None:
    """Before the last trial there is none."""
    cheat.stop("e", range(1, 10), generations=1)
    told = cheat.told("e")
    assert "Cannot tell yet: 10 of 18 trials of e have finished" in told
    for word in ("is better", "is worse", "no difference that matters"):
        assert word not in told


def test_another_yardstick_after_the_results(cheat: Cheat) -> None:
    """How results are read may change; when that was is told."""
    cheat.run("e", [1, 2])
    cheat.run("e", [1, 2], ("epochs = 1", 'metric = "loss"\nmargin = 9\nepochs = 1'))
    told = cheat.told("e")
    assert "metric was changed from 'accuracy' to 'loss' when the results of 4 trials were" in told
    assert "margin was changed from none to 9.0 when the results of 4 trials were known" in told
    assert "test accuracy (secondary)" in told


def test_mixed_fidelity(cheat: Cheat) -> None:
    """One side was trained for longer, and on more images."""
    cheat.run("e", [1, 2])
    longer = (("epochs = 1", "epochs = 2"), ("train_images = 300", "train_images = 600"))
    cheat.run("long", [1, 2], *longer)
    told = cheat.told("e", "long")
    assert "mixed fidelity: epochs is 1 in e, 2 in long" in told
    assert "mixed fidelity: train_images is 300 in e, 600 in long" in told


def test_a_pruned_out_range(cheat: Cheat) -> None:
    """One arm was searched over a part of what the other was."""
    rates = "lr = { low = 1e-4, high = 1e-2, log = true }"
    narrow = (
        (f"{rates}\n", ""),
        ("dropout = 0.0", f"dropout = 0.0\n{rates}"),
        ("dropout = 0.3", "dropout = 0.3\nlr = { low = 1e-4, high = 2e-4, log = true }"),
    )
    file = write(cheat.folder, STUDY, *SMALL, *narrow)
    run_study(file, cheat.options, Listener())
    assert (
        "lr is not searched alike in the arms: 0.0001 to 0.01, by its logarithm in none, 0.0001 "
        "to 0.0002, by its logarithm in dropout"
    ) in cheat.told("s")
