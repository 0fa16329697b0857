"""The start page of the server: each study with its answer, its curves and what it is at now."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from markupsafe import Markup

from fashion_bench.analysis.plots.canvas import arm_colors
from fashion_bench.analysis.plots.curves import Band, arms_bands
from fashion_bench.analysis.rendering.chart import svg_chart
from fashion_bench.analysis.rendering.pages import render
from fashion_bench.records import State, StudyRecord

# Without it the page is as readable, and a browser loads it again by itself.
_SCRIPT = """
const shown = () => document.querySelector("main");
const later = () => setTimeout(again, 1000 * shown().dataset.seconds);
async function again() {
  if (!document.hidden) {
    const away = document.getElementById("away");
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) throw answer;
      const read = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = read.querySelector("main");
      if (fresh.outerHTML !== shown().outerHTML) shown().replaceWith(fresh);
      away.hidden = true;
    } catch { away.hidden = false; }
  }
  later();
}
later();
"""
_DIGEST = b64encode(sha256(_SCRIPT.encode()).digest()).decode()  # the page runs no other script

REFRESH_SECONDS = 3, 15  # while something goes on, and else


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The curves of one stage, drawn.

    Attributes:
        stage: which; empty of a study without stages.
        svg: the chart.
        legend: what each curve is, with its colour.
    """

    stage: str
    svg: str
    legend: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A trial that is being trained, as the page shows it.

    Attributes:
        trial: its arm and number.
        epoch: the last it finished.
        epochs: at most so many.
        accuracy: in validation, as text.
    """

    trial: str
    epoch: int
    epochs: int
    accuracy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the page shows of a study.

    Attributes:
        name: of the study or experiment.
        kind: which of the two; empty as long as it is being read.
        question: as its file asks it.
        answer: the present one, or why there is none; several lines of several questions.
        curves: of each stage that has any.
        state: whether somebody runs it.
        told: how far it is, in a sentence.
        command: what goes on with it where it is stopped, as far as that is known.
        best: the best of each arm so far, as text.
        running: what is being trained.
        more: how many more are.
        links: into MLflow, by stage and by what they show, the one to all trials first; the stage
            is empty of a study without others.
        problem: why it cannot be shown.
    """

    name: str
    kind: str = ""
    question: str = ""
    answer: str = ""
    curves: tuple[Curves, ...] = ()
    state: State | None = None
    told: str = ""
    command: str = ""
    best: Mapping[str, str] = field(default_factory=dict)
    running: tuple[Running, ...] = ()
    more: int = 0
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problem: str = ""


def start_page(cards: Sequence[Card], *, waiting: bool, problem: str = "") -> str:
    """Return the page as HTML; whatever users wrote is text in it, never markup.

    Args:
        cards: of the studies, the newest first.
        waiting: whether more will be known in a moment.
        problem: why nothing can be shown.
    """
    soon = waiting or any(card.state == "running" for card in cards)
    seconds = REFRESH_SECONDS[not soon]
    return render(
        "start.html.j2",
        cards=cards,
        seconds=seconds,
        problem=problem,
        script=Markup(_SCRIPT),
        digest=_DIGEST,
    )


def curves_of(study: StudyRecord) -> tuple[Curves, ...]:
    """Return the curves of each stage of a study, over all its trials."""
    stages = [(stage, arms_bands(stage)) for stage in study.stages]
    alone = len(stages) == 1
    return tuple(
        Curves(
            stage="" if alone else stage.plan.stage,
            svg=svg_chart(bands, stage.arms),
            legend=_legend(bands, stage.arms),
        )
        for stage, bands in stages
        if bands
    )


def _legend(bands: Sequence[Band], arms: Sequence[str]) -> tuple[tuple[str, str], ...]:
    colors = arm_colors(arms)
    return tuple((colors[band.arm], band.label) for band in bands)
