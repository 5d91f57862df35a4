"""The atoms that a cif block lists, and their images under its symmetry."""

import re
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_numbers, chemical_symbols

from gamnet.errors import ReadError
from gamnet.structures.facts import StructureInfo
from gamnet.structures.formats.cif_block import Block, number
from gamnet.structures.formats.cif_symmetry import Symmetry
from gamnet.structures.formats.common import isotopes, shorten

# Images of a site closer than this are one atom on a special position, whose coordinates the file
# has rounded (0.333 for 1/3).
_ONE_PLACE = 0.05  # A
# Fractional coordinates of two sites that differ by less are meant to be one position.
_SAME_SITE = 1e-3
_FULL = 1e-3  # an occupancy this close to 1 is 1
# Atoms times operators: what one structure may have at most before its images are merged.
_MAX_IMAGES = 4_000_000

_FRACTIONAL = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")
_MULTIPLICITIES = ("_atom_site_site_symmetry_multiplicity", "_atom_site_symmetry_multiplicity")
_LETTERS = re.compile(r"[A-Za-z]+")
# After a type's element: an oxidation state ("Fe3+", "O2-", "Cu1.5+"), or a running number.
_AFTER_TYPE = re.compile(r"[\d.]*[+-]?\d*$")
# A label that is no element begins with one of these where it names a kind of site: OW, HO, CX.
_GUESSED = "BCFHNOPS"


@dataclass(frozen=True)
class Site:
    """A row of the loop of atoms.

    number : atomic number.  position : fractional coordinates.  occupancy : 1 if not said.
    multiplicity : how many images the file says that it has in the cell; None if it does not.
    """

    label: str
    number: int
    position: tuple[float, float, float]
    occupancy: float = 1.0
    multiplicity: int | None = None


@dataclass(frozen=True)
class Sites:
    """The sites with a position, and what is known beside them."""

    sites: list[Site]
    info: StructureInfo


def has_atoms(block: Block) -> bool:
    """Whether the block lists atoms in fractional coordinates."""
    return block.raw(_FRACTIONAL[0]) is not None


def read_sites(block: Block) -> Sites:
    """The sites of the block; raises ReadError for one that is no single, whole, known atom."""
    columns = [block.column(tag) for tag in _FRACTIONAL]
    if any(column is None for column in columns):
        raise ReadError("The atoms have no complete fractional coordinates", "Give x, y and z")
    labels = block.column("_atom_site_label", "_atom_site_id")
    types = block.column("_atom_site_type_symbol")
    n_rows = len(columns[0] or [])
    if any(len(column) != n_rows for column in (*columns, labels, types) if column is not None):
        raise ReadError("The columns of the atoms have different lengths", "Use one loop for them")
    if labels is None and types is None:
        raise ReadError("The atoms have neither labels nor types", "Give _atom_site_type_symbol")
    occupancies = block.raw("_atom_site_occupancy") or ["."] * n_rows
    multiplicities = block.column(*_MULTIPLICITIES) or [""] * n_rows
    flags = block.column("_atom_site_calc_flag") or [""] * n_rows
    elements = _Elements(block)
    sites: list[Site] = []
    n_unplaced = 0
    empty: list[str] = []
    unknown: list[str] = []
    for k in range(n_rows):
        label = (labels or types or [])[k]
        if flags[k].lower() in ("dum", "dummy"):
            empty.append(label)
            continue
        element = elements.number(label, types[k] if types else "")
        texts = [(column or [])[k] for column in columns]
        if "" in texts:
            if element != 1:
                raise ReadError(f"Site '{shorten(label)}' has no coordinates", "Remove or place it")
            n_unplaced += 1
            continue
        occupancy = _occupancy(occupancies[k], label)
        if occupancies[k] == "?":
            unknown.append(label)
        if occupancy == 0:
            empty.append(label)
            continue
        position = [_coordinate(text, label) for text in texts]
        sites.append(
            Site(
                label, element, (position[0], position[1], position[2]), occupancy,
                int(multiplicities[k]) if multiplicities[k][:6].isdecimal() else None,
            )
        )  # fmt: skip
    notes = elements.notes()
    if empty:
        notes.append(f"Sites without an atom were left out: {_some(empty)}.")
    if unknown:
        notes.append(f"The occupancy of {_some(unknown)} is unknown ('?'): taken as 1.")
    _check_whole(sites)
    # Hydrogens that the file counts at the atoms that carry them.
    attached = [number(text) for text in block.column("_atom_site_attached_hydrogens") or []]
    missing = n_unplaced + sum(int(count) for count in attached if 0 < count < 10)
    info = StructureInfo(
        isotopes=isotopes(elements.own_symbols), missing_hydrogens=missing, notes=tuple(notes)
    )
    return Sites(sites, info)


