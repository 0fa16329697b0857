from dataclasses import replace

from fashion_bench.analysis.document import (
    Block,
    Facts,
    Listing,
    Notes,
    Placeholder,
    Table,
    Text,
)
from fashion_bench.analysis.report.record import caveats_section, record_sections
from fashion_bench.analysis.text import moment
from fashion_bench.records import Opening, StudyRecord
from tests.analysis.conftest import failed, make_study, make_trial
from tests.plans import planned

OPENING = Opening(
    opened_at=0.0, git_commit="c0ffee", digests={"plain": "d1", "rotated": "d2"}, reason=""
)


def blocks_of(study: StudyRecord, *commands: str) -> dict[str, tuple[Block, ...]]:
    """Return the blocks of each section by its title."""
    return {section.title: section.blocks for section in record_sections(study, commands)}


def test_what_was_fixed_is_told() -> None:
    """Everything that no trial changes; of a study without trials, that there is none."""
    study = replace(make_study(make_trial()), varying=("lr",))
    (told,) = blocks_of(study)["Fixed in every trial"]
    assert isinstance(told, Facts)
    assert (told.texts["model"], told.texts["batch_size"]) == ("mlp", "64")
    assert "lr" not in told.pairs
    (absence,) = blocks_of(make_study(arms=("plain",)))["Fixed in every trial"]
    assert absence == Placeholder(what="What was fixed", why="no trial has finished")


def test_the_cost_is_added_up() -> None:
    """Trials, epochs and both kinds of seconds of each arm and all, failed trials counted."""
    study = make_study(make_trial(), make_trial(arm="dropout"), failed(arm="dropout", number=1))
    (table,) = blocks_of(study)["What it cost"]
    assert isinstance(table, Table)
    assert tuple(table.lines) == (
        ("plain", "1", "4", "2.0", "1.0"),
        ("dropout", "2", "4", "2.0", "1.0"),
        ("all arms", "3", "8", "4.0", "2.0"),
    )


def test_provenance_is_told_with_n_and_seeds() -> None:
    """How many trials, from which seeds, with which versions; of many seeds the first."""
    trials = [make_trial(number=number) for number in range(22)]
    study = replace(make_study(*trials, kind="experiment"), provenance={"git_commit": "c0ffee"})
    (facts,) = blocks_of(study)["What it was run with"]
    assert isinstance(facts, Facts)
    assert facts.pairs["trials"] == "22 finished of 22"
    assert facts.pairs["seeds"].startswith("22 in each arm: 0, 1, 2, ")
    assert facts.pairs["seeds"].endswith(", 19 and 2 more")
    assert facts.pairs["git commit"] == "c0ffee"


def test_a_study_names_its_one_seed() -> None:
    """All seeds of its trials are drawn from that."""
    (facts,) = blocks_of(planned(make_study(make_trial()), seed=1234))["What it was run with"]
    assert isinstance(facts, Facts)
    assert facts.pairs["seeds"] == "all drawn from 1234"


def test_every_opening_is_told_with_its_reason() -> None:
    """When, by which commit, of which images, and why; before the first, that there is none."""
    study = make_study(make_trial(), kind="experiment")
    (absence,) = blocks_of(study)["The test images"]
    assert isinstance(absence, Placeholder)
    again = replace(OPENING, reason="a slip", digests={"plain": "d1"})
    (notes,) = blocks_of(replace(study, openings=(OPENING, again)))["The test images"]
    assert notes == Notes(
        sentences=(
            "opening 1: 1970-01-01 00:00 UTC, by commit c0ffee, of images by digest: "
            "test d1, test_rotated d2",
            "opening 2: 1970-01-01 00:00 UTC, by commit c0ffee, of images by digest: "
            "test d1, because: a slip",
        )
    )


def test_a_study_has_no_openings_to_tell() -> None:
    """It never opens the test images."""
    assert "The test images" not in blocks_of(make_study(make_trial()))


def test_the_commands_and_the_file_are_there() -> None:
    """Both as they are typed; where no command does it alone, that is said."""
    study = replace(make_study(make_trial()), text="name = 1")
    commands, _, file = blocks_of(study, "one", "two")["How to reproduce it"]
    assert (commands, file) == (Listing(text="one\ntwo"), Listing(text="name = 1"))
    absence, file = blocks_of(study)["How to reproduce it"]
    assert isinstance(absence, Placeholder)
    assert file == Listing(text="name = 1")


def test_caveats_are_sentences() -> None:
    """Each is a note; without any there is a sentence, lest it look forgotten."""
    assert caveats_section(["one", "two"]).blocks == (Notes(sentences=("one", "two")),)
    assert isinstance(caveats_section([]).blocks[0], Text)


def test_a_moment_is_in_utc() -> None:
    """Whoever reads it, it is the same moment."""
    assert moment(1_800_000_000) == "2027-01-15 08:00 UTC"
