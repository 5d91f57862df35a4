"""Structure, the input of everything: atoms, positions and, for crystals, a lattice."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from gamnet.errors import StructureError
from gamnet.formulas import hill_formula
from gamnet.structures.bonds import n_separate
from gamnet.structures.facts import StructureInfo

# Below this distance two atoms count as one place: less than half the shortest bond (H2, 0.74 A).
MIN_DISTANCE = 0.3  # A
# Beyond this a coordinate is a corrupted number; float64 still resolves 1e-10 A here.
MAX_COORDINATE = 1e6  # A
MAX_ATOMIC_NUMBER = 118

# Up to this size all n (n - 1) / 2 distances are faster than building a k-d tree.
_ALL_PAIRS_LIMIT = 100
# A sane cell needs 27 images or fewer; one that needs more than this is flat beyond any use.
_MAX_IMAGES = 1_000


@dataclass(frozen=True, eq=False)
class Structure:
    """A molecule, a crystal or one frame of a trajectory; built and checked by `make_structure`.

    numbers : [n_atoms] int64, atomic numbers.
    positions : [n_atoms, 3] float64, Angstrom.
    lattice : [3, 3] float64, rows are independent cell vectors in Angstrom (a direction that is
        not periodic has a vector, too, without meaning); None for a molecule.
    pbc : periodic along each cell vector; (False, False, False) for a molecule.
    source : where it came from (file name, "smiles:CCO", "qm9:12345").
    frame : position in the source, from 0.
    info : what else the source says; never used by a network.
    """

    numbers: np.ndarray
    positions: np.ndarray
    lattice: np.ndarray | None = None
    pbc: tuple[bool, bool, bool] = (False, False, False)
    source: str = ""
    frame: int = 0
    info: StructureInfo = StructureInfo()

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
    def n_separate(self) -> int:
        """Molecules, or groups of them, that do not touch each other; 1 for a crystal."""
        return 1 if self.periodic else n_separate(self.numbers, self.positions)

    @cached_property
    def formula(self) -> str:
        return hill_formula(self.symbols)


@dataclass(frozen=True)
class Failure:
    """A structure that could not be read: it keeps its place in the list, with the reason."""

    source: str
    frame: int
    error: str


def location(source: str, frame: int) -> str:
    """Start of an error message that says where: "'run.xyz', frame 3: ", "" without a source."""
    if not source:
        return ""
    # A file's first frame is most often its only one: naming it would only add noise.
    shown = source if len(source) <= 80 else f"{source[:30]}...{source[-47:]}"
    return f"'{shown}', frame {frame}: " if frame else f"'{shown}': "


def make_structure(
    numbers: ArrayLike,
    positions: ArrayLike,
    lattice: ArrayLike | None = None,
    pbc: ArrayLike | None = None,
    source: str = "",
    frame: int = 0,
    info: StructureInfo | None = None,
) -> Structure:
    """Check raw arrays once and freeze them into a Structure.

    Shapes and units as in Structure; `pbc` defaults to all True with a lattice. Cell vectors of
    directions that are not periodic may be zero: they are replaced by unit vectors at right
    angles to the periodic ones.
    Raises StructureError for: no atoms, unequal counts, an unknown element, coordinates that are
    NaN, infinite or beyond 1e6 A, parallel, zero or missing cell vectors, two atoms closer than
    0.3 A (periodic images included).
    """
    try:
        known = _checked_numbers(numbers)
        at = _checked_positions(positions, len(known))
        periodic = _checked_pbc([lattice is not None] * 3 if pbc is None else pbc)
        cell = _checked_lattice(lattice, periodic) if any(periodic) else None
        _check_distances(at, cell, periodic)
    except StructureError as error:
        where = location(source, frame)
        raise StructureError(f"{where}{error.subject}", error.remedy) from None
    for array in (known, at, cell):
        if array is not None:
            array.setflags(write=False)
    return Structure(known, at, cell, periodic, source, frame, info or StructureInfo())


def _checked_numbers(numbers: ArrayLike) -> np.ndarray:
    """[n_atoms] int64, each an element."""
    values = np.array(numbers)
    if values.size == 0:
        raise StructureError("The structure has no atoms", "Give at least one atom")
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise StructureError(
            f"The atomic numbers are not a list of integers (got {values.dtype} {values.shape})",
            "Give one integer per atom",
        )
    outside = np.flatnonzero((values < 1) | (values > MAX_ATOMIC_NUMBER))
    if outside.size:
        raise StructureError(
            f"Unknown element: atom {outside[0]} has atomic number {values[outside[0]]}",
            f"Use elements 1 to {MAX_ATOMIC_NUMBER}; remove dummy atoms",
        )
    return values.astype(np.int64)


def _checked_pbc(pbc: ArrayLike) -> tuple[bool, bool, bool]:
    if np.shape(pbc) != (3,):
        raise StructureError(f"pbc is {pbc!s}", "Give three booleans, one per cell vector")
    a, b, c = map(bool, np.asarray(pbc, dtype=object))
    return a, b, c


def _checked_positions(given: ArrayLike, n_atoms: int) -> np.ndarray:
    """[n_atoms, 3] float64, finite and of a plausible size."""
    try:
        positions = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StructureError(
            f"The positions are not an array of numbers ({error})", "Give one x, y, z per atom"
        ) from error
    if positions.shape != (n_atoms, 3):
        raise StructureError(
            f"{n_atoms} atoms but positions of shape {positions.shape}",
            "Give three coordinates per atom",
        )
    # Comparing is enough: NaN compares as False.
    plausible = np.abs(positions) <= MAX_COORDINATE
    if not plausible.all():
        atom = int(np.flatnonzero(~plausible.all(axis=1))[0])
        row = ", ".join(f"{x:g}" for x in positions[atom])
        wrong = "beyond 1e6 A" if np.isfinite(positions[atom]).all() else "NaN or infinite"
        raise StructureError(
            f"Atom {atom} has a coordinate that is {wrong} ({row})",
            "Write finite coordinates in Angstrom",
        )
    return positions


def _checked_lattice(given: ArrayLike | None, pbc: tuple[bool, ...]) -> np.ndarray:
    """[3, 3] lattice, always invertible; its periodic vectors are the ones given."""
    if given is None:
        raise StructureError("The structure is periodic but has no lattice", "Give cell vectors")
    lattice = np.array(given, dtype=np.float64)
    if lattice.shape != (3, 3) or not (np.abs(lattice) <= MAX_COORDINATE).all():
        raise StructureError(
            "The lattice is not a 3 x 3 matrix of finite numbers",
            "Give three cell vectors in Angstrom",
        )
    periodic = lattice[list(pbc)]  # [n_periodic, 3]
    lengths = np.linalg.norm(periodic, axis=1)
    if lengths.min() < MIN_DISTANCE:
        raise StructureError(
            f"A cell vector is {lengths.min():.3g} A long, shorter than {MIN_DISTANCE} A",
            "Give cell vectors in Angstrom, or none for a molecule",
        )
    # The volume of the cell of unit vectors: 1 for right angles, 0 for parallel vectors.
    unit = periodic / lengths[:, None]
    if np.sqrt(max(np.linalg.det(unit @ unit.T), 0.0)) < 1e-4:
        raise StructureError(
            "The cell vectors are parallel", "Give independent cell vectors in Angstrom"
        )
    scale = np.prod(np.linalg.norm(lattice, axis=1))
    if abs(np.linalg.det(lattice)) <= 1e-4 * scale:
        # Rows of vh beyond the rank are an orthonormal basis of what the periodic ones leave out.
        vh = np.linalg.svd(periodic)[2]
        lattice[~np.array(pbc)] = vh[len(periodic) :]
        if np.linalg.det(lattice) < 0:
            lattice[int(np.flatnonzero(~np.array(pbc))[0])] *= -1
    return lattice


def _check_distances(
    positions: np.ndarray, lattice: np.ndarray | None, pbc: tuple[bool, ...]
) -> None:
    """Raise when two atoms, or an atom and an image, are closer than MIN_DISTANCE."""
    n_atoms = len(positions)
    if lattice is None and n_atoms <= _ALL_PAIRS_LIMIT:
        if n_atoms == 1:
            return
        distances = pdist(positions)
        closest = int(distances.argmin())
        if distances[closest] < MIN_DISTANCE:
            first, second = np.triu_indices(n_atoms, 1)
            _refuse_pair(int(first[closest]), int(second[closest]), distances[closest])
        return
    points, atoms = positions, np.arange(n_atoms)
    if lattice is not None:
        points, atoms = _with_near_images(positions, lattice, pbc)
    # Equal points first: a tree of many of them would take quadratic time.
    order = np.lexsort(points.T)
    equal = np.flatnonzero((np.diff(points[order], axis=0) == 0).all(axis=1))
    if equal.size:
        first, second = order[equal[0] : equal[0] + 2]
        _refuse_pair(int(atoms[first]), int(atoms[second]), 0.0)
    tree = cKDTree(points, balanced_tree=False, compact_nodes=False)
    distances, nearest = tree.query(points[:n_atoms], k=2, distance_upper_bound=MIN_DISTANCE)
    closest = int(distances[:, 1].argmin())
    if distances[closest, 1] < MIN_DISTANCE:
        partner = next(k for k in nearest[closest] if k != closest)
        _refuse_pair(closest, int(atoms[partner]), distances[closest, 1])


def _with_near_images(
    positions: np.ndarray, lattice: np.ndarray, pbc: tuple[bool, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Atoms wrapped into the cell, then their images within MIN_DISTANCE of the cell's faces.

    Returns points [n_points, 3] (A) and the atom [n_points] that each one is an image of; the
    first n_atoms points are the atoms themselves. Wrapping first finds also the atoms that lie
    several cells apart, as in an unwrapped trajectory.
    """
    periodic = np.array(pbc)
    inverse = np.linalg.inv(lattice)
    fractional = positions @ inverse  # [n_atoms, 3]
    fractional = fractional - np.floor(fractional) * periodic
    # Fractional width of a layer MIN_DISTANCE thick: the height of the cell is 1 / |column|.
    margin = MIN_DISTANCE * np.linalg.norm(inverse, axis=0)  # [3]
    reach = np.where(periodic, np.ceil(margin), 0).astype(int)
    if np.prod(2 * reach + 1) > _MAX_IMAGES:
        raise StructureError(
            "The cell is flat: its vectors are almost in one plane",
            "Give a less skewed cell of the same lattice",
        )
    shifts = np.stack(
        np.meshgrid(*[np.arange(-n, n + 1) for n in reach], indexing="ij"), axis=-1
    ).reshape(-1, 3)
    shifts = shifts[shifts.any(axis=1)]
    # Only atoms near a face have images near the cell; in most cells that is a few of them.
    near_face = ((fractional <= margin) | (fractional >= 1 - margin)) & periodic
    candidates = np.flatnonzero(near_face.any(axis=1))
    images = fractional[candidates] + shifts[:, None, :]  # [n_shifts, n_candidates, 3]
    inside = ((images >= -margin) & (images <= 1 + margin)) | ~periodic
    shift, candidate = np.nonzero(inside.all(axis=2))
    points = np.concatenate([fractional, images[shift, candidate]]) @ lattice
    return points, np.concatenate([np.arange(len(positions)), candidates[candidate]])


def _refuse_pair(first: int, second: int, distance: float) -> None:
    pair = (
        f"Atom {first} and its own periodic image"
        if first == second
        else f"Atoms {min(first, second)} and {max(first, second)}"
    )
    raise StructureError(
        f"{pair} are at one place ({distance:.3f} A apart)",
        "Remove the duplicate; give each disordered site one atom; coordinates are in Angstrom",
    )
