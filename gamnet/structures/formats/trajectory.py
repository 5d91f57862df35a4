"""ASE's own trajectory format: arrays and JSON ("ulm"), no pickle."""

from collections.abc import Iterator
from typing import IO

import numpy as np

from gamnet.errors import ReadError
from gamnet.structures.formats.common import (
    Frame,
    library_call,
    own_fields,
    with_atomic_facts,
)

MAGIC = (b"- of Ulm", b"AFFormat")


def read_traj(stream: IO[bytes]) -> Iterator[Frame | ReadError]:
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
                charges, moments = map(atoms.arrays.get, ("initial_charges", "initial_magmoms"))
                # Moments that are vectors are no number of electrons.
                plain = moments if np.ndim(moments) == 1 else None
                info = with_atomic_facts(info, charges, plain)
            yield Frame(atoms.numbers, atoms.positions, atoms.cell.array, tuple(atoms.pbc), info)
        except ReadError as error:
            yield error
