"""What the tests of reading share: a molecule, comparison with ASE, and the error of a source."""

import numpy as np
import pytest
from ase import Atoms

from gamnet.errors import ReadError, StructureError
from gamnet.network.training_domain import TrainingDomain
from gamnet.prediction.domain import remarks
from gamnet.structures.reading import read
from gamnet.structures.structure import Structure

WATER = b"3\nwater\nO 0 0 0\nH 0 0 0.96\nH 0.93 0 -0.24\n"
POSCAR = "Fe\n1.0\n3 0 0\n0 3 0\n0 0 3\nFe\n2\nDirect\n0 0 0\n0.5 0.5 0.5\n"

# What a model of neutral closed-shell molecules has seen, as far as sentences depend on it.
NEUTRAL = TrainingDomain({}, {}, {}, {0: 1}, {0: 1}, {0: 1})


def told(structure: Structure) -> tuple[str, ...]:
    """All that is said of a structure that has been read: of its source, and of its facts."""
    return (*structure.info.notes, *remarks(structure, NEUTRAL))


def assert_same(structure: Structure, atoms: Atoms, atol: float = 1e-6) -> None:
    np.testing.assert_array_equal(structure.numbers, atoms.numbers)
    np.testing.assert_allclose(structure.positions, atoms.positions, atol=atol)
    assert structure.pbc == tuple(atoms.pbc)
    if atoms.pbc.all():
        np.testing.assert_allclose(structure.lattice, atoms.cell.array, atol=atol)


def error_of(source, **options) -> str:
    with pytest.raises((ReadError, StructureError)) as caught:
        read(source, **options)
    return str(caught.value)
