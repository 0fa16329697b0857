"""The studies and experiments that come with the program: they run by name, in any folder."""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from fashion_bench.errors import SpecError, nearest
from fashion_bench.plan import Kind

KINDS: tuple[Kind, ...] = ("study", "experiment")
FOLDERS = MappingProxyType[Kind, str]({"study": "studies", "experiment": "experiments"})
_PACKAGE = Path(__file__).parents[1]


def home() -> Path:
    """Return the folder of their folders: in the package, or in a checkout beside it."""
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else _PACKAGE.parent


def shipped(*kinds: Kind) -> dict[str, Path]:
    """Return their files by name, of some kinds or of both."""
    folders = (home() / FOLDERS[kind] for kind in kinds or KINDS)
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.toml"))}


def files() -> dict[Path, Path]:
    """Return every file that is shipped, by where it belongs: the schemas for editors, too."""
    folders = [home() / name for name in FOLDERS.values()]
    found: Sequence[Path] = [file for one in folders for file in sorted(one.iterdir())]
    return {
        file.relative_to(home()): file
        for file in found
        if file.name.endswith((".toml", ".schema.json"))
    }


def located(file: Path) -> Path:
    """Return where to read what a command names: its own file, or by name one that is shipped.

    Raises:
        SpecError: it is a name, and neither.
    """
    try:
        if file.is_file():
            return file
    except OSError:  # who reads it tells
        return file
    known = shipped()
    if file.suffix == ".toml" and file.stem in known:
        remedy = f"check the path, or name the one that is shipped: {file.stem}"
        raise SpecError(file, "no such file", remedy=remedy)
    if str(file) in known:
        return known[str(file)]
    if file.name != str(file) or file.suffix or file.exists():
        return file
    here = (str(one) for one in Path().glob("*.toml"))
    remedy = nearest(str(file), (*known, *here))
    raise SpecError(file, "neither a file nor a name of one that is shipped", remedy=remedy)


def candidates(begun: str, *kinds: Kind) -> list[str]:
    """Return what a file can be that a person has begun to name: shipped, here, or one folder on.

    Args:
        begun: what is typed so far.
        kinds: those that a command runs; both without any.
    """
    here = [str(one) for shape in ("*.toml", "*/*.toml") for one in sorted(Path().glob(shape))]
    return [one for one in (*shipped(*kinds), *here) if one.startswith(begun)]
