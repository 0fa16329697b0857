"""The command line, as ``fashion-bench`` and ``python -m fashion_bench`` start it."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run a command; until it catches signals itself, Ctrl-C ends it without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell may ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from fashion_bench import cli

    cli.main()


if __name__ == "__main__":
    main()
