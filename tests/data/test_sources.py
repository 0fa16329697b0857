import ast
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import fashion_bench
from fashion_bench.data import sets
from fashion_bench.data.sources import Sources, require_test
from fashion_bench.errors import SpecError

OURS = ("fashion_mnist", "synthetic")
PLANNING = """
import sys, time
started = time.perf_counter()
from fashion_bench.data.sources import Sources
from pathlib import Path
for name in sys.argv[1:]:
    assert Sources(folder=Path("/nowhere"), beside=Path("/nowhere")).open(name).facts.name == name
print(*sorted({"torch", "numpy", "torchvision", "sklearn", "PIL"} & set(sys.modules)))
"""


@pytest.fixture
def sources(real_data: Path) -> Sources:
    """The real images."""
    return Sources(folder=real_data, beside=Path("/nowhere"))


@pytest.mark.parametrize("name", OURS)
def test_a_shipped_set_is_what_its_facts_say(name: str, sources: Sources) -> None:
    """Shape, number, classes, mean and deviation, of both parts."""
    dataset = sources.open(name)
    facts = dataset.facts
    for images, count in ((dataset.load("train"), facts.images), (dataset.load("test"), 10_000)):
        assert images.pixels.dtype == torch.uint8
        assert (len(images.pixels), images.shape) == (count, facts.shape)
        assert (images.labels.shape, images.labels.dtype) == ((count,), torch.int64)
        assert images.labels.unique().tolist() == list(range(facts.classes))
        assert (images.mean, images.std, images.classes) == (facts.mean, facts.std, facts.classes)
    assert len(facts.labels) == facts.classes == round(1 / facts.chance)
    assert facts.test


@pytest.mark.parametrize("name", OURS)
def test_training_and_test_images_differ(name: str, sources: Sources) -> None:
    """The two doors lead to different images."""
    load = sources.open(name).load
    assert not torch.equal(load("train").labels[:10_000], load("test").labels)


def test_facts_are_known_without_torch() -> None:
    """Planning a study waits for no heavy library: every shipped set's facts lie open."""
    command = [sys.executable, "-c", PLANNING, *sets.names()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_shipped_set_is_a_file_of_its_own() -> None:
    """Each is called as its file, and nothing else lists them."""
    folder = Path(sets.__file__).parent
    assert set(sets.names()) == {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert all(sets.facts(name).name == name for name in sets.names())


def test_synthetic_images_need_no_folder() -> None:
    """Synthetic images come from a folder that is not there."""
    nowhere = Sources(folder=Path("/nowhere"), beside=Path("/nowhere"))
    nowhere.fetch("synthetic", print)
    assert len(nowhere.open("synthetic").load("test").labels) == 10_000


def test_a_source_travels(sources: Sources) -> None:
    """Worker processes are handed the sources, or what they open."""
    dataset = pickle.loads(pickle.dumps(sources)).open("synthetic")
    again = pickle.loads(pickle.dumps(dataset))
    assert again.facts == sets.facts("synthetic")
    assert again.load("train").digest == dataset.load("train").digest


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("fashion_mnits", "did you mean 'fashion_mnist'?"),
        ("x" * 999, "use one of"),
        ("", "use one of"),
    ],
)
def test_a_source_that_is_nothing_is_refused(source: str, told: str, sources: Sources) -> None:
    """One line says what there is."""
    with pytest.raises(SpecError) as refused:
        sources.open(source)
    assert told in str(refused.value)
    assert len(str(refused.value)) < 400


def test_nothing_is_measured_without_a_test_part() -> None:
    """One line says so."""
    from dataclasses import replace

    facts = sets.facts("synthetic")
    require_test(facts)
    with pytest.raises(SpecError, match=r"^synthetic: has no test part to measure on; add one"):
        require_test(replace(facts, test=False))


def test_the_test_door_is_opened_by_the_measuring_step() -> None:
    """And by the report of what was measured: no other part of the package asks for that part."""
    package = Path(fashion_bench.__file__).parent
    asking = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if path.parent.name != "data"
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and any(isinstance(a, ast.Constant) and a.value == "test" for a in call.args)
    }
    assert {"app/measure.py", "app/report_material.py"} >= asking >= {"app/measure.py"}


def test_processes_share_the_memory_of_plain_files(real_data: Path, sources: Sources) -> None:
    """The pixels of a loaded file are its mapped pages, and writing to them leaves it alone."""
    load = sources.open("fashion_mnist").load
    images = load("train")
    address = images.pixels.data_ptr()
    maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    (mapped,) = (
        columns[-1]
        for columns in maps
        if int(columns[0].split("-")[0], 16) <= address < int(columns[0].split("-")[1], 16)
    )
    assert mapped == str((real_data / "train-images-idx3-ubyte").resolve())
    images.pixels[0] = 255
    assert load("train").digest == images.digest
