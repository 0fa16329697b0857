"""A study takes no more room on the disk than it says."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.records import TrialRecord
from fashion_bench.search.ledger import Ledger
from tests.app.conftest import Listener
from tests.app.small_files import STUDY, write

GENERATION = 2  # of each arm
LONGER = (f"trials_per_arm = {2 * GENERATION}", f"trials_per_arm = {5 * GENERATION}")
LEARNING = ('sampler = "random"', 'sampler = "tpe"')  # so no generation is asked ahead


class Looking(Listener):
    """Looks at the folder whenever it is told something.

    Attributes:
        outdated: states of generations before the last that is in the ledger or on its way.
        most: trials with a state at any one time.
    """

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self.resume, self.generation = runs / "trials" / "s" / "resume", 0
        self.outdated: set[str] = set()
        self.most = 0

    def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
        """Look, in the middle of a generation."""
        self.generation = generation
        self._look()

    def finished(self, records: Sequence[TrialRecord]) -> None:
        """Look, before it is recorded."""
        self._look()

    def _look(self) -> None:
        numbers = {path.name.partition("@")[0] for path in self.resume.glob("*")}
        self.most = max(self.most, len(numbers))
        first = (self.generation - 1) * GENERATION
        self.outdated |= {name for name in numbers if int(name.rpartition("-")[2]) < first}


def test_states_are_kept_of_two_generations_at_most(tmp_path: Path, options: RunOptions) -> None:
    """Of the one at work, and of the one that is being recorded; in the end, of none."""
    looking = Looking(options.runs)
    study = run_study(write(tmp_path, STUDY, LONGER, LEARNING), options, looking).study
    assert not looking.outdated
    assert 2 * GENERATION <= looking.most <= 4 * GENERATION
    assert not list(looking.resume.iterdir())
    assert len(study.trials) == 10 * GENERATION


def test_what_is_asked_ahead_takes_no_more_room(tmp_path: Path, options: RunOptions) -> None:
    """Of trials that hang on no others the earliest are trained first, and recorded."""
    looking = Looking(options.runs)
    study = run_study(write(tmp_path, STUDY, LONGER), options, looking).study
    assert looking.most <= 4 * GENERATION
    assert not list(looking.resume.iterdir())
    assert len(study.trials) == 10 * GENERATION


@pytest.mark.parametrize("keep", [1, 3])
def test_the_best_few_checkpoints_of_each_arm_are_kept(
    tmp_path: Path, options: RunOptions, keep: int
) -> None:
    """While it runs, too: of what is in the ledger none but those stays."""
    most = 0

    class Counting(Listener):
        def rung(self, generation: int, until_epoch: int, trial_ids: Sequence[str]) -> None:
            nonlocal most
            names = {path.stem for path in (options.runs / "trials/s/checkpoints").glob("*.pt")}
            recorded = {t.trial_id for t in Ledger(options.runs / "ledger.db").read("s").trials}
            older = {
                n
                for n in names & recorded
                if int(n.rpartition("-")[2]) < (generation - 1) * GENERATION
            }
            most = max(most, len(older))

    file = write(tmp_path, STUDY, LONGER, ("[budget]", f"[record]\ncheckpoints = {keep}\n[budget]"))
    study = run_study(file, options, Counting()).study
    best = {
        trial.trial_id
        for arm in study.arms
        for trial in sorted(study.of_arm(arm), key=lambda t: -(t.value or 0))[:keep]
    }
    left = {path.stem for path in (options.runs / "trials/s/checkpoints").iterdir()}
    assert left == best
    assert most <= keep * len(study.arms)
