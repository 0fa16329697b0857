"""What an error of a GPU means: too little memory, or a GPU that no later call can use."""

import torch


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, whatever says so.

    Out of memory while a graph is captured, torch raises the error of the broken capture: the first
    one is its context. CUDA, its libraries and Triton have words of their own for it.
    """
    if isinstance(error, torch.OutOfMemoryError):
        return True
    words = str(error)
    if isinstance(error, RuntimeError) and (
        "ALLOC_FAILED" in words or ("CUDA" in words and "out of memory" in words)
    ):
        return True
    before = error.__cause__ or error.__context__
    return before is not None and out_of_memory(before)


def is_of_the_gpu(error: BaseException) -> bool:
    """Whether a GPU, its driver or its libraries failed: every later call would fail likewise."""
    libraries = ("CUDA", "CUBLAS", "CUDNN", "cuBLAS", "cuDNN")
    return isinstance(error, torch.AcceleratorError) or (
        isinstance(error, RuntimeError)
        and any(
            f"{library} error" in str(error) or f"{library}_STATUS" in str(error)
            for library in libraries
        )
    )


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its kind where it says nothing."""
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
