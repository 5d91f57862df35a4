"""Models of a macromolecular cif (mmCIF): Cartesian coordinates, no symmetry applied."""

from collections.abc import Iterator

import gemmi
import numpy as np

from gamnet.errors import ReadError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.cif_block import Block
from gamnet.structures.formats.common import Frame, isotopes, shorten


def has_models(block: Block) -> bool:
    """Whether the block lists atoms in Cartesian coordinates."""
    return block.raw("_atom_site_cartn_x") is not None


def read_models(block: Block) -> Iterator[Frame | ReadError]:
    """Yield each model, of alternate locations the first of each residue.

    The cell is taken for space group P 1 alone, as in a pdb file.
    """
    title = shorten(block.name)
    try:
        structure = gemmi.make_structure_from_block(block.source)
    except (RuntimeError, ValueError, IndexError) as error:
        yield ReadError(
            f"The cif block '{title}' cannot be read ({shorten(error, 120)})",
            "Check its _atom_site loop, or convert it to pdb",
        )
        return
    n_rows = len(block.raw("_atom_site_cartn_x") or [])
    n_listed = [model.count_atom_sites() for model in structure]
    n_read = sum(n_listed)
    if n_read != n_rows or not n_rows:
        yield ReadError(
            f"Of {n_rows} atoms in Cartesian coordinates of the cif block '{title}' only {n_read} "
            "could be read",
            "A macromolecular cif needs the columns of the Protein Data Bank: convert it to pdb",
        )
        return
    structure.remove_alternative_conformations()
    lattice, cell_notes = _cell(structure)
    for model, n_before in zip(structure, n_listed, strict=True):
        notes = list(cell_notes)
        n_left_out = n_before - model.count_atom_sites()
        if n_left_out:
            notes.append(
                f"{n_left_out} atoms at alternate locations were left out; the first location of "
                "each residue was taken."
            )
        try:
            yield _frame(model, title, lattice, notes)
        except ReadError as error:
            yield error


def _cell(structure: gemmi.Structure) -> tuple[np.ndarray | None, list[str]]:
    # Structures without a crystal (NMR, cryo-EM) carry a cube of 1 A by convention.
    group = structure.spacegroup_hm.strip() or "P 1"
    if not structure.cell.is_crystal():
        return None, []
    if group.replace(" ", "") != "P1":
        return None, [
            f"The file's crystal symmetry ({shorten(group)}) is not applied: "
            "its atoms are treated as an isolated molecule."
        ]
    return np.array(structure.cell.orth.mat.tolist()).T, []


def _frame(model: gemmi.Model, title: str, lattice: np.ndarray | None, notes: list[str]) -> Frame:
    atoms = [site.atom for site in model.all()]
    for atom in atoms:
        if atom.element.atomic_number == 0:
            raise ReadError(
                f"Atom '{shorten(atom.name)}' has a dummy atom or an unknown element as its type",
                "Use element symbols such as C, H, O, Fe",
            )
    numbers = [atom.element.atomic_number for atom in atoms]
    info = StructureInfo(
        title=title, isotopes=isotopes(atom.element.name for atom in atoms), notes=tuple(notes)
    )
    positions = np.array([atom.pos.tolist() for atom in atoms])
    return Frame(numbers, positions, lattice, None if lattice is None else (True,) * 3, info)
