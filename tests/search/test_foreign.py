"""What others put into the ledger with Optuna is left out, told and kept: ``search/rows.own``."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from fashion_bench.app.standing import foreign_told
from fashion_bench.errors import MachineError
from fashion_bench.records import Opening
from fashion_bench.search.headers import HEADER
from fashion_bench.search.ledger import Ledger
from tests.search.made_up_curves import Killed
from tests.search.test_driver import Story, changed, listed

FIRST = changed(budget={"trials_per_arm": 4})
NAME = "made_up.none"


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A study with its first generation, which is to grow."""
    story = Story(tmp_path / "runs", FIRST)
    story.drive()
    return story


def study_of(story: Story, name: str = NAME) -> optuna.Study:
    """An arm as anybody opens it."""
    return optuna.load_study(study_name=name, storage=f"sqlite:///{story.ledger.path}")


def _enqueue(study: optuna.Study) -> None:
    study.enqueue_trial({"lr": 0.005})


def _ask(study: optuna.Study) -> None:
    study.ask().suggest_float("lr", 1e-4, 1e-2, log=True)


def _tell(study: optuna.Study) -> None:
    study.tell(study.ask(), 1.0)


def _add(study: optuna.Study) -> None:
    study.add_trial(create_trial(state=TrialState.FAIL, user_attrs={"note": "mine"}))


def _copy(study: optuna.Study) -> None:
    study.add_trial(study.get_trials()[0])


def _copy_to_another_arm(study: optuna.Study) -> None:
    other = optuna.load_study(study_name="made_up.dropout", storage=study._storage)
    study.add_trial(other.get_trials()[0])


def _enqueue_one_of_ours(study: optuna.Study) -> None:
    best = study.best_trial
    study.enqueue_trial(best.params, user_attrs=best.user_attrs)


ADDED: tuple[Callable[[optuna.Study], None], ...] = (  # to ask takes what was enqueued before
    _ask,
    _tell,
    _add,
    _copy,
    _copy_to_another_arm,
    _enqueue,
    _enqueue_one_of_ours,
)


def test_what_others_add_changes_nothing_of_ours(story: Story, tmp_path: Path) -> None:
    """Trials in any state and copies of ours, between the generations: the list is bit for bit."""
    whole = Story(tmp_path / "whole")
    whole.drive()
    before, ours = story.ledger.read("made_up"), story.ledger.frozen("made_up")
    for add in ADDED:
        add(study_of(story))
    assert story.ledger.read("made_up") == before
    assert story.ledger.frozen("made_up") == ours
    counts = story.ledger.counts()["made_up"]
    assert (counts.trials, counts.foreign) == (8, len(ADDED))
    assert counts.best == max(trial.value or 0.0 for trial in before.trials)
    told = f"{len(ADDED)} trials that others added with Optuna are no part of it"
    assert foreign_told(story.ledger.counts(), "made_up") == told

    story.file = whole.file
    story.drive()
    assert listed(story) == listed(whole)
    assert len(study_of(story).get_trials()) == 12 + len(ADDED)
    _enqueue(study_of(story, "made_up.dropout"))
    story.drive()
    assert listed(story) == listed(whole)


def test_a_generation_that_was_half_written_goes_on_behind_what_others_added(
    story: Story, tmp_path: Path
) -> None:
    """Added one by one and killed in between, the rest is added and nothing twice."""
    whole = Story(tmp_path / "whole")
    whole.drive()
    story.file = whole.file
    _tell(study_of(story))
    with pytest.raises(Killed):
        story.drive(rows_before_kill=3)
    _tell(study_of(story))
    story.drive()
    assert listed(story) == listed(whole)


def test_a_copy_of_a_study_is_somebody_elses(story: Story) -> None:
    """Our header is in it, too; it is not listed, does not count, and outlives the study."""
    url, stamps = f"sqlite:///{story.ledger.path}", story.ledger.stamps()
    for name in ("mine", "made_up.copy", "other.none"):
        optuna.copy_study(
            from_study_name=NAME, from_storage=url, to_storage=url, to_study_name=name
        )
    study_of(story).set_user_attr("note", "look at lr")
    assert story.ledger.names() == ("made_up",)
    assert [study.name for study in story.ledger.read_all()] == ["made_up"]
    assert {name: own.trials for name, own in story.ledger.counts().items()} == {"made_up": 8}
    assert story.ledger.stamps().keys() == stamps.keys()
    story.ledger.remove("made_up")
    left = {"mine", "made_up.copy", "other.none"}
    assert left <= {*optuna.get_all_study_names(url)}
    assert story.ledger.names() == ()


