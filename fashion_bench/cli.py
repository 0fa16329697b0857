"""The command line: parse, call the floor below, print. Everything heavy is imported late."""

import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import fields
from functools import partial, wraps
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, get_args, get_type_hints

import click
from click.shell_completion import CompletionItem, get_completion_class

from fashion_bench.app.health.finding import FIXES, Fix
from fashion_bench.app.options import (
    ExperimentOptions,
    PromoteOptions,
    RunOptions,
    reason_given,
    runs_given,
)
from fashion_bench.errors import FashionBenchError, SpecError, StudyError, joined, shown, unwritable
from fashion_bench.tracking import settle

if TYPE_CHECKING:
    from fashion_bench.analysis.document import Document
    from fashion_bench.app.export import Format
    from fashion_bench.app.following import Reporter
    from fashion_bench.app.model_export import Form
    from fashion_bench.app.new import Reads
    from fashion_bench.app.progress import TerminalProgress
    from fashion_bench.app.run import Finished
    from fashion_bench.plan import Kind

Command = Callable[..., Any]
T = TypeVar("T")

RUNS = Path("runs")
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SOON = 0.05  # seconds until a signal is looked at again that came at a bad moment
STOPPED = "Stopped. The same command goes on from here."
STOPPED_FOR_GOOD = "Stopped. The same command begins anew."
# Commands that find what they did before they were stopped; others keep nothing of it.
GO_ON = {
    *("study run", "study rm", "study retry", "study promote", "experiment run", "init"),
    *("model register", "data fetch", "sync", "doctor", "db upgrade"),
}
WIDE = 1000  # columns where no terminal sets a limit: more than any table has

_RUNNING: list[click.Context] = []  # of the command that runs, once it is known
_SHOWING: "list[TerminalProgress]" = []  # what a terminal shows while something runs

_say = partial(click.echo, err=True)  # beside the answer


class Stopped(BaseException):
    """A signal asks for the end; ``number`` is its."""

    def __init__(self, number: int) -> None:
        self.number = number


