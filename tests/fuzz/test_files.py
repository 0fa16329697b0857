"""Damaged files: each is refused cleanly, or what is read is the very same content."""

import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from fashion_bench.config import Trial
from fashion_bench.data.fashion_mnist import read
from fashion_bench.data.folder import fetch
from fashion_bench.errors import CheckpointError, DataError
from fashion_bench.records import Progress
from fashion_bench.training.checkpoint import CheckpointStore, read_checkpoint
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance
from fashion_bench.training.predictions import Predictions, read_predictions, write_predictions
from tests.fuzz.damage import Damage, damaged, damages
from tests.fuzz.fuzzing import fuzz, many
from tests.training.small import make_config, resumed, small_images

LABELS = "t10k-labels-idx1-ubyte"
PIXELS = "t10k-images-idx3-ubyte"
TRIAL = Trial(trial_id="s.a-0", config=make_config(widths=(8, 9), dropout=0.2))
BOMB_BYTES = 200_000_000


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[CheckpointStore, Progress]:
    """A trial at its first rung: a checkpoint, and the state it goes on from."""
    store = CheckpointStore(tmp_path_factory.mktemp("saved"))
    cohort = Cohort.start([TRIAL.config])
    advance(cohort, small_images(), 1)
    return store, store.save(cohort, 0, TRIAL.trial_id, 1)


@many(60, 300)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_images_are_the_published_ones_or_refused(
    tmp_path: Path, real_data: Path, examples: int, suffix: str
) -> None:
    """Read from the folder or looked for there before a fetch, plain and compressed."""
    whole = read(real_data, LABELS)
    assert whole is not None
    raw = gzip.compress(whole, mtime=0) if suffix else whole
    path = tmp_path / (LABELS + suffix)

    @fuzz(examples)
    @given(done=damages)
    def check(done: list[Damage]) -> None:
        path.write_bytes(damaged(raw, done))
        try:
            assert read(tmp_path, LABELS) == whole
        except DataError as error:
            assert_one_line(error)
            with pytest.raises(DataError):
                fetch(tmp_path, print, {})

    check()


@many(2, 20)
def test_a_large_file_of_images_is_no_different(
    tmp_path: Path, real_data: Path, examples: int
) -> None:
    """Headers that promise more than is there included."""
    whole = read(real_data, PIXELS)
    assert whole is not None

    @fuzz(examples)
    @given(done=damages)
    def check(done: list[Damage]) -> None:
        (tmp_path / PIXELS).write_bytes(damaged(whole, done))
        try:
            assert read(tmp_path, PIXELS) == whole
        except DataError as error:
            assert_one_line(error)

    check()


@many(80, 500)
def test_a_checkpoint_is_the_same_or_refused(
    tmp_path: Path, saved: tuple[CheckpointStore, Progress], examples: int
) -> None:
    """Also without a digest to compare: what is read has its own sums."""
    store, progress = saved
    raw = store.checkpoint(TRIAL.trial_id).read_bytes()
    weights = read_checkpoint(store.checkpoint(TRIAL.trial_id)).network.state_dict()
    path = tmp_path / "it.pt"

    @fuzz(examples)
    @given(done=damages)
    def check(done: list[Damage]) -> None:
        path.write_bytes(damaged(raw, done))
        try:
            same(read_checkpoint(path).network.state_dict(), weights)
        except CheckpointError as error:
            assert_one_line(error)
        if path.read_bytes() != raw:
            with pytest.raises(CheckpointError, match="is not the file that was recorded"):
                read_checkpoint(path, progress.checkpoint_sha256)

    check()


@many(80, 500)
def test_a_state_is_the_same_or_does_not_count(
    tmp_path: Path, saved: tuple[CheckpointStore, Progress], examples: int
) -> None:
    """A trial goes on from what it had come to, or begins anew."""
    store, progress = saved
    raw = store.state(TRIAL.trial_id, 1).read_bytes()
    there = torch.load(io.BytesIO(raw), weights_only=True)["parts"]
    theirs = copy_of(store, tmp_path)
    found: Counter[bool] = Counter()

    @fuzz(examples)
    @given(done=damages)
    def check(done: list[Damage]) -> None:
        theirs.state(TRIAL.trial_id, 1).write_bytes(damaged(raw, done))
        assert theirs.progress(TRIAL, 1) in (None, progress)
        cohort = Cohort.start([TRIAL.config])
        went_on = resumed(theirs, cohort, [TRIAL], 1)
        if went_on:
            same({name: slab[0] for name, slab in cohort.weights.items()}, there["weights"])
            same({name: slab[0] for name, slab in cohort.best.items()}, there["best"])
        found[went_on] += 1

    check()
    assert found[False] > examples / 2


