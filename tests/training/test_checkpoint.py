"""What training keeps on disk."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.config import Recipe, Trial, TrialConfig
from fashion_bench.data.fashion_mnist import load
from fashion_bench.data.sets.fashion_mnist import FACTS
from fashion_bench.data.split import draw_split
from fashion_bench.errors import CheckpointError
from fashion_bench.models import Architecture
from fashion_bench.records import Progress, best_epoch
from fashion_bench.training.checkpoint import RESTORE, CheckpointStore, read_checkpoint
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.loop import advance
from fashion_bench.training.segment import train_segment
from fashion_bench.training.step import normalise
from tests.training.foreign import BOMBS, garbage
from tests.training.small import (
    CNN_RECIPE,
    RECIPE,
    assert_equal,
    configs,
    lanes_of,
    make_config,
    make_segment,
    resumed,
    small_images,
    train,
)

TRIALS = [make_config(seed, widths=(8 + seed, 9 - seed), dropout=0.2) for seed in range(3)]


def train_until(
    trials: Sequence[TrialConfig], epoch: int, dtype: torch.dtype = torch.float32
) -> Cohort:
    """Train a new cohort until an epoch."""
    cohort = Cohort.start(trials, dtype=dtype)
    advance(cohort, small_images(), epoch)
    return cohort


def save_all(store: CheckpointStore, cohort: Cohort) -> list[Progress]:
    """Save every lane as ``s.a-0 …`` at the epoch the cohort has reached."""
    return [
        store.save(cohort, lane, f"s.a-{lane}", cohort.epoch) for lane in range(len(cohort.configs))
    ]


def resume(
    store: CheckpointStore,
    kept: Mapping[str, TrialConfig],
    rung: int,
    dtype: torch.dtype = torch.float32,
) -> Cohort:
    """Bring these trials, in a cohort of their own, to where they were saved."""
    cohort = Cohort.start(list(kept.values()), dtype=dtype)
    trials = [Trial(trial_id=name, config=config) for name, config in kept.items()]
    assert resumed(store, cohort, trials, rung)
    return cohort


def resumes(store: CheckpointStore, kept: Mapping[str, TrialConfig], rung: int) -> bool:
    """Whether these trials can go on from a rung; if not, the cohort stays at its beginning."""
    cohort = Cohort.start(list(kept.values()))
    trials = [Trial(trial_id=name, config=config) for name, config in kept.items()]
    there = resumed(store, cohort, trials, rung)
    assert there or (cohort.epoch, cohort.histories) == (0, [[] for _ in kept])
    return there


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    """An empty store."""
    return CheckpointStore(tmp_path / "study")


# Interrupted is uninterrupted


@given(data=st.data(), trials=st.lists(configs(), min_size=1, max_size=4))
@settings(deadline=None, max_examples=12)
def test_a_lane_resumed_among_others_is_a_trial_alone(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, trials: list[TrialConfig]
) -> None:
    """Saved at a rung, regrouped as the survivors are and trained on: as if never stopped."""
    store = CheckpointStore(tmp_path_factory.mktemp("study"))
    save_all(store, train_until(trials, 1, torch.float64))
    order = data.draw(st.permutations(range(len(trials))))
    kept = {f"s.a-{i}": trials[i] for i in order[: data.draw(st.integers(1, len(order)))]}
    resumed = resume(store, kept, 1, torch.float64)
    advance(resumed, small_images(), 2)
    assert_equal(lanes_of(resumed), [train([config])[0] for config in kept.values()], 1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("lanes", [1, 3])
def test_the_same_lanes_resume_bit_for_bit(
    store: CheckpointStore, lanes: int, dtype: torch.dtype
) -> None:
    """A saved state holds every bit that training needs."""
    trials = TRIALS[:lanes]
    save_all(store, train_until(trials, 1, dtype))
    resumed = resume(store, {f"s.a-{i}": c for i, c in enumerate(trials)}, 1, dtype)
    advance(resumed, small_images(), 2)
    assert_equal(lanes_of(resumed), train(trials, dtype=dtype))


def test_the_best_epoch_before_a_rung_stays_the_best_after_it(store: CheckpointStore) -> None:
    """Its weights are saved beside those training goes on with."""
    config = make_config(widths=(20, 9), lr=0.05, recipe=replace(RECIPE, epochs=8))
    [trained] = train([config], dtype=torch.float32)
    rung = int(trained.figures[:, 3].argmin()) + 2
    assert rung < 8
    save_all(store, train_until([config], rung))
    resumed = resume(store, {"s.a-0": config}, rung)
    advance(resumed, small_images(), 8)
    assert_equal(lanes_of(resumed), [trained])


# Checkpoints


@pytest.mark.parametrize("recipe", [RECIPE, CNN_RECIPE], ids=lambda recipe: recipe.model)
def test_a_checkpoint_is_the_best_epoch(store: CheckpointStore, recipe: Recipe) -> None:
    """It holds the weights and the number of the epoch of the lowest validation loss."""
    widths = [(8, 9), (9, 6)] if recipe is RECIPE else [(2, 4, 5), (3, 3, 6)]
    long = replace(recipe, epochs=6 if recipe is RECIPE else 2)
    trials = [make_config(s, recipe=long, widths=w, lr=0.03) for s, w in enumerate(widths)]
    cohort = train_until(trials, long.epochs)
    saved = save_all(store, cohort)
    for lane, trained in enumerate(lanes_of(cohort)):
        path = store.checkpoint(f"s.a-{lane}")
        checkpoint = read_checkpoint(path, saved[lane].checkpoint_sha256)
        assert checkpoint.architecture == Architecture(recipe.model, widths[lane])
        best = best_epoch(cohort.histories[lane])
        assert best is not None
        assert checkpoint.epoch == best.epoch
        assert not checkpoint.network.training
        torch.testing.assert_close(
            dict(checkpoint.network.state_dict()), trained.best, rtol=0, atol=0
        )


def test_the_digest_is_that_of_the_file(store: CheckpointStore) -> None:
    """What the ledger records, ``sha256sum`` says."""
    for lane, progress in enumerate(save_all(store, train_until(TRIALS, 1))):
        content = store.checkpoint(f"s.a-{lane}").read_bytes()
        assert progress.checkpoint_sha256 == hashlib.sha256(content).hexdigest()


def test_equal_trials_have_equal_digests(tmp_path: Path) -> None:
    """A checkpoint depends on the trial alone: no clock, no name, no path is in it."""
    for name in ("one", "other"):
        save_all(CheckpointStore(tmp_path / name), train_until(TRIALS, 1))
    contents = [
        CheckpointStore(tmp_path / n).checkpoint("s.a-1").read_bytes() for n in ("one", "other")
    ]
    assert contents[0] == contents[1]


def test_a_trial_that_was_never_sound_has_no_checkpoint(store: CheckpointStore) -> None:
    """Nonsense from the first epoch is recorded, but no weights are kept."""
    [progress] = save_all(store, train_until([make_config(lr=1e30)], 1))
    assert progress.diverged
    assert progress.checkpoint_sha256 is None
    assert not store.checkpoint("s.a-0").exists()


def test_a_recorded_number_can_be_reproduced(store: CheckpointStore, real_data: Path) -> None:
    """The checkpoint scores the logged accuracy exactly, and the loss to 1e-5."""
    images = load("train", real_data)
    recipe = Recipe(epochs=2, train_images=6_000, valid_images=6_000)
    config = make_config(7, recipe=recipe, widths=(64, 32), dropout=0.25, split_seed=3)
    [progress] = train_segment(make_segment([config], 2), images, store)
    best = best_epoch(progress.history)
    assert best is not None
    assert best.valid_accuracy > 0.75
    split = draw_split(3, total=60_000, train_images=6_000, valid_images=6_000)
    pixels, labels = images.pixels[split.valid], images.labels[split.valid]
    network = read_checkpoint(store.checkpoint("s.a-0"), progress.checkpoint_sha256).network
    with torch.no_grad():
        logits = network(normalise(pixels, FACTS.mean, FACTS.std, torch.float32))
    assert (logits.argmax(1) == labels).double().mean().item() == best.valid_accuracy
    assert F.cross_entropy(logits, labels).item() == pytest.approx(best.valid_loss, abs=1e-5)


TORCH_ALONE = """
import sys
import torch
from torch import nn

