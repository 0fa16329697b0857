"""Code of the user's: a network, an optimizer, a loss or a data set that a study's file names.

A file names it as ``my_net.py:Net``, beside the file, or as ``package.module:Net``. Its source is
read as text, kept with the study and known by its digest: ``my_net.py:Net#0123456789abcdef`` is
what a trial's configuration holds, so other source is another trial. What its constructor takes is
read from the source by ``ast``. It is run only where it was allowed to: because the file on the
command line names it, or because somebody said ``--trust-code``.
"""

import ast
import importlib.util
import linecache
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from fashion_bench.errors import RAISED, CodeError, SpecError, said
from fashion_bench.text import problem_of

REFERENCE = re.compile(r"(?P<where>[^:#]+):(?P<name>[^\W\d]\w*)(?:#(?P<digest>[0-9a-f]{16}))?")
LONGEST_SOURCE = 1 << 20  # bytes

Written = TypeVar("Written")


@dataclass(frozen=True, kw_only=True)
class Code:
    """A class or function of the user's, as its source.

    Attributes:
        reference: as a file names it.
        source: the text of the whole file; of a notebook's or script's class, that of the class
            and of what it uses there.
        path: where it was read from, for tracebacks; empty where it is not known.
        imports: the version of every package that it imports, by name; empty of the standard
            library and of files beside it.
        pickled: a class or function of a notebook or script, by cloudpickle; empty of a file's.
        given: whether it was handed over by a notebook or script; then its source alone is not
            enough to run it.
    """

    reference: str
    source: str
    path: str = ""
    imports: Mapping[str, str] = field(default_factory=dict)
    pickled: bytes = field(default=b"", repr=False)
    given: bool = False

    @cached_property
    def name(self) -> str:
        """The reference with the first 16 digits of the source's SHA-256."""
        return f"{self.reference}#{sha256(self.source.encode()).hexdigest()[:16]}"

    @property
    def object_name(self) -> str:
        """What the class or function is called."""
        return self.reference.rpartition(":")[2]

    @cached_property
    def tree(self) -> ast.Module:
        """The source, parsed."""
        return ast.parse(self.source, Path(self.path or self.reference).name)

    def definition(self) -> ast.ClassDef | ast.FunctionDef:
        """Return where it is defined in its source.

        Raises:
            SpecError: it is not.
        """
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == self.object_name:
                return node
        names = [n.name for n in self.tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
        remedy = f"name one of its own: {', '.join(names) or 'there are none'}"
        raise SpecError(self.reference, "is not defined in its file", remedy=remedy)

    def to_plain(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {
            "reference": self.reference,
            "name": self.name,
            "source": self.source,
            "imports": dict(self.imports),
            **({"given": True} if self.given else {}),
        }

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> "Code":
        """Read back what ``to_plain`` returned.

        Raises:
            CodeError: the source is not what it was.
        """
        kept = cls(
            reference=data["reference"],
            source=data["source"],
            imports=dict(data["imports"]),
            given=data.get("given", False),
        )
        if kept.name != data["name"]:
            remedy = "put a backup of the ledger in its place"
            raise CodeError(
                kept.reference, "the kept copy of its source was changed", remedy=remedy
            )
        return kept


def is_reference(value: object) -> bool:
    """Tell whether a value of a file names code of the user's."""
    return isinstance(value, str) and ":" in value


def unpinned(value: Written) -> Written:
    """Return a value as a file writes it: a name of code without its digest."""
    written: Any = value
    return written.partition("#")[0] if is_reference(value) else value


def file_name(code: Code) -> str:
    """Return a name for the file that a copy of the source is kept in."""
    place, _, name = code.reference.rpartition(":")
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '_', place.removesuffix('.py'))}.{name}.py"


# Found: read as text -----------------------------------------------------------------------------


def find(reference: str, beside: Path, where: str) -> Code:
    """Return the code that a file names, without running it.

    Args:
        reference: ``my.py:name``, or ``package.module:name``.
        beside: the folder that files are looked for in.
        where: what an error names.

    Raises:
        SpecError: there is no such file or module, it cannot be read, or defines nothing of that
            name.
    """
    match = REFERENCE.fullmatch(reference)
    # It is shown as it is, also in a CSV's cell, where another first letter begins a formula.
    shown = problem_of(reference) is None and re.match(r"[\w./~]", reference) is not None
    if match is None or match["digest"] or not shown:
        remedy = 'write "my_file.py:Name" or "package.module:Name"'
        raise SpecError(where, "names no code", given=reference, remedy=remedy)
    path = _file_of(match["where"], beside, where, reference)
    try:
        if path.stat().st_size > LONGEST_SOURCE:
            raise SpecError(where, "is over a MiB long", given=reference, remedy="give a shorter")
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot be read ({' '.join(str(error).split())})"
        raise SpecError(where, problem, given=reference, remedy=f"check {path}") from None
    code = parsed(Code(reference=reference, source=source, path=str(path)), where)
    code.definition()
    return code


