"""ASE's own trajectory format: arrays and JSON ("ulm"), no pickle."""

from collections.abc import Iterator
from typing import BinaryIO

from gamnet.errors import ReadError
from gamnet.structures.formats.common import (
    Frame,
    library_call,
    own_fields,
    with_hydrogen_fact,
)

MAGIC = (b"- of Ulm", b"AFFormat")


def read_traj(stream: BinaryIO) -> Iterator[Frame | ReadError]:
    """Yield each image of an ASE .traj file."""
    from ase.io.trajectory import TrajectoryReader

    remedy = "The file may be truncated or damaged: copy it again"
    with library_call("This is not a readable ASE trajectory", remedy):
        images = TrajectoryReader(stream)
        n_images = len(images)
    for k in range(n_images):
        try:
            with library_call("This image cannot be read", remedy):
                atoms = images[k]
            info = own_fields(atoms.info)
            if not atoms.pbc.any():
                info = with_hydrogen_fact(info, atoms.numbers.tolist())
            yield Frame(atoms.numbers, atoms.positions, atoms.cell.array, tuple(atoms.pbc), info)
        except ReadError as error:
            yield error