content = torch.load(sys.argv[1], weights_only=True)
weights = content["state_dict"]
dense = [nn.Linear(w.shape[1], w.shape[0]) for name, w in weights.items() if "weight" in name]
network = nn.Sequential(nn.Flatten(), dense[0], nn.ReLU(), dense[1], nn.ReLU(), dense[2])
network.load_state_dict(dict(zip(network.state_dict(), weights.values(), strict=True)))
pixels = torch.load(sys.argv[2])
torch.save(network((pixels / 255 - content["mean"]) / content["std"]), sys.argv[3])
assert not any(name.startswith("fashion_bench") for name in sys.modules)
"""


def test_a_checkpoint_needs_nothing_but_torch(store: CheckpointStore, tmp_path: Path) -> None:
    """Twelve lines of torch rebuild the network, normalisation included."""
    save_all(store, train_until(TRIALS, 1))
    pixels, path = small_images().pixels[:50], store.checkpoint("s.a-1")
    torch.save(pixels, tmp_path / "pixels.pt")
    arguments = [str(path), str(tmp_path / "pixels.pt"), str(tmp_path / "logits.pt")]
    subprocess.run([sys.executable, "-I", "-c", TORCH_ALONE, *arguments], check=True)
    expected = read_checkpoint(path).network(
        normalise(pixels, FACTS.mean, FACTS.std, torch.float32)
    )
    torch.testing.assert_close(torch.load(tmp_path / "logits.pt"), expected)


def test_a_checkpoint_of_version_0_1_is_read(store: CheckpointStore) -> None:
    """It said ``widths``, all of them, and nothing of the images, which had one shape."""
    [progress] = save_all(store, train_until([make_config(widths=(8, 100))], 1))
    path = store.checkpoint("s.a-0")
    now, content = read_checkpoint(path), torch.load(path, weights_only=True)
    parts = ("format", "model", "epoch", "mean", "std", "state_dict")
    torch.save({part: content[part] for part in parts} | {"widths": [8, 100]}, path)
    old = read_checkpoint(path)
    assert (old.architecture, old.epoch) == (now.architecture, now.epoch)
    assert old.architecture == Architecture("mlp", (8,))
    torch.testing.assert_close(
        dict(old.network.state_dict()), dict(now.network.state_dict()), rtol=0, atol=0
    )
    trial = Trial(trial_id="s.a-0", config=make_config(widths=(8, 100)))
    assert store.progress(trial, 1) == progress


# A file that is not what it should be


@pytest.fixture
def checkpoint(store: CheckpointStore) -> Path:
    """A sound checkpoint."""
    save_all(store, train_until(TRIALS[:1], 1))
    return store.checkpoint("s.a-0")


def test_a_missing_checkpoint_is_told(tmp_path: Path) -> None:
    """The message names the file and says what to do."""
    path = tmp_path / "s.a-0.pt"
    with pytest.raises(CheckpointError) as told:
        read_checkpoint(path)
    assert str(told.value) == (
        f"{path}: cannot be read (given: 'No such file or directory'); {RESTORE}"
    )


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    """Whatever keeps the file from being read is told as such."""
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_checkpoint(tmp_path)


def test_a_checkpoint_that_was_not_recorded_is_refused(store: CheckpointStore) -> None:
    """Sound in itself, but of another trial: the digest tells."""
    one, other = save_all(store, train_until(TRIALS[:2], 1))
    read_checkpoint(store.checkpoint("s.a-0"), one.checkpoint_sha256)
    with pytest.raises(CheckpointError, match="is not the file that was recorded"):
        read_checkpoint(store.checkpoint("s.a-0"), other.checkpoint_sha256)


def test_a_cut_checkpoint_is_refused(checkpoint: Path) -> None:
    """Wherever it is cut, and with or without a digest to compare."""
    content = checkpoint.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    for size in [0, 1, 100, len(content) // 2, len(content) - 1]:
        checkpoint.write_bytes(content[:size])
        with pytest.raises(CheckpointError, match="is not the file that was recorded"):
            read_checkpoint(checkpoint, digest)
        with pytest.raises(CheckpointError, match="is not a checkpoint of fashion_bench"):
            read_checkpoint(checkpoint)


@given(content=garbage)
@settings(deadline=None)
def test_garbage_is_no_checkpoint(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever torch's reader stumbles over, the user is told one thing."""
    path = tmp_path_factory.getbasetemp() / "garbage.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a checkpoint of fashion_bench"):
        read_checkpoint(path)


