"""Short trajectories and structures that ship with the package.

`python -m gamnet.examples` and `python -m gamnet.examples.structures` made them.
"""

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class TrajectoryExample:
    """A shipped molecular-dynamics run and the recipe that made it.

    smiles : where the run starts, as RDKit's lowest MMFF conformer (`extended`: the longest one).
    temperature : K.  step, interval : fs between integration steps, and between saved frames.
    seed : of the velocities and the thermostat.
    shows : one sentence on what happens in it.
    """

    id: str
    name: str
    smiles: str
    shows: str
    temperature: float
    interval: int
    seed: int
    extended: bool = False
    n_frames: int = 200
    step: float = 1.0

    @property
    def path(self) -> Path:
        """The extended XYZ file, with the `time` of every frame in fs."""
        return _FOLDER / f"{self.id}.extxyz"


TRAJECTORIES: dict[str, TrajectoryExample] = {
    example.id: example
    for example in (
        TrajectoryExample(
            "malonaldehyde", "Malonaldehyde", "O=C\\C=C/O",
            "A proton jumps between two oxygens: enol and keto side change places",
            temperature=450, interval=5, seed=1,
        ),
        TrajectoryExample(
            "aminobutanal", "4-Aminobutanal", "NCCCC=O",
            "A chain folds until its amine meets its aldehyde",
            temperature=500, interval=40, seed=1, extended=True,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class StructureExample:
    """A shipped structure, read as `example:ID`: ideal ones, from textbooks.

    shows : one sentence on what there is to see.  suffix : of its file.
    """

    id: str
    name: str
    shows: str
    suffix: str = ".cif"

    @property
    def path(self) -> Path:
        """The structure's file."""
        return _FOLDER / f"{self.id}{self.suffix}"


STRUCTURES: dict[str, StructureExample] = {
    example.id: example
    for example in (
        StructureExample("rock-salt", "Rock salt", "NaCl: six ions of the other kind around each"),
        StructureExample("diamond", "Diamond", "Every atom is equal by symmetry, and so its score"),
        StructureExample("perovskite", "Perovskite", "SrTiO₃: titanium in octahedra of oxygen"),
        StructureExample("c60", "C₆₀", "Sixty atoms that are all alike", ".xyz"),
        StructureExample("c70", "C₇₀", "A longer cage: five kinds of atoms", ".xyz"),
        StructureExample(
            "pt-graphene", "Pt on graphene", "A cluster on a sheet: no model knows slabs", ".extxyz"
        ),
        StructureExample("smfe12", "SmFe₁₂", "A magnet: iron on the sites 8f, 8i and 8j"),
    )
}
