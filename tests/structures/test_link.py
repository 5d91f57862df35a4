"""Structures in links: there and back, and whatever else a link may say."""

import json
import zlib
from base64 import urlsafe_b64encode
from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk, molecule

from gamnet.errors import GAMNetError, ReadError
from gamnet.structures.facts import ETKDG_MMFF, ETKDG_UFF, StructureInfo
from gamnet.structures.link import MAX_LINK, from_link, to_link
from gamnet.structures.reading import read
from gamnet.structures.structure import Structure, make_structure


def link(told: object) -> str:
    packed = zlib.compress(json.dumps(told).encode())
    return "xyz:" + urlsafe_b64encode(packed).decode().rstrip("=")


def of_atoms(atoms, info: StructureInfo) -> Structure:
    lattice = atoms.cell.array if atoms.pbc.any() else None
    pbc = tuple(map(bool, atoms.pbc)) if atoms.pbc.any() else None
    return make_structure(
        atoms.numbers, atoms.positions, lattice, pbc, source="a file.xyz", info=info
    )


@pytest.mark.parametrize("name", ["C6H6", "CH3CHO", "H2O", "C60"])
def test_a_molecule_comes_back(name: str) -> None:
    before = of_atoms(molecule(name), StructureInfo(notes=("One.", "Zwei ×."), smiles="C"))
    after = from_link(to_link(before))
    np.testing.assert_array_equal(after.numbers, before.numbers)
    np.testing.assert_allclose(after.positions, before.positions, atol=0.6e-5)
    assert after.source == "a file.xyz" and not after.periodic
    assert after.info == before.info


def test_a_crystal_a_slab_and_an_ion_come_back() -> None:
    for atoms in (bulk("Si"), bulk("Cu", cubic=True)):
        atoms.pbc = (True, True, len(atoms) == 2)
        before = of_atoms(atoms, StructureInfo(charge=-1, unpaired=1))
        after = from_link(to_link(before))
        assert after.pbc == before.pbc
        np.testing.assert_allclose(after.lattice, before.lattice, atol=0.6e-5)
        assert after.info.charge == -1 and after.info.unpaired == 1


def test_what_is_read_survives() -> None:
    (before,) = read("smiles:CC(=O)Oc1ccccc1C(=O)O")
    after = from_link(to_link(before))
    assert after.info == before.info and before.info.geometry == ETKDG_MMFF


def test_every_fact_survives() -> None:
    before = StructureInfo(
        charge=-2, unpaired=3, isotopes=("13C", "2H"), geometry=ETKDG_UFF, open_centres=2,
        open_bonds=1, missing_hydrogens=None, notes=("One.",), smiles="C",
    )  # fmt: skip
    for info in (before, replace(before, missing_hydrogens=6)):
        assert from_link(to_link(of_atoms(molecule("H2O"), info))).info == info


def test_a_link_has_an_end() -> None:
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(7)] * 3), -1).reshape(-1, 3)
    large = make_structure(np.full(len(grid), 6), 2 * grid + rng.uniform(0, 0.4, grid.shape))
    assert to_link(large) is None
    small = make_structure(large.numbers[:80], large.positions[:80])
    assert len(to_link(small)) <= MAX_LINK


GOOD = {"z": [8, 1, 1], "x": [0, 0, 0, 96000, 0, 0, -24000, 93000, 0]}


@pytest.mark.parametrize(
    "text",
    [
        "xyz:", "xyz:!!", "xyz:AAAA", "xyz:ä", "abc", "/etc/passwd",
        link([]), link("text"), link({}), link(GOOD | {"z": "CCC"}), link(GOOD | {"x": [0, 1]}),
        link(GOOD | {"x": [0.5] * 9}), link(GOOD | {"x": [True] * 9}), link(GOOD | {"q": "+1"}),
        link(GOOD | {"n": 5}), link(GOOD | {"w": [1]}), link(GOOD | {"c": [1, 2]}),
        link(GOOD | {"x": [10**30] * 9}), link(GOOD)[:-6], link({"z": [1] * 10**5}),
        "xyz:" + "A" * 5_000,
    ],
)  # fmt: skip
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ReadError, match="does not hold a structure"):
        from_link(text)


def test_a_deep_text_is_refused() -> None:
    packed = urlsafe_b64encode(zlib.compress(b"[" * 50_000)).decode().rstrip("=")
    with pytest.raises(ReadError):
        from_link(f"xyz:{packed}")


def test_impossible_structures_are_refused_as_from_a_file() -> None:
    assert from_link(link(GOOD)).formula == "H2O"
    for wrong in ({"z": [8, 1, 200]}, {"x": [0] * 9}, {"c": [0] * 9, "b": [1, 1, 1]}):
        with pytest.raises(GAMNetError):
            from_link(link(GOOD | wrong))
