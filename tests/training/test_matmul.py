"""Which kernels multiply: faster, yet as exact as float32 allows."""

import pytest
import torch

from fashion_bench.training.matmul import _precision, fast_matmul

NAMES = {"highest": "ieee", "high": "tf32", "medium": "tf32"}  # torch's other one, of a GPU


@pytest.fixture(autouse=True)
def _as_before() -> None:
    """Try the CPU anew in every test."""
    _precision.cache_clear()


@pytest.mark.parametrize("shape", [(64, 784, 250), (48, 250, 100), (1000, 784, 64)])
def test_a_cpu_keeps_to_float32(shape: tuple[int, int, int]) -> None:
    """Products are off by what float32 leaves, not by what bf16 would."""
    rows, inner, columns = shape
    left, right = torch.randn(rows, inner), torch.randn(inner, columns)
    exact = left.double() @ right.double()
    with fast_matmul():
        product = left @ right
    assert (product - exact).abs().max() < 1e-5 * exact.abs().max()


def test_a_cpu_that_would_round_to_bf16_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where bf16 is really used once allowed, it is not allowed."""

    def rounded(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return torch.mm(left.bfloat16(), right.bfloat16()).to(left.dtype)

    assert _precision("cpu", True) in ("medium", "highest")
    _precision.cache_clear()
    monkeypatch.setattr("fashion_bench.training.matmul.torch.matmul", rounded)
    assert _precision("cpu", True) == "highest"


def setting() -> tuple[str, str, bool, bool, str, str]:
    """Return what torch is set to, by all its names: products, then convolutions."""
    cudnn = torch.backends.cudnn
    return (
        torch.get_float32_matmul_precision(),
        torch.backends.cuda.matmul.fp32_precision,
        cudnn.deterministic,
        cudnn.allow_tf32,
        cudnn.conv.fp32_precision,
        cudnn.rnn.fp32_precision,
    )


@pytest.mark.parametrize("tf32", [True, False])
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_setting_ends_with_the_block(device: str, tf32: bool) -> None:
    """Other users of torch in this process find it as they left it, also after an error."""
    before, seen = setting(), []

    def fail() -> None:
        with fast_matmul(device, tf32=tf32):
            seen.append(setting())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    products = _precision(device, tf32)
    asked = "tf32" if tf32 else "ieee"
    assert seen == [(products, NAMES[products], True, tf32, asked, asked)]
    assert setting() == before


def test_a_gpu_multiplies_in_tf32() -> None:
    """As torch's own name for it: high."""
    with fast_matmul("cuda"):
        assert torch.get_float32_matmul_precision() == "high"


def test_trying_the_cpu_leaves_the_setting_alone() -> None:
    """Finding out what a product would be like decides nothing for anybody else."""
    before = setting()
    assert _precision("cpu", True) in ("medium", "highest")
    assert setting() == before
