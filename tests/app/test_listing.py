"""Tests of ``app/listing.py``: a list that reads no trials says what their records say."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.summary import counted
from fashion_bench.analysis.views.study import Standing, list_document
from fashion_bench.app.browse import read_studies
from fashion_bench.app.listing import listing
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import finished_by_count, is_finished, standing
from fashion_bench.config import Trial
from fashion_bench.records import Outcome, Progress, Segment, StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.resolve import StudyFile, plan_of
from fashion_bench.search.spec import parse
from tests.analysis.made_up_stages import make_confirm, make_stages, make_survey
from tests.finished import Finished
from tests.old.databases import load_runs
from tests.search.made_up_curves import Killed, MadeUp, Silent, drive_made_up

TRIALS = 16  # of an arm, in generations of 8


@dataclass(frozen=True, kw_only=True)
class Case:
    """A study that ends in one way.

    Attributes:
        keys: of its file, beside those that all have.
        lr: the learning rate; above 0.05 every trial diverges.
        fails: no trial has a result, or none that goes on after a rung.
        killed: after so many segments.
        outcomes: of its trials, whatever their number.
        state: what the list calls it.
    """

    keys: dict[str, Any]
    lr: float = 1e-3
    fails: Literal["all", "survivors"] | None = None
    killed: int | None = None
    outcomes: set[Outcome]
    state: str


HALVING: dict[str, Any] = {"rungs": [1, 3], "search.pruner": "halving"}
BOTH = {Outcome.COMPLETE, Outcome.PRUNED}
CASES = {
    "complete": Case(keys={}, outcomes={Outcome.COMPLETE}, state="finished"),
    "pruned": Case(keys=HALVING, outcomes=BOTH, state="finished"),
    "diverged": Case(keys={}, lr=0.1, outcomes={Outcome.DIVERGED}, state="finished"),
    "failed": Case(keys={}, fails="all", outcomes={Outcome.FAILED}, state="finished"),
    "none complete": Case(
        keys=HALVING,
        fails="survivors",
        outcomes={Outcome.PRUNED, Outcome.FAILED},
        state="finished",
    ),
    "killed": Case(keys=HALVING, killed=40, outcomes=BOTH, state="stopped"),
    "killed at once": Case(keys={}, killed=1, outcomes=set(), state="stopped"),
    "minutes": Case(keys={"budget.minutes": 1e-9}, outcomes={Outcome.COMPLETE}, state="finished"),
    "minutes left": Case(
        keys={"budget.minutes": 1e9}, killed=20, outcomes={Outcome.COMPLETE}, state="stopped"
    ),
    "plateau": Case(
        keys={"budget.plateau": 1, "budget.trials_per_arm": 800},
        outcomes={Outcome.COMPLETE},
        state="finished",
    ),
}


class Failing(MadeUp):
    """Runs segments none of whose trials has a result."""

    def _train(self, trial: Trial, segment: Segment) -> Progress:
        return Progress(trial_id=trial.trial_id, history=(), failure="it was told to fail")


def asked_for(case: Case) -> StudyFile:
    """Return a study of two arms."""
    keys = {
        "name": "s",
        "question": "How does it end?",
        "seed": 1234,
        "model": "mlp",
        "epochs": 5,
        "nuisance.lr": {"low": case.lr, "high": 2 * case.lr},
        "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": 0.3}},
        "search.sampler": "random",
        "search.generation": 8,
        "budget.trials_per_arm": TRIALS,
        **case.keys,
    }
    file: dict[str, Any] = {}
    for key, value in keys.items():
        *tables, last = key.split(".")
        table = file
        for name in tables:
            table = table.setdefault(name, {})
        table[last] = value
    spec = parse(file, "it")
    return StudyFile(where="it", text="", spec=spec, plan=plan_of(spec, "it"))


def of_records(runs: Path) -> list[dict[str, Any]]:
    """Return the list as all that is recorded says it."""
    folder, studies = RunsFolder(runs), read_studies(runs)
    standings = dict[str, Standing]()
    for stage in (stage for study in studies for stage in study.stages):
        found = standing(folder, stage.name, lambda stage=stage: is_finished(folder, stage))
        standings[stage.name] = Standing(state=found.state)
    told: list[dict[str, Any]] = plain(list_document(studies, standings))
    return told


@pytest.mark.parametrize("name", CASES)
def test_however_a_study_ends_it_is_listed_as_its_records_say(name: str, tmp_path: Path) -> None:
    """Trials, best and state: of complete, pruned, diverged, failed and cut short ones."""
    case = CASES[name]
    survivors_fail = case.fails == "survivors"
    runs = Failing() if case.fails == "all" else MadeUp(case.killed, lambda _: survivors_fail)
    try:
        drive_made_up(asked_for(case), tmp_path, Silent(), runs)
    except Killed:
        assert case.killed is not None
    (study,) = read_studies(tmp_path)
    assert {trial.outcome for trial in study.trials} == case.outcomes
    (listed,) = plain(listing(tmp_path))
    assert [listed] == of_records(tmp_path)
    assert listed["state"] == case.state


def test_what_earlier_versions_stored_is_listed_as_its_records_say(tmp_path: Path) -> None:
    """Finished, measured and stopped ones."""
    runs = load_runs(tmp_path)
    assert plain(listing(runs)) == of_records(runs)


def test_what_was_run_is_listed_as_its_records_say(finished: Finished) -> None:
    """A study and an experiment that was measured."""
    assert plain(listing(finished.runs)) == of_records(finished.runs)


def test_a_study_of_many_complete_trials_is_listed_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading them takes seconds where there are thousands."""
    drive_made_up(asked_for(CASES["pruned"]), tmp_path, Silent())
    told = of_records(tmp_path)

    def read(*_: object) -> None:
        raise AssertionError("a trial is read")

    monkeypatch.setattr(Ledger, "_records", read)
    monkeypatch.setattr(Ledger, "past", read)
    assert plain(listing(tmp_path)) == told


SURVEY, CONFIRM = make_survey([0.8] * 8, [0.9] * 8), make_confirm([0.8] * 6, [0.9] * 6)


def shortened(stage: StudyRecord) -> StudyRecord:
    """Return a stage that lacks its last trial."""
    return replace(stage, trials=stage.trials[:-1])


@pytest.mark.parametrize("survey", [None, SURVEY, shortened(SURVEY)])
@pytest.mark.parametrize("confirm", [None, CONFIRM, shortened(CONFIRM)])
@pytest.mark.parametrize("search", [4, 3])
def test_stages_are_finished_together(
    survey: StudyRecord | None, confirm: StudyRecord | None, search: int, tmp_path: Path
) -> None:
    """Each by its own trials, the whole study once it has them all."""
    whole = make_stages(survey, confirm)
    whole = replace(whole, trials=whole.trials[:search])
    counts = {stage.name: counted(stage.trials) for stage in whole.stages}
    for stage in whole.stages:
        known = finished_by_count(replace(stage, trials=()), counts)
        assert known is is_finished(RunsFolder(tmp_path), stage)
