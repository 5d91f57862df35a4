"""Which atoms of two structures correspond: the largest common part of their graphs of bonds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, product
from math import factorial, prod

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFMCS
from scipy.optimize import linear_sum_assignment

from gamnet.structures.bonds import find_bonds
from gamnet.structures.structure import Structure

MAX_HEAVY_ATOMS = 150  # of one structure; a common part of larger graphs takes minutes
_SECONDS = 5  # for one search
_MAX_EMBEDDINGS = 1_000  # ways to lay the common part onto a symmetric structure
_MAX_HELD = 12  # of them, those that fit best, of which the hydrogens are laid as well
_MAX_PERMUTATIONS = 5_000


@dataclass(frozen=True, eq=False)
class Mapping:
    """Pairs of corresponding atoms.

    first, second : [n_mapped] atoms of either structure, in the order of the first.
    by_order : the atoms come in the same order; else they were found by their bonds.
    rmsd : Angstrom, of the pairs after the best rigid motion.
    """

    first: np.ndarray
    second: np.ndarray
    by_order: bool
    rmsd: float

    def complete(self, n_first: int, n_second: int) -> bool:
        """Whether every atom of both structures has a partner."""
        return len(self.first) == n_first == n_second


def rotation_onto(fixed: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """[3, 3] proper rotation of centred points `moved` [n, 3] onto `fixed` (Kabsch 1976)."""
    u, _, v = np.linalg.svd((moved - moved.mean(axis=0)).T @ (fixed - fixed.mean(axis=0)))
    turn = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ v)) or 1.0])
    rotation: np.ndarray = (u @ turn @ v).T
    return rotation


def map_atoms(first: Structure, second: Structure) -> Mapping | None:
    """The corresponding atoms of two structures; None where no part of them is the same.

    Of molecules the largest common part of their graphs of bonds (RDKit's search, Dalke and
    Hastings, J. Cheminf. 5, O6 (2013)), atoms of one element and, unless a larger part can be had
    without, of one number of neighbours; two bonded atoms other than hydrogen at least. Of several
    ways to lay it the one that fits best in space. Two crystals correspond where they have the
    same elements in the same order.
    """
    same_order = np.array_equal(first.numbers, second.numbers)
    if first.periodic or second.periodic:
        alike = same_order and first.periodic == second.periodic
        return _mapping(first, second, np.arange(first.n_atoms), by_order=True) if alike else None
    a, b = _Graph(first), _Graph(second)
    if same_order and a.bonds == b.bonds:
        return _mapping(first, second, np.arange(first.n_atoms), by_order=True)
    if max(len(a.skeleton), len(b.skeleton)) > MAX_HEAVY_ATOMS:
        return None
    best: tuple[float, list[tuple[int, int]]] | None = None
    for pairs in _best_embeddings(a, b):
        pairs = [*pairs, *_hydrogens(a, b, pairs)]
        misfit = _rmsd(a, b, pairs)
        if best is None or misfit < best[0] - 1e-6:
            best = misfit, pairs
    if best is None:
        return None
    left, right = np.array(sorted(best[1])).T
    return Mapping(left, right, False, best[0])


def _mapping(first: Structure, second: Structure, atoms: np.ndarray, *, by_order: bool) -> Mapping:
    return Mapping(atoms, atoms, by_order, _misfit(first.positions, second.positions))


def _misfit(fixed: np.ndarray, moved: np.ndarray) -> float:
    """Root mean square distance (A) after the best rigid motion."""
    turned = (moved - moved.mean(axis=0)) @ rotation_onto(fixed, moved).T
    return float(np.sqrt(((turned - (fixed - fixed.mean(axis=0))) ** 2).sum(axis=1).mean()))


class _Graph:
    """A molecule's bonds, its skeleton (atoms other than hydrogen) and the hydrogens on it."""

    def __init__(self, structure: Structure) -> None:
        self.positions = structure.positions
        self.numbers = structure.numbers
        bonds = find_bonds(structure.numbers, structure.positions).tolist()
        self.bonds = bonds
        heavy = np.flatnonzero(structure.numbers > 1).tolist()
        self.skeleton: list[int] = heavy or list(range(structure.n_atoms))
        self.n_neighbours = np.bincount(np.ravel(bonds).astype(int), minlength=len(self.numbers))
        known = set(self.skeleton)
        self.hydrogens: dict[int, list[int]] = {atom: [] for atom in self.skeleton}
        self.inner = [(i, j) for i, j in bonds if i in known and j in known]
        for i, j in bonds:
            if (i in known) != (j in known):
                self.hydrogens[i if i in known else j].append(j if i in known else i)

    def molecule(self, with_neighbours: bool) -> Chem.Mol:
        """The skeleton, each atom's kind as its isotope: its element and, if asked, neighbours."""
        mol, place = Chem.RWMol(), {atom: k for k, atom in enumerate(self.skeleton)}
        for atom in self.skeleton:
            node = Chem.Atom(int(self.numbers[atom]))
            node.SetNoImplicit(True)
            extra = min(int(self.n_neighbours[atom]), 15) if with_neighbours else 0
            node.SetIsotope(int(self.numbers[atom]) * 16 + extra)
            mol.AddAtom(node)
        for i, j in self.inner:
            mol.AddBond(place[i], place[j], Chem.BondType.SINGLE)
        Chem.FastFindRings(mol)
        return mol.GetMol()


