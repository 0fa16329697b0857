"""The audit of a pruner: how trials stood at each rung, against how they ended."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from fashion_bench.analysis.audit import Audit, RungAudit
from fashion_bench.analysis.plots.canvas import arm_colors, arm_handles, draw_picture
from fashion_bench.analysis.text import with_interval

MOST_RUNGS = 4  # panels beside each other
MOST_HEADINGS = 6  # arms whose correlations have room above a panel
CONTROL = "D"  # marks a trial that passes every rung, whatever it scores


def rungs_of(found: Audit) -> dict[int, list[RungAudit]]:
    """Return the arms' audits by rung; of many rungs the first alone, where most trials stop."""
    rungs = sorted({row.rung for row in found.rungs})[:MOST_RUNGS]
    return {rung: [row for row in found.rungs if row.rung == rung] for rung in rungs}


def draw_audit(name: str, found: Audit, arms: Sequence[str]) -> bytes:
    """Draw each complete trial's value against its accuracy at a rung, a panel each.

    Args:
        name: of the study.
        found: of its pruner.
        arms: of the study in its order, so that colours agree with the other pictures.
    """
    rungs, colors = rungs_of(found), arm_colors(arms)

    def draw(figure: Figure) -> list[Artist]:
        panels = figure.subplots(1, len(rungs), sharey=True, squeeze=False)
        for axes, (rung, rows) in zip(panels.flat, rungs.items(), strict=True):
            for row in rows:
                trials = list(zip(row.at_rung, row.at_end, row.designated, strict=True))
                for control, marker in ((False, "o"), (True, CONTROL)):
                    points = [(x, y) for x, y, designated in trials if designated is control]
                    x, y = zip(*points, strict=True) if points else ((), ())
                    axes.plot(x, y, marker, ms=5, alpha=0.8, color=colors[row.arm])
            axes.set_xlabel(f"accuracy at epoch {rung}")
            if len(rows) <= MOST_HEADINGS:
                axes.set_title("\n".join(map(heading_of, rows)), fontsize=9)
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.margins(0.1)
            axes.grid(alpha=0.3)
        panels[0, 0].set_ylabel("value in the end (fraction)")
        return [*arm_handles(colors), *_controls(found)]

    title = f"{name}: complete trials at each rung and in the end"
    size = (max(6, 3.6 * len(rungs)), 4.0 + 0.15 * min(len(arms), MOST_HEADINGS))
    return draw_picture(title, size, draw, empty="" if rungs else "no complete trial")


def heading_of(row: RungAudit) -> str:
    """Return the rank correlation of an arm with its interval and n as text."""
    ranks = with_interval(row.correlation, row.interval, "{:.2f}".format)
    told = "no rank correlation" if row.correlation is None else f"ranks {ranks}"
    return f"{row.arm}: {told}, n = {row.n}"


def _controls(found: Audit) -> list[Artist]:
    if not any(row.controls for row in found.rungs):
        return []
    label = "passes every rung"
    return [Line2D([], [], linestyle="none", marker=CONTROL, color="black", label=label)]
