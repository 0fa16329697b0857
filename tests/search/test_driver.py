"""The driver: what it asks, prunes, tells and records, with made-up learning curves."""

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import optuna
import pytest

from fashion_bench.plan import Plan
from fashion_bench.records import Outcome, TrialRecord
from fashion_bench.search.driver import drive
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.resolve import StudyFile, plan_of
from fashion_bench.search.rows import Row
from fashion_bench.search.spec import Spec, parse
from tests.search.made_up_curves import Killed, MadeUp, Silent

FILE = {
    "name": "made_up",
    "question": "Does it matter?",
    "seed": 7,
    "model": "mlp",
    "epochs": 10,
    "rungs": [1, 3],
    "nuisance": {"hidden": [64, 250, 256], "lr": {"low": 1e-4, "high": 1e-2, "log": True}},
    "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": {"low": 0.05, "high": 0.6}}},
    "search": {"sampler": "tpe", "pruner": "halving", "generation": 4, "startup": 4, "eta": 2},
    "budget": {"trials_per_arm": 12},
    "enqueue": [{"hidden": 250, "lr": 1e-3}],
}

ALONE = Layout(device="cpu", lanes=1, padded_widths=())

SEARCHES = {
    "tpe, halving": FILE["search"],
    "random, median": {"sampler": "random", "pruner": "median", "generation": 4},
    "qmc, hyperband": {"sampler": "qmc", "pruner": "hyperband", "generation": 4},
    "gp, none": {"sampler": "gp", "generation": 4, "startup": 4},
}


def changed(**tables: object) -> dict:
    """The file with other tables in the place of its own."""
    return {**FILE, **tables}


@lru_cache
def empty_ledger() -> bytes:
    """An empty ledger's file; to make its tables takes a second."""
    with TemporaryDirectory() as folder:
        Ledger(Path(folder) / "ledger.db")
        return (Path(folder) / "ledger.db").read_bytes()


def append_one_by_one(ledger: Ledger, rows: Sequence[Row]) -> None:
    """Record trials where Optuna's tables are not the known ones, or as version 0.1 did."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fashion_bench.search.bulk.KNOWN", "")
        ledger.append(rows)


class Story:
    """A study driven in a folder, as often as it takes."""

    def __init__(self, folder: Path, file: dict = FILE) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "ledger.db").write_bytes(empty_ledger())
        self.ledger, self.file = Ledger(folder / "ledger.db"), file

    @property
    def plan(self) -> Plan:
        """The plan of the file."""
        return plan_of(self.spec, "made_up.toml")

    @property
    def spec(self) -> Spec:
        """The file, checked."""
        return parse(self.file, "made_up.toml")

    def open(self) -> Plan:
        """Begin the study in the ledger, or let it grow."""
        self.ledger.open(self.asked, layout=ALONE, provenance={})
        return self.plan

    @property
    def asked(self) -> StudyFile:
        """The file, as a command reads it."""
        return StudyFile(where="made_up.toml", text="", spec=self.spec, plan=self.plan)

    def drive(self, training: MadeUp | None = None, rows_before_kill: int | None = None) -> Silent:
        """Run the study, as a command does; perhaps killed while it adds rows one by one."""
        plan, watcher = self.open(), Silent()
        left = math.inf if rows_before_kill is None else rows_before_kill

        def append(rows: list[Row]) -> None:
            nonlocal left
            if left < len(rows):
                append_one_by_one(self.ledger, rows[: int(left)])
                raise Killed
            self.ledger.append(rows)
            left -= len(rows)

        run = (training or MadeUp()).run
        past = self.ledger.past(plan)
        drive(plan, past, layout=ALONE, run=run, append=append, reporter=watcher)
        return watcher

    @property
    def trials(self) -> tuple[TrialRecord, ...]:
        """What is recorded."""
        return self.ledger.read("made_up").trials


def listed(story: Story) -> list[tuple]:
    """A study's list of trials: parameters and values, bit for bit."""
    return [(t.trial_id, dict(t.params), t.config, t.outcome, t.value) for t in story.trials]


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_the_list_is_a_function_of_the_file(tmp_path: Path, search: dict) -> None:
    """Whoever finishes first, and however often it is killed, the list of trials is the same."""
    file = changed(search=search, budget={"trials_per_arm": 8})  # gp takes a second a trial
    whole = Story(tmp_path / "whole", file)
    whole.drive()
    backwards = Story(tmp_path / "backwards", file)
    backwards.drive(MadeUp(backwards=True))
    assert listed(backwards) == listed(whole)
    broken = Story(tmp_path / "broken", file)
    for after in (0, 5, 17, 11):
        with pytest.raises(Killed):
            broken.drive(MadeUp(kill_after=after, draw=Random(after)))
    broken.drive()
    assert listed(broken) == listed(whole)


