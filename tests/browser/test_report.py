"""Whether a report opens from a file, alone, can only a real browser tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from fashion_bench.analysis.document import Answer, Document, Section, Table
from fashion_bench.analysis.rendering.pages import html_page
from fashion_bench.analysis.report.record import record_sections
from fashion_bench.analysis.report.study import study_sections
from fashion_bench.analysis.views.study import summary_document
from tests.analysis.conftest import make_study, make_trial
from tests.arms_page import open_browser

pytestmark = pytest.mark.browser

NARROW = 390  # pixels of a telephone


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a made-up study."""
    study = make_study(
        *(make_trial(number=number, params={"lr": 0.1 + number}) for number in range(3))
    )
    tables = summary_document(study).all(Table)
    page = Document(
        title="made-up (study)",
        question="Does it <script>document.title = 'caught'</script> help?",
        sections=(
            Section(title="How the arms compare", blocks=(Answer(sentence="No verdict."), *tables)),
            *study_sections(study, {}, ()),
            *record_sections(study, ["x" * 200]),
        ),
        origin="Made up.",
    )
    path = tmp_path_factory.mktemp("report") / "my report 100%.html"
    path.write_text(html_page(page), "utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with open_browser() as browser:
        yield browser


@pytest.fixture
def asked(browser: Browser, report: Path) -> Iterator[tuple[Page, list[str]]]:
    """The opened page, and all that it asked for, complained about or ran into."""
    page, noted = browser.new_page(viewport={"width": NARROW, "height": 800}), list[str]()
    page.on("request", lambda request: noted.append(request.url))
    page.on("console", lambda message: noted.append(message.text))
    page.on("pageerror", lambda error: noted.append(str(error)))
    page.goto(report.as_uri())
    yield page, noted
    page.close()


def test_it_opens_without_a_server(asked: tuple[Page, list[str]], report: Path) -> None:
    """The one thing asked for beside its own pictures is itself; nothing is complained about."""
    page, noted = asked
    assert [one for one in noted if not one.startswith("data:")] == [report.as_uri()]
    assert page.title() == "made-up (study)"


def test_its_pictures_are_seen(asked: tuple[Page, list[str]]) -> None:
    """Each has a size of its own, the one that the page reserves for it."""
    sizes = asked[0].eval_on_selector_all(
        "img", "all => all.map(one => [one.naturalWidth, one.naturalHeight, +one.width > 0])"
    )
    declared = asked[0].eval_on_selector_all(
        "img", "all => all.map(one => ['width', 'height'].map(name => +one.getAttribute(name)))"
    )
    assert len(sizes) == 3
    assert [[*size, True] for size in declared] == sizes
    assert all(width > 100 and height > 100 for width, height in declared)


def test_it_fits_a_narrow_screen(asked: tuple[Page, list[str]]) -> None:
    """Nothing sticks out: what is too wide scrolls by itself."""
    assert asked[0].evaluate("document.documentElement.scrollWidth") <= NARROW


def test_its_links_lead_to_sections(asked: tuple[Page, list[str]]) -> None:
    """A click in the contents brings its heading into view, without another request."""
    page, noted = asked
    before = len(noted)
    page.get_by_role("link", name="How to reproduce it").click()
    heading = page.get_by_role("heading", name="How to reproduce it")
    assert heading.evaluate("one => one.getBoundingClientRect().top < innerHeight")
    assert len(noted) == before


def test_it_prints(asked: tuple[Page, list[str]]) -> None:
    """As PDF it has pages; on paper there are no links to click."""
    page, _ = asked
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
