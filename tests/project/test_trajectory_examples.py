"""The shipped trajectories, and files of every format as trajectories."""

import warnings
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms

import gamnet
from gamnet.examples import TRAJECTORIES
from gamnet.prediction.trajectory import Collector
from gamnet.structures.structure import make_structure
from gamnet.structures.times import frame_times

WATER = [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]


@pytest.mark.parametrize("example", TRAJECTORIES.values(), ids=list(TRAJECTORIES))
def test_examples_are_small_and_within_qm9s_chemistry(example) -> None:
    assert example.path.stat().st_size < 300_000
    frames = gamnet.read(example.path)
    assert len(frames) == example.n_frames
    assert set(frames[0].symbols) <= {"H", "C", "N", "O", "F"}
    assert sum(symbol != "H" for symbol in frames[0].symbols) <= 9
    times = frame_times(frames)
    assert np.diff(times) == pytest.approx(np.full(len(frames) - 1, example.interval))
    # The recipe names the molecule that is in the file.
    from rdkit import Chem

    molecule = Chem.AddHs(Chem.MolFromSmiles(example.smiles))
    assert [a.GetSymbol() for a in molecule.GetAtoms()] == list(frames[0].symbols)


def test_examples_show_what_they_say() -> None:
    proton = gamnet.read(TRAJECTORIES["malonaldehyde"].path)
    at = np.array([frame.positions for frame in proton])  # [n_frames, n_atoms, 3]
    symbols = proton[0].symbols
    first, second = (i for i, symbol in enumerate(symbols) if symbol == "O")
    to_first, to_second = (
        np.linalg.norm(at[:, [i for i, s in enumerate(symbols) if s == "H"]] - at[:, [o]], axis=-1)
        for o in (first, second)
    )  # [n_frames, n_hydrogens]
    nearest = (to_first - to_second)[:, np.minimum(to_first, to_second).min(axis=0).argmin()]
    assert (nearest < -0.3).any() and (nearest > 0.3).any(), "the proton stays"
    chain = gamnet.read(TRAJECTORIES["aminobutanal"].path)
    ends = [chain[0].symbols.index("N"), chain[0].symbols.index("O")]
    distance = np.array([np.linalg.norm(np.subtract(*f.positions[ends])) for f in chain])
    assert distance[0] > 5 and distance.min() < 3.6, "the chain does not fold"


@pytest.mark.parametrize("suffix", ["extxyz", "traj", "pdb", "xyz"])
def test_frames_of_every_format_become_a_trajectory(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"run.{suffix}"
    images = [Atoms("OH2", np.array(WATER) + 0.02 * k * np.eye(3)) for k in range(4)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ASE on pdb without a cell
        ase.io.write(path, images)
    model = gamnet.load("qm9")
    collector = Collector(model.name, model.properties)
    for prediction in model.stream(gamnet.read(path)):
        collector.add(prediction)
    trajectory = collector.trajectory()
    assert trajectory.n_frames == 4 and not trajectory.errors
    assert np.isfinite(trajectory.values).all()
    assert trajectory.ga_scores.reshape(4, 3, -1).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_element_the_model_does_not_know_is_a_plain_reason() -> None:
    model = gamnet.load()
    collector = Collector(model.name, gamnet.load("qm9").properties)
    gold = make_structure([79, 79], [[0, 0, 0], [0, 0, 2.5]], source="gold.xyz")
    for prediction in model.stream([gold]):
        collector.add(prediction)
    assert "none of the models for molecules knows Au" in collector.trajectory().errors[0]