@many(40, 200)
def test_a_rung_counts_only_with_its_checkpoint(
    tmp_path: Path, saved: tuple[CheckpointStore, Progress], examples: int
) -> None:
    """A sound state beside a damaged checkpoint is not taken for a result."""
    store, progress = saved
    raw = store.checkpoint(TRIAL.trial_id).read_bytes()
    theirs = copy_of(store, tmp_path)
    path = theirs.checkpoint(TRIAL.trial_id)

    @fuzz(examples)
    @given(done=damages)
    def check(done: list[Damage]) -> None:
        path.write_bytes(damaged(raw, done))
        try:
            read_checkpoint(path)
        except CheckpointError:
            assert theirs.progress(TRIAL, 1) is None
        else:
            assert theirs.progress(TRIAL, 1) == progress

    check()


def test_the_last_rung_counts_only_with_the_checkpoint_it_names(tmp_path: Path) -> None:
    """Nothing is trained after it that would put another in its place: one of another trial."""
    store, config = CheckpointStore(tmp_path), TRIAL.config
    cohort = Cohort.start([config, replace(config, seed=config.seed + 1)])
    advance(cohort, small_images(), config.recipe.epochs)
    progress = [
        store.save(cohort, lane, trial_id, config.recipe.epochs)
        for lane, trial_id in enumerate([TRIAL.trial_id, "s.a-1"])
    ]
    assert store.progress(TRIAL, config.recipe.epochs) == progress[0]
    store.checkpoint("s.a-1").replace(store.checkpoint(TRIAL.trial_id))
    assert store.progress(TRIAL, config.recipe.epochs) is None


@many(60, 200)
def test_predictions_are_the_same_or_refused(tmp_path: Path, examples: int) -> None:
    """They are read only as they were recorded, to the last byte."""
    path = tmp_path / "it.npz"
    draw = np.random.default_rng(0)
    digest = write_predictions(
        path,
        Predictions(
            logits=draw.normal(size=(100, 10)).astype(np.float32),
            labels=draw.integers(10, size=100).astype(np.uint8),
        ),
    )
    raw = path.read_bytes()
    read_predictions(path, digest)

    @fuzz(examples)
    @given(done=damages)
    def check(done: list[Damage]) -> None:
        path.write_bytes(damaged(raw, done))
        if path.read_bytes() != raw:
            with pytest.raises(DataError, match="is not the file that was recorded"):
                read_predictions(path, digest)

    check()


def test_an_archive_cannot_fill_the_memory(
    tmp_path: Path, saved: tuple[CheckpointStore, Progress]
) -> None:
    """One that unpacks to 200 MB is refused before it is unpacked."""
    store, _ = saved
    path = tmp_path / "it.pt"
    with (
        zipfile.ZipFile(store.checkpoint(TRIAL.trial_id)) as sound,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for part in sound.infolist():
            is_weight = "/data/" in part.filename
            bomb.writestr(part.filename, bytes(BOMB_BYTES // 4) if is_weight else sound.read(part))
    with pytest.raises(CheckpointError) as told:
        read_checkpoint(path)
    assert str(told.value.__cause__) == "damaged, or larger than it seems"


@given(width=st.integers(10**5, 10**9))
def test_a_checkpoint_cannot_promise_more_than_it_holds(
    tmp_path_factory: pytest.TempPathFactory, saved: tuple[CheckpointStore, Progress], width: int
) -> None:
    """Widths that no memory holds, or weights that repeat one number, are refused."""
    store, _ = saved
    content = torch.load(store.checkpoint(TRIAL.trial_id), weights_only=True)
    path = tmp_path_factory.getbasetemp() / "it.pt"
    repeated = {name: torch.zeros(()).expand(width, width) for name in content["state_dict"]}
    for wrong in ({"arguments": [width, width]}, {"state_dict": repeated}):
        torch.save(content | wrong, path)
        with pytest.raises(CheckpointError):
            read_checkpoint(path)


def same(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Compare bit by bit."""
    torch.testing.assert_close(dict(found), dict(expected), rtol=0, atol=0)


def copy_of(store: CheckpointStore, folder: Path) -> CheckpointStore:
    """Return a store with the same checkpoint and state."""
    theirs = CheckpointStore(folder)
    for here, there in (
        (store.checkpoint(TRIAL.trial_id), theirs.checkpoint(TRIAL.trial_id)),
        (store.state(TRIAL.trial_id, 1), theirs.state(TRIAL.trial_id, 1)),
    ):
        there.parent.mkdir(parents=True)
        there.write_bytes(here.read_bytes())
    return theirs


def assert_one_line(error: Exception) -> None:
    """A reader is told in one line."""
    assert len(str(error).splitlines()) == 1
