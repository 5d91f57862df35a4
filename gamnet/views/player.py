"""What the trajectory player in gamnet/assets draws, packed into one block of bytes."""

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np
from ase.data import chemical_symbols

from gamnet.errors import UnknownPropertyError
from gamnet.prediction.trajectory import Trajectory, attention_shift, largest_shifts
from gamnet.properties import Property, unit_text
from gamnet.structures.structure import Structure
from gamnet.structures.times import frame_times
from gamnet.views import colours
from gamnet.views.drawn import drawn_atoms, orientation

# Above this many atoms in a frame the viewer draws spheres without bonds.
_BOND_LIMIT = 2000
# A strip with more rows than this cannot be read.
MAX_STRIP_ROWS = 200
_COLOURS = 256  # steps of the colour table: finer than the eye


@dataclass(frozen=True, eq=False)
class Geometry:
    """The frames as drawn; the same for every property.

    key : digest of all frames, to tell whether the camera and the present frame may stay.
    positions : [n_rows, 3] float32, Angstrom, rows as in Trajectory. Atoms of a crystal are drawn
        where they move to, not folded back into the cell.
    bonds : [n_bonds, 2] uint32, atoms of their frame; bond_offsets [n_frames + 1].
    orders : [n_bonds] float32, as in `gamnet.structures.orders.bond_orders`.
    cells : [n_cells, n_edges, 2, 3] float32; one for all frames, or one per frame.
    rotation : [4] quaternion that shows the first frame's broadest side.
    """

    key: str
    positions: np.ndarray
    bonds: np.ndarray
    orders: np.ndarray
    bond_offsets: np.ndarray
    cells: np.ndarray
    rotation: np.ndarray


def geometry(trajectory: Trajectory) -> Geometry:
    """Positions, bonds and cells of all frames that have a prediction."""
    digest, rotation = hashlib.sha256(), np.array([0.0, 0.0, 0.0, 1.0])
    previous: tuple[np.ndarray, np.ndarray] | None = None
    positions, bonds = [np.empty((0, 3))], [np.empty((0, 2), np.uint32)]
    orders = [np.empty(0)]
    known: dict[int, np.ndarray] = {}
    bond_counts = np.zeros(trajectory.n_frames, np.int64)
    for k, structure in trajectory.predicted():
        at = _continued(structure, previous)
        previous = (structure.numbers, at)
        if len(positions) == 1:
            rotation = orientation(at)
        digest.update(structure.numbers.tobytes() + at.tobytes())
        positions.append(at)
        if structure.n_atoms <= _BOND_LIMIT:
            molecule = replace(structure, positions=at, lattice=None, pbc=(False, False, False))
            found = drawn_atoms(molecule)
            bonds.append(found.bonds)
            orders.append(found.orders)
            bond_counts[k] = len(bonds[-1])
        known[k] = _cell(structure)
    # A failed frame has no picture; a molecule among crystals has a cell without extent.
    first = next(iter(known.values()))
    every = [known.get(k, first) for k in range(trajectory.n_frames)]
    edges = max(map(len, every))
    cells = np.array([cell if len(cell) else np.zeros((edges, 2, 3)) for cell in every])
    if (cells == cells[0]).all():
        cells = cells[:1]
    return Geometry(
        key=digest.hexdigest()[:20],
        positions=np.concatenate(positions).astype(np.float32),
        bonds=np.concatenate(bonds).astype(np.uint32),
        orders=np.concatenate(orders).astype(np.float32),
        bond_offsets=np.concatenate([[0], np.cumsum(bond_counts)]),
        cells=cells.astype(np.float32),
        rotation=rotation,
    )


def trajectory_scale(
    trajectory: Trajectory, property_id: str, by: str, limit: float | None, palette: str | None
) -> colours.Scale:
    """One colour scale for all frames; parameters as in `gamnet.views.colours.make_scale`."""
    prop = trajectory.properties[trajectory.column(property_id)]
    return colours.value_scale(
        row_values(trajectory, property_id, by), prop, by, limit, palette
    )  # fmt: skip


def row_values(trajectory: Trajectory, property_id: str, by: str) -> np.ndarray:
    """[n_rows] what the colour shows, as in `gamnet.views.colours.atom_values`.

    Raises UnknownPropertyError when the model gives no contributions.
    """
    if by == colours.GA_SCORES:
        return trajectory.relative_scores(property_id)
    column = trajectory.column(property_id)
    if trajectory.contributions is None:
        name = trajectory.properties[column].name
        raise UnknownPropertyError(f"The model gives no contributions to {name}", "Show GA scores")
    return trajectory.contributions[:, column].astype(np.float64)


def strip_atoms(trajectory: Trajectory, values: np.ndarray) -> np.ndarray:
    """[<= MAX_STRIP_ROWS] atoms that the heat strip shows, ascending.

    All of them, or those whose values [n_rows] have the largest mean magnitude over the frames.
    """
    n_atoms = trajectory.n_atoms
    atom = np.arange(len(values)) - np.repeat(trajectory.offsets[:-1], n_atoms)
    if n_atoms.max() <= MAX_STRIP_ROWS:
        return np.arange(n_atoms.max())
    mean = np.bincount(atom, np.abs(values)) / np.bincount(atom)
    return np.sort(np.argsort(-mean, kind="stable")[:MAX_STRIP_ROWS])


