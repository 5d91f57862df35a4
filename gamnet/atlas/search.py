"""Which structures of an atlas a typed text means: id, formula, SMILES or SMARTS."""

import numpy as np
import pandas as pd
from rdkit import Chem
from rdkit.Chem import rdSubstructLibrary

from gamnet.atlas.tables import AtlasError
from gamnet.explanation.environments import parse_smiles
from gamnet.formulas import hill_formula, parse_formula
from gamnet.structures.formats.common import rdkit_call

MAX_TEXT = 200


def substructures(smiles: pd.Series) -> rdSubstructLibrary.SubstructLibrary:
    """A library of RDKit's own SMILES (canonical, so their aromaticity can be trusted)."""
    holder = rdSubstructLibrary.CachedTrustedSmilesMolHolder()
    for text in smiles:
        holder.AddSmiles(text)
    return rdSubstructLibrary.SubstructLibrary(holder)


def find(
    molecules: pd.DataFrame, library: rdSubstructLibrary.SubstructLibrary | None, text: str
) -> tuple[np.ndarray, str]:
    """[n_molecules] bool, and in words what was looked for.

    An id, and a whole number, is an id; a formula (elements in any order) that occurs is one; all
    else is a substructure, as SMILES or, failing that, SMARTS.
    library : of `substructures`; None for structures whose bonds are not known.
    Raises AtlasError for other text.
    """
    text = text.strip()[:MAX_TEXT]
    found = (molecules["id"] == text).to_numpy()
    if found.any() or text.isdecimal():
        return found, f"id {text}"
    counts = parse_formula(text)
    if counts:
        formula = hill_formula(counts)
        found = (molecules["formula"] == formula).to_numpy()
        if found.any():
            return found, f"formula {formula}"
    if library is None:
        if counts:
            return np.zeros(len(molecules), dtype=bool), f"formula {hill_formula(counts)}"
        raise AtlasError(f"'{text}' is no id or formula", f"Try {molecules['formula'].iloc[0]}")
    query, kind = parse_smiles(text), "SMILES"
    if query is None or not query.GetNumAtoms():
        with rdkit_call():
            query, kind = Chem.MolFromSmarts(text), "SMARTS"
    if query is None or not query.GetNumAtoms():
        raise AtlasError(
            f"'{text}' is no id, formula, SMILES or SMARTS",
            "Try 5347, C6H6, C#N or [OX2H]",
        )
    mask = np.zeros(len(molecules), dtype=bool)
    # Parallel search would take the cores from the other visitors.
    mask[list(library.GetMatches(query, numThreads=1, maxResults=len(molecules)))] = True
    return mask, f"the substructure {text} ({kind})"