@pytest.mark.parametrize("content", [[], {}, None, torch.zeros(3)], ids=str)
def test_what_is_no_dictionary_of_ours_is_no_checkpoint(tmp_path: Path, content: object) -> None:
    """Torch reads it, but this package did not write it."""
    path = tmp_path / "s.a-0.pt"
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="is not a checkpoint of fashion_bench"):
        read_checkpoint(path)


@pytest.mark.parametrize("key", ["format", "model", "arguments", "classes", "epoch", "state_dict"])
def test_a_checkpoint_that_lacks_a_part_is_refused(checkpoint: Path, key: str) -> None:
    """Every part that is read has to be there."""
    content = torch.load(checkpoint, weights_only=True)
    del content[key]
    torch.save(content, checkpoint)
    with pytest.raises(CheckpointError, match="is not a checkpoint of fashion_bench"):
        read_checkpoint(checkpoint)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "fashion_bench/0"),
        ("model", "vit"),
        ("arguments", None),
        ("arguments", ["a", "b"]),
        ("arguments", [8, 9, 7]),
        ("arguments", [-8, 9]),
        ("arguments", [9, 8]),
        ("shape", None),
        ("shape", [1, 14, 14]),
        ("classes", "ten"),
        ("classes", 11),
        ("epoch", "last"),
        ("state_dict", {}),
        ("state_dict", [torch.zeros(3)]),
    ],
    ids=str,
)
def test_a_checkpoint_with_a_wrong_part_is_refused(
    checkpoint: Path, key: str, value: object
) -> None:
    """Every part that is read has to make sense."""
    content = torch.load(checkpoint, weights_only=True)
    torch.save(content | {key: value}, checkpoint)
    with pytest.raises(CheckpointError, match="is not a checkpoint of fashion_bench"):
        read_checkpoint(checkpoint)


