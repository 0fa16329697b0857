"""The URL of an MLflow server, as a person gives it."""

from urllib.parse import urlsplit

from fashion_bench.errors import FashionBenchError

__all__ = ["refuse_other_urls"]


def refuse_other_urls(url: str) -> None:
    """Refuse what is not an http or https URL of a server and a path.

    Nothing of it is repeated: a URL may hold a password, and errors end up in logs.

    Raises:
        FashionBenchError: it is another URL, or none, or holds more than that.
    """
    problem = _problem(url)
    if problem is not None:
        raise FashionBenchError(
            "--mlflow",
            problem,
            remedy="give http://HOST:PORT or https://HOST; a name and a password go into "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        )


def _problem(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        complete = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # of the port
        complete = False
    if not complete:
        return "is no http or https URL"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "holds more than the address of a server"
    return None
