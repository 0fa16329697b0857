"""From a study to the experiment that measures it: winners by validation alone, on fresh seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fashion_bench.analysis.promotion import (
    Candidate,
    Confirmation,
    choose_candidates,
    confirm,
    fresh_seeds,
    unconfirmed,
)
from fashion_bench.analysis.promotion_text import (
    confirmation_comment,
    experiment_comment,
    pairs_lines,
    remark,
    winner_lines,
)
from fashion_bench.app.run import How, Reporter, run_listed
from fashion_bench.app.workplace import Workplace
from fashion_bench.errors import StudyError
from fashion_bench.records import StudyRecord
from fashion_bench.search.spec import ExperimentSpec, canonical, parse
from fashion_bench.search.writing import experiment_toml

__all__ = ["Choice", "promote"]

LONGEST_NAME = 64  # characters, as in a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How the winners are chosen, and how they are to be measured.

    Attributes:
        top: configurations of each arm that are trained again.
        seeds: fresh seeds that each of them is trained on; 0 takes the search at its word.
        measured: seeds of the experiment.
        points: the difference in accuracy to plan for, in percentage points.
    """

    top: int = 3
    seeds: int = 3
    measured: int = 10
    points: float = 0.5


def promote(name: str, choice: Choice, how: How, reporter: Reporter) -> str:
    """Return the file of an experiment that measures each arm's winner.

    A study's best configurations are trained again on fresh seeds, and the best mean wins. That
    confirmation is a study beside it, ``<name>_confirmed``: it is recorded, shown, resumed and
    removed like any other.

    Raises:
        FashionBenchError: there is no such study, it searched nothing, or an arm of it has no
            complete trial; or as ``run_study``.
    """
    study = Workplace(how.runs).existing_ledger().read(name)
    _refuse_listed(study)
    candidates = choose_candidates(study, choice.top)
    if len(study.trials) < study.planned:
        reporter.say(f"{name} has {len(study.trials)} of its {study.planned} trials so far")
    used = {seed for t in study.trials for seed in (t.config.seed, t.config.split_seed)}
    fresh = fresh_seeds(used, choice.seeds)
    found = _confirm(study, candidates, fresh, how, reporter) if fresh else unconfirmed(candidates)
    for line in (*winner_lines(candidates, found), *pairs_lines(found, choice.points)):
        reporter.say(line)
    spec = _spec(
        study,
        suffix="_measured",
        question=study.question,
        arms={arm: ranked[0].candidate for arm, ranked in found.items()},
        seeds=fresh_seeds(used | {*fresh}, choice.measured),
    )
    remarks = {arm: remark(study, ranked[0]) for arm, ranked in found.items()}
    return experiment_toml(spec, experiment_comment(study, len(fresh)), remarks)


def _confirm(
    study: StudyRecord,
    candidates: Mapping[str, Sequence[Candidate]],
    seeds: Sequence[int],
    how: How,
    reporter: Reporter,
) -> dict[str, tuple[Confirmation, ...]]:
    """Train every candidate on every seed; each is an arm of its own, so they are paired."""
    comment = confirmation_comment(study)
    arms = {one.name: one for of_arm in candidates.values() for one in of_arm}
    spec = _spec(study, suffix="_confirmed", question=comment[0], arms=arms, seeds=seeds)
    stored = Workplace(how.runs).ledger().spec(spec.name)
    if stored not in (None, canonical(spec)):
        raise StudyError(
            spec.name,
            "is stored with other configurations or seeds",
            remedy=f"repeat --top and --seeds, or `fashion-bench study rm {spec.name}`",
        )
    finished = run_listed(spec, experiment_toml(spec, comment, {}), how, reporter)
    if finished.mirrored.problem:
        reporter.say(f"MLflow is behind: {finished.mirrored.problem}")
    return confirm(finished.study, candidates)


def _spec(
    study: StudyRecord,
    *,
    suffix: str,
    question: str,
    arms: Mapping[str, Candidate],
    seeds: Sequence[int],
) -> ExperimentSpec:
    """Return a spec that lists these configurations, with what the study fixed."""
    written = study.spec
    tuned = dict.fromkeys(name for arm in written["arms"].values() for name in arm)
    tuned |= dict.fromkeys(written["nuisance"])
    name = study.name[: LONGEST_NAME - len(suffix)] + suffix
    data = {
        "name": name,
        "question": question,
        "model": written["model"],
        "epochs": written["epochs"],
        "fixed": written["fixed"],
        "seeds": seeds,
        "arms": {arm: {key: one.params[key] for key in tuned} for arm, one in arms.items()},
    }
    spec = parse(data, name)
    assert isinstance(spec, ExperimentSpec)
    return spec


def _refuse_listed(study: StudyRecord) -> None:
    if "seeds" in study.spec:
        raise StudyError(
            study.name,
            "lists its trials: nothing was searched in it",
            remedy="promote a study that samples them",
        )
