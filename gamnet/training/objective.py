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

    Targets that are not known (NaN) do not count. With guidance, `weight` times the divergence of
    GA scores from known populations is added. It takes positions in the data set and not a batch,
    which Fabric's wrapper cannot pass on.

    share : (k, n), this process is the k-th of n that compute the batch together. Each predicts its
    part and divides by an n-th of what is known in the whole batch, so that the mean over the
    processes is the loss of the batch, wherever in it the unknown targets are.
    """

    unit: Tensor

    def __init__(
        self, model: Network, dataset: Dataset, unit: np.ndarray, guidance: Guidance | None = None,
        weight: float = 0.0, charge_weight: float = 0.0, share: tuple[int, int] = (0, 1),
    ) -> None:  # fmt: skip
        super().__init__()
        self.model = model
        self.dataset = dataset
        self.guidance = guidance
        self.weight = weight
        self.charge_weight = charge_weight
        self.share = share
        self.register_buffer("unit", torch.from_numpy(unit).float())  # [p]

    def forward(self, positions: Tensor, guided: Tensor) -> Tensor:
        """positions [s] in the data set; guided [m] in the guidance, empty without one."""
        whole, all_known = positions.cpu().numpy(), guided.cpu().numpy()
        rank, world = self.share
        chosen, known = whole[rank::world], all_known[rank::world]
        if self.guidance is not None:
            whole = np.concatenate([whole, self.guidance.positions[all_known]])  # [s + m]
            chosen = np.concatenate([chosen, self.guidance.positions[known]])
        targets = torch.from_numpy(self.dataset.targets[chosen]).float()  # [own, p]
        batch = self.dataset.graphs.batch(chosen)
        out = self.model(padded(batch, PAD_ATOMS, PAD_EDGES).to(self.unit.device))
        values = out.values[: batch.n_structures]  # [own, p]
        targets = targets.to(self.unit.device)
        measured = torch.isfinite(targets)  # [own, p]
        error = torch.where(measured, values - targets.nan_to_num(), 0.0).abs() / self.unit
        loss = error.sum() / self._divisor(np.isfinite(self.dataset.targets[whole]).sum())
        if self.guidance is not None and len(known):
            divergence = guidance_loss(out.ga_scores[: batch.n_atoms], self.guidance, known)
            divisor = self._divisor(self.guidance.n_known(all_known))
            loss = loss + self.weight * divergence / divisor
        if out.charges is not None:
            charges = torch.from_numpy(self.dataset.charges_of(chosen)).float()  # [n]
            told = out.charges[: batch.n_atoms]
            error = told - charges.to(told.device) / CHARGE_SPREAD
            offset = self.dataset.graphs.atom_offset
            n_atoms = (offset[whole + 1] - offset[whole]).sum()
            loss = loss + self.charge_weight * error.abs().sum() / self._divisor(n_atoms)
        return loss

    def _divisor(self, count: int) -> float:
        """A process's even share of a count over the whole batch."""
        return max(int(count), 1) / self.share[1]
