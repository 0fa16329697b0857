"""Near-duplicates between test and train images: looked for while the test images are open."""

from pydantic import TypeAdapter, ValidationError

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.data.duplicates import near_duplicates
from fashion_bench.data.images import Images
from fashion_bench.data.sources import Dataset
from fashion_bench.errors import DataError
from fashion_bench.records import StudyRecord
from fashion_bench.training.files import write_whole

_PLACES: TypeAdapter[tuple[int, ...]] = TypeAdapter(tuple[int, ...])


def keep_duplicates(
    runs_folder: RunsFolder, study: StudyRecord, dataset: Dataset, test: Images
) -> None:
    """Write which of these test images have a near-duplicate in training, unless that is there.

    Raises:
        MachineError: the disk is full or read-only.
    """
    trained_on = study.provenance.get("data_digest", "")
    path = runs_folder.duplicates(trained_on, test.digest)
    if path.exists():
        return
    try:
        train = dataset.load("train")
    except DataError:  # weights are measured all the same, and readers are told what lacks
        return
    if train.digest == trained_on:
        places = near_duplicates(test, train).nonzero().flatten().tolist()
        write_whole(path, _PLACES.dump_json(tuple(places)))


def read_duplicates(runs_folder: RunsFolder, *studies: StudyRecord) -> tuple[int, ...] | None:
    """Return the places of such test images, ascending; ``None`` where they are not known.

    Of several experiments those that hold for all, where all were measured on the same images.
    """
    found = {
        runs_folder.duplicates(one.provenance.get("data_digest", ""), digest)
        for one in studies
        for digest in [opening.digests.get("plain", "") for opening in one.openings[-1:]]
    }
    if len(found) != 1:
        return None
    try:
        return _PLACES.validate_json(found.pop().read_bytes())
    except (OSError, ValidationError):
        return None
