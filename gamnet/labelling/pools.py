"""Molecules that could be labelled: those of large lists, and what is left of them when cut."""

import gzip
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rdkit import Chem, rdBase

from gamnet.datasets.classes import Candidate, candidate_of
from gamnet.errors import LabelError

if TYPE_CHECKING:
    from rdkit.Chem import Mol

LARGEST = 25  # heavy atoms
_LARGEST_CUT = 40  # heavy atoms of a molecule to take pieces from
_LARGEST_PIECE = 14  # heavy atoms
_SEED = 11


def read_smiles_table(path: Path) -> list[str]:
    """The first column, without a header line, of a csv file that may be gzipped."""
    path = Path(path)
    if not path.is_file():
        raise LabelError(f"No file '{path}'", "Give a csv file whose first column is SMILES")
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        column = [line.split(",")[0].strip() for line in file]
    if column and column[0].lower() == "smiles":
        column = column[1:]
    return [text for text in column if text]


def sample_lines(lines: list[str], count: int) -> list[str]:
    """At most `count` lines at random, every time the same; a larger count extends a smaller."""
    order = np.random.default_rng(_SEED).permutation(len(lines))[:count]
    return [lines[k] for k in order]


def pool(lines: list[str], source: str) -> dict[str, Candidate]:
    """Candidates by canonical SMILES: the molecules, then pieces of molecules as "source-piece"."""
    found: dict[str, Candidate] = {}
    pieces: dict[str, Candidate] = {}
    with rdBase.BlockLogs():
        for line in lines:
            mol = Chem.MolFromSmiles(line)
            if mol is None or mol.GetNumHeavyAtoms() > _LARGEST_CUT:
                continue
            Chem.RemoveStereochemistry(mol)
            whole = candidate_of(mol, source, LARGEST)
            if whole is not None:
                found.setdefault(whole.smiles, whole)
            for piece in _pieces(mol):
                part = candidate_of(piece, f"{source}-piece", _LARGEST_PIECE)
                if part is not None:
                    pieces.setdefault(part.smiles, part)
    return pieces | found


def _pieces(mol: "Mol") -> Iterator["Mol"]:
    """Connected parts behind one or two cut single bonds outside rings, hydrogen at the cuts.

    Bonds of phosphorus and sulfur stay: pieces are to be real molecules.
    """
    bonds = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing() and _can_be_cut(bond)
    ][:12]
    for cut in (*((b,) for b in bonds), *combinations(bonds, 2)):
        opened = Chem.FragmentOnBonds(mol, cut, addDummies=False)
        for piece in Chem.GetMolFrags(opened, asMols=True, sanitizeFrags=False):
            if 4 <= piece.GetNumAtoms() <= _LARGEST_PIECE and _closed(piece):
                yield piece


def _can_be_cut(bond: Chem.Bond) -> bool:
    ends = (bond.GetBeginAtom(), bond.GetEndAtom())
    # Halogens, methyl groups and the like stay on.
    if any(atom.GetDegree() == 1 for atom in ends):
        return False
    if any(atom.GetFormalCharge() for atom in ends):
        return False
    if any(atom.GetIsAromatic() and atom.GetSymbol() == "N" for atom in ends):
        return False  # RDKit could not tell that the nitrogen needs a hydrogen
    symbols = {atom.GetSymbol() for atom in ends}
    return "C" in symbols and not ("S" in symbols or "P" in symbols)


def _closed(piece: "Mol") -> bool:
    """Let RDKit add the hydrogens at the cuts, and say whether the piece is a valid molecule."""
    for atom in piece.GetAtoms():
        atom.SetNoImplicit(False)
    return Chem.SanitizeMol(piece, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE
