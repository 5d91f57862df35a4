"""The scene: everything that the 3D viewer draws of one prediction, in one call."""

import hashlib
import json
from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from gamnet.prediction.result import Prediction
from gamnet.properties import unit_text
from gamnet.structures.structure import Structure
from gamnet.views.colours import GA_SCORES, atom_values
from gamnet.views.drawn import drawn_atoms, orientation
from gamnet.views.numbers import short


class Scene(TypedDict):
    """The JSON-ready picture that the viewer in gamnet/assets draws.

    scene_id : of all that is drawn.  description : for those who cannot see it.
    symbols, sites : [n_drawn] element, and atom of the structure that each drawn atom shows.
    positions : [n_drawn x 3], Angstrom.  bonds : [n_bonds x 2], pairs of drawn atoms.
    orders : [n_bonds] 1, 1.5 (aromatic), 2 or 3.
    cell : [n_edges, 2, 3], Angstrom.  rotation : [4] quaternion of the camera.
    colours, values, details : [n_atoms] colour, label and hover lines of the structure's atoms.
    bar : `Scale.bar()` or `element_bar(...)`.
    """

    scene_id: str
    description: str
    symbols: list[str]
    positions: list[float]
    sites: list[int]
    bonds: list[int]
    orders: list[float]
    cell: list[list[list[float]]]
    rotation: list[float]
    colours: list[str]
    values: list[str]
    details: list[list[str]]
    bar: dict[str, object]


def atom_details(prediction: Prediction, property_id: str) -> list[list[str]]:
    """Per atom the lines that a viewer shows on hover: GA score and contribution with units."""
    predicted = prediction[property_id]
    relative = atom_values(predicted, GA_SCORES)
    lines = [
        [f"GA score {score:.4f} ({ratio:.2f} × average)"]
        for score, ratio in zip(predicted.ga_scores, relative, strict=True)
    ]
    if predicted.contributions is not None:
        for line, contribution in zip(lines, predicted.contributions, strict=True):
            amount = short(float(contribution), 4, sign=True)
            line.append(f"Contribution {amount} {unit_text(predicted.property.unit)}")
    return lines


def structure_key(structure: Structure) -> str:
    """A digest of everything that a prediction or a picture depends on."""
    digest = hashlib.sha256()
    for array in (structure.numbers, structure.positions, structure.lattice):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    info = structure.info
    digest.update(repr((structure.pbc, info.charge, info.unpaired)).encode())
    return digest.hexdigest()[:20]


def make_scene(
    prediction: Prediction,
    property_id: str | None,
    colours: Sequence[str],
    bar: dict[str, object],
    *,
    values: Sequence[str],
    repeat: tuple[int, int, int] = (1, 1, 1),
    neighbours: bool = True,
) -> Scene:
    """The picture of one prediction.

    property_id : None draws the atoms alone, as of a structure that no model fits.
    colours, values : [n_atoms] colour and label text of each atom of the structure.
    bar : `Scale.bar()` or `element_bar(...)`.
    repeat, neighbours : as in `gamnet.views.drawn.drawn_atoms`.
    """
    structure = prediction.known_structure
    drawn = drawn_atoms(structure, repeat, neighbours)
    look = json.dumps([list(map(int, repeat)), bool(neighbours)])
    return {
        "scene_id": structure_key(structure) + hashlib.sha256(look.encode()).hexdigest()[:8],
        "description": f"3D picture of {structure.formula}, {structure.n_atoms} atoms",
        "symbols": [structure.symbols[site] for site in drawn.sites],
        "positions": np.round(drawn.positions, 4).ravel().tolist(),
        "sites": drawn.sites.tolist(),
        "bonds": drawn.bonds.ravel().tolist(),
        "orders": drawn.orders.tolist(),
        "cell": np.round(drawn.cell, 4).tolist(),
        "rotation": orientation(drawn.positions, structure.lattice).tolist(),
        "colours": list(colours),
        "values": list(values),
        "details": [[]] * structure.n_atoms
        if property_id is None
        else atom_details(prediction, property_id),
        "bar": bar,
    }
