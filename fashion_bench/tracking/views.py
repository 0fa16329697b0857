"""Saved views: the two pages of a study that people should see first in MLflow.

A saved view is an experiment tag that holds the whole state of MLflow's runs page. Its form is
internal to that page: ``tests/browser`` opens it in a real browser, and the last of the links is
to the plain page, should a later MLflow read it no more.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import starmap
from typing import Any

from fashion_bench.config import TEST_SETS
from fashion_bench.records import StudyRecord
from fashion_bench.tracking.arms import ALIVE
from fashion_bench.tracking.projection import BEST_EPOCH

_TRIALS, _ARMS = "trials", "arms"  # keys; writing a view again replaces it
_SHARED = "mlflow.sharedViewState"
_CURVES = (("valid/accuracy", "train/accuracy"), ("valid/loss", "train/loss"))
_BEST = "best/valid_accuracy"
_RUNS_IN_A_CHART = 100  # as many as the page loads at once
_BEST_FIRST = f"Trials, the best {_RUNS_IN_A_CHART} first"

# The state that both views share.
_PAGE: Mapping[str, Any] = {
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "modelVersionFilter": "All Runs",
    "datasetsFilter": [],
    "runsHiddenMode": "SHOW_ALL",
    "viewMaximized": False,
    "runListHidden": False,
    "isAccordionReordered": True,
    "hideEmptyCharts": True,
    "autoRefreshEnabled": True,
    "useGroupedValuesInCharts": True,
    "groupsExpanded": {},
}
_BY_HAND: Mapping[str, Any] = {"deleted": False, "isGenerated": False}


def view_links(study: StudyRecord, base_url: str, experiment_id: str) -> dict[str, str]:
    """Return the links to a study's pages on the server at ``base_url``, by what they show.

    They are the arms side by side, each over all of its trials; the trials, of which a page loads
    the best 100 first, with their curves; and MLflow's plain list.
    """
    page = f"{base_url.rstrip('/')}/#/experiments/{experiment_id}/runs"
    runs = f"{page}?workflowType=machine_learning"
    view = f"{runs}&compareRunsMode=CHART&viewStateShareKey="
    return {_title(study): view + _ARMS, "trials": view + _TRIALS, "runs": runs}


def view_tags(study: StudyRecord) -> dict[str, str]:
    """Return the experiment tags that hold the views of a study."""
    views = {
        _TRIALS: (_BEST_FIRST, _trials_state(study)),
        _ARMS: (_title(study), _arms_state(study)),
    }
    return {
        f"{_SHARED}.{key}": json.dumps(
            {
                "name": name,
                "createdAt": round(study.created_at * 1000),
                "state": json.dumps(state, separators=(",", ":")),
            }
        )
        for key, (name, state) in views.items()
    }


def created_ms(tags: Mapping[str, str]) -> int | None:
    """Return when the study was created that these tags hold a view of, Unix time in milliseconds.

    ``None`` where they hold none, or somebody has made something else of it.
    """
    try:
        return int(json.loads(tags[f"{_SHARED}.{_TRIALS}"])["createdAt"])
    except (LookupError, TypeError, ValueError):
        return None


def _title(study: StudyRecord) -> str:
    return " / ".join(study.arms)


def _trials_state(study: StudyRecord) -> dict[str, Any]:
    # Where trials stop early, their values are of other epochs: lines say of which, points cannot.
    pruned = study.plan.pruner.name != "none"
    parallel = {
        "type": "PARALLEL",
        "selectedParams": [*study.varying, *([BEST_EPOCH] if pruned else [])],
        "selectedMetrics": [_BEST],
        "showAllRuns": True,
    }
    points = () if pruned else map(_scatter, study.varying)
    return _state(
        study,
        shown="tags.kind = 'trial'",
        # Any order but "Created" lists trials flat; this one puts the best on top.
        order=f"metrics.`{_BEST}`",
        columns=[
            *(f"metrics.`{name}`" for name in _finals(study)),
            f"params.`{BEST_EPOCH}`",
            "tags.`outcome`",
            *(f"params.`{name}`" for name in study.varying),
        ],
        charts={_BEST_FIRST: (parallel, *starmap(_lines, _CURVES), *points)},
    )


def _arms_state(study: StudyRecord) -> dict[str, Any]:
    """Return the page of the arms' own runs: it averages nothing, so nothing is left out."""
    levels = ("mean", "lower_quartile", "upper_quartile")
    tested = [f"{TEST_SETS[test_set]}_accuracy/mean" for test_set in study.plan.tests]
    spread = ([f"{of}/{level}" for level in levels] for of in ("valid_accuracy", "valid_loss"))
    both = ([f"valid_{of}/mean", f"train_{of}/mean"] for of in ("accuracy", "loss"))
    counts = (["finished/mean", "finished/best"], ["finished/complete"], ["trials/n"])
    return _state(
        study,
        shown=ALIVE,
        order="attributes.start_time",
        columns=[
            "tags.`answer`",
            "tags.`n`",
            "tags.`trials`",
            *(f"metrics.`{name}`" for name in (*tested, "finished/mean", "finished/best")),
        ],
        charts={
            "Test images: mean": [{"type": "BAR", "metricKey": name} for name in tested],
            "Validation: mean and quartiles": starmap(_lines, spread),
            "Validation and training: mean": starmap(_lines, both),
            "By finished trials; n of the mean": starmap(_lines, counts),
        },
    )


def _state(
    study: StudyRecord,
    *,
    shown: str,
    order: str,
    columns: Sequence[str],
    charts: Mapping[str, Iterable[Mapping[str, Any]]],
) -> dict[str, Any]:
    """Return the state of a page; the headings of its sections say what their charts are."""
    full = {heading: own for heading, each in charts.items() if (own := [*each])}
    section = {"display": True, "isReordered": True, **_BY_HAND}
    shared = {"runsCountToCompare": _RUNS_IN_A_CHART, **_BY_HAND}
    return {
        **_PAGE,
        "searchFilter": shown,
        "orderByKey": order,
        "orderByAsc": False,
        "selectedColumns": ["attributes.`Duration`", *columns],
        "groupBy": None,
        "compareRunSections": [
            {"uuid": f"section-{place}", "name": heading, **section}
            for place, heading in enumerate(full)
        ],
        "compareRunCharts": [
            {
                "uuid": f"chart-{place}-{of}",
                "metricSectionId": f"section-{place}",
                **shared,
                **chart,
            }
            for place, own in enumerate(full.values())
            for of, chart in enumerate(own)
        ],
    }


def _finals(study: StudyRecord) -> list[str]:
    tested = (f"{TEST_SETS[test_set]}/accuracy" for test_set in study.plan.tests)
    return [*tested, _BEST]


def _lines(*metrics: str) -> dict[str, Any]:
    """Return a chart in which metrics that belong together share their axes."""
    return {
        "type": "LINE",
        "metricKey": metrics[0],
        "selectedMetricKeys": [*metrics],
        "lineSmoothness": 0,
        "scaleType": "linear",
        "xAxisScaleType": "linear",
        "xAxisKey": "step",
        "selectedXAxisMetricKey": "",
        "yAxisKey": "metric",
        "yAxisExpressions": [],
        "range": {},
        "useGlobalXaxisKey": True,
        "useGlobalLineSmoothing": True,
    }


def _scatter(param: str) -> dict[str, Any]:
    return {
        "type": "SCATTER",
        "xaxis": {"key": param, "type": "PARAM"},
        "yaxis": {"key": _BEST, "type": "METRIC"},
    }
