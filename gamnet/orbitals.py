"""Where the real frontier orbitals are: B3LYP populations per atom, with PySCF.

First-order perturbation theory: the derivative of an orbital's energy with respect to the on-site
potential of an atom is the orbital's population on it. That makes the populations the yardstick of
an attention map for HOMO and LUMO. PySCF is an optional extra of the package.
"""

from dataclasses import dataclass

import numpy as np

from gamnet.errors import GAMNetError
from gamnet.structures import Structure

DEGENERATE = 0.02  # eV; orbitals this close are one level, and their populations are averaged
DIFFUSE = 0.02  # Ha; a LUMO above is a state of the basis set rather than of the molecule
HARTREE = 27.211386  # eV


class OrbitalError(GAMNetError):
    """The orbitals of a structure cannot be computed."""


@dataclass(frozen=True)
class Level:
    """Level of theory.  basis : PySCF name.  grid : PySCF level of the integration grid."""

    basis: str = "6-31g*"
    grid: int = 1


# 0.8 and 1 mHa from QM9's own HOMO and LUMO; and a four times cheaper one, for training data.
ACCURATE, COARSE = Level(), Level("6-31g", 0)


@dataclass(frozen=True, eq=False)
class FrontierOrbitals:
    """Energies in eV and Loewdin populations [n_atoms], sum 1; a diffuse LUMO's are NaN."""

    homo: float
    lumo: float
    homo_population: np.ndarray
    lumo_population: np.ndarray


def frontier_orbitals(structure: Structure, level: Level = ACCURATE) -> FrontierOrbitals:
    """B3LYP frontier orbitals of a closed-shell neutral molecule.

    Population of orbital c on atom A: sum over its basis functions m of (S^1/2 c)_m^2 (Loewdin).
    Raises OrbitalError for a crystal, an odd number of electrons, or no convergence.
    """
    from pyscf import dft, gto, lib

    if structure.periodic or structure.numbers.sum() % 2:
        kind = "is periodic" if structure.periodic else "has an odd number of electrons"
        raise OrbitalError(f"'{structure.source}' {kind}", "Give a closed-shell neutral molecule")
    lib.num_threads(1)
    molecule = gto.M(
        atom=list(zip(structure.symbols, structure.positions.tolist(), strict=True)),
        basis=level.basis,
        verbose=0,
    )
    field = dft.RKS(molecule).density_fit()
    # b3lypg is Gaussian's B3LYP (VWN3), the functional of QM9.
    field.xc, field.grids.level = "b3lypg", level.grid
    field.kernel()
    if not field.converged:
        raise OrbitalError(f"The orbitals of '{structure.source}' did not converge")
    energy = field.mo_energy * HARTREE  # [n_orbitals] eV
    values, vectors = np.linalg.eigh(field.get_ovlp())
    root = (vectors * np.sqrt(values)) @ vectors.T  # S^1/2, [n_functions, n_functions]
    density = (root @ field.mo_coeff) ** 2  # [n_functions, n_orbitals]
    of_atom = molecule.aoslice_by_atom()[:, 2]  # first function of each atom
    population = np.add.reduceat(density, of_atom, axis=0)  # [n_atoms, n_orbitals]
    occupied = field.mo_occ > 0
    homo, lumo = energy[occupied].max(), energy[~occupied].min()
    homo_level = occupied & (energy > homo - DEGENERATE)
    lumo_level = ~occupied & (energy < lumo + DEGENERATE)
    lumo_population = population[:, lumo_level].mean(axis=1)
    if lumo > DIFFUSE * HARTREE:
        lumo_population = np.full(structure.n_atoms, np.nan)
    return FrontierOrbitals(
        float(homo), float(lumo), population[:, homo_level].mean(axis=1), lumo_population
    )
