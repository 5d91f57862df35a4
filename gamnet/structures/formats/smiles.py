"""SMILES and drawings to 3D: RDKit's ETKDG, then a force field."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

import numpy as np

from gamnet.errors import ReadError
from gamnet.structures.facts import ETKDG, ETKDG_MMFF, ETKDG_UFF, StructureInfo
from gamnet.structures.formats.common import (
    Frame,
    library_errors,
    rdkit_call,
    shorten,
    to_ascii,
)

if TYPE_CHECKING:
    from rdkit.Chem import Mol

# Any fixed number: the same SMILES must give the same geometry every time.
_SEED = 61453
_EMBED_SECONDS = 10
# Distance geometry grows with the cube of the atoms: beyond this it takes minutes.
_MAX_EMBED_ATOMS = 300
# Twelve characters for each of these atoms: more is no molecule that could be embedded.
_MAX_CHARACTERS = 4_000
# Tries from random coordinates, which cost a second each for the largest: atoms share a budget.
_MIN_TRIES = 5
_TRIES_TIMES_ATOMS = 500
# A step costs at least linear time: the budget is shared between steps and atoms.
_STEPS_TIMES_ATOMS = 100_000
_MIN_STEPS = 200


def read_smiles_file(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield one molecule per line: a SMILES and, after a blank, an optional title."""
    for line in stream:
        if line.strip():
            try:
                yield read_smiles(line.strip())
            except ReadError as error:
                yield error


def read_smiles(text: str) -> Frame:
    """Molecule with explicit hydrogens and a force-field geometry from "SMILES [title]".

    Raises ReadError when the SMILES cannot be parsed or embedded, has separate fragments, or
    has dummy atoms.
    """
    from rdkit import Chem

    smiles, _, title = text.strip().partition(" ")
    if not smiles:
        raise ReadError("The SMILES is empty", "Write it after the colon, as in smiles:CCO")
    if len(smiles) > _MAX_CHARACTERS:
        raise ReadError(
            f"The SMILES '{shorten(smiles)}' has {len(smiles):,} characters: too many to find a "
            f"geometry for (up to {_MAX_CHARACTERS:,})",
            "Give a file with coordinates",
        )
    with rdkit_call() as log:
        mol = Chem.MolFromSmiles(to_ascii(smiles))
    if mol is None:
        # The log also draws an arrow under the text; its first line is the reason.
        reason = (log or ["no reason given"])[0].removeprefix("SMILES Parse Error: ")
        raise ReadError(
            f"'{shorten(smiles)}' is not a valid SMILES ({shorten(reason, 160)})",
            "Check brackets, ring numbers and valences",
        )
    mol, info = embed(mol, f"SMILES '{shorten(smiles)}'")
    return Frame(
        [atom.GetAtomicNum() for atom in mol.GetAtoms()],
        mol.GetConformer().GetPositions(),
        info=replace(info, smiles=smiles, title=title.strip()),
    )


def embed(mol: "Mol", name: str) -> tuple["Mol", StructureInfo]:
    """Copy of a sanitised molecule with all hydrogens and one conformer, and its facts.

    Atoms keep their order; added hydrogens follow. name : how messages call the molecule.
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
        mol, n_open, log = _embedded(mol)
        found = mol.GetNumConformers() and np.isfinite(mol.GetConformer().GetPositions()).all()
        geometry, notes = _relax(mol) if found else ("", ())
    if not found:
        raise ReadError(
            f"No 3D geometry was found for {name}; it may be impossible or too large"
            + (f" ({shorten(log[-1], 160)})" if log else ""),
            "Check its stereocentres and rings, or give a file with coordinates",
        )
    facts = molecule_facts(mol)
    return mol, replace(facts, geometry=geometry, open_stereo=n_open, notes=notes)


def _embedded(mol: "Mol") -> tuple["Mol", int, list[str]]:
    """The molecule with hydrogens and, if found, a conformer; its open stereocentres; the log."""
    from rdkit import Chem
    from rdkit.Chem import rdDistGeom

    centres = Chem.FindMolChiralCenters(mol, includeUnassigned=True, useLegacyImplementation=False)
    n_open = sum(1 for _, label in centres if label == "?")
    parameters = rdDistGeom.ETKDGv3()
    parameters.randomSeed = _SEED
    parameters.timeout = _EMBED_SECONDS
    with rdkit_call() as log:
        mol = Chem.AddHs(mol)
        if rdDistGeom.EmbedMolecule(mol, parameters) != 0:
            # Slower, but it finds a geometry for large and for crowded molecules.
            parameters.useRandomCoords = True
            parameters.maxIterations = max(_MIN_TRIES, _TRIES_TIMES_ATOMS // mol.GetNumAtoms())
            rdDistGeom.EmbedMolecule(mol, parameters)
    return mol, n_open, log


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


def _relax(mol: "Mol") -> tuple[str, tuple[str, ...]]:
    """Relax the conformer in place; return how it was made and what to say of it."""
    from rdkit.Chem import rdForceFieldHelpers as ForceFields

    steps = max(_MIN_STEPS, _STEPS_TIMES_ATOMS // mol.GetNumAtoms())
    with rdkit_call():
        if ForceFields.MMFFHasAllMoleculeParams(mol):
            geometry, open_end = ETKDG_MMFF, ForceFields.MMFFOptimizeMolecule(mol, maxIters=steps)
        elif ForceFields.UFFHasAllMoleculeParams(mol):
            geometry, open_end = ETKDG_UFF, ForceFields.UFFOptimizeMolecule(mol, maxIters=steps)
        elif mol.GetNumAtoms() == 1:
            return ETKDG, ()
        else:
            return ETKDG, ("No force field knows all its elements: it was not relaxed.",)
    note = f"Its geometry had not settled after {steps} force-field steps."
    return geometry, (note,) if open_end else ()
