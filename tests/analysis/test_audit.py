"""Tests of ``analysis/audit.py`` and its tables."""

from math import tanh

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_bench.analysis.audit import Audit, audit, rank_correlation, rank_interval
from fashion_bench.analysis.caveats import caveats
from fashion_bench.analysis.rendering.plain import plain
from fashion_bench.analysis.views.comparison import exploration_document
from fashion_bench.config import ParamValue
from fashion_bench.dimensions import Choice, Range
from fashion_bench.plan import ArmPlan, PrunerPlan
from fashion_bench.records import Outcome, StudyRecord, TrialRecord
from tests.analysis.conftest import failed, hopeless, make_study, make_trial, near, printed
from tests.plans import planned

HALVING = PrunerPlan(name="halving")
RATE = Range(low=0.05, high=0.6, integer=False)
WIDTH = Choice(values=(64, 250, 256))


def trial(
    number: int, first: float, last: float | None = None, *, arm: str = "a", **params: ParamValue
) -> TrialRecord:
    """Return a trial of 4 epochs that scored this at the rung, epoch 1; stopped without a last."""
    if last is None:
        return make_trial((first,), arm=arm, number=number, outcome=Outcome.PRUNED, params=params)
    return make_trial((first, 0.1, 0.1, last), arm=arm, number=number, params=params)


def pruned(*trials: TrialRecord, **given: object) -> StudyRecord:
    """Return a study of these trials in which halving stops some at epoch 1."""
    plan = {"pruner": HALVING, "rungs": (1, 4), **given}
    return planned(make_study(*trials), **plan)


def searched(*trials: TrialRecord, finishing: tuple[int, ...] = (), listed: int = 0) -> StudyRecord:
    """Return one whose arm tunes a rate and a width."""
    arm = ArmPlan(
        name="a",
        fixed={},
        space={"rate": RATE, "hidden": WIDTH},
        finishing=finishing,
        listed=({},) * listed,
    )
    return pruned(*trials, arms=(arm,), enqueued=listed)


TRIED = (
    trial(0, 0.5, 0.8, rate=0.1, hidden=64),
    trial(1, 0.6, 0.9, rate=0.17, hidden=256),
    trial(2, 0.4, rate=0.58, hidden=250),
    trial(3, 0.3, 0.7, rate=0.4, hidden=250),
)


def test_each_rung_is_set_against_the_end() -> None:
    """Of complete trials alone, whose value is that of their best epoch."""
    study = pruned(
        *(trial(n, 0.5 + n / 100, 0.9 - n / 100) for n in range(4)),
        trial(4, 0.2),
        hopeless(arm="a", number=5),
        failed(arm="a", number=6),
    )
    (row,) = audit(study).rungs
    assert (row.arm, row.rung, row.n, row.controls) == ("a", 1, 4, 0)
    assert (row.at_rung, row.at_end) == ((0.5, 0.51, 0.52, 0.53), (0.9, 0.89, 0.88, near(0.87)))
    assert row.correlation == near(-1)


def test_where_nothing_stops_a_trial_nothing_is_audited() -> None:
    """Nor where trials are listed."""
    whole = make_study(*TRIED)
    assert audit(whole) == audit(planned(whole, pruner=HALVING, seeds=(1,))) == Audit()
    assert "Pruner" not in printed(exploration_document(whole, {}))


def test_controls_are_counted_and_are_no_survivors() -> None:
    """What passes every rung says nothing of what the pruner lets pass."""
    (row, *_), (rate, hidden) = (
        audit(searched(*TRIED, finishing=(3,))).rungs,
        audit(searched(*TRIED, finishing=(3,))).params,
    )
    assert (row.n, row.controls, row.designated) == (3, 1, (False, False, True))
    assert (rate.searched, rate.tried, rate.survived) == ((0.05, 0.6), (0.1, 0.58), (0.1, 0.17))
    assert (hidden.searched, hidden.tried, hidden.survived) == (
        WIDTH.values,
        WIDTH.values,
        (64, 256),
    )
    assert audit(searched(*TRIED)).params[0].survived == (0.1, 0.4)


def test_a_perfect_or_undefined_correlation() -> None:
    """Of equal values there is none, of fewer than three neither."""
    assert rank_correlation((1.0, 2.0, 3.0), (5.0, 6.0, 7.0)) == near(1)
    assert rank_correlation((1.0, 1.0, 1.0), (5.0, 6.0, 7.0)) is None
    assert rank_correlation((1.0, 2.0), (5.0, 6.0)) is None


