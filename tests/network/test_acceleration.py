"""What makes training fast must not change what is trained."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from gamnet.datasets import get_dataset
from gamnet.datasets.dataset import Dataset
from gamnet.network.acceleration import compile_layers, settle
from gamnet.training import objective
from gamnet.training.config import TrainConfig
from gamnet.training.objective import Objective
from gamnet.training.start import new_model

CONFIG = TrainConfig(
    name="tiny",
    dataset="tiny",
    model={"dim": 16, "n_heads": 2, "n_layers": 2, "head_dim": 16, "n_angular": 4},
)
NONE = torch.zeros(0, dtype=torch.int64)


def gradients(tiny: Dataset, compiled: bool = False) -> dict[str, torch.Tensor]:
    members = tiny.positions("train")
    model, scaling = new_model(CONFIG, get_dataset("tiny"), tiny, members)
    if compiled:
        compile_layers(model)
    loss = Objective(model, tiny, scaling.spread)(torch.from_numpy(members[:16]), NONE)
    loss.backward()
    return {"loss": loss.detach()} | {
        name: p.grad for name, p in model.named_parameters() if p.grad is not None
    }


def assert_same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert set(found) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=2e-2, atol=2e-3, msg=name)
    assert np.isclose(found["loss"], expected["loss"], rtol=1e-3)


def test_padded_batches_have_the_same_gradients(tiny: Dataset, monkeypatch) -> None:
    padded = gradients(tiny)
    monkeypatch.setattr(objective, "padded", lambda batch, atoms, edges: batch)
    assert_same(padded, gradients(tiny))


@pytest.fixture
def threads_and_precision() -> Iterator[None]:
    """Puts back what `settle` sets for the whole process."""
    before = torch.get_num_threads(), torch.get_float32_matmul_precision()
    yield
    torch.set_num_threads(before[0])
    torch.set_float32_matmul_precision(before[1])


def test_a_settled_process_has_the_same_gradients(
    tiny: Dataset, monkeypatch, threads_and_precision
) -> None:
    torch.set_float32_matmul_precision("highest")
    exact = gradients(tiny)
    with monkeypatch.context() as tiles:
        tiles.setattr(torch.cpu, "get_capabilities", lambda: {"amx_tile": True})
        settle(1)
    assert torch.get_float32_matmul_precision() == "highest"
    settle(1)
    assert_same(gradients(tiny), exact)


def test_compiled_layers_have_the_same_gradients(tiny: Dataset) -> None:
    assert_same(gradients(tiny, compiled=True), gradients(tiny))