def _best_embeddings(a: _Graph, b: _Graph) -> list[list[tuple[int, int]]]:
    """The ways to lay the common skeleton that keep most neighbours and hydrogens, best fit first.

    Each a list of pairs (atom of the first, atom of the second).
    """
    found = list(_embeddings(a, b, True))  # first: a part as large is more alike this way
    by_element = list(_embeddings(a, b, False))
    if by_element and (not found or len(by_element[0]) > len(found[0])):
        found = by_element
    whole = found and len(found[0]) == len(a.skeleton) == len(b.skeleton)
    if not found or (len(found[0]) < 2 and not whole):
        return []

    def kept(pairs: list[tuple[int, int]]) -> tuple[int, int]:
        alike = sum(int(a.n_neighbours[i] == b.n_neighbours[j]) for i, j in pairs)
        return alike, sum(min(len(a.hydrogens[i]), len(b.hydrogens[j])) for i, j in pairs)

    most = max(map(kept, found), default=(0, 0))
    held = [pairs for pairs in found if kept(pairs) == most]
    return sorted(held, key=lambda pairs: _rmsd(a, b, pairs))[:_MAX_HELD]


def _embeddings(a: _Graph, b: _Graph, with_neighbours: bool) -> Iterator[list[tuple[int, int]]]:
    first, second = a.molecule(with_neighbours), b.molecule(with_neighbours)
    kinds = [sorted(atom.GetIsotope() for atom in mol.GetAtoms()) for mol in (first, second)]
    query = first
    if kinds[0] != kinds[1] or not second.HasSubstructMatch(first):
        query = rdFMCS.FindMCS(
            [first, second], timeout=_SECONDS,
            atomCompare=rdFMCS.AtomCompare.CompareIsotopes,
            bondCompare=rdFMCS.BondCompare.CompareAny,
        ).queryMol  # fmt: skip
    if query is None or not query.GetNumAtoms():
        return
    ways: Sequence[tuple[tuple[int, ...], tuple[int, ...]]] = list(
        islice(
            product(
                first.GetSubstructMatches(query, maxMatches=_MAX_EMBEDDINGS),
                second.GetSubstructMatches(query, uniquify=False, maxMatches=_MAX_EMBEDDINGS),
            ),
            _MAX_EMBEDDINGS,
        )
    )
    for left, right in ways:
        yield [(a.skeleton[i], b.skeleton[j]) for i, j in zip(left, right, strict=True)]


def _rmsd(a: _Graph, b: _Graph, pairs: Sequence[tuple[int, int]]) -> float:
    left, right = np.array(pairs).T
    return _misfit(a.positions[left], b.positions[right])


def _hydrogens(
    a: _Graph, b: _Graph, pairs: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:  # fmt: skip
    """Partners of the hydrogens on paired atoms, so that they lie near each other."""
    groups = [(a.hydrogens[i], b.hydrogens[j]) for i, j in pairs]
    groups = [(g, h) for g, h in groups if g and h]
    left, right = np.array(pairs).T
    fixed, moved = a.positions[left], b.positions[right]
    centre = fixed.mean(axis=0)
    # Fewer than three atoms, or all on a line, leave a turn open: the hydrogens decide it.
    open_turn = np.linalg.matrix_rank(fixed - centre, tol=0.3) < 2
    tries = prod(factorial(max(len(g), len(h))) for g, h in groups)
    if open_turn and tries <= _MAX_PERMUTATIONS:
        ways = product(*(_ways(g, h) for g, h in groups))
        laid = ([pair for group in way for pair in group] for way in ways)
        return min(laid, key=lambda more: _rmsd(a, b, [*pairs, *more]))
    turned = (b.positions - moved.mean(axis=0)) @ rotation_onto(fixed, moved).T + centre
    found = []
    for g, h in groups:
        distance = np.linalg.norm(a.positions[g][:, None] - turned[h][None], axis=2)
        found += [(g[k], h[m]) for k, m in zip(*linear_sum_assignment(distance), strict=True)]
    return found


def _ways(first: list[int], second: list[int]) -> list[list[tuple[int, int]]]:
    """All ways to pair the atoms of two lists, as many as the shorter one has."""
    n = min(len(first), len(second))
    if len(first) <= len(second):
        return [list(zip(first, p, strict=True)) for p in permutations(second, n)]
    return [list(zip(p, second, strict=True)) for p in permutations(first, n)]
