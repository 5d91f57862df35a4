"""The difference between two of the structures, atom by corresponding atom."""

from itertools import combinations

import numpy as np
import pandas as pd
import streamlit as st

from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.structures.mapping import Mapping
from gamnet.views import colours as views
from gamnet.views import compare, numbers
from gamnet_app.compare import state
from gamnet_app.compare.pictures import BY, GA, NAMES, Panel, picture, poses
from gamnet_app.compare.state import PROPERTIES, STRUCTURES
from gamnet_app.shared import address, figures, wording

_HEIGHT = 360  # pixels


def show(mode: str, drawn: list[Panel | Prediction], by: str) -> None:
    """Second minus first of two panels, as a picture, as bars and as a table."""
    panels = {NAMES[k]: p for k, p in enumerate(drawn) if not isinstance(p, Prediction)}
    if len(panels) < 2:
        address.write_address(pair=None)
        return
    found = {
        (a, b): state.pairs(panels[a][0].structure, panels[b][0].structure)
        for a, b in combinations(panels, 2)
        if compare.comparable(panels[a][1], panels[b][1], BY[by])
    }
    mapped = {pair: pairs for pair, pairs in found.items() if pairs is not None}
    st.markdown("### Difference per atom")
    if not mapped:
        address.write_address(pair=None)
        st.caption(
            "These contributions have different units. Colour by GA score to see differences."
            if mode == PROPERTIES
            else "Shown for structures of which a part is the same: molecules with two bonded "
            "atoms in common, crystals with the same elements in the same order. None of these do."
        )
        return
    names = [f"{b} − {a}" for a, b in mapped]
    address.addressed("compare_pair", names, names[0], "pair")
    if address.widget("compare_pair") not in names:  # the pair of other structures
        address.set_widget("compare_pair", names[0])
    if len(names) > 1:
        chosen = st.segmented_control("Pair", names, key="compare_pair", required=True)
    else:
        chosen = names[0]
    address.write_address(pair=chosen if chosen != names[0] else None)
    (a, b), pairs = list(mapped.items())[names.index(chosen)]
    first, second = panels[a], panels[b]
    if mode == STRUCTURES:
        st.caption(_mapped(a, b, first[0], second[0], pairs))
    values = compare.difference(first[1], second[1], BY[by], pairs)
    scale = compare.difference_scale(values, first[1], second[1], BY[by])
    left, right = st.columns([2, 3], gap="medium")
    with left:
        rotation = poses(list(panels.values()))[list(panels).index(b)]
        on_atoms = np.full(second[0].structure.n_atoms, np.nan)
        on_atoms[pairs.second] = values
        picture("compare_difference", second, scale, on_atoms, rotation, _HEIGHT)
    with right:
        labels = _pair_names(first[0], second[0], pairs)
        marked = set(state.selected(second[0].structure))
        st.plotly_chart(
            figures.atom_bars(
                labels, values, scale.colours(values), title=f"{chosen}: {scale.title}",
                hover=[numbers.short(value, 4, sign=True) for value in values],
                selected=[k for k, atom in enumerate(pairs.second.tolist()) if atom in marked],
            ),
            key="compare_chart", config={"displayModeBar": False},
            alt=f"Difference {chosen}, one bar per atom",
        )  # fmt: skip
        whole = pairs.complete(first[0].structure.n_atoms, second[0].structure.n_atoms)
        st.caption(_difference_text(a, b, first[1], second[1], values, by, whole))
    with st.expander("Table of all atoms", icon=":material/table:"):
        _atoms(a, b, first, second, pairs, values, by)


def _mapped(a: str, b: str, first: Prediction, second: Prediction, pairs: Mapping) -> str:
    """What was taken for the same atom, in words."""
    n, n_first, n_second = len(pairs.first), first.structure.n_atoms, second.structure.n_atoms
    how = "by their order in the files" if pairs.by_order else "by their bonds"
    fit = f"after the best rigid motion they lie {wording.number(pairs.rmsd, 2)} Å apart (rms)"
    if pairs.complete(n_first, n_second):
        return f"All {n} atoms correspond, {how}; {fit}."
    return (
        f"{n} atoms correspond, {how}: the largest common part, of {n_first} atoms in {a} and "
        f"{n_second} in {b}; {fit}. The others are grey in the picture and have no bar."
    )


def _pair_names(first: Prediction, second: Prediction, pairs: Mapping) -> list[str]:
    symbols = second.structure.symbols
    return [
        f"{symbols[j]}{j}" if i == j else f"{symbols[j]}{i}→{j}"
        for i, j in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    ]


def _atoms(
    a: str, b: str, first: Panel, second: Panel, pairs: Mapping, values: np.ndarray, by: str
) -> None:  # fmt: skip
    """Corresponding atoms with both values, then the atoms without a counterpart."""
    rows: list[dict[str, object]] = []
    amounts = [views.atom_values(panel[1], BY[by]) for panel in (first, second)]
    symbols = [panel[0].structure.symbols for panel in (first, second)]
    for i, j, change in zip(pairs.first.tolist(), pairs.second.tolist(), values, strict=True):
        rows.append(
            {f"Atom of {a}": f"{symbols[0][i]}{i}", f"Atom of {b}": f"{symbols[1][j]}{j}",
             a: amounts[0][i], b: amounts[1][j], f"{b} − {a}": change}
        )  # fmt: skip
    for name, known, k in ((a, pairs.first, 0), (b, pairs.second, 1)):
        for atom in np.setdiff1d(np.arange(len(symbols[k])), known).tolist():
            rows.append({f"Atom of {name}": f"{symbols[k][atom]}{atom}", name: amounts[k][atom]})
    columns = [f"Atom of {a}", f"Atom of {b}", a, b, f"{b} − {a}"]
    st.dataframe(
        pd.DataFrame(rows, columns=columns), key="compare_atoms", hide_index=True, placeholder="",
        column_config={name: st.column_config.NumberColumn(format="%.4f") for name in columns[2:]},
    )  # fmt: skip
    st.caption(f"{views.quantity_title(second[1].property, BY[by])}; atoms numbered from 0.")


def _difference_text(
    a: str,
    b: str,
    first: PropertyPrediction,
    second: PropertyPrediction,
    values: np.ndarray,
    by: str,
    whole: bool,
) -> str:
    atoms = f"{figures.MAX_BARS} of {len(values):,} atoms have a bar: the largest differences. "
    note = atoms if len(values) > figures.MAX_BARS else ""
    if by == GA:
        total = " The differences of all atoms add up to 0." if whole else ""
        return f"{note}Above zero: more attention in {b} than in {a}.{total}"
    prop = first.property
    change = second.value - first.value
    if first.property.id == second.property.id:
        total = wording.error(prop, change * prop.display_factor, sign=True)
        if whole:
            return f"{note}{b} minus {a}. All together they are the values' difference, {total}."
        part = wording.error(prop, float(values.sum()) * prop.display_factor, sign=True)
        return (
            f"{note}{b} minus {a}. Together {part} of the values' difference, {total}; the rest "
            "is of the atoms that have no counterpart."
        )
    return note + (
        f"{b} minus {a}: contributions to two properties in the same unit, each of which adds up, "
        "with its baseline, to its own value."
    )
