"""Where and how a study trains, on a made-up GPU, with a real ledger: chosen, kept, told."""

from dataclasses import replace
from pathlib import Path

import pytest

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.errors import MachineError, SpecError, StudyError
from fashion_bench.records import StudyRecord
from fashion_bench.search.layout import Layout
from fashion_bench.search.ledger import Ledger
from tests.app.conftest import Listener, killed_after
from tests.app.made_up_gpu import MadeUpGpu
from tests.app.small_files import STUDY, write

OF_4 = Layout(
    device="cuda",
    lanes=4,
    padded_widths=(32,),
    engine="captured",
    precision="tf32",
    gpu="Tesla Z",
)
HALF = ("per_arm = 4", "per_arm = 2")
TOLD = "Training on the GPU (Tesla Z, captured engine, tf32), cohorts of 4 trials, padded to 32"
GOING_ON = TOLD.replace("Training on the", "Going on with the")
ON_THE_CPU = "Training on the CPU, one trial in each process"


@pytest.fixture
def auto(options: RunOptions) -> RunOptions:
    """A new folder of runs, and whatever device is here."""
    return replace(options, device="auto")


def listed(study: StudyRecord) -> list[tuple[object, ...]]:
    """The list of trials, bit for bit."""
    return [(t.trial_id, dict(t.params), t.value, t.checkpoint_sha256) for t in study.trials]


def stored(options: RunOptions, name: str = "s") -> Layout | None:
    """What the ledger says."""
    return RunsFolder(options.runs).ledger().layout(name)


