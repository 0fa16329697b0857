"""Saved views: the two pages of a study that people should see first in MLflow.

A saved view is an experiment tag that holds the whole state of MLflow's runs page. Its form is
internal to that page: ``tests/browser`` opens it in a real browser, and the last of the links is
to the plain page, should a later MLflow read it no more.
"""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from fashion_bench.config import TEST_SETS
from fashion_bench.records import Outcome, StudyRecord
from fashion_bench.tracking.projection import BEST_EPOCH

_TRIALS, _ARMS = "trials", "arms"  # keys; writing a view again replaces it
_SHARED = "mlflow.sharedViewState"
_SECTION = "study"
_CURVES = ("valid/accuracy", "train/accuracy", "valid/loss", "train/loss")
_BEST = "best/valid_accuracy"
_RUNS_IN_A_CHART = 100  # as many as the page loads at once

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

    They are the means of each arm's complete trials, side by side; every trial, the best first,
    with its curves; and MLflow's plain list.
    """
    page = f"{base_url.rstrip('/')}/#/experiments/{experiment_id}/runs"
    runs = f"{page}?workflowType=machine_learning"
    view = f"{runs}&compareRunsMode=CHART&viewStateShareKey="
    return {_title(study): view + _ARMS, "trials": view + _TRIALS, "runs": runs}


def view_tags(study: StudyRecord) -> dict[str, str]:
    """Return the experiment tags that hold the views of a study."""
    views = {_TRIALS: ("Trials", _trials_state(study)), _ARMS: (_title(study), _arms_state(study))}
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

    ``None`` where they hold none.
    """
    view = tags.get(f"{_SHARED}.{_TRIALS}")
    return None if view is None else int(json.loads(view)["createdAt"])


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
    curves = (_lines(curve) for curve in _CURVES)
    points = () if pruned else map(_scatter, study.varying)
    return _state(
        study,
        shown="tags.kind = 'trial'",
        # Any order but "Created" lists trials flat; this one puts the best on top.
        order=f"metrics.`{_BEST}`",
        charts=(parallel, *curves, *points),
    )


def _arms_state(study: StudyRecord) -> dict[str, Any]:
    curves = (_lines(curve, _late_range(study, curve)) for curve in _CURVES)
    bars = ({"type": "BAR", "metricKey": metric} for metric in _finals(study))
    return _state(
        study,
        # A mean over trials that stopped early would jump where they stop.
        shown="tags.kind = 'trial' and tags.outcome = 'complete'"
        # What a survey's file lists is no part of its mean.
        + (" and tags.enqueued = 'no'" if study.plan.stage == "survey" else ""),
        # The page averages what it has loaded: sorted by accuracy it would be the luckiest.
        order="attributes.start_time",
        groups={
            "aggregateFunction": "average",
            "groupByKeys": [{"mode": "tag", "groupByData": "arm"}],
        },
        charts=(*curves, *bars),
    )


def _state(
    study: StudyRecord,
    *,
    shown: str,
    order: str,
    groups: Mapping[str, Any] | None = None,
    charts: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    section = {"uuid": _SECTION, "name": "Study", "display": True, "isReordered": True, **_BY_HAND}
    shared = {"runsCountToCompare": _RUNS_IN_A_CHART, "metricSectionId": _SECTION, **_BY_HAND}
    return {
        **_PAGE,
        "searchFilter": shown,
        "orderByKey": order,
        "orderByAsc": False,
        "selectedColumns": [
            "attributes.`Duration`",
            *(f"metrics.`{name}`" for name in _finals(study)),
            f"params.`{BEST_EPOCH}`",
            "tags.`outcome`",
            *(f"params.`{name}`" for name in study.varying),
        ],
        "groupBy": groups,
        "compareRunSections": [section],
        "compareRunCharts": [
            {"uuid": f"chart-{place}", **shared, **chart} for place, chart in enumerate(charts)
        ],
    }


def _finals(study: StudyRecord) -> list[str]:
    tested = (f"{TEST_SETS[test_set]}/accuracy" for test_set in study.plan.tests)
    return [*tested, _BEST]


def _late_range(study: StudyRecord, curve: str) -> dict[str, float]:
    """Return the span of a curve over the later half of the complete trials, where arms differ.

    Left to itself, the page shows a mean's chart from 0.
    """
    values = [
        getattr(epoch, curve.replace("/", "_"))
        for trial in study.trials
        if trial.outcome is Outcome.COMPLETE
        for epoch in trial.history[len(trial.history) // 2 :]
    ]
    return {"yMin": min(values), "yMax": max(values)} if values else {}


def _lines(metric: str, span: Mapping[str, float] = MappingProxyType({})) -> dict[str, Any]:
    return {
        "type": "LINE",
        "metricKey": metric,
        "selectedMetricKeys": [metric],
        "lineSmoothness": 0,
        "scaleType": "linear",
        "xAxisScaleType": "linear",
        "xAxisKey": "step",
        "selectedXAxisMetricKey": "",
        "yAxisKey": "metric",
        "yAxisExpressions": [],
        "range": dict(span),
        "useGlobalXaxisKey": True,
        "useGlobalLineSmoothing": True,
    }


def _scatter(param: str) -> dict[str, Any]:
    return {
        "type": "SCATTER",
        "xaxis": {"key": param, "type": "PARAM"},
        "yaxis": {"key": _BEST, "type": "METRIC"},
    }
