"""Muon: against torch's own, what it does to a matrix, and which weights it takes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from records import HOMO, LUMO
from torch import distributed

from gamnet.network.config import GAMNetConfig
from gamnet.network.scann import GAMNet
from gamnet.training.muon import Muon, orthogonalised, shared_out


def copies(shapes: list[tuple[int, ...]], seed: int = 0) -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]


def test_equals_torch_up_to_its_half_precision() -> None:
    """torch.optim.Muon does the same one matrix at a time, in bfloat16 (8 bits)."""
    ours, theirs = copies([(48, 48)] * 3), copies([(48, 48)] * 3)
    start = [p.detach().clone() for p in ours]
    optimizer = Muon(ours, lr=1e-2, weight_decay=0.1)
    oracle = torch.optim.Muon(
        theirs, lr=1e-2, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"
    )
    for step in range(4):
        for own, other, gradient in zip(ours, theirs, copies([(48, 48)] * 3, step), strict=True):
            own.grad, other.grad = gradient.detach().clone(), gradient.detach().clone()
        optimizer.step()
        oracle.step()
    for own, other, first in zip(ours, theirs, start, strict=True):
        moved = torch.linalg.norm(own - first)
        assert moved > 0.1
        assert torch.linalg.norm(own - other) < 0.03 * moved


def test_singular_values_end_near_one_and_vectors_stay() -> None:
    matrices = torch.stack([p.detach() for p in copies([(32, 32)] * 4)])
    found = orthogonalised(matrices).double().numpy()
    u, s, vt = np.linalg.svd(matrices.double().numpy())
    rotated = u.mT @ found @ vt.mT  # [m, d, d], diagonal
    diagonal = np.diagonal(rotated, axis1=1, axis2=2)
    large = s / np.linalg.norm(s, axis=1, keepdims=True) > 0.02  # five iterations reach no further
    assert ((diagonal[large] > 0.6) & (diagonal[large] < 1.3)).all()
    np.testing.assert_allclose(rotated, diagonal[:, None, :] * np.eye(32), atol=1e-4)


def test_a_stack_of_matrices_moves_like_its_parts() -> None:
    """A weight of six heads, one below the other, is six matrices."""
    (tall,), parts = copies([(96, 32)]), copies([(96, 32)])[0].detach().split(32)
    parts = [torch.nn.Parameter(part.clone()) for part in parts]
    gradient = copies([(96, 32)], 5)[0].detach()
    tall.grad = gradient.clone()
    for part, piece in zip(parts, gradient.split(32), strict=True):
        part.grad = piece.clone()
    Muon([tall], 0.1, 0.0).step()
    Muon(parts, 0.1, 0.0).step()
    torch.testing.assert_close(tall.detach(), torch.cat([p.detach() for p in parts]))


def _share(rank: int, folder: str) -> None:
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2
    )
    matrices = torch.stack([p.detach() for p in copies([(16, 16)] * 5)])
    torch.save(shared_out(matrices), Path(folder) / f"{rank}.pt")
    distributed.destroy_process_group()


def test_processes_share_the_work_and_agree(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(_share, (str(tmp_path),), nprocs=2)
    alone = shared_out(torch.stack([p.detach() for p in copies([(16, 16)] * 5)]))  # 3 and 2
    for rank in range(2):
        torch.testing.assert_close(torch.load(tmp_path / f"{rank}.pt"), alone)


@pytest.mark.parametrize("variant", ["base", "plus"])
def test_takes_the_square_weights_alone(variant: str) -> None:
    model = GAMNet(GAMNetConfig((HOMO, LUMO), variant=variant, dim=32, head_dim=32, n_heads=4))
    taken = {id(p) for p in model.square_weights()}
    left = {name for name, p in model.named_parameters() if p.ndim > 1 and id(p) not in taken}
    of_basis = {"edge_distance.weight", "edge_angle.weight"}
    if variant == "base":
        of_basis = {f"layers.{k}.filter.weight" for k in range(7)}
    heads = {"global_attention.hidden_bias", "global_attention.value_weight"}
    assert left == {"embedding.weight", "embed.weight"} | of_basis | heads
