"""What ``import fashion_bench`` brings."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import fashion_bench


def typed_names() -> dict[str, str]:
    """The public names and their modules, as type checkers and editors read them."""
    tree = ast.parse(Path(fashion_bench.__file__).read_text("utf-8"))
    return {
        name.name: str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("fashion_bench")
        for name in node.names
    }


def test_importing_it_is_light() -> None:
    """Nothing is loaded until a name is used."""
    probe = "import sys; before = {*sys.modules}; import fashion_bench; "
    probe += "print(*{*sys.modules} - before - {'fashion_bench'})"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded <= sys.stdlib_module_names


def test_every_name_is_what_its_types_say() -> None:
    """What an editor shows is what a program gets; ``dir`` lists it, and so does ``import *``."""
    assert sorted(typed_names()) == fashion_bench.__all__
    for name, module in typed_names().items():
        assert getattr(fashion_bench, name) is getattr(import_module(module), name)
    assert set(fashion_bench.__all__) <= set(dir(fashion_bench))


def test_a_name_that_is_not_there_is_told() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="'fashion_bench' has no attribute 'run_stduy'"):
        getattr(fashion_bench, "run_stduy")  # noqa: B009  # a checker would refuse it
