"""Many threads that read at once: each file's messages are its own."""

import logging
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from rdkit import Chem
from readings import error_of

from gamnet.structures.formats.common import library_call, rdkit_call
from gamnet.structures.reading import read

N_THREADS, N_ROUNDS = 20, 10
BROKEN = ("C1CC", "C(C", "n1cccc1", "CC(C)(C)(C)C", "F(C)C", "[Xx]")


def test_each_smiles_gets_its_own_reason() -> None:
    alone = {smiles: error_of(f"smiles:{smiles}") for smiles in BROKEN}
    assert len(set(alone.values())) == len(BROKEN)
    assert not any("no reason given" in text for text in alone.values())
    asked = list(BROKEN) * N_ROUNDS * 4
    with ThreadPoolExecutor(N_THREADS) as pool:
        found = list(pool.map(lambda smiles: (smiles, error_of(f"smiles:{smiles}")), asked))
    assert all(text == alone[smiles] for smiles, text in found)


def test_each_cif_gets_its_own_notes(data) -> None:
    clean = (data / "nacl_symmetry.cif").read_bytes()
    said = clean.replace(b"_chemical_formula_sum", b"_x").replace(
        b"data_", b"data_b\n_chemical_formula_sum 'Na3 Cl7'\n_cell_formula_units_Z 4\n#", 1
    )
    alone = {text: read(text, name="x.cif")[0].info.notes for text in (clean, said)}
    assert alone[clean] == () and alone[said]
    with ThreadPoolExecutor(N_THREADS) as pool:
        asked = [clean, said] * N_ROUNDS * 2
        found = pool.map(lambda text: (text, read(text, name="x.cif")[0].info.notes), asked)
        assert all(notes == alone[text] for text, notes in found)


def test_warnings_of_other_threads_are_theirs() -> None:
    def warned(k: int) -> list[str]:
        with library_call("never") as messages:
            for _ in range(20):
                warnings.warn(f"of {k}", stacklevel=1)
            return list(messages)

    hook, filters = warnings.showwarning, list(warnings.filters)
    with ThreadPoolExecutor(N_THREADS) as pool:
        for k, messages in enumerate(pool.map(warned, range(100))):
            assert messages == [f"of {k}"] * 20
    assert warnings.showwarning is hook and warnings.filters == filters


def test_a_warning_beside_a_library_call_is_still_shown() -> None:
    with pytest.warns(UserWarning, match="beside") as shown, library_call("never") as messages:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(warnings.warn, "beside").result()
    assert messages == [] and len(shown) == 1


def test_rdkits_log_outside_of_a_call_goes_where_it_went() -> None:
    with rdkit_call() as log:
        Chem.MolFromSmiles("C1CC")
    assert "unclosed ring" in log[0]
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logging.getLogger("rdkit").addHandler(handler)
    try:
        Chem.MolFromSmiles("C1CC")
        with rdkit_call():
            Chem.MolFromSmiles("C1CC")
    finally:
        logging.getLogger("rdkit").removeHandler(handler)
    assert len(lines) == 1 and "unclosed ring" in lines[0]
