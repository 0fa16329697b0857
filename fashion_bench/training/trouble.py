"""What an error of a GPU means: too little memory, or a GPU that no later call can use."""

import re

import torch

from fashion_bench.errors import chain

# What torch says where CUDA, one of its libraries or a kernel of Triton's failed.
_OF_THE_GPU = re.compile(
    r"\b(CUDA|cuBLAS|cuDNN|NCCL|cuSOLVER|cuFFT|NVRTC)(_ERROR|_STATUS| driver error| error)"
    r"|Triton Error \[CUDA\]|illegal memory access|device-side assert"
    r"|No CUDA GPUs are available|CUDA unknown error|cudaGetDeviceCount|cuDNN Frontend error"
    r"|CUDA driver initialization failed|Found no NVIDIA driver|NVIDIA driver on your system",
    re.IGNORECASE,
)

# The latter two are cuDNN's when each of its plans failed, for which it lacks memory as a rule.
_OF_MEMORY = ("ALLOC_FAILED", "unable to find an engine", "valid cuDNN algorithm")


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, whatever says so.

    Out of memory while a graph is captured, torch raises the error of the broken capture: the first
    one is its context. CUDA, its libraries and Triton have words of their own for it.
    """
    for each in chain(error):
        if _of_memory(each):
            return True
        if isinstance(each, torch.AcceleratorError) and "captur" not in str(each):
            return False  # what broke while the lack of it was seen to
    return False


def _of_memory(error: BaseException) -> bool:
    words = str(error)
    return isinstance(error, torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError)
        and (
            any(said in words for said in _OF_MEMORY)
            or ("CUDA" in words and "out of memory" in words)
        )
    )


def is_of_the_gpu(error: BaseException) -> bool:
    """Whether a GPU, its driver or its libraries failed: every later call would fail likewise.

    So did they where something else was raised of it. That memory ran out is told apart.
    """
    return not out_of_memory(error) and any(
        isinstance(each, torch.AcceleratorError)
        or (isinstance(each, RuntimeError) and _OF_THE_GPU.search(str(each)))
        for each in chain(error)
    )


def what_it_said(error: BaseException) -> str:
    """Return the first line of the GPU's own error, or of that which was raised of it."""
    own = [each for each in chain(error) if _OF_THE_GPU.search(str(each))]
    return first_line(own[-1] if own else error)


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its kind where it says nothing."""
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
