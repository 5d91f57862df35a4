"""Which molecules to label, and in which order: every prefix of a list is representative.

The lists are made in rounds. A round has a few molecules of each class (size, rarest element,
conjugation) that still has some, the cheap ones first.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gamnet.datasets.classes import Candidate, candidate, digest, is_test_scaffold, scaffold
from gamnet.errors import LabelError
from gamnet.labelling.pools import pool, read_smiles_table, sample_lines
from gamnet.labelling.textbook import TEXTBOOK
from gamnet.labelling.tiny import tiny_molecules

TRAIN, TEST = "train", "test"
N_TRAIN, N_TEST = 4_000, 400
_MOSES_LINES = 25_000  # of 1.6 million

# Largest number of heavy atoms of each size class -> molecules of a class and round, in quarters
# of a molecule: the small ones are cheap, so that many get done in an hour.
_TRAIN_SIZES = {3: 4, 6: 4, 9: 4, 12: 3, 14: 1, 16: 1}
_TEST_SIZES = {12: 4, 14: 2, 16: 2, 20: 4, 25: 2}
# QM9 itself has 10^5 of the small ones without a rare element.
_KNOWN_TO_QM9, _KNOWN_SIZE, _KNOWN_SHARE = ("CH", "hetero"), 9, 2
_PER_ROUND = {"tiny": 12, "textbook": 12}  # of the two lists by hand


def candidate_list(which: str, hiv: Path, moses: Path) -> list[Candidate]:
    """The list `which` ("train" or "test") in the order to label; the same on every call.

    hiv, moses : csv files (or csv.gz) whose first column is SMILES.
    """
    if which not in (TRAIN, TEST):
        raise LabelError(f"Unknown list '{which}'", f"Available: {TRAIN}, {TEST}")
    drawn = pool(sample_lines(read_smiles_table(moses), _MOSES_LINES), "moses")
    drawn |= pool(read_smiles_table(hiv), "hiv")
    return order(which, drawn.values())


def order(which: str, drawn: Iterable[Candidate]) -> list[Candidate]:
    """Sort candidates from other lists into rounds; "train" has the lists by hand as well."""
    by_hand = hand_lists()
    # Molecules by hand are for training: their scaffolds cannot be tested on.
    taken = {scaffold(c.smiles) for c in by_hand.values()} - {""}
    fresh = [c for c in drawn if c.smiles not in by_hand]
    sizes = _TRAIN_SIZES if which == TRAIN else _TEST_SIZES
    classes: dict[tuple[Any, ...], list[Candidate]] = defaultdict(list)
    smallest = 1 if which == TRAIN else 10
    for found in fresh:
        if not smallest <= found.n_heavy <= max(sizes):
            continue
        frame = scaffold(found.smiles)
        for_test = is_test_scaffold(frame) and frame not in taken
        if for_test == (which == TEST):
            classes[_size(found, sizes), found.element, found.conjugation].append(found)
    shares = {key: _quarters(key, sizes) for key in classes}
    if which == TRAIN:
        for found in by_hand.values():
            classes[found.source,].append(found)
        shares |= {(name,): 4 * count for name, count in _PER_ROUND.items()}
    rounds = _rounds(classes, shares)
    return rounds[: N_TRAIN if which == TRAIN else N_TEST]


def hand_lists() -> dict[str, Candidate]:
    """The molecules of `tiny` and `textbook`, by canonical SMILES."""
    found: dict[str, Candidate] = {}
    for source, texts in (("textbook", TEXTBOOK), ("tiny", tiny_molecules())):
        for text in texts:
            made = candidate(text, source)
            if made is None:
                raise LabelError(f"'{text}' of the list '{source}' is not a candidate")
            found.setdefault(made.smiles, made)
    return found


def _size(found: Candidate, sizes: dict[int, int]) -> int:
    return min(limit for limit in sizes if found.n_heavy <= limit)


def _quarters(key: tuple[Any, ...], sizes: dict[int, int]) -> int:
    size, element, _ = key
    known = size <= _KNOWN_SIZE and element in _KNOWN_TO_QM9
    return sizes[size] // (_KNOWN_SHARE if known else 1)


def _rounds(
    classes: dict[tuple[Any, ...], list[Candidate]], shares: dict[tuple[Any, ...], int]
) -> list[Candidate]:
    """Deal the classes out, each `shares` quarters of a molecule a round, until all are empty."""
    waiting = {
        key: sorted(members, key=lambda c: (digest(c.smiles), c.smiles))
        for key, members in sorted(classes.items(), key=lambda item: tuple(map(str, item[0])))
    }
    dealt: list[Candidate] = []
    number = 0
    while any(waiting.values()):
        number += 1
        this = []
        for key, members in waiting.items():
            count = shares[key] * number // 4 - shares[key] * (number - 1) // 4
            this += members[:count]
            del members[:count]
        dealt += sorted(this, key=lambda c: (c.n_heavy, digest(c.smiles), c.smiles))
    return dealt
