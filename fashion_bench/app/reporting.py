"""The report of a study or experiment: one HTML page, and Markdown with its pictures beside it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from fashion_bench.analysis.exploration import is_listed
from fashion_bench.analysis.metric import Metric
from fashion_bench.analysis.report.record import caveats_section, moment, record_sections
from fashion_bench.analysis.report.rendering import html_page, markdown_page
from fashion_bench.analysis.report.tables import tables_of
from fashion_bench.analysis.report.words import Absence, Block, Picture, Report, Section
from fashion_bench.app.comparing import Compared, compare_study
from fashion_bench.app.figures import comparison_figures
from fashion_bench.app.report_of_study import sections_of_study
from fashion_bench.app.workplace import Workplace
from fashion_bench.data import data_folder
from fashion_bench.errors import FashionBenchError
from fashion_bench.records import StudyRecord
from fashion_bench.search.layout import Layout
from fashion_bench.training.files import write_whole

__all__ = ["Written", "make_report", "write_report"]


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
) -> Written:
    """Write a report, over one that is there, and log the page to MLflow where it knows the study.

    Args:
        runs: the folder of runs.
        name: of the study or experiment.
        out: the folder to write to; by default one in the folder of runs.
        data: the folder of images; by default the usual one.
        say: is told what takes long.
        mlflow: the URL of an MLflow server; by default the folder's own store.

    Raises:
        StudyError: there is none of that name.
        MachineError: the report cannot be written.
    """
    workplace = Workplace(runs, mlflow)
    report = make_report(runs, name, data, say)
    folder = runs / "reports" if out is None else out
    page = html_page(report)
    for picture in report.pictures:
        write_whole(folder / name / f"{picture.name}.png", picture.content)
    write_whole(folder / f"{name}.md", markdown_page(report, folder=name).encode())
    write_whole(folder / f"{name}.html", page.encode())
    return Written(
        html=folder / f"{name}.html",
        markdown=folder / f"{name}.md",
        pictures=folder / name,
        mlflow=_attach(workplace, name, page),
    )


def make_report(runs: Path, name: str, data: Path | None, say: Callable[[str], None]) -> Report:
    """Return the report; in the place of what cannot be shown it says why. As ``write_report``."""
    workplace = Workplace(runs)
    ledger = workplace.existing_ledger()
    study = ledger.read(name)
    compared = compare_study(study, workplace)
    if study.kind == "study":
        own = sections_of_study(study, ledger, data_folder(data))
    else:
        own = _of_experiment(study, workplace, data_folder(data), say)
    told = compared.plain
    return Report(
        title=f"{study.name} ({study.kind})",
        question=study.question,
        answer=told["answer"],
        sections=(
            _comparison(compared),
            caveats_section(told["caveats"]),
            *own,
            *record_sections(study, tuple(_commands(study, ledger.layout(name)))),
        ),
        origin=_origin(study),
    )


def _comparison(compared: Compared) -> Section:
    blocks: list[Block] = [*tables_of(compared.text)]
    if compared.study.kind == "experiment":
        blocks += _differences(comparison_figures(compared.study))
    return Section(title="How the arms compare", blocks=tuple(blocks))


def _differences(pictures: Mapping[str, bytes]) -> list[Block]:
    if not pictures:
        why = "no two arms have a value of the same seed"
        return [Absence(what="Differences between arms", why=why)]
    return [_difference(Path(file).stem, content) for file, content in pictures.items()]


def _difference(name: str, content: bytes) -> Picture:
    metric = Metric(name.removeprefix("differences_"))
    return Picture(
        name=name,
        alt=f"Differences in {metric.words}: of each pair of arms a point for each seed, and "
        "their mean with its interval, as in the table.",
        content=content,
    )


def _of_experiment(
    study: StudyRecord, workplace: Workplace, data: Path, say: Callable[[str], None]
) -> Iterator[Section]:
    # scikit-learn, which a study does without, takes a second to import
    from fashion_bench.app.report_of_experiment import sections_of_experiment

    return sections_of_experiment(study, workplace, data, say)


def _commands(study: StudyRecord, layout: Layout | None) -> Iterator[str]:
    if layout is None or (study.kind == "study" and is_listed(study)):
        return
    commit, _, dirty = study.provenance.get("git_commit", "unknown").partition("-")
    if commit != "unknown":
        yield f"git checkout {commit}{'  # but its files had changes' if dirty else ''}"
    yield (
        f"fashion-bench {study.kind} run {study.name}.toml --runs again "
        f"--device {layout.device} --cohort-size {layout.lanes}"
    )
    yield f"fashion-bench report {study.name} --runs again"


def _origin(study: StudyRecord) -> str:
    times = [study.created_at, *(trial.ended_at for trial in study.trials)]
    times += [score.measured_at for trial in study.trials for score in trial.tests.values()]
    latest = moment(max(times))
    return f"Written by fashion-bench {version('fashion-bench')}, from results up to {latest}."


def _attach(workplace: Workplace, name: str, page: str) -> str:
    runs, server = workplace.folder, workplace.mlflow
    if server is None and not (runs / "mlflow.db").exists():
        return "MLflow has no store here yet, so it has not got the report"
    from fashion_bench.tracking.attachments import attach

    try:
        found = attach(runs, name, "report.html", page, server)
    except FashionBenchError as error:
        return f"MLflow has not got the report: {error}"
    except Exception as error:  # MLflow's trouble, of whatever kind, must not lose the report
        return f"MLflow has not got the report: {type(error).__name__} in it"
    return f"MLflow has it, as report.html of {name}" if found else f"MLflow has no run of {name}"
