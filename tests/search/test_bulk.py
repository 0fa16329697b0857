"""Tests of ``search/bulk.py``: what it writes is what Optuna's ``add_trial`` writes."""

import math
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from copy import copy
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import optuna
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState, create_trial
from sqlalchemy import event

from fashion_bench.errors import MachineError
from fashion_bench.faults import SWITCH
from fashion_bench.search import bulk
from fashion_bench.search.driver import drive
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.rows import Row
from fashion_bench.search.storage import open_storage
from tests.full_disk import full_disk
from tests.search.made_up_curves import MadeUp, Silent
from tests.search.test_driver import (
    ALONE,
    FILE,
    SEARCHES,
    Story,
    append_one_by_one,
    changed,
    empty_ledger,
    listed,
)

Add = Callable[[RDBStorage, bulk.Trials], None]
TIMES = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}'")
SPACE = {
    "choice": CategoricalDistribution(("a", None, True, 3, 0.5)),
    "width": IntDistribution(16, 256, log=True),
    "layers": IntDistribution(1, 9, step=2),
    "lr": FloatDistribution(1e-5, 1.0, log=True),
    "dropout": FloatDistribution(0.0, 0.5, step=0.1),
    "free": FloatDistribution(-1.5, 1.5),
}
PARAMS = (
    {"choice": "a", "width": 16, "layers": 9, "lr": 1e-5, "dropout": 0.3, "free": -0.1},
    {"free": 1.5, "dropout": 0.0, "lr": 0.123, "layers": 1, "width": 17, "choice": None},
    {"choice": 0.5},
)
WILD = {1: 0.5, 2: math.nan, 3: math.inf, 4: -math.inf, 10: 1e-300}
SYSTEM = {
    "fixed_params": {"width": 16},
    "completed_rung_0": math.nan,
    "search_space": {"lr": [1, None, "ü"]},
}


def trial(
    state: TrialState,
    value: float | None = None,
    params: Mapping[str, Any] = PARAMS[0],
    reports: Mapping[int, float] = WILD,
    attrs: Mapping[str, Any] = SYSTEM,
) -> FrozenTrial:
    """A finished trial."""
    return create_trial(
        state=state,
        value=value,
        params=dict(params),
        distributions={name: SPACE[name] for name in params},
        intermediate_values=dict(reports),
        user_attrs={"record": {"b": [1, 2.5], "a": "\n"}, "none": None},
        system_attrs=dict(attrs),
    )


COMPLETE, PRUNED, FAIL = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL
KINDS = [
    trial(COMPLETE, 0.875),
    trial(COMPLETE, math.inf, PARAMS[1], {}),
    trial(COMPLETE, -math.inf, PARAMS[2], attrs={}),
    trial(COMPLETE, -0.0, {}, {}, {}),
    trial(PRUNED, 0.25, PARAMS[1]),
    trial(PRUNED, math.nan, PARAMS[2]),
    trial(PRUNED, None, {}),
    trial(FAIL, None, PARAMS[1], {0: 0.1}),
    trial(FAIL, None, {}, {}, {}),
]


