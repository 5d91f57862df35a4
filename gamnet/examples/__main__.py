"""Make the shipped trajectories anew: `python -m gamnet.examples [ID ...]` (needs tblite)."""

import io
import sys

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import Calculator
from ase.io.extxyz import write_extxyz
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers
from scipy.spatial.transform import Rotation
from tqdm import tqdm

from gamnet.examples import TRAJECTORIES, TrajectoryExample

_CONFORMERS = 40
_FRICTION = 0.01  # 1/fs: a coupling time of 100 fs
_EQUILIBRATION = 200  # fs, not saved


def main(ids: list[str]) -> int:
    unknown = sorted(set(ids) - TRAJECTORIES.keys())
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. Known: {', '.join(TRAJECTORIES)}", file=sys.stderr)
        return 2
    try:
        from tblite.ase import TBLite
    except ModuleNotFoundError:
        print("tblite is missing. Run: pip install tblite==0.8.0", file=sys.stderr)
        return 1
    for example in (TRAJECTORIES[i] for i in ids or TRAJECTORIES):
        frames = run(example, TBLite(method="GFN2-xTB", verbosity=0))
        example.path.write_text(as_extxyz(frames))
        print(f"{example.path}: {len(frames)} frames, {example.path.stat().st_size / 1e3:.0f} kB")
    return 0


def run(example: TrajectoryExample, calculator: Calculator) -> list[Atoms]:
    """Langevin dynamics in vacuum; frames are laid over each other, which no model notices."""
    atoms = starting_conformer(example)
    atoms.calc = calculator
    rng = np.random.default_rng(example.seed)
    MaxwellBoltzmannDistribution(atoms, temperature_K=example.temperature, rng=rng)
    Stationary(atoms)
    dynamics = Langevin(
        atoms, example.step * units.fs, temperature_K=example.temperature,
        friction=_FRICTION / units.fs, rng=rng,
    )  # fmt: skip
    dynamics.run(round(_EQUILIBRATION / example.step))
    frames: list[Atoms] = []
    for k in tqdm(range(example.n_frames), desc=example.name):
        if k:
            dynamics.run(round(example.interval / example.step))
        energy = atoms.get_potential_energy()
        frame = Atoms(atoms.numbers, superposed(atoms.positions, frames[-1] if frames else None))
        frame.info = {"time": float(k * example.interval), "energy": round(float(energy), 5)}
        frames.append(frame)
    return frames


def starting_conformer(example: TrajectoryExample) -> Atoms:
    """The conformer of lowest MMFF energy, or the one with the largest extent."""
    molecule = Chem.AddHs(Chem.MolFromSmiles(example.smiles))
    ids = list(rdDistGeom.EmbedMultipleConfs(molecule, _CONFORMERS, randomSeed=7))
    energies = [energy for _, energy in rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(molecule)]
    extents = [np.ptp(molecule.GetConformer(i).GetPositions() @ _axes(molecule, i)) for i in ids]
    chosen = ids[int(np.argmax(extents) if example.extended else np.argmin(energies))]
    numbers = [atom.GetAtomicNum() for atom in molecule.GetAtoms()]
    return Atoms(numbers, molecule.GetConformer(chosen).GetPositions())


def superposed(positions: np.ndarray, previous: Atoms | None) -> np.ndarray:
    """[n_atoms, 3] positions, centred and turned onto the frame before (Kabsch)."""
    centred = positions - positions.mean(axis=0)
    if previous is None:
        return centred
    rotation, _ = Rotation.align_vectors(previous.positions, centred)
    return rotation.apply(centred)


def as_extxyz(frames: list[Atoms]) -> str:
    """The frames as text with four decimals, which is 0.0001 A."""
    text = io.StringIO()
    for frame in frames:
        frame.positions = frame.positions.round(4)
        write_extxyz(text, frame, columns=["symbols", "positions"])
    # ASE writes eight decimals and pads the columns.
    lines = text.getvalue().splitlines()
    return "\n".join(_short(line) for line in lines) + "\n"


def _short(line: str) -> str:
    words = line.split()
    if len(words) != 4 or "=" in line:
        return line
    return " ".join([words[0], *(f"{float(x):.4f}" for x in words[1:])])


def _axes(molecule: Chem.Mol, conformer: int) -> np.ndarray:
    positions = molecule.GetConformer(conformer).GetPositions()
    return np.linalg.svd(positions - positions.mean(axis=0), full_matrices=False)[2][0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
