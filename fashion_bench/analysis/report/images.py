"""The images in a report, some of each class."""

from fashion_bench.analysis.plots import draw_samples
from fashion_bench.analysis.report.material import Seen
from fashion_bench.analysis.report.words import Absence, Picture, Section

__all__ = ["SHOWN_SEED", "samples_section"]

SHOWN_SEED = 0  # draws which images are shown; no number rests on it


def samples_section(images: Seen | str) -> Section:
    """Return some images of each class; in their place, why there are none."""
    return Section(title="The images", blocks=(_samples(images),))


def _samples(images: Seen | str) -> Picture | Absence:
    if isinstance(images, str):
        return Absence(what="Images of each class", why=images)
    return Picture(
        name="samples",
        alt=f"Ten {images.name} of each class: {', '.join(images.classes)}.",
        content=draw_samples(
            images.name, images.pixels, images.labels, images.classes, seed=SHOWN_SEED
        ),
    )
