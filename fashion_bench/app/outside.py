"""A last look from outside: a run is done when the disk says so, and not its memory."""

from collections.abc import Set

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import MachineError, joined
from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.training.files import demand_files, recorded_files


def look_again(
    runs_folder: RunsFolder, ledger: Ledger, recorded: Set[str], name: str
) -> StudyRecord:
    """Return a study as anybody finds it on the disk, not as this process remembers it.

    Args:
        runs_folder: where it is.
        ledger: that it was written to.
        recorded: the ids of trials that are to be in it.
        name: of the whole study.

    Raises:
        MachineError: the ledger is another file, or lacks trials; weights are not there.
    """
    ledger.demand_its_file()
    study = runs_folder.reading().read(name)
    trials = {trial.trial_id for stage in study.stages for trial in stage.trials}
    if lacking := sorted(recorded - trials):
        problem = f"lacks {len(lacking)} trials that were recorded in it"
        remedy = "run the same command again, which trains what it lacks"
        raise MachineError(ledger.path, problem, given=joined(lacking[:3]), remedy=remedy)
    paths = (
        path
        for stage in study.stages
        for path, _ in recorded_files(runs_folder.files(stage.name), stage)
    )
    remedy = "put them back, from a backup or for weights MLflow's copy; see `fashion-bench doctor`"
    demand_files(*paths, remedy=remedy)
    return study
