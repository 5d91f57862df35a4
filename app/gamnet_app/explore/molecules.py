"""Molecules of the atlas as points: axes, colour, filters, and what is in a selection."""

import numpy as np
import pandas as pd
import streamlit as st

from gamnet.atlas.columns import Column, molecule_columns
from gamnet.atlas.tables import GA, Atlas
from gamnet.errors import GAMNetError
from gamnet.properties import find_property, unit_text
from gamnet.views.palettes import SPLIT_COLOURS
from gamnet_app.explore import example, figures, state
from gamnet_app.explore import filters as explore_filters
from gamnet_app.explore.filters import title
from gamnet_app.explore.state import MOLECULES
from gamnet_app.shared import address, reference, viewer, wording

MAX_PICTURES, MAX_ROWS = 12, 1000
MAX_CARDS = 20_000


def short_title(atlas: Atlas, column: Column) -> str:
    """As `title`, for narrow places."""
    if not column.property_id:
        return title(column)
    symbol = wording.symbol(find_property(atlas.info.properties, column.property_id))
    return f"{symbol}, {column.origin} ({unit_text(column.unit)})"


def show(atlas: Atlas) -> None:
    """The view Molecules."""
    columns = molecule_columns(atlas.info)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        x, y, colour, told = _controls(columns)
        text, keep, filters = explore_filters.show(atlas.molecules, columns)
    state.write_address(MOLECULES, search=text or None, filter=filters or None, **told)
    # One place however much is said: below it the points keep theirs, or they are drawn anew.
    with st.container():
        rows = np.flatnonzero(keep & _found(atlas, text))
        if len(rows) < len(keep):
            st.caption(f"{len(rows):,} of {len(keep):,} molecules pass the search and the filters.")
    chosen = np.intersect1d(np.array(state.picked(MOLECULES), dtype=np.int64), rows)
    left, right = example.two_columns("points")
    with left:
        _chart(atlas, columns, rows, chosen, x, y, colour)
    with right:
        _selection(atlas, columns, rows, chosen, (x, y, colour))
    if len(chosen) > 1:
        _gallery(atlas, atlas.molecules.iloc[chosen], colour)
    _table(atlas, columns, chosen if len(chosen) else rows, len(rows), bool(len(chosen)))


def _controls(
    columns: dict[str, Column],
) -> tuple[Column, Column, Column, dict[str, str | None]]:
    """Axes and colour, and what the address should say of them."""
    names = list(columns)
    defaults = {"x": "map_x", "y": "map_y", "colour": f"predicted_{names[2].split('_', 1)[1]}"}
    axes = [name for name in names if columns[name].kind != "category"]
    chosen = {}
    for key, label in (("x", "Across"), ("y", "Up"), ("colour", "Colour")):
        options = names if key == "colour" else axes
        address.addressed(f"explore_{key}", options, defaults[key], key)
        chosen[key] = st.selectbox(
            label, options, format_func=lambda name: title(columns[name]), key=f"explore_{key}",
            width=235, persist_state="session",
        )  # fmt: skip
    told = {key: name if name != defaults[key] else None for key, name in chosen.items()}
    return columns[chosen["x"]], columns[chosen["y"]], columns[chosen["colour"]], told


def _found(atlas: Atlas, text: str) -> np.ndarray:
    """[n_molecules] bool: what the text means; all where it means nothing."""
    everything = np.ones(len(atlas.molecules), dtype=bool)
    if not text:
        return everything
    try:
        with st.spinner("Searching…"):
            found, what = state.found(atlas, text)
    except GAMNetError as error:
        st.error(wording.plain(str(error)), icon=":material/error:")
        return everything
    n = int(found.sum())
    st.caption(f"{n:,} molecule{'s' if n != 1 else ''}: {wording.plain(what)}.")
    if not n and not atlas.info.complete:
        _beyond_the_sample(atlas, text)
    return found