def test_a_gpu_is_tried_when_a_study_begins_and_kept(
    tmp_path: Path, auto: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fits and works is told in the first line, let go, and is in the ledger."""
    gpu, listener = MadeUpGpu(room=2), Listener()
    opening = gpu.put_in(monkeypatch)
    study = run_study(write(tmp_path), auto, listener, opening).study
    fewer = TOLD.replace("of 4", "of 2")
    assert listener.lines[0] == f"{fewer} (4 do not fit into memory)."
    assert gpu.tried == [("s", lanes, "captured", "tf32") for lanes in (4, 2)]
    assert gpu.closed == gpu.looked == 1
    assert stored(auto) == replace(OF_4, lanes=2, wanted=4)
    assert study.provenance["device"] == "Tesla Z"


def test_a_study_goes_on_with_its_engine_once_it_is_tried(
    tmp_path: Path, auto: RunOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried as it was kept, whatever else would be best; it ends as if never stopped."""
    whole = replace(auto, runs=tmp_path / "whole")
    gpu, listener, file = MadeUpGpu(), Listener(), write(tmp_path)
    opening = gpu.put_in(monkeypatch)
    undisturbed = run_study(file, whole, Listener(), opening).study
    with killed_after(1):
        run_study(file, auto, listener, opening)
    told = len(listener.lines)
    gpu.tried.clear()
    study = run_study(file, auto, listener, opening).study
    assert listener.lines[told : told + 2] == [f"{GOING_ON}.", "begun after 4"]
    assert gpu.tried == [("s", 4, "captured", "tf32")]
    assert listed(study) == listed(undisturbed)


def test_with_nothing_left_to_train_no_gpu_is_needed(
    tmp_path: Path, auto: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is looked for, and none has to be there."""
    gpu, file = MadeUpGpu(), write(tmp_path)
    opening = gpu.put_in(monkeypatch)
    run_study(file, auto, Listener(), opening)
    nowhere = MadeUpGpu(cards=0)
    nowhere.put_in(monkeypatch)
    assert run_study(file, auto, listener).trained == 0  # with the real executor
    assert (nowhere.looked, listener.lines) == (0, ["begun after 8"])


@pytest.mark.parametrize(
    ("here", "told"),
    [
        (
            MadeUpGpu(cards=0, trouble="NVIDIA driver 535.104 is too old"),
            "s: was begun on Tesla Z, and none can be used here (given: 'NVIDIA driver 535.104 is "
            "too old'); go on where there is one, or give it another name",
        ),
        (
            MadeUpGpu(cards=0),
            "s: was begun on Tesla Z, and none can be used here; go on where there is one, or give "
            "it another name",
        ),
        (
            MadeUpGpu(troubles={"captured": "wrong sums"}),
            "s: was begun with the captured engine, which cannot be used here (given: 'wrong "
            "sums'); mend that, or give the study another name",
        ),
    ],
)
def test_a_study_whose_engine_is_gone_is_refused_as_it_was(
    tmp_path: Path, auto: RunOptions, monkeypatch: pytest.MonkeyPatch, here: MadeUpGpu, told: str
) -> None:
    """In one line, before the ledger has anything new, and it goes on where the engine works."""
    gpu = MadeUpGpu()
    opening = gpu.put_in(monkeypatch)
    run_study(write(tmp_path, STUDY, HALF), auto, Listener(), opening)
    before = RunsFolder(auto.runs).ledger().read("s")
    here.put_in(monkeypatch)
    listener = Listener()
    with pytest.raises(StudyError) as caught:
        run_study(write(tmp_path), auto, listener, opening)
    assert str(caught.value) == told
    assert listener.lines == []
    assert RunsFolder(auto.runs).ledger().read("s") == before
    gpu.put_in(monkeypatch)
    assert run_study(write(tmp_path), auto, Listener(), opening).trained == 4


def test_a_study_of_an_earlier_version_goes_on_compiled(
    tmp_path: Path, auto: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is stored without an engine; where that does not work, one line says so."""
    gpu = MadeUpGpu()
    opening = gpu.put_in(monkeypatch)
    run_study(write(tmp_path, STUDY, HALF), auto, Listener(), opening)
    monkeypatch.setattr(
        Layout, "to_plain", lambda _: {"device": "cuda", "lanes": 4, "slab": [32], "wanted": None}
    )
    Ledger(Path(auto.runs) / "ledger.db").set_layout("s", OF_4)
    monkeypatch.undo()
    opening = gpu.put_in(monkeypatch)
    gpu.tried.clear()
    assert run_study(write(tmp_path), auto, listener, opening).trained == 4
    assert gpu.tried == [("s", 4, "compiled", "tf32")]
    assert listener.lines[0] == f"{GOING_ON}.".replace("captured", "compiled")


def test_another_model_is_told_once(
    tmp_path: Path, auto: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Going on with another GPU than it began with, its list may differ."""
    opening = MadeUpGpu().put_in(monkeypatch)
    run_study(write(tmp_path, STUDY, HALF), auto, Listener(), opening)
    opening = MadeUpGpu(name="Tesla Y").put_in(monkeypatch)
    run_study(write(tmp_path), auto, listener, opening)
    assert listener.lines[:2] == [
        f"{GOING_ON}.".replace("Tesla Z", "Tesla Y"),
        "s was begun on Tesla Z: on Tesla Y its list may differ",
    ]


@pytest.mark.parametrize(
    ("gpu", "dear", "why"),
    [
        (MadeUpGpu(cards=0, trouble="its driver is old"), True, "its driver is old"),
        (
            MadeUpGpu(troubles={"captured": "it hangs", "eager": "it hangs"}),
            True,
            "Tesla Z cannot be used (it hangs)",
        ),
        (MadeUpGpu(), False, "the whole study costs less there than a GPU's set-up would"),
    ],
)
def test_why_it_is_the_cpu_is_told(
    tmp_path: Path,
    auto: RunOptions,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    gpu: MadeUpGpu,
    dear: bool,
    why: str,
) -> None:
    """A GPU that is there and cannot be used, one where nothing works, one that is not worth it."""
    opening = gpu.put_in(monkeypatch, dear=dear)
    study = run_study(write(tmp_path, STUDY, HALF), auto, listener, opening).study
    assert listener.lines[:2] == [f"{ON_THE_CPU}: {why}.", "begun after 0"]
    assert stored(auto) == Layout(device="cpu", lanes=1, padded_widths=(32,))
    assert study.provenance["device"].startswith("cpu (")
    assert gpu.looked == dear


@pytest.mark.parametrize("asks", [{"device": "cuda"}, {"precision": "tf32"}])
def test_who_asks_for_a_gpu_gets_no_cpu(
    tmp_path: Path, auto: RunOptions, monkeypatch: pytest.MonkeyPatch, asks: dict[str, object]
) -> None:
    """Where nothing works on it that is one line, before anything is kept."""
    gpu = MadeUpGpu(troubles={"captured": "it hangs", "eager": "wrong sums"})
    opening = gpu.put_in(monkeypatch)
    with pytest.raises(MachineError) as caught:
        run_study(write(tmp_path), replace(auto, **asks), Listener(), opening)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "Tesla Z: cannot be used (given: 'it hangs; wrong sums'); mend that, or use --device cpu"
    )
    assert not RunsFolder(auto.runs).ledger().names()


def test_a_cpu_computes_in_float32(
    tmp_path: Path, options: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which may be said, and tf32 is refused, before anything is kept and later."""
    MadeUpGpu(cards=0).put_in(monkeypatch)
    told = r"--precision: a CPU computes in float32 \(given: 'tf32'\); leave it out, or use"
    with pytest.raises(SpecError, match=told):
        run_study(write(tmp_path), replace(options, precision="tf32"), listener)
    assert not RunsFolder(options.runs).ledger().names()
    said = replace(options, precision="float32")
    assert run_study(write(tmp_path, STUDY, HALF), said, listener).trained == 4
    with pytest.raises(StudyError, match=r"s: was begun with float32 \(given: 'tf32'\); leave"):
        run_study(write(tmp_path), replace(options, precision="tf32"), listener)
    assert run_study(write(tmp_path), said, listener).trained == 4


@pytest.mark.parametrize("asks", [{"device": "cuda"}, {"cohort_size": 4}, {"precision": "float32"}])
def test_who_asks_for_what_a_gpu_has_gets_one(
    tmp_path: Path, auto: RunOptions, monkeypatch: pytest.MonkeyPatch, asks: dict[str, object]
) -> None:
    """Also for a study that costs less on the CPU; a precision is kept."""
    opening = MadeUpGpu().put_in(monkeypatch, dear=False)
    options = replace(auto, **asks)  # type: ignore[arg-type]
    run_study(write(tmp_path, STUDY, HALF), options, Listener(), opening)
    assert stored(options) == replace(OF_4, precision=asks.get("precision", "tf32"))


def test_a_study_of_the_cpu_stays_there_and_says_so(
    tmp_path: Path, auto: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is a GPU, which is not even looked for."""
    run_study(write(tmp_path, STUDY, HALF), replace(auto, device="cpu"), Listener())
    gpu = MadeUpGpu()
    gpu.put_in(monkeypatch)
    assert run_study(write(tmp_path), auto, listener).trained == 4
    going_on = ON_THE_CPU.replace("Training on", "Going on with")
    assert listener.lines[0] == f"{going_on}: it was begun there."
    assert gpu.looked == 0


@pytest.mark.parametrize(
    ("cards", "workers", "line"),
    [
        (1, None, "begun after 0"),
        (
            2,
            None,
            "2 GPUs, but a generation is one cohort: "
            "under another name `--cohort-size 2` would use both.",
        ),
        (
            4,
            None,
            "4 GPUs, but a generation is one cohort: "
            "under another name `--cohort-size 1` would use all.",
        ),
        (5, None, "begun after 0"),
        (2, 1, "begun after 0"),
    ],
)
def test_idle_cards_are_told(
    tmp_path: Path,
    auto: RunOptions,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    cards: int,
    workers: int | None,
    line: str,
) -> None:
    """Where a generation has fewer cohorts than there are cards; the layout hangs on none."""
    opening = MadeUpGpu(cards=cards).put_in(monkeypatch)
    options = replace(auto, workers=workers)
    run_study(write(tmp_path, STUDY, HALF), options, listener, opening)
    assert listener.lines[:2] == [f"{TOLD}.", line]
    assert stored(options) == OF_4


def test_cards_that_are_left_out_are_told(
    tmp_path: Path, auto: RunOptions, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are here and cannot be used, in the first line, and again as it goes on."""
    why = "Tesla C2050 is older than this torch's kernels"
    opening = MadeUpGpu(trouble=why).put_in(monkeypatch)
    run_study(write(tmp_path, STUDY, HALF), auto, listener, opening)
    told = len(listener.lines)
    run_study(write(tmp_path), auto, listener, opening)
    assert (listener.lines[0], listener.lines[told]) == (f"{TOLD}: {why}.", f"{GOING_ON}: {why}.")


STAGES = (
    ("epochs = 2\nrungs = [1, 2]", "epochs = 1"),
    ("[budget]", "[survey]\npoints = 4\n\n[confirm]\ntop = 1\nseeds = 2\n\n[budget]"),
    HALF,
)


@pytest.mark.parametrize(("room", "survey"), [(2000, 8), (4, 4)])
def test_all_stages_have_the_studys_engine(
    tmp_path: Path, auto: RunOptions, monkeypatch: pytest.MonkeyPatch, room: int, survey: int
) -> None:
    """And its precision; only lanes are chosen for each, and tried where they are more."""
    gpu = MadeUpGpu(room=room, troubles={"captured": "wrong sums"})
    opening = gpu.put_in(monkeypatch)
    options = replace(auto, precision="float32")
    run_study(write(tmp_path, STUDY, *STAGES), options, Listener(), opening)
    eager = replace(OF_4, engine="eager", precision="float32")
    assert stored(options) == stored(options, "s.confirm") == eager
    wanted = 8 if survey < 8 else None
    assert stored(options, "s.survey") == replace(eager, lanes=survey, wanted=wanted)
    assert gpu.tried == [
        ("s", 4, "captured", "float32"),
        ("s", 4, "eager", "float32"),
        ("s.survey", 8, "eager", "float32"),
    ]
