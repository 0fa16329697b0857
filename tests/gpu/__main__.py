"""The command line: ``python -m tests.gpu``; the exit code is the number of checks that miss.

Every check is a process of its own, so that a broken GPU context harms no other; in order of worth,
within a limit of time. What is expected stands beside what was found, in the file after each.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

# Name and limit in seconds. What is timed runs alone, the rest several at a time.
TOGETHER = {
    "machine": 60,
    "engines_tried": 150,
    "float64_numbers": 150,
    "captured_bits": 90,
    "never_waits": 60,
    "ready": 60,
    "repeats": 120,
    "survivors": 90,
    "float32_numbers": 150,
    "every_optimizer": 120,
    "compiles_once": 150,
    "cnn_float64": 150,
    "like_a_cpu": 150,
    "dead_gpu": 120,
    "no_compiler": 120,
    "own_code": 150,
    "too_little": 150,
    "memory": 90,
    "masks": 60,
    "precisions": 60,
    "to_float32": 120,
}
ALONE = {
    "speed": 120,
    "begun": 60,
    "study": 120,
    "cnn": 90,
    "thousand": 120,
    "where_time_goes": 60,
}
MODULES = ("right", "whole", "quick")


def find(name: str) -> Any:
    """Return a check by its name."""
    from importlib import import_module

    modules = [import_module(f"tests.gpu.{module}") for module in MODULES]
    return next(vars(module)[name] for module in modules if name in vars(module))


def run_check(name: str, limit: float) -> dict[str, Any]:
    """Run a check in a process of its own; return whether it hit, and what it found."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "tests.gpu", "--step", name]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=limit)
        lines = [line for line in ended.stdout.splitlines() if line.startswith('{"expected"')]
        said = (ended.stderr or ended.stdout)[-1500:]
        missed = {"ok": False, "found": {"exit": ended.returncode, "error": said}}
        result: dict[str, Any] = json.loads(lines[-1]) if lines else missed
    except subprocess.TimeoutExpired as late:
        told = (late.stdout or b"").decode()[-1500:]  # bytes, whatever was asked for
        result = {"ok": False, "found": {"error": f"not done in {limit:.0f} s", "told": told}}
    return result | {"seconds": round(time.perf_counter() - began, 1)}


def run_checks(
    names: list[str] | None, together: int, within: float
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run the checks and yield each as it ends, none beyond so many seconds from now."""
    end = time.monotonic() + within

    def run_in_time(name: str, limit: float) -> dict[str, Any]:
        left = min(limit, end - time.monotonic())
        late = {"ok": False, "found": {"error": "no time was left"}, "seconds": 0}
        return run_check(name, left) if left > 1 else late

    few, alone = (
        {name: limit for name, limit in group.items() if names is None or name in names}
        for group in (TOGETHER, ALONE)
    )
    with ThreadPoolExecutor(together) as pool:
        coming = {pool.submit(run_in_time, name, limit): name for name, limit in few.items()}
        for future in as_completed(coming):
            yield coming[future], future.result()
    for name, limit in alone.items():
        yield name, run_in_time(name, limit)


def main() -> int:
    """Run what is asked for; return how many missed."""
    ask = argparse.ArgumentParser(prog="python -m tests.gpu")
    ask.add_argument("--out", type=Path, default=Path("build/gpu.json"), help="where figures go")
    ask.add_argument("--cpu", action="store_true", help="try the checks out on a CPU, tiny")
    ask.add_argument("--only", help="some of the checks, with commas between")
    ask.add_argument("--together", type=int, default=max(1, (os.cpu_count() or 2) // 3))
    ask.add_argument("--within", type=float, default=600, help="seconds that all may take")
    ask.add_argument("--step", help=argparse.SUPPRESS)
    how = ask.parse_args()
    if how.step:
        check = find(how.step)
        ok, found = check()
        print(json.dumps({"expected": check.__doc__, "ok": bool(ok), "found": found}, default=str))
        return 0
    if how.cpu:
        os.environ["FASHION_BENCH_GPU_CHECK"] = "cpu"
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", mkdtemp())  # cold, and one for all checks
    how.out.parent.mkdir(parents=True, exist_ok=True)
    report = {}
    names = how.only.split(",") if how.only else None
    for name, result in run_checks(names, how.together, how.within):
        report[name] = result
        how.out.write_text(json.dumps(report, indent=1))
        found = json.dumps(result["found"])[:400]
        print("ok  " if result["ok"] else "MISS", name, result["seconds"], "s", found, flush=True)
    return sum(not each["ok"] for each in report.values())


if __name__ == "__main__":
    sys.exit(main())
