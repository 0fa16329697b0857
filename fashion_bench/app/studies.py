"""A study or an experiment from Python: made of arguments, of a file, or of what is stored.

A network, an optimizer, a loss or a data set may be a class, a function or arrays of the script or
notebook itself. They travel to workers by cloudpickle and are kept as source and digest: going on
takes the same objects again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from rich.console import Console

from fashion_bench import code
from fashion_bench.analysis.document import Document
from fashion_bench.analysis.rendering.pages import html_page
from fashion_bench.analysis.rendering.terminal import print_document
from fashion_bench.analysis.summary import best_trial
from fashion_bench.analysis.tables import epochs_table, trials_table
from fashion_bench.analysis.views.study import summary_document
from fashion_bench.app import run
from fashion_bench.app.browse import read_study
from fashion_bench.app.compare import compare_study
from fashion_bench.app.options import ExperimentOptions, reason_given
from fashion_bench.app.progress import TerminalProgress
from fashion_bench.app.report import write_report
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.code import Code
from fashion_bench.data.sources import GIVEN, Dataset
from fashion_bench.errors import CodeError, SpecError, StudyError, nearest
from fashion_bench.plan import Kind
from fashion_bench.records import StudyRecord, TrialRecord
from fashion_bench.script import code_of
from fashion_bench.search.experiment_file import toml_text
from fashion_bench.search.named import Surroundings
from fashion_bench.search.resolve import StudyFile, asked_for, load_file
from fashion_bench.search.spec import canonical, parse

WIDTH = 100  # columns of what is printed


class Data:
    """Images and labels of a script: a data set to hand to a ``Study`` or an ``Experiment``.

    Args:
        train: images and labels, to train and validate on. Images are uint8 or floats: grey
            ``[N, H, W]``, of C channels ``[N, C, H, W]`` (or last), or features ``[N, F]``; labels
            are integers ``[N]``, 0 to K - 1.
        test: the same to measure on; ``None`` if there are none, which an experiment needs.
        names: of the K classes; by default their numbers.

    Raises:
        DataError: they are not like that.
    """

    def __init__(
        self,
        train: tuple[Any, Any],
        test: tuple[Any, Any] | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        found = Dataset.from_arrays(train, test, names)
        name = GIVEN + found.load("train").digest
        self.dataset = Dataset(replace(found.facts, name=name), found.load)


class Shown:
    """What there is to tell, as a command tells it: on a terminal, or in a notebook."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def __repr__(self) -> str:
        text = StringIO()
        print_document(self.document, Console(file=text, width=WIDTH))
        return text.getvalue().rstrip()

    def _repr_html_(self) -> str:
        # A page of its own: what a report looks like must not change the notebook around it.
        page = html_page(self.document).replace("&", "&amp;").replace('"', "&quot;")
        return f'<iframe srcdoc="{page}" style="width: 100%; height: 32em; border: 0"></iframe>'


