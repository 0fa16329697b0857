"""Where a study's files are."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import pytest

from fashion_bench.errors import MachineError
from fashion_bench.training.files import write_whole


def test_finding_the_files_needs_no_torch() -> None:
    """Whoever only copies or removes them need not wait for torch."""
    code = "import fashion_bench.training.files, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_file_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended before the last step, a write leaves what was there; then nothing but the new file."""
    path = tmp_path / "new" / "file"
    assert write_whole(path, b"one") == sha256(b"one").hexdigest()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _killed)
        with pytest.raises(KeyboardInterrupt):
            write_whole(path, b"two")
    assert path.read_bytes() == b"one"
    write_whole(path, b"two")
    assert [(file.name, file.read_bytes()) for file in path.parent.iterdir()] == [("file", b"two")]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file in the way of its folder is the machine's failure, in one line."""
    there = tmp_path / "folder"
    there.write_text("mine")
    with pytest.raises(MachineError, match=rf"cannot be written: .*; move away {there}, or"):
        write_whole(there / "file", b"")


def _killed(_path: Path, _target: Path) -> NoReturn:
    raise KeyboardInterrupt
