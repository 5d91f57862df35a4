"""An orbital as the 3D viewer takes it: small numbers around its surface."""

import base64
import hashlib

import numpy as np

from gamnet.explanation.orbitals import OrbitalGrid
from gamnet.views.palettes import NEGATIVE, POSITIVE

ISO = 40  # what the isovalue becomes; the viewer needs to know only what lies beyond it


def orbital_scene(grid: OrbitalGrid, name: str) -> dict[str, object]:
    """The JSON-ready surfaces of an orbital, cut to where the orbital is, in steps of 1 / ISO.

    values : base64 of int8 [n_x, n_y, n_z], the isovalue is ISO.
    """
    there = np.argwhere(np.abs(grid.values) > 0.7 * grid.isovalue)
    low = np.maximum(there.min(axis=0) - 2, 0)
    high = np.minimum(there.max(axis=0) + 3, grid.values.shape)
    inner = grid.values[tuple(map(slice, low, high))]
    small = np.clip(np.rint(inner / grid.isovalue * ISO), -127, 127).astype(np.int8)
    return {
        "id": f"{name}-{hashlib.sha256(small.tobytes()).hexdigest()[:16]}",
        "values": base64.b64encode(small.tobytes()).decode(),
        "shape": list(small.shape),
        "origin": np.round(grid.origin + low * grid.spacing, 4).tolist(),
        "spacing": grid.spacing,
        "iso": ISO,
        "colours": [POSITIVE, NEGATIVE],
    }
