"""What the analysis imports before it needs it."""

import subprocess
import sys


def test_scipy_waits_until_something_is_computed() -> None:
    """Tables, answers and comparisons are imported without scipy's parts, which take a second."""
    modules = "answer, audit, caveats, comparison, interval, power, scoring, sign_flip, survey"
    code = (
        f"import sys; from fashion_bench.analysis import {modules}; "
        "from fashion_bench.search import optuna_study; "
        "sys.exit(bool({'scipy.stats', 'scipy.optimize', 'sklearn', 'pandas'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
