"""The front door: a start page of ours on MLflow's own server, behind its login and host check.

MLflow's page routes by what follows ``#``, so ours cannot stand at ``/``: what it sends there goes
on to the start page unless a page of MLflow's is asked for.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

START = "start"

# Before MLflow's own scripts run. A fresh browser would be shown its pages for language models,
# where a study has "Traces 0", the Assistant, and a notice that usage data are collected, which
# they are not. What is closed once is the user's to open again. Its keys end in its versions.
_SCRIPT = """
if (!/^#\\/./.test(location.hash)) location.replace("start");
else try {
  localStorage.setItem("mlflow.workflowType_v1", '"machine_learning"');
  if (!localStorage.getItem("fashion_bench.front_door")) {
    localStorage.setItem("mlflow.assistant.fab.autoOpenedOnFirstLoad_v1", "true");
    localStorage.setItem("mlflow.assistant.panelOpen_v1", "false");
    localStorage.setItem("mlflow.detectIssues.guidanceShown_v1", "true");
    localStorage.setItem("mlflow.settings.telemetry.enabled_v1", "false");
    localStorage.setItem("mlflow.telemetry.info.alert.dismissed_v1", "true");
    localStorage.setItem("fashion_bench.front_door", "1");
  }
} catch { /* a browser that keeps nothing is greeted as MLflow greets it */ }
"""
# On a telephone MLflow's menu would leave the list of trials 30 pixels; each page has the way back.
_STYLE = "@media (max-width: 600px) { aside { display: none !important } }"
_HEAD = "<head>"


def front_door(start: Callable[[], str], *, login: bool) -> Any:  # noqa: ANN401  # ASGI has no type
    """Return MLflow's application with the start page; called once, in the server's process.

    Its page is a route of MLflow's Flask application, so whatever MLflow checks before it answers
    is checked for it, too.

    Args:
        start: returns the page as HTML.
        login: whether only users that MLflow knows are let in.
    """
    from mlflow.server import app  # takes seconds

    index = _with_script((Path(str(app.static_folder)) / "index.html").read_text("utf-8"))
    app.view_functions["serve"] = lambda: index
    app.add_url_rule(f"/{START}", START, start)
    if login:
        from mlflow.server.auth import create_app

        return create_app(app)
    from mlflow.server.fastapi_app import app as served

    return served


def _with_script(index: str) -> str:
    return index.replace(_HEAD, f"{_HEAD}<style>{_STYLE}</style><script>{_SCRIPT}</script>", 1)
