"""Is a structure like those that the model was trained on? In-domain, edge or outside, and why."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ase.data import chemical_symbols

from gamnet.structures.structure import Structure

if TYPE_CHECKING:  # torch takes seconds to load, and a Domain is but words
    from gamnet.network.files import ModelInfo

INSIDE, EDGE, OUTSIDE = "in-domain", "edge", "outside"
FAR_SIZE = 1.5  # times the largest structure of the training data: no longer an edge case
_ORDER = (INSIDE, EDGE, OUTSIDE)


@dataclass(frozen=True)
class Domain:
    """verdict : INSIDE, EDGE or OUTSIDE, the worst of the reasons.  reasons : why not inside.

    distance : latent distance, 1 is the training atoms' root mean square; None if not known.
    unlike : the training data have nothing of its kind (elements, crystals, ions, sizes), so
        that no error measured on held-back structures says anything of it.
    """

    verdict: str
    reasons: tuple[str, ...] = ()
    distance: float | None = None
    unlike: bool = False


def judge(
    structure: Structure,
    info: "ModelInfo",
    latent_verdict: str | None = None,
    distance: float | None = None,
) -> Domain | None:
    """Verdict from elements, periodicity, electrons, size and, if measured, the latent distance.

    latent_verdict, distance : of a Calibration; None without one. The result is None when nothing
    speaks against the structure but nobody measured how like the training data it is.
    """
    found: list[tuple[str, str]] = []
    strange = np.setdiff1d(structure.numbers, info.elements)
    if len(strange):
        names = ", ".join(chemical_symbols[z] for z in strange)
        found.append((OUTSIDE, f"no {names} in the training data"))
    if structure.periodic != info.periodic:
        kinds = ("molecules", "crystals")
        found.append((OUTSIDE, f"the training data are {kinds[info.periodic]}"))
    charge = int(structure.info.get("charge", 0))
    if charge:
        found.append((OUTSIDE, "the training data are neutral"))
    odd = not structure.periodic and (structure.numbers.sum() - charge) % 2
    if odd or structure.info.get("unpaired", 0):
        found.append((OUTSIDE, "the training data have no unpaired electrons"))
    if 0 < info.max_atoms < structure.n_atoms:
        verdict = OUTSIDE if structure.n_atoms > FAR_SIZE * info.max_atoms else EDGE
        found.append((verdict, f"the training data have at most {info.max_atoms} atoms"))
    unlike = any(verdict == OUTSIDE for verdict, _ in found)
    if latent_verdict in (EDGE, OUTSIDE):
        share = "999 of 1,000" if latent_verdict == OUTSIDE else "99 of 100"
        reason = f"its atoms' surroundings are stranger than in {share} held-back structures"
        found.append((latent_verdict, reason))
    if not found and latent_verdict is None:
        return None
    worst = max((verdict for verdict, _ in found), key=_ORDER.index, default=INSIDE)
    return Domain(worst, tuple(reason for _, reason in found), distance, unlike)