def test_the_interval_is_that_of_bonett_and_wright() -> None:
    """Worked by hand: r = 0.5 of 28 pairs has z = 0.5493 and a standard error of 0.2121."""
    found = rank_interval(0.5, 28)
    assert found is not None
    assert found.low == pytest.approx(tanh(0.5493 - 1.96 * 0.2121), abs=1e-3)
    assert found.high == pytest.approx(tanh(0.5493 + 1.96 * 0.2121), abs=1e-3)
    assert rank_interval(None, 9) is rank_interval(0.5, 3) is None
    perfect = rank_interval(1.0, 4)  # as by hand for r = 0.9: z = 1.4722, standard error 1.1853
    assert perfect is not None
    assert perfect.low == pytest.approx(tanh(1.4722 - 1.96 * 1.1853), abs=1e-3)
    assert perfect.high == 1


@given(st.floats(-1, 1), st.integers(4, 100))
def test_the_interval_holds_the_correlation(correlation: float, n: int) -> None:
    """It turns with its sign and narrows with n."""
    found, turned, more = (
        rank_interval(r, k) for r, k in ((correlation, n), (-correlation, n), (correlation, 4 * n))
    )
    assert found is not None
    assert turned is not None
    assert more is not None
    assert -1 <= found.low <= correlation <= found.high <= 1
    assert (turned.low, turned.high) == (near(-found.high), near(-found.low))
    assert more.high - more.low < found.high - found.low


def arms_of(gains: dict[str, float]) -> StudyRecord:
    """Return three trials an arm that all begin near 0.5 and gain so much."""
    return pruned(
        *(
            trial(n, 0.5 + n / 100, 0.5 + n / 50 + gain, arm=arm)
            for arm, gain in gains.items()
            for n in range(3)
        ),
        rungs=(1, 4),
    )


def test_a_difference_that_moves_is_told() -> None:
    """Each arm against the first: at the rung, in the end, and how far that is from chance."""
    (shift,) = audit(arms_of({"none": 0.3, "dropout": 0.36})).shifts
    assert (shift.a, shift.b, shift.rung, shift.n) == ("dropout", "none", 1, (3, 3))
    assert (shift.at_rung, shift.at_end) == (near(0), near(0.06))
    assert shift.interval is not None
    assert shift.interval.low < 0.06 < shift.interval.high
    assert shift.moved
    (told,) = [one for one in caveats(arms_of({"none": 0.3, "dropout": 0.36})) if "moved" in one]
    assert told == (
        "the pruner goes by another difference than that of the end: dropout - none is "
        "+0.00 points at epoch 1 and +6.00 in the end, moved by +6.00 (+3.73 to +8.27), n = 3 and 3"
    )


def test_half_a_point_is_told_of_however_few() -> None:
    """A trial an arm has no interval, and may be all that there is."""
    for gain, moved in ((0.806, True), (0.804, False)):
        study = pruned(trial(0, 0.5, 0.8, arm="none"), trial(0, 0.5, gain, arm="dropout"))
        (shift,) = audit(study).shifts
        assert (shift.interval, shift.moved) == (None, moved)


def test_a_difference_that_stays_is_not_told() -> None:
    """Less than half a point, and no more than chance would do."""
    study = arms_of({"none": 0.3, "dropout": 0.304})
    assert [shift.moved for shift in audit(study).shifts] == [False]
    assert not any("moved" in one for one in caveats(study))


def test_a_listed_trial_that_was_stopped_is_told() -> None:
    """Who lists one wants to see it whole; a word in the file does that."""
    told = "a-2, which the file lists, was stopped at epoch 1: `finish = true` trains it to the end"
    assert told in caveats(searched(*TRIED, listed=3))
    assert told not in caveats(searched(*TRIED, listed=2))


def test_the_audit_is_shown() -> None:
    """Ranks, what was let pass, and arms against each other; JSON has the records."""
    study = searched(*TRIED)
    shown = printed(exploration_document(study, {}))
    assert (
        """\
Pruner: ranks at a rung and in the end

 arm   epoch   n   controls   rank correlation
 ─────────────────────────────────────────────
 a         1   3          0               1.00

Spearman's, of complete trials, with its 95 %
interval (Bonett & Wright); those that were let
pass are alike at a rung, which makes it lower:
`controls` in [search] adds others

Pruner: what it let pass

 arm   parameter   searched       tried          let pass       n
 ────────────────────────────────────────────────────────────────
 a     rate        0.05 to 0.6    0.1 to 0.58    0.1 to 0.4     3
 a     hidden      64, 250, 256   64, 250, 256   64, 250, 256   3
"""
        in shown
    )
    told = plain(exploration_document(study, {}))
    assert [row["param"] for row in told["audit_params"]] == ["rate", "hidden"]
    assert told["audit_rungs"][0]["at_end"] == [0.8, 0.9, 0.7]
    assert told["audit_shifts"] == []
