"""A crystal: its cell and symmetry, its sites in groups, what elements and sites add."""

import numpy as np
import streamlit as st

from gamnet.errors import GAMNetError
from gamnet.explanation.coordination import Coordination, coordinations
from gamnet.prediction.result import Prediction
from gamnet.properties import unit_text
from gamnet.structures.cell import cell_of
from gamnet.structures.structure import Structure
from gamnet.structures.symmetry import (
    MAX_ATOMS,
    TOLERANCE,
    Kind,
    Symmetry,
    find_symmetry,
    standard_cell,
)
from gamnet.views import colours as views
from gamnet.views.polyhedra import polyhedra
from gamnet.views.scene import structure_key
from gamnet_app.explain import state
from gamnet_app.shared import address, figures, selection, wording

GIVEN = "given"
_CELLS = {GIVEN: "As given", "primitive": "Primitive", "conventional": "Conventional"}
_EXPLAINED = """
**Equal sites** are carried into each other by the crystal's symmetry, so the network sees the same
surroundings from each and gives them the same score. A **Wyckoff position** (4a) is how many of
them a conventional cell has, and a letter for the kind of place; the **site symmetry** is what
leaves one of them in its place. Symmetry is found by spglib within {tolerance:g} Å.

**Coordination** counts the atoms whose Voronoi cell touches that of the site and that are at most
0.45 Å farther away than the sum of the covalent radii.
"""


@st.cache_resource(max_entries=64, show_spinner=False)
def _symmetry(key: str, _structure: Structure) -> Symmetry | str:
    try:
        return find_symmetry(_structure)
    except GAMNetError as error:
        return str(error)


@st.cache_resource(max_entries=64, show_spinner=False)
def _cell(key: str, kind: Kind, _structure: Structure) -> Structure:
    return standard_cell(_structure, kind)


@st.cache_resource(max_entries=64, show_spinner=False)
def _coordinations(key: str, _structure: Structure) -> list[Coordination]:
    return coordinations(_structure)


def symmetry(structure: Structure) -> Symmetry | str:
    """The symmetry of a structure, or in words why there is none to show."""
    return _symmetry(structure_key(structure), structure)


def choose_cell(structure: Structure) -> Structure:
    """Draw the choice of cell of a crystal; the structure itself for all that is none."""
    if not all(structure.pbc) or structure.n_atoms > MAX_ATOMS:
        return structure
    address.addressed("cell_kind", list(_CELLS), GIVEN, "cell")
    with st.container(key="choose_cell"):
        kind = st.segmented_control(
            "Cell", list(_CELLS), format_func=_CELLS.get, key="cell_kind", required=True,
            persist_state="session", label_visibility="collapsed",
            help="The same crystal in the smallest cell, or in the one of tables and textbooks: "
            "values and scores relative to the average do not depend on it.",
        )  # fmt: skip
    address.write_address(cell=kind if kind != GIVEN else None)
    if kind == GIVEN:
        return structure
    try:
        return _cell(structure_key(structure), kind, structure)
    except GAMNetError as error:
        st.info(wording.plain(str(error)), icon=":material/info:")
        return structure


def badge(structure: Structure) -> None:
    """The space group, beside the formula."""
    found = symmetry(structure) if all(structure.pbc) else ""
    if isinstance(found, Symmetry):
        st.badge(
            f"{_group(found)} ({found.number})", color="gray",
            help=f"Space group, {found.system}. More under “Crystal”.",
        )  # fmt: skip


def surroundings(prediction: Prediction, scene: dict[str, object]) -> dict[str, object]:
    """The coordination polyhedra of a scene, where they are wanted."""
    structure = prediction.structure
    wanted = structure.periodic and address.widget("polyhedra", False)
    if not wanted or structure.n_atoms > state.MAX_POLYHEDRA_ATOMS:
        return {}
    found = polyhedra(scene, _coordinations(structure_key(structure), structure))
    return {"polyhedra": found}


