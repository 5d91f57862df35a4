"""Make the list of common names from the package chemicals: `python -m tools.names WHEEL`.

WHEEL is what `pip download chemicals==1.5.1 --no-deps` fetches. Its tables (PubChem's compounds, by
C. Bell and contributors, MIT) give each compound's SMILES, InChIKey and synonyms. A compound is
taken when RDKit reads its SMILES and finds the InChIKey that stands beside it.
"""

import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from rdkit import Chem, RDLogger

from gamnet.structures.names import PATH

SOURCE = "chemicals 1.5.1 (Caleb Bell and contributors, MIT licence), from PubChem's compounds"
_FOLDER = "chemicals/Identifiers/"
_TABLES = (
    "chemical identifiers pubchem small.tsv",
    "chemical identifiers example user db.tsv",
    "chemical identifiers pubchem large.tsv",
    "Inorganic db.tsv",
)
# Everyday names that the tables lack.
_ALSO = {
    "nicotine": "CN1CCC[C@H]1c1cccnc1",
    "thf": "C1CCOC1",
    "dmf": "CN(C)C=O",
    "malonaldehyde": "O=CCC=O",
    "cubane": "C12C3C4C1C5C2C3C45",
    "vitamin c": "OC[C@H](O)[C@H]1OC(=O)C(O)=C1O",
    "fructose": "OCC(=O)[C@@H](O)[C@H](O)[C@H](O)CO",
    "limonene": "CC(=C)C1CCC(C)=CC1",
    "adrenaline": "CNC[C@H](O)c1ccc(O)c(O)c1",
    "hydrogen": "[H][H]",
}
_ELEMENTS = frozenset("H B C N O F Si P S Cl Br I".split())
_MAX_CID = 16_000  # the lowest numbers are the best known compounds
_MAX_HEAVY, _MAX_NAMES = 24, 4
_READABLE = re.compile(r"[a-z0-9',()\[\]+ -]{3,38}")
_CODE = re.compile(r"[\d-]+|[a-z]{1,5}[ -]?\d[\w -]*|.*\d{4}.*|[a-z]\d.*")
_INVERTED = re.compile(r"[a-z)], ")  # benzene, 1,2-dichloro-


def rows(wheel: Path) -> Iterator[list[str]]:
    """Of every table: PubChem's number, CAS, formula, mass, SMILES, InChI, InChIKey, names."""
    with zipfile.ZipFile(wheel) as archive:
        for table in _TABLES:
            for line in archive.read(_FOLDER + table).decode().splitlines():
                yield line.split("\t")


def checked(smiles: str, key: str) -> str:
    """The canonical SMILES of one small, neutral molecule whose InChIKey is right; else ""."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or "." in smiles or Chem.GetFormalCharge(mol):
        return ""
    if not 1 <= mol.GetNumHeavyAtoms() <= _MAX_HEAVY:
        return ""
    if any(atom.GetSymbol() not in _ELEMENTS or atom.GetIsotope() for atom in mol.GetAtoms()):
        return ""
    if any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
        return ""
    return Chem.MolToSmiles(mol) if Chem.MolToInchiKey(mol) == key else ""


def readable(name: str) -> bool:
    """Whether somebody would type this name: no number, code or turned-round name of an index."""
    return bool(_READABLE.fullmatch(name)) and not _CODE.fullmatch(name) and (
        not _INVERTED.search(name)
    )  # fmt: skip


def main(wheel: Path) -> None:
    """Write the list."""
    RDLogger.DisableLog("rdApp.*")
    compounds = sorted(
        (int(row[0]), row[4], row[6], tuple(row[8:] + row[7:8]))
        for row in rows(wheel)
        if row[0].isdecimal() and int(row[0]) < _MAX_CID and len(row) > 7
    )
    found: dict[str, str] = {}
    for _, smiles, key, synonyms in compounds:
        canonical = checked(smiles, key)
        if not canonical:
            continue
        names = [name.strip().lower() for name in synonyms]
        for name in list(filter(readable, dict.fromkeys(names)))[:_MAX_NAMES]:
            found.setdefault(name, canonical)
    for name, smiles in _ALSO.items():
        found.setdefault(name, Chem.CanonSmiles(smiles))
    lines = [f"{name}\t{smiles}" for name, smiles in sorted(found.items())]
    head = f"# Names of molecules and their SMILES. Source: {SOURCE}; made by tools/names.py."
    PATH.write_text("\n".join([head, *lines, ""]))
    print(f"{len(found):,} names of {len(set(found.values())):,} molecules")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
