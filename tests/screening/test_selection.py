"""Filters and top rows against pandas, and everything that a filter must refuse."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gamnet.errors import ConfigError
from gamnet.screening.selection import Filter, Top


@pytest.fixture(scope="module")
def table() -> pa.Table:
    rng = np.random.default_rng(0)
    n = 500
    gap = rng.normal(3, 1, n).round(2)
    gap[::7] = np.nan
    frame = pd.DataFrame({
        "id": [f"m{k}" for k in range(n)],
        "n_atoms": pd.array(rng.integers(1, 30, n), dtype="Int64"),
        "gap": pd.array(gap, dtype="Float64").copy(),
        "homo": rng.normal(-6, 1, n),
        "domain": rng.choice(["in-domain", "edge", "it's"], n),
    })  # fmt: skip
    frame.loc[np.isnan(gap), "gap"] = pd.NA
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize(
    "text",
    [
        "gap<3",
        'gap < 3 and domain == "in-domain"',
        "2 < gap <= 3.5",
        "not (homo > -6 or n_atoms >= 20)",
        "domain != 'edge' and (gap > homo or homo == -1e3)",
        "homo < -6.5 or gap < 2 and n_atoms == 5",
        'domain == "it\'s"',
        "homo < n_atoms and gap > +2",
    ],
)
def test_filters_equal_pandas(table: pa.Table, text: str) -> None:
    kept = table.filter(Filter(text, table.schema).mask(table))
    expected = table.to_pandas().query(text)
    assert (
        kept["id"].to_pylist() == expected["id"].tolist()
        and 0 < len(kept) < len(table)
        or ("homo == -1e3" in text)
    )


def test_what_is_not_there_is_never_kept(table: pa.Table) -> None:
    for text in ("gap < 100", "not gap > 100", "gap != 0", "not (gap < -99 or gap > 99)"):
        kept = table.filter(Filter(text, table.schema).mask(table))
        assert len(kept) == len(table) - table["gap"].null_count
    kept = table.filter(Filter("gap < 100 or n_atoms > 0", table.schema).mask(table))
    assert len(kept) == len(table)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "invalid syntax"),
        ("gap <", "invalid syntax"),
        ("gap", "'gap' is no condition"),
        ("3 < 4", "compares no column"),
        ("True", "is no condition"),
        ("gap < True", "neither a column nor a number nor a text"),
        ("gap < 'x'", "compares a number with a text"),
        ("domain < 'x'", "only equal or not equal"),
        ("gap in (1, 2)", "neither a column"),
        ("domain in 'abc'", "no comparison of two values"),
        ("gap is 3", "no comparison of two values"),
        ("gap < 3 if gap else 2", "is no condition"),
        ("gap + 1 < 3", "neither a column"),
        ("__import__('os').system('true') < 3", "neither a column"),
        ("gap.__class__ < 3", "neither a column"),
        ("(lambda: 3)() < gap", "neither a column"),
        ("[x for x in gap] < 3", "neither a column"),
        ("gap[0] < 3", "neither a column"),
        ("gap := 3", "invalid syntax"),
        ("gap < 3; gap > 2", "invalid syntax"),
        ("gap < " + "9" * 400, "too large"),
        ("gap < 3 and " * 2000 + "gap < 3", "characters"),
        ("(" * 3000 + "gap < 3" + ")" * 3000, "cannot be used"),
        ("gap < 3 \0", "cannot be used"),
        ("colour == 'red'", "names 'colour', which is no column. Columns: id, n_atoms"),
    ],
)
def test_what_a_filter_refuses(table: pa.Table, text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as told:
        Filter(text, table.schema)
    assert reason in str(told.value)


def test_lists_cannot_be_compared() -> None:
    schema = pa.schema([("scores", pa.list_(pa.float64()))])
    with pytest.raises(ConfigError, match="a list over the atoms"):
        Filter("scores < 3", schema)
    with pytest.raises(ConfigError, match="'scores' is no column of numbers"):
        Top(3, "scores").check(schema)


@pytest.mark.parametrize("ascending", [True, False])
def test_the_best_equal_pandas(table: pa.Table, ascending: bool) -> None:
    for by in ("gap", "n_atoms"):
        found = Top(20, by, ascending).of(table)
        frame = table.to_pandas().dropna(subset=by)
        expected = frame.sort_values(by, ascending=ascending, kind="stable").head(20)
        assert found["id"].to_pylist() == expected["id"].tolist()
        # Piece by piece it is the same.
        best = table.slice(0, 0)
        for start in range(0, len(table), 60):
            best = Top(20, by, ascending).of(pa.concat_tables([best, table.slice(start, 60)]))
        assert best["id"].to_pylist() == expected["id"].tolist()