@pytest.mark.parametrize("rows", [0, 1, 4, 7, 8, 11, 23])
def test_a_half_written_generation_is_completed(tmp_path: Path, rows: int) -> None:
    """Killed between two rows that are added one by one, each trial ends up in the ledger once."""
    whole, broken = Story(tmp_path / "whole"), Story(tmp_path / "broken")
    whole.drive()
    for again in (rows, rows % 8):  # the second time, what is there is met one by one
        with pytest.raises(Killed):
            broken.drive(rows_before_kill=again)
        assert len(broken.trials) == rows
    broken.drive()
    assert listed(broken) == listed(whole)
    assert set(Counter(t.trial_id for t in broken.trials).values()) == {1}
    for trials in broken.ledger.frozen("made_up").values():
        assert [t.number for t in trials] == list(range(12))


def test_nothing_on_disk_is_running(tmp_path: Path) -> None:
    """Optuna itself reads the ledger, also of a killed study, and finds finished trials only."""
    story = Story(tmp_path)
    with pytest.raises(Killed):
        story.drive(MadeUp(kill_after=30))
    story.drive()
    storage = f"sqlite:///{story.ledger.path}"
    for arm in ("none", "dropout"):
        study = optuna.load_study(study_name=f"made_up.{arm}", storage=storage)
        assert len(study.trials) == 12
        assert all(trial.state.is_finished() for trial in study.trials)
        best = max(t.value for t in story.trials if t.arm == arm and t.outcome == "complete")
        assert study.best_value == best


def test_a_finished_study_trains_nothing(tmp_path: Path) -> None:
    """Run again unchanged, no segment is asked for."""
    story, again = Story(tmp_path), MadeUp()
    story.drive()
    watcher = story.drive(again)
    assert again.segments == []
    assert watcher.began_with == 24


def test_a_grown_budget_goes_on(tmp_path: Path) -> None:
    """A study grown from 8 to 12 trials an arm has the list of one that was asked for 12."""
    grown = Story(tmp_path / "grown", changed(budget={"trials_per_arm": 8}))
    grown.drive()
    first = listed(grown)
    grown.file = FILE
    grown.drive()
    whole = Story(tmp_path / "whole")
    whole.drive()
    assert listed(grown) == listed(whole)
    assert [trial for trial in listed(grown) if int(trial[0].rpartition("-")[2]) < 8] == first


def test_arms_are_paired_and_equal(tmp_path: Path) -> None:
    """Each arm gets the same number of trials, and the i-th of every arm the same seed."""
    story = Story(tmp_path)
    story.drive()
    seeds = {
        arm: [t.config.seed for t in story.trials if t.arm == arm] for arm in ("none", "dropout")
    }
    assert seeds["none"] == seeds["dropout"]
    assert len(set(seeds["none"])) == 12
    assert len({t.config.split_seed for t in story.trials}) == 1


def test_what_is_enqueued_comes_first(tmp_path: Path) -> None:
    """The known configuration is the first trial of each arm; what it leaves open is sampled."""
    story = Story(tmp_path)
    story.drive()
    for trial in story.trials:
        if trial.number == 0:
            assert (trial.params["hidden"], trial.params["lr"]) == (250, 1e-3)
    dropped = next(t for t in story.trials if t.trial_id == "made_up.dropout-0")
    assert 0.05 <= dropped.params["dropout"] <= 0.6


def test_halving_keeps_the_best_of_each_arm(tmp_path: Path) -> None:
    """Of 4 lanes with eta 2, the best 2 pass epoch 1 and the best of those epoch 3."""
    story = Story(tmp_path)
    story.drive()
    for arm in ("none", "dropout"):
        for generation in range(3):
            lanes = [t for t in story.trials if (t.arm, t.generation) == (arm, generation)]
            assert sorted(len(lane.history) for lane in lanes) == [1, 1, 3, 10]
            by_rung = sorted(lanes, key=lambda lane: -lane.history[0].valid_accuracy)
            assert all(len(lane.history) > 1 for lane in by_rung[:2])
            complete = [lane for lane in lanes if lane.outcome is Outcome.COMPLETE]
            assert [len(lane.history) for lane in complete] == [10]


