"""The molecules of the R package iqspr 1.0: PubChem SMILES with B3LYP/6-31G(d) properties."""

from pathlib import Path
from typing import Any

import pandas as pd

from gamnet.errors import UnknownDatasetError

ADDRESS = "github.com/cran/iqspr, commit 4896592, data/qspr.data.RData (MIT)"
_COLUMNS = {"SMILES": "smiles", "HOMO-LUMO gap": "gap", "CV": "cv", "E": "e_thermal"}
_KCAL_PER_MOL = 0.0433641  # eV


def read_iqspr(path: Path) -> pd.DataFrame:
    """Columns smiles, gap (eV), cv (cal/(mol K)) and e_thermal (eV), as computed there.

    e_thermal is the zero-point and thermal energy at 298 K; the package's manual says kJ/mol, its
    numbers are kcal/mol. Raises UnknownDatasetError if the file is absent or another kind.
    """
    path = Path(path)
    if not path.is_file():
        raise UnknownDatasetError(f"No file '{path}'", f"Fetch it from {ADDRESS}")
    import pyreadr

    try:
        tables: dict[str, Any] = pyreadr.read_r(str(path))
        found: pd.DataFrame = tables["qspr.data"][list(_COLUMNS)].rename(columns=_COLUMNS)
    except (pyreadr.PyreadrError, pyreadr.LibrdataError, KeyError) as error:
        raise UnknownDatasetError(
            f"'{path.name}' is not iqspr's table ({error})", ADDRESS
        ) from error
    found["smiles"] = found["smiles"].astype(str)
    found["e_thermal"] *= _KCAL_PER_MOL
    return found.reset_index(drop=True)
