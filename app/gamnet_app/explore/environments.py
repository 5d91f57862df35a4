"""Chemical environments: how their atoms' scores and contributions differ from the others'."""

import numpy as np
import pandas as pd
import streamlit as st

from gamnet.atlas.tables import CONTRIBUTION, GA, Atlas
from gamnet.explanation.environments import ring_text
from gamnet.properties import find_property
from gamnet_app.explore import example, figures, state
from gamnet_app.explore.atoms import quantity_title
from gamnet_app.explore.state import ENVIRONMENTS
from gamnet_app.shared import address, wording

_QUANTITIES = {GA: "GA score", CONTRIBUTION: "Contribution"}
_TOP = 16  # bars of the chart
_FEWEST = (2, 10, 30, 100, 300, 1000)
ALL = "all"


def show(atlas: Atlas) -> None:
    """The view Environments."""
    property_id, quantity, element, group, fewest = _controls(atlas)
    state.write_address(
        ENVIRONMENTS,
        property=property_id if property_id != atlas.info.property_ids[0] else None,
        quantity=quantity if quantity != GA else None,
        element=element if element != ALL else None,
        group=group if group != ALL else None,
    )
    table = _rows(atlas, property_id, quantity, element, group, fewest)
    if table.empty:
        st.info("No environment passes the filters.", icon=":material/filter_alt_off:")
        return
    row = _table(atlas, table, property_id, quantity)
    if row is None:
        st.caption("Tick an environment, at its row's left end, to see examples in 3D.")
    else:
        chosen = table.iloc[row]
        st.markdown(f"### {wording.plain(chosen['text'])}")
        examples = atlas.environments.loc[chosen["environment"]]
        example.examples(
            atlas, list(examples["example_id"]),
            [int(k) for k in examples["example_i"]], property_id, quantity,
        )  # fmt: skip
    _chart(atlas, table, property_id, quantity)


def _controls(atlas: Atlas) -> tuple[str, str, str, str, int]:
    info, table = atlas.info, atlas.environments
    ids, quantities = list(info.property_ids), list(info.quantities)
    elements = [ALL, *(e for e in info.elements if (table["element"] == e).any())]
    groups = [ALL, *sorted(table["group"].astype(str).unique())]
    address.addressed("explore_property", ids, ids[0], "property")
    address.addressed("explore_quantity", quantities, GA, "quantity")
    address.addressed("explore_element", elements, ALL, "element")
    address.addressed("explore_group", groups, ALL, "group")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        property_id = st.segmented_control(
            "Property", ids,
            format_func=lambda p: wording.symbol(find_property(info.properties, p)),
            key="explore_property", required=True, persist_state="session",
        )  # fmt: skip
        quantity = st.segmented_control(
            "Quantity", quantities, format_func=_QUANTITIES.get, key="explore_quantity",
            required=True, persist_state="session",
        )  # fmt: skip
        element = example.choose_element(elements[1:], "explore_element")
        group = ALL
        if info.bonded or info.symmetric:
            group = st.selectbox(
                "Functional group" if info.bonded else "Site symmetry", groups,
                key="explore_group", width=145,
                format_func=lambda g: "All" if g == ALL else g, persist_state="session",
            )  # fmt: skip
        fewest = st.selectbox(
            "At least", _FEWEST, index=1, key="explore_fewest", width=110,
            format_func=lambda n: f"{n:,} atoms", persist_state="session",
            help="Rare environments have wide intervals.",
        )  # fmt: skip
    return property_id, quantity, element, group, fewest


def _rows(
    atlas: Atlas, property_id: str, quantity: str, element: str, group: str, fewest: int
) -> pd.DataFrame:
    found = atlas.statistics
    found = found[(found["property"] == property_id) & (found["quantity"] == quantity)]
    table = found.merge(atlas.environments, left_on="environment", right_index=True)
    keep = (table["n_atoms"] >= fewest) & table["d"].notna()
    if element != ALL:
        keep &= table["element"] == element
    if group != ALL:
        keep &= table["group"] == group
    table = table[keep].sort_values("d", ascending=False, kind="stable").reset_index(drop=True)
    table["text"] = table["environment"].map(example.environment_names(atlas))
    return table


