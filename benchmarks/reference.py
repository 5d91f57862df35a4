"""Compare our network with the paper's own on a golden pair: python -m benchmarks.reference.

Loads the reference weights of NPZ (config in JSON) into our network, runs the inputs, and prints
the largest absolute difference per output as JSON; exit status 1 when any is above 1e-5.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from gamnet.graphs.graph import GraphBatch
from gamnet.network.interface import NetworkOutput
from gamnet.network.paper.convert import from_reference
from gamnet.network.scann import GAMNet
from gamnet.properties import Property

TOLERANCE = 1e-5


VALUE = Property("value", "y", "Value of the golden model", "", "", 1.0, "intensive", "Any")


def load_golden(npz: Path, config: Path) -> tuple[GAMNet, dict[str, np.ndarray]]:
    """Our network with the golden weights, and all golden arrays by name."""
    arrays = dict(np.load(npz))
    weights = {name[2:]: value for name, value in arrays.items() if name.startswith("w/")}
    settings = json.loads(config.read_text())["config"]
    return from_reference(settings, weights, VALUE), arrays


def packed(arrays: dict[str, np.ndarray], name: str) -> tuple[GraphBatch, np.ndarray, np.ndarray]:
    """A padded golden input as our batch, with its atom mask [s, a] and edge mask [s, a, k]."""
    get = {key: arrays[f"{name}/in/{key}"] for key in ("atomic", "neighbors", "neighbor_mask")}
    atom_mask = arrays[f"{name}/in/atom_mask"][..., 0]  # [s, a]
    edge_mask = get["neighbor_mask"] & atom_mask[..., None]  # [s, a, k]
    index = np.cumsum(atom_mask.ravel()).reshape(atom_mask.shape) - 1  # [s, a]
    s, a, _ = np.nonzero(edge_mask)
    weight = torch.from_numpy(arrays[f"{name}/in/neighbor_weight"][edge_mask])  # [e]
    batch = GraphBatch(
        numbers=torch.from_numpy(get["atomic"][atom_mask].astype(np.int64)),
        structure=torch.from_numpy(np.nonzero(atom_mask)[0]),
        n_atoms_of=torch.from_numpy(atom_mask.sum(axis=1)),
        i=torch.from_numpy(index[s, a]),
        j=torch.from_numpy(index[s, get["neighbors"][edge_mask]]),
        distance=torch.from_numpy(arrays[f"{name}/in/neighbor_distance"][edge_mask]),
        direction=torch.full((len(s), 3), torch.nan),  # the reference's networks see none
        # The reference has one weight per neighbour: base takes the ratio, plus the solid angle.
        solid_angle=weight,
        ratio=weight,
        weight=torch.ones_like(weight),
    )
    return batch, atom_mask, edge_mask


def outputs(model: GAMNet, out: NetworkOutput) -> dict[str, torch.Tensor]:
    """Our outputs under the golden names; per-atom and per-edge ones without padding."""
    named = {
        "property": out.values,
        "ga_scores": out.ga_scores,
        "after_Lc": out.atoms,
        "struct_rep_raw": out.structures[:, 0],
    }
    for k, layer in enumerate(out.layers):
        named[f"local_attention.{k}.attn"] = layer.attention
        named[f"local_attention.{k}.context"] = layer.context
        named[f"local_attention.{k}.geometry"] = layer.geometry
        named[f"residual_norm.{k}"] = layer.atoms
    return named


def differences(model: GAMNet, arrays: dict[str, np.ndarray]) -> dict[str, float]:
    """Largest absolute difference per output, over all structures and the padded batch."""
    worst: dict[str, float] = {}
    for name in sorted({key.split("/")[0] for key in arrays if "/in/" in key}):
        batch, atom_mask, edge_mask = packed(arrays, name)
        with torch.no_grad():
            out = model(batch, keep_layers=True)
        for key, ours in outputs(model, out).items():
            golden = arrays[f"{name}/out/{key}"]
            if key.endswith(".attn"):
                golden = golden.transpose(0, 2, 3, 1)[edge_mask]  # [s, h, a, k] -> [e, h]
            elif key.endswith(".geometry"):
                golden = golden[edge_mask]
            elif key not in ("property", "struct_rep_raw"):
                golden = golden[atom_mask]
            # np.maximum keeps a NaN, which Python's max would drop.
            difference = np.abs(ours.numpy() - golden).max()
            worst[key] = float(np.maximum(worst.get(key, 0.0), difference))
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reference", description=__doc__)
    parser.add_argument("npz", type=Path, help="golden arrays")
    parser.add_argument("json", type=Path, help="their configuration")
    args = parser.parse_args()
    worst = differences(*load_golden(args.npz, args.json))
    print(json.dumps(worst, indent=1))
    # NaN compares false with everything: ask for what is right, not for what is wrong.
    return 0 if all(value <= TOLERANCE for value in worst.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
