"""Whatever stands in a study or experiment file: a plan or one line, soon and in little memory."""

import json
from collections import Counter
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.errors import FashionBenchError
from fashion_bench.search.resolve import load_file, plan_of
from fashion_bench.search.spec import canonical, parse
from tests.fuzz.damage import Damage, damaged, damages
from tests.fuzz.fuzzing import fuzz, many
from tests.fuzz.made_up_specs import documents, toml_text

ROOT = Path(__file__).parents[2]
SHIPPED = [
    path.read_bytes() for path in sorted(ROOT.glob("*/*.toml")) if path.parent.name != "tests"
]
SECONDS = 1.0  # of this process alone; a file of a screen takes milliseconds
MOST_LISTED = 100_000  # configurations that are drawn beforehand


@many(150, 6_000)
def test_whatever_is_written_is_planned_or_refused(tmp_path: Path, examples: int) -> None:
    """Wrong types, ranges and names, extremes, Unicode and depth included."""
    found: Counter[str] = Counter()

    @fuzz(examples)
    @given(document=documents())
    def check(document: dict[str, object]) -> None:
        found[outcome(tmp_path / "it.toml", toml_text(document).encode())] += 1

    check()
    assert min(found["planned"], found["refused"]) > examples / 10


@many(150, 4_000)
def test_a_damaged_file_is_planned_or_refused(tmp_path: Path, examples: int) -> None:
    """The files that come with this program, with bytes flipped, cut, moved and put in."""
    found: Counter[str] = Counter()

    @fuzz(examples)
    @given(raw=st.sampled_from(SHIPPED), done=damages)
    def check(raw: bytes, done: list[Damage]) -> None:
        found[outcome(tmp_path / "it.toml", damaged(raw, done))] += 1

    check()
    assert min(found["planned"], found["refused"]) > examples / 50


HEAD = 'name = "x"\nquestion = "q"\nseed = 1\nmodel = "mlp"\nepochs = 10_000\n'
STEPS = "[nuisance]\nlr = { low = 0.0001, high = 1.0, step = 0.0001 }\n"
GRID = f'{HEAD}{STEPS}[search]\nsampler = "grid"\n'
TUNED = "[nuisance]\nlr = [0.1, 0.2]\n[budget]\ntrials_per_arm = 8\n"
RUNGS = ",\n".join(map(str, range(1, 9000)))


def arms(count: int, name: str = "a") -> str:
    """Return the tables of so many arms."""
    return "".join(f"[arms.{name}{i}]\ndropout = 0.{i:04}\n" for i in range(count))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"[{'a' * 3900}]\n" * 2, id="a long key twice"),
        pytest.param("a." * 30_000 + "a = 1", id="a key of 30,000 parts"),
        pytest.param((".".join("a" * 1900) + " = 1\n") * 15, id="15 keys of 1,900 parts"),
        pytest.param("a = " + "[" * 3900, id="deep"),
        pytest.param(GRID + arms(100), id="a million trials listed"),
        pytest.param(HEAD + TUNED + arms(1000) + "[[enqueue]]\n" * 2000, id="1,000 arms"),
        pytest.param(
            HEAD + TUNED + arms(100, "a" * 60) + '[[enqueue]]\narm = "b"', id="long names"
        ),
        pytest.param(
            GRID.replace(STEPS, "") + arms(50, "a" * 60) + "[arms.b]\ndropout = [0.1, 0.2]",
            id="many grids",
        ),
        pytest.param(
            f'{HEAD}rungs = [{RUNGS}]\n{TUNED}[arms.a]\n[search]\npruner = "hyperband"',
            id="9,000 rungs",
        ),
        pytest.param(
            HEAD.replace("seed = 1", "seeds = [1]")
            + "tests = ["
            + '"plain",' * 400
            + "]\n[arms.a]\n",
            id="400 tests",
        ),
    ],
)
def test_what_would_take_for_ever_is_refused(tmp_path: Path, text: str) -> None:
    """A file of a few kilobytes can ask for more than there is, or be told of at any length."""
    assert outcome(tmp_path / "it.toml", text.encode()) == "refused"


def outcome(path: Path, content: bytes) -> str:
    """Read a file; say what became of it, having checked that."""
    path.write_bytes(content)
    started = process_time()
    try:
        read = load_file(path)
    except FashionBenchError as error:
        told = str(error)
        assert len(told.splitlines()) == 1
        assert len(told) < 500 + len(str(path))
        return "refused"
    finally:
        assert process_time() - started < SECONDS
    stored = parse(json.loads(json.dumps(canonical(read.spec))), "stored")
    assert (stored, plan_of(stored, "stored")) == (read.spec, read.plan)
    assert sum(len(arm.listed) for arm in read.plan.arms) <= MOST_LISTED
    return "planned"
