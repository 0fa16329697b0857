"""The clock that stands still while its process cannot run: a real process, really stopped."""

import signal
import subprocess
import sys
import time

LOOKS = """
import time
from fashion_bench.clock import Clock
clock = Clock(beat=0.05, late=1.0)
began, on_the_wall = clock(), time.monotonic()
print("ready", flush=True)
input()
print(clock() - began, time.monotonic() - on_the_wall)
"""


def test_time_in_which_it_was_stopped_does_not_count() -> None:
    """Stopped for two seconds, it has counted none of them; what passed else it has."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOOKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    process.send_signal(signal.SIGCONT)
    time.sleep(0.3)
    out, _ = process.communicate("\n", timeout=60)
    counted, passed = map(float, out.split())
    assert passed >= 2.3
    assert counted <= passed - 1.9
