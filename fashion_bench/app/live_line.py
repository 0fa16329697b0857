"""What a run is at, as one line that is cut from the right where a terminal is narrow."""

from collections.abc import Iterator
from math import floor

from fashion_bench.analysis.text import duration
from fashion_bench.app.live import Live


def live_line(live: Live, width: int) -> str:
    """Return what a run is at in so many columns: first what matters most, whole pieces only."""
    line = ""
    for piece, shorter in _pieces(live):
        fitting = next((each for each in (piece, shorter) if len(line + each) <= width), "")
        if not fitting:
            break
        line += fitting
    return line


def left_text(live: Live) -> str:
    """Return how long a run will take, empty where nothing tells."""
    seconds = live.seconds_left
    if seconds is None:
        return ""
    told = f"{seconds:.0f} s" if seconds < 59.5 else duration(max(60, seconds))
    return f"{'at most ' * live.at_most}{told} left"


def share_text(live: Live) -> str:
    """Return how much of the study is done, rounded down: 100 % is all of it."""
    if 0.001 <= live.share < 0.1:
        return f"{floor(1000 * live.share) / 10:.1f} %"
    return f"{floor(100 * live.share)} %"


def _pieces(live: Live) -> Iterator[tuple[str, str]]:
    """Yield each piece of the line, and what stands there if it does not fit."""
    match live.doing:
        case "measuring":
            yield f"measuring: {live.handled:,} of {live.trials_done:,} trials", ""
        case "recording":
            yield f"MLflow: {live.handled:,} of {live.trials_done:,} trials", ""
            yield "; Ctrl-C is harmless", ""
            yield ": `fashion-bench sync` sends the rest", ""
        case _:
            yield from _of_training(live)


def _of_training(live: Live) -> Iterator[tuple[str, str]]:
    yield share_text(live), ""
    if live.doing == "starting":
        yield ", starting", ""
    if live.share < 1 and (left := left_text(live)):
        yield f", {left}", ""
    best = sorted(live.best.items(), key=lambda each: -each[1])
    for place, (arm, value) in enumerate(best):
        piece = f"{arm} {value:.4f}"
        yield (f", {piece}", "") if place else (f", best {piece}", f", best {value:.4f}")
    yield f", {live.trials_done:,} of {live.trials_planned:,} trials", ""
    if live.stages > 1:
        stage = live.stage.partition(".")[2] or "search"
        yield f", {stage} is stage {live.stage_number} of {live.stages}", ""
    for place, trial in enumerate(live.running):
        at = f"{trial.arm}-{trial.number} epoch {min(trial.epoch + 1, live.epochs)}"
        yield f"{', ' if place else '; now '}{at}", ""