@pytest.mark.parametrize("disguise", BOMBS)
def test_a_malicious_checkpoint_is_refused_unexecuted(tmp_path: Path, disguise: str) -> None:
    """A pickle that would run code is neither run nor believed."""
    path, victim = tmp_path / "s.a-0.pt", tmp_path / "victim"
    path.write_bytes(BOMBS[disguise](victim))
    with pytest.raises(CheckpointError, match="is not a checkpoint of fashion_bench"):
        read_checkpoint(path)
    assert not victim.exists()


# States


def test_progress_is_read_back_as_it_was_saved(store: CheckpointStore) -> None:
    """Histories to the last bit, the clock and the digest included."""
    for lane, progress in enumerate(save_all(store, train_until(TRIALS, 1))):
        assert store.progress(Trial(trial_id=f"s.a-{lane}", config=TRIALS[lane]), 1) == progress


def test_a_diverged_history_is_read_back(store: CheckpointStore) -> None:
    """What is not a number is still a record."""
    [saved] = save_all(store, train_until([make_config(lr=1e30)], 1))
    progress = store.progress(Trial(trial_id="s.a-0", config=make_config(lr=1e30)), 1)
    assert repr(progress) == repr(saved)  # NaN equals only what is written alike
    assert progress is not None
    assert progress.diverged


@pytest.mark.parametrize(
    ("config", "epochs"), [(make_config(), 2), (make_config(lr=1e30), 1)], ids=["full", "diverged"]
)
def test_a_trial_that_will_not_go_on_keeps_no_state(
    store: CheckpointStore, config: TrialConfig, epochs: int
) -> None:
    """Its progress is kept, its optimizer is not: nothing could resume it."""
    save_all(store, train_until([config], epochs))
    assert store.progress(Trial(trial_id="s.a-0", config=config), epochs) is not None
    assert not resumes(store, {"s.a-0": config}, epochs)
    assert store.state("s.a-0", epochs).stat().st_size < 10_000


def test_trials_resume_together_or_not_at_all(store: CheckpointStore) -> None:
    """One that is missing would have to start anew, and the others with it."""
    save_all(store, train_until(TRIALS, 1))
    trials = {f"s.a-{lane}": config for lane, config in enumerate(TRIALS)}
    assert resumes(store, trials, 1)
    store.state("s.a-1", 1).unlink()
    assert not resumes(store, trials, 1)


def assert_missing(store: CheckpointStore, config: TrialConfig = TRIALS[0]) -> None:
    """The state of ``s.a-0`` at epoch 1 does not count."""
    assert store.progress(Trial(trial_id="s.a-0", config=config), 1) is None
    assert not resumes(store, {"s.a-0": config}, 1)


def test_the_state_of_another_configuration_counts_as_missing(store: CheckpointStore) -> None:
    """The name is not enough: a study file may have been edited."""
    save_all(store, train_until(TRIALS[:1], 1))
    seeds = ("seed", "order_seed", "dropout_seed", "valid_among")
    others = [replace(TRIALS[0], **{seed: 9}) for seed in seeds]
    for other in (*others, replace(TRIALS[0], arguments=(8, 8)), TRIALS[1]):
        assert_missing(store, other)


