"""A study and an experiment of made-up images that train in a second."""

from pathlib import Path

STUDY = """
name = "s"
question = "Does it run?"
seed = 3
model = "mlp"
epochs = 2
rungs = [1, 2]

[fixed]
source = "synthetic"
train_images = 500
valid_images = 200

[nuisance]
hidden = [16, 32]
lr = { low = 1e-4, high = 1e-2, log = true }

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = 0.3

[search]
sampler = "random"
generation = 2

[budget]
trials_per_arm = 4
"""

EXPERIMENT = """
name = "e"
question = "What does it reach?"
model = "mlp"
epochs = 1
seeds = [1, 2]

[fixed]
source = "synthetic"
train_images = 500
valid_images = 200
hidden = 16

[arms.none]
dropout = 0.0
[arms.dropout]
dropout = 0.3
"""


def write(folder: Path, text: str = STUDY, *changes: tuple[str, str]) -> Path:
    """Write a file, with some of its words replaced."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "file.toml"
    file.write_text(text)
    return file
