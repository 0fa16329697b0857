"""What the segments of a later rung rest on."""

import pickle
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_bench.devices import SIZES
from fashion_bench.records import Segment
from fashion_bench.search.layout import Layout
from tests.search.made_up_curves import MadeUp
from tests.search.test_apart import FAILING, SEARCHED, driven


def ids(segment: Segment) -> set[str]:
    """The trials of a segment."""
    return {trial.trial_id for trial in segment.trials}


def ways_back(segment: Segment, trial_id: str) -> Iterator[list[Segment]]:
    """Every way from a segment back to where a trial of it began."""
    holding = [one for one in segment.before if trial_id in ids(one)]
    if not holding:
        yield [segment]
    for one in holding:
        yield from ([segment, *way] for way in ways_back(one, trial_id))


@settings(max_examples=40, deadline=None)
@given(
    search=st.sampled_from(sorted(SEARCHED)),
    failing=st.sampled_from(sorted(FAILING)),
    lanes=st.sampled_from(SIZES[:5]),
    arms=st.integers(1, 3),
    draw=st.randoms(use_true_random=False),
)
def test_on_a_gpu_a_segment_tells_what_its_trials_come_from(
    search: str, failing: str, lanes: int, arms: int, draw: Random
) -> None:
    """Each trial has one way back to epoch 0, rung by rung, over segments as they were trained."""
    made_up = MadeUp(fails=FAILING[failing], draw=draw)
    driven(made_up.run, search, arms, layout=Layout(device="cuda", lanes=lanes, padded_widths=()))
    assert any(segment.before for segment in made_up.segments)
    for segment in made_up.segments:
        assert all(one in made_up.segments and ids(one) & ids(segment) for one in segment.before)
        for trial_id in ids(segment):
            [way] = ways_back(segment, trial_id)
            assert way[-1].from_epoch == 0
            assert [one.from_epoch for one in way[:-1]] == [one.until_epoch for one in way[1:]]


@pytest.mark.parametrize("lanes", [1, 4])
def test_on_a_cpu_states_are_on_the_disk(lanes: int) -> None:
    """So no segment says where its trials come from."""
    made_up = MadeUp()
    driven(made_up.run, layout=Layout(device="cpu", lanes=lanes, padded_widths=()))
    assert {segment.before for segment in made_up.segments} == {()}


def test_what_a_segment_tells_is_little_to_send() -> None:
    """Pickled, a trial is there once: at the last rung it is as much as at the first."""
    made_up, layout = MadeUp(), Layout(device="cuda", lanes=64, padded_widths=(250,))
    driven(made_up.run, arms=3, layout=layout)
    first, *_, last = made_up.segments[:3]
    assert last.before[0].before == (first,)
    size, most = len(pickle.dumps(last)), len(pickle.dumps(first))
    assert size < 1.2 * most
    assert pickle.loads(pickle.dumps(last)) == last