class Place(click.ParamType[Path]):
    """A path that can be one, or of a file the name of one that is shipped.

    Args:
        folder: whether it must be of a folder, where anything is there.
        kinds: of the studies and experiments that a shell completes it to.
    """

    name = "path"

    def __init__(self, *kinds: "Kind", folder: bool = False) -> None:
        self._kinds, self._folder = kinds, folder

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Return what was given, ``-`` as standard input; refuse what no path can be."""
        path, problem = Path("/dev/stdin" if value == "-" and not self._folder else value), ""
        try:
            os.fspath(value).encode()
            if not os.fspath(value):
                problem = "is empty"
            elif self._folder and not stat.S_ISDIR(path.stat().st_mode):
                problem = "is a file, and no folder"
        except FileNotFoundError:  # yet, or as its reader will say
            pass
        except ValueError:
            problem = "is no text in UTF-8"
        except OSError as error:
            problem = f"cannot be used: {error.strerror}"
        if problem:
            argument = "DIR" if self._folder else "FILE"
            where = param.opts[0] if isinstance(param, click.Option) else argument
            # An unset variable of a script leaves it empty.
            remedy = "name another" if value else "name one, or leave the option out"
            raise SpecError(where, problem, given=shown(str(value)) or None, remedy=remedy)
        return path

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem[str]]":  # of an older click it takes no argument
        """Return what it may be; where we know of nothing, the shell knows files and folders."""
        from fashion_bench.search.shipped import candidates

        known = candidates(incomplete, *self._kinds) if self._kinds else []
        others = CompletionItem(incomplete, type="dir" if self._folder else "file")
        return list(map(CompletionItem, known)) or [others]


_FOLDER, _FILE = Place(folder=True), Place()


class _Command(click.Command):
    """A command that is known while it runs."""

    def invoke(self, ctx: click.Context) -> object:
        """Run it."""
        _RUNNING[:] = [ctx]
        return super().invoke(ctx)


class _Group(click.Group):
    """A group whose commands, and those of its groups, are known while they run."""

    command_class, group_class = _Command, type


def main() -> NoReturn:
    """Run a command.

    Exits with 0 for done, 1 the machine failed, 2 the user's mistake, 128 + a signal's number.
    """
    # It looks through every installed package for plugins, of which none of ours is.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    settle()
    for number in STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _stop)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal's encoding lacks
    try:
        cli.main(prog_name="fashion-bench", standalone_mode=False)
    except FashionBenchError as error:
        _fail(f"Error: {error}", error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail(_stopped(), 128 + signal.SIGINT)
    except Stopped as stopped:
        _fail(_stopped(), 128 + stopped.number)
    finally:
        _stop_at_once()  # what ends an interpreter is not ours
    sys.exit(0)


def _stop(number: int, frame: FrameType | None) -> None:
    """Stop in good order; the next signal stops at once, and the processes we started end too."""
    _stop_at_once()
    sys.unraisablehook = _insist
    signal.signal(signal.SIGALRM, lambda _, frame: _raise(number, frame))
    _raise(number, frame)


def _stop_at_once() -> None:
    for each in STOPS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, lambda number, _: os._exit(128 + number))


def _raise(number: int, frame: FrameType | None) -> None:
    """Raise what stops us, but not in an import: modules of others may not bear it.

    There we end at once, which no file minds, nor what we started: that ends with us. Only a
    terminal would be left as it is while it shows progress, so then the import is waited for.
    """
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    if frame is None:
        raise KeyboardInterrupt if number == signal.SIGINT else Stopped(number)
    if _SHOWING:
        signal.setitimer(signal.ITIMER_REAL, SOON)
        return
    with suppress(OSError):
        os.write(2, f"{_stopped()}\n".encode())
    os._exit(128 + number)


def _stopped() -> str:
    """Return what is said of a command that was stopped."""
    for context in _RUNNING:
        name = context.command_path.partition(" ")[2]
        if name not in GO_ON or context.params.get("dry_run"):
            return STOPPED_FOR_GOOD
    return STOPPED


def _insist(ignored: "sys.UnraisableHookArgs") -> None:
    """Re-raise soon a stop signal that Python swallowed in ``__del__`` or a callback."""
    if isinstance(ignored.exc_value, Stopped | KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, SOON)
    else:
        sys.__unraisablehook__(ignored)


def _fail(line: str, code: int) -> NoReturn:
    with suppress(OSError):  # the terminal is closed
        _say(line)
    sys.exit(code)


# Options that several commands share ------------------------------------------------------------


def _option(name: str, of: type = RunOptions) -> Callable[[Command], Command]:
    """Return the command line's form of an option, as its field declares it."""
    field = next(field for field in fields(of) if field.name == name)
    kind, option = get_args(get_type_hints(of, include_extras=True)[name])
    kinds = set(get_args(kind)) or {kind}
    arguments: dict[str, Any] = {"help": option.help, "envvar": option.envvar}
    if kind is bool:
        arguments |= {"is_flag": True}
    elif Path in kinds:
        arguments |= {"type": _FOLDER, "show_default": field.default is not None}
    elif int in kinds or float in kinds:
        number = click.IntRange if int in kinds else click.FloatRange
        arguments |= {"type": number(option.least, option.most)}
        arguments |= {"show_default": field.default is not None}
    elif str in kinds:
        arguments |= {"metavar": option.metavar}
    else:
        arguments |= {"type": click.Choice(get_args(kind)), "show_default": True}
    return click.option(f"--{name.replace('_', '-')}", default=field.default, **arguments)


_runs, _data, _mlflow = map(_option, ("runs", "data", "mlflow"))
_trust_code = _option("trust_code", PromoteOptions)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
_out = click.option(
    "--out", type=_FOLDER, default=Path(), help="Folder to write to; by default this one."
)
_force = click.option("--force", is_flag=True, help="Replace what is there.")
_dry_run = click.option(
    "--dry-run",
    is_flag=True,
    help="Tell what it trains and costs here, after a second of training; keep nothing.",
)


