"""A step compiled, and whether anything can be compiled at all."""

from collections.abc import Callable

import torch

from fashion_bench.errors import MachineError
from fashion_bench.training.trouble import first_line, is_of_the_gpu, out_of_memory

MOST_SHAPES = 1_024  # of cohorts that a process compiles; more than any study has

Take = Callable[[], None]
"""A step, ready to be taken."""


def compiled(take: Take, once: Callable[[Take], None]) -> Take:
    """Compile a step.

    Args:
        take: the step.
        once: takes it without any consequence, to see that it can be.

    Raises:
        MachineError: it can be taken, but not compiled. Nothing stands in: without a compiler a
            study's sums would be rounded otherwise from there on.
    """
    # Torch's limit of 8 shapes would let the rest run uncompiled, and which they are would depend
    # on the order of the day.
    torch._dynamo.config.recompile_limit = MOST_SHAPES
    torch._dynamo.config.accumulated_recompile_limit = MOST_SHAPES
    torch._dynamo.config.fail_on_recompile_limit_hit = True
    # Kernels are chosen by rule: timed on the device, every run would have its own.
    program: Take = torch.compile(take, dynamic=False, options={"deterministic": True})
    try:
        once(program)
    except Exception as error:
        if out_of_memory(error) or is_of_the_gpu(error):
            raise
        try:
            once(take)  # what fails uncompiled, too, is no fault of the compiler
        except Exception as plain:
            if not out_of_memory(plain):  # uncompiled it needs more
                raise
        raise MachineError(
            "torch's compiler",
            f"cannot compile a step ({first_line(error)})",
            remedy="install what it misses (a C compiler: gcc), then run the same command again",
        ) from error
    return program


def compiler_trouble(device: str) -> str | None:
    """Compile and run the least there is; return what keeps it from working, if anything does."""
    try:
        torch.compile(lambda numbers: numbers * 2, dynamic=False)(torch.ones(8, device=device))
    except Exception as error:  # whatever a missing or broken compiler raises
        return first_line(error)
    return None
