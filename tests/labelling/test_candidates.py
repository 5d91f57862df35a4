"""Who is a candidate, in which class, and in which order."""

from collections import Counter
from pathlib import Path

import pytest

from gamnet.datasets.classes import (
    Candidate,
    candidate,
    is_test_scaffold,
    largest_conjugated,
    scaffold,
)
from gamnet.errors import LabelError
from gamnet.labelling import candidates
from gamnet.labelling.candidates import TEST, TRAIN, candidate_list, hand_lists, order
from gamnet.labelling.lists import read_candidates, shipped_list, write_candidates
from gamnet.labelling.pools import pool, read_smiles_table, sample_lines
from gamnet.labelling.tiny import tiny_molecules


@pytest.mark.parametrize(
    "smiles, element, conjugation, n_heavy",
    [
        ("CC", "CH", "none", 2),
        ("CCO", "hetero", "none", 3),
        ("C=CC=C", "CH", "short", 4),
        ("c1ccccc1", "CH", "ring", 6),
        ("c1ccc(-c2ccccc2)cc1", "CH", "long", 12),
        ("c1ccc2ccccc2c1", "CH", "fused", 10),
        ("Clc1ccccc1", "Cl", "ring", 6 + 1),
        ("Brc1ccc(Cl)s1", "Br", "short", 7),  # rarer than S and Cl
        ("COP(=O)(OC)SCC(F)Br", "P", "none", 11),
        ("C[N+](=O)[O-]", "hetero", "short", 4),
    ],
)
def test_classes(smiles: str, element: str, conjugation: str, n_heavy: int) -> None:
    found = candidate(smiles, "here")
    assert found == Candidate(found.smiles, n_heavy, element, conjugation, "here")


@pytest.mark.parametrize(
    "smiles",
    [
        "[NH4+]", "[CH3]", "[13CH4]", "CCO.O", "C[Si](C)(C)C", "OB(O)O", "[NH3+]CC(=O)[O-]",
        "C" * 26, "not smiles", "*CC",
    ],
)  # fmt: skip
def test_what_is_no_candidate(smiles: str) -> None:
    assert candidate(smiles, "here") is None


def test_the_largest_conjugated_system_is_counted() -> None:
    from rdkit import Chem

    for smiles, size in (("C=CCC=CC=C", 4), ("CCC", 0), ("C=C", 0), ("c1ccccc1CCc1ccccc1", 6)):
        assert largest_conjugated(Chem.MolFromSmiles(smiles)) == size, smiles


def test_small_molecules_that_exist_are_all_there() -> None:
    found = set(tiny_molecules())
    known = (
        "[H][H] C N O F S P Cl Br CC C=C C#C C=O C#N CO CN OO NN N#N FF ClCl C=S N=N P#P [C-]#[O+] "
        "CCC C=CC C1CC1 C1CO1 COC CC=O O=CO NC=O O=C=O S=C=S N=C=O CSC CCl ClCCl FCF C1=CC1 C=C=C "
        "CC#N O=S=O [N-]=[N+]=O O=NO CS C1CS1 ClOCl O=[O+][O-] OCl"
    )
    assert set(known.split()) - found == set()
    assert not found & {"O=O", "[CH2]", "S=S", "C1#CC1", "OOO"}
    assert 300 < len(found) < 450
    assert all(candidate(smiles, "tiny", 3) for smiles in found)


def test_pieces_are_whole_molecules() -> None:
    found = pool(["CCCCc1ccc(OCC(=O)NC)cc1Cl"], "here")
    sources = Counter(c.source for c in found.values())
    assert sources["here"] == 1 and sources["here-piece"] >= 5
    assert "CCCCc1ccccc1Cl" in found and all(candidate(s, "") for s in found)
    # A bond to the nitrogen of a pyrrole is not cut: where would its hydrogen go?
    assert "c1cc[nH]c1" not in pool(["CCCCn1cccc1"], "here")


@pytest.fixture(scope="module")
def drawn() -> list[Candidate]:
    """Every pair of a ring and a group, some 200 molecules with eight different scaffolds."""
    rings = (
        "c1ccc({})cc1", "c1cc({})cs1", "C1CCC({})CC1", "c1ccc2c({})cccc2c1", "C1CC({})C1",
        "c1cc({})ccn1", "c1ccc(-c2ccc({})cc2)cc1", "C1CCC2CC({})CCC2C1", "C1CC2CC({})C1C2",
        "c1nc2cc({})ccc2o1", "C1OC2CC({})CC2O1", "c1ccc(C3CC({})C3)cc1", "C1CSC({})CS1",
    )  # fmt: skip
    groups = (
        "C", "CC", "CCC", "CCCC", "OC", "N(C)C", "CF", "CCl", "CBr", "P(C)C", "S(C)(=O)=O",
        "[N+](=O)[O-]", "C(=O)C", "C=CC=C", "C#N", "CP(=O)(OC)OC",
    )  # fmt: skip
    made = [candidate(ring.format(group), "drawn") for ring in rings for group in groups]
    return [each for each in made if each]


