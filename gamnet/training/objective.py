"""The loss of a batch."""

import numpy as np
import torch
from torch import Tensor, nn

from gamnet.datasets.dataset import Dataset
from gamnet.graphs.graph import padded
from gamnet.network.interface import Network
from gamnet.training.guidance import Guidance, guidance_loss

PAD_ATOMS, PAD_EDGES = 128, 256  # multiples: a few shapes for batches of 64 molecules
CHARGE_SPREAD = 0.25  # e, one unit of the network's charges: the spread in QM9


class Objective(nn.Module):
    """The loss of a batch: mean absolute error in units of each property's spread / weight.

    Targets that are not known (NaN) do not count.

    With guidance, `weight` times the divergence of GA scores from known populations is added. It
    takes positions in the data set and not a batch, which Fabric's wrapper cannot pass on.
    """

    unit: Tensor

    def __init__(
        self, model: Network, dataset: Dataset, unit: np.ndarray, guidance: Guidance | None = None,
        weight: float = 0.0, charge_weight: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.model = model
        self.dataset = dataset
        self.guidance = guidance
        self.weight = weight
        self.charge_weight = charge_weight
        self.register_buffer("unit", torch.from_numpy(unit).float())  # [p]

    def forward(self, positions: Tensor, guided: Tensor) -> Tensor:
        """positions [s] in the data set; guided [m] in the guidance, empty without one."""
        chosen, known = positions.cpu().numpy(), guided.cpu().numpy()
        guidance = self.guidance if len(known) else None
        if guidance is not None:
            chosen = np.concatenate([chosen, guidance.positions[known]])  # [s + m]
        targets = torch.from_numpy(self.dataset.targets[chosen]).float()  # [s + m, p]
        batch = self.dataset.graphs.batch(chosen)
        out = self.model(padded(batch, PAD_ATOMS, PAD_EDGES).to(self.unit.device))
        values = out.values[: batch.n_structures]  # [s + m, p]
        targets = targets.to(self.unit.device)
        measured = torch.isfinite(targets)  # [s + m, p]
        error = torch.where(measured, values - targets.nan_to_num(), 0.0).abs() / self.unit
        loss = error.sum() / measured.sum().clamp(min=1)
        if guidance is not None:
            loss = loss + self.weight * guidance_loss(
                out.ga_scores[: batch.n_atoms], guidance, known
            )
        if out.charges is not None:
            charges = torch.from_numpy(self.dataset.charges_of(chosen)).float()  # [n]
            told = out.charges[: batch.n_atoms]
            error = told - charges.to(told.device) / CHARGE_SPREAD
            loss = loss + self.charge_weight * error.abs().mean()
        return loss
