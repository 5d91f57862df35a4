"""Which stereochemistry a molecule's bonds leave open: centres and double bonds."""

from typing import TYPE_CHECKING

from gamnet.structures.formats.common import rdkit_call

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Bond, Mol

# Isomers of a cage that are tried; most of them cannot exist, and fail at once.
_MAX_ISOMERS = 32
_TRIES = 10  # of distance geometry per atom: isomers that exist need one or two
_SEED = 61453


def open_stereo(mol: "Mol") -> tuple[int, int]:
    """Numbers of stereocentres and of double bonds that a sanitised molecule does not specify.

    Centres that two rings share count only if more than one isomer of them can be embedded: in
    cubane and norbornane the rings leave no choice.
    """
    from rdkit import Chem

    with rdkit_call():
        unspecified = [
            element
            for element in Chem.FindPotentialStereo(mol)
            if element.specified != Chem.StereoSpecified.Specified
        ]
    kinds = Chem.StereoType
    open_centres = [e.centeredOn for e in unspecified if e.type == kinds.Atom_Tetrahedral]
    open_bonds = [e.centeredOn for e in unspecified if e.type == kinds.Bond_Double]
    n_bonds = sum(_has_sides(mol.GetBondWithIdx(bond)) for bond in open_bonds)
    rings = mol.GetRingInfo()
    shared = [atom for atom in open_centres if rings.NumAtomRings(atom) > 1]
    if shared and not _has_choice(mol, [atom for atom in open_centres if atom not in shared]):
        open_centres = [atom for atom in open_centres if atom not in shared]
    return len(open_centres), n_bonds


def _has_sides(bond: "Bond") -> bool:
    """Whether a SMILES could say the double bond's sides: not of H-N=, and not within =C=."""
    from rdkit import Chem

    def sides(end: "Atom") -> bool:
        rest = [b for b in end.GetBonds() if b.GetIdx() != bond.GetIdx()]
        return bool(rest) and all(b.GetBondType() != Chem.BondType.DOUBLE for b in rest)

    return sides(bond.GetBeginAtom()) and sides(bond.GetEndAtom())


def _has_choice(mol: "Mol", others: list[int]) -> bool:
    """Whether two isomers can be embedded that differ in open centres other than `others`."""
    from rdkit import Chem
    from rdkit.Chem import rdDistGeom
    from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions

    fixed = Chem.Mol(mol)
    for atom in others:
        fixed.GetAtomWithIdx(atom).SetChiralTag(Chem.ChiralType.CHI_TETRAHEDRAL_CW)
    options = StereoEnumerationOptions(unique=True, maxIsomers=_MAX_ISOMERS, rand=_SEED)
    parameters = rdDistGeom.ETKDGv3()
    # RDKit's stubs give each of the parameters the type of all of them.
    parameters.randomSeed = _SEED  # type: ignore[assignment]
    parameters.maxIterations = _TRIES  # type: ignore[assignment]
    found = 0
    with rdkit_call():
        for isomer in EnumerateStereoisomers(fixed, options=options):
            found += rdDistGeom.EmbedMolecule(Chem.AddHs(isomer), parameters) == 0
            if found > 1:
                return True
    return False