def test_scaffolds_of_the_lists_are_apart(drawn: list[Candidate]) -> None:
    train, test = order(TRAIN, drawn), order(TEST, drawn)
    assert test and len(train) > 700
    frames = {scaffold(c.smiles) for c in train}
    for each in test:
        assert scaffold(each.smiles) and scaffold(each.smiles) not in frames
        assert 10 <= each.n_heavy <= 25
    # Left out is what only a test may have but is too small for it, or too large for training.
    used = {c.smiles for c in (*train, *test)}
    lost = [c for c in drawn if c.smiles not in used]
    assert all(c.n_heavy > 16 or is_test_scaffold(scaffold(c.smiles)) for c in lost)


def test_the_same_list_every_time_in_whatever_order_it_was_drawn(drawn: list[Candidate]) -> None:
    assert order(TRAIN, drawn) == order(TRAIN, drawn[::-1])
    assert len({c.smiles for c in order(TRAIN, drawn)}) == len(order(TRAIN, drawn))


def test_a_prefix_holds_every_class(drawn: list[Candidate]) -> None:
    first = order(TRAIN, drawn)[:100]
    assert {c.element for c in first} == {"P", "Br", "F", "Cl", "S", "hetero", "CH"}
    assert {"tiny", "textbook", "drawn"} == {c.source for c in first}


def test_cheap_ones_come_first_in_a_round() -> None:
    classes = {("a",): [candidate(s, "") for s in ("CCCC", "CC", "CCC")],
               ("b",): [candidate(s, "") for s in ("CO", "CCCO")]}  # fmt: skip
    dealt = candidates._rounds(classes, {("a",): 8, ("b",): 2})
    # Two of a and, every second round, one of b.
    sizes = [c.n_heavy for c in dealt]
    assert sizes[:2] == sorted(sizes[:2]) and len(dealt) == 5
    assert [c.element for c in dealt[:2]] == ["CH", "CH"]
    assert sizes[2:4] == sorted(sizes[2:4])


def test_lists_are_read_from_csv(tmp_path: Path) -> None:
    import gzip

    with gzip.open(tmp_path / "m.csv.gz", "wt") as file:
        file.write("SMILES\nCCCCCCCCCc1ccccc1\nCCCCCCCCC=O\n")
    (tmp_path / "h.csv").write_text("smiles,activity\nCCCCCCCBr,0\nC[Cu]C,1\n")
    assert read_smiles_table(tmp_path / "m.csv.gz") == ["CCCCCCCCCc1ccccc1", "CCCCCCCCC=O"]
    found = candidate_list(TRAIN, tmp_path / "h.csv", tmp_path / "m.csv.gz")
    assert {"hiv", "moses", "tiny"} <= {c.source for c in found}
    with pytest.raises(LabelError, match="No file"):
        read_smiles_table(tmp_path / "absent.csv")
    with pytest.raises(LabelError, match="Unknown list"):
        candidate_list("other", tmp_path / "h.csv", tmp_path / "m.csv.gz")


def test_a_larger_sample_extends_a_smaller_one() -> None:
    lines = [str(k) for k in range(50)]
    assert sample_lines(lines, 20)[:5] == sample_lines(lines, 5)


def test_the_shipped_lists_keep_their_promises(tmp_path: Path) -> None:
    train, test = (read_candidates(shipped_list(which)) for which in (TRAIN, TEST))
    assert len(train) >= 3_000 and len(test) >= 300
    assert {scaffold(c.smiles) for c in test}.isdisjoint({scaffold(c.smiles) for c in train})
    assert {c.smiles for c in hand_lists().values()} <= {c.smiles for c in train}
    for found, fewest in ((train, 300), (test, 15)):
        for counts in (Counter(c.element for c in found), Counter(c.conjugation for c in found)):
            assert min(counts.values()) >= fewest, counts
    assert all(10 <= c.n_heavy <= 25 for c in test)
    for each in (*train[::40], *test[::10]):
        assert candidate(each.smiles, each.source) == each
    write_candidates(test, tmp_path / "a.csv")
    assert read_candidates(tmp_path / "a.csv") == test
    with pytest.raises(LabelError, match="No list"):
        read_candidates(tmp_path / "b.csv")
