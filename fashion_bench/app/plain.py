"""Plain data as text."""

import json

__all__ = ["json_text"]


def json_text(data: object) -> str:
    """Return data as JSON that every reader understands.

    Raises:
        ValueError: it holds a number that is not finite, for which JSON has no word.
    """
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