def _table(atlas: Atlas, table: pd.DataFrame, property_id: str, quantity: str) -> int | None:
    shown = pd.DataFrame(
        {
            "element": table["element"].astype(str),
            "neighbours": table["neighbours"].astype(str).str.replace(",", ", "),
            "ring": [ring_text(ring) for ring in table["ring"].astype(str)],
            "group": table["group"].astype(str),
            "n_atoms": table["n_atoms"],
            "n_molecules": table["n_molecules"],
            "mean": table["mean"],
            "d": table["d"],
            "low": table["low"],
            "high": table["high"],
        }
    )
    if not atlas.info.bonded:  # nothing but the number of neighbours is known
        shown = shown.drop(columns=["ring"] if atlas.info.symmetric else ["ring", "group"])
    what = quantity_title(find_property(atlas.info.properties, property_id), quantity)
    number = st.column_config.NumberColumn
    ticked = st.dataframe(
        shown, key="explore_environments", hide_index=True, selection_mode="single-row",
        on_select="rerun", height=400,
        column_config={
            "element": st.column_config.TextColumn("Atom", width=50),
            "neighbours": st.column_config.TextColumn(
                "Bonded to" if atlas.info.bonded else "Coordination", width=90
            ),
            "ring": st.column_config.TextColumn("Ring", width=140),
            "group": st.column_config.TextColumn(
                "Functional group" if atlas.info.bonded else "Site symmetry", width=220
            ),
            "n_atoms": number("Atoms", format="localized", width=70),
            "n_molecules": number("Structures", format="localized", width=80),
            "mean": number("Mean", format="%.3f", help=what, width=65),
            "d": number("d", format="%.2f", width=55, help="Effect size: how far the mean lies "
                        "from that of the other atoms of the same element, in standard deviations"),
            "low": number("from", format="%.2f", width=55, help="95 % confidence interval of d"),
            "high": number("to", format="%.2f", width=55, help="95 % confidence interval of d"),
        },
        alt="Environments and their statistics",
    )  # fmt: skip
    info = atlas.info
    left_out = (
        f" Without {info.n_unmatched:,} whose geometry and SMILES disagree on the bonds."
        if info.n_unmatched else ""
    )  # fmt: skip
    st.caption(
        f"{len(table):,} of {len(atlas.environments):,} environments, from the {info.n_atoms:,} "
        f"atoms of {info.n_molecules:,} structures.{left_out} {what}. d is Cohen's d against the "
        "other atoms of the same element: 0.2 is small, 0.8 large. Its interval takes into "
        "account that atoms of one structure are alike."
    )
    return next((k for k in ticked.selection.rows if k < len(table)), None)


def _chart(atlas: Atlas, table: pd.DataFrame, property_id: str, quantity: str) -> None:
    # The two ends of the table: what lies highest above the element's other atoms, and lowest.
    half = _TOP // 2
    ends = table if len(table) <= _TOP else pd.concat([table.head(half), table.tail(half)])
    figure = figures.forest(
        ends["text"].tolist(), ends["d"].to_numpy(), ends["low"].to_numpy(),
        ends["high"].to_numpy(),
        [f"d {d:.2f} ({low:.2f} to {high:.2f})<br>mean {mean:.3f}, {n:,} atoms" for
         d, low, high, mean, n in zip(ends["d"], ends["low"], ends["high"], ends["mean"],
                                      ends["n_atoms"], strict=True)],
        ends["environment"].to_numpy(np.int32),
    )  # fmt: skip
    prop = find_property(atlas.info.properties, property_id)
    st.markdown(f"### Effect sizes: {quantity_title(prop, quantity)}")
    st.plotly_chart(
        figure, key="explore_forest", config={"displayModeBar": False},
        alt="Effect sizes with confidence intervals",
    )  # fmt: skip
    if len(ends) < len(table):
        st.caption(f"The {half} highest and the {half} lowest of {len(table):,}.")
