"""What if: a structure with one atom replaced, deleted or moved, and what became of each atom.

Bonds are found from distances, bond orders and hydrogens by RDKit. Only the atoms at the change
move; all others stay where they were, so that a difference in a prediction comes from the change
and not from another geometry of the whole molecule.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from ase.data import atomic_numbers

from gamnet.errors import StructureError
from gamnet.structures.bonds import BOND_TOLERANCE, find_bonds
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.common import rdkit_call, shorten
from gamnet.structures.formats.embedding import molecule_facts
from gamnet.structures.structure import Structure, make_structure

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Mol, RWMol

MAX_EDIT_ATOMS = 200  # bond orders take exponential time in the worst case
_ITERATIONS = 20_000  # of RDKit's search for bond orders
# In a strained cage two atoms across a ring come as close as a long bond.
_TOLERANCES = (BOND_TOLERANCE, 0.15)  # A
_STEPS = 2_000  # of the force field that settles the atoms at the change


class EditError(StructureError):
    """The change is not possible, or not for this structure."""


@dataclass(frozen=True, eq=False)
class Edit:
    """A changed structure.

    origin : [n_atoms], the atom of the structure before, -1 for a new one.
    changed : the atoms of the new structure at the change, the replaced or moved one first.
    text : what was done ("C3 replaced by N").
    """

    structure: Structure
    origin: np.ndarray
    changed: tuple[int, ...]
    text: str


def replace_atom(structure: Structure, atom: int, symbol: str) -> Edit:
    """Put another element in an atom's place; its own hydrogens follow from the valence.

    Bonds to all other atoms keep their order. Raises EditError when the new element has too few
    bonds for them, or when the structure's bonds cannot be found.
    """
    mol, name = _bonded(structure, atom), _name(structure, atom)
    if symbol not in atomic_numbers or not atomic_numbers[symbol]:
        raise EditError(f"Unknown element '{shorten(symbol)}'", "Use a symbol such as C, N, O")
    centre = mol.GetAtomWithIdx(atom)
    if centre.GetSymbol() == symbol:
        raise EditError(f"{name} is {symbol} already", "Choose another element")
    own = _own_hydrogens(centre)
    needed = sum(
        int(bond.GetBondTypeAsDouble())
        for bond in centre.GetBonds()
        if bond.GetOtherAtomIdx(atom) not in own
    )
    valence = _valence(symbol, needed, name)
    missing = valence - needed - len(own)  # hydrogens to add, or, below zero, to take away
    centre.SetAtomicNum(atomic_numbers[symbol])
    centre.SetFormalCharge(0)
    centre.SetNumExplicitHs(max(missing, 0))
    removed = own[: max(-missing, 0)]
    text = f"{name} replaced by {symbol}"
    return _finished(mol, structure, [atom, *own], removed, text)


def delete_atom(structure: Structure, atom: int) -> Edit:
    """Take an atom away with its hydrogens; a hydrogen caps each bond that it leaves open.

    Raises EditError for a hydrogen, which would leave an open bond, for the only heavy atom, and
    when the rest would fall into pieces.
    """
    mol, name = _bonded(structure, atom), _name(structure, atom)
    centre = mol.GetAtomWithIdx(atom)
    if centre.GetAtomicNum() == 1:
        raise EditError(
            f"Without {name} a bond would be left open: the models know closed shells only",
            f"Replace {name} by another element, or delete the atom that it is bonded to",
        )
    removed = [atom, *_own_hydrogens(centre)]
    for bond in centre.GetBonds():
        other = bond.GetOtherAtom(centre)
        if other.GetIdx() not in removed:
            order = int(bond.GetBondTypeAsDouble())
            other.SetNumExplicitHs(other.GetNumExplicitHs() + order)
    if len(removed) == structure.n_atoms:
        raise EditError(f"Without {name} nothing would be left", "Replace it instead")
    return _finished(mol, structure, [], removed, f"{name} deleted")


def move_atom(structure: Structure, atom: int, shift: np.ndarray) -> Edit:
    """Move one atom by `shift` [3] A; nothing else follows.

    Raises EditError for an atom that is not there, StructureError when it would come closer than
    0.3 A to another atom.
    """
    _check_atom(structure, atom)
    positions = structure.positions.copy()
    positions[atom] += shift
    text = f"{_name(structure, atom)} moved by {np.linalg.norm(shift):.2f} Å"
    note = "Not a relaxed geometry: one atom was moved, and the others stayed."
    moved = make_structure(
        structure.numbers,
        positions,
        structure.lattice,
        structure.pbc if structure.periodic else None,
        f"{structure.source}, {text}",
        structure.frame,
        _carried(structure, note),
    )
    return Edit(moved, np.arange(structure.n_atoms), (atom,), text)


def bond_directions(structure: Structure, atom: int) -> dict[int, np.ndarray]:
    """Bonded atom -> unit vector [3] from it to `atom`, the way to stretch that bond."""
    if structure.periodic:
        return {}
    pairs = find_bonds(structure.numbers, structure.positions)
    others = [int(b if a == atom else a) for a, b in pairs if atom in (a, b)]
    away = structure.positions[atom] - structure.positions[others]  # [n_bonded, 3]
    away = away / np.linalg.norm(away, axis=1, keepdims=True)
    return dict(zip(others, away, strict=True))


def bonded_molecule(structure: Structure) -> "Mol":
    """RDKit's molecule of a structure: bonds from distances, orders from valences, a conformer.

    Raises EditError for a crystal, a large structure, and where the valences do not work out.
    """
    from rdkit import Chem
    from rdkit.Chem import rdDetermineBonds

    if structure.periodic:
        raise EditError("A crystal has no bond orders", "Atoms of a crystal can be moved")
    if structure.n_atoms > MAX_EDIT_ATOMS:
        raise EditError(
            f"{structure.n_atoms} atoms: bond orders are found for up to {MAX_EDIT_ATOMS}",
            "Choose a smaller molecule, or move the atom",
        )
    charge, reason = structure.info.charge, ""
    if (structure.numbers.sum() - charge) % 2:
        raise EditError(
            f"'{structure.source}' has an odd number of electrons: its bond orders are not defined",
            "Its atoms can be moved; to replace or delete one, give a closed-shell molecule",
        )
    for tolerance in _TOLERANCES:
        mol = _skeleton(structure, tolerance)
        with rdkit_call() as log:
            try:
                rdDetermineBonds.DetermineBondOrders(mol, charge=charge, maxIterations=_ITERATIONS)
                Chem.SanitizeMol(mol)
            except (ValueError, RuntimeError) as error:  # RDKit's ways to say no
                reason = (log or [str(error).strip().splitlines()[0]])[0]
                continue
        return mol
    raise EditError(
        f"No bond orders were found for '{structure.source}' ({shorten(reason, 120)})",
        "Its atom can be moved; to replace or delete one, give the molecule as SMILES",
    )


def _skeleton(structure: Structure, tolerance: float) -> "RWMol":
    from rdkit import Chem

    mol, conformer = Chem.RWMol(), Chem.Conformer(structure.n_atoms)
    for k, number in enumerate(structure.numbers.tolist()):
        atom = Chem.Atom(number)
        atom.SetNoImplicit(True)
        atom.SetIntProp("origin", k)
        mol.AddAtom(atom)
        conformer.SetAtomPosition(k, structure.positions[k].tolist())
    mol.AddConformer(conformer)
    for a, b in find_bonds(structure.numbers, structure.positions, tolerance).tolist():
        mol.AddBond(a, b, Chem.BondType.SINGLE)
    return mol


def _bonded(structure: Structure, atom: int) -> "RWMol":
    """An editable molecule with single, double and triple bonds."""
    from rdkit import Chem

    _check_atom(structure, atom)
    mol = Chem.RWMol(bonded_molecule(structure))
    Chem.Kekulize(mol, clearAromaticFlags=True)
    return mol


def _check_atom(structure: Structure, atom: int) -> None:
    if not 0 <= atom < structure.n_atoms:
        raise EditError(f"There is no atom {atom}", f"Atoms run from 0 to {structure.n_atoms - 1}")


def _own_hydrogens(centre: "Atom") -> list[int]:
    """Hydrogens that belong to a heavy atom; a hydrogen has none."""
    if centre.GetAtomicNum() == 1:
        return []
    return [a.GetIdx() for a in centre.GetNeighbors() if a.GetAtomicNum() == 1]


def _valence(symbol: str, needed: int, name: str) -> int:
    """The smallest valence of an element that is enough."""
    from rdkit import Chem

    valences = [v for v in Chem.GetPeriodicTable().GetValenceList(symbol) if v >= 0]
    enough = [v for v in valences if v >= needed]
    if not enough:
        can = f"{symbol} forms {max(valences)}" if valences else f"{symbol} has no fixed valence"
        raise EditError(
            f"{name} has {needed} bonds to other atoms, and {can}",
            "Choose an element with more bonds, or an atom at the end of a chain",
        )
    return min(enough)


def _finished(
    mol: "RWMol", before: Structure, changed: list[int], removed: list[int], text: str
) -> Edit:
    """Remove atoms, add the hydrogens that are due, settle what is new, and check the result."""
    from rdkit import Chem

    n_pieces, charge = len(Chem.GetMolFrags(mol)), before.info.charge
    for index in sorted(removed, reverse=True):
        mol.RemoveAtom(index)
    with rdkit_call() as log:
        try:
            Chem.SanitizeMol(mol)
            whole = Chem.AddHs(mol, addCoords=True)
        except ValueError as error:
            reason = (log or [str(error)])[0]
            raise EditError(f"{text}: no such molecule ({shorten(reason, 120)})") from error
    pieces = len(Chem.GetMolFrags(whole))
    if pieces > n_pieces:
        raise EditError(
            f"{text}: the molecule would fall into {pieces} pieces",
            "Choose an atom at an end or in a ring, or replace it",
        )
    if Chem.GetFormalCharge(whole) != charge:
        raise EditError(
            f"{text}: the molecule would carry charge {Chem.GetFormalCharge(whole):+d}",
            "The atom or its neighbour is charged in the molecule's formula: choose another one",
        )
    origin = np.array(
        [a.GetIntProp("origin") if a.HasProp("origin") else -1 for a in whole.GetAtoms()]
    )  # [n_after]
    place = {int(old): new for new, old in enumerate(origin) if old >= 0}
    moving = [place[k] for k in changed if k in place] + np.flatnonzero(origin < 0).tolist()
    method = _settle(whole, moving)
    note = f"Made from another structure ({text}): {method}all other atoms stayed where they were."
    facts = molecule_facts(whole)
    info = replace(
        _carried(before, note),
        smiles=Chem.MolToSmiles(Chem.RemoveHs(whole)),
        unpaired=facts.unpaired,
        isotopes=facts.isotopes,
    )
    after = make_structure(
        np.array([a.GetAtomicNum() for a in whole.GetAtoms()]),
        whole.GetConformer().GetPositions(),
        source=f"{before.source}, {text}",
        info=info,
    )
    return Edit(after, origin, tuple(dict.fromkeys(moving)), text)


def _carried(before: Structure, note: str) -> StructureInfo:
    """What is still true of a changed structure: it has no name, and is of no data set."""
    info = before.info
    return replace(info, title="", smiles="", data={}, dataset="", id="", notes=(*info.notes, note))


def _settle(mol: "Mol", moving: list[int]) -> str:
    """Relax the atoms of `moving` in place, all others fixed; return what to say of it."""
    from rdkit.Chem import rdForceFieldHelpers as ForceFields

    if not moving:
        return ""
    with rdkit_call():
        if ForceFields.MMFFHasAllMoleculeParams(mol):
            method = "MMFF94"
            properties = ForceFields.MMFFGetMoleculeProperties(mol)
            field = ForceFields.MMFFGetMoleculeForceField(mol, properties)
        elif ForceFields.UFFHasAllMoleculeParams(mol):
            method, field = "UFF", ForceFields.UFFGetMoleculeForceField(mol)
        else:
            return "no force field knows its elements, so bond lengths were kept; "
        field.Initialize()
        for index in set(range(mol.GetNumAtoms())) - set(moving):
            field.AddFixedPoint(index)
        field.Minimize(maxIts=_STEPS)
    return f"{method} placed the atoms at the change, "


def _name(structure: Structure, atom: int) -> str:
    return f"{structure.symbols[atom]}{atom}" if 0 <= atom < structure.n_atoms else f"atom {atom}"
