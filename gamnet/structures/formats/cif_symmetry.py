"""The symmetry of a cif block: operators, Hall symbol, Hermann-Mauguin name or number.

What the file says in most detail wins: its operators, then the Hall symbol, then the name with its
setting, then the number. Names and settings are those of gemmi's table, which has the 530 settings
of the International Tables, Vol. A, and of Hall, Acta Cryst. A37, 517 (1981).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import gemmi
import numpy as np

from gamnet.errors import ReadError
from gamnet.structures.formats.cif_block import Block
from gamnet.structures.formats.common import shorten

# Entries of R^T G R - G relative to those of the metric G: 1 degree, or 1.5 % of a cell length.
_METRIC_TOLERANCE = 0.03
# Every denominator of crystallographic translations divides this, and some of supercells.
_GRID = 120
_MAX_OPERATORS = 10_000
# Beyond this a check of all products would take long; a full group has at most 192.
_MAX_CLOSED = 400

_OPERATORS = (
    "_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz",
    "_space_group_symop_magn_operation_xyz",
)  # fmt: skip
_CENTRINGS = ("_space_group_symop_magn_centering_xyz",)
_HALL = ("_space_group_name_hall", "_symmetry_space_group_name_hall")
_NAMES = (
    "_space_group_name_h-m_alt", "_symmetry_space_group_name_h-m", "_space_group_name_h-m_full",
    "_symmetry_space_group_name_h-m_full", "_space_group_name_h-m",
)  # fmt: skip
_NUMBERS = ("_space_group_it_number", "_symmetry_int_tables_number")
# In tag names of any dictionary, this marks symmetry that is said in another way.
_OTHER_TAGS = re.compile(
    r"_(symmetry|space_group)_(?!cell_setting|crystal_system|patterson|id$|symop_id|equiv_pos_site_id)"
)

# What follows a name: an origin choice, the axes of a rhombohedral group; S and Z are ICSD's.
_EXTENSION = re.compile(r"(?:(?::|o|origin|originchoice)([12])|:?([hrsz]))$")
_EXTENSIONS = {"s": "1", "z": "2", "h": "H", "r": "R"}
_SYMBOL = re.compile(r"-[1-6]|(?:21|3[12]|4[1-3]|6[1-5]|[1-6])(?:/[a-z])?|[a-z]")


@dataclass(frozen=True, eq=False)
class Symmetry:
    """Operators x' = R x + t on fractional coordinates, of a whole group with its centrings.

    name : how messages call it.
    rotations : [n_operators, 3, 3] int.  translations : [n_operators, 3], in [0, 1).
    closed : whether the products of the operators are operators again, as in a group.
    """

    name: str
    rotations: np.ndarray
    translations: np.ndarray
    closed: bool = True

    @property
    def n_operators(self) -> int:
        return len(self.rotations)

    def fits(self, lattice: np.ndarray) -> bool:
        """Whether the operators leave the metric of the cell as it is."""
        metric = lattice @ lattice.T
        lengths = np.sqrt(np.diag(metric))
        change = np.einsum("nki,kl,nlj->nij", self.rotations, metric, self.rotations) - metric
        return bool((np.abs(change) <= _METRIC_TOLERANCE * np.outer(lengths, lengths)).all())

    def same_as(self, other: "Symmetry") -> bool:
        """Whether the operators are those of another one, in any order."""
        mine, others = (_key_list(s.rotations, s.translations) for s in (self, other))
        return set(mine) == set(others)


def find_symmetry(block: Block, lattice: np.ndarray) -> tuple[list[Symmetry], list[str]]:
    """The symmetry that the block states, and what to warn of.

    More than one is returned where the file leaves the setting or the origin open: all of those
    that the cell allows, the most usual first.
    Raises ReadError where nothing that the block says is understood, or the cell contradicts it.
    """
    listed = _listed(block)
    try:
        named, notes = _named(block, lattice)
    except ReadError as error:
        if listed is None:
            raise
        named, notes = [], [f"{error.subject}: the operators that it lists were applied."]
    if listed is None:
        if not named:
            return [_no_symmetry(block, notes)], [
                *notes,
                "The file states no symmetry: its atoms were taken as the whole cell.",
            ]
        return named, notes
    if listed.n_operators > 1 and not named:
        notes = []  # what was not understood is not needed
    _check_metric(listed, lattice)
    if not listed.closed:
        notes.append(
            "The symmetry operators that the file lists are not complete: products of them are "
            "not among them. Atoms may be missing."
        )
    if named and not any(listed.same_as(other) for other in named):
        said = "only the identity" if listed.n_operators == 1 else "other symmetry operators"
        notes.append(
            f"The file names the space group {named[0].name} but lists {said}: what it lists was "
            "applied" + (", so that atoms may be missing." if listed.n_operators == 1 else ".")
        )
    # Where the operators are there, it does not matter that the name leaves something open.
    return [listed], notes


def _no_symmetry(block: Block, notes: list[str]) -> Symmetry:
    """P 1, for a block that says nothing of its symmetry; raises ReadError if it says something."""
    said = [f"{tag} {block.text(tag)}" for tag in block.tags() if _OTHER_TAGS.match(tag)]
    said = [text for text in said if not text.endswith(" ")]
    if said or notes:
        raise ReadError(
            "The symmetry of the cif is not understood "
            f"({shorten('; '.join(said), 120) if said else 'no name or operator is known'})",
            "Write the symmetry operators (_space_group_symop_operation_xyz) into the file",
        )
    return _of_operators("P 1", [gemmi.Op("x,y,z")])


def _listed(block: Block) -> Symmetry | None:
    texts = [text for text in block.column(*_OPERATORS) or [] if text]
    if not texts:
        return None
    if len(texts) > _MAX_OPERATORS:
        raise ReadError(
            f"The cif lists {len(texts)} symmetry operators", "No space group has more than 192"
        )
    centrings = [text for text in block.column(*_CENTRINGS) or [] if text] or ["x,y,z"]
    operators = [_operator(text) for text in texts]
    symmetry = _of_operators(
        "its operators", [_operator(c) * operator for c in centrings for operator in operators]
    )
    return replace(symmetry, closed=_closed(symmetry))


def _operator(text: str) -> gemmi.Op:
    """An operator in any way of writing; what a magnetic one does to the moments is left out."""
    parts = text.split(",")
    triplet = ",".join(parts[:3] if len(parts) == 4 and parts[3].strip() in _TIME else parts)
    try:
        operator = gemmi.Op(triplet)
    except (RuntimeError, ValueError) as error:
        raise ReadError(
            f"The symmetry operator '{shorten(text)}' is not understood ({shorten(error)})",
            "Operators are written as in -x, y+1/2, -z+1/2",
        ) from None
    whole = not (np.array(operator.rot) % operator.DEN).any()
    if not whole or abs(operator.det_rot()) != operator.DEN**3:
        raise ReadError(
            f"The symmetry operator '{shorten(text)}' maps no lattice onto itself",
            "Operators are written as in -x, y+1/2, -z+1/2",
        )
    return operator


_TIME = ("1", "+1", "-1")


def _named(block: Block, lattice: np.ndarray) -> tuple[list[Symmetry], list[str]]:
    """What the Hall symbol, the names and the number stand for, by the first that is understood."""
    notes: list[str] = []
    found: list[Symmetry] = []
    hall = block.text(*_HALL)
    if hall:
        try:
            found = [_of_operators(hall, gemmi.symops_from_hall(hall))]
        except (RuntimeError, ValueError):
            notes.append(f"The Hall symbol '{shorten(hall)}' is not understood.")
    number = block.text(*_NUMBERS)
    for name in dict.fromkeys(filter(None, (block.text(tag) for tag in _NAMES))):
        entries = _entries(name, lattice)
        if not entries:
            notes.append(f"The space group name '{shorten(name)}' is not understood.")
        elif not found:
            found = _fitting(name, entries, lattice)
        elif not any(_of_entry(e).same_as(other) for e in entries for other in found):
            notes.append(
                f"The space group is called '{shorten(name)}' and {found[0].name}, which "
                f"differ: {found[0].name} was taken."
            )
        if entries and number.isdecimal() and int(number[:4]) != entries[0].number:
            notes.append(
                f"The space group '{shorten(name)}' has the number {entries[0].number}, not "
                f"{shorten(number)}: the name was taken."
            )
    if not found and number:
        entries = [e for e in gemmi.spacegroup_table_itb() if str(e.number) == number.lstrip("0")]
        if entries:
            found = _fitting(f"number {number}", entries, lattice)
        else:
            notes.append(f"There is no space group number '{shorten(number)}'.")
    for symmetry in found[:1]:
        _check_metric(symmetry, lattice)
    return found, notes


def _fitting(name: str, entries: list[gemmi.SpaceGroup], lattice: np.ndarray) -> list[Symmetry]:
    """The different symmetries of these entries that the cell allows, origin choice 2 first."""
    different: list[Symmetry] = []
    for entry in sorted(entries, key=lambda entry: entry.ext == "1"):
        symmetry = _of_entry(entry)
        if symmetry.fits(lattice) and not any(map(symmetry.same_as, different)):
            different.append(symmetry)
    if not different:
        raise _mismatch(shorten(name), lattice)
    return different


def _entries(name: str, lattice: np.ndarray) -> list[gemmi.SpaceGroup]:
    """Entries of the table that a name may mean: those of its surest reading that fit the cell."""
    text = re.sub(r"<[^>]{0,9}>|[\s_~()]", "", name).lower()
    extension = _EXTENSION.search(text)
    ext = ""
    if extension:
        text = text[: extension.start()]
        ext = extension[1] or _EXTENSIONS[extension[2]]
    if text.startswith("h"):  # the Protein Data Bank's name of hexagonal axes
        text, ext = "r" + text[1:], "H"
    fallback: list[gemmi.SpaceGroup] = []
    for tier in _readings(text):
        entries = [entry for entry in tier if not ext or entry.ext == ext]
        if any(_of_entry(entry).fits(lattice) for entry in entries):
            return entries
        fallback = fallback or entries
    return fallback


def _readings(text: str) -> Iterator[list[gemmi.SpaceGroup]]:
    """Entries under the name itself, under its short symbol, then for each e the glides it is."""
    table = _table()
    yield from table.get(text, [])
    centring, symbols = text[:1], _SYMBOL.findall(text[1:])
    if centring + "".join(symbols) != text:
        return
    # A short symbol leaves out the axes that follow from its planes (ITA, section 1.4.1).
    main = 1 if symbols and symbols[0][0] in "46" and "-3" not in symbols else 0
    short = centring + "".join(
        [*symbols[:main], *(symbol.split("/")[-1] for symbol in symbols[main:])]
    )
    # Before 1992 the third symbol of m-3 and m-3m had no bar.
    short = re.sub(r"^(.[mabcnd])3", r"\1-3", short)
    yield from table.get(short, [])
    if "e" in short:
        # A double glide plane has two letters, and the origins of the two symbols may differ.
        names = [short.replace("e", glide) for glide in "abc"]
        yield [entry for name in names for tier in table.get(name, []) for entry in tier]


@lru_cache(maxsize=1)
def _table() -> dict[str, list[list[gemmi.SpaceGroup]]]:
    """Compact name -> entries in the order of how surely the name means them.

    A monoclinic name without the two 1 stands for unique axis b unless the cell forbids it.
    """
    tiers: tuple[dict[str, list[gemmi.SpaceGroup]], ...] = ({}, {}, {})
    for entry in gemmi.spacegroup_table():
        parts = entry.hm.lower().split()
        tiers[0].setdefault("".join(parts), []).append(entry)
        if entry.crystal_system_str() == "monoclinic":
            axis = [part for part in parts[1:] if part != "1"]
            tier = tiers[1 if entry.monoclinic_unique_axis() == "b" else 2]
            tier.setdefault("".join([parts[0], *axis]), []).append(entry)
    names = dict.fromkeys(name for tier in tiers for name in tier)
    return {name: [tier[name] for tier in tiers if name in tier] for name in names}


@lru_cache(maxsize=1024)
def _of_entry(entry: gemmi.SpaceGroup) -> Symmetry:
    return _of_operators(entry.xhm(), entry.operations())


def _of_operators(name: str, operators: Iterable[gemmi.Op]) -> Symmetry:
    parts = [(operator.rot, operator.tran) for operator in operators]
    rotations = np.array([rot for rot, _ in parts]) // gemmi.Op.DEN
    translations = np.array([tran for _, tran in parts]) % gemmi.Op.DEN / gemmi.Op.DEN
    keys = _key_list(rotations, translations)
    different = list(dict(zip(reversed(keys), reversed(range(len(keys))), strict=True)).values())
    different.sort()
    return Symmetry(name, rotations[different], translations[different])


def _key_list(rotations: np.ndarray, translations: np.ndarray) -> list[bytes]:
    """Each operator as bytes, its translation to the nearest step of the grid."""
    steps = np.rint(translations * _GRID).astype(np.int16) % _GRID
    rows = np.concatenate([rotations.reshape(-1, 9).astype(np.int16), steps], axis=1)
    return [row.tobytes() for row in rows]


def _closed(symmetry: Symmetry) -> bool:
    rotations, translations = symmetry.rotations, symmetry.translations
    if len(rotations) > _MAX_CLOSED:
        return False
    products = np.einsum("aij,bjk->abik", rotations, rotations).reshape(-1, 3, 3)
    moved = np.einsum("aij,bj->abi", rotations, translations) + translations[:, None]
    return set(_key_list(products, moved.reshape(-1, 3))) == set(_key_list(rotations, translations))


def _check_metric(symmetry: Symmetry, lattice: np.ndarray) -> None:
    if not symmetry.fits(lattice):
        raise _mismatch(symmetry.name, lattice)


def _mismatch(name: str, lattice: np.ndarray) -> ReadError:
    lengths = np.linalg.norm(lattice, axis=1)
    cosines = (lattice / lengths[:, None]) @ (lattice / lengths[:, None]).T
    angles = np.degrees(np.arccos(np.clip(cosines[[1, 2, 0], [2, 0, 1]], -1, 1)))
    cell = ", ".join(f"{x:.6g}" for x in [*lengths, *angles])
    return ReadError(
        f"The cell ({cell}) does not have the symmetry that the file states ({name})",
        "Correct the cell or the space group; a rhombohedral group has its own symbol for each "
        "of its two cells, as in R -3 m :R and R -3 m :H",
    )