def _options(of: type = RunOptions, record: str = "options") -> Callable[[Command], Command]:
    """Add the options that a record declares to a command, and hand them over as that record."""
    names = [field.name for field in fields(of)]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_options(**given: Any) -> None:  # noqa: ANN401  # whatever click has read
            own = {name: given.pop(name) for name in names}
            command(**given, **{record: of(**own)})

        decorated: Command = with_options
        for name in reversed(names):  # click shows the option first that is added last
            decorated = _option(name, of)(decorated)
        return decorated

    return decorate


def _begun(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a study or an experiment that was begun."""
    from fashion_bench.app.runs_folder import RunsFolder

    names = RunsFolder(Path(context.params.get("runs") or RUNS)).names()
    return [name for name in names if name.startswith(incomplete)]


def _networks(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from fashion_bench.parameters import network_classes

    return [name for name in network_classes() if name.startswith(incomplete)]


_name = click.argument("name", shell_complete=_begun)


# Commands ----------------------------------------------------------------------------------------


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.version_option(package_name="fashion-bench")
@click.pass_context
def cli(context: click.Context) -> None:
    """Tune and compare small networks on Fashion-MNIST.

    Example: fashion-bench study run studies/mlp_dropout.toml
    """
    if context.invoked_subcommand is None:
        from fashion_bench.app.next_steps import next_steps

        _write(next_steps(RUNS))


@cli.group()
def study() -> None:
    """Explore: studies on the validation images.

    Example: fashion-bench study list
    """


@study.command("run")
@click.argument("file", type=Place("study"))
@_dry_run
@_json
@_options()
def study_run(file: Path, dry_run: bool, options: RunOptions, as_json: bool) -> None:
    """Run the study in FILE, or go on with it.

    FILE may be the name of one that is shipped, as smoke.

    Example: fashion-bench study run studies/mlp_dropout.toml --workers 2
    """
    _train(file, "study", options, None, dry_run, as_json)


@study.command("check")
@click.argument("file", type=Place("study", "experiment"))
@click.option("--power", is_flag=True, help="Also print the smallest detectable difference.")
@_runs
@_json
def study_check(file: Path, power: bool, runs: Path, as_json: bool) -> None:
    """Tell what FILE trains, without running it.

    FILE is of a study or an experiment: its trials, epochs, and what to keep in mind.

    Example: fashion-bench study check studies/mlp_dropout.toml
    """
    from fashion_bench.app.check import check

    _print(check(file, runs, power=power), as_json)


@study.command("list")
@_runs
@_json
def study_list(runs: Path, as_json: bool) -> None:
    """List studies and experiments.

    Example: fashion-bench study list
    """
    from fashion_bench.app.browse import raise_last
    from fashion_bench.app.listing import listing

    unread: list[FashionBenchError] = []
    _print(listing(runs, unread.append), as_json)
    raise_last(unread, _say)


@study.command("show")
@_name
@_runs
@_json
def study_show(name: str, runs: Path, as_json: bool) -> None:
    """Show what a study or experiment has found so far.

    Example: fashion-bench study show mlp_dropout
    """
    from fashion_bench.app.listing import shown

    _print(shown(runs, name), as_json)


@study.command("rm")
@_name
@click.option("--yes", is_flag=True, help="Do not ask.")
@_runs
@_mlflow
def study_rm(name: str, yes: bool, runs: Path, mlflow: str | None) -> None:
    """Remove a study or experiment everywhere.

    Its trials, its weights, and what MLflow shows of it.

    Example: fashion-bench study rm smoke
    """
    from fashion_bench.app.browse import remove_study, stages_to_remove
    from fashion_bench.app.model_register import versions_registered
    from fashion_bench.app.runs_folder import RunsFolder
    from fashion_bench.app.standing import foreign_told

    stages, counts = stages_to_remove(runs, name), RunsFolder(runs).reading().counts()
    if foreign := foreign_told(counts, name):
        _say(f"{name}: {foreign}, and removed with it")
    trials = sum(counts[stage].trials for stage in stages)
    if not (yes or _sure(f"Remove {name} with its {trials} trials for good?")):
        raise StudyError(name, "is kept", remedy="answer y, or give --yes, to remove it")
    remove_study(runs, name, mlflow)
    click.echo(f"{name} is removed.")
    if versions := versions_registered(runs, name, mlflow):
        click.echo(f"In MLflow's registry it stays as {name}, version {', '.join(versions)}.")


@study.command("give-up")
@_name
@click.argument("trial")
@_runs
def study_give_up(name: str, trial: str, runs: Path) -> None:
    """Record a trial as failed that stops every run.

    What ended its workers is the reason; the study goes on without it when it is run again.

    Example: fashion-bench study give-up mlp_dropout dropout-7
    """
    from fashion_bench.app.again import give_up

    click.echo(f"{trial} fails when the study is run again: {give_up(runs, name, trial)}.")


@study.command("retry")
@_name
@click.argument("trials", nargs=-1)
@_trust_code
@_runs
@_data
@_option("device")
@_option("workers")
def study_retry(name: str, trials: tuple[str, ...], trust_code: bool, **options: Any) -> None:  # noqa: ANN401
    """Train trials again that failed: all, or TRIALS.

    Their results are kept beside the list, in which they stay failed: no comparison changes.

    Example: fashion-bench study retry mlp_dropout dropout-7
    """
    from fashion_bench.app.again import retry

    with redirect_stdout(sys.stderr):
        told = retry(name, trials, RunOptions(**options), _say, trust_code=trust_code)
    for line in told:
        click.echo(line)


@study.command("export")
@_name
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet", "json"]),
    default="csv",
    show_default=True,
    help="Form of the files.",
)
@_out
@_force
@_runs
@_json
def study_export(
    name: str, form: "Format", out: Path, force: bool, runs: Path, as_json: bool
) -> None:
    """Write trials and epochs into two files.

    Example: fashion-bench study export mlp_dropout --format parquet
    """
    from fashion_bench.analysis.document import paths_document
    from fashion_bench.app.browse import read_study
    from fashion_bench.app.export import export_study

    paths = export_study(read_study(runs, name), out, form, force=force)
    _print(paths_document(paths), as_json)


@study.command("promote")
@_name
@_json
@_options(PromoteOptions, "choosing")
@_options()
def study_promote(name: str, choosing: PromoteOptions, options: RunOptions, as_json: bool) -> None:
    """Print the experiment to measure the best.

    It measures each arm's best configuration, chosen on fresh seeds.

    The test images stay closed: it is for `experiment run` to open them.

    Example: fashion-bench study promote mlp_dropout --top 5
    """
    from fashion_bench.analysis.document import Listing, Notes
    from fashion_bench.app.promote import promote

    with _progress(err=True) as progress_bar:
        promoted = promote(name, choosing, options, progress_bar)
        for line in (line for notes in promoted.all(Notes) for line in notes.sentences):
            progress_bar.say(line)
    if as_json:
        _print(promoted, as_json)
    else:  # a file, for > to keep
        _write("".join(listing.text for listing in promoted.all(Listing)))


@cli.group()
def experiment() -> None:
    """Measure: experiments open the test images.

    Example: fashion-bench experiment run experiments/mlp_baseline.toml
    """


@experiment.command("run")
@click.argument("file", type=Place("experiment"))
@_dry_run
@_json
@_options(ExperimentOptions)
def experiment_run(file: Path, dry_run: bool, options: ExperimentOptions, as_json: bool) -> None:
    """Run the experiment in FILE, or go on with it.

    When all is trained it is measured on the test images, once.

    Example: fashion-bench experiment run experiments/mlp_baseline.toml
    """
    reason = reason_given(options.again)
    _train(file, "experiment", options, reason, dry_run, as_json)


@cli.command()
@click.argument("folder", type=_FOLDER, default=Path(), metavar="[DIR]")
def init(folder: Path) -> None:
    """Copy the shipped studies and experiments.

    Into DIR, by default this folder. What is there stays as it is.

    Example: fashion-bench init mine
    """
    from fashion_bench.app.new import copy_shipped

    written, there = copy_shipped(folder)
    for path in written:
        click.echo(path)
    if there:
        _say(f"Left as they were, for they were there: {joined(map(str, there))}")


@cli.command()
@click.argument("name")
@click.option(
    "--model", metavar="MODEL", shell_complete=_networks, help="Network; mlp, or as my_net.py:Net."
)
@click.option(
    "--arm",
    "arms",
    multiple=True,
    metavar="PARAMETER=A,B",
    help="What to compare: a parameter and its value in each arm.",
)
@click.option(
    "--tune",
    multiple=True,
    metavar="PARAMETER[=A,B]",
    help="What to tune for each arm, in its usual range or among these values.",
)
@click.option("--trials", type=click.IntRange(1), help="Trials of each arm; 16.")
@click.option("--epochs", type=click.IntRange(1), help="Epochs of a trial; 10.")
@click.option("--question", metavar="TEXT", help="The question, in words.")
@_out
@_json
def new(
    name: str,
    model: str | None,
    arms: tuple[str, ...],
    tune: tuple[str, ...],
    trials: int | None,
    epochs: int | None,
    question: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Write a study of your own from a few answers.

    Without --arm and --tune it asks for them, and for the rest. Then it tells what the file trains.

    Example: fashion-bench new mine --arm dropout=0,0.25 --tune lr
    """
    from fashion_bench.app.check import check
    from fashion_bench.app.new import Answers, new_study

    given = Answers(
        model=model, arms=arms, tune=tune, trials=trials, epochs=epochs, question=question
    )
    path = new_study(name, given, out, _ask if sys.stdin.isatty() else None)
    _say(f"{path} is written.")
    _print(check(path, RUNS), as_json)


@cli.group()
def model() -> None:
    """The winner of a study, as a trained network.

    Example: fashion-bench model show mlp_dropout
    """


_trial = click.option("--trial", metavar="TRIAL", help="Another trial than the winner.")


@model.command("list")
@_runs
@_json
def model_list(runs: Path, as_json: bool) -> None:
    """List the winner of every study.

    Example: fashion-bench model list
    """
    from fashion_bench.app.model import models

    _print(models(runs), as_json)


@model.command("show")
@_name
@_trial
@_trust_code
@_runs
@_data
@_json
def model_show(
    name: str, trial: str | None, trust_code: bool, runs: Path, data: Path | None, as_json: bool
) -> None:
    """Show the model card of a study's winner.

    Example: fashion-bench model show mlp_dropout
    """
    from fashion_bench.app.model import choose, model_card

    _print(model_card(choose(runs, name, trial), data, trust_code=trust_code), as_json)


@model.command("export")
@_name
@click.option(
    "--format",
    "form",
    type=click.Choice(["safetensors", "onnx"]),
    default="safetensors",
    show_default=True,
    help="Form of the file.",
)
@_out
@_force
@_trial
@_trust_code
@_runs
@_data
@_json
def model_export(
    name: str,
    form: "Form",
    out: Path,
    force: bool,
    trial: str | None,
    trust_code: bool,
    runs: Path,
    data: Path | None,
    as_json: bool,
) -> None:
    """Write a study's winner as safetensors or ONNX, and its card.

    Example: fashion-bench model export mlp_dropout --format onnx
    """
    from fashion_bench.app.model import choose
    from fashion_bench.app.model_export import export_model

    chosen = choose(runs, name, trial)
    _print(export_model(chosen, form, out, data, force=force, trust_code=trust_code), as_json)


@model.command("register")
@_name
@click.option("--alias", metavar="ALIAS", help="Have it lead to the version, as champion.")
@_trial
@_trust_code
@_runs
@_data
@_mlflow
@_json
def model_register(
    name: str,
    alias: str | None,
    trial: str | None,
    trust_code: bool,
    runs: Path,
    data: Path | None,
    mlflow: str | None,
    as_json: bool,
) -> None:
    """Register a study's winner in MLflow.

    As ONNX, to be served by `mlflow models serve`. The same one again makes nothing new.

    Example: fashion-bench model register mlp_dropout --alias champion
    """
    from fashion_bench.app.model import choose
    from fashion_bench.app.model_register import register_model

    chosen = choose(runs, name, trial)
    _print(register_model(chosen, alias, mlflow, data, trust_code=trust_code), as_json)


@cli.command()
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=_FILE)
@click.option(
    "--model",
    metavar="NAME",
    shell_complete=_begun,
    help="Study of the model; by default the only one here.",
)
@_trial
@click.option(
    "--invert/--no-invert",
    default=None,
    help="Negate every image, or none; by default those of the wrong ground.",
)
@click.option("--figure", type=_FILE, help="PNG to draw images and probabilities in.")
@_force
@_trust_code
@_runs
@_json
def predict(
    images: tuple[Path, ...],
    model: str | None,
    trial: str | None,
    invert: bool | None,
    figure: Path | None,
    force: bool,
    trust_code: bool,
    runs: Path,
    as_json: bool,
) -> None:
    """Say what images show, by a study's winner.

    They are files, folders, or - for one on standard input.

    Example: fashion-bench predict shoe.jpg --model mlp_dropout
    """
    from fashion_bench.app.model import choose_only

    chosen = choose_only(runs, model, trial)
    from fashion_bench.app.predict import predict

    told = predict(chosen, images, invert=invert, figure=figure, force=force, trust_code=trust_code)
    _print(told, as_json)


