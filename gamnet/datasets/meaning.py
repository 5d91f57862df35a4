"""What a typed text means: a name, a SMILES, an InChI, an id or a formula."""

from dataclasses import dataclass

import pandas as pd

from gamnet.datasets.source import DataSource, SmilesSearch
from gamnet.formulas import hill_formula, parse_formula
from gamnet.structures.formats.common import rdkit_call
from gamnet.structures.names import MAX_NAME, alike, smiles_of
from gamnet.structures.reading import SCHEMES

_STEREO = frozenset("@/\\")


@dataclass(frozen=True)
class Meaning:
    """How a text was read.

    text : what `gamnet.read` takes; "" where there is a choice, or nothing was understood.
    told : how it was read, or why it was not, as a sentence; "" where that is plain.
    candidates : rows of the data set's table to choose from.
    other : a source that the text may mean besides.  suggestions : names spelled nearly so.
    """

    text: str = ""
    told: str = ""
    candidates: pd.DataFrame | None = None
    other: str = ""
    suggestions: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether there is something to open or to choose from."""
        return bool(self.text) or self.candidates is not None


def meaning(text: str, source: DataSource | None) -> Meaning:
    """What a text means: a scheme, an id, a name, an InChI, a SMILES or a formula, in this order.

    A text that is both a SMILES and a formula (CO) is the SMILES, and the answer says so.
    source : the data set whose ids and formulas are meant, None where there is none.
    """
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in (*SCHEMES, "smiles"):
        return Meaning(f"{scheme.lower()}:{rest.strip()}")
    if text.isascii() and text.isdecimal():
        return _of_id(text, source)
    smiles = smiles_of(text)
    if smiles is not None:
        return _named(text, smiles, source)
    if text.lower().startswith("inchi="):
        return _of_inchi("InChI=" + text[6:])
    formula = _of_formula(text, source)
    if _is_smiles(text):
        other = ""
        if formula is not None and formula.understood:
            other = f"Read as a SMILES; it is also the formula {text}: write it as formula:{text}."
        same = _same(text, source)
        entry = f"{source.name}:{same}" if source is not None and same else ""
        return Meaning(f"smiles:{text}", other, other=entry)
    if colon and scheme.lower() == "formula":
        formula = _of_formula(rest.strip(), source)
    if formula is not None:
        return formula
    known = tuple(alike(text)) if len(text) <= MAX_NAME else ()
    return Meaning(
        told=f"“{text[:MAX_NAME]}” is no name, SMILES, InChI, index or formula that is known here.",
        suggestions=known,
    )


def _of_id(text: str, source: DataSource | None) -> Meaning:
    id = str(int(text))
    if source is None:
        return Meaning(told=f"{text} is an index, but no data set is on this machine.")
    if id not in source.table().index:
        return Meaning(told=f"{source.title} has no molecule {id}.")
    return Meaning(f"{source.name}:{id}")


def _named(text: str, smiles: str, source: DataSource | None) -> Meaning:
    same = _same(smiles, source)
    if source is not None and same:
        return Meaning(
            f"{source.name}:{same}", f"{text}: {source.title} {same}, with its own geometry."
        )
    return Meaning(f"smiles:{smiles}", f"{text}: {smiles}")


def _same(smiles: str, source: DataSource | None) -> str:
    """The id of a data set's molecule that a SMILES names, "" without a sole one."""
    if not isinstance(source, SmilesSearch):
        return ""
    found = source.same_constitution(smiles)
    if _STEREO & set(smiles):
        own = _canonical(smiles)
        found = found[[_canonical(other) == own for other in found["smiles"]]]
    return str(found.index[0]) if len(found) == 1 else ""


def _of_inchi(text: str) -> Meaning:
    from rdkit import Chem

    with rdkit_call():
        mol = Chem.MolFromInchi(text)
    if mol is None or not mol.GetNumAtoms():
        return Meaning(told="This InChI cannot be read. Check that it is whole.")
    return Meaning(f"smiles:{Chem.MolToSmiles(mol)}")


def _of_formula(text: str, source: DataSource | None) -> Meaning | None:
    counts = parse_formula(text)
    if counts is None:
        return None
    formula = hill_formula(counts)
    if source is None:
        return Meaning(told=f"{formula} is a formula, but no data set is on this machine.")
    table = source.table()
    found = table[table["formula"] == formula]
    if not len(found):
        return Meaning(told=f"{source.title} has no structure with the formula {formula}.")
    if len(found) == 1:
        return Meaning(f"{source.name}:{found.index[0]}")
    return Meaning(
        told=f"{formula}: {len(found):,} of {source.title} have this formula. Choose one.",
        candidates=found,
    )


def _is_smiles(text: str) -> bool:
    return bool(_canonical(text))


def _canonical(text: str) -> str:
    from rdkit import Chem

    if not text.isascii():
        return ""
    with rdkit_call():
        mol = Chem.MolFromSmiles(text)
    return Chem.MolToSmiles(mol) if mol is not None else ""
