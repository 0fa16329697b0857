"""Code of the user's: found as text, known by its digest, and run only where it was allowed to."""

import linecache
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from fashion_bench import code, script
from fashion_bench.code import Code
from fashion_bench.errors import CodeError, SpecError

NET = """import not_installed_anywhere
import json, torch.nn
from numpy import array
from . import beside
import mine

class Net:
    pass

def helper():
    pass
"""


@pytest.fixture(autouse=True)
def a_new_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test makes known, allows or loads is forgotten after it."""
    for name, empty in (("_KNOWN", dict), ("_ALLOWED", set), ("_LOADED", dict)):
        monkeypatch.setattr(code, name, empty())
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = {*sys.modules}
    yield
    for name in [*sys.modules]:
        if name not in before and name.startswith("fashion_bench_code_"):
            del sys.modules[name]


def found(folder: Path, source: str, name: str = "Net", file: str = "net.py") -> Code:
    """Write a file and find what it defines."""
    (folder / file).write_text(source)
    return code.find(f"{file}:{name}", folder, "model")


def run(one: Code) -> Any:
    """Allow and load."""
    code.allow([one])
    return code.loaded(one.name)


# Found -------------------------------------------------------------------------------------------


def test_it_is_read_and_not_run(tmp_path: Path) -> None:
    """Its name holds the digest of the whole file, and every package that it imports a version."""
    one = found(tmp_path, NET)
    digest = sha256(NET.encode()).hexdigest()[:16]
    assert (one.reference, one.name) == ("net.py:Net", f"net.py:Net#{digest}")
    assert code.unpinned(one.name) == one.reference
    assert one.source == NET
    assert one.path == str(tmp_path / "net.py")
    assert dict(one.imports) == {
        "json": "",
        "mine": "",
        "not_installed_anywhere": "",
        "numpy": version("numpy"),
        "torch": version("torch"),
    }


def test_a_word_more_is_other_code(tmp_path: Path) -> None:
    """Also where nothing but a comment or a helper was changed."""
    assert found(tmp_path, NET).name != found(tmp_path, f"{NET}# more").name


def test_its_definition_is_found_in_it(tmp_path: Path) -> None:
    """A class or a function; anything else is not defined there."""
    assert found(tmp_path, NET).definition().name == "Net"
    assert found(tmp_path, NET, "helper").definition().name == "helper"
    with pytest.raises(SpecError, match="not defined in its file; name one of its own: Net, help"):
        found(tmp_path, NET, "array")


def test_a_module_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package's module may import its neighbours, relatively."""
    package = tmp_path / "some_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "sizes.py").write_text("SIZE = 7")
    (package / "net.py").write_text("from .sizes import SIZE\nclass Net:\n    size = SIZE\n")
    monkeypatch.syspath_prepend(tmp_path)
    one = code.find("some_package.net:Net", Path("/nowhere"), "model")
    assert one.path == str(package / "net.py")
    assert run(one).size == 7


def test_a_package_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To look for a module is to import what it lies in."""
    (tmp_path / "broken_package").mkdir()
    (tmp_path / "broken_package" / "__init__.py").write_text("exit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SpecError, match=r"cannot be imported \(SystemExit: 3\)"):
        code.find("broken_package.net:Net", tmp_path, "model")


@pytest.mark.parametrize("reference", ["net.py", "net.py:", ":Net", "net.py:Net#0", "a:b:c"])
def test_what_names_no_code_is_refused(tmp_path: Path, reference: str) -> None:
    """There is one way to write it."""
    with pytest.raises(SpecError, match=r"names no code|no such module"):
        code.find(reference, tmp_path, "model")


def test_a_file_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """It is kept with every study."""
    with pytest.raises(SpecError, match="over a MiB"):
        found(tmp_path, "#" * (code.LONGEST_SOURCE + 1))


# Kept --------------------------------------------------------------------------------------------


def test_it_is_kept_as_plain_data(tmp_path: Path) -> None:
    """What is read back is the same, but for where it lay."""
    one = found(tmp_path, NET)
    assert Code.from_plain(one.to_plain()) == replace(one, path="")


def test_a_kept_copy_that_was_changed_is_refused(tmp_path: Path) -> None:
    """What it would do is not what was recorded."""
    plain = found(tmp_path, NET).to_plain()
    with pytest.raises(CodeError, match=r"net\.py:Net: the kept copy of its source was changed"):
        Code.from_plain(plain | {"source": NET.replace("pass", "evil()")})


# Allowed and loaded ------------------------------------------------------------------------------


def test_it_runs_only_where_it_was_allowed_to(tmp_path: Path) -> None:
    """To know of it is not enough."""
    one = found(tmp_path, "raise SystemExit\nclass Net: pass")
    with pytest.raises(CodeError, match="its source is not here"):
        code.loaded(one.name)
    code.know([one])
    for ask in (lambda: code.loaded(one.name), lambda: code.refuse_unless_allowed([one])):
        with pytest.raises(CodeError, match="was not run; say --trust-code"):
            ask()
    code.allow([one])
    code.refuse_unless_allowed([one])
    with pytest.raises(CodeError, match=r"net\.py:Net: cannot be loaded \(SystemExit\)"):
        code.loaded(one.name)


def test_its_file_is_run_once(tmp_path: Path) -> None:
    """Two of one file share it, also what that counts."""
    source = "COUNT = []\nclass Net:\n    count = COUNT\ndef helper():\n    return COUNT\n"
    net, helper = found(tmp_path, source), found(tmp_path, source, "helper")
    assert run(net) is run(net)
    assert run(helper)() is run(net).count


def test_a_file_that_fails_is_not_half_there(tmp_path: Path) -> None:
    """Asked for again it fails again."""
    one = found(tmp_path, "class Net: pass\nraise ValueError('a\\nb')")
    for _ in range(2):
        with pytest.raises(CodeError, match=r"cannot be loaded \(ValueError: a\)"):
            run(one)


def test_it_may_import_files_beside(tmp_path: Path) -> None:
    """They are looked for last, so none takes the place of a package."""
    (tmp_path / "a_file_beside.py").write_text("SIZE = 7")
    (tmp_path / "json.py").write_text("raise ValueError")
    source = "import json\nfrom a_file_beside import SIZE\nclass Net:\n    size = SIZE\n"
    assert run(found(tmp_path, source)).size == 7


def test_two_of_one_reference_are_two(tmp_path: Path) -> None:
    """Studies in one process never meet, though their files are called alike."""
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    one, other = (found(f, f"class Net:\n    home = {f.name!r}\n") for f in folders)
    assert one.reference == other.reference
    assert (run(one).home, run(other).home) == ("a", "b")


def test_its_lines_are_in_tracebacks(tmp_path: Path) -> None:
    """Also those of a kept copy, which has no file."""
    source = "class Net:\n    def __init__(self):\n        raise KeyError(4711)  # here\n"
    for one in (found(tmp_path, source), replace(found(tmp_path, source), path="")):
        with pytest.raises(KeyError) as caught:
            run(one)()
        assert "raise KeyError(4711)  # here" in "".join(traceback.format_exception(caught.value))
        code._LOADED.clear()
        sys.modules.pop(f"fashion_bench_code_{one.name[-16:]}")


# Handed over -------------------------------------------------------------------------------------

SCALE = 2


def helper(value: int) -> int:
    """Something that a function uses."""
    return SCALE * value


def handed(value: int) -> int:
    """A function of a module."""
    return helper(value)


class Handed:
    """A class of a module."""

    def answer(self) -> int:
        """Return something."""
        return handed(3)


def test_what_a_module_defines_is_handed_over() -> None:
    """With all that it uses there; its name tells the module's last part."""
    one = script.code_of(Handed)
    assert one.reference == "test_code:Handed"
    assert one.given
    assert one.definition().name == "Handed"
    assert [node.name for node in one.tree.body if hasattr(node, "name")] == [
        "helper",
        "handed",
        "Handed",
    ]
    assert "SCALE = 2" in one.source
    assert run(one)().answer() == 6


