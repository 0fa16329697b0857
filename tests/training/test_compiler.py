"""Tests of ``training/compiler.py``."""

import pytest
import torch

from fashion_bench.training.compiler import compiler_trouble


def test_a_compiler_that_is_broken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it raises is returned as one line; where it works there is none."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no C compiler here\nand much more")

    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    assert compiler_trouble("cpu") is None
    monkeypatch.setattr(torch, "compile", fail)
    assert compiler_trouble("cpu") == "no C compiler here"