@cli.command()
@_name
@_runs
@_json
def watch(name: str, runs: Path, as_json: bool) -> None:
    """Look on at a run from another terminal.

    Until it ends; Ctrl-C leaves it running.

    Example: fashion-bench watch mlp_dropout
    """
    try:
        from fashion_bench.app.runs_folder import RunsFolder

        if as_json:
            from fashion_bench.app.watch import watched_json

            _write(f"{watched_json(RunsFolder(runs), name)}\n")
            return
        from fashion_bench.app.watch import watch as look_on

        with _progress(err=False) as screen:
            look_on(RunsFolder(runs), name, screen)
    except (KeyboardInterrupt, Stopped) as stop:  # the run goes on: there is nothing to say
        sys.exit(128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT))


@cli.command()
@_name
@click.argument("others", nargs=-1, shell_complete=_begun)
@click.option("--figures", type=_FOLDER, metavar="DIR", help="Draw pictures into this folder, too.")
@_runs
@_json
def compare(
    name: str, others: tuple[str, ...], figures: Path | None, runs: Path, as_json: bool
) -> None:
    """Compare arms and say whether they differ.

    They are those of a study, or of one or more experiments.

    Example: fashion-bench compare mlp_rotated cnn --figures figures
    """
    from fashion_bench.app.compare import compare as compare_arms

    compared = compare_arms(runs, name, *others)
    _print(compared.document, as_json)
    if figures is not None:
        from fashion_bench.app.figures import write_figures

        for path in write_figures(compared.study, figures):
            _say(path)


