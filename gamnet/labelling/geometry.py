"""SMILES to 3D for labels: a force field's geometry, or one relaxed by GFN2-xTB."""

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom
from rdkit.Chem import rdForceFieldHelpers as ForceFields

from gamnet.datasets.classes import digest
from gamnet.errors import LabelError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import Structure, make_structure

if TYPE_CHECKING:
    from rdkit.Chem import Mol

ETKDG, GFN2, QM9 = "etkdg-mmff", "gfn2", "qm9"  # QM9's own: B3LYP/6-31G(2df,p)
_SEED = 61453
_CONFORMERS = 6
_MMFF_STEPS = 2_000
_XTB_STEPS = 300
_XTB_FORCE = 0.02  # eV/A, largest of the relaxed geometry
_STRETCHED, _TOUCHING = 1.3, 1.15  # of the sum of the covalent radii


def geometry_of(smiles: str) -> str:
    """The one geometry that a molecule is labelled on: GFN2 for two thirds of them, by a hash.

    What MMFF does not know is GFN2's: UFF puts SF6's HOMO 10 eV too high.
    """
    wanted = ETKDG if digest(f"{smiles} geometry") % 3 == 0 else GFN2
    return wanted if known_to_mmff(smiles) else GFN2


def known_to_mmff(smiles: str) -> bool:
    """Whether MMFF94 has a type for each atom of the molecule."""
    with rdBase.BlockLogs():
        return bool(ForceFields.MMFFHasAllMoleculeParams(Chem.AddHs(Chem.MolFromSmiles(smiles))))


def make_geometry(smiles: str, kind: str, conformers: int = _CONFORMERS) -> Structure:
    """The molecule with hydrogens at the lowest of some conformers; `kind` is ETKDG or GFN2.

    ETKDGv3 with a fixed seed, MMFF94 (UFF where MMFF lacks an element's type), lowest energy; from
    there GFN2-xTB to 0.02 eV/A. `info` has "geometry". Raises LabelError when there is none, or
    when relaxing it broke or made a bond.
    """
    if kind not in (ETKDG, GFN2):
        raise LabelError(f"Unknown geometry '{kind}'", f"Available: {ETKDG}, {GFN2}")
    mol = _embedded(smiles, conformers)
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()])
    positions = mol.GetConformer(_lowest(mol)).GetPositions()  # [n_atoms, 3] A
    if kind == GFN2:
        positions = _relaxed(numbers, positions)
        _check_bonds(mol, numbers, positions)
    return make_structure(
        numbers,
        positions,
        source=f"smiles:{smiles}",
        info=StructureInfo(smiles=smiles, geometry=kind),
    )


def _embedded(smiles: str, conformers: int) -> "Mol":
    with rdBase.BlockLogs():
        mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
        parameters: Any = rdDistGeom.ETKDGv3()
        parameters.randomSeed, parameters.timeout = _SEED, 30
        if not rdDistGeom.EmbedMultipleConfs(mol, conformers, parameters):
            parameters.useRandomCoords = True
            if not rdDistGeom.EmbedMultipleConfs(mol, conformers, parameters):
                raise LabelError(f"No 3D geometry was found for '{smiles}'")
    return mol


def _lowest(mol: "Mol") -> int:
    """Relax all conformers with a force field; returns the one of lowest energy."""
    with rdBase.BlockLogs():
        if mol.GetNumAtoms() == 1:
            return 0
        if ForceFields.MMFFHasAllMoleculeParams(mol):
            found = ForceFields.MMFFOptimizeMoleculeConfs(mol, maxIters=_MMFF_STEPS)
        elif ForceFields.UFFHasAllMoleculeParams(mol):
            found = ForceFields.UFFOptimizeMoleculeConfs(mol, maxIters=_MMFF_STEPS)
        else:
            return mol.GetConformers()[0].GetId()
    # A conformer that has not settled counts by the energy that it got to.
    lowest = int(np.argmin([energy for _, energy in found]))
    return mol.GetConformers()[lowest].GetId()


def _relaxed(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """[n_atoms, 3] A, at the minimum of GFN2-xTB."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from ase import Atoms
    from ase.optimize import BFGS
    from tblite.ase import TBLite

    atoms = Atoms(numbers, positions)
    atoms.calc = TBLite(method="GFN2-xTB", verbosity=0)
    try:
        relaxation: Any = BFGS(atoms, logfile=None)
        settled = relaxation.run(fmax=_XTB_FORCE, steps=_XTB_STEPS)
    except Exception as error:  # ASE and tblite have no common kind of error
        raise LabelError(f"GFN2-xTB failed: {error}") from error
    if not settled:
        raise LabelError(f"GFN2-xTB had not settled after {_XTB_STEPS} steps")
    return atoms.positions


def _check_bonds(mol: "Mol", numbers: np.ndarray, positions: np.ndarray) -> None:
    """Raise LabelError where a bond of the SMILES is broken, or heavy atoms bond without one."""
    table = Chem.GetPeriodicTable()
    radius = np.array([table.GetRcovalent(int(z)) for z in numbers])  # A
    near = np.linalg.norm(positions[:, None] - positions, axis=-1) / (radius[:, None] + radius)
    bonded = Chem.GetAdjacencyMatrix(mol).astype(bool)
    heavy = numbers > 1
    touching = heavy[:, None] & heavy & ~bonded & ~np.eye(len(numbers), dtype=bool)
    if (near[bonded] > _STRETCHED).any() or (near[touching] < _TOUCHING).any():
        raise LabelError("GFN2-xTB broke or made a bond")
