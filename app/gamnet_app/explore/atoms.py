"""Atoms of the atlas as points: a map of local structures, and the environments behind it."""

import numpy as np
import pandas as pd
import streamlit as st

from gamnet.atlas.tables import CONTRIBUTION, GA, Atlas
from gamnet.properties import Property, find_property, unit_text
from gamnet_app.explore import example, figures, state
from gamnet_app.explore.state import ATOMS
from gamnet_app.shared import address, viewer, wording

ELEMENT = "element"
_COLOURS = {ELEMENT: "Element", GA: "GA score", CONTRIBUTION: "Contribution"}
MAX_EXAMPLES = 6


def quantity_title(prop: Property, quantity: str) -> str:
    """What a number per atom means, with its unit."""
    if quantity == GA:
        return f"GA score of {wording.symbol(prop)} relative to 1/n"
    return f"Contribution to {wording.symbol(prop)} ({unit_text(prop.unit)})"


def show(atlas: Atlas) -> None:
    """The view Atoms."""
    property_id, colour, element = _controls(atlas)
    state.write_address(
        ATOMS,
        property=property_id if property_id != atlas.info.property_ids[0] else None,
        colour=colour if colour != ELEMENT else None,
        element=element if element != "all" else None,
    )
    frame = atlas.atoms
    keep = np.ones(len(frame), bool) if element == "all" else (frame["element"] == element)
    rows = np.flatnonzero(keep)
    chosen = np.intersect1d(np.array(state.picked(ATOMS), dtype=np.int64), rows)
    left, right = example.two_columns("points")
    with left:
        _chart(atlas, rows, chosen, property_id, colour)
    quantity = GA if colour == ELEMENT else colour
    with right:
        behind = _behind(atlas, rows, chosen, property_id, quantity)
    if behind is not None:
        name, atoms = behind
        st.markdown(f"### {wording.plain(name)}")
        example.examples(atlas, atoms["id"].tolist(), atoms["i"].tolist(), property_id, quantity)


def _controls(atlas: Atlas) -> tuple[str, str, str]:
    ids = list(atlas.info.property_ids)
    elements = ["all", *(e for e in atlas.info.elements if (atlas.atoms["element"] == e).any())]
    colours = [ELEMENT, *atlas.info.quantities]
    address.addressed("explore_atom_colour", colours, ELEMENT, "colour")
    address.addressed("explore_property", ids, ids[0], "property")
    address.addressed("explore_element", elements, "all", "element")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        colour = st.segmented_control(
            "Colour", colours, format_func=_COLOURS.get, key="explore_atom_colour", required=True,
            persist_state="session",
        )  # fmt: skip
        property_id = st.segmented_control(
            "Property", ids,
            format_func=lambda p: wording.symbol(find_property(atlas.info.properties, p)),
            key="explore_property", required=True, persist_state="session",
        )  # fmt: skip
        element = example.choose_element(elements[1:], "explore_element")
    return property_id, colour, element


def _chart(
    atlas: Atlas, rows: np.ndarray, chosen: np.ndarray, property_id: str, colour: str
) -> None:
    frame = atlas.atoms
    shown = frame.iloc[rows]
    signed = colour == CONTRIBUTION
    if colour == ELEMENT:
        values, limits = shown["element"].astype(str).to_numpy(), None
        label, hover = "Element", "%{fullData.name}"
    else:
        values = shown[f"{colour}_{property_id}"].to_numpy()
        label = quantity_title(find_property(atlas.info.properties, property_id), colour)
        hover = f"{label}: %{{marker.color:.3g}}"
        limits = figures.limits_of(frame[f"{colour}_{property_id}"].to_numpy(), signed)
    figure = figures.cloud(
        shown["map_x"].to_numpy(), shown["map_y"].to_numpy(), rows,
        titles=("", ""), colour=values, colour_title=label, limits=limits, signed=signed,
        palette=figures.element_palette(list(atlas.info.elements)) if colour == ELEMENT else None,
        hover=hover, is_map=True,
    )  # fmt: skip
    viewer.show_cloud(
        figure, chosen.tolist(), key=f"explore_chart_{ATOMS}",
        alt=f"Map of {len(rows)} atoms, coloured by {label}",
        on_select=state.from_chart(ATOMS, len(frame)),
    )  # fmt: skip
    st.caption(
        f"{len(rows):,} of {atlas.info.n_atoms:,} atoms shown: a fixed random sample with as even "
        "a share of each element as there is. Near points have local structures (an atom with its "
        "neighbours, seven shells deep) that the network finds alike; the axes have no meaning. "
        "Click one, or choose the lasso or the box at the top right and draw around some, to see "
        "what they are."
    )


def _behind(
    atlas: Atlas, rows: np.ndarray, chosen: np.ndarray, property_id: str, quantity: str
) -> tuple[str, pd.DataFrame] | None:
    """The environments behind a selection; of the one that is ticked, the name and some atoms."""
    frame = atlas.atoms
    taken = frame.iloc[chosen if len(chosen) else rows]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### {len(chosen):,} of {len(rows):,} selected", width="content")
        if len(chosen):
            st.button(
                "Clear", icon=":material/close:", type="tertiary", key="explore_clear",
                on_click=state.forget_picked, args=(ATOMS,),
            )  # fmt: skip
    names = example.environment_names(atlas)
    column = f"{quantity}_{property_id}"
    grouped = taken.groupby("environment", sort=False)[column].agg(["size", "mean"])
    grouped = grouped.sort_values("size", ascending=False, kind="stable")
    # How the share within the selection compares with the share on the whole map.
    everywhere = frame["environment"].value_counts().reindex(grouped.index)
    table = pd.DataFrame(
        {
            "environment": [names.get(code, "unknown") for code in grouped.index],
            "atoms": grouped["size"].to_numpy(),
            "of": (100 * grouped["size"] / everywhere).to_numpy(),
            "mean": grouped["mean"].to_numpy(),
        }
    )
    ticked = st.dataframe(
        table, key="explore_behind", hide_index=True, selection_mode="single-row",
        on_select="rerun", height=440,
        column_config={
            "environment": st.column_config.TextColumn("Environment", width=205),
            "atoms": st.column_config.NumberColumn("Atoms", width=56),
            "of": st.column_config.NumberColumn(
                "% of it", format="%.0f", width=56,
                help="Of all mapped atoms in this environment, how many are selected",
            ),
            "mean": st.column_config.NumberColumn(
                "Mean", format="%.2f", width=56, help=quantity_title(
                    find_property(atlas.info.properties, property_id), quantity
                ),
            ),
        },
        alt="Environments of the selected atoms",
    )  # fmt: skip
    st.caption(
        f"{len(table):,} environments {'behind the selection' if len(chosen) else 'on the map'}. "
        "Tick one, at its left end, for examples."
    )
    row = next((k for k in ticked.selection.rows if k < len(table)), None)
    if row is None:
        return None
    members = taken[taken["environment"] == grouped.index[row]]
    places = np.linspace(0, len(members) - 1, min(MAX_EXAMPLES, len(members))).round().astype(int)
    return table["environment"].iloc[row], members.iloc[places]
