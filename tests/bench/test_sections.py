"""What can be measured."""

from fashion_bench.bench.sections import SECTIONS, chosen


def test_unless_named_only_the_short_ones_of_a_device_are_measured() -> None:
    """Those that take hours are asked for by name."""
    assert chosen("cpu") == ("engine", "search", "recording", "busy", "study")
    assert chosen("cuda") == ("gpu", "gpu-cnn")
    assert set(SECTIONS) - set(chosen("cpu", "cuda")) == {"recording-long", "study-long"}


def test_every_section_has_a_heading_of_its_own() -> None:
    """A page may hold all of them."""
    assert len({section.title for section in SECTIONS.values()}) == len(SECTIONS)