def images(
    sites: list[Site], symmetry: Symmetry, lattice: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """All atoms of the cell: the site [n_atoms] of each, and fractional positions [n_atoms, 3].

    Images of a site within 0.05 A of each other are one atom. Raises ReadError for a site so near
    to a special position that some of its images are one atom and others are not.
    """
    n_images = len(sites) * symmetry.n_operators
    if n_images > _MAX_IMAGES:
        raise ReadError(
            f"{len(sites)} sites times {symmetry.n_operators} symmetry operators are "
            f"{n_images:,} atoms",
            f"Up to {_MAX_IMAGES:,} can be read",
        )
    positions = np.array([site.position for site in sites])
    if symmetry.n_operators == 1:
        return np.arange(len(sites)), positions
    parents: list[int] = []
    found: list[np.ndarray] = []
    for k, position in enumerate(positions):
        points = symmetry.rotations @ position + symmetry.translations
        points -= np.floor(points)
        distances = _distances(points[:1], points, lattice)[0]  # [n_operators]
        n_equal = int((distances < _ONE_PLACE).sum())
        # Operators of a group map the images onto each other: what holds for one holds for all.
        if n_equal > 1 or not symmetry.closed:
            close = _distances(points, points, lattice) < _ONE_PLACE
            points = points[close.argmax(axis=1) == np.arange(len(points))]
            if symmetry.closed and len(points) * n_equal != symmetry.n_operators:
                raise ReadError(
                    f"Site '{shorten(sites[k].label)}' is almost on a special position, but "
                    "farther from it than rounding explains",
                    "Write its coordinates with more digits",
                )
        parents += [k] * len(points)
        found.append(points)
    return np.array(parents), np.concatenate(found)


def _distances(points: np.ndarray, others: np.ndarray, lattice: np.ndarray) -> np.ndarray:
    """Distances [n, m] in A of fractional points to the images of others, if they are near."""
    difference = points[:, None] - others[None]
    difference -= np.rint(difference)
    return np.linalg.norm(difference @ lattice, axis=-1)


def _check_whole(sites: list[Site]) -> None:
    """Refuse sites that are partly occupied, and two sites that are one position."""
    if not sites:
        raise ReadError("No atom of the cif has coordinates", "Give at least one atom")
    steps = np.rint(np.array([site.position for site in sites]) / _SAME_SITE)
    _, group = np.unique(np.mod(steps, 1 / _SAME_SITE), axis=0, return_inverse=True)
    group = group.ravel()
    for k, site in enumerate(sites):
        if abs(site.occupancy - 1) > _FULL:
            same = [sites[m] for m in np.flatnonzero(group == group[k])]
            species = ", ".join(f"{chemical_symbols[s.number]}:{s.occupancy:g}" for s in same)
            raise ReadError(
                f"Site '{shorten(site.label)}' is partly occupied ({shorten(species)})",
                "Choose one ordered configuration, for instance with pymatgen's "
                "OrderDisorderedStructureTransformation, and save that",
            )
    counts = np.bincount(group)
    if counts.max() > 1:
        first, second = np.flatnonzero(group == counts.argmax())[:2]
        raise ReadError(
            f"Sites '{shorten(sites[first].label)}' and '{shorten(sites[second].label)}' are at "
            "one place (their occupancies add up to more than 1)",
            "Remove the duplicate",
        )


def _coordinate(text: str, label: str) -> float:
    value = number(text)
    if not np.isfinite(value):
        raise ReadError(
            f"Site '{shorten(label)}': '{shorten(text)}' is not a number",
            "Fractional coordinates are decimal numbers with a point, as in 0.25 or 0.2514(3)",
        )
    return value


def _occupancy(text: str, label: str) -> float:
    """The occupancy; by the dictionary "." is the default, 1."""
    if text in (".", "?", ""):
        return 1.0
    value = number(text)
    if not 0 <= value <= 1 + _FULL:
        raise ReadError(
            f"Site '{shorten(label)}' has the occupancy '{shorten(text)}'",
            "Occupancies are numbers from 0 to 1",
        )
    return value


class _Elements:
    """Elements of types and labels; keeps what was guessed, and the symbols of isotopes."""

    def __init__(self, block: Block) -> None:
        known = block.column("_atom_type_symbol") or []
        formula = re.findall(r"[A-Z][a-z]?", block.text("_chemical_formula_sum"))
        self._named = set(formula) | {"".join(_LETTERS.findall(one)[:1]) for one in known}
        self._guessed: dict[str, str] = {}
        self.own_symbols: set[str] = set()
        self._groups = False

    def number(self, label: str, kind: str) -> int:
        """Atomic number of a site by its type, else by its label; raises ReadError."""
        symbol = self._of_type(kind, label) if kind else self._of_label(label)
        if symbol == "D":
            self.own_symbols.add(symbol)
            return 1
        return int(atomic_numbers[symbol])

    def notes(self) -> list[str]:
        found = []
        if self._guessed:
            pairs = [f"{label} as {symbol}" for label, symbol in self._guessed.items()]
            found.append(f"An atom's type was guessed from its label: {_some(pairs)}.")
        if self._groups:
            found.append(
                "A label names a group with hydrogen: if the file has no site for the hydrogen, it "
                "is missing here."
            )
        return found

    def _of_type(self, kind: str, label: str) -> str:
        letters = "".join(_LETTERS.findall(kind)[:1])
        symbol = letters.capitalize()
        if kind.startswith(letters) and _is_element(symbol):
            if _AFTER_TYPE.match(kind[len(letters) :]):
                return symbol
        raise ReadError(
            f"Site '{shorten(label)}' has a dummy atom or an unknown element as its type "
            f"('{shorten(kind)}')",
            "Use element symbols such as C, H, O, Fe, and give each atom of a group its own site",
        )

    def _of_label(self, label: str) -> str:
        letters = "".join(_LETTERS.findall(label)[:1])
        if label.startswith(letters) and letters:
            symbol = letters.capitalize()
            first = letters[0].upper()
            if letters == symbol and _is_element(symbol):
                return symbol
            if _is_element(symbol) and (symbol in self._named or first not in self._named):
                # CA may be calcium or an alpha carbon, HO holmium or a hydroxyl's hydrogen.
                if len(letters) > 1 and _is_element(first):
                    self._guessed[label] = symbol
                return symbol
            if first in _GUESSED and (len(letters) == 1 or letters[1:].isupper()):
                self._guessed[label] = first
                self._groups = self._groups or (first != "H" and "H" in letters[1:])
                return first
            if len(letters) > 2 and letters[1].islower() and _is_element(letters[:2]):
                self._guessed[label] = letters[:2]
                return letters[:2]
        raise ReadError(
            f"Site '{shorten(label)}' has no type, and its label names no element",
            "Add _atom_site_type_symbol with element symbols such as C, H, O, Fe",
        )


def _is_element(symbol: str) -> bool:
    return symbol == "D" or (symbol != "X" and symbol in atomic_numbers)


def _some(items: list[str]) -> str:
    """The first few, and how many more there are."""
    shown = ", ".join(shorten(item, 30) for item in items[:3])
    return shown + (f" and {len(items) - 3} more" if len(items) > 3 else "")
