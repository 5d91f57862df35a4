"""What was found: the values, the coloured structure, the chart, the table, the files."""

from collections.abc import Callable
from functools import partial
from pathlib import PurePath

import streamlit as st

from gamnet.export import files
from gamnet.export.report import extended_xyz
from gamnet.prediction.result import Prediction, atoms_frame
from gamnet.properties import unit_text
from gamnet.structures.structure import Structure
from gamnet.views import colours as views
from gamnet.views.scene import atom_details, make_scene, structure_key
from gamnet_app.explain import crystal
from gamnet_app.shared import (
    address,
    figures,
    reference,
    report,
    selection,
    session,
    viewer,
    wording,
)
from gamnet_app.shared.controls import _BY, ELEMENT, choices, quantity

_HANDLING = (
    "Drag to turn, scroll to zoom, hover for numbers, click an atom to select it (shift: several). "
    "On a touch screen two fingers turn and zoom, one scrolls the page. Keys: arrows turn, + and − "
    "zoom, [ and ] step through the atoms, 0 resets."
)
PICTURE_HEIGHT = 480  # pixels; picture, bar and values fit on a screen of 900


def header(prediction: Prediction) -> None:
    """Formula, source, size and everything that the reader should be warned of."""
    structure = prediction.structure
    known = reference.known(structure)
    # Whatever is said is in this one place, so that the picture below keeps its own.
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="headline"):
        st.subheader(wording.formula(structure.formula), anchor=False, width="content")
        st.badge(f"{structure.n_atoms:,} atom{'s' if structure.n_atoms > 1 else ''}", color="gray")
        if structure.periodic:
            st.badge("periodic", color="gray")
            crystal.badge(structure)
        if prediction.domain:
            verdict, reasons = prediction.domain.verdict, prediction.domain.reasons
            because = f" Because {'; '.join(reasons)}." if reasons else ""
            st.badge(
                wording.DOMAIN_NAMES[verdict], color=wording.DOMAIN_COLOURS[verdict],
                help=wording.DOMAIN_EXPLAINED[verdict] + wording.plain(because),
            )  # fmt: skip
        if known:
            source, row = known
            st.badge(wording.plain(f"{source.title} {row.name}"), color="gray")
            st.badge(
                f"{row['split']} split", color="orange" if row["split"] == "train" else "green",
                help=wording.SPLITS[row["split"]],
            )  # fmt: skip
        elif not prediction.source.startswith("smiles:"):  # those stand in the box
            st.text(prediction.source, width="content")
        _model(prediction)
        for number, warning in enumerate(prediction.warnings):
            with st.popover(
                wording.plain(wording.beginning(warning)), icon=":material/warning:",
                key=f"remark_{number}",
            ):  # fmt: skip
                st.markdown(wording.plain(warning))


def _model(prediction: Prediction) -> None:
    """Which model made the prediction and why; a choice where several fit."""
    choice = session.choice(prediction.structure)
    if len(choice.fitting) < 2:
        if prediction.model:
            st.badge(
                f"model {wording.plain(prediction.model)}", color="gray",
                help=f"{wording.plain(choice.reason)}.",
            )  # fmt: skip
        return

    def take() -> None:
        session.prefer(address.widget("model_of_structure"))

    address.set_widget("model_of_structure", choice.name)
    st.selectbox(
        "Model", choice.fitting, key="model_of_structure", on_change=take, width=170,
        label_visibility="collapsed", help=f"These fit; {wording.plain(choice.reason)}.",
    )  # fmt: skip