def test_controls_pass_every_rung_and_take_no_place(tmp_path: Path) -> None:
    """One of 4 lanes runs to the end; of the other 3 with eta 2, one does, judged without it."""
    story = Story(tmp_path, changed(search={**FILE["search"], "controls": 0.25}))
    story.drive()
    plan = story.plan
    for arm in plan.arms:
        for generation in range(3):
            lanes = [t for t in story.trials if (t.arm, t.generation) == (arm.name, generation)]
            (control,) = [lane for lane in lanes if plan.finishes(arm, lane.number)]
            others = [lane for lane in lanes if lane is not control]
            assert sorted(len(lane.history) for lane in others) == [1, 1, 10]
            best = max(others, key=lambda lane: lane.history[0].valid_accuracy)
            assert (len(control.history), len(best.history)) == (10, 10)


@pytest.mark.parametrize("pruner", ["halving", "median", "hyperband"])
def test_a_listed_trial_finishes_where_the_file_says_so(tmp_path: Path, pruner: str) -> None:
    """However bad it is; without the word it is stopped as any other."""
    bad = {"hidden": 64, "lr": 1e-2}
    search = {"sampler": "random", "pruner": pruner, "generation": 8}
    tables = {"search": search, "budget": {"trials_per_arm": 16}, "arms": {"all": {}}}
    ends = []
    for finish in (False, True):
        entries = [{**bad, "finish": finish}] * 16  # of so many, each pruner stops one
        story = Story(tmp_path / str(finish), changed(**tables, enqueue=[*entries]))
        story.drive()
        ends.append([len(trial.history) for trial in story.trials])
    assert min(ends[0]) < 10
    assert ends[1] == [10] * 16


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_optunas_pruners_stop_trials_at_rungs_only(tmp_path: Path, pruner: str) -> None:
    """What Optuna prunes ends at a rung, never at the last epoch, and some of it is pruned."""
    search = {"sampler": "random", "pruner": pruner, "generation": 4}
    story = Story(tmp_path, changed(search=search, budget={"trials_per_arm": 24}))
    story.drive()
    ends = Counter((t.outcome.value, len(t.history)) for t in story.trials)
    assert {end for outcome, end in ends if outcome == "pruned"} <= {1, 3}
    assert {end for outcome, end in ends if outcome == "complete"} == {10}
    assert sum(count for (outcome, _), count in ends.items() if outcome == "pruned") > 0


def test_a_diverged_trial_is_a_result(tmp_path: Path) -> None:
    """It ends where it diverged; Optuna holds it as PRUNED with NaN there, and learns from it."""
    space = {**FILE["nuisance"], "lr": {"low": 1e-4, "high": 1.0, "log": True}}
    search = {"sampler": "random", "generation": 4}
    story = Story(tmp_path, changed(nuisance=space, search=search, enqueue=[]))
    story.drive()
    diverged = [t for t in story.trials if t.outcome is Outcome.DIVERGED]
    assert diverged
    frozen = {
        t.user_attrs["trial_id"]: t for arm in story.ledger.frozen("made_up").values() for t in arm
    }
    for trial in diverged:
        assert len(trial.history) == 2
        assert trial.history[-1].diverged
        assert frozen[trial.trial_id].state is optuna.trial.TrialState.PRUNED
        assert math.isnan(frozen[trial.trial_id].intermediate_values[2])
        assert trial.best is not None
        assert trial.best.epoch == 1


def test_a_trial_without_a_result_has_failed(tmp_path: Path) -> None:
    """Its reason and the epochs before are kept, Optuna holds it as FAIL, and the rest go on."""
    story = Story(tmp_path)
    story.drive(MadeUp(fails=lambda trial_id: trial_id.endswith(("0", "2", "4"))))
    failed = [t for t in story.trials if t.outcome is Outcome.FAILED]
    assert failed
    assert {t.number % 2 for t in failed} == {0}
    assert {t.reason for t in failed} == {"it was told to fail"}
    assert {len(t.history) for t in failed} == {1}
    states = {
        t.user_attrs["trial_id"]: t.state
        for arm in story.ledger.frozen("made_up").values()
        for t in arm
    }
    assert {states[t.trial_id] for t in failed} == {optuna.trial.TrialState.FAIL}
    assert len(story.trials) == 24


def test_a_study_whose_every_trial_fails_stops(tmp_path: Path) -> None:
    """After its first generation it asks no other, and neither does it when given again."""
    story = Story(tmp_path, changed(search={"sampler": "random", "generation": 4}))
    story.drive(MadeUp(fails=lambda _: True))
    assert [t.outcome for t in story.trials] == [Outcome.FAILED] * 8
    story.drive()
    assert len(story.trials) == 8


