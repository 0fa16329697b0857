"""Tune and compare small networks on Fashion-MNIST; every trial reproducible and recorded.

::

    from fashion_bench import compare, run_study, trials_table

    study = run_study("studies/smoke.toml")
    print(compare(study))
    trials_table(study).plot.scatter("params_lr", "value", logx=True)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fashion_bench.analysis.tables import arms_table, epochs_table, trials_table
    from fashion_bench.app.api import compare, differences, load, run_experiment, run_study
    from fashion_bench.app.model import load_model
    from fashion_bench.app.studies import Data, Experiment, Study
    from fashion_bench.config import Where
    from fashion_bench.records import StudyRecord
else:
    import warnings
    from importlib import import_module

    # Each name's home, imported when the name is first used (PEP 562): torch takes seconds.
    _HOMES = {
        "Data": "fashion_bench.app.studies",
        "Experiment": "fashion_bench.app.studies",
        "Study": "fashion_bench.app.studies",
        "Where": "fashion_bench.config",
        "StudyRecord": "fashion_bench.records",
        "arms_table": "fashion_bench.analysis.tables",
        "compare": "fashion_bench.app.api",
        "differences": "fashion_bench.app.api",
        "epochs_table": "fashion_bench.analysis.tables",
        "load": "fashion_bench.app.api",
        "load_model": "fashion_bench.app.model",
        "run_experiment": "fashion_bench.app.api",
        "run_study": "fashion_bench.app.api",
        "trials_table": "fashion_bench.analysis.tables",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with warnings.catch_warnings():
            # Optuna's, in a notebook without widgets: for bars that are not drawn here.
            warnings.filterwarnings("ignore", "IProgress not found")
            found = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "Data",
    "Experiment",
    "Study",
    "StudyRecord",
    "Where",
    "arms_table",
    "compare",
    "differences",
    "epochs_table",
    "load",
    "load_model",
    "run_experiment",
    "run_study",
    "trials_table",
]
