"""The chemical environment of every atom: element, bonded neighbours, ring, functional group."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from ase.data import chemical_symbols, covalent_radii
from rdkit import Chem
from scipy.spatial.distance import cdist

from gamnet.explanation.functional_groups import FUNCTIONAL_GROUPS, OTHER
from gamnet.structures.formats.common import rdkit_call

# A bond of the SMILES must be one in the geometry: at most this much longer than the sum of the
# covalent radii (Cordero et al., Dalton Trans. 2008). Strained cages need more room than usual.
BOND_TOLERANCE = 0.45  # A
NO_RING = "none"


@dataclass(frozen=True, order=True)
class Environment:
    """What an atom is and what it is bonded to.

    element : symbol.  neighbours : symbols of the bonded atoms, heavy ones first ("C,H,H,H").
    ring : "none", "3" to "9" for the smallest ring, "aromatic 5" or "aromatic 6".
    group : a name in `FUNCTIONAL_GROUPS`, or "other".

    Where bonds are not known, neighbours is the coordination number ("6"), ring is "", and group
    the symmetry of the atom's site in its crystal ("m-3m"), "" where there is none.
    """

    element: str
    neighbours: str
    ring: str
    group: str

    @property
    def text(self) -> str:
        """In words: "C bonded to C, H, H, H · methyl", or "Ti with coordination number 6"."""
        if self.neighbours.isdecimal():
            place = f", site symmetry {self.group}" if self.group else ""
            return f"{self.element} with coordination number {self.neighbours}{place}"
        bonded = f"{self.element} bonded to {self.neighbours.replace(',', ', ')}"
        parts = [bonded, *([] if self.ring == NO_RING else [ring_text(self.ring)]), self.group]
        return " · ".join(parts)


def ring_text(ring: str) -> str:
    """A ring in words: "ring of 5", "aromatic ring of 6", or "no ring"."""
    if ring == NO_RING:
        return "no ring"
    kind, _, size = ring.rpartition(" ")
    return f"{kind} ring of {size}".strip()


@cache
def _patterns() -> dict[str, Chem.Mol]:
    return {name: Chem.MolFromSmarts(smarts) for name, smarts in FUNCTIONAL_GROUPS.items()}


def parse_smiles(smiles: str) -> Chem.Mol | None:
    """The molecule with implicit hydrogens, or None for text that is no SMILES; never a log."""
    with rdkit_call():
        return Chem.MolFromSmiles(smiles)


def functional_groups(molecule: Chem.Mol) -> list[str]:
    """[n_heavy] the first group of the table that each atom is part of."""
    groups = [OTHER] * molecule.GetNumAtoms()
    free = set(range(molecule.GetNumAtoms()))
    for name, pattern in _patterns().items():
        if not free:
            break
        for match in molecule.GetSubstructMatches(pattern, maxMatches=10_000):
            for atom in free.intersection(match):
                groups[atom] = name
            free.difference_update(match)
    return groups


def atom_environments(
    molecule: Chem.Mol | None, numbers: np.ndarray, positions: np.ndarray
) -> list[Environment] | None:
    """[n_atoms] the environment of every atom of a geometry whose bonds the SMILES names.

    molecule : heavy atoms in the geometry's order, hydrogens implicit, as QM9's SMILES are.
    numbers : [n_atoms].  positions : [n_atoms, 3], Angstrom.
    None where the two do not agree: other heavy atoms, a bond of the SMILES that the geometry
    does not have, or hydrogens (each counted to its nearest heavy atom) on other atoms.
    """
    if molecule is None:
        return None
    heavy, hydrogens = np.flatnonzero(numbers > 1), np.flatnonzero(numbers == 1)
    atoms = list(molecule.GetAtoms())
    if [atom.GetAtomicNum() for atom in atoms] != numbers[heavy].tolist():
        return None
    bonds = np.array(
        [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in molecule.GetBonds()], dtype=int
    ).reshape(-1, 2)  # [n_bonds, 2], among the heavy atoms
    a, b = heavy[bonds].T
    length = np.linalg.norm(positions[a] - positions[b], axis=1)  # [n_bonds]
    radii = covalent_radii[numbers]
    if (length > radii[a] + radii[b] + BOND_TOLERANCE).any():
        return None
    distance = cdist(positions[hydrogens], positions[heavy])  # [n_hydrogens, n_heavy]
    parent = distance.argmin(axis=1) if len(hydrogens) else np.empty(0, int)
    counts = np.bincount(parent, minlength=len(heavy))
    if [atom.GetTotalNumHs() for atom in atoms] != counts.tolist():
        return None
    groups = functional_groups(molecule)
    found: dict[int, Environment] = {}
    for k, (i, atom) in enumerate(zip(heavy.tolist(), atoms, strict=True)):
        bonded = Counter(other.GetSymbol() for other in atom.GetNeighbors())
        bonded["H"] += atom.GetTotalNumHs()
        symbol = atom.GetSymbol()
        found[i] = Environment(symbol, _listed(bonded), _ring(atom), groups[k])
    for hydrogen, k in zip(hydrogens.tolist(), parent.tolist(), strict=True):
        found[hydrogen] = Environment("H", atoms[k].GetSymbol(), NO_RING, groups[k])
    return [found[k] for k in range(len(numbers))]


def coordination_environments(
    numbers: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    distance: np.ndarray,
    places: Sequence[str] | None = None,
) -> list[Environment]:
    """[n_atoms] element and coordination number: how many Voronoi neighbours are as near as bonds.

    numbers : [n_atoms].  i, j : [n_edges] centre and neighbour.  distance : [n_edges], Angstrom, at
    most BOND_TOLERANCE more than the sum of the covalent radii for a neighbour that counts.
    places : [n_atoms] symmetry of each atom's site, if known.
    """
    radii = covalent_radii[numbers]
    near = distance <= radii[i] + radii[j] + BOND_TOLERANCE
    counts = np.bincount(i[near], minlength=len(numbers))
    return [
        Environment(chemical_symbols[z], str(n), "", place)
        for z, n, place in zip(
            numbers.tolist(), counts.tolist(), places or [""] * len(numbers), strict=True
        )
    ]


def _listed(symbols: Counter[str]) -> str:
    order = sorted(symbols, key=lambda s: (s == "H", chemical_symbols.index(s)))
    return ",".join(symbol for symbol in order for _ in range(symbols[symbol]))


def _ring(atom: Chem.Atom) -> str:
    rings = atom.GetOwningMol().GetRingInfo()
    if not rings.NumAtomRings(atom.GetIdx()):
        return NO_RING
    kind = "aromatic " if atom.GetIsAromatic() else ""
    return f"{kind}{rings.MinAtomRingSize(atom.GetIdx())}"
