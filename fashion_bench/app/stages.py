"""The stages of a study as their turns come: survey, search, and what the search has to confirm."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from fashion_bench.analysis.promotion import choose_candidates
from fashion_bench.errors import StudyError
from fashion_bench.plan import Plan, Values
from fashion_bench.records import StudyRecord
from fashion_bench.search.driver import Reporter
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.resolve import StudyFile
from fashion_bench.search.stages import Listed, ListedStage, confirmation, staged, survey_points


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of a study: its plan, and the trials it lists unless it is the search."""

    file: StudyFile
    listed: Listed | None = None


def stages_of(asked: StudyFile, ledger: Ledger, reporter: Reporter) -> Iterator[Stage]:
    """Yield the stages of a study as their turns come, for a confirmation hangs on the search."""
    plan = asked.plan
    if plan.survey is not None:
        yield _listed(asked, "survey", ledger.listed(f"{plan.name}.survey") or survey_points(plan))
    yield Stage(file=asked)
    if plan.confirm is not None:
        listed = ledger.listed(f"{plan.name}.confirm")
        if listed is None and (chosen := _chosen(ledger.read(plan.name), reporter)):
            listed = confirmation(plan, chosen)
        if listed is not None:
            yield _listed(asked, "confirm", listed)


def _listed(asked: StudyFile, stage: ListedStage, listed: Listed) -> Stage:
    file = replace(asked, plan=staged(asked.plan, stage, listed))
    return Stage(file=file, listed=listed)


def _chosen(study: StudyRecord, reporter: Reporter) -> Mapping[str, Sequence[Values]]:
    """Return what is to be confirmed of a search; nothing where an arm has nothing to confirm."""
    assert study.plan.confirm is not None
    try:
        found = choose_candidates(study, study.plan.confirm.top)
    except StudyError as error:
        reporter.say(f"Nothing is confirmed: {error}")
        return {}
    return {arm: [one.params for one in ranked] for arm, ranked in found.items()}


def stages_told(plan: Plan) -> str:
    """Return what each stage trains, as a few words."""
    told = {
        "survey": plan.survey and f"survey {plan.survey.trials_per_arm} trials of each arm",
        "search": f"search {plan.trials_per_arm}",
        "confirm": plan.confirm and f"confirm {plan.confirm.top * plan.confirm.seeds}",
    }
    return ", ".join(str(told[stage]) for stage in plan.stages)
