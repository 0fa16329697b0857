"""The writer process as a process; what it writes is tested with the recorder."""

import subprocess
import sys


def test_the_writer_lives_without_torch() -> None:
    """It runs beside the workers all the time, and torch would take half of its memory."""
    code = "import fashion_bench.app.writer, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
