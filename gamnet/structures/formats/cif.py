"""cif: crystals with their symmetry applied, and the models of a macromolecular cif."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import TextIO

import gemmi
import numpy as np
from ase.data import chemical_symbols

from gamnet.errors import ReadError, StructureError
from gamnet.structures.formats.cif_atoms import Site, has_atoms, images, read_sites
from gamnet.structures.formats.cif_block import Block, number, read_blocks
from gamnet.structures.formats.cif_models import has_models, read_models
from gamnet.structures.formats.cif_symmetry import Symmetry, find_symmetry
from gamnet.structures.formats.common import Frame, shorten
from gamnet.structures.structure import make_structure

_LENGTHS = ("_cell_length_a", "_cell_length_b", "_cell_length_c")
_ANGLES = ("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma")
# Relative difference of a stated cell volume from the computed one that rounding explains.
_VOLUME_TOLERANCE = 0.01
_FORMULA = re.compile(r"([A-Z][a-z]?)(\d*\.?\d*)")


def read_cif(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield the full cell of each data block that has atoms, symmetry applied.

    A macromolecular cif with Cartesian coordinates is read like a pdb file: a frame per model.
    """
    n_found = 0
    for block in read_blocks(stream):
        if isinstance(block, ReadError):
            yield block
        elif has_atoms(block):
            try:
                yield _read_block(block)
            except ReadError as error:
                yield error
        elif has_models(block):
            yield from read_models(block)
        else:
            continue
        n_found += 1
    if not n_found:
        raise ReadError(
            "The cif has no data block with atoms in fractional coordinates",
            "The file may be truncated: copy it again",
        )


def _read_block(block: Block) -> Frame:
    title = shorten(block.name)
    try:
        lattice = _lattice(block)
        symmetries, notes = find_symmetry(block, lattice)
        found = read_sites(block)
        symmetry, remark = _choose(symmetries, found.sites, lattice, block)
        parents, fractional = images(found.sites, symmetry, lattice)
    except ReadError as error:
        raise ReadError(
            f"The cif block '{title}' cannot be read: {error.subject}", error.remedy
        ) from error
    numbers = np.array([site.number for site in found.sites])[parents]
    notes += [
        *found.info.notes,
        *remark,
        *_angle_note(block),
        *_volume_note(block, lattice),
        *_multiplicity_note(found.sites, parents),
        *_formula_note(block, numbers),
    ]
    info = replace(found.info, title=title, notes=tuple(notes))
    return Frame(numbers, fractional @ lattice, lattice, (True,) * 3, info)


def _lattice(block: Block) -> np.ndarray:
    """Cell vectors [3, 3] (A), a along x and b in the xy plane."""
    cell = []
    for tag in (*_LENGTHS, *_ANGLES):
        # By the dictionary an angle that is not given is a right angle.
        text = block.text(tag) or ("90" if tag in _ANGLES else "")
        value = number(text)
        if not np.isfinite(value):
            raise ReadError(
                f"{tag} is '{shorten(text)}'" if text else f"The file has no {tag}",
                "The cell needs three lengths in A and three angles in degrees",
            )
        cell.append(value)
    lengths, cosines = cell[:3], np.cos(np.radians(cell[3:]))
    volume = 1 - (cosines**2).sum() + 2 * cosines.prod()  # squared, of the cell with unit edges
    if min(lengths) <= 0 or not all(0 < angle < 180 for angle in cell[3:]) or volume <= 0:
        raise ReadError(
            f"No cell has the edges and angles {', '.join(f'{x:g}' for x in cell)}",
            "The cell needs three lengths in A and three angles in degrees",
        )
    return np.array(gemmi.UnitCell(*cell).orth.mat.tolist()).T


def _choose(
    symmetries: list[Symmetry], sites: list[Site], lattice: np.ndarray, block: Block
) -> tuple[Symmetry, list[str]]:
    """One of the symmetries that the file leaves open, by the formula and distances if possible."""
    if len(symmetries) == 1:
        return symmetries[0], []
    possible = []
    for symmetry in symmetries:
        parents, fractional = images(sites, symmetry, lattice)
        numbers = np.array([site.number for site in sites])[parents]
        try:
            make_structure(numbers, fractional @ lattice, lattice)
        except StructureError:
            continue
        if not _formula_note(block, numbers) and not _multiplicity_note(sites, parents):
            possible.append(symmetry)
    chosen = (possible or symmetries)[0]
    others = [one.name for one in possible or symmetries if one is not chosen]
    if not others:
        return chosen, [
            f"The file does not say in which setting its coordinates are: {chosen.name} was "
            "taken, in which alone its atoms fit."
        ]
    return chosen, [
        f"The file does not say in which setting its coordinates are: {chosen.name} was taken, "
        f"but {shorten(' or '.join(others))} is possible, and would give other positions."
    ]


def _angle_note(block: Block) -> list[str]:
    absent = [tag for tag in _ANGLES if not block.text(tag)]
    if not absent:
        return []
    return [
        f"The file has no {', '.join(absent)}: 90 degrees were taken, the dictionary's default."
    ]


def _volume_note(block: Block, lattice: np.ndarray) -> list[str]:
    stated, volume = number(block.text("_cell_volume")), abs(np.linalg.det(lattice))
    if not np.isfinite(stated) or abs(stated - volume) <= _VOLUME_TOLERANCE * volume:
        return []
    return [f"The cell's volume is {volume:.6g} A^3, but the file says {stated:.6g}."]


def _multiplicity_note(sites: list[Site], parents: np.ndarray) -> list[str]:
    counts = np.bincount(parents, minlength=len(sites))
    for site, count in zip(sites, counts, strict=True):
        if site.multiplicity not in (None, count):
            return [
                f"Site '{shorten(site.label)}' is {count} times in the cell; the file says "
                f"{site.multiplicity} times."
            ]
    return []


def _formula_note(block: Block, numbers: np.ndarray) -> list[str]:
    """Compare the cell with the file's formula and number of formula units, where it has both."""
    text = block.text("_chemical_formula_sum")
    formula: defaultdict[str, float] = defaultdict(float)
    for symbol, times in _FORMULA.findall(text):
        formula["H" if symbol in ("D", "T") else symbol] += float(times or 1)
    if not formula or not _is_formula(text):
        return []
    cell = Counter(chemical_symbols[z] for z in numbers)
    if set(cell) != set(formula):
        different = sorted(set(cell) ^ set(formula))
        return [
            "The atoms and the file's formula name different elements "
            f"({shorten(', '.join(different))}; the formula is '{shorten(text)}')."
        ]
    units = {cell[symbol] / formula[symbol] for symbol in cell if formula[symbol]}
    stated = number(block.text("_cell_formula_units_z"))
    ratio = max(units)
    if ratio - min(units) > 1e-3 * ratio:
        return [
            f"The cell has {len(numbers)} atoms; the formula '{shorten(text)}' does not fit "
            "to that."
        ]
    # Some programs write the formula of the whole cell beside Z: both readings are legal.
    if np.isfinite(stated) and min(abs(ratio - stated), abs(ratio - 1)) > 1e-3:
        return [
            f"The cell has {len(numbers)} atoms, {ratio:g} times the formula '{shorten(text)}', "
            f"but the file says {stated:g} times."
        ]
    return []


def _is_formula(text: str) -> bool:
    return not _FORMULA.sub("", text).strip()
