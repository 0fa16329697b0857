"""Which trials are trained together."""

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.config import Hyper, Recipe, Trial, TrialConfig
from fashion_bench.devices import ON_A_CPU, SIZES, DeviceKind, EngineName, Precision
from fashion_bench.search.layout import Layout


def make_trials(count: int) -> list[Trial]:
    """Return trials that differ in their seed."""
    return [
        Trial(
            trial_id=f"s.a-{seed}",
            config=TrialConfig(
                recipe=Recipe(), arguments=(8, 8), hyper=Hyper(), seed=seed, split_seed=0
            ),
        )
        for seed in range(count)
    ]


@given(count=st.integers(0, 40), lanes=st.sampled_from(SIZES[:7]))
def test_every_trial_is_in_one_segment_in_order(count: int, lanes: int) -> None:
    """Nothing is lost, doubled or moved, and no cohort is larger than asked."""
    trials = make_trials(count)
    layout = Layout(device="cuda", lanes=lanes, padded_widths=(8, 8))
    segments = layout.segments(trials, from_epoch=1, until_epoch=3)
    assert [trial for segment in segments for trial in segment.trials] == trials
    assert {(s.from_epoch, s.until_epoch) for s in segments} <= {(1, 3)}
    for segment in segments:
        assert len(segment.trials) <= segment.lanes <= lanes
        assert segment.lanes in SIZES


def test_cohorts_share_one_shape() -> None:
    """Every cohort is padded to the study's widest trial, the rest to the next size of cohort."""
    layout = Layout(device="cuda", lanes=8, padded_widths=(256, 100))
    segments = layout.segments(make_trials(11), from_epoch=0, until_epoch=1)
    assert [(len(s.trials), s.lanes, s.padded_arguments) for s in segments] == [
        (8, 8, (256,)),
        (3, 4, (256,)),
    ]


@pytest.mark.parametrize(("device", "padded"), [("cpu", None), ("cuda", (256, 90))])
def test_a_lane_alone_is_padded_on_a_gpu_only(
    device: DeviceKind, padded: tuple[int, ...] | None
) -> None:
    """On a CPU padding would cost and bring nothing; a GPU would compile every width anew."""
    layout = Layout(device=device, lanes=1, padded_widths=(256, 90))
    (segment,) = layout.segments(make_trials(1), from_epoch=0, until_epoch=1)
    assert (segment.lanes, segment.padded_arguments) == (1, padded)


def test_what_is_not_padded_is_equal_in_a_cohort() -> None:
    """Trials are together if they agree in it; each cohort keeps the order of its trials."""
    layout = Layout(device="cuda", lanes=8, padded_widths=(256,))
    trials = [
        replace(trial, config=replace(trial.config, arguments=(8, 4 + 4 * (place % 2))))
        for place, trial in enumerate(make_trials(5))
    ]
    segments = layout.segments(trials, from_epoch=0, until_epoch=1)
    assert [(s.trials, s.padded_arguments) for s in segments] == [
        (tuple(trials[::2]), (256, 4)),
        (tuple(trials[1::2]), (256, 8)),
    ]


def test_trials_of_two_programs_are_apart() -> None:
    """Another batch size, another optimizer: no tensor program could hold both."""
    layout = Layout(device="cuda", lanes=8, padded_widths=(256, 100))
    trials = [
        replace(trial, config=replace(trial.config, recipe=Recipe(batch_size=32 << place % 2)))
        for place, trial in enumerate(make_trials(4))
    ]
    segments = layout.segments(trials, from_epoch=0, until_epoch=1)
    assert [s.trials for s in segments] == [tuple(trials[::2]), tuple(trials[1::2])]


def test_halved_again_and_again_it_remembers_its_size() -> None:
    """Half the lanes each time, and the size it was to have."""
    layout = Layout(device="cuda", lanes=8, padded_widths=(256, 100))
    fewer = [layout.halved(), layout.halved().halved()]
    assert fewer == [replace(layout, lanes=lanes, wanted=8) for lanes in (4, 2)]


ON_CPU = Layout(device="cpu", lanes=1, padded_widths=(256, 100))
ON_GPU = Layout(
    device="cuda",
    lanes=64,
    padded_widths=(256, 100),
    engine="captured",
    precision="tf32",
    gpu="Tesla Z",
)
GPU = "GPU (Tesla Z, captured engine, tf32)"
TOLD = {
    f"Training on the {GPU}, cohorts of 64 trials, padded to 256-100.": (ON_GPU, ()),
    f"Training on the {GPU}, cohorts of 64 trials (256 do not fit into memory).": (
        replace(ON_GPU, padded_widths=(), wanted=256),
        (),
    ),
    f"Training on the {GPU}, cohorts of 64 trials, padded to 100: it rains; it pours.": (
        replace(ON_GPU, padded_widths=(None, 100)),
        ("it rains", "it pours"),
    ),
    f"Training on the {GPU}, one trial in each process.": (replace(ON_GPU, lanes=1), ()),
    "Training on the GPU (compiled engine, float32), cohorts of 64 trials.": (
        replace(ON_GPU, padded_widths=(), engine="compiled", precision="float32", gpu=None),
        (),
    ),
    "Training on the CPU, one trial in each process.": (ON_CPU, ()),
    "Training on the CPU, one trial in each process: it rains.": (ON_CPU, ("it rains",)),
    "Training on the CPU, cohorts of 4 trials, padded to 256-100.": (replace(ON_CPU, lanes=4), ()),
}


@pytest.mark.parametrize("sentence", TOLD)
def test_it_can_be_told(sentence: str) -> None:
    """Where, with which engine, how many trials, how wide, what memory had to say, and why."""
    layout, why = TOLD[sentence]
    assert layout.sentence(why) == sentence
    going_on = sentence.replace("Training on the", "Going on with the")
    assert layout.sentence(why, begun=True) == going_on


@pytest.mark.parametrize("padded", [(256, 100), (None, 100), ()])
@pytest.mark.parametrize("wanted", [None, 8])
def test_it_is_kept_as_plain_data(wanted: int | None, padded: tuple[int | None, ...]) -> None:
    """What the ledger holds, as JSON, gives back the layout."""
    layout = Layout(device="cpu", lanes=4, padded_widths=padded, wanted=wanted)
    assert Layout.from_plain(json.loads(json.dumps(layout.to_plain()))) == layout


@given(
    engine=st.sampled_from(get_args(EngineName)),
    precision=st.sampled_from(get_args(Precision)),
    gpu=st.none() | st.text(),
)
def test_so_is_how_a_gpu_computes(
    engine: EngineName, precision: Precision, gpu: str | None
) -> None:
    """With its engine, its precision and its model."""
    layout = replace(ON_GPU, engine=engine, precision=precision, gpu=gpu)
    assert Layout.from_plain(json.loads(json.dumps(layout.to_plain()))) == layout


def test_one_of_an_earlier_version_was_compiled() -> None:
    """Where a GPU's has no engine, there was no other; a CPU's is as it was."""
    plain: dict[str, object] = {"device": "cuda", "lanes": 8, "slab": [256], "wanted": None}
    compiled = Layout(
        device="cuda", lanes=8, padded_widths=(256,), engine="compiled", precision="tf32"
    )
    assert Layout.from_plain(plain) == compiled
    on_cpu = {**plain, "device": "cpu"}
    assert Layout.from_plain(on_cpu).compute == ON_A_CPU
    assert Layout.from_plain(on_cpu).to_plain() == on_cpu
