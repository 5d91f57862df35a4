"""What a source says of a structure beside its atoms: facts as values, for a model to judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# How the coordinates came about: as the source gives them, or made from bonds by RDKit's distance
# geometry and then a force field, if one knows the elements.
FILE = "file"
ETKDG, ETKDG_MMFF, ETKDG_UFF = "etkdg", "etkdg-mmff", "etkdg-uff"


@dataclass(frozen=True)
class StructureInfo:
    """What is known of a structure beside its atoms; the network never sees any of it.

    title, smiles : the source's own, "" where it has none.
    data : the file's own fields.
    dataset, id : name of the data set that it is of, and its id there; "" for none.
    charge : in e.  unpaired : number of unpaired electrons that the source states.
    isotopes : those that are not the element's ordinary mixture, each once ("2H", "13C").
    geometry : how the coordinates came about, FILE, ETKDG_MMFF or another word for a method.
    open_centres, open_bonds : stereocentres and double bonds that the source leaves open.
    missing_hydrogens : hydrogens without coordinates; None where some are missing and nothing
        says how many.
    notes : sentences about the source itself ("its symmetry is not applied").
    """

    title: str = ""
    smiles: str = ""
    data: Mapping[str, str | bool | int | float] = field(default_factory=dict)
    dataset: str = ""
    id: str = ""
    charge: int = 0
    unpaired: int = 0
    isotopes: tuple[str, ...] = ()
    geometry: str = FILE
    open_centres: int = 0
    open_bonds: int = 0
    missing_hydrogens: int | None = 0
    notes: tuple[str, ...] = ()
