"""The start page as HTML, and the chart in it."""

from dataclasses import replace
from html.parser import HTMLParser
from math import nan
from xml.etree import ElementTree

import pytest

from fashion_bench.analysis.plots.curves import arms_bands
from fashion_bench.analysis.rendering.chart import BOTTOM, LEFT, RIGHT, TOP, svg_chart
from fashion_bench.analysis.rendering.start import Card, Curves, Running, curves_of, start_page
from fashion_bench.records import Outcome
from tests.analysis.conftest import make_study, make_trial

BAD = "<script>alert(1)</script>\"'"


class Tags(HTMLParser):
    """Counts the tags of a page and what each asks for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.asked: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See ``HTMLParser``."""
        self.tags.append(tag)
        self.asked += [value or "" for name, value in attrs if name in {"src", "href", "action"}]


def test_what_people_wrote_is_text() -> None:
    """A question, a name, an answer, an arm or an error with markup in it is shown as written."""
    cards = [
        Card(
            name=BAD,
            kind="study",
            question=BAD,
            answer=BAD,
            state="running",
            told=BAD,
            curves=(Curves(stage=BAD, svg=svg_chart(arms_bands(STUDY), STUDY.arms), legend=()),),
            best={BAD: BAD},
            running=(Running(trial=BAD, epoch=1, epochs=2, accuracy=BAD),),
            links={BAD: {BAD: f"./#/{BAD}"}},
        ),
        Card(name=BAD, problem=BAD),
    ]
    page = start_page(cards, waiting=False, problem=BAD)
    assert Tags(page).tags.count("script") == 1
    assert "alert(1)</script>" not in page
    assert page.count("&lt;script&gt;alert(1)") > 10


def test_it_asks_nobody_else_for_anything() -> None:
    """Every address in it is its own server's, or holds what it is."""
    page = start_page([Card(name="a", kind="study", links={"": {"x": "./#/y"}})], waiting=False)
    assert set(Tags(page).asked) == {"data:,", "./#/y", "./#/experiments"}


@pytest.mark.parametrize(
    ("card", "waiting", "seconds"),
    [
        (Card(name="a", state="running"), False, 3),
        (Card(name="a", state="stopped"), False, 15),
        (Card(name="a", state="finished"), True, 3),
    ],
)
def test_it_is_loaded_again_soon_where_something_goes_on(
    card: Card, waiting: bool, seconds: int
) -> None:
    """With or without its script."""
    page = start_page([card], waiting=waiting)
    assert f'<main data-seconds="{seconds}">' in page
    assert f'<noscript><meta http-equiv="refresh" content="{seconds}"></noscript>' in page


# The chart ---------------------------------------------------------------------------------------

STUDY = make_study(
    *(make_trial((0.5, 0.6, 0.7 + n / 100), arm="a", number=n) for n in range(3)),
    *(make_trial((0.4, 0.5, 0.9), arm="b", number=n) for n in range(2)),
    make_trial((0.3,), arm="b", number=9, outcome=Outcome.PRUNED),
)


def test_a_chart_shows_the_median_of_all_trials_at_each_epoch() -> None:
    """Higher is better, later is further right; those that were stopped stand apart."""
    svg = ElementTree.fromstring(svg_chart(arms_bands(STUDY), STUDY.arms))
    a, b = (
        [tuple(map(float, at.split(","))) for at in line.get("points", "").split()]
        for line in svg.iter("polyline")
    )
    assert [len(a), len(b)] == [3, 3]
    assert a[0][0] < a[1][0] < a[2][0]
    assert a[0][1] > a[1][1] > a[2][1]
    assert a[0][1] < b[0][1]
    assert a[2][1] > b[2][1]
    assert len([*svg.iter("circle")]) == 1


@pytest.mark.parametrize("accuracies", [(0.5,), (0.5, 0.5), (0.5, nan), tuple([0.1] * 200)])
def test_every_chart_stays_in_its_frame(accuracies: tuple[float, ...]) -> None:
    """One epoch, equal values, a wide band, a diverged trial or many epochs: all is inside."""
    diverged = accuracies[-1] != accuracies[-1]
    outcome = Outcome.DIVERGED if diverged else Outcome.COMPLETE
    wide = [make_trial([0.9] * len(accuracies), arm="a", number=n) for n in (1, 2)]
    study = make_study(make_trial(accuracies, arm="a", outcome=outcome), *wide)
    svg = ElementTree.fromstring(svg_chart(arms_bands(study), study.arms))
    for shape in (*svg.iter("polyline"), *svg.iter("polygon")):
        for at in shape.get("points", "").split():
            x, y = map(float, at.split(","))
            assert LEFT <= x <= RIGHT
            assert TOP <= y <= BOTTOM
    texts = [text.text for text in svg.iter("text")]
    assert len(texts) == len(set(texts)) <= 16
    assert "1" in texts or len(accuracies) > 8


def test_each_stage_has_curves_of_its_own() -> None:
    """Those that have an epoch, by their names; a study without stages needs none."""
    assert [curves.stage for curves in curves_of(STUDY)] == [""]
    survey = replace(STUDY, plan=replace(STUDY.plan, stage="survey"))
    empty = replace(STUDY, trials=(), plan=replace(STUDY.plan, stage="confirm"))
    staged = replace(STUDY, survey=survey, confirm=empty)
    assert [curves.stage for curves in curves_of(staged)] == ["survey", "search"]
    (curves, _) = curves_of(staged)
    assert [label for _, label in curves.legend][-1] == "b, where stopped (n = 1)"
