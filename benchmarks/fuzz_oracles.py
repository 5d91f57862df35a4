"""How many atoms other programs read from an input: ASE, RDKit, gemmi and json itself."""

import io
import json
import warnings
from collections.abc import Callable

import ase.io
import gemmi
from rdkit import Chem, RDLogger


def n_atoms(name: str, content: bytes) -> int | None:
    """Atoms of all structures that another program finds; None where none can read the input."""
    suffix = name.rpartition(".")[2].lower()
    count = _COUNTS.get(suffix if "." in name else name.lower())
    RDLogger.DisableLog("rdApp.*")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return count(content) if count else None
    except Exception:
        # Whatever another program cannot read, and however it says so, is no measure of ours.
        return None


def _ase(format: str, binary: bool = False) -> Callable[[bytes], int]:
    def count(content: bytes) -> int:
        stream = io.BytesIO(content) if binary else io.StringIO(content.decode())
        return sum(len(atoms) for atoms in ase.io.read(stream, ":", format=format))

    return count


def _sdf(content: bytes) -> int:
    supplier = Chem.SDMolSupplier()
    supplier.SetData(content.decode(), sanitize=False, removeHs=False)
    # A drawing without hydrogens gains them here: what counts is what the record has.
    return sum(mol.GetNumAtoms() for mol in supplier if mol is not None)


def _mol2(content: bytes) -> int:
    mol = Chem.MolFromMol2Block(content.decode(), sanitize=False, removeHs=False)
    return int(mol.GetNumAtoms())


def _smi(content: bytes) -> int:
    total = 0
    for line in content.decode().splitlines():
        mol = Chem.MolFromSmiles(line.split()[0]) if line.split() else None
        total += 0 if mol is None else Chem.AddHs(mol).GetNumAtoms()
    return total


def _cif(content: bytes) -> int:
    total = 0
    for block in gemmi.cif.read_string(content):
        structure = gemmi.make_small_structure_from_block(block)
        total += len(structure.get_all_unit_cell_sites())
    return total


def _json(content: bytes) -> int:
    document = json.loads(content)
    items = document if isinstance(document, list) else [document]
    return sum(len(item["sites"]) for item in items)


_COUNTS: dict[str, Callable[[bytes], int]] = {
    "xyz": _ase("extxyz"), "extxyz": _ase("extxyz"), "traj": _ase("traj", binary=True),
    "poscar": _ase("vasp"), "vasp": _ase("vasp"), "xdatcar": _ase("vasp-xdatcar"),
    "pdb": _ase("proteindatabank"), "sdf": _sdf, "mol": _sdf, "mol2": _mol2, "smi": _smi,
    "cif": _cif, "json": _json,
}  # fmt: skip
