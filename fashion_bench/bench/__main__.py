"""The bench's command line: ``python -m fashion_bench.bench``."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from fashion_bench.bench.contestants import CONTESTANTS
from fashion_bench.config import SOURCES, Recipe, Source
from fashion_bench.errors import FashionBenchError

QUICK = {"epochs": 1, "train_images": 2_000, "valid_images": 500}
