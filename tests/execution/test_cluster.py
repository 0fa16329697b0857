"""What training on a Ray is made of, without one: what travels, where it lies, what is refused."""

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.app.options import RunOptions
from fashion_bench.data.images import packed, read_packed
from fashion_bench.data.synthetic import draw_images
from fashion_bench.errors import SegmentError, SpecError
from fashion_bench.execution.cluster.folders import keep_images, make_folder
from fashion_bench.execution.cluster.joining import Cluster
from fashion_bench.execution.cluster.nodes import differs
from fashion_bench.execution.cluster.parcels import (
    lay_out,
    put_away,
    reached,
    states_before,
    take_up,
)
from fashion_bench.execution.executor import stopped
from fashion_bench.training.checkpoint import CheckpointStore
from fashion_bench.training.files import TrialFiles
from fashion_bench.training.segment import train_segment
from tests.execution.made_up_training import segments
from tests.training.small import make_config, make_segment, small_images


def test_a_ray_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says what installs it, and the environment stays as it was."""
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not there
    before = dict(os.environ)
    with pytest.raises(SpecError, match=r"Ray is not installed .*; pip install 'fashion-bench\["):
        Cluster(None, cpus=1)
    assert dict(os.environ) == before


@pytest.mark.parametrize("address", ["", "head", "head:", ":6379", "ray://head:1", "a b:1", "h:1 "])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    """It is a host and a port; and of a Ray, or it would be read in vain."""
    with pytest.raises(SpecError, match="--address: is no address"):
        RunOptions(executor="ray", address=address)
    with pytest.raises(SpecError, match=r"--address: is of a Ray .*; add --executor ray"):
        RunOptions(address=address)
    RunOptions(executor="ray", address="[::1]:6379")


def test_images_travel_bit_for_bit(tmp_path: Path) -> None:
    """A file holds all that is known of them."""
    images = draw_images("train", 20)
    (tmp_path / "images.pt").write_bytes(packed(images))
    read = read_packed(tmp_path / "images.pt")
    assert read.pixels.equal(images.pixels)
    assert read.labels.equal(images.labels)
    assert (read.digest, read.mean, read.std) == (images.digest, images.mean, images.std)


def test_an_error_travels_with_all_it_knows() -> None:
    """Whose trials could not be trained, and after which epoch, is known to who catches it."""
    [segment] = segments(1, trials=2)
    error = stopped(replace(segment, from_epoch=1), "worker ended by signal 9")
    arrived: SegmentError = pickle.loads(pickle.dumps(error))
    assert str(arrived) == str(error)
    assert (arrived.trials, arrived.after, arrived.how) == (error.trials, 1, error.how)


def test_files_go_to_a_node_and_come_back(tmp_path: Path) -> None:
    """States of the rung before go, weights and states of the new one come; nothing stays there."""
    ours, theirs = TrialFiles(tmp_path / "ours"), TrialFiles(tmp_path / "theirs")
    before = replace(segments(1, trials=2)[0], until_epoch=1)
    [first, second] = before.trials
    segment = replace(before, from_epoch=1, until_epoch=3, before=(before,))
    put_away(ours, before, {first.trial_id: (b"weights", b"state"), second.trial_id: (None, None)})
    states = states_before(ours, segment)
    assert states == {(first.trial_id, 1): b"state"}
    lay_out(theirs, states)
    put_away(theirs, segment, {first.trial_id: (b"new weights", b"new state")})
    left = take_up(theirs, segment)
    assert left == {first.trial_id: (b"new weights", b"new state"), second.trial_id: (None, None)}
    assert not [path for path in theirs.folder.rglob("*") if path.is_file()]
    put_away(ours, segment, left)
    assert ours.checkpoint(first.trial_id).read_bytes() == b"new weights"
    assert ours.state(first.trial_id, 3).read_bytes() == b"new state"


def test_what_a_killed_driver_had_is_not_trained_again(tmp_path: Path) -> None:
    """A segment is done where all its trials' states and weights are here and sound, else not."""
    store, configs = CheckpointStore(tmp_path), [make_config(seed) for seed in range(2)]
    segment = make_segment(configs, until_epoch=configs[0].recipe.epochs)
    assert reached(store, segment) is None
    trained = tuple(train_segment(segment, small_images(), store))
    assert reached(store, segment) == trained
    (weights := store.checkpoint(segment.trials[1].trial_id)).write_bytes(b"cut off")
    assert reached(store, segment) is None
    weights.unlink()
    assert reached(store, segment) is None


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """A folder goes with its process, or when the next one comes; images that nobody holds, too."""
    hold = (
        "import sys; from pathlib import Path;"
        "from fashion_bench.execution.cluster.folders import *;"
        f"made = make_folder(Path({str(tmp_path)!r}), 'w-');"
        f"keep_images(Path({str(tmp_path)!r}), 'other', lambda: b'other');"
        "print(made.path, flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    theirs = Path(other.stdout.readline().strip())
    own = make_folder(tmp_path, "w-")
    keep_images(tmp_path, "ours", lambda: b"ours")
    assert theirs.exists()
    assert (tmp_path / "images-other.pt").exists()
    other.kill()
    other.communicate()
    again = make_folder(tmp_path, "w-")
    assert keep_images(tmp_path, "ours", lambda: b"not fetched again").read_bytes() == b"ours"
    assert not theirs.exists()
    assert not (tmp_path / "images-other.pt").exists()
    assert own.path.exists()
    for folder in (own, again):
        folder.remove()
        assert not folder.path.exists()


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({}, ""),
        ({"torch": "1"}, "has torch 1, and here is torch 2"),
        ({"torch": "1", "arithmetic": "b"}, "has torch 1, and here is torch 2"),
        ({"arithmetic": "b"}, "rounds otherwise"),
        (
            {"arithmetic": "b", "cpu_capability": "AVX512"},
            "rounds otherwise (with AVX512; here with AVX2)",
        ),
    ],
)
def test_how_a_node_differs_is_told(found: dict[str, str], told: str) -> None:
    """Versions first, for they may be why it rounds otherwise."""
    here = {"python": "3.11", "torch": "2", "arithmetic": "a", "cpu_capability": "AVX2"}
    assert differs(here, here | found) == told