def unpredicted(prediction: Prediction) -> None:
    """A structure without a prediction: what it is, its picture, and itself as a file."""
    structure = prediction.structure
    if structure is None:
        return
    header(prediction)
    key = structure_key(structure)
    colours = views.element_colours(structure.symbols)
    scene = make_scene(
        prediction, None, colours, views.element_bar(structure.symbols),
        values=[""] * structure.n_atoms,
    )  # fmt: skip
    viewer.show(
        scene | {"file_name": f"{stem(prediction)}.png"}, selection.selected_atoms(key),
        prediction, None, views.GA_SCORES, key="viewer", height=PICTURE_HEIGHT,
        on_select=selection.from_viewer(key, structure.n_atoms),
    )  # fmt: skip
    st.download_button(
        "extxyz", partial(extended_xyz, structure), f"{stem(prediction)}.extxyz",
        "chemical/x-xyz", help="The structure as it was read", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip


def controls(prediction: Prediction) -> tuple[str, str, views.Scale | None]:
    """The choice of property, colour and scale; the scale is None for element colours."""
    properties = [predicted.property for predicted in prediction.properties.values()]
    additive = all(p.contributions is not None for p in prediction.properties.values())
    property_id, by, limit, palette = choices(
        prediction.model, properties, additive, "This structure only"
    )
    if by == ELEMENT:
        return property_id, by, None
    return property_id, by, views.make_scale(prediction[property_id], _BY[by], limit, palette)


def picture(
    prediction: Prediction,
    property_id: str,
    by: str,
    scale: views.Scale | None,
    around: Callable[[dict[str, object]], dict[str, object]],
) -> None:
    """The structure in 3D, its atoms coloured and selectable.

    around : from the scene to what else is drawn in it, such as arcs between atoms.
    """
    structure = prediction.structure
    key = structure_key(structure)
    repeat, neighbours = _cell_controls(structure)
    amounts = views.atom_values(prediction[property_id], quantity(by))
    scene = make_scene(
        prediction, property_id, atom_colours(prediction, property_id, by, scale),
        scale.bar() if scale else views.element_bar(structure.symbols),
        values=[wording.short(amount) for amount in amounts], repeat=repeat, neighbours=neighbours,
    )  # fmt: skip
    viewer.show(
        scene | around(scene) | {
            "linked": key, "file_name": f"{stem(prediction)}-{property_id}-{by}.png",
        },
        selection.selected_atoms(key), prediction, property_id, quantity(by), key="viewer",
        on_select=selection.from_viewer(key, structure.n_atoms), height=PICTURE_HEIGHT,
    )  # fmt: skip
    st.caption(wording.COLOUR_IS[by], help=_HANDLING)


def chart(prediction: Prediction, property_id: str, by: str, scale: views.Scale | None) -> None:
    """A bar per atom in the picture's colours; a click selects the atom."""
    structure, predicted = prediction.structure, prediction[property_id]
    key = structure_key(structure)
    shown = quantity(by)
    title = views.quantity_title(predicted.property, shown)
    st.plotly_chart(
        figures.atom_bars(
            [f"{symbol}{i}" for i, symbol in enumerate(structure.symbols)],
            views.atom_values(predicted, shown),
            atom_colours(prediction, property_id, by, scale),
            title=title, average=1.0 if shown == views.GA_SCORES else None,
            selected=selection.selected_atoms(key),
            hover=["<br>".join(lines) for lines in atom_details(prediction, property_id)],
        ),
        key="atoms_chart", selection_mode="points", config={"displayModeBar": False},
        on_select=selection.from_chart(key, structure.n_atoms),
        alt=f"{title}, one bar per atom",
    )  # fmt: skip
    if structure.n_atoms > figures.MAX_BARS:
        st.caption(
            f"{figures.MAX_BARS} of {structure.n_atoms:,} atoms shown: the largest values and "
            "the selected atoms. The table has all."
        )


def table(prediction: Prediction, property_id: str) -> None:
    """All atoms with their numbers; choosing rows selects the atoms."""
    structure, predicted = prediction.structure, prediction[property_id]
    unit = unit_text(predicted.property.unit)
    key = structure_key(structure)
    frame = atoms_frame(prediction)
    columns = {
        "i": frame.index,
        "Element": frame["element"],
        "GA score": frame[f"ga_score_{property_id}"],
        "Relative to 1/n": views.atom_values(predicted, views.GA_SCORES),
    }
    if predicted.contributions is not None:
        columns[f"Contribution ({unit})"] = frame[f"contribution_{property_id}"]
    columns |= {f"{axis} (Å)": frame[axis] for axis in "xyz"}
    shown = frame.assign(**columns)[list(columns)]
    st.dataframe(
        shown, key="atoms_table", hide_index=True, on_select=selection.from_table(
            key, structure.n_atoms
        ),
        selection_mode="multi-row", height=min(38 + 35 * len(shown), 388),
        column_config={
            "i": st.column_config.NumberColumn("i", help="Index of the atom, from 0", width=60),
            "GA score": st.column_config.NumberColumn(
                format="%.4f", help="Share of the attention; all atoms add up to 1"
            ),
            "Relative to 1/n": st.column_config.NumberColumn(
                format="%.2f", help="GA score divided by the average, 1/n"
            ),
            f"Contribution ({unit})": st.column_config.NumberColumn(
                format="%.4f", help="Baseline plus all contributions is the value"
            ),
            **{f"{a} (Å)": st.column_config.NumberColumn(format="%.3f") for a in "xyz"},
        },
    )  # fmt: skip
    if predicted.contributions is not None:
        total = float(predicted.contributions.sum())
        decimals = 3 if predicted.property.unit == "eV" else 2
        st.caption(
            f"Baseline {wording.number(predicted.baseline, decimals)} plus "
            f"{wording.number(total, decimals)} from all atoms is "
            f"{wording.value(predicted.property, predicted.value)}."
        )


def downloads(prediction: Prediction) -> None:
    """The prediction as files; each is written when it is asked for."""
    formats = {
        "extxyz": (files.to_extxyz, "chemical/x-xyz", "Structure with all scores per atom"),
        "csv": (files.atoms_csv, "text/csv", "A row per atom, all properties"),
        "json": (files.to_json, "application/json", "As written by `gamnet predict`"),
        "html": (report.html, "text/html", "A report that opens anywhere, offline"),
    }
    with st.container(horizontal=True):
        for suffix, (write, mime, text) in formats.items():
            st.download_button(
                suffix, partial(write, [prediction]), f"{stem(prediction)}.{suffix}", mime,
                help=text, icon=":material/download:", on_click="ignore",
            )  # fmt: skip


def atom_colours(
    prediction: Prediction, property_id: str, by: str, scale: views.Scale | None
) -> list[str]:
    """Of every atom of the structure; those of its element without a scale."""
    if scale is None:
        return views.element_colours(prediction.structure.symbols)
    return scale.colours(views.atom_values(prediction[property_id], quantity(by)))


def _cell_controls(structure: Structure) -> tuple[tuple[int, int, int], bool]:
    if not structure.periodic:
        return (1, 1, 1), False
    with st.popover("Cell", icon=":material/grid_on:", type="tertiary", key="cell"):
        repeat = tuple(
            int(
                st.number_input(
                    f"Cells along {axis}",
                    1,
                    5,
                    1,
                    key=f"repeat_{axis}",
                    width=140,
                    disabled=not periodic,
                )  # fmt: skip
            )
            for axis, periodic in zip("abc", structure.pbc, strict=True)
        )
        neighbours = st.toggle(
            "Neighbours outside", value=True, key="neighbours",
            help="Also draw the atoms outside the cell that are bonded to one inside.",
        )  # fmt: skip
        crystal.toggle(structure)
    return repeat, neighbours


def stem(prediction: Prediction) -> str:
    """A file name from the source, with nothing that a file system could take amiss."""
    stem = PurePath(prediction.source.replace(":", "_")).stem
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in stem)[:60] or "structure"