def test_one_result_among_failures_goes_on(tmp_path: Path) -> None:
    """Where one trial of the first generation has a result, the study goes to its end."""
    story = Story(tmp_path, changed(search={"sampler": "random", "generation": 4}))
    story.drive(MadeUp(fails=lambda trial_id: trial_id != "made_up.none-2"))
    assert len(story.trials) == 24


def test_a_recorded_failure_is_not_taken_back(tmp_path: Path) -> None:
    """Killed after a failed trial was written, the generation is told with it failed again."""
    killed, whole = Story(tmp_path / "killed"), Story(tmp_path / "whole")

    def fails(trial_id: str) -> bool:
        return trial_id.endswith(("none-0", "none-2"))

    whole.drive(MadeUp(fails=fails))
    with pytest.raises(Killed):
        killed.drive(MadeUp(fails=fails), rows_before_kill=6)
    killed.drive(MadeUp())
    assert listed(killed)[:12] == listed(whole)[:12]
    assert [t.outcome for t in killed.trials[:3]].count(Outcome.FAILED) > 0


def test_a_time_limit_promises_a_prefix(tmp_path: Path) -> None:
    """Out of time after a generation, the study has whole generations of the unlimited list."""
    short = Story(tmp_path / "s", changed(budget={"trials_per_arm": 12, "minutes": 1e-6}))
    short.drive()
    long = Story(tmp_path / "l")
    long.drive()
    assert len(short.trials) == 8
    assert listed(short) == [trial for trial in listed(long) if trial in listed(short)]
    short.drive()
    assert len(short.trials) == 8


def test_a_plateau_ends_the_study(tmp_path: Path) -> None:
    """After 2 generations in which no arm found a better trial, no other is asked."""
    budget = {"trials_per_arm": 400, "plateau": 2}
    search = {"sampler": "random", "generation": 4}
    story = Story(tmp_path, changed(budget=budget, search=search))
    story.drive()
    last = max(t.generation for t in story.trials)
    assert 2 <= last < 99
    for arm in ("none", "dropout"):
        of_arm = [t for t in story.trials if t.arm == arm]
        before = max(t.value for t in of_arm if t.generation <= last - 2)
        assert before >= max(t.value for t in of_arm if t.generation > last - 2)


def test_a_grid_is_trained_whole_with_repeats(tmp_path: Path) -> None:
    """Each combination comes as often as asked, every time with a seed of its own."""
    file = {
        **{key: FILE[key] for key in ("name", "question", "seed", "model", "epochs")},
        "nuisance": {"hidden": [64, 250, 256]},
        "arms": {"all": {}},
        "search": {"sampler": "grid", "repeats": 3},
    }
    story = Story(tmp_path, file)
    story.drive()
    assert Counter(t.params["hidden"] for t in story.trials) == {64: 3, 250: 3, 256: 3}
    assert len({t.config.seed for t in story.trials}) == 9


def test_an_experiment_trains_every_arm_and_seed_once(tmp_path: Path) -> None:
    """Each (arm, seed) is one trial; the seed also draws the split."""
    file = {
        **{key: FILE[key] for key in ("name", "question", "model", "epochs")},
        "seeds": [1234, 5, 6],
        "arms": {"none": {"dropout": 0.0}, "dropout": {"dropout": 0.25}},
    }
    story = Story(tmp_path, file)
    with pytest.raises(Killed):
        story.drive(MadeUp(kill_after=4))
    story.drive()
    trained = [(t.arm, t.config.seed, t.config.split_seed) for t in story.trials]
    assert trained == [(arm, seed, seed) for arm in ("none", "dropout") for seed in (1234, 5, 6)]
    assert {t.outcome for t in story.trials} == {Outcome.COMPLETE}


def test_it_ends_where_it_is_told_to(tmp_path: Path) -> None:
    """Before the generation at which what it has is enough; asked again, it trains nothing."""
    story, training = Story(tmp_path), MadeUp()
    plan, asked = story.open(), list[int]()

    def enough(records: Sequence[TrialRecord]) -> bool:
        asked.append(len(records))
        return len(records) >= 16

    def go_on(watcher: Silent) -> None:
        drive(
            plan,
            story.ledger.past(plan),
            layout=ALONE,
            run=training.run,
            append=story.ledger.append,
            reporter=watcher,
            ended=enough,
        )

    go_on(Silent())
    assert len(story.ledger.read(plan.name).trials) == 16
    assert asked[-1] == 16
    told = Silent()
    go_on(told)
    assert len(story.ledger.read(plan.name).trials) == 16
    assert told.began_with is None
