"""From a study to the experiment that measures it: winners by validation alone, on fresh seeds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from fashion_bench.analysis.document import Data, Document, Listing, Notes, Section
from fashion_bench.analysis.promotion import (
    Candidate,
    Confirmation,
    choose_candidates,
    confirm,
    confirmation_comment,
    experiment_comment,
    fresh_seeds,
    leaders,
    pairs_lines,
    remark,
    unconfirmed,
    winner_lines,
)
from fashion_bench.app.browse import read_whole
from fashion_bench.app.following import Reporter
from fashion_bench.app.options import PromoteOptions, RunOptions
from fashion_bench.app.run import run
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.code import allow, refuse_unless_allowed, unpinned
from fashion_bench.errors import StudyError, visible
from fashion_bench.records import StudyRecord
from fashion_bench.search.experiment_file import experiment_toml
from fashion_bench.search.named import Surroundings
from fashion_bench.search.resolve import listed_study
from fashion_bench.search.spec import ExperimentSpec, StudySpec, parse

LONGEST_NAME = 64  # characters, as in a file


def promote(
    name: str, choosing: PromoteOptions, options: RunOptions, reporter: Reporter
) -> Document:
    """Return the file of an experiment that measures each arm's winner, and what chose them.

    A study's best configurations are trained again on fresh seeds, and the best mean wins. That
    confirmation is a study beside it, ``<name>_confirmed``: it is recorded, shown, resumed and
    removed like any other. Of a study that has a confirmation of its own, its first is promoted.

    Raises:
        FashionBenchError: there is no such study, it searched nothing, or an arm of it has no
            complete trial; or as ``run_study``.
    """
    ledger = RunsFolder(Path(options.runs)).existing_ledger()
    study, written = read_whole(Path(options.runs), name), ledger.spec(name)
    if not isinstance(written, StudySpec):
        raise StudyError(
            name,
            "lists its trials: nothing was searched in it",
            remedy="promote a study that samples them",
        )
    if choosing.trust_code:
        allow(study.plan.code)
    refuse_unless_allowed(study.plan.code)
    if not study.planned:
        raise StudyError(name, "searched nothing", remedy="give it a [budget] under another name")
    candidates = choose_candidates(study, choosing.top)
    if len(study.trials) < study.planned:
        reporter.say(f"{name} has {len(study.trials)} of its {study.planned} trials so far")
    trials = [trial for stage in study.stages for trial in stage.trials]
    used = {seed for t in trials for seed in (t.config.seed, t.config.split_seed)}
    fresh = fresh_seeds(used, choosing.seeds) if study.plan.confirm is None else ()
    if study.plan.confirm is not None:
        found, seeds = leaders(study, candidates), 0  # took no part in the choice
    elif fresh:
        found, seeds = _confirm(study, written, candidates, fresh, options, reporter), len(fresh)
    else:
        found, seeds = unconfirmed(candidates), 0
    pairs = pairs_lines(found, choosing.detect, choosing.measure)
    told = (*winner_lines(candidates, found), *pairs)
    spec = _spec(
        written,
        suffix="_measured",
        question=visible(study.question),
        arms={arm: ranked[0].candidate for arm, ranked in found.items()},
        seeds=fresh_seeds(used | {*fresh}, choosing.measure),
        read_by=written.model_dump(include={"metric", "margin"}, exclude_none=True),
    )
    remarks = {arm: remark(study, ranked[0]) for arm, ranked in found.items()}
    text = experiment_toml(spec, experiment_comment(study, seeds), remarks)
    blocks = (Notes(sentences=told, key="told"), Listing(text=text), Data(values={"file": text}))
    return Document(sections=(Section(blocks=blocks),))


def _confirm(
    study: StudyRecord,
    written: StudySpec,
    candidates: Mapping[str, Sequence[Candidate]],
    seeds: Sequence[int],
    options: RunOptions,
    reporter: Reporter,
) -> dict[str, tuple[Confirmation, ...]]:
    """Train every candidate on every seed; each is an arm of its own, so they are paired."""
    comment = confirmation_comment(study)
    arms = {one.name: one for of_arm in candidates.values() for one in of_arm}
    spec = _spec(written, suffix="_confirmed", question=comment[0], arms=arms, seeds=seeds)
    stored = RunsFolder(Path(options.runs)).reading().spec(spec.name)
    if stored not in (None, spec):
        raise StudyError(
            spec.name,
            "is stored with other configurations or seeds",
            remedy=f"repeat --top and --seeds, or `fashion-bench study rm {spec.name}`",
        )
    around = Surroundings(
        code={each.reference: each for each in study.plan.code},
        data=study.plan.data,
    )
    asked = listed_study(spec, experiment_toml(spec, comment, {}), around)
    finished = run(asked, options, reporter)
    finished.mirrored.tell(reporter.say)
    return confirm(finished.study, candidates)


def _spec(
    written: StudySpec,
    *,
    suffix: str,
    question: str,
    arms: Mapping[str, Candidate],
    seeds: Sequence[int],
    read_by: Mapping[str, object] = MappingProxyType({}),
) -> ExperimentSpec:
    """Return a spec that lists these configurations, with what the study's file fixes.

    Raises:
        SpecError: they are more than a file may have, or a name is too long.
    """
    tuned = dict.fromkeys(name for arm in written.arms.values() for name in arm)
    tuned |= dict.fromkeys(written.nuisance)
    name = written.name[: LONGEST_NAME - len(suffix)] + suffix
    listed = {
        "name": name,
        "question": question,
        "model": written.model,
        "epochs": written.epochs,
        **({} if written.data is None else {"data": written.data}),
        **read_by,
        "fixed": written.fixed,
        "seeds": seeds,
        "arms": {
            arm: {key: unpinned(one.params[key]) for key in tuned if key in one.params}
            for arm, one in arms.items()
        },
    }
    spec = parse(listed, name)
    assert isinstance(spec, ExperimentSpec)  # it has seeds
    return spec
