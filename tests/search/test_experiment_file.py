"""Tests of ``search/experiment_file.py``."""

import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from fashion_bench.search.experiment_file import experiment_toml
from fashion_bench.search.spec import ExperimentSpec, canonical, parse

names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
questions = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=200
)
scalars = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**62), 2**62) | texts
tables = st.dictionaries(st.sampled_from(["lr", "dropout", "schedule", "hidden"]), scalars)


@st.composite
def specs(draw: st.DrawFn) -> ExperimentSpec:
    """Draw an experiment whose keys and types are right."""
    return ExperimentSpec.model_validate(
        {
            "name": draw(names),
            "question": draw(questions),
            "model": draw(st.sampled_from(["mlp", "cnn"])),
            "epochs": draw(st.integers(1, 10_000)),
            "fixed": draw(tables),
            "seeds": draw(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=60)),
            "arms": draw(st.dictionaries(names, tables, min_size=1, max_size=3)),
        }
    )


ODD = ExperimentSpec.model_validate(
    {
        "name": "e",
        "question": 'a "\\ \n \U0001f642',
        "model": "mlp",
        "epochs": 1,
        "fixed": {"schedule": "\x7f \x00"},
        "seeds": list(range(100)),
        "arms": {"a": {"lr": 1e-5}},
    }
)


@given(specs(), st.lists(texts, max_size=2), texts)
@example(ODD, [], "b")
def test_what_is_written_is_read_back(
    spec: ExperimentSpec, comment: list[str], remark: str
) -> None:
    """To the last bit, whatever stands in its texts and comments."""
    text = experiment_toml(spec, comment, dict.fromkeys(spec.arms, remark))
    assert canonical(parse(tomllib.loads(text), "it")) == canonical(spec)


@given(texts)
@example("a\x7fb\u2028c\x85d\x00e")
def test_no_line_of_a_comment_is_long_or_left_open(paragraph: str) -> None:
    """Every line before the first key is a comment of at most 100 columns."""
    lines = experiment_toml(ODD, [paragraph, "The rest."], {}).split("\n")
    top = lines[: lines.index("")]
    assert all(line.startswith("#") for line in top)
    assert top[-2:] == ["# The rest.", "#:schema ./experiment.schema.json"]
    assert max(len(line) for line in lines) <= 100