def toggle(structure: Structure) -> None:
    """The switch of the polyhedra, under the picture."""
    if not structure.periodic or structure.n_atoms > state.MAX_POLYHEDRA_ATOMS:
        return
    around = _coordinations(structure_key(structure), structure)
    some = any(one.polyhedron for one in around)
    st.toggle(
        "Polyhedra", key="polyhedra", disabled=not some, persist_state="session",
        help="The anions around each more positive atom as the corners of a solid, in the atom's "
        "colour; of four to eight corners." if some
        else "No atom here has four to eight anions, and nothing else, around it.",
    )  # fmt: skip


def show(prediction: Prediction, property_id: str, by: str, scale: views.Scale | None) -> None:
    """The section Crystal.

    by : GA_SCORES or CONTRIBUTIONS.  scale : of the picture; None for element colours.
    """
    structure = prediction.structure
    found = symmetry(structure)
    _numbers(structure, found)
    if isinstance(found, str):
        st.info(wording.plain(found), icon=":material/info:")
    _sites(prediction, property_id, by, scale, found)
    _elements(prediction, property_id, by)
    with st.expander("What do these words mean?", icon=":material/help:"):
        st.markdown(_EXPLAINED.format(tolerance=TOLERANCE))


def _group(found: Symmetry) -> str:
    return wording.plain(found.symbol)


def _numbers(structure: Structure, found: Symmetry | str) -> None:
    """Lengths, angles, volume, density, space group: a line of numbers."""
    cell = cell_of(structure)
    facts: dict[str, str] = {}
    if isinstance(found, Symmetry):
        facts["Space group"] = f"{_group(found)} ({found.number})"
        facts["Crystal system"] = found.system
        facts["Point group"] = wording.plain(found.point_group)
    for names, values, unit in (
        ("abc", cell.lengths, "Å"), ("αβγ", cell.angles, "°"),
    ):  # fmt: skip
        for name, value in zip(names, values, strict=True):
            if value is not None:
                digits = 3 if unit == "Å" else 2
                space = " " if unit == "Å" else ""
                facts[name] = f"{value:.{digits}f}{space}{unit}"
    if cell.volume is not None and cell.density is not None:
        facts["Volume"] = f"{cell.volume:.2f} Å³"
        facts["Density"] = f"{cell.density:.3f} g/cm³"
    if cell.area is not None:
        facts["Area"] = f"{cell.area:.2f} Å²"
    facts["Formula units"] = f"{cell.formula_units}"
    with st.grid(4, min_column_width=110, gap="small", key="cell_numbers"):
        for name, value in facts.items():
            with st.container(gap=None):
                st.caption(name)
                st.markdown(f"**{value}**")