def test_a_state_tells_no_seed_that_the_trial_has_not(store: CheckpointStore) -> None:
    """So states that were written before there were such seeds are those of the same trials."""
    save_all(store, train_until(TRIALS[:1], 1))
    written = torch.load(store.state("s.a-0", 1), weights_only=True)["config"]
    assert written.endswith(f"seed={TRIALS[0].seed}, split_seed=0, optimizer=())")


def test_only_what_stays_is_waited_for(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint is on the disk when its trial goes on; a state may be torn, which is seen."""
    synced = list[str]()
    sync = os.fsync

    def watched(file: int) -> None:
        synced.append(Path(f"/proc/self/fd/{file}").readlink().parent.name)
        sync(file)

    monkeypatch.setattr(os, "fsync", watched)
    save_all(store, train_until(TRIALS[:1], 1))
    assert store.state("s.a-0", 1).exists()
    assert synced == ["checkpoints"]


def test_a_torn_state_counts_as_missing(store: CheckpointStore) -> None:
    """Wherever it is cut."""
    save_all(store, train_until(TRIALS[:1], 1))
    path = store.state("s.a-0", 1)
    content = path.read_bytes()
    for size in [0, 1, 100, len(content) // 2, len(content) - 1]:
        path.write_bytes(content[:size])
        assert_missing(store)


@given(content=garbage)
@settings(deadline=None)
def test_garbage_counts_as_missing(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Whatever torch's reader stumbles over, the trial is trained again."""
    store = CheckpointStore(tmp_path_factory.getbasetemp() / "garbage")
    store.state("s.a-0", 1).parent.mkdir(parents=True, exist_ok=True)
    store.state("s.a-0", 1).write_bytes(content)
    assert_missing(store)


def test_a_state_of_another_format_counts_as_missing(store: CheckpointStore) -> None:
    """Written by another version, it is trained again rather than guessed at."""
    save_all(store, train_until(TRIALS[:1], 1))
    path = store.state("s.a-0", 1)
    torch.save(torch.load(path, weights_only=True) | {"format": "fashion_bench/0"}, path)
    assert_missing(store)


@pytest.mark.parametrize("disguise", BOMBS)
def test_a_malicious_state_counts_as_missing(
    store: CheckpointStore, tmp_path: Path, disguise: str
) -> None:
    """A pickle that would run code is neither run nor believed."""
    path, victim = store.state("s.a-0", 1), tmp_path / "victim"
    path.parent.mkdir(parents=True)
    path.write_bytes(BOMBS[disguise](victim))
    assert_missing(store)
    assert not victim.exists()


def test_forgetting_removes_the_states_of_these_trials_alone(store: CheckpointStore) -> None:
    """Every rung of theirs; not their checkpoints, nor a trial whose name merely begins alike."""
    cohort = train_until(TRIALS[:1], 1)
    for trial_id in ("s.a-1", "s.a-11", "s.a-2"):
        store.save(cohort, 0, trial_id, 1)
    advance(cohort, small_images(), 2)
    store.save(cohort, 0, "s.a-1", 2)
    store.forget({"s.a-1", "s.a-2"})
    assert [path.name for path in (store.folder / "resume").iterdir()] == ["s.a-11@1.pt"]
    assert store.checkpoint("s.a-1").exists()


def test_what_a_killed_process_left_half_written_is_forgotten(store: CheckpointStore) -> None:
    """A file whose writing was cut short has a name of its own, and goes; another trial's stays."""
    for trial_id in ("s.a-1", "s.a-11"):
        for whole in (
            store.checkpoint(trial_id),
            store.state(trial_id, 1),
            store.predictions(trial_id, "plain"),
        ):
            whole.parent.mkdir(parents=True, exist_ok=True)
            (whole.parent / f".{whole.name}.4711").touch()
    store.forget({"s.a-1"})
    left = {path.name for path in store.folder.rglob(".*")}
    assert left == {".s.a-11.pt.4711", ".s.a-11@1.pt.4711", ".s.a-11.npz.4711"}


def test_files_can_be_read_by_whoever_the_folder_is_shared_with(store: CheckpointStore) -> None:
    """Their mode is that of any file the user makes."""
    save_all(store, train_until(TRIALS[:1], 1))
    own = store.folder / "own"
    own.touch()
    for path in (store.checkpoint("s.a-0"), store.state("s.a-0", 1)):
        assert path.stat().st_mode == own.stat().st_mode


def test_there_may_be_nothing_to_forget(store: CheckpointStore) -> None:
    """A store nobody has written to is no error."""
    store.forget({"s.a-0"})