def parsed(code: Code, where: str) -> Code:
    """Return code with the versions of what it imports.

    Raises:
        SpecError: it is not Python.
    """
    try:
        imports = _imports(code.tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem = f"is not Python ({said(error)})"
        raise SpecError(where, problem, given=code.reference, remedy="mend it") from None
    return replace(code, imports=imports)


def _file_of(place: str, beside: Path, where: str, reference: str) -> Path:
    if place.endswith(".py"):
        path = beside / place
        if not path.is_file():
            remedy = f"put it there, or name another; looked in {beside}"
            raise SpecError(where, "no such file", given=reference, remedy=remedy)
        return path
    problem = "no such module"
    try:
        found = importlib.util.find_spec(place)
    except RAISED as error:  # the package that it lies in is imported
        found = None
        if not isinstance(error, ImportError | ValueError):
            problem = f"is in a package that cannot be imported ({said(error)})"
    if found is None or found.origin is None or not found.origin.endswith(".py"):
        remedy = 'install it, or write "file.py:Name" for a file beside this one'
        raise SpecError(where, problem, given=reference, remedy=remedy)
    return Path(found.origin)


def _imports(tree: ast.Module) -> dict[str, str]:
    """Return the versions of the packages that are imported anywhere in a file."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return {name: version_of(name) for name in sorted(names)}


def version_of(package: str) -> str:
    """Return the version of an installed package; empty of the standard library and of others."""
    if package in sys.stdlib_module_names:
        return ""
    from importlib.metadata import version  # slow to import, and only some studies name a package

    homes = _distributions().get(package, ())
    return version(homes[0]) if homes else ""


@cache  # every installed file is listed
def _distributions() -> Mapping[str, list[str]]:
    from importlib.metadata import packages_distributions

    return packages_distributions()


# Known, allowed, loaded --------------------------------------------------------------------------

# By the digest of what is in them, so two studies never meet in them.
_KNOWN: dict[str, Code] = {}
_ALLOWED: set[str] = set()
_LOADED: dict[str, Any] = {}


def know(codes: Iterable[Code]) -> None:
    """Let the source of this code be asked for, which runs nothing."""
    for code in codes:
        kept = _KNOWN.setdefault(code.name, code)
        if not (kept.pickled or kept.path):  # a copy that was kept: the original can do more
            _KNOWN[code.name] = code


def allow(codes: Iterable[Code]) -> None:
    """Let this code be run when it is needed, in this process."""
    codes = tuple(codes)
    know(codes)
    _ALLOWED.update(code.name for code in codes)


def refuse_unless_allowed(codes: Iterable[Code]) -> None:
    """Stop where code would have to be run that nobody allowed.

    Raises:
        CodeError: some of it was not, or it is a script's and cannot be run without that.
    """
    for one in codes:
        _refuse_absent(_KNOWN.get(one.name, one))
        if one.name not in _ALLOWED:
            raise _untrusted(one)


def _refuse_absent(one: Code) -> None:
    if one.given and not one.pickled:
        raise CodeError(
            one.reference,
            "is of a notebook or script, and is not here",
            remedy="hand it over again, as the study was asked for",
        )


def _untrusted(one: Code) -> CodeError:
    return CodeError(
        one.reference,
        "is code that came with the study, and was not run",
        remedy="say --trust-code (from Python: trust_code=True) if you trust who wrote it",
    )


def known(name: str) -> Code:
    """Return the code of a name with its digest.

    Raises:
        CodeError: it is not known here.
    """
    if name not in _KNOWN:
        raise CodeError(name, "its source is not here", remedy="run the study from its file")
    return _KNOWN[name]


def loaded(name: str) -> Any:  # noqa: ANN401  # a class or function of any kind
    """Return the class or function of a name with its digest; its file is run at first.

    Raises:
        CodeError: it may not be run here, or what it runs fails.
    """
    if name not in _LOADED:
        one = known(name)
        if name not in _ALLOWED:
            raise _untrusted(one)
        _LOADED[name] = _load(one)
    return _LOADED[name]


def _load(code: Code) -> Any:  # noqa: ANN401  # see ``loaded``
    _refuse_absent(code)
    try:
        if code.pickled:
            import cloudpickle  # type: ignore[import-untyped]

            return cloudpickle.loads(code.pickled)
        return getattr(_module(code), code.object_name)
    except RAISED as error:
        problem = f"cannot be loaded ({said(error)})"
        raise CodeError(code.reference, problem, remedy="mend it, then run again") from error


def _module(code: Code) -> ModuleType:
    """Run the source as a module; files beside it can be imported by it."""
    name = f"fashion_bench_code_{code.name.rpartition('#')[2]}"
    if name in sys.modules:
        return sys.modules[name]
    path = code.path or f"<{code.reference}>"
    module = ModuleType(name)
    module.__file__ = path
    place = code.reference.rpartition(":")[0]
    if not place.endswith(".py"):
        module.__package__ = place.rpartition(".")[0]
    elif code.path and (folder := str(Path(code.path).parent)) not in sys.path:
        sys.path.append(folder)
    linecache.cache[path] = (len(code.source), None, code.source.splitlines(keepends=True), path)
    sys.modules[name] = module
    try:
        exec(compile(code.source, path, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module
