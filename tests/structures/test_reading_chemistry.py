"""What the readers say about electrons, hydrogens and bonds; files that were converted."""

import json
import os
import threading
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from pymatgen.core import Molecule as PymatgenMolecule
from readings import WATER, error_of, told

from gamnet.structures.reading import read


@pytest.mark.parametrize("key", ["charge=1", "total_charge=1.0"])
def test_extended_xyz_tells_charge_and_multiplicity(key: str) -> None:
    (ion,) = read(f"1\nProperties=species:S:1:pos:R:3 {key}\nLi 0 0 0\n".encode())
    assert ion.info.charge == 1 and "charge +1" in told(ion)[0]
    text = WATER.decode().replace("water", "Properties=species:S:1:pos:R:3 multiplicity=3")
    (triplet,) = read(text.encode())
    assert triplet.info.unpaired == 2 and triplet.info.charge == 0
    assert triplet.info.data == {"multiplicity": 3}


def test_a_molecule_without_hydrogens_is_asked_about_in_every_format(tmp_path: Path) -> None:
    bare = Atoms("C2", [[0, 0, 0], [0, 0, 1.3]])
    ase.io.write(tmp_path / "bare.xyz", bare)
    ase.io.write(tmp_path / "bare.traj", bare)
    PymatgenMolecule(["C", "C"], bare.positions).to(str(tmp_path / "bare.json"))
    for path in sorted(tmp_path.iterdir()):
        (structure,) = read(path)
        assert any("no hydrogen atoms" in text for text in told(structure)), path
    bare.cell, bare.pbc = np.eye(3) * 5, True  # a crystal need not have any
    ase.io.write(tmp_path / "cell.extxyz", bare)
    (crystal,) = read(tmp_path / "cell.extxyz")
    assert told(crystal) == ()


def test_frames_converted_from_qm9_without_their_footer_are_all_there() -> None:
    frame = WATER.replace(b"water", b"gdb 3\t799.58 437.9")
    structures = read(frame * 3)
    assert [s.frame for s in structures] == [0, 1, 2]
    assert {s.info.title for s in structures} == {"gdb 3"}


@pytest.mark.parametrize("smiles", ["C[C@H](F)C(=O)~[Na]", "F~I"])
def test_bonds_without_an_order_are_refused_in_words(smiles: str) -> None:
    assert "cannot be given a 3D geometry" in error_of(f"smiles:{smiles}")


def test_json_with_ragged_sites_is_refused_in_words() -> None:
    site = {"species": [{"element": "C", "occu": 1}]}
    text = json.dumps({"sites": [site | {"xyz": [0, 0, 0]}, site | {"xyz": [0, 1]}]})
    assert "not a pymatgen structure" in error_of(text.encode(), name="x.json")


def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.xyz"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(WATER,))
    writer.start()
    (structure,) = read(pipe)
    writer.join()
    assert structure.formula == "H2O"