class _Asked:
    """What a study and an experiment have in common: they are asked for, run and looked at."""

    _kind: ClassVar[Kind]

    def __init__(self, asked: StudyFile, runs: Path | str) -> None:
        self._asked, self._runs = asked, Path(runs)

    @classmethod
    def from_file(cls, file: Path | str, *, runs: Path | str = "runs") -> Self:
        """Return what a file asks for; the code that it names is run.

        Raises:
            FashionBenchError: the file, or what it names, is not as it should be.
        """
        return cls._of(load_file(Path(file), cls._kind), runs)

    @classmethod
    def load(cls, name: str, *, runs: Path | str = "runs", trust_code: bool = False) -> Self:
        """Return a stored one, to look at it or to go on.

        Args:
            name: of it.
            runs: the folder of results.
            trust_code: whether the code that was kept with it may be run.

        Raises:
            StudyError: there is none of that name, or it is of the other kind.
        """
        ledger = RunsFolder(Path(runs)).existing_ledger()
        study, spec = ledger.read(name), ledger.spec(name)
        if spec is None or study.kind != cls._kind:
            kind, remedy = ("an experiment", "use Experiment.load")
            if study.kind == "study":
                kind, remedy = "a study", "use Study.load"
            raise StudyError(name, f"is {kind}", remedy=remedy)
        if trust_code:
            code.allow(study.plan.code)
        around = Surroundings(
            code={each.reference: each for each in study.plan.code}, data=study.plan.data
        )
        asked = asked_for(spec, study.text, name, around)
        return cls._of(replace(asked, kept=True), runs)

    @classmethod
    def _of(cls, asked: StudyFile, runs: Path | str) -> Self:
        made = cls.__new__(cls)
        _Asked.__init__(made, asked, runs)
        return made

    @property
    def name(self) -> str:
        """Its name."""
        return self._asked.plan.name

    @property
    def toml(self) -> str:
        """It as a file."""
        return self._asked.text

    def run(self, **options: Any) -> Self:  # noqa: ANN401  # the fields of ``ExperimentOptions``
        """Run it to its end, or go on with it; progress goes to standard error.

        Args:
            options: as of ``run_study`` and ``run_experiment``: ``workers=2``, ``device="cpu"`` …

        Raises:
            FashionBenchError: something is not as it should be; a line says what to do.
        """
        known = {field.name for field in fields(ExperimentOptions)} - {"runs"}
        for name in options:
            if name not in known:
                raise SpecError(f"run: {name}", "no such option", remedy=nearest(name, known))
        chosen = ExperimentOptions(runs=self._runs, **options)
        with TerminalProgress(Console(stderr=True)) as progress:
            finished = run.run(self._asked, chosen, progress, reason_given(chosen.again))
            finished.mirrored.tell(progress.say)
        return self

    @property
    def record(self) -> StudyRecord:
        """All that is stored of it.

        Raises:
            StudyError: it has not begun.
        """
        return read_study(self._runs, self.name)

    @property
    def trials(self) -> pd.DataFrame:
        """One row a trial; see ``trials_table``."""
        return trials_table(self.record)

    @property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch; see ``epochs_table``."""
        return epochs_table(self.record)

    @property
    def best(self) -> TrialRecord | None:
        """The complete trial of the highest validation accuracy; without one, of all trials."""
        return best_trial(self.record.trials)

    def compare(self) -> Shown:
        """Set its arms side by side, as ``fashion-bench compare`` does."""
        return Shown(compare_study(self.record, RunsFolder(self._runs)).document)

    def report(self, out: Path | str | None = None, *, trust_code: bool = False) -> Path:
        """Write a full report as one HTML page, and as Markdown; return the page.

        Args:
            out: the folder to write to; by default one in the folder of results.
            trust_code: whether the code that was kept with it may be run.
        """
        folder = None if out is None else Path(out)
        written = write_report(
            self._runs, self.name, folder, None, lambda _: None, trust_code=trust_code
        )
        return written.html

    def __repr__(self) -> str:
        return repr(self._shown())

    def _repr_html_(self) -> str:
        return self._shown()._repr_html_()

    def _shown(self) -> Shown:
        try:
            return Shown(summary_document(self.record))
        except StudyError:  # not begun
            question = self._asked.plan.question
            return Shown(Document(title=f"{self.name}, not begun", question=question, sections=()))


class Study(_Asked):
    """A study: what may vary, the arms, the budget. It sees training and validation images only.

    Args:
        name: of the study, everywhere.
        arms: what is compared, each a table of parameters.
        nuisance: what is tuned anew in every arm.
        trials_per_arm: how many trials each arm gets.
        question: what is asked, as one sentence.
        model: one of ours by its name, ``"my_net.py:Net"``, or a class of this script.
        data: one of ours by its name, a path, ``"my_data.py:load"``, or a ``Data``.
        epochs: of a full trial.
        seed: every random draw derives from it.
        fixed: the same for every trial.
        runs: the folder of results.
        more: the other keys and tables of a file: ``metric``, ``margin``, ``search``, ``budget`` …

    Raises:
        FashionBenchError: something is not legal; a line says what, and what to do.
    """

    _kind = "study"

    def __init__(
        self,
        name: str,
        *,
        arms: Mapping[str, Mapping[str, Any]],
        nuisance: Mapping[str, Any] | None = None,
        trials_per_arm: int = 16,
        question: str = "Which arm is best?",
        model: str | type = "mlp",
        data: "str | Data | None" = None,
        epochs: int = 10,
        seed: int = 1234,
        fixed: Mapping[str, Any] | None = None,
        runs: Path | str = "runs",
        **more: Any,  # noqa: ANN401  # whatever a file may hold
    ) -> None:
        budget = more.pop("budget", {})
        if isinstance(budget, Mapping):
            budget = {"trials_per_arm": trials_per_arm, **budget}
        written: dict[str, Any] = {
            "name": name,
            "question": question,
            "seed": seed,
            "model": model,
            "data": data,
        }
        written |= {"epochs": epochs, "fixed": fixed or {}, "nuisance": nuisance or {}}
        written |= {"arms": arms, "budget": budget, **more}
        super().__init__(_from_arguments(written), runs)


class Experiment(_Asked):
    """An experiment: fixed values, several arms, many seeds; it opens the test images once.

    Args:
        name: of the experiment, everywhere.
        arms: what is compared, each a table of parameters.
        seeds: each is one trial of every arm: listed, or how many to draw from the name, or
            ``{"at_most": 30, "look": 2}`` to end at the look that settles every pair of arms, or
            ``{"sources": 7}`` to cross seven seeds of each source of spread.
        question: what is asked, as one sentence.
        model: as of ``Study``.
        data: likewise.
        epochs: of a trial.
        fixed: the same for every trial.
        runs: the folder of results.
        more: the other keys of a file: ``metric`` (or a function of this script), ``margin`` …

    Raises:
        FashionBenchError: as ``Study``.
    """

    _kind = "experiment"

    def __init__(
        self,
        name: str,
        *,
        arms: Mapping[str, Mapping[str, Any]],
        seeds: Sequence[int] | int | Mapping[str, int],
        question: str = "Which arm is best?",
        model: str | type = "mlp",
        data: "str | Data | None" = None,
        epochs: int = 10,
        fixed: Mapping[str, Any] | None = None,
        runs: Path | str = "runs",
        **more: Any,  # noqa: ANN401  # whatever a file may hold
    ) -> None:
        written: dict[str, Any] = {"name": name, "question": question, "model": model, "data": data}
        written |= {"epochs": epochs, "fixed": fixed or {}, "arms": arms, "seeds": seeds}
        super().__init__(_from_arguments(written | more), runs)


def _from_arguments(written: Mapping[str, Any]) -> StudyFile:
    """Ask for what arguments say: with their classes and functions in the place of names."""
    codes: dict[str, Code] = {}

    def named(value: Any) -> Any:  # noqa: ANN401  # whatever a caller gives
        if isinstance(value, Mapping):
            return {str(key): named(each) for key, each in value.items()}
        if isinstance(value, list | tuple | range):
            return tuple(map(named, value))
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, Data):
            return value.dataset.facts.name
        if not callable(value):
            return value
        found = code_of(value)
        if codes.setdefault(found.reference, found).name != found.name:
            remedy = "give them names of their own"
            raise CodeError(found.reference, "is the name of two that are given", remedy=remedy)
        return found.reference

    data = written.get("data")
    if not (data is None or isinstance(data, str | Data) or callable(data)):
        where, given = f"{written['name']}: data", type(data).__name__
        remedy = "hand over Data(train=(images, labels))"
        raise SpecError(where, "not a legal value", given=given, remedy=remedy)
    plain = {key: named(value) for key, value in written.items() if value is not None}
    around = Surroundings(
        beside=Path.cwd(), code=codes, given=data.dataset if isinstance(data, Data) else None
    )
    spec = parse(plain, written["name"])
    return asked_for(spec, toml_text(canonical(spec)), written["name"], around)
