"""Tests of ``app/live_line.py``: what a person reads of a run, at any width."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.app.live import Live, RunningTrial
from fashion_bench.app.live_line import left_text, live_line, share_text

TRAINING = Live(
    stage="s",
    doing="training",
    trials_done=12,
    trials_planned=48,
    epochs_done=71,
    epochs_planned=431,
    epochs=10,
    seconds_left=245,
    best={"none": 0.8790, "dropout": 0.8812},
    running=(
        RunningTrial(arm="none", number=12, epoch=0, valid_accuracy=None),
        RunningTrial(arm="dropout", number=9, epoch=10, valid_accuracy=0.88),
    ),
    written_at=1e9,
    share=0.376,
)
STAGED = replace(TRAINING, stage="s.survey", stages=3)
WHOLE = (
    "37 %, 4 min left, best dropout 0.8812, none 0.8790, 12 of 48 trials, "
    "survey is stage 1 of 3; now none-12 epoch 1, dropout-9 epoch 10"
)


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (40, "37 %, 4 min left, best dropout 0.8812"),
        (49, "37 %, 4 min left, best dropout 0.8812"),
        (50, "37 %, 4 min left, best dropout 0.8812, none 0.8790"),
        (80, "37 %, 4 min left, best dropout 0.8812, none 0.8790, 12 of 48 trials"),
        (200, WHOLE),
    ],
)
def test_what_matters_most_fits_a_narrow_terminal(width: int, line: str) -> None:
    """How much is done, the time left and the best at 40 columns; the rest where there is room."""
    assert live_line(STAGED, width) == line


@pytest.mark.parametrize(
    ("seconds", "at_most", "line"),
    [
        (4000, False, "37 %, 1 h 07 min left, best 0.8812"),
        (4000, True, "37 %, at most 1 h 07 min left"),
        (29.6, True, "37 %, at most 30 s left, best 0.8812"),
        (None, False, "37 %, best a-rather-long-name 0.8812"),
    ],
)
def test_the_name_of_the_best_arm_goes_before_its_accuracy(
    seconds: float | None, at_most: bool, line: str
) -> None:
    """Where both do not fit into 40 columns."""
    live = replace(
        TRAINING, seconds_left=seconds, at_most=at_most, best={"a-rather-long-name": 0.8812}
    )
    assert live_line(live, 40) == line


def test_no_arm_is_told_of_behind_a_best_without_a_name() -> None:
    """The next one would read as the best; what follows the arms is told where it fits."""
    live = replace(TRAINING, best={"a-rather-long-name": 0.88, "b": 0.87}, running=())
    assert live_line(live, 70) == ("37 %, 4 min left, best a-rather-long-name 0.8800, b 0.8700")
    assert live_line(live, 42) == "37 %, 4 min left, best 0.8800"
    live = replace(live, best={f"{name * 30}": 0.5 for name in "ab"})
    assert live_line(live, 50) == "37 %, 4 min left, best 0.5000, 12 of 48 trials"


def test_of_many_arms_the_best_two_come_first() -> None:
    """Of eight arms the trials and what runs fit into 80 columns; of three all come first."""
    best = {f"arm{place}": 0.9 - place / 100 for place in range(8)}
    ahead = "37 %, 4 min left, best arm0 0.9000, arm1 0.8900"
    rest = ", ".join(f"{arm} {value:.4f}" for arm, value in [*best.items()][2:])
    now = "now none-12 epoch 1, dropout-9 epoch 10"
    assert live_line(replace(TRAINING, best=best, running=TRAINING.running[:1]), 80) == (
        f"{ahead}, 12 of 48 trials"
    )
    assert live_line(replace(TRAINING, best=best), 250) == (
        f"{ahead}, 12 of 48 trials; {now}; behind them {rest}"
    )
    three = dict([*best.items()][:3])
    assert live_line(replace(TRAINING, best=three), 90) == (
        f"{ahead}, arm2 0.8800, 12 of 48 trials"
    )


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (40, "MLflow: 512 of 1,024 trials"),
        (50, "MLflow: 512 of 1,024 trials; Ctrl-C is harmless"),
        (
            100,
            "MLflow: 512 of 1,024 trials; Ctrl-C is harmless: `fashion-bench sync` sends the rest",
        ),
    ],
)
def test_what_mlflow_has_got_is_told(width: int, line: str) -> None:
    """And that nobody has to wait for it."""
    live = replace(TRAINING, doing="recording", trials_done=1024, handled=512)
    assert live_line(live, width) == line


def test_the_last_pictures_are_told() -> None:
    """MLflow has all trials, and what is still drawn and sent takes a while."""
    live = replace(TRAINING, doing="recording", handled=12)
    assert live_line(live, 80) == "MLflow: 12 of 12 trials, now pictures; Ctrl-C is harmless"


def test_what_comes_before_and_after_training_is_told() -> None:
    """The workers start, with the best of what is stored; test images are measured."""
    new = replace(TRAINING, doing="starting", share=0.0, seconds_left=None, best={}, running=())
    assert live_line(new, 40) == "0 %, starting, 12 of 48 trials"
    assert live_line(replace(new, doing="measuring", handled=3), 40) == "measuring: 3 of 12 trials"


def test_nothing_is_left_of_what_is_done() -> None:
    """100 % is all of it, and says no time."""
    done = replace(TRAINING, share=1.0, seconds_left=0.0, running=())
    assert live_line(done, 40) == "100 %, best dropout 0.8812, none 0.8790"
    assert live_line(replace(done, share=0.9999), 20) == "99 %, 0 s left"


def test_a_long_study_moves_from_the_start() -> None:
    """Below 10 % a tenth is told, and nothing rounded up."""
    shares = (0.0, 0.0009, 0.0019, 0.0999, 0.1, 0.9999, 1.0)
    told = [share_text(replace(TRAINING, share=share)) for share in shares]
    assert told == ["0 %", "0 %", "0.1 %", "9.9 %", "10 %", "99 %", "100 %"]


def test_times_are_told_in_the_unit_a_person_would_say() -> None:
    """Seconds below a minute, then minutes, then hours."""
    seconds = (1.2, 59.4, 59.6, 3570, 90_000)
    told = [left_text(replace(TRAINING, seconds_left=each)) for each in seconds]
    assert told == ["1 s left", "59 s left", "1 min left", "1 h 00 min left", "25 h 00 min left"]


@given(
    width=st.integers(6, 250),
    arms=st.dictionaries(st.text("abc-", min_size=1, max_size=30), st.floats(0, 1)),
    doing=st.sampled_from(["starting", "training", "measuring", "recording"]),
)
def test_no_line_is_wider_than_the_terminal(width: int, arms: dict[str, float], doing: str) -> None:
    """Whatever the arms are called: whole pieces only, and more of them the wider it is."""
    live = replace(STAGED, best=arms, doing=doing)
    line, wider = live_line(live, width), live_line(live, width + 1)
    assert len(line) <= width
    assert len(line) <= len(wider)
