"""The text of a study or experiment file, as far as it may be one: no folder, no flood."""

from pathlib import Path

from fashion_bench.errors import SpecError

LARGEST_FILE = 64 * 1024  # bytes; a screen of text is 3,000
LONGEST_LINE = 4_000  # characters; a dotted key costs memory by the square of its parts


def read_once(path: object) -> bool:
    """Whether a path is of standard input, or of what a shell hands over in place of a file."""
    return str(path).startswith(("/dev/", "/proc/self/fd/"))


def read_text(path: Path) -> str:
    """Return what a study or experiment file holds.

    Raises:
        SpecError: it cannot be read, or is too long to be one.
    """
    try:
        if path.is_dir():
            raise SpecError(path, "a folder", remedy="name one of the .toml files in it")
        if not (path.is_file() or (read_once(path) and path.exists())):
            raise SpecError(path, "no such file", remedy="check the path")
        with path.open("rb") as file:
            if len(content := file.read(LARGEST_FILE + 1)) > LARGEST_FILE:
                long = f"over {LARGEST_FILE:,} bytes long"
                raise SpecError(path, long, remedy="give a file that fits a screen")
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise SpecError(path, f"cannot be read ({error.strerror})", remedy="check it") from None
    except UnicodeDecodeError:
        raise SpecError(path, "not text in UTF-8", remedy="save it as UTF-8") from None
    if (longest := max(map(len, text.splitlines()), default=0)) > LONGEST_LINE:
        raise SpecError(path, f"a line of {longest} characters", remedy="break it into several")
    return text
