"""Which molecules of an atlas a typed text means: Index, formula, SMILES or SMARTS."""

import numpy as np
import pandas as pd
from rdkit import Chem
from rdkit.Chem import rdSubstructLibrary
from rdkit.rdBase import BlockLogs

from gamnet.atlas.tables import AtlasError
from gamnet.explanation.environments import parse_smiles
from gamnet.formulas import hill_formula, parse_formula

MAX_TEXT = 200


def substructures(smiles: pd.Series) -> rdSubstructLibrary.SubstructLibrary:
    """A library of RDKit's own SMILES (canonical, so their aromaticity can be trusted)."""
    holder = rdSubstructLibrary.CachedTrustedSmilesMolHolder()
    for text in smiles:
        holder.AddSmiles(text)
    return rdSubstructLibrary.SubstructLibrary(holder)


def find(
    molecules: pd.DataFrame, library: rdSubstructLibrary.SubstructLibrary, text: str
) -> tuple[np.ndarray, str]:
    """[n_molecules] bool, and in words what was looked for.

    A whole number is a QM9 Index; a formula (elements in any order) that occurs is one; all else
    is a substructure, as SMILES or, failing that, SMARTS. Raises AtlasError for other text.
    """
    text = text.strip()[:MAX_TEXT]
    if text.isdecimal():
        return (molecules["index"] == int(text)).to_numpy(), f"QM9 Index {text}"
    counts = parse_formula(text)
    if counts:
        formula = hill_formula(counts)
        found = (molecules["formula"] == formula).to_numpy()
        if found.any():
            return found, f"formula {formula}"
    query, kind = parse_smiles(text), "SMILES"
    if query is None or not query.GetNumAtoms():
        with BlockLogs():
            query, kind = Chem.MolFromSmarts(text), "SMARTS"
    if query is None or not query.GetNumAtoms():
        raise AtlasError(
            f"'{text}' is no QM9 Index, formula, SMILES or SMARTS",
            "Try 5347, C6H6, C#N or [OX2H]",
        )
    mask = np.zeros(len(molecules), dtype=bool)
    # Parallel search would take the cores from the other visitors.
    mask[list(library.GetMatches(query, numThreads=1, maxResults=len(molecules)))] = True
    return mask, f"the substructure {text} ({kind})"
