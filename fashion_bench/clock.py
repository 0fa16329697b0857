"""Seconds in which this process could run: not while it was stopped, frozen or suspended."""

from functools import cache
from threading import Lock, Thread
from time import monotonic, sleep

BEAT = 1.0  # seconds between two looks at the time
LATE = 5.0  # seconds between two that a process comes to which is only short of a core


class Clock:
    """A clock that a thread keeps looking at: where nobody could look for long, it stood still.

    Ctrl-Z, SIGSTOP and a container that is paused stop every thread of a process, and the system's
    clock goes on. What passes then is nobody's: no trial is late for it, and no budget pays it.
    """

    def __init__(self, beat: float = BEAT, late: float = LATE) -> None:
        self._late, self._lost, self._last = late, 0.0, monotonic()
        self._looking = Lock()
        Thread(target=self._keep_looking, args=(beat,), daemon=True).start()

    def __call__(self) -> float:
        """Return seconds since whenever."""
        with self._looking:
            now = monotonic()
            passed, self._last = now - self._last, now
            if passed > self._late:
                self._lost += passed
            return now - self._lost

    def _keep_looking(self, beat: float) -> None:
        while True:
            sleep(beat)
            self()


_clock = cache(Clock)


def awake() -> float:
    """Return the seconds in which this process could run, since whenever."""
    return _clock()()
