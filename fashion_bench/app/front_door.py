"""The start page of ``fashion-bench ui``: what it shows of a runs folder, read beside the server.

A request waits a moment at most. Studies are read and compared in one thread, each again only when
the ledger has something new of it, and until then shown as they were.
"""

import logging
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from fashion_bench.analysis.document import Text
from fashion_bench.analysis.rendering.start import Card, Running, curves_of, start_page
from fashion_bench.analysis.text import number
from fashion_bench.analysis.views.study import spent
from fashion_bench.app.compare import compare_study
from fashion_bench.app.live import Live
from fashion_bench.app.live_line import handled_text, left_text
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import is_finished, standing
from fashion_bench.errors import FashionBenchError
from fashion_bench.records import StudyRecord
from fashion_bench.search.ledger import Ledger
from fashion_bench.tracking.experiments import page_links
from fashion_bench.tracking.front_door import front_door
from fashion_bench.tracking.guesses import SlowGuesses
from fashion_bench.tracking.listening import RUNS
from fashion_bench.tracking.served import BY, end_with_ui

PATIENCE_SECONDS = 2.0  # for what is not read yet; the page then loads itself again
REST = 9  # a study that grows is read for a tenth of the time: others need the processor
MOST_RUNNING = 12  # rows; a cohort may have a thousand

GOES_ON = "The command that began it goes on from here."

_PAGES = {"trials": "All trials", "arms": "Arms", "study": "Report and files", "runs": "Plain list"}


def create_app() -> Any:  # noqa: ANN401  # ASGI has no type
    """Return the server's application; MLflow finds it by its entry point."""
    return front_door(StartPage(_served()).html, login=False)


def create_app_with_login() -> Any:  # noqa: ANN401  # ASGI has no type
    """Return the same for those alone who know a password."""
    return SlowGuesses(front_door(StartPage(_served()).html, login=True))


