"""What the doctor found, for a terminal and as plain data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from fashion_bench.analysis.text import new_table
from fashion_bench.app.health.finding import Finding

__all__ = ["findings_json", "findings_text", "well"]


def well(findings: Sequence[Finding]) -> bool:
    """Whether there is no problem."""
    return all(finding.state != "problem" for finding in findings)


def findings_text(findings: Sequence[Finding]) -> RenderableType:
    """Return a table with one row a finding, and the sum of them in one sentence."""
    table = new_table("", first="check")
    table.add_column("", no_wrap=True)
    for heading in ("found", "what to do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(Text(finding.about), finding.state, Text(finding.says), Text(finding.remedy))
    problems = sum(finding.state == "problem" for finding in findings)
    return Group(table, "All is well." if not problems else f"Problems: {problems}.")


def findings_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the same as plain data."""
    return {"well": well(findings), "findings": [asdict(finding) for finding in findings]}
