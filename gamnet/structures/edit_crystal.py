"""What if, for crystals: another element on a site or on all equal ones, or a strained cell.

Nothing relaxes: cell and atoms stay where they were, or move affinely, so that a difference in a
prediction comes from the change alone.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from ase.data import atomic_numbers

from gamnet.structures.cell import strained
from gamnet.structures.edit import Edit, EditError
from gamnet.structures.formats.common import shorten
from gamnet.structures.structure import Structure, make_structure

AXES = ("a", "b", "c")


def substitute(structure: Structure, atoms: Sequence[int], symbol: str) -> Edit:
    """Put another element in the place of these atoms; raises EditError.

    For instance those of a group of `gamnet.structures.symmetry`. One atom of a small cell stands
    for one in every cell: repeat the cell first to replace fewer.
    """
    if symbol not in atomic_numbers or not atomic_numbers[symbol]:
        raise EditError(f"Unknown element '{shorten(symbol)}'", "Use a symbol such as Ca, Ti, O")
    chosen = sorted({int(atom) for atom in atoms})
    if not chosen or not 0 <= chosen[0] <= chosen[-1] < structure.n_atoms:
        raise EditError(
            f"The atoms {chosen} are not all there", f"Atoms run from 0 to {structure.n_atoms - 1}"
        )
    changed = [k for k in chosen if structure.symbols[k] != symbol]
    if not changed:
        raise EditError(
            f"{structure.symbols[chosen[0]]}{chosen[0]} is {symbol} already",
            "Choose another element",
        )
    numbers = structure.numbers.copy()
    numbers[changed] = atomic_numbers[symbol]
    name = f"{structure.symbols[changed[0]]}{changed[0]}"
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    text = f"{name}{more} replaced by {symbol}"
    note = f"Not a relaxed crystal ({text}): cell and places stayed as they were."
    after = make_structure(
        numbers, structure.positions, structure.lattice, structure.pbc,
        f"{structure.source}, {text}", structure.frame,
        replace(
            structure.info, title="", data={}, dataset="", id="",
            notes=(*structure.info.notes, note),
        ),
    )  # fmt: skip
    return Edit(after, np.arange(structure.n_atoms), tuple(changed), text)


def strain(structure: Structure, amount: float, axis: int | None = None) -> Edit:
    """Stretch the cell by a relative amount, in all directions or along one cell vector.

    Raises as `gamnet.structures.cell.strained`.
    """
    made = strained(structure, amount, axis)
    along = "all directions" if axis is None else AXES[axis]
    text = f"strained by {100 * amount:+.1f} % along {along}"
    note = f"Not a relaxed crystal ({text}): all atoms moved with the cell."
    info = replace(made.info, title="", data={}, notes=(*made.info.notes, note))
    after = replace(made, source=f"{structure.source}, {text}", info=info)
    return Edit(after, np.arange(structure.n_atoms), (), text)
