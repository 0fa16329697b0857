"""The space that most public scripts for Fashion-MNIST search, in the words of a file of ours."""

from pathlib import Path

import pytest

from fashion_bench.errors import SpecError
from fashion_bench.search.resolve import load_file

NUISANCE = """
lr = { low = 1e-5, high = 1e-1, log = true }
depth = { low = 1, high = 3 }
hidden = { low = 4, high = 128 }
hidden2 = { low = 4, high = 128 }
hidden3 = { low = 4, high = 128 }
optimizer = ["adam", "rmsprop", "sgd"]
batch_size = [32, 64, 128]
"""


def file(folder: Path, nuisance: str, one: str, other: str) -> Path:
    """Write a study of two arms."""
    path = folder / "space.toml"
    path.write_text(f"""
name = "space"
question = "What do public scripts search?"
seed = 1
model = "mlp"
epochs = 2
[fixed]
source = "synthetic"
[nuisance]
{nuisance}
[arms.one]
{one}
[arms.other]
{other}
[budget]
trials_per_arm = 8
""")
    return path


def test_layers_with_a_width_each_optimizer_and_batch_size_are_searched(tmp_path: Path) -> None:
    """All of it within an arm; a width counts where there is its layer."""
    plan = load_file(file(tmp_path, NUISANCE, "dropout = 0.0", "dropout = 0.2")).plan
    searched = {"lr", "depth", "hidden", "hidden2", "hidden3", "optimizer", "batch_size"}
    assert all(set(arm.space) == searched for arm in plan.arms)
    assert {"hidden2", "hidden3"} <= plan.arms[0].where.keys()


@pytest.mark.parametrize(
    ("parameter", "one", "other"),
    [("optimizer", "adam", "sgd"), ("batch_size", 32, 128), ("depth", 1, 3)],
)
def test_the_two_asked_most_after_dropout_are_arms(
    tmp_path: Path, parameter: str, one: str | int, other: str | int
) -> None:
    """Which optimizer, what batch size, and how deep, each tuned by itself."""
    rest = "".join(row for row in NUISANCE.splitlines(True) if not row.startswith(parameter))
    written = file(tmp_path, rest, f"{parameter} = {one!r}", f"{parameter} = {other!r}")
    assert [arm.fixed[parameter] for arm in load_file(written).plan.arms] == [one, other]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    {
        "n_layers": "depth",
        "num_layers": "depth",
        "n_units_l0": "hidden",
        "units": "hidden",
        "learning_rate": "lr",
        "dropout_l0": "dropout",
        "optimiser": "optimizer",
        "batchsize": "batch_size",
    }.items(),
)
def test_a_name_of_theirs_is_answered_with_ours(tmp_path: Path, theirs: str, ours: str) -> None:
    """What is refused says what to write instead."""
    with pytest.raises(SpecError, match=f"not a parameter of mlp; did you mean {ours!r}"):
        load_file(file(tmp_path, f"{theirs} = 1", "dropout = 0.0", "dropout = 0.2"))
