"""Structure, the input of everything: atoms, positions and, for crystals, a lattice."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from ase.data import chemical_symbols
from scipy.spatial import cKDTree

from gamnet.errors import StructureError

# Below this distance two atoms count as one place: half the shortest bond known (H2, 0.74 A).
MIN_DISTANCE = 0.3  # A
MAX_ATOMIC_NUMBER = 118


@dataclass(frozen=True, eq=False)
class Structure:
    """A molecule, a crystal or one frame of a trajectory; built and checked by `make_structure`.

    numbers : [n_atoms] int64, atomic numbers.
    positions : [n_atoms, 3] float64, Angstrom.
    lattice : [3, 3] float64, rows are the cell vectors in Angstrom; None for a molecule.
    pbc : periodic along each cell vector; (False, False, False) for a molecule.
    source : where it came from (file name, "smiles:CCO", "qm9:12345").
    frame : position in the source, from 0.
    info : what else the source says (identifiers, labels); never used by a model.
    """

    numbers: np.ndarray
    positions: np.ndarray
    lattice: np.ndarray | None = None
    pbc: tuple[bool, bool, bool] = (False, False, False)
    source: str = ""
    frame: int = 0
    info: dict[str, object] = field(default_factory=dict)

    @property
    def n_atoms(self) -> int:
        return len(self.numbers)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        return tuple(chemical_symbols[z] for z in self.numbers)

    @property
    def periodic(self) -> bool:
        return any(self.pbc)

    @cached_property
    def formula(self) -> str:
        """Formula in Hill order: carbon, hydrogen, then the alphabet."""
        count = Counter(self.symbols)
        first = [s for s in ("C", "H") if "C" in count and s in count]
        order = first + sorted(s for s in count if s not in first)
        return "".join(s + (str(count[s]) if count[s] > 1 else "") for s in order)


@dataclass(frozen=True)
class Failure:
    """A structure that could not be read: it keeps its place in the list, with the reason."""

    source: str
    frame: int
    error: str


def make_structure(
    numbers: np.ndarray,
    positions: np.ndarray,
    lattice: np.ndarray | None = None,
    pbc: tuple[bool, bool, bool] | None = None,
    source: str = "",
    frame: int = 0,
    info: dict[str, object] | None = None,
) -> Structure:
    """Check raw arrays once and freeze them into a Structure.

    Shapes and units as in Structure; `pbc` defaults to all True with a lattice.
    Raises StructureError for: no atoms, unequal counts, an unknown element, NaN or infinite
    coordinates, a singular lattice, two atoms closer than 0.3 A (periodic images included).
    """
    where = f"'{source}', frame {frame}: " if source else ""
    numbers = np.array(numbers, dtype=np.int64).reshape(-1)  # [n_atoms]
    positions = np.array(positions, dtype=np.float64)
    if len(numbers) == 0:
        raise StructureError(f"{where}the structure has no atoms", "Give at least one atom")
    if positions.shape != (len(numbers), 3):
        raise StructureError(
            f"{where}{len(numbers)} atoms but positions of shape {positions.shape}",
            "Give three coordinates per atom",
        )
    unknown = sorted({int(z) for z in numbers if not 1 <= z <= MAX_ATOMIC_NUMBER})
    if unknown:
        raise StructureError(
            f"{where}unknown atomic number {unknown[0]}",
            f"Use elements 1 to {MAX_ATOMIC_NUMBER}; dummy atoms must be removed",
        )
    bad = np.flatnonzero(~np.isfinite(positions).all(axis=1))
    if len(bad):
        raise StructureError(
            f"{where}atom {bad[0]} has a coordinate that is NaN or infinite",
            "Write finite coordinates in Angstrom",
        )
    if pbc is None:
        pbc = (lattice is not None,) * 3
    pbc = tuple(bool(p) for p in pbc)
    if not any(pbc):
        lattice = None
    if any(pbc):
        lattice = _checked_lattice(lattice, pbc, where)
    _check_distances(positions, lattice, pbc, where)
    for array in (numbers, positions) + (() if lattice is None else (lattice,)):
        array.setflags(write=False)
    return Structure(numbers, positions, lattice, pbc, source, frame, dict(info or {}))


def _checked_lattice(lattice: object, pbc: tuple[bool, ...], where: str) -> np.ndarray:
    """[3, 3] lattice whose periodic vectors are finite and independent; others are completed."""
    if lattice is None:
        raise StructureError(f"{where}periodic but without a lattice", "Give three cell vectors")
    lattice = np.array(lattice, dtype=np.float64)
    if lattice.shape != (3, 3) or not np.isfinite(lattice).all():
        raise StructureError(
            f"{where}the lattice is not a finite 3 x 3 matrix", "Give three cell vectors in A"
        )
    periodic = lattice[list(pbc)]  # [n_periodic, 3]
    volume = np.sqrt(max(np.linalg.det(periodic @ periodic.T), 0.0))
    if volume < 1e-3:
        raise StructureError(
            f"{where}the periodic cell vectors are parallel or zero",
            "Give independent cell vectors in Angstrom, or none for a molecule",
        )
    return lattice


def _check_distances(
    positions: np.ndarray, lattice: np.ndarray | None, pbc: tuple[bool, ...], where: str
) -> None:
    # Images in the 26 surrounding cells are enough: a shorter period than 0.3 A is refused.
    shifts = np.zeros((1, 3))
    if lattice is not None:
        ranges = [(-1, 0, 1) if periodic else (0,) for periodic in pbc]
        grid = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
        shifts = grid @ lattice  # [n_images, 3]
        lengths = np.linalg.norm(shifts, axis=1)
        if (lengths[lengths > 0] < MIN_DISTANCE).any():
            raise StructureError(f"{where}a cell vector is shorter than {MIN_DISTANCE} A")
    tree = cKDTree(positions)
    for shift in shifts:
        moved = positions + shift
        near = np.flatnonzero(
            ((moved > positions.min(0) - 1) & (moved < positions.max(0) + 1)).all(axis=1)
        )
        if not len(near):
            continue
        distance, _ = tree.query(moved[near], k=2 if not shift.any() else 1)
        closest = distance[:, 1] if not shift.any() else distance  # [n_near]
        if len(closest) and closest.min() < MIN_DISTANCE:
            atom = int(near[closest.argmin()])
            raise StructureError(
                f"{where}atom {atom} and another atom are at one place "
                f"({closest.min():.3f} A apart)",
                "Remove the duplicate; disordered sites must be resolved to one atom each",
            )