def dump(path: Path) -> list[str]:
    """All that is in a database, as sqlite's own text."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def written(path: Path, trials: bulk.Trials, add: Add) -> list[str]:
    """All that is in a new database once trials are added to their studies."""
    path.write_bytes(empty_ledger())
    storage, numbered = open_storage(path), {}
    for name, of_study in trials.items():
        optuna.create_study(study_name=name, storage=storage, direction="maximize")
        numbered[name] = [copy(each) for each in of_study]
        for number, each in enumerate(numbered[name]):
            each.number = number
    add(storage, numbered)
    return dump(path)


def finished() -> st.SearchStrategy[FrozenTrial]:
    """Finished trials of whatever state, result, parameters, reports and attributes."""
    anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    return st.builds(
        lambda kind, *rest: trial(*kind, *rest),
        st.tuples(st.just(COMPLETE), st.floats(allow_nan=False))
        | st.tuples(st.just(PRUNED), st.none() | st.floats())
        | st.just((FAIL, None)),
        st.sampled_from([*PARAMS, {}]),
        st.dictionaries(st.integers(0, 2**31 - 1), st.floats(), max_size=3),
        st.dictionaries(st.text(), anything, max_size=3),
    )


@settings(max_examples=15, deadline=None)
@given(st.lists(finished(), max_size=2), st.lists(finished(), max_size=2))
@example(KINDS, KINDS[::-1])
def test_rows_are_those_of_add_trial(one: list[FrozenTrial], other: list[FrozenTrial]) -> None:
    """Whatever the trials of two studies, every row of every table is the same, ids included."""
    trials = {"s.one": one, "s.other": other}
    with TemporaryDirectory() as folder:
        ours = written(Path(folder) / "ours.db", trials, bulk._add_in_bulk)
        assert ours == written(Path(folder) / "optunas.db", trials, bulk._add_one_by_one)


def generations(story: Story) -> list[list[Row]]:
    """All generations of a study, to be recorded in its ledger, where it is begun."""
    found: list[list[Row]] = []
    plan, run = story.open(), MadeUp(fails=lambda trial_id: trial_id.endswith("2")).run
    past = story.ledger.past(plan)
    drive(plan, past, layout=ALONE, run=run, append=found.append, reporter=Silent())
    return found


@pytest.mark.parametrize("search", ["tpe, halving", "random, median", "qmc, hyperband"])
def test_ledgers_are_those_of_add_trial(tmp_path: Path, search: str) -> None:
    """A study comes to the same rows, but for the times at which its trials were added."""
    story = Story(tmp_path, changed(search=SEARCHES[search]))
    rows = generations(story)
    story.ledger._storage.engine.dispose()  # then all is in the one file
    other = Ledger(copyfile(story.ledger.path, tmp_path / "other.db"))
    for generation in rows:
        story.ledger.append(generation)
        append_one_by_one(other, generation)
    assert len(story.trials) == 24
    ours, optunas = dump(story.ledger.path), dump(other.path)
    assert [TIMES.sub("then", line) for line in ours] == [
        TIMES.sub("then", line) for line in optunas
    ]
    assert sum(len(TIMES.findall(line)) for line in ours) == 2 * 24


# What Optuna declares ---------------------------------------------------------------------------

TAGS = """class TrialTagModel(BaseModel):
    __tablename__ = "trial_tags"
    tag_id = _Column(Integer, primary_key=True)

class VersionInfoModel"""
CHANGES = {
    "a column more": (
        "number = _Column(Integer)",
        "number = _Column(Integer); tag = _Column(Text())",
    ),
    "a column renamed": ("param_value = _Column", "internal_value = _Column"),
    "an attribute renamed": ("_datetime_start_utc", "_datetime_start"),
    "a type": ("key = _Column(String(MAX_INDEXED_STRING_LENGTH))", "key = _Column(Text())"),
    "a table more": ("class VersionInfoModel", TAGS),
    "a table renamed": ('"trial_values"', '"trial_results"'),
}


@contextmanager
def declared(old: str, new: str) -> Iterator[None]:
    """Let Optuna's models be declared by their text with something changed."""
    source, changed = Path(models.__file__).read_text("utf-8"), ModuleType("models")
    assert old in source
    exec(source.replace(old, new), changed.__dict__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "BaseModel", changed.BaseModel)
        yield


def unwanted(*_: object) -> None:
    """Stands for the way that must not be taken."""
    pytest.fail("the other way was to be taken")


