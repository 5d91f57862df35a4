"""Bonds to 3D: RDKit's ETKDG, then a force field, and the lowest of some conformers."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gamnet.errors import ReadError
from gamnet.structures.facts import ETKDG, ETKDG_MMFF, ETKDG_UFF, StructureInfo
from gamnet.structures.formats.common import library_errors, rdkit_call, shorten
from gamnet.structures.formats.stereo import open_stereo

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Mol

# Any fixed number: the same molecule must give the same geometry every time.
_SEED = 61453
_EMBED_SECONDS = 10
# Distance geometry grows with the cube of the atoms: beyond this it takes minutes.
_MAX_EMBED_ATOMS = 300
# Tries from random coordinates, which cost a second each for the largest: atoms share a budget.
_MIN_TRIES = 5
_TRIES_TIMES_ATOMS = 500
# A step costs at least linear time: the budget is shared between steps and atoms.
_STEPS_TIMES_ATOMS = 100_000
_MIN_STEPS = 200
# Conformers of a flexible molecule of up to so many heavy atoms; of any other one is made.
_N_CONFORMERS, _MAX_CONFORMER_ATOMS = 5, 15


def embed(mol: "Mol", name: str) -> tuple["Mol", StructureInfo]:
    """Copy of a sanitised molecule with all hydrogens and one conformer, and its facts.

    The conformer is the one of lowest force-field energy of some. Atoms keep their order; added
    hydrogens follow. name : how messages call the molecule.
    Raises ReadError for separate fragments, dummy atoms, and geometries that cannot exist.
    """
    from rdkit import Chem

    if mol.GetNumAtoms() == 0:
        raise ReadError(f"{name} has no atoms", "Give at least one atom")
    check_atoms(mol, name)
    n_atoms = mol.GetNumAtoms() + sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    if n_atoms > _MAX_EMBED_ATOMS:
        raise ReadError(
            f"{name} has {n_atoms} atoms with its hydrogens: too many to find a "
            f"geometry for (up to {_MAX_EMBED_ATOMS})",
            "Give a file with coordinates",
        )
    fragments = Chem.GetMolFrags(mol, asMols=True, sanitizeFrags=False)
    if len(fragments) > 1:
        largest = max(fragments, key=lambda part: part.GetNumAtoms())
        raise ReadError(
            f"{name} has {len(fragments)} separate fragments, whose places relative to each "
            "other it does not tell",
            f"Give one molecule, such as {shorten(Chem.MolToSmiles(largest))}, "
            "or a file with coordinates",
        )
    # RDKit raises errors of many kinds for bonds without a whole order.
    with library_errors(f"{name} cannot be given a 3D geometry", "Give a file with coordinates"):
        whole, log = _embedded(mol)
        geometry, notes = _relax(whole) if whole.GetNumConformers() else ("", ())
        if whole.GetNumConformers():
            n_centres, n_bonds = open_stereo(mol)
    if not whole.GetNumConformers():
        raise ReadError(
            f"No 3D geometry was found for {name}; it may be impossible or too large"
            + (f" ({shorten(log[-1], 160)})" if log else ""),
            "Check its stereocentres and rings, or give a file with coordinates",
        )
    facts = replace(
        molecule_facts(whole),
        geometry=geometry,
        open_centres=n_centres,
        open_bonds=n_bonds,
        notes=notes,
    )
    return whole, facts


def check_atoms(mol: "Mol", name: str) -> None:
    """Raise ReadError when the molecule has a dummy or query atom."""
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            raise ReadError(
                f"{name} has a dummy atom '{shorten(atom.GetSymbol())}' (atom {atom.GetIdx()})",
                "Replace it with an element or remove it",
            )


def molecule_facts(mol: "Mol") -> StructureInfo:
    """The molecule's charge, unpaired electrons and isotopes."""
    from rdkit import Chem

    labelled = [atom for atom in mol.GetAtoms() if atom.GetIsotope()]
    return StructureInfo(
        charge=Chem.GetFormalCharge(mol),
        unpaired=sum(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()),
        isotopes=tuple(sorted({f"{atom.GetIsotope()}{atom.GetSymbol()}" for atom in labelled})),
    )


