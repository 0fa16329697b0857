"""What an error of a GPU is taken for."""

import pytest
import torch

from fashion_bench.training.trouble import first_line, is_of_the_gpu, out_of_memory, what_it_said


@pytest.mark.parametrize(
    ("error", "memory", "gpu"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), True, False),
        (RuntimeError("Triton Error [CUDA]: out of memory"), True, False),
        (torch.AcceleratorError("CUDA error: out of memory"), True, False),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling x"), True, False),
        (RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling x"), False, True),
        (torch.AcceleratorError("CUDA error: an illegal memory access"), False, True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), False, True),
        (RuntimeError("NCCL Error 1: unhandled cuda error"), False, True),
        (RuntimeError("Triton Error [CUDA]: an illegal memory access"), False, True),
        (RuntimeError("No CUDA GPUs are available"), False, True),
        (RuntimeError("a bug"), False, False),
        (ValueError("CUDA error: out of memory"), False, False),
    ],
)
def test_an_error_is_of_memory_of_the_gpu_or_neither(
    error: Exception, memory: bool, gpu: bool
) -> None:
    """By its kind, and where that says nothing by its words."""
    assert (out_of_memory(error), is_of_the_gpu(error)) == (memory, gpu)


def test_the_first_error_counts() -> None:
    """Where memory ran out and something else broke of it, that is no memory all the same."""
    first, then = torch.OutOfMemoryError("short"), RuntimeError("capture invalidated")
    then.__context__ = first
    assert out_of_memory(then)
    assert not out_of_memory(RuntimeError("capture invalidated"))


def test_what_was_raised_of_the_gpus_error_is_of_the_gpu() -> None:
    """Whatever it is, and its own words are told; a ring of errors ends."""
    first, then = torch.AcceleratorError("CUDA error: unknown\nand more"), KeyError("key")
    then.__context__ = first
    assert is_of_the_gpu(then)
    assert what_it_said(then) == "CUDA error: unknown"
    one, two = RuntimeError("one"), RuntimeError("two")
    one.__context__, two.__context__ = two, one
    assert not is_of_the_gpu(one)


def test_one_line_tells_it() -> None:
    """The first of its text; without any, its kind."""
    assert first_line(RuntimeError("it broke\nand more")) == "it broke"
    assert first_line(ZeroDivisionError()) == "ZeroDivisionError"
