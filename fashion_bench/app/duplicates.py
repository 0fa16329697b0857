"""Near-duplicates between test and train images: looked for while the test images are open.

``compare`` reads what is found, without torch.
"""

import json
from typing import TYPE_CHECKING

from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.data.sources import Dataset
from fashion_bench.errors import DataError
from fashion_bench.records import StudyRecord
from fashion_bench.training.files import write_whole

if TYPE_CHECKING:
    from fashion_bench.data.images import Images


def keep_duplicates(
    runs_folder: RunsFolder, study: StudyRecord, dataset: Dataset, test: "Images"
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
        from fashion_bench.data.duplicates import near_duplicates  # and torch

        places = near_duplicates(test, train).nonzero().flatten().tolist()
        write_whole(path, json.dumps(places).encode())
