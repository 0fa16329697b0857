"""Checks that what a GPU computes is right."""

import shutil
import time
import warnings
from typing import Any

import torch

from fashion_bench.models.layers import counters, mix, noise_key
from fashion_bench.training import loop
from fashion_bench.training.captured import Captured
from fashion_bench.training.cohort import Cohort
from fashion_bench.training.probe import tried
from fashion_bench.training.rendering import Vmapped
from tests.gpu.made import (
    BATCH,
    DEVICE,
    TRY_OUT,
    Compiled,
    Found,
    Kind,
    compilations,
    digest,
    made,
    paired,
    tell,
    trained,
    worst,
)

KINDS: dict[str, Kind] = {"captured": Captured, "compiled": Compiled}


def machine() -> Found:
    """The driver serves this torch, whose kernels are built for this GPU; a compiler is there."""
    found: dict[str, Any] = {
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "there": torch.cuda.is_available(),
        "cc": shutil.which("cc"),
    }
    if torch.cuda.is_available():
        import triton

        major, minor = torch.cuda.get_device_capability()
        found |= {
            "gpu": torch.cuda.get_device_name(),
            "sm": f"{major}{minor}",
            "arch": torch.cuda.get_arch_list(),
            "free_mib": torch.cuda.mem_get_info()[0] >> 20,
            "gpus": torch.cuda.device_count(),
            "triton": triton.__version__,
        }
    return TRY_OUT or found["there"], found


def float64_numbers() -> Found:
    """Captured, and compiled, it is the vmapped program to 1e-9, over a short last batch."""
    of, found = made(), {}
    others = trained(of.cohort(5, dtype=torch.float64), of, Vmapped)
    for name, kind in KINDS.items():
        found[name] = worst(trained(of.cohort(5, dtype=torch.float64), of, kind), others)
    return all(off < 1e-9 for off in found.values()), found | {"compilations": compilations()}


def float32_numbers() -> Found:
    """Losses in float32 are the vmapped float64's to 0.1 %, in tf32 to 1 %, by every engine."""
    of = made()
    exact = trained(of.cohort(5, dtype=torch.float64), of, Vmapped)
    asked = {(name, tf32): kind for name, kind in KINDS.items() for tf32 in (False, True)}
    asked["eager", False] = Vmapped
    found = {
        f"{name}, {'tf32' if tf32 else 'float32'}": paired(
            trained(of.cohort(5), of, kind, tf32=tf32), exact
        )
        for (name, tf32), kind in asked.items()
    }
    sound = [
        abs(each["loss_share"]) < (1e-2 if "tf32" in name else 1e-3) for name, each in found.items()
    ]
    return all(sound), found


def every_optimizer() -> Found:
    """So it is with every optimizer, clipping, smoothing, decay, schedule and augmentation."""
    found = {}
    for optimizer in ("sgd", "rmsprop", "adagrad"):
        of = made(optimizer=optimizer, augment="flip", loss="cross_entropy")
        hyper = {"clip": 1.0, "label_smoothing": 0.1, "weight_decay": 0.01, "schedule": "cosine"}
        configs = [of.trial(seed, **hyper) for seed in range(4)]
        ones, others = (Cohort.start(configs, DEVICE, torch.float64) for _ in range(2))
        found[optimizer] = worst(trained(ones, of), trained(others, of, Vmapped))
    return all(each < 1e-9 for each in found.values()), found


def cnn_float64() -> Found:
    """So it is with the CNN."""
    of = made("cnn", epochs=1)
    ones, others = (of.cohort(3, dtype=torch.float64) for _ in range(2))
    found = worst(trained(ones, of), trained(others, of, Vmapped))
    return found < 1e-9, {"worst": found}


def like_a_cpu() -> Found:
    """In float64 a lane on the GPU ends where an ordinary module on the CPU ends, to 1e-6."""
    of = made()
    here = [Cohort.start([of.trial(seed)], dtype=torch.float64) for seed in range(3)]
    for cohort in here:
        loop.advance(cohort, of.images.to("cpu"), of.recipe.epochs)
    there = trained(of.cohort(3, dtype=torch.float64), of)
    off = [
        abs(one.valid_loss - other.valid_loss)
        for cohort, lane in zip(here, there.histories, strict=True)
        for one, other in zip(cohort.histories[0], lane, strict=True)
    ]
    return max(off) < 1e-6, {"largest difference of a validation loss": max(off)}


def captured_bits() -> Found:
    """Captured it keeps the bits of the steps taken one by one, MLP and CNN."""
    found = {}
    for model in ("mlp", "cnn"):
        of = made(model, epochs=1)
        found[model] = [digest(trained(of.cohort(5), of, kind)) for kind in (Captured, Vmapped)]
    return all(one == two for one, two in found.values()), found


def engines_tried() -> Found:
    """What tries an engine before a study finds nothing wrong with any, in either precision."""
    found: dict[str, str | None] = {}
    for model in ("mlp", "cnn"):
        of = made(model, valid=2_000)
        for engine in ("captured", "eager") if TRY_OUT else ("captured", "compiled", "eager"):
            for precision in ("tf32", "float32"):
                said = tried(of.trial(1), 8, of.images, engine, precision)  # type: ignore[arg-type]
                found[f"{model}, {engine}, {precision}"] = said.trouble
                tell(found)
    return not any(found.values()), found


