"""The options of running: declared once, for the command line and for Python.

A field's annotation says what ``fashion-bench`` and its help need to know of it.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from shlex import quote
from typing import Annotated, Concatenate, Literal, ParamSpec, TypeVar

from fashion_bench.devices import SIZES, DeviceName, Precision
from fashion_bench.errors import SpecError, shown
from fashion_bench.text import checked_text

ExecutorName = Literal["local", "ray"]

P = ParamSpec("P")
Options = TypeVar("Options")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """How an option is written on the command line.

    Attributes:
        help: what it does, as one sentence.
        envvar: a variable that sets it, too.
        metavar: what its value is called.
        least: the smallest number it may be.
        most: the largest.
    """

    help: str
    envvar: str | None = None
    metavar: str | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Where and how to run; once a study has begun, nothing here changes a result.

    Attributes:
        runs: the folder of results.
        data: the folder of images; ``None`` for one in the user's cache.
        device: what to train on.
        workers: processes to train in; ``None`` for one per core, or per GPU.
        executor: what runs them: this machine, or a Ray of one or of many.
        address: of a Ray that runs; ``None`` to start one here.
        cohort_size: trials trained together, read when a study begins; ``None`` to choose.
        precision: of products on a GPU, read when a study begins; ``None`` for tf32.
        mlflow: the URL of an MLflow server to write to; ``None`` for the folder's own store.
        no_mlflow: whether to leave MLflow out; ``fashion-bench sync`` brings it up to date.

    Raises:
        SpecError: a size that no cohort can have, or an address that is none.
    """

    runs: Annotated[Path | str, Option(help="Folder of results.")] = Path("runs")
    data: Annotated[
        Path | str | None,
        Option(
            help="Folder of images; by default one in the user's cache.",
            envvar="FASHION_BENCH_DATA",
        ),
    ] = None
    device: Annotated[DeviceName, Option(help="What to train on.")] = "auto"
    workers: Annotated[
        int | None,
        Option(
            help="Processes to train in; by default one per core, or per GPU.", least=1, most=1024
        ),
    ] = None
    executor: Annotated[
        ExecutorName, Option(help="What runs them: this machine, or Ray on one or on many.")
    ] = "local"
    address: Annotated[
        str | None,
        Option(help="Of a Ray that runs; by default one is started here.", metavar="HOST:PORT"),
    ] = None
    cohort_size: Annotated[
        int | None, Option(help="Trials trained together; read when a study begins.", least=1)
    ] = None
    precision: Annotated[
        Precision | None,
        Option(help="Of products on a GPU, tf32 unless you say float32; read when a study begins."),
    ] = None
    mlflow: Annotated[
        str | None,
        Option(
            help="MLflow server to write to; by default the folder's own store.",
            envvar="FASHION_BENCH_MLFLOW",
            metavar="URL",
        ),
    ] = None
    no_mlflow: Annotated[
        bool,
        Option(
            help="Leave MLflow out, whatever --mlflow says; `fashion-bench sync` catches up later."
        ),
    ] = False

    def __post_init__(self) -> None:
        if self.cohort_size not in (None, *SIZES):
            sizes = ", ".join(map(str, SIZES))
            raise SpecError(
                "--cohort-size",
                "no size of a cohort",
                given=self.cohort_size,
                remedy=f"use one of {sizes}",
            )
        if self.address is None:
            return
        if self.executor != "ray":
            remedy = "add --executor ray, or leave the address out"
            raise SpecError("--address", "is of a Ray", given=shown(self.address), remedy=remedy)
        if not re.fullmatch(r"(\[[\da-fA-F:.]+\]|[^\s:/\[\]]+):\d{1,5}", self.address):
            remedy = "write HOST:PORT, as `ray start --head` prints it"
            raise SpecError("--address", "is no address", given=shown(self.address), remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentOptions(RunOptions):
    """The same, of an experiment.

    Attributes:
        again: why to open the test images once more.
    """

    again: Annotated[
        str | None, Option(help="Open the test images once more, and say why.", metavar="REASON")
    ] = None


def reason_given(again: str | None) -> str | None:
    """Return why the test images are to be opened once more, if they are.

    Raises:
        SpecError: the reason is empty, or may not be kept for good.
    """
    if again is None:
        return None
    reason = " ".join(checked_text(re.sub(r"[\t\n]", " ", again), "--again").split())
    if not reason:
        raise SpecError("--again", "no reason", remedy="say why to open the test images once more")
    return reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteOptions:
    """How the winners of a study are chosen, and how they are to be measured.

    Attributes:
        top: configurations of each arm that are trained again.
        seeds: fresh seeds that each of them is trained on; 0 trusts the search's ranking.
        measure: seeds of the experiment.
        detect: the difference in accuracy to plan for, in percentage points.
        trust_code: whether the code that was kept with the study may be run.
    """

    trust_code: Annotated[
        bool, Option(help="Run the code that was kept with the study: trust who wrote it.")
    ] = False
    top: Annotated[int, Option(help="Configurations of each arm to train again.", least=1)] = 3
    seeds: Annotated[
        int,
        Option(
            help="Fresh seeds to train each of them on; 0: trust the search's ranking.",
            least=0,
            most=10_000,
        ),
    ] = 3
    measure: Annotated[int, Option(help="Seeds of the experiment.", least=1, most=10_000)] = 10
    detect: Annotated[
        float,
        Option(
            help="Difference between arms to plan for, in percentage points.", least=0.05, most=100
        ),
    ] = 0.5


def takes(
    make: Callable[P, Options],
) -> Callable[[Callable[[Path, Options], Result]], Callable[Concatenate[Path | str, P], Result]]:
    """Let a function of a file and its options be called with the options as keywords."""

    def decorate(
        function: Callable[[Path, Options], Result],
    ) -> Callable[Concatenate[Path | str, P], Result]:
        def call(file: Path | str, *arguments: P.args, **options: P.kwargs) -> Result:
            return function(Path(file), make(*arguments, **options))

        update_wrapper(call, function)
        own = inspect.signature(function)
        file_parameter = own.parameters["file"].replace(annotation=Path | str)
        keywords = inspect.signature(make).parameters.values()
        shown = own.replace(parameters=[file_parameter, *keywords])
        vars(call)["__signature__"] = shown
        types = {name: one.annotation for name, one in shown.parameters.items()}
        call.__annotations__ = types | {"return": shown.return_annotation}
        return call  # type: ignore[return-value]  # the file may be named, too

    return decorate


def runs_given(runs: Path | str) -> str:
    """Return how a command names a folder of results: not at all where it is the usual one."""
    return "" if Path(runs) == RunOptions().runs else f" --runs {quote(str(runs))}"
