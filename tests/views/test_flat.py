"""The flat drawing of a molecule."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import gamnet
from gamnet.errors import GAMNetError
from gamnet.structures.structure import make_structure
from gamnet.views.flat import flat, svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str):
    (structure,) = gamnet.read(text)
    return structure, flat(structure)


def test_every_atom_is_drawn_once_and_every_bond_with_its_order() -> None:
    structure, drawing = drawn("smiles:C=CC#N")
    assert drawing.sites.tolist() == list(range(structure.n_atoms))
    assert sorted(drawing.bonds[:, 2].tolist()) == [1, 1, 1, 1, 2, 3]
    ends = drawing.points[drawing.bonds[:, :2]]  # [n_bonds, 2, 2]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    assert length == pytest.approx(np.full(len(length), 36.0), rel=0.25)
    assert (drawing.points > 0).all() and (drawing.points < drawing.size).all()


def test_the_colours_are_the_atoms_own_and_letters_can_be_read_on_them() -> None:
    structure, drawing = drawn("smiles:CO")
    colours = ["#fcde9c", "#7c1d6f", "#ffffff", "#000000", "#123456", "#fedcba"]
    root = ET.fromstring(svg(drawing, colours))
    groups = [g for g in root if "data-site" in g.attrib]
    assert [int(g.get("data-site")) for g in groups] == list(range(structure.n_atoms))
    for group, colour in zip(groups, colours, strict=True):
        assert group.find(f"{SVG}circle").get("fill") == colour
    assert [g.find(f"{SVG}text").get("fill") for g in groups[2:4]] == ["#1d2733", "#ffffff"]


def test_the_order_of_the_atoms_does_not_matter() -> None:
    structure, drawing = drawn("qm9:214")
    order = np.arange(structure.n_atoms)[::-1]
    other = flat(make_structure(structure.numbers[order], structure.positions[order]))
    assert sorted(other.bonds[:, 2]) == sorted(drawing.bonds[:, 2])
    assert sorted(other.symbols) == sorted(drawing.symbols)


def test_hydrogens_of_large_molecules_are_left_out() -> None:
    structure, drawing = drawn("smiles:" + "C" * 24)
    assert structure.n_atoms == 74 and len(drawing.sites) == 24
    assert set(drawing.symbols) == {"C"}


def test_a_crystal_has_none_and_says_why() -> None:
    with pytest.raises(GAMNetError, match="crystal"):
        drawn("example:rock-salt")
