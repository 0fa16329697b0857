"""Which trials are trained together."""

from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.config import Hyper, Recipe, TrialConfig
from fashion_bench.records import Trial
from fashion_bench.search.layout import SIZES, Layout


def make_trials(count: int) -> list[Trial]:
    """Return trials that differ in their seed."""
    return [
        Trial(
            trial_id=f"s.a-{seed}",
            config=TrialConfig(
                recipe=Recipe(), widths=(8, 8), hyper=Hyper(), seed=seed, split_seed=0
            ),
        )
        for seed in range(count)
    ]


@given(count=st.integers(0, 40), lanes=st.sampled_from(SIZES[:7]))
def test_every_trial_is_in_one_segment_in_order(count: int, lanes: int) -> None:
    """Nothing is lost, doubled or moved, and no cohort is larger than asked."""
    trials = make_trials(count)
    layout = Layout(device="cuda", lanes=lanes, slab=(8, 8))
    segments = layout.segments(trials, from_epoch=1, until_epoch=3)
    assert [trial for segment in segments for trial in segment.trials] == trials
    assert {(s.from_epoch, s.until_epoch) for s in segments} <= {(1, 3)}
    for segment in segments:
        assert len(segment.trials) <= segment.lanes <= lanes
        assert segment.lanes in SIZES


def test_cohorts_share_one_shape() -> None:
    """Every cohort is padded to the study's widest trial, the rest to the next size of cohort."""
    layout = Layout(device="cuda", lanes=8, slab=(256, 100))
    segments = layout.segments(make_trials(11), from_epoch=0, until_epoch=1)
    assert [(len(s.trials), s.lanes, s.slab) for s in segments] == [
        (8, 8, (256, 100)),
        (3, 4, (256, 100)),
    ]


def test_a_lane_alone_is_not_padded() -> None:
    """On a CPU padding would cost and bring nothing."""
    layout = Layout(device="cpu", lanes=1, slab=(256, 100))
    (segment,) = layout.segments(make_trials(1), from_epoch=0, until_epoch=1)
    assert (segment.lanes, segment.slab) == (1, ())


def test_it_is_kept_as_plain_data() -> None:
    """What the ledger holds gives back the layout."""
    layout = Layout(device="cpu", lanes=4, slab=(256, 100))
    assert Layout.from_plain(layout.to_plain()) == layout
