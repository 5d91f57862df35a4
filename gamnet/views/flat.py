"""The molecule as a flat drawing: bonds as lines, atoms as discs in the picture's colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from gamnet.structures.edit import bonded_molecule
from gamnet.structures.structure import Structure

MAX_HYDROGENS = 60  # atoms above which hydrogens are left out
_STEP, _MARGIN = 36.0, 18.0  # px of 1.5 A, and around all
_BOND = 1.5  # A, of RDKit's drawings
_HEAVY, _LIGHT = 12.5, 9.0  # px, radii
_GAP = 2.6  # px between the lines of a double bond, halved
_DARK, _PALE = "#1d2733", "#ffffff"


@dataclass(frozen=True)
class Flat:
    """Where everything lies.

    sites : [m] atoms of the structure that are drawn.  points : [m, 2] px, y down.
    bonds : [n_bonds, 3] two places in `sites` and the bond's order.  size : [2] px.
    """

    symbols: tuple[str, ...]
    sites: np.ndarray
    points: np.ndarray
    bonds: np.ndarray
    size: np.ndarray


def flat(structure: Structure) -> Flat:
    """The flat drawing of a molecule, laid out by RDKit.

    Raises EditError with the reason where there are no bond orders: for crystals, large structures
    and open shells.
    """
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    mol = bonded_molecule(structure)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    sites = np.arange(structure.n_atoms)
    if structure.n_atoms > MAX_HYDROGENS:
        sites = np.flatnonzero(structure.numbers != 1)
        light = np.flatnonzero(structure.numbers == 1)
        for site in light[::-1].tolist():
            mol.RemoveAtom(site)
    mol.UpdatePropertyCache(strict=False)
    rdDepictor.Compute2DCoords(mol, canonOrient=True)
    points = mol.GetConformer().GetPositions()[:, :2] * (_STEP / _BOND, -_STEP / _BOND)
    if len(points) > 1 and np.ptp(points[:, 1]) > np.ptp(points[:, 0]):
        points = points @ np.array([[0.0, -1.0], [1.0, 0.0]])  # lying is wider than high
    points = points - points.min(axis=0) + _MARGIN
    bonds = [
        (b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondTypeAsDouble()))
        for b in mol.GetBonds()
    ]
    return Flat(
        tuple(structure.symbols[site] for site in sites), sites, points,
        np.array(bonds, dtype=int).reshape(-1, 3), points.max(axis=0) + _MARGIN,
    )  # fmt: skip


def svg(drawing: Flat, colours: Sequence[str], ink: str = _DARK) -> str:
    """The drawing as SVG; each atom is a group with its index in `data-site`.

    colours : [n_atoms] "#rrggbb" of the structure's atoms.  ink : of bonds and rims.
    """
    width, height = np.ceil(drawing.size).astype(int).tolist()
    lines = [
        f'<path d="M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}"/>'
        for first, second, order in drawing.bonds.tolist()
        for a, b in _lines(drawing.points[first], drawing.points[second], order)
    ]
    atoms = [
        _atom(site, symbol, point, colours[site], ink)
        for site, symbol, point in zip(
            drawing.sites.tolist(), drawing.symbols, drawing.points, strict=True
        )
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" text-anchor="middle">'
        f'<g stroke="{ink}" stroke-width="1.8" stroke-linecap="round">{"".join(lines)}</g>'
        f"{''.join(atoms)}</svg>"
    )


def _lines(a: np.ndarray, b: np.ndarray, order: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """One line per order, side by side."""
    along = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    across = np.array([-along[1], along[0]]) * _GAP
    offsets = {1: (0.0,), 2: (-1.0, 1.0), 3: (-1.6, 0.0, 1.6)}.get(order, (0.0,))
    return [(a + k * across, b + k * across) for k in offsets]


def _atom(site: int, symbol: str, point: np.ndarray, colour: str, ink: str) -> str:
    x, y = point
    radius, size = (_LIGHT, 9) if symbol == "H" else (_HEAVY, 13)
    return (
        f'<g data-site="{site}"><circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" '
        f'stroke="{ink}" stroke-width="0.7"/><text x="{x:.1f}" y="{y + 0.36 * size:.1f}" '
        f'font-size="{size}" font-weight="600" fill="{_readable(colour)}">{escape(symbol)}</text>'
        "</g>"
    )


def _readable(colour: str) -> str:
    """Dark or pale, whichever has the larger contrast on a colour (relative luminance, sRGB)."""
    part = np.array(list(bytes.fromhex(colour.lstrip("#")))) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return _DARK if float(linear @ (0.2126, 0.7152, 0.0722)) > 0.2 else _PALE
