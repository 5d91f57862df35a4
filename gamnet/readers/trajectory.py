"""ASE's own trajectory format: arrays and JSON ("ulm"), no pickle."""

from collections.abc import Iterator
from typing import BinaryIO

from gamnet.errors import ReadError
from gamnet.readers.common import Frame, library_call, plain_values

MAGIC = (b"- of Ulm", b"AFFormat")
# The smallest item: an offset in the table and the length of its JSON.
_MIN_ITEM_BYTES = 16


def read_traj(stream: BinaryIO) -> Iterator[Frame | ReadError]:
    """Yield each image of an ASE .traj file."""
    from ase.io.trajectory import TrajectoryReader

    remedy = "The file may be truncated or damaged: copy it again"
    size = stream.seek(0, 2)
    stream.seek(0)
    with library_call("This is not a readable ASE trajectory", remedy):
        images = TrajectoryReader(stream)
        n_images = len(images)
    if n_images * _MIN_ITEM_BYTES > size:
        raise ReadError(f"The file announces {n_images} images but has {size} bytes", remedy)
    for k in range(n_images):
        try:
            with library_call("This image cannot be read", remedy):
                atoms = images[k]
            info = {"data": plain_values(atoms.info)}
            yield Frame(atoms.numbers, atoms.positions, atoms.cell.array, tuple(atoms.pbc), info)
        except ReadError as error:
            yield error
