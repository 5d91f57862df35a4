"""SMILES, alone and in lists of one per line."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from gamnet.errors import ReadError
from gamnet.structures.formats.common import Frame, rdkit_call, shorten, to_ascii
from gamnet.structures.formats.embedding import check_atoms, embed

if TYPE_CHECKING:
    from rdkit.Chem import Mol

_NAMES = ("smi", "mol", "molecule", "structure", "compound", "id", "name", "title")
# Twelve characters for each atom that may be embedded: more is no molecule that could be.
_MAX_CHARACTERS = 4_000
_REPEATED = re.compile(r"(?: while parsing| for input):? .*$")  # the SMILES, said once more
# Writing and reading a molecule again ends at one text, most often at once.
_MAX_ROUNDS = 5


def read_smiles_file(stream: TextIO) -> Iterator[Frame | ReadError]:
    """Yield one molecule per line: a SMILES and, after a blank or a tab, an optional title.

    Lines that begin with "#" and a first line of names are passed over.
    """
    first = True
    for line in stream:
        if is_remark(line) or (first and names_columns(line.split())):
            first = first and is_remark(line)
            continue
        first = False
        try:
            yield read_smiles(line.strip())
        except ReadError as error:
            yield error


def is_remark(line: str) -> bool:
    """Whether a line of a list holds nothing: it is empty, or begins with "#"."""
    return not line.strip() or line.lstrip().startswith("#")


def names_columns(words: list[str]) -> bool:
    """Whether the first line of a list with blanks between is of names; most words are SMILES."""
    plain = [re.sub(r"[^a-z]", "", word.lower()) for word in words]
    return any("smiles" in word for word in plain) or plain[:1] in ([name] for name in _NAMES)


def read_smiles(text: str) -> Frame:
    """Molecule with explicit hydrogens and a force-field geometry from "SMILES [title]".

    Atoms are in the order of the canonical SMILES, whatever was written.
    Raises ReadError when the SMILES cannot be parsed or embedded, has separate fragments, or
    has dummy atoms.
    """
    from rdkit import Chem

    smiles, title = (*text.split(maxsplit=1), "", "")[:2]
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
        # The log also draws an arrow under the text; its first line is the reason, and the text.
        reason = (log or ["no reason given"])[0].removeprefix("SMILES Parse Error: ")
        reason = _REPEATED.sub("", reason)
        raise ReadError(
            f"'{shorten(smiles)}' is not a valid SMILES ({shorten(reason, 160)})",
            "Check brackets, ring numbers and valences",
        )
    name = f"SMILES '{shorten(smiles)}'"
    check_atoms(mol, name)
    mol, smiles = canonical(mol)
    mol, info = embed(mol, name)
    return Frame(
        [atom.GetAtomicNum() for atom in mol.GetAtoms()],
        mol.GetConformer().GetPositions(),
        info=replace(info, smiles=smiles, title=title.strip()),
    )


def canonical(mol: "Mol") -> tuple["Mol", str]:
    """The molecule with its atoms in the order of its canonical SMILES, and that SMILES.

    However it was written, it is then embedded, and predicted, as one and the same. Numbers of
    atoms in the SMILES ("[CH3:1]") name atoms, and are no part of the molecule.
    """
    from rdkit import Chem

    mol = Chem.Mol(mol)
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    smiles = Chem.MolToSmiles(mol)
    with rdkit_call():
        for _ in range(_MAX_ROUNDS):
            again = Chem.MolFromSmiles(smiles)
            if again is None:  # RDKit writes bonds without a whole order that it does not read
                return mol, smiles
            mol, before, smiles = again, smiles, Chem.MolToSmiles(again)
            if smiles == before:
                break
    return mol, smiles
