import pytest

from fashion_bench.analysis.document import Block, Picture, Placeholder, Text
from fashion_bench.analysis.plots.importances import Importances
from fashion_bench.analysis.report.study import study_sections
from fashion_bench.records import StudyRecord
from tests.analysis.conftest import lone_studies, make_study, make_trial

STUDY = make_study(
    make_trial(params={"lr": 0.1}),
    make_trial((0.8, 0.7), number=1, params={"lr": 0.2}),
    make_trial(arm="dropout", params={"lr": 0.1}),
)
PED_ANOVA = Importances(
    evaluator="PED-ANOVA",
    remark="what sets the best apart.",
    shares={"plain": {"lr": 0.75, "hidden": 0.25}, "dropout": {}},
    intervals={"plain": {"lr": (0.5, 0.9)}},
    interval="80 % of bootstrap samples",
)


def blocks_of(study: StudyRecord, *importances: Importances | Placeholder) -> list[Block]:
    """Return all blocks; the picture of the expected best is not there."""
    return [block for part in study_sections(study, {}, importances) for block in part.blocks]


def test_every_picture_has_words() -> None:
    """Who cannot see one is told what it shows, with its main figures."""
    alts = {b.name: b.alt for b in blocks_of(STUDY, PED_ANOVA) if isinstance(b, Picture)}
    assert list(alts) == ["history", "arms", "slices", "importances-ped-anova"]
    assert "in the end: plain 0.9000, dropout 0.9000" in alts["history"]
    assert alts["importances-ped-anova"] == "Importance by PED-ANOVA. plain: most by lr, 75%."


def test_an_evaluator_is_named_with_what_it_tells() -> None:
    """Different evaluators answer different questions; and how many trials it rests on."""
    told = "PED-ANOVA, of complete trials (plain 2, dropout 1): what sets the best apart."
    assert Text(words=told) in blocks_of(STUDY, PED_ANOVA)


def test_what_is_not_there_is_said_in_its_place() -> None:
    """An evaluator that was left out, and the expected best where no trial has a value."""
    absence = Placeholder(what="Importances by fANOVA", why="it takes long")
    blocks = blocks_of(STUDY, absence)
    assert blocks[-1] == absence
    expected = Placeholder(what="Expected best by number of trials", why="no trial has a value")
    assert expected in blocks


def test_the_picture_of_the_expected_best_is_taken_as_it_is() -> None:
    """It stands with those of the search."""
    expected = Picture(name="expected", alt="The expected best.", content=b"a picture")
    search = study_sections(STUDY, {"expected": expected}, ())[0]
    assert [block.content for block in search.blocks if isinstance(block, Picture)][-1] == (
        b"a picture"
    )


@pytest.mark.parametrize("name", lone_studies())
def test_a_study_with_little_to_tell_is_told(name: str) -> None:
    """Whatever came of its trials, there is a picture or a sentence in every place."""
    nothing = Importances(evaluator="fANOVA", remark="nothing", shares={"plain": {}})
    pictures = [b for b in blocks_of(lone_studies()[name], nothing) if isinstance(b, Picture)]
    assert all(picture.content.startswith(b"\x89PNG") for picture in pictures)
    assert pictures[-1].alt == "Importance by fANOVA. Too few trials to tell."
