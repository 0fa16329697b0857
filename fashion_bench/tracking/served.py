"""What MLflow's server runs in: a process that ends, with all it has started, when ``ui`` does.

Its standard input is a pipe that ``ui`` alone can write to, and never does: it is at its end once
``ui`` is gone, however it went. Run as a file, so nothing but the standard library is imported.
"""

import os
import runpy
import signal
import sys
from threading import Thread

BY = "FASHION_BENCH_SERVED_BY"  # the process of ``ui``, which its server's processes are told


def end_with_ui() -> None:
    """Have this process and its group killed when ``ui`` ends; they hold nothing to be saved."""
    Thread(target=_await_end, daemon=True).start()


def _await_end() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    end_with_ui()
    sys.argv[:] = sys.argv[1:]  # what is left begins with the module to run
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
