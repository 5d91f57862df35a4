"""A crystal is one thing, however its cell is chosen: repeated, turned, or with other origins."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal
from networks import network, run

from gamnet.graphs.graph import build_graph
from gamnet.graphs.rule import CRYSTAL_RULE, NeighborRule
from gamnet.structures.structure import Structure, make_structure

SMOOTH = NeighborRule(6.0, 0.1, 0.0, 0.9, 1.0)


def perovskite() -> Atoms:
    basis = [(0.5, 0.5, 0.5), (0, 0, 0), (0.5, 0, 0)]
    atoms = crystal(("C", "N", "O"), basis, spacegroup=221, cellpar=[4.1, 4.1, 4.1, 90, 90, 90])
    atoms.positions[3] += (0.1, 0.05, 0.0)  # so that nothing is equal by symmetry alone
    return atoms


def structure(atoms: Atoms) -> Structure:
    return make_structure(atoms.numbers, atoms.positions, atoms.cell[:], (True, True, True))


@pytest.mark.parametrize("rule", [CRYSTAL_RULE, SMOOTH], ids=["hard", "smooth"])
def test_a_repeated_cell_has_the_same_values_and_scores(rule: NeighborRule) -> None:
    model = network(ga_energy="mean", max_distance=6.0, n_angular=4)
    once, repeated = perovskite(), perovskite().repeat((2, 1, 3))
    one, six = (run(model, [build_graph(structure(a), rule)]) for a in (once, repeated))
    n = len(once)
    intensive, extensive = six.values[0]
    baseline = float(model.baselines[1])
    assert float(intensive) == pytest.approx(float(one.values[0, 0]), abs=1e-5)
    assert float(extensive) - baseline == pytest.approx(
        6 * (float(one.values[0, 1]) - baseline), abs=1e-5
    )
    for k in range(6):
        part = six.ga_scores[k * n : (k + 1) * n] * 6
        np.testing.assert_allclose(part, one.ga_scores, atol=1e-5)
    assert one.ga_scores.std() > 1e-3  # that they are equal says something


def test_sites_that_are_equal_by_symmetry_have_equal_scores() -> None:
    model = network(ga_energy="mean", max_distance=6.0, n_angular=4)
    atoms = crystal(  # quartz: one site of each element, three and six times
        ("C", "O"), [(0.4697, 0.0, 1 / 3), (0.4135, 0.2669, 0.7858)], spacegroup=152,
        cellpar=[4.916, 4.916, 5.405, 90, 90, 120],
    )  # fmt: skip
    out = run(model, [build_graph(structure(atoms), SMOOTH)])
    for z, count in ((6, 3), (8, 6)):
        own = out.ga_scores[atoms.numbers == z]
        assert len(own) == count
        np.testing.assert_allclose(own, own[:1].expand(count, -1), atol=1e-5)


def test_a_strain_changes_values_smoothly() -> None:
    """In steps of 0.02 % through face-centred cubic, where faces of second neighbours appear."""
    model = network(ga_energy="mean", max_distance=6.0, n_angular=4)
    values = []
    for strain in np.linspace(-0.02, 0.02, 201):
        atoms = bulk("C", "fcc", a=3.9)
        atoms.set_cell(atoms.cell[:] @ np.diag([1, 1, 1 + strain]), scale_atoms=True)
        values.append(run(model, [build_graph(structure(atoms), SMOOTH)]).values[0].numpy())
    steps = np.abs(np.diff(values, axis=0))
    assert (steps.max(axis=0) < 10 * np.median(steps, axis=0)).all()
