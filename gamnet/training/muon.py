"""Muon: optimizer steps of equal size in every direction of a weight matrix.

Jordan et al. 2024 (kellerjordan.github.io/posts/muon), scaled as in Liu et al. 2025
(arXiv 2502.16982). torch.optim.Muon takes the matrices one by one and in bfloat16; here all of them
are one batch, in bfloat16 only where the processor does not emulate it.
"""

from collections.abc import Callable
from typing import overload

import torch
from torch import Tensor, distributed, nn

from gamnet.network.acceleration import native_bfloat16

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # a x + b x^3 + c x^5 drives singular values towards 1
N_ITERATIONS = 5
RMS = 0.2  # of an update's entries, as AdamW's usually have
EPS = 1e-7


def orthogonalised(matrices: Tensor) -> Tensor:
    """U V^T of each matrix U S V^T by Newton-Schulz iteration: [m, d, d] -> [m, d, d].

    x <- a x + b (x x^T) x + c (x x^T)^2 x; singular values end between 0.7 and 1.2.
    """
    a, b, c = COEFFICIENTS
    x = matrices / (torch.linalg.matrix_norm(matrices, keepdim=True) + EPS)  # [m, d, d]
    for _ in range(N_ITERATIONS):
        square = x @ x.mT  # [m, d, d]
        polynomial = torch.baddbmm(square, square, square, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    return x


def shared_out(matrices: Tensor) -> Tensor:
    """The same, [m, d, d], each process that trains along doing its share of the matrices."""
    world = distributed.get_world_size() if distributed.is_initialized() else 1
    rank = distributed.get_rank() if world > 1 else 0
    m = len(matrices)
    share = -(-m // world)
    own = matrices[rank * share : (rank + 1) * share]
    result = orthogonalised(own.bfloat16() if native_bfloat16() else own).to(matrices.dtype)
    if world == 1:
        return result
    mine = matrices.new_zeros(share, *matrices.shape[1:])  # the last share may be smaller
    mine[: len(own)] = result
    everyone = [torch.empty_like(mine) for _ in range(world)]
    distributed.all_gather(everyone, mine)
    return torch.cat(everyone)[:m]


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov momentum and decoupled weight decay, for weights of one width.

    m <- mu m + (1 - mu) g; u = orthogonalised(mu m + (1 - mu) g);
    W <- (1 - lr weight_decay) W - lr RMS sqrt(d) u.
    """

    def __init__(
        self, params: list[nn.Parameter], lr: float, weight_decay: float, momentum: float = 0.95
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, momentum = group["lr"], group["momentum"]
            params = [p for p in group["params"] if p.grad is not None]
            for p in params:
                if "momentum" not in self.state[p]:
                    self.state[p]["momentum"] = torch.zeros_like(p)
            gradients = [p.grad for p in params]
            averages = [self.state[p]["momentum"] for p in params]
            torch._foreach_lerp_(averages, gradients, 1 - momentum)
            ahead = torch._foreach_lerp(gradients, averages, momentum)
            dim = params[0].shape[-1]
            stacked = torch.cat([update.view(-1, dim, dim) for update in ahead])  # [m, d, d]
            directions = shared_out(stacked)  # [m, d, d]
            torch._foreach_mul_(params, 1 - lr * group["weight_decay"])
            parts = torch.split(directions, [p.numel() // dim**2 for p in params])
            updates = [part.reshape(p.shape) for part, p in zip(parts, params, strict=True)]
            torch._foreach_add_(params, updates, alpha=-lr * RMS * dim**0.5)
        return loss