def _embedded(mol: "Mol") -> tuple["Mol", list[str]]:
    """The molecule with hydrogens and the conformers that are found; what RDKit says of it."""
    from rdkit import Chem
    from rdkit.Chem import rdDistGeom

    parameters = rdDistGeom.ETKDGv3()
    # RDKit's stubs give each of the parameters the type of all of them.
    parameters.randomSeed = _SEED  # type: ignore[assignment]
    parameters.timeout = _EMBED_SECONDS  # type: ignore[assignment]
    with rdkit_call() as log:
        whole = Chem.AddHs(mol)
        many = whole.GetNumHeavyAtoms() <= _MAX_CONFORMER_ATOMS and is_flexible(whole)
        if not rdDistGeom.EmbedMultipleConfs(whole, _N_CONFORMERS if many else 1, parameters):
            # Slower, but it finds a geometry for large and for crowded molecules.
            tries = max(_MIN_TRIES, _TRIES_TIMES_ATOMS // whole.GetNumAtoms())
            parameters.useRandomCoords = True  # type: ignore[assignment]
            parameters.maxIterations = tries  # type: ignore[assignment]
            rdDistGeom.EmbedMolecule(whole, parameters)
        for conformer in list(whole.GetConformers()):
            if not np.isfinite(conformer.GetPositions()).all():
                whole.RemoveConformer(conformer.GetId())
    return whole, log


def is_flexible(mol: "Mol") -> bool:
    """Whether a molecule with all hydrogens has more than one conformer.

    Bonds to groups like CH3, whose turns all look alike, do not count; rings with more than two
    tetrahedral atoms, of five and more, do.
    """
    from rdkit import Chem

    def turns(end: "Atom", other: "Atom") -> bool:
        rest = [a.GetAtomicNum() for a in end.GetNeighbors() if a.GetIdx() != other.GetIdx()]
        return bool(rest) and not (len(rest) == 3 and len(set(rest)) == 1 and rest[0] in (1, 9))

    linear = Chem.HybridizationType.SP
    for bond in mol.GetBonds():
        ends = bond.GetBeginAtom(), bond.GetEndAtom()
        single = bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing()
        bent = all(end.GetHybridization() != linear for end in ends)
        if single and bent and turns(*ends) and turns(*reversed(ends)):
            return True
    for ring in mol.GetRingInfo().AtomRings():
        atoms = [mol.GetAtomWithIdx(index) for index in ring]
        tetrahedral = sum(a.GetHybridization() == Chem.HybridizationType.SP3 for a in atoms)
        if len(ring) > 4 and tetrahedral > 2:
            return True
    return False


def _relax(mol: "Mol") -> tuple[str, tuple[str, ...]]:
    """Relax all conformers and keep the lowest; return how it was made and what to say of it."""
    from rdkit.Chem import rdForceFieldHelpers as ForceFields

    steps = max(_MIN_STEPS, _STEPS_TIMES_ATOMS // mol.GetNumAtoms())
    with rdkit_call():
        if ForceFields.MMFFHasAllMoleculeParams(mol):
            geometry = ETKDG_MMFF
            results = ForceFields.MMFFOptimizeMoleculeConfs(mol, maxIters=steps)
        elif ForceFields.UFFHasAllMoleculeParams(mol):
            geometry = ETKDG_UFF
            results = ForceFields.UFFOptimizeMoleculeConfs(mol, maxIters=steps)
        else:
            geometry, results = ETKDG, []
    ids = [conformer.GetId() for conformer in mol.GetConformers()]
    # Energies in kcal/mol; those of broken geometries are no numbers.
    energies = [energy if np.isfinite(energy) else np.inf for _, energy in results]
    lowest = int(np.argmin(energies)) if results else 0
    for place, id in enumerate(ids):
        if place != lowest:
            mol.RemoveConformer(id)
    if not results:
        unknown = "No force field knows all its elements: it was not relaxed."
        return geometry, (unknown,) if mol.GetNumAtoms() > 1 else ()
    note = f"Its geometry had not settled after {steps} force-field steps."
    return geometry, (note,) if results[lowest][0] else ()
