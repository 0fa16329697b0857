"""The report of a study or experiment: one HTML page, and Markdown with its pictures beside it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from fashion_bench.analysis.document import (
    Answer,
    Block,
    Document,
    Notes,
    Picture,
    Placeholder,
    Section,
    Table,
)
from fashion_bench.analysis.plots.importances import Importances
from fashion_bench.analysis.rendering.pages import html_page, markdown_page
from fashion_bench.analysis.report.record import caveats_section, record_sections, samples_section
from fashion_bench.analysis.report.study import study_sections
from fashion_bench.analysis.summary import complete_trials
from fashion_bench.analysis.text import moment
from fashion_bench.app.browse import read_whole
from fashion_bench.app.compare import compare_study
from fashion_bench.app.figures import comparison_pictures
from fashion_bench.app.report_material import Materials, sections_of_experiment
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.code import allow
from fashion_bench.data.folder import data_folder
from fashion_bench.errors import FashionBenchError
from fashion_bench.records import StudyRecord
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger
from fashion_bench.search.optuna_study import (
    FEWEST_RESAMPLED,
    importance_intervals,
    importances,
    trials_with,
)
from fashion_bench.tracking import settled
from fashion_bench.training.files import demand_files, write_whole

MOST_FOR_FANOVA = 200  # complete trials of an arm; they take 2 s, and more take far longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report that was written.

    Attributes:
        html: the page.
        markdown: the same as Markdown.
        pictures: the folder of its pictures.
        mlflow: whether MLflow has it too, and why not, in one sentence.
    """

    html: Path
    markdown: Path
    pictures: Path
    mlflow: str


def write_report(
    runs: Path,
    name: str,
    out: Path | None,
    data: Path | None,
    say: Callable[[str], None],
    mlflow: str | None = None,
    *,
    trust_code: bool = False,
) -> Written:
    """Write a report, over one that is there, and log the page to MLflow where it knows the study.

    Args:
        runs: the folder of runs.
        name: of the study or experiment.
        out: the folder to write to; by default one in the folder of runs.
        data: the folder of images; by default the usual one.
        say: is told what takes long.
        mlflow: the URL of an MLflow server; by default the folder's own store.
        trust_code: whether the code that was kept with the study may be run.

    Raises:
        StudyError: there is none of that name.
        MachineError: the report cannot be written.
    """
    runs_folder = RunsFolder(runs, mlflow)
    report = make_report(runs, name, data, say, trust_code=trust_code)
    folder = runs / "reports" if out is None else out
    page = html_page(report)
    for picture in report.all(Picture):
        write_whole(folder / name / f"{picture.name}.png", picture.content)
    write_whole(folder / f"{name}.md", markdown_page(report, folder=name).encode())
    write_whole(folder / f"{name}.html", page.encode())
    written = Written(
        html=folder / f"{name}.html",
        markdown=folder / f"{name}.md",
        pictures=folder / name,
        mlflow=_attach(runs_folder, runs_folder.reading().read(name, with_trials=False), page),
    )
    pictures = (written.pictures / f"{picture.name}.png" for picture in report.all(Picture))
    remedy = "give the same command again"
    demand_files(written.html, written.markdown, *pictures, remedy=remedy)
    return written


def make_report(
    runs: Path,
    name: str,
    data: Path | None,
    say: Callable[[str], None],
    *,
    trust_code: bool = False,
) -> Document:
    """Return the report; in the place of what cannot be shown it says why. As ``write_report``."""
    runs_folder = RunsFolder(runs)
    ledger = runs_folder.existing_ledger()
    study = read_whole(runs, name)
    if trust_code:
        allow(study.plan.code)
    compared = compare_study(study, runs_folder).document
    materials = Materials(study, runs_folder, data_folder(data))
    pictures = comparison_pictures(study)
    if study.kind == "study":
        own = _sections_of_study(materials, ledger, pictures)
    else:
        own = sections_of_experiment(materials, say)
    return replace(
        compared,
        sections=(
            _comparison(study, compared, pictures),
            caveats_section(_sentences(compared, "caveats", "caveats_of_stages")),
            *own,
            *record_sections(study, tuple(_commands(study, ledger.layout(name)))),
        ),
        origin=_origin(study),
    )