@cli.command()
@_name
@click.option(
    "--out", type=_FOLDER, metavar="DIR", help="Folder to write to; by default RUNS/reports."
)
@_runs
@_data
@_mlflow
@_trust_code
@_json
def report(
    name: str,
    out: Path | None,
    runs: Path,
    data: Path | None,
    mlflow: str | None,
    trust_code: bool,
    as_json: bool,
) -> None:
    """Write a full report as one HTML page.

    It is of a study or experiment; the same as Markdown, with pictures, lies beside it.

    Example: fashion-bench report mlp_dropout --out reports
    """
    from fashion_bench.analysis.document import paths_document
    from fashion_bench.app.report import write_report

    written = write_report(runs, name, out, data, _say, mlflow, trust_code=trust_code)
    _print(paths_document({"html": written.html, "markdown": written.markdown}), as_json)
    _say(written.mlflow)


@cli.command()
@click.argument("model", required=False, shell_complete=_networks)
@_json
def parameters(model: str | None, as_json: bool) -> None:
    """List what a file may set, of all networks or of MODEL.

    Example: fashion-bench parameters mlp
    """
    from fashion_bench.app.parameters import parameters_document

    _print(parameters_document(model), as_json)


@cli.group()
def data() -> None:
    """The images.

    Example: fashion-bench data fetch
    """