def test_the_installed_optuna_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With its own tables, and with any that are declared alike, trials are written in bulk."""
    monkeypatch.setattr(bulk, "_add_one_by_one", unwanted)
    written(tmp_path / "ledger.db", {"s.a": KINDS}, bulk.add_trials)
    with declared("", ""):
        bulk.add_trials(open_storage(tmp_path / "ledger.db"), {})


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES)
def test_to_other_tables_optuna_adds_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    """Whatever differs in its models, ``add_trial`` is asked, and the rows are there."""

    def add(storage: RDBStorage, trials: bulk.Trials) -> None:
        monkeypatch.setattr(bulk, "_add_in_bulk", unwanted)
        with declared(old, new):
            bulk.add_trials(storage, trials)

    trials = {"s.a": KINDS[:2], "s.b": KINDS[-2:]}
    in_bulk = written(tmp_path / "bulk.db", trials, bulk._add_in_bulk)
    assert written(tmp_path / "other.db", trials, add) == in_bulk


# The transaction --------------------------------------------------------------------------------


def test_a_generation_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended with its rows written, not committed, nothing of any arm is there; it is done again."""
    story, whole = (
        Story(tmp_path / "s", changed(budget={"trials_per_arm": 4})),
        Story(tmp_path / "w"),
    )
    story.drive()
    monkeypatch.setenv(SWITCH, str(tmp_path))
    (tmp_path / "rows-added").write_text("raise")
    story.file = FILE
    with pytest.raises(RuntimeError, match="rows-added"):
        story.drive()
    assert [len(of_arm) for of_arm in story.ledger.frozen("made_up").values()] == [4, 4]
    story.drive()
    whole.drive()
    assert listed(story) == listed(whole)


def test_a_disk_that_fills_up_leaves_what_was_there(tmp_path: Path) -> None:
    """A generation that fits in part is not there, which is told in one line; with room it is."""
    story = Story(tmp_path, changed(search={"sampler": "random", "generation": 6}))
    first, second = generations(story)
    story.ledger.append(first)
    log = story.ledger.path.with_name("ledger.db-wal")
    room = log.stat().st_size + 64_000  # for one trial, or half of this generation
    told = pytest.raises(MachineError, match="the ledger cannot be read or written")
    with told, full_disk(room):
        story.ledger.append(second)
    assert len(story.trials) == len(first)
    assert log.stat().st_size == room
    story.ledger.append(second)
    assert len(story.trials) == len(first) + len(second)


def test_a_study_is_locked_before_its_trials_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the count, from which numbers are given, and the writing nobody else can write."""
    count, tried = models.TrialModel.count, []

    def count_and_try_to_write(*args: object) -> int:
        with closing(sqlite3.connect(tmp_path / "a.db", timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("UPDATE studies SET study_name = 'mine'")
            tried.append(True)
        return int(count(*args))

    monkeypatch.setattr(models.TrialModel, "count", count_and_try_to_write)
    written(tmp_path / "a.db", {"s.a": KINDS, "s.b": KINDS}, bulk._add_in_bulk)
    assert tried == [True, True]


def test_what_is_there_is_counted_and_not_read(tmp_path: Path) -> None:
    """The first generation that is added takes as long as any, however many trials there are.

    Only names are looked at, and only those of trials behind as many others as ours are.
    """
    story = Story(tmp_path)
    first, second, _ = generations(story)
    story.ledger.append(first)
    ledger, said = Ledger(story.ledger.path), list[str]()
    event.listen(ledger._storage.engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    ledger.append(second)
    asked = [one for one in said if one.startswith("SELECT") and "trial" in one]
    names = [one for one in asked if "count(" not in one]
    assert len(names) == len(story.plan.arms) < len(asked)
    assert all("trials.number >= ?" in one for one in names)


def test_who_has_read_a_study_sees_what_is_added(tmp_path: Path) -> None:
    """Optuna keeps finished trials in memory; new ones are read, and can be added to."""
    story = Story(tmp_path)
    first, second, _ = generations(story)
    name, ours = "made_up.none", story.ledger._storage
    url = f"sqlite:///{story.ledger.path}"
    studies = [optuna.load_study(study_name=name, storage=storage) for storage in (ours, url)]
    for generation, known in ((first, 4), (second, 8)):
        story.ledger.append(generation)
        for study in studies:
            assert [trial.number for trial in study.get_trials()] == list(range(known))
            assert study.best_value == max(t.value or 0 for t in story.trials if t.arm == "none")
    assert [study.ask().number for study in studies] == [8, 9]
