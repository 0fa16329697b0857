"""Where a study's files are."""

import subprocess
import sys


def test_finding_the_files_needs_no_torch() -> None:
    """Whoever only copies or removes them need not wait for torch."""
    code = "import fashion_bench.training.files, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
