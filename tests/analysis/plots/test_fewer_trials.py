"""A share that rests on fewer trials than its arm has says so, in the picture and in words."""

from matplotlib.figure import Figure

from fashion_bench.analysis.document import Text
from fashion_bench.analysis.plots.importances import Importances, draw_bars, draw_importances
from fashion_bench.analysis.report.study import study_sections
from tests.analysis.conftest import make_study, make_trial

TOLD = Importances(
    evaluator="PED-ANOVA",
    remark="what sets the best apart.",
    shares={"plain": {"lr": 0.75, "hidden3": 0.5}, "dropout": {"lr": 0.5}},
    trials={"plain": {"lr": 3, "hidden3": 2}, "dropout": {"lr": 1}},
)
COMPLETE = {"plain": 3, "dropout": 1}


def test_only_what_rests_on_fewer_trials_is_told() -> None:
    """What all complete trials have needs no number of its own."""
    assert TOLD.fewer(COMPLETE) == {"plain": {"hidden3": 2}, "dropout": {}}
    axes = Figure().subplots()
    draw_bars(axes, TOLD.shares, {"plain": {"hidden3": (0.4, 0.9)}}, TOLD.fewer(COMPLETE))
    (written,) = axes.texts
    assert written.get_text().strip() == "n = 2"
    assert written.get_position()[0] == 0.9  # behind the interval


def test_the_picture_of_what_all_have_is_as_it_was() -> None:
    """Byte for byte, whether or not it is told that all have it."""
    untold = Importances(evaluator="made up", shares={"plain": {"lr": 1.0}})
    told = Importances(
        evaluator="made up", shares={"plain": {"lr": 1.0}}, trials={"plain": {"lr": 3}}
    )
    assert draw_importances(told, COMPLETE) == draw_importances(untold, COMPLETE)


def test_a_report_says_among_how_many() -> None:
    """In the sentence before the picture."""
    trials = [make_trial(number=number, params={"lr": 0.1}) for number in range(3)]
    study = make_study(*trials, make_trial(arm="dropout", params={"lr": 0.1}))
    blocks = [block for part in study_sections(study, {}, (TOLD,)) for block in part.blocks]
    (words,) = (block.words for block in blocks if isinstance(block, Text))
    assert words == (
        "PED-ANOVA, of complete trials (plain 3, dropout 1): what sets the best apart. A parameter "
        "that only some trials use is judged among those: plain: hidden3 2 of 3."
    )
