"""B3LYP labels of one geometry, with PySCF."""

from dataclasses import dataclass

import numpy as np

from gamnet.explanation.orbitals import HARTREE, Level, converged, populations
from gamnet.structures.structure import Structure

# QM9's orbital energies but for an offset (see `offset`). A tighter convergence moves HOMO and
# LUMO by less than 1 meV and takes a fifth longer; a coarser grid moves them by 10 meV.
ANCHOR = Level("6-31g*", 1, 1e-6)


@dataclass(frozen=True, eq=False)
class Labels:
    """What DFT says of a molecule at one geometry.

    homo, lumo, energy : eV.  dipole : [3] D, in the frame of the positions.
    charges : [n_atoms] e, Mulliken.
    homo_population, lumo_population : [n_atoms], Loewdin, sum 1, degenerate levels averaged; NaN
        for a LUMO that is diffuse.
    """

    homo: float
    lumo: float
    energy: float
    dipole: np.ndarray
    charges: np.ndarray
    homo_population: np.ndarray
    lumo_population: np.ndarray


def level_name(level: Level) -> str:
    """Name of a folder for labels of this level."""
    fitting = f"-{level.fitting}" if level.fitting else ""
    name = f"b3lyp-{level.basis}-{level.grid}-{level.tolerance:g}{fitting}"
    return name.replace("*", "s").replace("/", "_")


def dft_labels(structure: Structure, level: Level = ANCHOR) -> Labels:
    """Labels of a closed-shell neutral molecule; raises OrbitalError without convergence."""
    field = converged(structure, level)
    frontier = populations(field)
    density = field.make_rdm1()
    _, charges = field.mulliken_pop(verbose=0)
    return Labels(
        frontier.homo,
        frontier.lumo,
        float(field.e_tot * HARTREE),
        np.asarray(field.dip_moment(dm=density, unit="Debye", verbose=0)),
        np.asarray(charges),
        frontier.homo_population,
        frontier.lumo_population,
    )