def ready() -> Found:
    """Captured it is ready for its first epoch in 3 seconds, validation's graphs included."""
    of, found = made(train=54_000, valid=6_000), {}
    for lanes in (2,) if TRY_OUT else (16, 16, 4, 256):
        began = time.perf_counter()
        rendering = Captured(of.cohort(lanes), of.images)
        rows = torch.zeros(lanes, of.recipe.train_images, dtype=torch.int32, device=DEVICE)
        rendering.train(rows[:, : 2 * BATCH + 48], 0, lambda _: None)
        rendering.validate(rows[:, : of.recipe.valid_images], 1_000)
        if not TRY_OUT:
            torch.cuda.synchronize()
        found[f"{len(found)}: {lanes} lanes"] = round(time.perf_counter() - began, 2)
    return max(found.values()) < 3, found


def masks() -> Found:
    """Dropout drops the same units on a GPU, compiled, as on a CPU."""
    layers, seeds = torch.arange(7, dtype=torch.int32), torch.arange(100, dtype=torch.int32)
    keys = noise_key(layers[None], seeds[:, None])
    names = counters(BATCH, 256, torch.device("cpu"))

    def noise(names: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        return mix(names ^ keys[..., None, None])

    there = torch.compile(noise, dynamic=False)(names.to(DEVICE), keys.to(DEVICE)).cpu()
    return bool(there.equal(noise(names, keys))), {}


def never_waits() -> Found:
    """No step waits for the GPU: torch's watch over synchronising calls sees none in an epoch."""
    of = made()
    cohort = of.cohort(8)
    rendering = loop.render(cohort, of.images, "captured")
    rows = loop.rows_of(cohort.configs, len(of.images.labels)).train.to(DEVICE)
    rendering.train(rows, 0, lambda _: None)
    if TRY_OUT:
        return True, {}
    torch.cuda.set_sync_debug_mode("warn")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        rendering.train(rows, 0, lambda _: None)
    torch.cuda.set_sync_debug_mode("default")
    told = [str(each.message)[:200] for each in seen[:1]]
    return not seen, {"waits": len(seen), "first": told}


def compiles_once() -> Found:
    """Captured compiles nothing; compiled, a size of cohort is compiled once and then no more."""
    of, found = made(), {}
    for name, kind in (("captured", Captured), ("compiled", Compiled), ("again", Compiled)):
        before, began = compilations(), time.perf_counter()
        trained(of.cohort(8), of, kind)
        found[name] = [compilations() - before, round(time.perf_counter() - began, 2)]
    numbers = [compiled for compiled, _ in found.values()]
    return TRY_OUT or numbers == [0, 1, 0], found


def one_run() -> Found:
    """The bits of two cohorts in a fresh process; what ``repeats`` compares."""
    mlp, cnn = made(), made("cnn", epochs=1)
    return True, {
        "mlp": digest(trained(mlp.cohort(6), mlp)),
        "cnn": digest(trained(cnn.cohort(4), cnn)),
    }


def repeats() -> Found:
    """Two fresh processes have the same bits, MLP and CNN; the second finds what was compiled."""
    from tests.gpu.__main__ import run_check

    runs = [run_check("one_run", 200) for _ in range(2)]
    return runs[0]["found"] == runs[1]["found"] and runs[0]["ok"], {
        "bits": [run["found"] for run in runs],
        "seconds": [run["seconds"] for run in runs],
    }


def to_float32() -> Found:
    """Products in tf32 change accuracies by noise only: in pairs under 0.3 points, losses 1 %."""
    lanes = 6 if TRY_OUT else 64
    of = made(train=8_000, valid=2_000)
    ones, others = (trained(of.cohort(lanes), of, tf32=tf32) for tf32 in (True, False))
    found = paired(ones, others)
    return abs(found["accuracy"]) < 0.003 and abs(found["loss_share"]) < 0.01, found


def precisions() -> Found:
    """Without tf32 a GPU's products and convolutions are float32's; with it, tf32's."""
    from fashion_bench.training.matmul import fast_matmul

    draw = torch.Generator().manual_seed(0)
    left, right = (torch.randn(512, 512, generator=draw).to(DEVICE) for _ in range(2))
    maps = torch.randn(8, 16, 28, 28, generator=draw).to(DEVICE)
    kernel = torch.randn(32, 16, 5, 5, generator=draw).to(DEVICE)
    found = {}
    for tf32 in (True, False):
        with fast_matmul(DEVICE, tf32=tf32):
            product, mapped = left @ right, torch.conv2d(maps, kernel)
        for name, got, exact in (
            ("product", product, left.double() @ right.double()),
            ("convolution", mapped, torch.conv2d(maps.double(), kernel.double())),
        ):
            error = (got - exact).abs().max() / exact.abs().max()
            found[f"{name}, {'tf32' if tf32 else 'float32'}"] = error.item()
    return all(error < 1e-5 for name, error in found.items() if "float32" in name), found
