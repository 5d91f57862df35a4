"""Is a structure like those that the model was trained on? In-domain, edge, unknown or outside.

Here alone is said, and put into words, what a reader's facts mean for a model.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ase.data import chemical_symbols

from gamnet.structures.facts import ETKDG, ETKDG_MMFF, ETKDG_UFF
from gamnet.structures.structure import Structure

if TYPE_CHECKING:  # torch takes seconds to load, and a Domain is but words
    from gamnet.network.training_domain import TrainingDomain

INSIDE, EDGE, UNKNOWN, OUTSIDE = "in-domain", "edge", "unknown", "outside"
FAR_SIZE = 1.5  # times the largest structure of the training data: no longer merely unknown
_METHODS = {ETKDG: "ETKDG", ETKDG_MMFF: "ETKDG + MMFF94", ETKDG_UFF: "ETKDG + UFF"}
# How far a geometry by these methods typically moves a value from that at a DFT geometry, by
# property, in its unit; measured of the HOMO alone.
GEOMETRY_SHIFTS = {"homo": 0.2}
_COMPLETE = "The training data are complete molecules:"
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
    unmeasured: str = "",
) -> Domain | None:
    """Verdict from elements, periodicity, electrons, size and, if measured, the latent distance.

    seen : what the training data held.
    latent_verdict, distance : of a Calibration; None without one.
    unmeasured : the structure's kind, if too few held-back structures were of it.
    The result is None when nothing speaks against the structure but nobody measured how like the
    training data it is.
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
    if unmeasured:
        found.append((UNKNOWN, f"too few held-back molecules were of its kind ({unmeasured})"))
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
    elif sum(structure.pbc) not in seen.directions:
        counts = " or ".join(str(count) for count in sorted(seen.directions))
        found.append((OUTSIDE, f"the training data are periodic in {counts} directions"))
    charge = structure.info.charge
    if charge not in seen.charges:
        found.append((OUTSIDE, f"the training data are {_charges(seen)}"))
    if unpaired_electrons(structure) not in seen.unpaired:
        found.append((OUTSIDE, "the training data have no unpaired electrons"))
    if structure.info.missing_hydrogens != 0 and not structure.periodic:
        found.append((OUTSIDE, "the training data are molecules with all of their hydrogens"))
    if structure.n_separate > 1:
        found.append((OUTSIDE, "the training data are single molecules"))
    if structure.info.isotopes:
        # Energies that contain vibrations depend on the masses.
        found.append((UNKNOWN, "the training data have each element's ordinary isotopes alone"))
    return found


def made_geometry(structure: Structure | None) -> bool:
    """Whether the positions were made from bonds, and are not the source's own."""
    return structure is not None and structure.info.geometry in _METHODS


def unpaired_electrons(structure: Structure) -> int:
    """As the source states, else 1 for a molecule with an odd number of electrons."""
    odd = not structure.periodic and (int(structure.numbers.sum()) - structure.info.charge) % 2
    return structure.info.unpaired or int(odd)


def closed_shell_obstacle(structure: Structure) -> str:
    """Why its orbitals are not those of one whole, neutral closed-shell molecule; "" if they are.

    A clause to follow the structure's name, such as "is charged".
    """
    for obstacle, clause in (
        (structure.periodic, "is periodic"),
        (structure.info.charge, "is charged"),
        (structure.numbers.sum() % 2, "has an odd number of electrons"),
        (structure.info.unpaired, "has unpaired electrons"),
        (structure.info.missing_hydrogens != 0, "has not all of its hydrogens"),
        (structure.n_separate > 1, "is several molecules apart from each other"),
    ):
        if obstacle:
            return clause
    return ""


def remarks(structure: Structure, seen: "TrainingDomain") -> tuple[str, ...]:
    """Sentences on a structure's facts: what makes the numbers of a model less trustworthy."""
    info, kind = structure.info, "crystal" if structure.periodic else "molecule"
    found = []
    if made_geometry(structure):
        found.append(
            f"Geometry made by {_METHODS[info.geometry]}, not by DFT: the HOMO typically shifts by "
            f"{GEOMETRY_SHIFTS['homo']} eV against a DFT geometry, by up to 1.5 eV in the worst "
            "cases."
        )
    still_open = [
        f"{n} {what}{'s' if n > 1 else ''}"
        for n, what in ((info.open_centres, "stereocentre"), (info.open_bonds, "double bond"))
        if n
    ]
    if still_open:
        verb = "is" if info.open_centres + info.open_bonds == 1 else "are"
        found.append(f"{' and '.join(still_open)} {verb} left open: one stereoisomer was chosen.")
    if info.missing_hydrogens is None:
        found.append(
            f"The file has no hydrogen atoms. {_COMPLETE} add the hydrogens if any are missing."
        )
    elif info.missing_hydrogens:
        more = info.missing_hydrogens > 1
        found.append(
            f"{info.missing_hydrogens} hydrogen atom{'s have' if more else ' has'} no coordinates "
            f"in the file and cannot be taken into account. {_COMPLETE} add the hydrogens."
        )
    if info.charge not in seen.charges:
        found.append(
            f"The {kind} has charge {info.charge:+d}, which the model does not see: "
            f"its training data are {_charges(seen)}."
        )
    if unpaired_electrons(structure) not in seen.unpaired:
        found.append(
            f"The {kind} has unpaired electrons, which the model does not see: "
            "its training data have none."
        )
    if structure.n_separate > 1:
        found.append(
            f"{structure.n_separate} separate molecules, which do not touch: the values are of all "
            "of them as one, not sums of theirs. Give one molecule at a time."
        )
    if info.isotopes:
        found.append(
            f"Isotopes ({', '.join(info.isotopes)}) are treated as the ordinary element: "
            "the model does not tell them apart."
        )
    return tuple(found)


def _charges(seen: "TrainingDomain") -> str:
    return "neutral" if set(seen.charges) == {0} else f"of charge {_listed(seen.charges)}"


def _sizes(structure: Structure, seen: "TrainingDomain") -> list[tuple[str, str]]:
    """Sizes beyond those of the training data, with hydrogen and without.

    The cell of a crystal may be chosen larger or smaller: its size says nothing.
    """
    if structure.periodic:
        return []
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
