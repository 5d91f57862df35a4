"""The gallery: structures that show something, none of them used for training."""

from dataclasses import dataclass

from gamnet.examples import STRUCTURES


@dataclass(frozen=True)
class Example:
    """A structure of the gallery; `text` is what `gamnet.read` takes, `shows` why it is here.

    smiles : of its picture; "" for one that is drawn as it is.
    """

    name: str
    text: str
    smiles: str
    shows: str


EXAMPLES = (
    Example("Thymine", "qm9:29238", "CC1=CNC(=O)NC1=O", "A base of DNA (validation split)"),
    Example("Benzonitrile", "qm9:5347", "N#CC1=CC=CC=C1", "Ring and nitrile (test split)"),
    Example("p-Cresol", "qm9:4565", "CC1=CC=C(O)C=C1", "OH and CH₃ on a ring (validation split)"),
    Example("2-Picoline", "qm9:935", "CC1=NC=CC=C1", "A lone pair in a ring (validation split)"),
    Example("Acetamide", "qm9:19", "CC(N)=O", "The peptide bond's group (test split)"),
    Example("Diethyl ether", "qm9:136", "CCOCC", "Single bonds only (test split)"),
    Example("Aspirin", "smiles:CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Oc1ccccc1C(=O)O",
            "13 heavy atoms; the training data have at most 9"),
    Example("Caffeine", "smiles:Cn1cnc2c1c(=O)n(C)c(=O)n2C", "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
            "14 heavy atoms; the training data have at most 9"),
    *(Example(one.name, f"example:{one.id}", "", one.shows) for one in STRUCTURES.values()),
)  # fmt: skip
DEFAULT = EXAMPLES[0].text
