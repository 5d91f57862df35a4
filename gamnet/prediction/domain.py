"""Is a structure like those that the model was trained on? In-domain, edge, unknown or outside."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ase.data import chemical_symbols

from gamnet.structures.structure import Structure

if TYPE_CHECKING:  # torch takes seconds to load, and a Domain is but words
    from gamnet.network.training_domain import TrainingDomain

INSIDE, EDGE, UNKNOWN, OUTSIDE = "in-domain", "edge", "unknown", "outside"
FAR_SIZE = 1.5  # times the largest structure of the training data: no longer merely unknown
_ORDER = (INSIDE, EDGE, UNKNOWN, OUTSIDE)


@dataclass(frozen=True)
class Domain:
    """verdict : INSIDE, EDGE, UNKNOWN or OUTSIDE, the worst of the reasons.

    reasons : why not inside.
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
    seen: "TrainingDomain",
    latent_verdict: str | None = None,
    distance: float | None = None,
) -> Domain | None:
    """Verdict from elements, periodicity, electrons, size and, if measured, the latent distance.

    seen : what the training data held.
    latent_verdict, distance : of a Calibration; None without one. The result is None when nothing
    speaks against the structure but nobody measured how like the training data it is.
    """
    found = [*_kinds(structure, seen), *_sizes(structure, seen)]
    unlike = bool(found)
    if latent_verdict in (EDGE, OUTSIDE):
        share = "999 of 1,000" if latent_verdict == OUTSIDE else "99 of 100"
        reason = f"its atoms' surroundings are stranger than in {share} held-back structures"
        found.append((latent_verdict, reason))
    if latent_verdict == UNKNOWN:
        unlike = True
        found.append((UNKNOWN, "no held-back structure has its elements or its size"))
    if not found and latent_verdict is None:
        return None
    worst = max((verdict for verdict, _ in found), key=_ORDER.index, default=INSIDE)
    return Domain(worst, tuple(reason for _, reason in found), distance, unlike)


def _kinds(structure: Structure, seen: "TrainingDomain") -> list[tuple[str, str]]:
    """What the training data have none of: elements, periodicity, charges, spins."""
    found = []
    strange = np.setdiff1d(structure.numbers, seen.numbers)
    if len(strange):
        names = ", ".join(chemical_symbols[z] for z in strange)
        found.append((OUTSIDE, f"no {names} in the training data"))
    if structure.periodic != seen.periodic:
        kinds = ("molecules", "crystals")
        found.append((OUTSIDE, f"the training data are {kinds[seen.periodic]}"))
    charge = int(structure.info.get("charge", 0))
    if charge not in seen.charges:
        neutral = set(seen.charges) == {0}
        known = "neutral" if neutral else f"of charge {_listed(seen.charges)}"
        found.append((OUTSIDE, f"the training data are {known}"))
    odd = not structure.periodic and (int(structure.numbers.sum()) - charge) % 2
    unpaired = int(structure.info.get("unpaired", 0)) or int(odd)
    if unpaired not in seen.unpaired:
        found.append((OUTSIDE, "the training data have no unpaired electrons"))
    return found


def _sizes(structure: Structure, seen: "TrainingDomain") -> list[tuple[str, str]]:
    """Sizes beyond those of the training data, with hydrogen and without."""
    n_heavy = int((structure.numbers > 1).sum())
    found = []
    for n, known, what in (
        (structure.n_atoms, seen.sizes, "atoms"),
        (n_heavy, seen.heavy, "atoms other than hydrogen"),
    ):
        if not known:
            continue
        if n > max(known):
            verdict = OUTSIDE if n > FAR_SIZE * max(known) else UNKNOWN
            found.append((verdict, f"the training data have at most {max(known)} {what}"))
        elif n < min(known):
            found.append((UNKNOWN, f"the training data have at least {min(known)} {what}"))
    # Both say one thing; the count without hydrogen is what chemists think in.
    return found[-1:]


def _listed(values: dict[int, int]) -> str:
    return ", ".join(f"{value:+d}" if value else "0" for value in sorted(values))
