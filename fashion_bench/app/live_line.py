"""What a run is at, as one line that is cut from the right where a terminal is narrow."""

from collections.abc import Iterator, Mapping
from math import floor
from typing import NamedTuple

from fashion_bench.analysis.text import duration
from fashion_bench.app.live import Doing, Live

ARMS = 2  # told of before the trials; three where there are no more


class _Piece(NamedTuple):
    """A piece of the line.

    Attributes:
        text: of it.
        shorter: what stands there if that does not fit.
        ranked: whether it is of an arm behind the best, and says nothing without the best's name.
    """

    text: str
    shorter: str = ""
    ranked: bool = False


def live_line(live: Live, width: int) -> str:
    """Return what a run is at in so many columns: first what matters most, whole pieces only."""
    line, nameless = "", False
    for piece in _pieces(live):
        if piece.ranked and nameless:
            continue
        ways = piece.text, piece.shorter
        fitting = next((each for each in ways if len(line + each) <= width), "")
        if not fitting:
            break
        line += fitting
        nameless = nameless or fitting != piece.text
    return line


def left_text(live: Live) -> str:
    """Return how long a run will train, empty where nothing tells or all is trained."""
    seconds = live.seconds_left
    if seconds is None or not live.trains:
        return ""
    told = f"{seconds:.0f} s" if seconds < 59.5 else duration(max(60, seconds))
    return f"{'at most ' * live.at_most}{told} left"


def handled_text(live: Live) -> str:
    """Return how far what follows the training is, empty before."""
    steps: Mapping[Doing, str] = {"measuring": "measuring", "recording": "MLflow"}
    if live.doing not in steps:
        return ""
    return f"{steps[live.doing]}: {live.handled:,} of {live.trials_done:,} trials"


def share_text(live: Live) -> str:
    """Return how much of the study is done, rounded down: 100 % is all of it."""
    if 0.001 <= live.share < 0.1:
        return f"{floor(1000 * live.share) / 10:.1f} %"
    return f"{floor(100 * live.share)} %"


def _pieces(live: Live) -> Iterator[_Piece]:
    if not (handled := handled_text(live)):
        yield from _of_training(live)
        return
    yield _Piece(handled)
    if live.doing == "recording":
        if live.handled >= live.trials_done:
            yield _Piece(", now pictures")
        yield _Piece("; Ctrl-C is harmless")
        yield _Piece(": `fashion-bench sync` sends the rest")


def _of_training(live: Live) -> Iterator[_Piece]:
    yield _Piece(share_text(live))
    if live.doing == "starting":
        yield _Piece(", starting")
    if live.share < 1 and (left := left_text(live)):
        yield _Piece(f", {left}")
    best, *others = _best(live) or [""]
    if best:
        yield _Piece(f", best {best}", f", best {best.rpartition(' ')[2]}")
    first = others if len(others) <= ARMS else others[: ARMS - 1]
    yield from (_Piece(f", {arm}", ranked=True) for arm in first)
    yield _Piece(f", {live.trials_done:,} of {live.trials_planned:,} trials")
    if live.stages > 1:
        stage = live.stage.partition(".")[2] or "search"
        yield _Piece(f", {stage} is stage {live.stage_number} of {live.stages}")
    for place, trial in enumerate(live.running):
        at = f"{trial.arm}-{trial.number} epoch {min(trial.epoch + 1, live.epochs)}"
        yield _Piece(f"{', ' if place else '; now '}{at}")
    for place, arm in enumerate(others[len(first) :]):
        yield _Piece(f"{', ' if place else '; behind them '}{arm}", ranked=True)


def _best(live: Live) -> list[str]:
    """Return each arm and its best, the best first."""
    ranked = sorted(live.best.items(), key=lambda each: -each[1])
    return [f"{arm} {value:.4f}" for arm, value in ranked]
