"""Tests of ``app/following.py``: what a run is at, worked out from what its driver tells."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from fashion_bench.app.following import Following
from fashion_bench.app.live import Live, RunningTrial, read_live
from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_experiment, run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.plan import Plan
from fashion_bench.records import Progress, Segment, TrialRecord, Underway
from fashion_bench.search.driver import drive
from fashion_bench.search.layout import Layout
from fashion_bench.search.past import Past
from fashion_bench.search.resolve import load_file
from tests.app.conftest import Listener
from tests.app.small_files import EXPERIMENT, STUDY, write
from tests.search.made_up_curves import MadeUp, curve

NOTHING = Past(generations=0, trials={}, records=(), counters={}, seconds=0.0, failed={})
ALONE = Layout(device="cpu", lanes=1, padded_widths=(None,))
LONGER = ("epochs = 2\nrungs = [1, 2]", "epochs = 9\nrungs = [1, 3, 9]")
MORE = ("generation = 2", "generation = 4"), ("trials_per_arm = 4", "trials_per_arm = 12")


class Looker(Listener):
    """A reporter that keeps what it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Live] = []

    def show(self, live: Live) -> None:
        """Keep it."""
        self.shown.append(live)


@pytest.fixture
def looker() -> Looker:
    """A reporter that keeps what it is shown."""
    return Looker()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, to be set; each look at it takes a millisecond."""
    now = [0.0]

    def look() -> float:
        now[0] += 0.001
        return now[0]

    monkeypatch.setattr("fashion_bench.app.following.awake", look)
    return now


def plan_of(folder: Path, *changes: tuple[str, str]) -> Plan:
    """Return the plan of the small study, changed."""
    return load_file(write(folder, STUDY, *changes)).plan


def follow(folder: Path, plan: Plan, looker: Looker) -> Following:
    """Follow a study in a new folder."""
    (folder / "runs" / "trials").mkdir(parents=True)
    return Following(looker, RunsFolder(folder / "runs"), plan, "go on")


def segment_of(plan: Plan, arm: int, number: int, until_epoch: int) -> Segment:
    """Return the first segment of a trial of the small study."""
    trial = plan.trial(plan.arms[arm], number, {"hidden": 16, "lr": 1e-3})
    return Segment(trials=(trial,), until_epoch=until_epoch)


@pytest.mark.parametrize("draw", [None, Random(1), Random(2)], ids=["in order", "one", "another"])
@pytest.mark.parametrize("pruner", ["none", "halving", "median", "hyperband"])
def test_what_is_told_in_the_end_is_what_was_trained(
    tmp_path: Path,
    looker: Looker,
    monkeypatch: pytest.MonkeyPatch,
    pruner: str,
    draw: Random | None,
) -> None:
    """Trials and epochs are counted, never fewer than before; of halving all is known before.

    That is so wherever the arms are, whichever trial is done first.
    """
    search = 'sampler = "random"', f'sampler = "random"\npruner = "{pruner}"'
    plan = plan_of(tmp_path, LONGER, *MORE, search)
    monkeypatch.setattr("fashion_bench.app.following.SHOWN_EVERY", 0)
    following, records = follow(tmp_path, plan, looker), list[TrialRecord]()
    following.entered(plan, [], 0)
    drive(
        plan,
        NOTHING,
        layout=ALONE,
        run=MadeUp(draw=draw).run,
        append=lambda rows: records.extend(row.record for row in rows),
        reporter=following,
    )
    first, last = looker.shown[0], looker.shown[-1]
    trained = sum(len(record.history) for record in records)
    assert (last.trials_done, last.epochs_done, last.epochs_planned) == (24, trained, trained)
    assert (first.share, last.share, first.epochs_planned) == (0, 1, 24 * 9)
    assert not last.running
    for before, after in zip(looker.shown, looker.shown[1:], strict=False):
        assert before.epochs_done <= after.epochs_done
        assert before.trials_done <= after.trials_done
        assert before.epochs_planned >= after.epochs_planned
    if pruner in ("none", "halving"):
        shares = [live.share * trained for live in looker.shown]
        assert shares == pytest.approx([live.epochs_done for live in looker.shown])
    assert {live.at_most for live in looker.shown} == (
        {False} if pruner in ("none", "halving") else {True, False}
    )


def test_time_left_is_that_of_an_epoch_so_far(
    tmp_path: Path, looker: Looker, clock: list[float]
) -> None:
    """From the first second of training on; how long a worker takes to begin does not count."""
    plan = plan_of(tmp_path)
    following = follow(tmp_path, plan, looker)
    following.entered(plan, [], 0)
    following.begun(plan, [])
    segments = [segment_of(plan, arm, number, 1) for arm in (0, 1) for number in (0, 1)]
    following.rung(0, 1, [one.trials[0].trial_id for one in segments])
    for seconds, epochs in ((0, 0), (20, 0.1), (20.5, 0.2), (21.5, 0.4)):
        clock[0] = seconds
        for segment in segments[:2]:
            following.underway(segment, Underway(epochs=epochs, latest={}))
    assert [live.seconds_left is None for live in looker.shown] == [True] * 4 + [False]
    # shown when the first of both had told: half an epoch since 20 seconds, 15.4 of 16 to come
    assert looker.shown[-1].seconds_left == pytest.approx(15.4 * 1.5 / 0.5, rel=0.01)
    assert looker.shown[-1].running == tuple(
        RunningTrial(arm="none", number=number, epoch=0, valid_accuracy=None) for number in (0, 1)
    )


def test_before_that_it_is_that_of_the_runs_before(
    tmp_path: Path, looker: Looker, clock: list[float]
) -> None:
    """A resumed study knows its time left at once; what is read back is no epoch of this run."""
    plan = plan_of(tmp_path)
    following, done = follow(tmp_path, plan, looker), finished_before(plan)
    following.entered(plan, done, 40.0)
    following.begun(plan, done)
    assert looker.shown[-1].seconds_left == 40  # 5 seconds for each of 8 epochs
    assert looker.shown[-1].share == 0.5
    segments = [segment_of(plan, 0, number, 2) for number in (2, 3)]
    following.rung(1, 2, [segment.trials[0].trial_id for segment in segments])
    for segment in segments:
        following.underway(segment, Underway(epochs=0, latest={}))
    following.underway(segments[1], Underway(epochs=0.5, latest={}))
    clock[0] += 100
    following.advanced(curve(segments[0].trials[0], 2))  # made in 2001
    assert looker.shown[-1].epochs_done == 10
    assert looker.shown[-1].seconds_left == 27.5  # one and a half, and four of the other arm
    clock[0] += 100
    following.underway(segments[1], Underway(epochs=1.5, latest={}))
    assert looker.shown[-1].seconds_left == pytest.approx(900, rel=0.01)  # of four and a half


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_clock_that_is_set_meanwhile_hides_no_epoch(
    tmp_path: Path,
    looker: Looker,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
    days: int,
) -> None:
    """What this run trained tells how long an epoch takes, whatever day it ended by the clock."""
    plan, wall = plan_of(tmp_path), [1e9]
    monkeypatch.setattr("fashion_bench.app.following.time.time", lambda: wall[0])
    following = follow(tmp_path, plan, looker)
    following.entered(plan, [], 0)
    following.begun(plan, [])
    segments = [segment_of(plan, arm, number, 2) for arm in (0, 1) for number in (0, 1)]
    following.rung(0, 2, [one.trials[0].trial_id for one in segments])
    segment = segments[0]
    following.underway(segment, Underway(epochs=0, latest={}))
    following.underway(segment, Underway(epochs=0.5, latest={}))
    clock[0] += 60
    wall[0] += 60 + days * 86_400
    done = curve(segment.trials[0], 2)
    now = tuple(replace(epoch, ended_at=wall[0]) for epoch in done.history)
    following.advanced(replace(done, history=now))
    assert looker.shown[-1].seconds_left == pytest.approx(14 * 60 / 1.5, rel=0.01)


def finished_before(plan: Plan) -> list[TrialRecord]:
    """Return the first generation of the small study, all of it complete."""
    records = list[TrialRecord]()
    two = replace(plan, trials_per_arm=2)
    drive(
        two,
        NOTHING,
        layout=ALONE,
        run=MadeUp().run,
        append=lambda rows: records.extend(row.record for row in rows),
        reporter=Listener(),
    )
    return records


def test_a_trial_counts_as_best_while_it_trains(tmp_path: Path, looker: Looker) -> None:
    """Until its arm has one that is complete, as those at other epochs stand apart."""
    plan = plan_of(tmp_path)
    following = follow(tmp_path, plan, looker)
    following.entered(plan, [], 0)
    following.begun(plan, [])
    segment = segment_of(plan, 0, 0, 2)
    name = segment.trials[0].trial_id
    history = curve(segment.trials[0], 2).history
    following.rung(0, 2, [name])
    following.underway(segment, Underway(epochs=0, latest={}))
    following.underway(segment, Underway(epochs=1.5, latest={name: history[0]}))
    following.ended()
    assert looker.shown[-1].best == {"none": history[0].valid_accuracy}
    following.advanced(Progress(trial_id=name, history=history))
    following.ended()
    assert looker.shown[-1].best == {"none": max(epoch.valid_accuracy for epoch in history)}
    following.advanced(Progress(trial_id=name, history=(), failure="it broke"))
    following.ended()
    assert looker.shown[-1].best == {}


def test_the_stages_to_come_count(tmp_path: Path, looker: Looker) -> None:
    """Share and time left are those of the whole study; trials and epochs of the stage."""
    stages = ("[budget]", "[survey]\npoints = 4\n[confirm]\ntop = 1\nseeds = 2\n[budget]")
    options = RunOptions(runs=tmp_path / "runs", device="cpu", workers=1, no_mlflow=True)
    run_study(write(tmp_path, STUDY, stages), options, looker)
    shares = [live.share for live in looker.shown]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    ends = {live.stage: live for live in looker.shown}
    assert [(live.stage, live.stage_number, live.stages) for live in ends.values()] == [
        ("s.survey", 1, 3),
        ("s", 2, 3),
        ("s.confirm", 3, 3),
    ]
    assert [round(live.share, 2) for live in ends.values()] == [0.4, 0.8, 1.0]
    assert [live.epochs_done for live in ends.values()] == [16, 16, 8]


def test_minutes_are_a_share_of_what_is_done(
    tmp_path: Path, looker: Looker, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a budget of minutes that ends a study first: no generation begins behind it."""
    plan = plan_of(tmp_path, ("per_arm = 4", "per_arm = 400\nminutes = 1"))
    following, numbers = follow(tmp_path, plan, looker), range(2)
    monkeypatch.setattr("fashion_bench.app.following.SHOWN_EVERY", 0)
    following.entered(plan, [], 0)
    following.begun(plan, [])
    segments = [segment_of(plan, arm, number, 2) for arm in (0, 1) for number in numbers]
    clock[0] = 0.0
    following.rung(0, 2, [one.trials[0].trial_id for one in segments])
    for seconds, epochs in ((10, 0.01), (20, 1), (30, 2)):  # ten until the workers were there
        clock[0] = seconds
        for segment in segments:
            following.underway(segment, Underway(epochs=epochs, latest={}))
    # 20 seconds for a generation: one begins now, and one before a minute is over
    live = looker.shown[-1]
    assert live.seconds_left is not None
    assert live.seconds_left == pytest.approx(40, rel=0.1)
    assert live.share == pytest.approx(8 / 24, rel=0.1)
    assert not live.at_most
    clock[0] = 61
    following.finished(finished_before(plan))
    assert (looker.shown[-1].share, looker.shown[-1].seconds_left) == (1, 0)


