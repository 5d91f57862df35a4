"""Flat pictures of the shipped structures: as many discs as atoms are drawn, inside the frame."""

import re
from xml.etree import ElementTree

import pytest

import gamnet
from gamnet.errors import ReadError
from gamnet.examples import STRUCTURES
from gamnet.views.drawn import drawn_atoms
from gamnet.views.sketch import sketch

FORMULAS = {
    "rock-salt": "Cl4Na4", "diamond": "C8", "perovskite": "O3SrTi", "c60": "C60", "c70": "C70",
    "pt-graphene": "C50Pt4", "smfe12": "Fe24Sm2",
}  # fmt: skip


@pytest.mark.parametrize("id", STRUCTURES)
def test_a_sketch_shows_every_atom(id: str) -> None:
    (structure,) = gamnet.read(f"example:{id}")
    assert structure.formula == FORMULAS[id] and structure.source == f"example:{id}"
    root = ElementTree.fromstring(sketch(structure))
    discs = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(discs) == len(drawn_atoms(structure, neighbours=False).positions)
    for disc in discs:
        assert all(0 <= float(disc.get(name)) <= 112 for name in ("cx", "cy"))
        assert re.fullmatch("#[0-9a-f]{6}", disc.get("fill"))


def test_sixty_atoms_of_c60_have_three_neighbours_each() -> None:
    (structure,) = gamnet.read("example:c60")
    bonds = drawn_atoms(structure).bonds
    assert len(bonds) == 90


def test_an_unknown_example_is_named() -> None:
    with pytest.raises(ReadError, match="No example 'salt'.*rock-salt, diamond"):
        gamnet.read("example:salt")