def test_what_it_uses_is_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that was changed makes it other code."""
    before = script.code_of(handed).name
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 3)
    assert script.code_of(handed).name != before


def test_a_kept_copy_of_it_is_not_run() -> None:
    """The source of a class is no file; in the script itself it is there."""
    one = script.code_of(Handed)
    kept = Code.from_plain(one.to_plain())
    assert kept.given
    code.allow([kept])
    for ask in (lambda: code.loaded(kept.name), lambda: code.refuse_unless_allowed([kept])):
        with pytest.raises(CodeError, match="hand it over again"):
            ask()
    code.know([one])
    code.refuse_unless_allowed([kept])
    assert code.loaded(kept.name)().answer() == 6


def test_a_script_hands_its_own_over(tmp_path: Path) -> None:
    """Of ``__main__`` a class is known by its own source, the second of a name by the second."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from fashion_bench import code, script\n"
        "class Net:\n    def size(self):\n        return 1\n"
        "first = script.code_of(Net)\n"
        "class Net:\n    def size(self):\n        return 2\n"
        "second = script.code_of(Net)\n"
        "assert 'return 1' in first.source and 'return 2' not in first.source\n"
        "assert 'return 2' in second.source and first.name != second.name\n"
        "code.allow([first, second])\n"
        "print(first.reference, [code.loaded(one.name)().size() for one in (first, second)])\n"
    )
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=False)
    assert done.stdout == "__main__:Net [1, 2]\n", done.stderr


def in_cell(text: str, number: int = 1) -> dict[str, Any]:
    """Run a notebook's cell: its text is in ``linecache`` and in no file."""
    file = f"<ipython-input-{number}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": "a_notebook"}
    exec(compile(text, file, "exec"), names)
    return names


def test_a_cell_hands_its_own_over() -> None:
    """Its class, its function, and what they use of the notebook."""
    text = "SIZE = 7\nclass Net:\n    def size(self):\n        return SIZE\n"
    text += "def f():\n    return SIZE\n"
    names = in_cell(text)
    net, function = script.code_of(names["Net"]), script.code_of(names["f"])
    assert net.reference == "a_notebook:Net"
    assert net.source.startswith("class Net:")
    assert "return SIZE" in net.source
    assert function.source.splitlines() == ["SIZE = 7", "def f():", "    return SIZE"]
    assert run(net)().size() == 7
    assert run(function)() == 7


def closure() -> Callable[[], int]:
    """Make a function that hangs on another's variable."""
    size = 7

    def inner() -> int:
        return size

    return inner


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        (lambda: 1, "is neither a class nor a function with a name"),
        (Handed(), "is neither a class nor a function with a name"),
        (len, "is neither a class nor a function with a name"),
        (closure(), "hangs on size of a function around it"),
        (type("Made", (), {}), "its source cannot be had"),
    ],
)
def test_what_cannot_be_known_is_refused(thing: Any, told: str) -> None:
    """Its source would not say what it does."""
    with pytest.raises(CodeError, match=told):
        script.code_of(thing)


def test_what_cannot_travel_is_refused(tmp_path: Path) -> None:
    """A worker is handed it by cloudpickle."""
    names = in_cell("import threading\nLOCK = threading.Lock()\ndef f():\n    return LOCK\n", 2)
    with pytest.raises(CodeError, match=r"f: cannot be pickled \(TypeError: cannot pickle"):
        script.code_of(names["f"])
