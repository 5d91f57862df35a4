"""Formulas against pymatgen, and read back whatever the order."""

import numpy as np
import pytest
from pymatgen.core import Composition

from gamnet.formulas import element_counts, hill_formula, parse_formula

FORMULAS = ["C2H6O", "H3N", "CO2", "ClH", "CH3Cl", "C60", "ClNa", "H4Si", "BaO3Ti", "C1200H2402"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_is_written_is_read_back(formula: str) -> None:
    counts = parse_formula(formula)
    assert counts == Composition(formula).get_el_amt_dict()
    assert hill_formula(counts) == formula
    assert hill_formula(counts.elements()) == formula, "counts and symbols are the same"


def test_order_and_repetition_do_not_matter() -> None:
    for spelling in ("CH3CH2OH", "OC2H6", "H6OC2", "C1H3C1H3O1"):
        assert hill_formula(parse_formula(spelling)) == "C2H6O"


@pytest.mark.parametrize("text", ["", "ccO", "C#N", "C2h6", "6C", "C0", "C02", "C-1", "C(H)", "C "])
def test_other_text_is_no_formula(text: str) -> None:
    assert parse_formula(text) is None


def test_elements_are_counted() -> None:
    counts = element_counts(["CH4", "C2H6O", "CF4", "H3N", "CH4"])
    assert {symbol: n.tolist() for symbol, n in counts.items()} == {
        "C": [1, 2, 1, 0, 1], "F": [0, 0, 4, 0, 0], "H": [4, 6, 0, 3, 4],
        "N": [0, 0, 0, 1, 0], "O": [0, 1, 0, 0, 0],
    }  # fmt: skip
    assert element_counts([]) == {}
    assert all(np.issubdtype(n.dtype, np.integer) for n in counts.values())
    with pytest.raises(ValueError, match="'c1ccccc1' is no formula"):
        element_counts(["CH4", "c1ccccc1"])
