"""GFN2-xTB orbital energies of one geometry: wrong in level, right in what conjugation does."""

import numpy as np

from gamnet.errors import LabelError
from gamnet.explanation.orbitals import BOHR, HARTREE
from gamnet.structures.structure import Structure


def xtb_levels(structure: Structure) -> tuple[float, float]:
    """HOMO and LUMO of a closed-shell molecule by GFN2-xTB, eV.

    Raises LabelError where its charges do not settle. Set OMP_NUM_THREADS before tblite is loaded:
    several processes are faster than several threads.
    """
    from tblite.interface import Calculator

    try:
        calculator = Calculator("GFN2-xTB", structure.numbers, structure.positions / BOHR)
        calculator.set("verbosity", 0)
        result = calculator.singlepoint()
    except Exception as error:  # tblite has kinds of errors of its own for each interface
        raise LabelError(f"GFN2-xTB failed for '{structure.source}': {error}") from error
    energy = np.asarray(result.get("orbital-energies")) * HARTREE  # [n_orbitals] eV
    occupied = np.asarray(result.get("orbital-occupations")) > 1.0  # [n_orbitals]
    if occupied.all() or not occupied.any():
        raise LabelError(f"'{structure.source}' has no frontier orbitals in GFN2-xTB's basis")
    return float(energy[occupied].max()), float(energy[~occupied].min())
