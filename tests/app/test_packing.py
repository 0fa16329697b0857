"""How many trials are trained together: chosen once, then kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.app.packing import choose_layout, keep_layout
from fashion_bench.app.run import How, run_study
from fashion_bench.app.workplace import Workplace
from fashion_bench.errors import StudyError
from fashion_bench.search.layout import Layout
from fashion_bench.search.planning import plan_of
from fashion_bench.search.spec import load_study
from tests.app.conftest import Listener
from tests.app.small_files import STUDY, write

ON_GPU = Layout(device="cuda", lanes=8, slab=(32, 100))


def test_a_lane_is_alone_on_a_cpu_and_a_generation_together_on_a_gpu(tmp_path: Path) -> None:
    """Two arms of 3 trials a generation fit a cohort of 8, padded to the widest trial."""
    changes = ("generation = 2", "generation = 3"), ("per_arm = 4", "per_arm = 6")
    plan = plan_of(load_study(write(tmp_path, STUDY, *changes)), "s")
    assert choose_layout(plan, "cpu", None) == Layout(device="cpu", lanes=1, slab=(32, 100))
    assert choose_layout(plan, "cuda", None) == ON_GPU
    assert choose_layout(plan, "cpu", 4).lanes == 4


def test_a_study_keeps_its_device_and_its_cohorts() -> None:
    """What is not asked for follows the study; what differs from it is refused by name."""
    assert keep_layout("s", ON_GPU, "auto", None) is ON_GPU
    assert keep_layout("s", ON_GPU, "cuda", 8) is ON_GPU
    with pytest.raises(StudyError, match=r"s: was begun on cuda \(given: 'cpu'\); go on with"):
        keep_layout("s", ON_GPU, "cpu", None)
    with pytest.raises(StudyError, match=r"s: was begun with cohorts of 8 \(given: 4\); leave"):
        keep_layout("s", ON_GPU, "auto", 4)


@pytest.mark.usefixtures("without_mlflow")
def test_a_study_of_cohorts_keeps_its_size(tmp_path: Path, how: How, listener: Listener) -> None:
    """Begun with cohorts of 4 it goes on with them unasked, and refuses another size."""
    file = write(tmp_path, STUDY, ("per_arm = 4", "per_arm = 2"))
    begun = run_study(file, replace(how, cohort_size=4), listener)
    assert begun.trained == 4
    layout = Workplace(how.runs).ledger().layout("s")
    assert layout == Layout(device="cpu", lanes=4, slab=(32, 100))
    with pytest.raises(StudyError, match="was begun with cohorts of 4"):
        run_study(write(tmp_path), replace(how, cohort_size=1), listener)
    assert run_study(write(tmp_path), how, listener).trained == 4
    assert Workplace(how.runs).ledger().layout("s") == layout
