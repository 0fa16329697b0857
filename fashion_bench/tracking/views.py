"""Saved views: the two pages of a study that people should see first in MLflow.

A saved view is an experiment tag that holds the whole state of MLflow's runs page. Its form is
internal to that page: ``tests/browser`` opens it in a real browser, and ``ViewLinks.runs`` is the
plain page, should a later MLflow read it no more.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from fashion_bench.config import TEST_SETS
from fashion_bench.records import Outcome, StudyRecord

_TRIALS, _ARMS = "trials", "arms"  # keys; writing a view again replaces it
_SHARED = "mlflow.sharedViewState"
_SECTION = "study"
_CURVES = ("valid/accuracy", "train/accuracy", "valid/loss", "train/loss")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLinks:
    """Where a study is looked at in a browser.

    Attributes:
        trials: every trial, the best first, with its curves.
        arms: the means of each arm's complete trials, side by side.
        runs: MLflow's plain list.
    """

    trials: str
    arms: str
    runs: str


def view_links(base_url: str, experiment_id: str) -> ViewLinks:
    """Return the links to an experiment's pages on the server at ``base_url``."""
    page = f"{base_url.rstrip('/')}/#/experiments/{experiment_id}/runs"
    runs = f"{page}?workflowType=machine_learning"
    view = f"{runs}&compareRunsMode=CHART&viewStateShareKey="
    return ViewLinks(trials=view + _TRIALS, arms=view + _ARMS, runs=runs)


def view_tags(study: StudyRecord, varying: Sequence[str]) -> dict[str, str]:
    """Return the experiment tags that hold the views of a study.

    Args:
        study: whose pages they are.
        varying: the parameters that differ between its trials, in the order of their columns.
    """
    views = {
        _TRIALS: ("Trials", _trials_state(study, varying)),
        _ARMS: (" / ".join(study.arms), _arms_state(study, varying)),
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

    ``None`` where they hold none.
    """
    view = tags.get(f"{_SHARED}.{_TRIALS}")
    return None if view is None else int(json.loads(view)["createdAt"])


def _trials_state(study: StudyRecord, varying: Sequence[str]) -> dict[str, Any]:
    return {
        **_PAGE,
        "searchFilter": "tags.kind = 'trial'",
        # Any order but "Created" lists trials flat; this one puts the best on top.
        "orderByKey": "metrics.`best/valid_accuracy`",
        "orderByAsc": False,
        "selectedColumns": _columns(study, varying),
        "groupBy": None,
        **_charts(
            _parallel(varying, "best/valid_accuracy"),
            *(_lines(curve) for curve in _CURVES),
            *(_scatter(name, "best/valid_accuracy") for name in varying),
        ),
    }


def _arms_state(study: StudyRecord, varying: Sequence[str]) -> dict[str, Any]:
    return {
        **_PAGE,
        # A mean over trials that stopped early would jump where they stop.
        "searchFilter": "tags.kind = 'trial' and attributes.status = 'FINISHED'",
        # The page averages what it has loaded: sorted by accuracy it would be the luckiest.
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "selectedColumns": _columns(study, varying),
        "groupBy": {
            "aggregateFunction": "average",
            "groupByKeys": [{"mode": "tag", "groupByData": "arm"}],
        },
        **_charts(
            *(_lines(curve, _late_range(study, curve)) for curve in _CURVES),
            *(_bars(metric) for metric in _finals(study)),
        ),
    }


def _finals(study: StudyRecord) -> list[str]:
    tested = (f"{TEST_SETS[test_set]}/accuracy" for test_set in study.plan.tests)
    return [*tested, "best/valid_accuracy"]


def _columns(study: StudyRecord, varying: Sequence[str]) -> list[str]:
    return [
        "attributes.`Duration`",
        *(f"metrics.`{name}`" for name in _finals(study)),
        "metrics.`best/epoch`",
        "tags.`outcome`",
        *(f"params.`{name}`" for name in varying),
    ]


def _charts(*charts: dict[str, Any]) -> dict[str, Any]:
    section = {
        "uuid": _SECTION,
        "name": "Study",
        "display": True,
        "isReordered": True,
        "deleted": False,
        "isGenerated": False,
    }
    shared = {
        "runsCountToCompare": _RUNS_IN_A_CHART,
        "metricSectionId": _SECTION,
        "deleted": False,
        "isGenerated": False,
    }
    return {
        "compareRunSections": [section],
        "compareRunCharts": [
            {"uuid": f"chart-{place}", **shared, **chart} for place, chart in enumerate(charts)
        ],
    }


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


def _bars(metric: str) -> dict[str, Any]:
    return {"type": "BAR", "metricKey": metric}


def _scatter(param: str, metric: str) -> dict[str, Any]:
    return {
        "type": "SCATTER",
        "xaxis": {"key": param, "type": "PARAM"},
        "yaxis": {"key": metric, "type": "METRIC"},
    }


def _parallel(params: Sequence[str], metric: str) -> dict[str, Any]:
    return {
        "type": "PARALLEL",
        "selectedParams": [*params],
        "selectedMetrics": [metric],
        "showAllRuns": True,
    }
