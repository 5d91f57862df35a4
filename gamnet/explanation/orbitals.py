"""Where the real frontier orbitals are: B3LYP populations per atom, with PySCF.

First-order perturbation theory: the derivative of an orbital's energy with respect to the on-site
potential of an atom is the orbital's population on it. That makes the populations the yardstick of
an attention map for HOMO and LUMO. PySCF is an optional extra of the package.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.constants import physical_constants

from gamnet.errors import GAMNetError
from gamnet.prediction.domain import closed_shell_obstacle
from gamnet.structures.structure import Structure

if TYPE_CHECKING:
    from pyscf.dft.rks import RKS

DEGENERATE = 0.02  # eV; orbitals this close are one level, and their populations are averaged
DIFFUSE = 0.02  # Ha; a LUMO above is a state of the basis set rather than of the molecule
HARTREE = physical_constants["Hartree energy in eV"][0]  # eV
BOHR = 0.52917721  # A
MARGIN = 3.0  # A, grid around the outermost atoms
SPACING = 0.2  # A
ENCLOSED = 0.7  # of the electron, within the surface that is drawn
_POINTS = 20_000  # grid points at a time


class OrbitalError(GAMNetError):
    """The orbitals of a structure cannot be computed."""


@dataclass(frozen=True)
class Level:
    """Level of theory.

    basis : PySCF name.  grid : PySCF level of the integration grid.
    tolerance : Ha, change of the energy at which the orbitals count as converged; that of the
        gradient is its square root.
    fitting : PySCF name of the density-fitting basis, None for the one that suits the basis.
    """

    basis: str = "6-31g*"
    grid: int = 1
    tolerance: float = 1e-9
    fitting: str | None = None


# FINE is 0.8 and 1 mHa from QM9's own HOMO and LUMO. Populations do not need its grid nor its
# convergence: ACCURATE correlates with FINE by 0.998 and more, at a fifth of the cost. COARSE, for
# training data, by 0.93 to 0.99.
FINE, ACCURATE, COARSE = Level(), Level("6-31g*", 0, 1e-4), Level("6-31g", 0, 1e-4, "weigend")


@dataclass(frozen=True, eq=False)
class FrontierOrbitals:
    """Energies in eV and Loewdin populations [n_atoms], sum 1; a diffuse LUMO's are NaN."""

    homo: float
    lumo: float
    homo_population: np.ndarray
    lumo_population: np.ndarray


@dataclass(frozen=True, eq=False)
class OrbitalGrid:
    """An orbital on a regular grid around its molecule.

    values : [n_x, n_y, n_z], a0^-3/2; the sign as a whole is arbitrary.
    origin : [3] A, of the first point.  spacing : A, the same along x, y and z.
    isovalue : |value| of the surface that encloses the share ENCLOSED of the electron.
    """

    values: np.ndarray
    origin: np.ndarray
    spacing: float
    isovalue: float


def _choose_blas_kernels() -> None:
    """Let PySCF's own OpenBLAS use AVX2 where there is one; too late once PySCF is loaded.

    The OpenBLAS in PySCF's wheel is of 2018: it takes a newer processor for one without AVX and
    needs twice the time.
    """
    if torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512"):
        os.environ.setdefault("OPENBLAS_CORETYPE", "HASWELL")


def frontier_orbitals(structure: Structure, level: Level = FINE) -> FrontierOrbitals:
    """B3LYP frontier orbitals of a closed-shell neutral molecule.

    Population of orbital c on atom A: sum over its basis functions m of (S^1/2 c)_m^2 (Loewdin).
    Raises OrbitalError for a crystal, an odd number of electrons, or no convergence.
    """
    return populations(converged(structure, level))


def frontier_pictures(
    structure: Structure, level: Level = ACCURATE, spacing: float = SPACING
) -> tuple[FrontierOrbitals, dict[str, OrbitalGrid]]:
    """As `frontier_orbitals`, and the orbitals in space: "homo" and "lumo" on a grid (A).

    Of a degenerate level one orbital is drawn, while the populations are the level's average.
    """
    field = converged(structure, level)
    occupied = np.flatnonzero(field.mo_occ > 0)
    chosen = {"homo": occupied[-1], "lumo": occupied[-1] + 1}
    low = structure.positions.min(axis=0) - MARGIN
    counts = np.ceil((np.ptp(structure.positions, axis=0) + 2 * MARGIN) / spacing).astype(int) + 1
    axes = [low[k] + spacing * np.arange(counts[k]) for k in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)  # [n_points, 3]
    coefficients = field.mo_coeff[:, list(chosen.values())]  # [n_functions, 2]
    values = np.concatenate(
        [
            field.mol.eval_gto("GTOval", part / BOHR) @ coefficients
            for part in np.array_split(points, len(points) // _POINTS + 1)
        ]
    )  # [n_points, 2]
    grids = {
        name: OrbitalGrid(column.reshape(counts), low, spacing, _isovalue(column))
        for name, column in zip(chosen, values.T, strict=True)
    }
    return populations(field), grids


def _isovalue(values: np.ndarray) -> float:
    density = np.sort(values**2)[::-1]
    enclosed = np.cumsum(density) / density.sum()
    return float(np.sqrt(density[np.searchsorted(enclosed, ENCLOSED)]))


def converged(structure: Structure, level: Level) -> "RKS":
    if obstacle := closed_shell_obstacle(structure):
        raise OrbitalError(f"'{structure.source}' {obstacle}", "Give a closed-shell neutral one")
    _choose_blas_kernels()
    from pyscf import dft, gto, lib

    lib.num_threads(1)
    molecule = gto.M(
        atom=list(zip(structure.symbols, structure.positions.tolist(), strict=True)),
        basis=level.basis,
        verbose=0,
    )
    field = dft.RKS(molecule).density_fit(auxbasis=level.fitting)
    # b3lypg is Gaussian's B3LYP (VWN3), the functional of QM9.
    field.xc, field.grids.level = "b3lypg", level.grid
    field.conv_tol, field.conv_tol_grad = level.tolerance, level.tolerance**0.5
    field.kernel()
    if not field.converged:
        raise OrbitalError(f"The orbitals of '{structure.source}' did not converge")
    return field


def populations(field: "RKS") -> FrontierOrbitals:
    energy = field.mo_energy * HARTREE  # [n_orbitals] eV
    values, vectors = np.linalg.eigh(field.get_ovlp())
    root = (vectors * np.sqrt(values)) @ vectors.T  # S^1/2, [n_functions, n_functions]
    density = (root @ field.mo_coeff) ** 2  # [n_functions, n_orbitals]
    of_atom = field.mol.aoslice_by_atom()[:, 2]  # first function of each atom
    population = np.add.reduceat(density, of_atom, axis=0)  # [n_atoms, n_orbitals]
    occupied = field.mo_occ > 0
    homo, lumo = energy[occupied].max(), energy[~occupied].min()
    homo_level = occupied & (energy > homo - DEGENERATE)
    lumo_level = ~occupied & (energy < lumo + DEGENERATE)
    lumo_population = population[:, lumo_level].mean(axis=1)
    if lumo > DIFFUSE * HARTREE:
        lumo_population = np.full(field.mol.natm, np.nan)
    return FrontierOrbitals(
        float(homo), float(lumo), population[:, homo_level].mean(axis=1), lumo_population
    )