def _sentences(compared: Document, *keys: str) -> tuple[str, ...]:
    return tuple(s for note in compared.all(Notes) if note.key in keys for s in note.sentences)


def _comparison(study: StudyRecord, compared: Document, pictures: Sequence[Picture]) -> Section:
    more = Notes(sentences=_sentences(compared, "more"))
    blocks: list[Block] = [*compared.all(Answer), more, *compared.all(Table)]
    blocks += [one for one in pictures if one.name == "effects"]
    if study.kind == "experiment" and study.plan.sources is None:
        why = "no two arms have a value of the same seed"
        no_pairs = Placeholder(what="Differences between arms", why=why)
        blocks += pictures or [no_pairs]
    return Section(title="How the arms compare", blocks=tuple(blocks))


def _commands(study: StudyRecord, layout: Layout | None) -> Iterator[str]:
    if layout is None or (study.kind == "study" and study.plan.listed):
        return
    commit, _, dirty = study.provenance.get("git_commit", "unknown").partition("-")
    if commit != "unknown":
        yield f"git checkout {commit}{'  # but its files had changes' if dirty else ''}"
    precision = f" --precision {layout.precision}" if layout.precision else ""
    yield (
        f"fashion-bench {study.kind} run {study.name}.toml --runs again "
        f"--device {layout.device} --cohort-size {layout.lanes}{precision}"
    )
    yield f"fashion-bench report {study.name} --runs again"


def _origin(study: StudyRecord) -> str:
    times = [study.created_at, *(trial.ended_at for trial in study.trials)]
    times += [score.measured_at for trial in study.trials for score in trial.tests.values()]
    latest = moment(max(times))
    return f"Written by fashion-bench {version('fashion-bench')}, from results up to {latest}."


def _attach(runs_folder: RunsFolder, study: StudyRecord, page: str) -> str:
    runs, server, name = runs_folder.folder, runs_folder.mlflow, study.name
    if server is None and not (runs / "mlflow.db").exists():
        return "MLflow has no store here yet, so it has not got the report"
    try:
        with settled():
            from fashion_bench.tracking.experiments import attach

            found = attach(runs, study, "report.html", page, server)
    except FashionBenchError as error:
        return f"MLflow has not got the report: {error}"
    except Exception as error:  # MLflow's trouble, of whatever kind, must not lose the report
        return f"MLflow has not got the report: {type(error).__name__} in it"
    return f"MLflow has it, as report.html of {name}" if found else f"MLflow has no run of {name}"


# Of a study: no test image is looked at -----------------------------------------------------------


def _sections_of_study(
    materials: Materials, ledger: Ledger, pictures: Sequence[Picture]
) -> Iterator[Section]:
    """Yield how the search went, what its parameters do, and some training images."""
    study = materials.study
    drawn = {picture.name: picture for picture in pictures}
    yield from study_sections(study, drawn, tuple(_importances(study, ledger)))
    yield samples_section(materials.training_images)


def _importances(study: StudyRecord, ledger: Ledger) -> Iterator[Importances | Placeholder]:
    arms = ledger.frozen(study.name)
    counts = {arm: trials_with(trials) for arm, trials in arms.items()}
    yield Importances(
        evaluator="PED-ANOVA",
        remark="what sets the best tenth of the trials apart from all of them. An arm of fewer "
        f"than {FEWEST_RESAMPLED} complete trials has no interval.",
        shares={arm: importances(trials, "PED-ANOVA") for arm, trials in arms.items()},
        intervals={arm: importance_intervals(trials) for arm, trials in arms.items()},
        interval="80 % of bootstrap samples",
        trials=counts,
    )
    if max(complete_trials(study).values()) > MOST_FOR_FANOVA:
        why = f"an arm has more than {MOST_FOR_FANOVA} complete trials, of which it takes long"
        yield Placeholder(what="Importances by fANOVA", why=why)
        return
    yield Importances(
        evaluator="fANOVA",
        remark="what explains how the value varies over all that was searched.",
        shares={arm: importances(trials, "fANOVA") for arm, trials in arms.items()},
        trials=counts,
    )