def edit(ledger: Ledger, trial: str, key: str, value: str | None) -> None:
    """Edit one attribute of a trial of ours, or remove it, as only SQL can."""
    row = "trial_id = (SELECT trial_id FROM trial_user_attributes WHERE value_json = ?) AND key = ?"
    what = "DELETE FROM" if value is None else "UPDATE"
    change = "" if value is None else "SET value_json = ?"
    with closing(sqlite3.connect(ledger.path)) as connection, connection:
        statement = f"{what} trial_user_attributes {change} WHERE {row}"
        values = [f'"{trial}"', key] if value is None else [value, f'"{trial}"', key]
        assert connection.execute(statement, values).rowcount == 1


@pytest.mark.parametrize("value", [None, '"gone"', '{"trial_id": 3}'])
def test_a_damaged_trial_of_ours_is_named(story: Story, value: str | None) -> None:
    """Its record is not there, or makes no sense: that is damage, of this trial of this study."""
    edit(story.ledger, f"{NAME}-1", "record", value)
    damaged = f"the ledger is damaged in study made_up .*trial {NAME}-1: "
    with pytest.raises(MachineError, match=damaged):
        story.ledger.read("made_up")
    with pytest.raises(MachineError, match=damaged):
        story.ledger.past(story.plan)


def test_a_trial_of_ours_that_is_gone_is_not_passed_over(story: Story) -> None:
    """Nothing goes on without it, for its number belongs to no other."""
    edit(story.ledger, f"{NAME}-2", "trial_id", '"made_up.none-7"')
    damaged = "damaged in study made_up .*not all trials of none before the last are there"
    with pytest.raises(MachineError, match=damaged):
        story.ledger.past(story.plan)
    edit(story.ledger, f"{NAME}-1", "trial_id", None)
    with pytest.raises(MachineError, match=r"damaged in study made_up .*trial_id"):
        story.ledger.read("made_up")


def test_a_damaged_study_hides_no_other(story: Story) -> None:
    """Those that can be read are returned, and of the other it is told what is wrong."""
    header = story.ledger.kept("made_up")[HEADER]
    for arm in ("none", "dropout"):
        study = optuna.create_study(
            study_name=f"older.{arm}", storage=story.ledger._storage, direction="maximize"
        )
        damaged = {"study": "older", "arm": arm, "arms": ["none", "dropout"], "kind": "study"}
        study.set_user_attr(HEADER, {**header, **damaged, "spec": {"name": 3}, "created_at": 1.0})
    unread: list[Exception] = []
    assert story.ledger.names() == ("older", "made_up")
    found = story.ledger.read_all(unread=unread.append)
    assert [study.name for study in found] == ["made_up"]
    assert ["damaged in study older" in str(error) for error in unread] == [True]
    with pytest.raises(MachineError, match="damaged in study older"):
        story.ledger.read_all()


@pytest.mark.parametrize(
    "told",
    [
        3,
        {"arms": 3},
        {"spec": {"name": 3}},
        {"layout": None},
        {"created_at": "then"},
        {"provenance": None},
    ],
    ids=str,
)
def test_a_damaged_record_is_told_and_can_be_removed(story: Story, told: object) -> None:
    """Whatever it says, what needs none of it goes on: names, counts, and taking it away."""
    for arm, attrs in story.ledger._known("made_up").arms.items():
        header = {**attrs[HEADER], **told} if isinstance(told, dict) else told
        story.ledger._set_attr(arm, HEADER, header)
    ledger = Ledger(story.ledger.path)
    assert (ledger.names(), ledger.counts()["made_up"].trials) == (("made_up",), 8)
    needs: list[Callable[[], object]] = [
        lambda: ledger.read("made_up"),
        lambda: ledger.layout("made_up"),
        lambda: ledger.begun(story.asked),
        lambda: ledger.frozen("made_up"),
    ]
    for look in needs:
        with suppress(MachineError):
            look()
    assert [one.name for one in ledger.begun_stages("made_up")] == ["made_up"]
    ledger.remove("made_up")
    assert ledger.names() == ()


def test_what_is_kept_with_a_study_hangs_on_no_order_of_its_arms(story: Story) -> None:
    """Written in another order they are the same arms, and the test images were opened."""
    opening = Opening(opened_at=1.0, git_commit="c0ffee", digests={})
    story.ledger.note_opening("made_up", opening)
    for _ in range(2):
        story.file = story.file | {"arms": dict(reversed(story.file["arms"].items()))}
        story.open()
        assert story.ledger.read("made_up").openings == (opening,)