def player_data(
    trajectory: Trajectory,
    drawn: Geometry,
    property_id: str,
    by: str,
    scale: colours.Scale,
    *,
    element_colours: bool,
    height: int,
    file_name: str,
) -> bytes:
    """Everything that the player shows of one property.

    by, scale : what the strip shows and how it is coloured; the atoms of the picture, too, unless
        `element_colours`.
    """
    prop = trajectory.properties[trajectory.column(property_id)]
    values = row_values(trajectory, property_id, by)
    shift = attention_shift(trajectory, property_id)
    times = frame_times(trajectory.frames)
    numbers = np.concatenate([structure.numbers for _, structure in trajectory.predicted()])
    present = np.unique(numbers)
    symbols = [chemical_symbols[z] for z in present]
    header = {
        "id": drawn.key,
        "n_frames": trajectory.n_frames,
        "first_frame": trajectory.frames[0].frame,
        "symbols": {int(z): symbol for z, symbol in zip(present, symbols, strict=True)},
        "element_colours": dict(zip(symbols, colours.element_colours(symbols), strict=True)),
        "property": _property_texts(prop),
        "by": by,
        "coloured": "element" if element_colours else "value",
        "picture_bar": colours.element_bar(symbols) if element_colours else scale.bar(),
        "strip_bar": scale.bar(),
        "colours": scale.colours(np.linspace(scale.low, scale.high, _COLOURS)),
        "low": scale.low,
        "high": scale.high,
        "strip_atoms": strip_atoms(trajectory, values).tolist(),
        "n_atoms": int(trajectory.n_atoms.max()),
        "errors": {str(k): text for k, text in trajectory.errors.items()},
        "jumps": largest_shifts(shift).tolist(),
        "rotation": drawn.rotation.tolist(),
        "height": height,
        "file_name": file_name,
        "timed": times is not None,
    }
    arrays: dict[str, np.ndarray] = {
        "offsets": trajectory.offsets.astype(np.uint32),
        "numbers": numbers.astype(np.uint8),
        "positions": drawn.positions,
        "bonds": drawn.bonds,
        "orders": drawn.orders,
        "bond_offsets": drawn.bond_offsets.astype(np.uint32),
        "cells": drawn.cells,
        "scores": trajectory.ga_scores[:, trajectory.column(property_id)],
        "values": trajectory.values[:, trajectory.column(property_id)],
        "shift": shift,
    }
    if trajectory.contributions is not None:
        arrays["contributions"] = trajectory.contributions[:, trajectory.column(property_id)]
    if times is not None:
        arrays["times"] = times
    return pack(header, arrays)


def pack(header: dict[str, object], arrays: dict[str, np.ndarray]) -> bytes:
    """Header and arrays as bytes: length of the JSON (uint32), the JSON, then the arrays.

    All is little-endian, and every array begins at a multiple of 8 bytes from the block's start;
    the JSON's "arrays" has [dtype, offset after the JSON's padding, number of values] of each.
    """
    table, blocks, offset = {}, [], 0
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array).ravel()
        block = flat.astype(flat.dtype.newbyteorder("<"), copy=False).tobytes()
        table[name] = [flat.dtype.name, offset, flat.size]
        blocks.append(block.ljust(_padded(len(block)), b"\0"))
        offset += len(blocks[-1])
    text = json.dumps(header | {"arrays": table}, allow_nan=False).encode()
    start = _padded(4 + len(text))
    return (len(text).to_bytes(4, "little") + text).ljust(start, b"\0") + b"".join(blocks)


def _padded(length: int) -> int:
    return -(-length // 8) * 8


def _property_texts(prop: Property) -> dict[str, object]:
    return {
        "id": prop.id,
        "name": prop.name,
        "unit": unit_text(prop.unit),
        "decimals": 3 if prop.unit == "eV" else 2,
    }


def _continued(structure: Structure, previous: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray:
    """[n_atoms, 3] positions, each the periodic image nearest to where the atom was before."""
    lattice = structure.lattice
    if lattice is None or previous is None:
        return structure.positions
    numbers, before = previous
    if not np.array_equal(numbers, structure.numbers):
        return structure.positions
    moved = np.linalg.solve(lattice.T, (structure.positions - before).T).T
    return structure.positions - (np.round(moved) * structure.pbc) @ lattice


def _cell(structure: Structure) -> np.ndarray:
    """[12, 2, 3] edges of the cell, [0, 2, 3] of a molecule."""
    if not structure.periodic:
        return np.empty((0, 2, 3))
    corner = replace(structure, numbers=structure.numbers[:1], positions=structure.positions[:1])
    return drawn_atoms(corner, neighbours=False).cell