@data.command("fetch")
@click.argument("name", default="fashion_mnist")
@_data
def data_fetch(name: str, data: Path | None) -> None:
    """Fetch a data set to this machine, verified.

    NAME is one of ours: fashion_mnist (the default), mnist, kmnist, cifar10.

    Example: fashion-bench data fetch mnist
    """
    from fashion_bench.data import sets
    from fashion_bench.data.folder import data_folder
    from fashion_bench.data.sources import Sources

    sets.facts(name)
    sources = Sources(data_folder(data), Path())
    sources.fetch(name, click.echo)
    called = "Fashion-MNIST" if name == "fashion_mnist" else name
    click.echo(f"{called} is in {sources.folder}")


@cli.command()
@_runs
@_mlflow
def sync(runs: Path, mlflow: str | None) -> None:
    """Copy to MLflow what it does not have yet.

    Example: fashion-bench sync
    """
    from fashion_bench.app.browse import sync_studies

    sync_studies(runs, click.echo, mlflow)


@cli.command()
@click.option(
    "--fix",
    "fixes",
    type=click.Choice(FIXES),
    multiple=True,
    help="Repair before checking: `mirror` syncs MLflow again, `leftovers` deletes files that "
    "killed runs left.",
)
@_runs
@_data
@_mlflow
@_json
def doctor(
    fixes: tuple[Fix, ...], runs: Path, data: Path | None, mlflow: str | None, as_json: bool
) -> None:
    """Check the machine and all that was recorded.

    Exits with 0 if all is well, else with 1. Nothing is repaired that --fix does not name, and
    nothing that carries results is removed.

    Example: fashion-bench doctor --fix mirror
    """
    from fashion_bench.app.doctor import examine, findings_document, repair, well

    if fixes:
        repair(runs, fixes, _say, mlflow)
    found = examine(runs, data, mlflow)
    _print(findings_document(found), as_json)
    if not well(found):
        sys.exit(1)


