"""``python -m fashion_bench``: the command line."""

from fashion_bench.cli import main

main()
