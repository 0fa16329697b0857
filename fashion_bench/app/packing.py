"""The packer: how many trials are trained together, decided when a study is begun."""

from collections.abc import Callable

from fashion_bench.app.work import DeviceName
from fashion_bench.errors import SpecError, StudyError
from fashion_bench.search.layout import SIZES, DeviceKind, Layout
from fashion_bench.search.plan import Plan

__all__ = ["choose_layout", "fit_layout", "keep_layout"]

# From here on more lanes bring little, on the GPUs that were measured.
ENOUGH = 256


def choose_layout(plan: Plan, device: DeviceKind, cohort_size: int | None) -> Layout:
    """Choose the layout of a new study.

    On a CPU a lane is alone: stacked products are no faster there than separate ones, and padding
    costs. On a GPU a whole generation, as far as it is of use, is one cohort.

    Raises:
        SpecError: a size that no cohort can have.
    """
    if cohort_size is not None and cohort_size not in SIZES:
        sizes = ", ".join(map(str, SIZES))
        raise SpecError(
            "--cohort-size", "no size of a cohort", given=cohort_size, remedy=f"use one of {sizes}"
        )
    together = min(plan.generation * len(plan.arms), ENOUGH) if device == "cuda" else 1
    lanes = cohort_size or next(size for size in SIZES if size >= together)
    return Layout(device=device, lanes=lanes, slab=plan.slab)


def fit_layout(layout: Layout, fits: Callable[[int], bool]) -> Layout:
    """Halve the cohorts until one fits into a GPU's memory; a lane alone is not tried.

    Args:
        layout: as chosen.
        fits: whether a cohort of so many lanes does.
    """
    while layout.device == "cuda" and layout.lanes > 1 and not fits(layout.lanes):
        layout = layout.halved()
    return layout


def keep_layout(name: str, stored: Layout, wanted: DeviceName, cohort_size: int | None) -> Layout:
    """Return the layout a study was begun with.

    Raises:
        StudyError: another device or another size is asked for now; its list would change.
    """
    if wanted not in ("auto", stored.device):
        raise StudyError(
            name,
            f"was begun on {stored.device}",
            given=wanted,
            remedy=f"go on with --device {stored.device}, or give it another name",
        )
    if cohort_size not in (None, stored.lanes, stored.wanted):
        raise StudyError(
            name,
            f"was begun with cohorts of {stored.lanes}",
            given=cohort_size,
            remedy="leave --cohort-size out, or give it another name",
        )
    return stored
