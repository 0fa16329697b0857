"""What a worker on a GPU keeps there from rung to rung: the cohorts of the trials that may go on.

Reading a trial back takes longer than training it for an epoch there does.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from fashion_bench.config import Trial
from fashion_bench.records import Segment
from fashion_bench.training.cohort import Cohort, Lane, on_cpu


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a trial was last trained."""

    cohort: Cohort
    lane: int
    generation: int


class Kept:
    """The cohorts of one worker, and the thread that saves beside its training.

    Args:
        shared: whether workers on other GPUs may go on with its trials: then all is saved at once.
    """

    def __init__(self, *, shared: bool = False) -> None:
        self.shared = shared
        self._places: dict[str, _Place] = {}
        self._thread = ThreadPoolExecutor(1)
        self._saving: Future[None] | None = None

    def __bool__(self) -> bool:
        """Whether anything is kept."""
        return bool(self._places)

    def begin(self, segment: Segment) -> None:
        """Drop what no trial goes on from any more: the generations before this segment's.

        Where each trial has a cohort of its own, an arm may be one generation ahead.
        """
        oldest = segment.generation - (segment.lanes == 1)
        places = self._places.items()
        self._places = {name: place for name, place in places if place.generation >= oldest}

    def put(self, segment: Segment, cohort: Cohort) -> None:
        """Keep a cohort as it is at the end of a segment; nobody changes it from here on."""
        for lane, trial in enumerate(segment.trials):
            self._places[trial.trial_id] = _Place(cohort, lane, segment.generation)

    def lane(self, trial: Trial, epoch: int) -> Lane | None:
        """Return a trial as it was at an epoch, if it is kept."""
        place = self._places.get(trial.trial_id)
        if place is None or place.cohort.configs[place.lane] != trial.config:
            return None
        lane = place.cohort.lane(place.lane)
        there = place.cohort.epoch == len(lane.history) == epoch
        return lane if there and not lane.history[-1].diverged else None

    def make_room(self) -> None:
        """Keep everything in the CPU's memory instead."""
        moved = {id(place.cohort): place.cohort for place in self._places.values()}
        moved = {key: on_cpu(cohort) for key, cohort in moved.items()}
        places = self._places.items()
        self._places = {
            name: replace(place, cohort=moved[id(place.cohort)]) for name, place in places
        }

    def save_beside(self, saves: Iterable[Callable[[], object]]) -> None:
        """Do so in a thread, while the next segment trains."""

        def save() -> None:
            for each in saves:
                each()

        self.wait()
        self._saving = self._thread.submit(save)

    def wait(self) -> None:
        """Wait until what is saved beside training is saved; raise what kept it from being."""
        saving, self._saving = self._saving, None
        if saving is not None:
            saving.result()