def test_what_one_arm_has_begun_the_others_train_too(
    tmp_path: Path, looker: Looker, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a budget of minutes, too: the time left is that of all until they end alike."""
    plan = plan_of(tmp_path, ("per_arm = 4", "per_arm = 400\nminutes = 1"))
    following = follow(tmp_path, plan, looker)
    monkeypatch.setattr("fashion_bench.app.following.SHOWN_EVERY", 0)
    following.entered(plan, [], 0)
    following.begun(plan, [])
    one, other = ([segment_of(plan, arm, number, 2) for number in range(4)] for arm in (0, 1))
    clock[0] = 0.0
    for first, segments in ((0, one[:2]), (0, other[:2]), (1, one[2:])):
        following.rung(first, 2, [segment.trials[0].trial_id for segment in segments])
        for segment in segments:
            following.underway(segment, Underway(epochs=0, latest={}))
            if segments == one[:2]:
                following.underway(segment, Underway(epochs=2, latest={}))
                clock[0] += 20
                done = curve(segment.trials[0], 2)
                now = [replace(epoch, ended_at=time.time()) for epoch in done.history]
                following.advanced(replace(done, history=tuple(now)))
    clock[0] = 61
    following.underway(other[0], Underway(epochs=0.001, latest={}))
    live = looker.shown[-1]
    assert [trial.number for trial in live.running] == [0, 1, 2, 3]
    assert (live.trials_done, live.epochs_done) == (2, 4)
    assert live.share == pytest.approx(4 / 16, rel=0.01)  # two generations of eight epochs


def test_a_plateau_may_end_it_any_time(tmp_path: Path, looker: Looker) -> None:
    """So time left is the most; once it has ended, all is done that is done."""
    plan = plan_of(tmp_path, ("per_arm = 4", "per_arm = 400\nplateau = 1"))
    following = follow(tmp_path, plan, looker)
    done = finished_before(plan)
    following.entered(plan, done, 8.0)
    assert (looker.shown[-1].at_most, looker.shown[-1].share) == (True, 0.005)
    following.trained()
    assert (looker.shown[-1].share, looker.shown[-1].seconds_left) == (1, 0)
    assert looker.shown[-1].epochs_planned == looker.shown[-1].epochs_done == 8


def test_what_a_budget_ended_is_told(tmp_path: Path, options: RunOptions) -> None:
    """How many trials there are of those planned; nothing more is waited for then."""
    looker = Looker()
    file = write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 400\nminutes = 1e-4"))
    study = run_study(file, options, looker).study
    assert len(study.trials) == 4
    assert looker.lines[-1] == "ended by its budget after 4 of 800 trials"
    assert looker.shown[-2].share == 1


# The live file ------------------------------------------------------------------------------------


def test_a_run_leaves_what_it_ended_with(
    tmp_path: Path, with_mlflow: RunOptions, looker: Looker
) -> None:
    """An experiment is trained, measured, recorded and ended, and the file says the last."""
    file = write(tmp_path, EXPERIMENT)
    study = run_experiment(file, with_mlflow, looker).study
    doings = list(dict.fromkeys(live.doing for live in looker.shown))
    assert doings == ["starting", "training", "measuring", "recording", "ended"]
    live = read_live(RunsFolder(with_mlflow.runs), "e")
    assert live == replace(looker.shown[-1], command=live.command)
    assert (live.trials_done, live.epochs_done, live.share) == (4, 4, 1)
    assert live.best == {
        arm: max(trial.value or 0 for trial in study.of_arm(arm)) for arm in study.arms
    }
    assert live.command == f"fashion-bench experiment run {file} --runs {with_mlflow.runs}"
    again = Looker()
    run_experiment(file, with_mlflow, again)
    assert [live.resumed for live in (looker.shown[0], again.shown[0])] == [False, True]


def test_a_run_does_not_stop_for_its_live_file(
    tmp_path: Path, options: RunOptions, listener: Listener
) -> None:
    """Where it cannot be written the run ends as usual, and nothing is said."""
    RunsFolder(options.runs).live("s").with_suffix(".part").mkdir(parents=True)
    assert run_study(write(tmp_path), options, listener).trained == 8
    assert read_live(RunsFolder(options.runs), "s") is None


def test_the_file_is_written_once_a_second(
    tmp_path: Path, looker: Looker, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much is told: a person is shown four times as much."""
    plan, written = plan_of(tmp_path), list[float]()
    write_live = "fashion_bench.app.following.write_live"
    monkeypatch.setattr(write_live, lambda *_: written.append(clock[0]))
    following = follow(tmp_path, plan, looker)
    following.entered(plan, [], 0)
    segment = segment_of(plan, 0, 0, 1)
    following.rung(0, 1, [segment.trials[0].trial_id])
    clock[0] = began = 10.0
    while clock[0] < began + 10:
        following.underway(segment, Underway(epochs=0.5, latest={}))
    assert 9 <= len(written) - 1 <= 11
    assert 36 <= len(looker.shown) - 1 <= 41


def test_a_study_is_ended_by_no_error(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stopped says what it was at, and never that it ended."""

    class Stopping(Listener):
        def finished(self, records: Sequence[TrialRecord]) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(write(tmp_path), options, Stopping())
    live = read_live(RunsFolder(options.runs), "s")
    assert live is not None
    assert (live.doing, live.trials_done) == ("training", 4)