def _beyond_the_sample(atlas: Atlas, text: str) -> None:
    """Of a text that the sample has no molecule for: what the whole data set has."""
    info = atlas.info
    sample = f"a sample of {info.n_molecules:,} of {info.n_total:,} molecules"
    if info.dataset not in reference.datasets():
        st.info(f"The map shows {sample}.", icon=":material/info:")
        return
    hits, total = reference.search(info.dataset, text)
    if not total:
        st.info(
            f"The map shows {sample}; {info.title} as a whole has none either.",
            icon=":material/info:",
        )
        return
    first = hits.index[0]
    st.info(
        f"The map shows {sample}, and none of these is in it; {info.title} as a whole has "
        f"{total:,}. `gamnet atlas {info.model}` makes the map of all.",
        icon=":material/info:",
    )
    if st.button(f"Open {info.title} {first} in Explain", icon=":material/hub:", key="beyond"):
        example.open_in_explain(atlas, str(first))


# --- the cloud of points --------------------------------------------------------------------------


def _chart(
    atlas: Atlas,
    columns: dict[str, Column],
    rows: np.ndarray,
    chosen: np.ndarray,
    x: Column,
    y: Column,
    colour: Column,
) -> None:
    if not len(rows):
        st.info("No molecule passes the filters.", icon=":material/filter_alt_off:")
        return
    frame = atlas.molecules
    shown = frame.iloc[rows]
    is_map = {x.id, y.id} == {"map_x", "map_y"}
    colours = colour.values(shown)
    numeric = colour.kind != "category"
    names = "" if is_map else f"{x.name} %{{x:.4g}}<br>{y.name} %{{y:.4g}}<br>"
    coloured = f"{colour.name} %{{marker.color:.4g}}" if numeric else ""
    figure = figures.cloud(
        x.values(shown), y.values(shown), rows,
        titles=("", "") if is_map else (title(x), title(y)),
        colour=colours, colour_title=title(colour),
        # Of all molecules, so that a filter does not change what a colour means.
        limits=figures.limits_of(colour.values(frame), colour.signed) if numeric else None,
        signed=colour.signed, palette=SPLIT_COLOURS, hover=names + coloured, is_map=is_map,
        axes=f"{x.id}|{y.id}",
        equal_line=bool(x.unit) and x.unit == y.unit and x.property_id == y.property_id
        and not (x.signed or y.signed),
    )  # fmt: skip
    viewer.show_cloud(
        figure, chosen.tolist(), key=f"explore_chart_{MOLECULES}",
        alt=f"{len(rows)} molecules, {y.name} against {x.name}",
        on_select=state.from_chart(MOLECULES, len(frame)), cards=_cards(atlas, colour),
    )  # fmt: skip
    about = "A point's neighbours look alike to the network; the axes have no meaning. "
    st.caption(
        f"{len(rows):,} molecules shown. {about if is_map else ''}Point at one for its formula, "
        "click it for its picture; choose the lasso or the box at the top right and draw around "
        "some to see what they are. Drag to move, scroll to zoom, double-click to see all. "
        "Colours cover 98 % of the data."
    )


def _cards(atlas: Atlas, colour: Column) -> dict[str, object] | None:
    """What the points are, by row; None where so many names would take too long on their way."""
    frame = atlas.molecules
    if len(frame) > MAX_CARDS:
        return None
    names = [f"{formula} · {atlas.info.title} {id}" for formula, id in
             zip(frame["formula"], frame["id"], strict=True)]  # fmt: skip
    smiles = frame["smiles"].tolist() if atlas.info.bonded else None
    return {"names": names, "smiles": smiles, "colour": title(colour)}


def _selection(
    atlas: Atlas,
    columns: dict[str, Column],
    rows: np.ndarray,
    chosen: np.ndarray,
    shown: tuple[Column, Column, Column],
) -> None:
    frame = atlas.molecules
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"### {len(chosen):,} of {len(rows):,} selected", width="content")
        if len(chosen):
            st.button(
                "Clear", icon=":material/close:", type="tertiary", key="explore_clear",
                on_click=state.forget_picked, args=(MOLECULES,),
            )  # fmt: skip
    # One place with or without a picture, so that the charts below keep theirs.
    with st.container():
        if len(chosen) == 1:
            _one(atlas, int(chosen[0]), shown[2].property_id or atlas.info.property_ids[0])
    wanted = [c for c in shown if c.kind in ("number", "count")]
    wanted += [columns[f"predicted_{pid}"] for pid in atlas.info.property_ids]
    wanted += [columns[name] for name in ("n_heavy", "n_rings") if name in columns]
    unique = list({column.id: column for column in wanted}.values())[:6]
    whole = {short_title(atlas, c): c.values(frame.iloc[rows]) for c in unique}
    part = {short_title(atlas, c): c.values(frame.iloc[chosen]) for c in unique}
    if len(rows):
        figure = figures.histograms(whole, part if len(chosen) > 1 else {}, columns=2)
        st.plotly_chart(
            figure, key="explore_histograms", config={"displayModeBar": False},
            alt="Histograms of the selection and of all molecules shown",
        )  # fmt: skip
        if not len(chosen):
            st.caption("Select molecules to see how they differ from the others.")