def _sites(
    prediction: Prediction, property_id: str, by: str, scale: views.Scale | None,
    found: Symmetry | str,
) -> None:  # fmt: skip
    """Chart and table with a row per group of equal sites; choosing one selects its atoms."""
    structure, predicted = prediction.structure, prediction[property_id]
    key = structure_key(structure)
    values = views.atom_values(predicted, by)
    if isinstance(found, Symmetry):
        groups = [(g.name, g.element, g.wyckoff, g.site_symmetry, g.atoms) for g in found.groups]
    else:
        groups = [
            (symbol, symbol, "", "", tuple(np.flatnonzero(np.array(structure.symbols) == symbol)))
            for symbol in dict.fromkeys(structure.symbols)
        ]
    around = _coordinations(key, structure)
    means = np.array([values[list(atoms)].mean() for *_, atoms in groups])
    title = views.quantity_title(predicted.property, by)
    colours = scale.colours(means) if scale else views.element_colours([g[1] for g in groups])
    names = _unique([g[0] for g in groups])
    chosen = set(selection.selected_atoms(key))
    selected = [k for k, g in enumerate(groups) if chosen and set(g[4]) <= chosen]

    def take(rows: list[object]) -> None:
        kept = [int(k) for k in rows if 0 <= int(k) < len(groups)]
        selection.select_atoms(key, [int(i) for k in kept for i in groups[k][4]])

    def from_chart() -> None:
        points = st.session_state["sites_chart"]["selection"]["points"]
        take([point["customdata"][0] for point in points if point.get("customdata")])

    def from_table() -> None:
        take(st.session_state["sites_table"]["selection"]["rows"])

    st.plotly_chart(
        figures.atom_bars(
            names, means, colours, title=title,
            average=1.0 if by == views.GA_SCORES else None, selected=selected,
            hover=[wording.short(mean, 4) for mean in means],
        ),
        key="sites_chart", selection_mode="points", config={"displayModeBar": False},
        on_select=from_chart, alt=f"{title}, one bar per group of equal sites",
    )  # fmt: skip
    unit = unit_text(predicted.property.unit)
    rows: dict[str, list[object]] = {
        "Site": names,
        "Wyckoff": [g[2] for g in groups],
        "Symmetry": [g[3] for g in groups],
        "Atoms": [len(g[4]) for g in groups],
        "Coordination": [around[g[4][0]].number for g in groups],
        "Nearest (Å)": [
            float(around[g[4][0]].distance[0]) if around[g[4][0]].number else None for g in groups
        ],
        "GA score (sum)": [float(predicted.ga_scores[list(g[4])].sum()) for g in groups],
        "Relative to 1/n": [
            float(views.atom_values(predicted, views.GA_SCORES)[list(g[4])].mean()) for g in groups
        ],
        "Largest difference": [float(np.ptp(values[list(g[4])])) for g in groups],
    }
    if predicted.contributions is not None:
        rows[f"Contribution (sum, {unit})"] = [
            float(predicted.contributions[list(g[4])].sum()) for g in groups
        ]
    st.dataframe(
        rows, key="sites_table", hide_index=True, on_select=from_table, selection_mode="multi-row",
        height=min(38 + 35 * len(groups), 300),
        column_config={
            "Nearest (Å)": st.column_config.NumberColumn(format="%.3f"),
            "GA score (sum)": st.column_config.NumberColumn(format="%.4f"),
            "Relative to 1/n": st.column_config.NumberColumn(
                format="%.2f", help="GA score divided by the average, 1/n; mean of the group"
            ),
            "Largest difference": st.column_config.NumberColumn(
                format="%.1e", help="Between equal sites, of what the chart shows: 0 up to rounding"
            ),
            f"Contribution (sum, {unit})": st.column_config.NumberColumn(format="%.4f"),
        },
    )  # fmt: skip
    st.caption("Choose a bar or a row to select its atoms in the picture.")


def _elements(prediction: Prediction, property_id: str, by: str) -> None:
    """What each element adds to the value, or its share of the attention."""
    structure, predicted = prediction.structure, prediction[property_id]
    symbols = np.array(structure.symbols)
    present = list(dict.fromkeys(structure.symbols))
    additive = by == views.CONTRIBUTIONS and predicted.contributions is not None
    per_atom = predicted.contributions if additive else predicted.ga_scores
    sums = np.array([float(per_atom[symbols == symbol].sum()) for symbol in present])
    unit = unit_text(predicted.property.unit)
    title = f"Contribution per element ({unit})" if additive else "Attention per element"
    st.plotly_chart(
        figures.atom_bars(
            present, sums, views.element_colours(present), title=title,
            hover=[wording.short(value, 4, sign=additive) for value in sums],
        ),
        key="elements_chart", config={"displayModeBar": False}, alt=f"{title}, one bar each",
    )  # fmt: skip
    if additive:
        st.caption(
            f"Baseline {wording.number(predicted.baseline, 3)} plus these is "
            f"{wording.value(predicted.property, predicted.value)}."
        )
    else:
        st.caption("Shares of the attention on all atoms of an element; together they are 1.")


def _unique(names: list[str]) -> list[str]:
    """Names that tell groups apart: of several on one Wyckoff position each gets a number."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(f"{name} ({seen[name]})" if names.count(name) > 1 else name)
    return found
