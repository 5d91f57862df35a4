"""The classes by which anchors are balanced, and who is a candidate at all."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

if TYPE_CHECKING:
    from rdkit.Chem import Mol

LARGEST = 40  # heavy atoms
ELEMENTS = ("H", "C", "N", "O", "F", "P", "S", "Cl", "Br")
# The rarest first: a molecule counts for the first one it has.
_RAREST_FIRST = ("P", "Br", "F", "Cl", "S")
CONJUGATIONS = ("none", "short", "ring", "long", "fused")
_TEST_SHARE = 5  # one scaffold in so many is kept for the test list


@dataclass(frozen=True)
class Candidate:
    """A molecule that could be labelled.

    smiles : canonical.  n_heavy : atoms that are not hydrogen.
    element : its rarest of P, Br, F, Cl, S; else "hetero" (N or O) or "CH".
    conjugation : by its largest conjugated system, see `conjugation`.
    source : the list it is from.
    """

    smiles: str
    n_heavy: int
    element: str
    conjugation: str
    source: str


def digest(text: str) -> int:
    """A number that depends on the text alone, on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def candidate(smiles: str, source: str, most: int = 25) -> Candidate | None:
    """The candidate, or None for what is charged, open-shell, too large or of other elements."""
    mol = Chem.MolFromSmiles(smiles)
    return None if mol is None else candidate_of(mol, source, most)


def candidate_of(mol: "Mol", source: str, most: int = 25) -> Candidate | None:
    """As `candidate`, from a sanitised molecule; its isotopes are refused, too."""
    n_heavy = mol.GetNumHeavyAtoms()
    symbols = {atom.GetSymbol() for atom in mol.GetAtoms()}
    if (
        n_heavy > most
        or not symbols <= set(ELEMENTS)
        or Chem.GetFormalCharge(mol)
        or len(Chem.GetMolFrags(mol)) > 1
        or any(atom.GetNumRadicalElectrons() or atom.GetIsotope() for atom in mol.GetAtoms())
        or _is_strange(mol)
    ):
        return None
    element = next((e for e in _RAREST_FIRST if e in symbols), "")
    element = element or ("hetero" if symbols & {"N", "O"} else "CH")
    return Candidate(Chem.MolToSmiles(mol), n_heavy, element, conjugation(mol), source)


def plain_smiles(text: str) -> str | None:
    """Canonical SMILES without stereo; None for what is no candidate (`candidate_of`)."""
    mol = Chem.MolFromSmiles(text)
    if mol is None:
        return None
    Chem.RemoveStereochemistry(mol)
    found = candidate_of(mol, "", LARGEST)
    return None if found is None else found.smiles


def _is_strange(mol: "Mol") -> bool:
    """Charges apart that are not those of a nitro group, an N-oxide, a diazo or an isocyanide.

    In the gas phase a zwitterion such as that of glycine has no minimum of its own.
    """
    for atom in mol.GetAtoms():
        if atom.GetFormalCharge() > 0:
            near = [other.GetFormalCharge() for other in atom.GetNeighbors()]
            # Azides and diazo compounds carry their charges on neighbours, as nitro groups do.
            if min(near, default=0) >= 0:
                return True
    return False


def conjugation(mol: "Mol") -> str:
    """Class of the largest conjugated system.

    "none": up to two atoms; "short": 3 to 5; "ring": 6 to 9; "long": 10 and more; "fused": two
    aromatic rings with a common bond, whatever the size.
    """
    rings = [
        set(ring)
        for ring in mol.GetRingInfo().BondRings()
        if all(mol.GetBondWithIdx(bond).GetIsAromatic() for bond in ring)
    ]
    if any(a & b for k, a in enumerate(rings) for b in rings[:k]):
        return "fused"
    size = largest_conjugated(mol)
    return "none" if size < 3 else "short" if size < 6 else "ring" if size < 10 else "long"


def largest_conjugated(mol: "Mol") -> int:
    """Heavy atoms of the largest system of conjugated bonds, 0 without any."""
    near: dict[int, list[int]] = {}
    for bond in mol.GetBonds():
        if bond.GetIsConjugated():
            for a, b in ((0, 1), (1, 0)):
                ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
                near.setdefault(ends[a], []).append(ends[b])
    largest, seen = 0, set()
    for start in near:
        front, size = [start], 0
        while front:
            atom = front.pop()
            if atom not in seen:
                seen.add(atom)
                size += 1
                front += near[atom]
        largest = max(largest, size)
    return largest


_murcko: "Callable[[Mol], Mol]" = MurckoScaffold.GetScaffoldForMol


def scaffold(smiles: str) -> str:
    """Murcko scaffold as canonical SMILES, without stereo; "" for an acyclic molecule."""
    mol = Chem.MolFromSmiles(smiles)
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(_murcko(mol))


def is_test_scaffold(name: str) -> bool:
    """Whether molecules with this scaffold may only be tested on; never for acyclic ones.

    By a hash of the scaffold alone: no later list of any other source can mix the two.
    """
    return bool(name) and digest(name) % _TEST_SHARE == 0