def _one(atlas: Atlas, row: int, property_id: str) -> None:
    """A single molecule beside the map: its picture, its numbers, and the way to Explain."""
    molecule = atlas.molecules.iloc[row]
    st.badge(
        f"{molecule['split']} split", help=wording.SPLITS[molecule["split"]],
        color="orange" if molecule["split"] == "train" else "green",
    )  # fmt: skip
    state.start_example([str(molecule["id"])], [None])
    example.picture(atlas, property_id, GA)


def _gallery(atlas: Atlas, frame: pd.DataFrame, colour: Column) -> None:
    # Spread over the selection, from one end of the colour to the other.
    order = np.argsort(colour.values(frame), kind="stable")
    places = np.linspace(0, len(frame) - 1, min(MAX_PICTURES, len(frame))).round().astype(int)
    st.caption(
        f"{len(places):,} of {len(frame):,} selected molecules, in the order of the colour."
        if len(places) < len(frame)
        else "The selected molecules, in the order of the colour."
    )
    with st.container(horizontal=True, gap="small", key="explore_gallery"):
        for k, (_, molecule) in enumerate(frame.iloc[order[places]].iterrows()):
            with st.container(width=126, gap=None, horizontal_alignment="center"):
                example.drawing_of(molecule)
                if st.button(
                    example.label(atlas, molecule["id"]), key=f"explore_picture_{k}",
                    width="stretch",
                    help=f"{_shown_value(colour, molecule)}. Press to open in Explain.",
                ):  # fmt: skip
                    example.open_in_explain(atlas, str(molecule["id"]))


def _shown_value(column: Column, molecule: pd.Series) -> str:
    value = molecule[column.id]
    if column.kind == "category":
        return f"{column.name} {value}"
    return wording.plain(f"{column.name} {value * column.factor:.4g} {unit_text(column.unit)}")


def _table(
    atlas: Atlas, columns: dict[str, Column], rows: np.ndarray, n_shown: int, selected: bool
) -> None:
    if not len(rows):
        return
    frame = atlas.molecules.iloc[rows[:MAX_ROWS]]
    first = ["id", "formula", *(["smiles"] if atlas.info.bonded else []), "split", "n_heavy"]
    table = frame[first].copy()
    config = {
        "id": st.column_config.TextColumn("Id", width=80),
        "formula": st.column_config.TextColumn("Formula", width=90),
        "smiles": st.column_config.TextColumn("SMILES", width=160),
        "split": st.column_config.TextColumn("Split", width=80),
        "n_heavy": st.column_config.NumberColumn("Heavy atoms", width=80),
    }
    for name, column in columns.items():
        if column.kind == "number":
            table[name] = column.values(frame)
            form = "%.1f" if column.factor > 1 else "%.3f"
            config[name] = st.column_config.NumberColumn(
                short_title(atlas, column), format=form, width=120, help=title(column)
            )
    st.markdown("### Selected molecules" if selected else "### Molecules shown")
    st.dataframe(
        table, key="explore_table", hide_index=True, selection_mode="single-row",
        on_select=state.note_row("explore_table", "explore_row"),
        height=min(38 + 35 * len(table), 380), column_config=config,
        alt="Molecules, one row each",
    )  # fmt: skip
    of = len(rows) if selected else n_shown
    some = f"The first {MAX_ROWS:,} of {of:,} rows. " if of > MAX_ROWS else ""
    st.caption(f"{some}Tick a row, at its left end, to open the molecule in Explain.")
    row = state.take("explore_row")
    if row is not None and row < len(table):
        example.open_in_explain(atlas, str(table["id"].iloc[row]))
