"""From finished trials to MLflow: a projection of the ledger, for people to look at.

Importing this package comes before any import of ``mlflow``, which reads its settings then.
"""

from os import environ

__all__: list[str] = []

# What the user has set stands.
environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")  # what goes wrong is raised as well
environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")  # seconds; MLflow's 120 is a long hang

# Not the user's to set: who asks again for a run to be made must look first (decision 22).
environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