@cli.group()
def db() -> None:
    """The databases: the ledger's and MLflow's.

    Example: fashion-bench db upgrade
    """


@db.command("upgrade")
@_runs
def db_upgrade(runs: Path) -> None:
    """Upgrade both databases, after a backup.

    Then the installed Optuna and MLflow can work with them.

    Example: fashion-bench db upgrade
    """
    from fashion_bench.app.upgrade import upgrade_databases

    upgrade_databases(runs, click.echo)


@cli.command()
@_runs
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen at; any but loopback needs FASHION_BENCH_PASSWORD.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=5000, show_default=True, help="Port."
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
def ui(runs: Path, host: str, port: int, no_browser: bool) -> None:
    """Open the studies, and MLflow behind them.

    Whoever opens its pages is asked for the password in FASHION_BENCH_PASSWORD, where that is set.

    Example: fashion-bench ui --port 5001
    """
    from fashion_bench.app.browse import serve_ui

    browser = not no_browser and sys.stdout.isatty()
    serve_ui(runs, host=host, port=port, say=click.echo, browser=browser)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that lets a shell complete.

    It knows commands, options, studies that were begun, and files. Put this line into ~/.bashrc:

    eval "$(fashion-bench completion bash)"

    Into ~/.zshrc the same with zsh, behind compinit; into ~/.config/fish/config.fish:

    fashion-bench completion fish | source

    Example: fashion-bench completion bash
    """
    script = get_completion_class(shell)
    assert script is not None  # click has all three
    _write(script(cli, {}, "fashion-bench", "_FASHION_BENCH_COMPLETE").source())


# Printing ----------------------------------------------------------------------------------------


def _train(
    file: Path, kind: "Kind", options: RunOptions, again: str | None, dry_run: bool, as_json: bool
) -> None:
    """Run a file, or try it; its mistakes are told before anything else is started or imported."""
    from fashion_bench.search.resolve import load_file

    asked = load_file(file, kind)
    if dry_run:
        from fashion_bench.app.dry_run import dry_run as try_out

        with redirect_stdout(sys.stderr):
            told = try_out(asked, options, _say)
        _print(told, as_json)
        return
    from fashion_bench.app.start import workers_started

    with workers_started(options) as server:
        from fashion_bench.app.run import run  # meanwhile that imports torch

        _run(lambda told: run(asked, options, told, again, server=server), options, as_json)


def _run(run: "Callable[[Reporter], Finished]", options: RunOptions, as_json: bool) -> None:
    from fashion_bench.app.compare import ending
    from fashion_bench.app.runs_folder import RunsFolder

    # What code of the user's prints is no part of the answer.
    with _progress(err=True) as progress_bar, redirect_stdout(sys.stderr):
        finished = run(progress_bar)
    _print(ending(finished.study, RunsFolder(Path(options.runs))), as_json, answer_last=True)
    mirrored = finished.mirrored
    mirrored.tell(_say)
    if as_json or not mirrored.links:
        return
    if options.mlflow is None:  # its start page has the links
        click.echo(f"\nTo browse it:  {_ui_command(Path(options.runs))}")
        return
    click.echo("\nTo browse it, open")
    wide = max(16, *map(len, mirrored.links))
    for shows, link in mirrored.links.items():
        click.echo(f"  {shows:<{wide}} {link}")


@contextmanager
def _progress(*, err: bool) -> "Iterator[TerminalProgress]":
    """Show what runs."""
    from rich.console import Console

    from fashion_bench.app.progress import TerminalProgress

    with TerminalProgress(Console(stderr=err)) as shown:
        _SHOWING.append(shown)
        try:
            yield shown
        finally:
            _SHOWING.remove(shown)


def _ui_command(runs: Path) -> str:
    from fashion_bench.search.shipped import home

    if runs == RUNS and home() == Path.cwd():  # a checkout, whose program is not on the path
        return "make ui   (or fashion-bench ui)"
    return f"fashion-bench ui{runs_given(runs)}"


def _print(document: "Document", as_json: bool, *, answer_last: bool = False) -> None:
    from rich.console import Console

    from fashion_bench.analysis.rendering.plain import json_text, plain
    from fashion_bench.analysis.rendering.terminal import print_document

    if as_json:
        _write(f"{json_text(plain(document))}\n")
        return
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    with _standard_output():
        print_document(document, console, answer_last=answer_last)


def _write(text: str) -> None:
    with _standard_output():
        click.echo(text, nl=False)


@contextmanager
def _standard_output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # nobody reads on: click ends the command quietly
        raise
    except OSError as error:
        otherwise = "send it elsewhere; what was run is kept"
        raise unwritable("standard output", error, otherwise) from error


def _ask(question: str, default: str | None, read: "Reads[T]") -> T:
    """Ask, again until the answer can be read."""

    def answer(said: str) -> T:
        try:
            return read(said)
        except FashionBenchError as error:
            raise click.UsageError(str(error)) from error

    answered: T = click.prompt(question, default=default, value_proc=answer, err=True)
    return answered


def _sure(question: str) -> bool:
    """Ask; who does not answer is not sure."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)
        return False
