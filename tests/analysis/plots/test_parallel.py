from fashion_bench.analysis.plots.params import Line, parallel_info
from tests.analysis.conftest import failed, hopeless, make_study, make_trial


def test_each_trial_is_a_line_the_best_on_top() -> None:
    """Lines run through the axes in the file's order; the best is drawn last."""
    study = make_study(
        make_trial((0.9,), params={"lr": 0.1, "schedule": "cosine"}),
        make_trial((0.8,), number=1, params={"lr": 0.2, "schedule": "constant"}),
        hopeless(number=2, params={"lr": 0.15, "schedule": "cosine"}),
        failed(number=3),
    )
    info = parallel_info(study)
    assert [axis.name for axis in info.axes] == ["lr", "schedule"]
    assert [line.value for line in info.lines] == [0.1, 0.8, 0.9]
    assert info.lines[-1] == Line(arm="plain", fractions=(0.0, 0.0), value=0.9)


def test_a_line_knows_which_parameters_its_trial_lacks() -> None:
    """The arm without a dropout rate passes below that axis."""
    study = make_study(
        make_trial((0.7,), params={"lr": 0.1}),
        make_trial((0.8,), arm="dropout", params={"lr": 0.1, "dropout": 0.2}),
        make_trial((0.9,), arm="dropout", number=1, params={"lr": 0.2, "dropout": 0.6}),
    )
    fractions = [line.fractions for line in parallel_info(study).lines]
    assert fractions == [(0.0, None), (0.0, 0.0), (1.0, 1.0)]