def _served() -> RunsFolder:
    if BY in os.environ:  # else MLflow's own command began it
        end_with_ui()
    return RunsFolder(Path(os.environ[RUNS]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was read of a study.

    Attributes:
        stamp: the ledger's of it, when it was read.
        card: what is shown whoever runs it.
        fresh_until: when it may be read again, as ``monotonic`` tells the time.
        over: whether the ledger has all of it.
        stages: without their trials; what MLflow's pages are found by.
        linked: whether all of those pages are known.
    """

    stamp: str
    card: Card
    fresh_until: float = 0.0
    over: bool = False
    stages: tuple[StudyRecord, ...] = ()
    linked: bool = True


class StartPage:
    """The start page of a runs folder; begins to read it at once.

    Args:
        runs_folder: the folder.
    """

    def __init__(self, runs_folder: RunsFolder) -> None:
        self._runs_folder = runs_folder
        self._ledger: tuple[int, Ledger] | None = None
        self._known = dict[str, _Read]()
        self._reading: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, "start-page")
        self._lock = Lock()
        self.html(patience=0)

    def html(self, patience: float = PATIENCE_SECONDS) -> str:
        """Return the page as it is now, after so many seconds at most."""
        try:
            ledger = self._open()
            stamps = ledger.stamps() if ledger is not None else {}
        except FashionBenchError as error:
            return start_page((), waiting=False, problem=str(error))
        reading = self._read(stamps)
        wait([reading], patience)
        cards = [_now(self._runs_folder, name, self._known.get(name)) for name in stamps]
        return start_page(cards, waiting=not reading.done())

    def _open(self) -> Ledger | None:
        """Return the ledger, opened again where another file took its place; none is made."""
        path = self._runs_folder.folder / "ledger.db"
        with self._lock:
            if not path.exists():
                return None
            if self._ledger is None or self._ledger[0] != path.stat().st_ino:
                ledger = self._runs_folder.reading()
                self._ledger = path.stat().st_ino, ledger
            return self._ledger[1]

    def _read(self, stamps: Mapping[str, str]) -> Future[None]:
        """Have read what is new; where that is being done already, the next request asks again."""
        with self._lock:
            if self._reading is None or self._reading.done():
                self._reading = self._thread.submit(self._read_all, stamps)
            return self._reading

    def _read_all(self, stamps: Mapping[str, str]) -> None:
        for name, stamp in stamps.items():
            known, began = self._known.get(name), monotonic()
            if known is None or (known.stamp != stamp and began > known.fresh_until):
                read = _read(self._runs_folder, name, stamp)
                rest = REST * (monotonic() - began)
                self._known[name] = replace(read, fresh_until=monotonic() + rest)
        lacking = [name for name in stamps if not self._known[name].linked]
        if lacking:
            stages = [stage for name in lacking for stage in self._known[name].stages]
            with suppress(FashionBenchError):  # the page says that there are none
                links = page_links(self._runs_folder.folder, stages)
                self._known |= {name: _linked(self._known[name], links) for name in lacking}


def _read(runs_folder: RunsFolder, name: str, stamp: str) -> _Read:
    """Return what there is to show of a study; of one that cannot be read, why."""
    try:
        study = runs_folder.reading().read(name)
        over = is_finished(runs_folder, study)
        card = Card(
            name=name,
            kind=study.kind,
            question=study.question,
            answer=compare_study(study, runs_folder).answer,
            curves=curves_of(study),
            told="".join(block.words for block in spent(study) if isinstance(block, Text)),
        )
    except FashionBenchError as error:
        return _Read(stamp=stamp, card=Card(name=name, problem=str(error)))
    except Exception as error:  # of one study: the others are shown
        logging.getLogger(__name__).exception("%s cannot be shown", name)
        return _Read(stamp=stamp, card=Card(name=name, problem=f"{type(error).__name__}: {error}"))
    stages = tuple(replace(one, trials=(), survey=None, confirm=None) for one in study.stages)
    return _Read(stamp=stamp, card=card, over=over, stages=stages, linked=False)


def _linked(known: _Read, found: Mapping[str, Mapping[str, str]]) -> _Read:
    """Return it with the links to the pages of each stage, those to trials first."""
    links = dict[str, dict[str, str]]()
    for stage in known.stages:
        if pages := found.get(stage.name):
            arms = next(iter(pages))  # the first is named by the arms
            keys = {key: arms if key == "arms" else key for key in _PAGES}
            of = stage.plan.stage if len(known.stages) > 1 else ""
            links[of] = {_PAGES[key]: pages[at] for key, at in keys.items() if at in pages}
    linked = sum(map(len, links.values())) == len(_PAGES) * len(known.stages)
    return replace(known, card=replace(known.card, links=links), linked=linked)


# What a run is at --------------------------------------------------------------------------------


def _now(runs_folder: RunsFolder, name: str, known: _Read | None) -> Card:
    """Return what is shown of a study at this moment."""
    if known is None or known.card.problem:
        return Card(name=name) if known is None else known.card
    found = standing(runs_folder, name, lambda: known.over)
    live = found.live
    if found.state == "stopped":
        if live is not None and live.command:
            return replace(known.card, state=found.state, command=live.command)
        return replace(known.card, state=found.state, told=f"{known.card.told}. {GOES_ON}")
    if found.state == "finished" or live is None:
        return replace(known.card, state=found.state)
    fastest = sorted(live.running, key=lambda one: (-one.epoch, -(one.valid_accuracy or 0.0)))
    return replace(
        known.card,
        state=found.state,
        told=_told(live),
        best={arm: number(best) for arm, best in live.best.items()},
        running=tuple(
            Running(
                trial=f"{one.arm} {one.number}",
                epoch=one.epoch,
                epochs=live.epochs,
                accuracy=number(one.valid_accuracy),
            )
            for one in fastest[:MOST_RUNNING]
        ),
        more=max(0, len(fastest) - MOST_RUNNING),
    )


def _told(live: Live) -> str:
    stage = live.stage.partition(".")[2]
    told = (
        f"{f'{stage}: ' if stage else ''}{live.trials_done:,} of {live.trials_planned:,} trials",
        f"{live.epochs_done:,} of at most {live.epochs_planned:,} epochs",
        left_text(live),
        handled_text(live),
        live.doing if live.doing in ("starting", "ended") else "",
    )
    return ", ".join(filter(None, told))
