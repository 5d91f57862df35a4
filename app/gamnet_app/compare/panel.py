"""Two to four pictures with locked cameras, and the difference between two of them per atom."""

from dataclasses import replace
from hashlib import sha256
from itertools import combinations

import numpy as np
import streamlit as st

from gamnet.export.files import properties_of
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.properties import Property
from gamnet.views import colours as views
from gamnet.views import compare
from gamnet.views.scene import make_scene
from gamnet_app.compare import state
from gamnet_app.compare.state import PROPERTIES, STRUCTURES
from gamnet_app.shared import address, figures, reference, session, viewer, wording
from gamnet_app.shared.sources import Source

GA, CONTRIBUTION = "ga", "contribution"
_BY = {GA: views.GA_SCORES, CONTRIBUTION: views.CONTRIBUTIONS}
_COLOURS = {GA: "GA score", CONTRIBUTION: "Contribution"}
FIXED, SHARED = "fixed", "shown"
_SCALES = {FIXED: "Same for every structure", SHARED: "The structures shown"}
_NAMES = "ABCD"
_HEIGHT, _DIFFERENCE_HEIGHT = 380, 360  # pixels
_GROUP = "compare"
_SCALE_HELP = {
    STRUCTURES: "Either way, a colour means the same number in all panels.",
    PROPERTIES: "GA scores have one scale in all panels; contributions have one per property, "
    "because their units and sizes differ.",
}
# A panel: a prediction and which of its properties is shown.
Panel = tuple[Prediction, PropertyPrediction]


def show(mode: str, sources: list[Source], predictions: list[Prediction]) -> None:
    """Everything below the inputs."""
    usable = [prediction for prediction in predictions if not prediction.error]
    ids, by, scale_name = _controls(mode, usable, sources)
    if mode == PROPERTIES:
        for prediction in predictions:
            if prediction.error:
                st.error(wording.plain(prediction.error), icon=":material/error:")
        if usable:
            _structure_line(usable[0])
        panels = [(p, p[name]) for p in usable for name in ids if name in p.properties]
        drawn: list[Panel | Prediction] = list(panels)
    else:
        predictions = [_with(prediction, ids[0]) for prediction in predictions]
        panels = [(p, p[ids[0]]) for p in predictions if not p.error]
        drawn = [p if p.error else (p, p[ids[0]]) for p in predictions]
    _pictures(mode, drawn, panels, by, scale_name)
    _difference(mode, drawn, by)


def _with(prediction: Prediction, property_id: str) -> Prediction:
    """The prediction, failed if its model does not have the property."""
    if prediction.error or property_id in prediction.properties:
        return prediction
    reason = f"The model '{prediction.model}' does not predict '{property_id}'."
    return replace(prediction, error=reason)


def _controls(
    mode: str, usable: list[Prediction], sources: list[Source]
) -> tuple[list[str], str, str]:
    """Property ids, the quantity, and which scale."""
    found = properties_of(usable) or session.model().properties
    properties: dict[str, Property] = {prop.id: prop for prop in found}
    ids = list(properties)
    additive = all(p.contributions is not None for x in usable for p in x.properties.values())
    colours = [name for name in _COLOURS if name == GA or additive]
    address.addressed("compare_colour", colours, GA, "colour")
    address.addressed("compare_scale", list(_SCALES), FIXED, "scale")
    address.addressed("compare_property", ids, ids[0], "property")
    state.addressed_list("compare_properties", "properties", ids, ids[:2])

    def name_of(property_id: str) -> str:
        return wording.symbol(properties[property_id])

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if mode == STRUCTURES:
            chosen = [
                st.segmented_control(
                    "Property", ids, format_func=name_of, key="compare_property", required=True,
                    persist_state="session",
                )
            ]  # fmt: skip
        else:
            chosen = st.multiselect(
                "Properties, up to four", ids, format_func=name_of, key="compare_properties",
                max_selections=state.MAX_PANELS, width=330, persist_state="session",
            )  # fmt: skip
        by = st.segmented_control(
            "Atoms coloured by", colours, format_func=_COLOURS.get, key="compare_colour",
            required=True, persist_state="session",
        )  # fmt: skip
        scale = st.segmented_control(
            "Scale", list(_SCALES), format_func=_SCALES.get, key="compare_scale", required=True,
            persist_state="session", help="Which values span the colours. " + _SCALE_HELP[mode],
        )  # fmt: skip
    texts = [source.text for source in sources if source.content is None]
    state.write_address(
        texts,
        compare=mode if mode != STRUCTURES else None,
        property=chosen[0] if mode == STRUCTURES and chosen[0] != ids[0] else None,
        properties=",".join(chosen) if mode == PROPERTIES and chosen != ids[:2] else None,
        colour=by if by != GA else None,
        scale=scale if scale != FIXED else None,
    )
    return chosen or ids[:1], by, scale


def _scale(mode: str, panels: list[Panel], panel: Panel, by: str, name: str) -> views.Scale:
    quantity = _BY[by]
    predicted = panel[1]
    # Contributions to different properties have nothing in common but zero.
    alone = mode == PROPERTIES and by == CONTRIBUTION
    together = [predicted] if alone else [other for _, other in panels]
    if name == SHARED:
        return compare.shared_scale(together, quantity)
    shown = [panel] if alone else panels
    found = [
        reference.scale_limits(prediction.model).get((other.property.id, quantity))
        for prediction, other in shown
    ]
    limit = None if None in found else max(found)
    return views.make_scale(predicted, quantity, limit)


def _pictures(
    mode: str, drawn: list[Panel | Prediction], panels: list[Panel], by: str, scale_name: str
) -> None:
    if not drawn:
        return
    rotations = iter(compare.poses([prediction.structure for prediction, _ in panels] or []))
    with st.grid(2 if len(drawn) != 3 else 3, min_column_width=260, gap="small", key="panels"):
        for slot, panel in enumerate(drawn):
            with st.container(gap="xsmall"):
                if isinstance(panel, Prediction):
                    _failed(slot, panel)
                    continue
                prediction, predicted = panel
                _heading(mode, slot, prediction, predicted)
                scale = _scale(mode, panels, panel, by, scale_name)
                _picture(
                    f"compare_viewer_{slot}", panel, scale, views.atom_values(predicted, _BY[by]),
                    next(rotations), _HEIGHT,
                )  # fmt: skip
    st.caption(
        "The cameras are locked: turn or zoom one picture, and all follow. Structures with the "
        "same elements in the same order are seen from the same side. Click an atom to mark it "
        "in every picture that has it."
    )


def _heading(mode: str, slot: int, prediction: Prediction, predicted: PropertyPrediction) -> None:
    prop = predicted.property
    mae = session.test_mae(prediction).get(prop.id)
    number = wording.value(prop, predicted.value)
    error = f", typical error {wording.error(prop, mae)}" if mae is not None else ""
    if mode == PROPERTIES:
        st.markdown(f"**{_NAMES[slot]} · {prop.name}**")
        st.caption(f"{number}{error}")
        return
    formula = wording.formula(prediction.structure.formula)
    source = wording.plain(_short(prediction))
    st.markdown(f"**{_NAMES[slot]} · {formula}** {source}")
    notes = "".join(f"\n\n:material/warning: {wording.plain(w)}" for w in prediction.warnings)
    own = reference.known_value(prediction.structure, prop)
    known = f", reference {wording.value(prop, own)}" if own is not None else ""
    st.caption(f"{number}{error}{known}", help=notes.strip() or None)


def _structure_line(prediction: Prediction) -> None:
    formula = wording.formula(prediction.structure.formula)
    st.markdown(f"### {formula} {wording.plain(_short(prediction))}")
    for warning in prediction.warnings:
        st.caption(f":material/warning: {wording.plain(warning)}")


def _short(prediction: Prediction) -> str:
    known = reference.known(prediction.structure) if prediction.structure else None
    text = prediction.source.removeprefix("smiles:")
    text = f"{known[0].title} {known[1].name}" if known else text
    frame = f", frame {prediction.frame}" if prediction.frame else ""
    return (text if len(text) <= 42 else f"{text[:28]}…{text[-12:]}") + frame


def _failed(slot: int, prediction: Prediction) -> None:
    st.markdown(f"**{_NAMES[slot]}** {wording.plain(_short(prediction))}")
    st.error(wording.plain(prediction.error), icon=":material/error:")


def _picture(
    key: str, panel: Panel, scale: views.Scale, values: np.ndarray, rotation: list[float],
    height: int,
) -> None:  # fmt: skip
    prediction, predicted = panel
    structure = prediction.structure
    atoms = state.atoms_key(structure)
    scene = make_scene(
        prediction, predicted.property.id, scale.colours(values), scale.bar(),
        values=[f"{value:.3g}" for value in values],
    )  # fmt: skip
    extra = {
        "group": _GROUP,
        # Not the view of the page Explain, whose picture has another size.
        "view_id": f"{key}-{scene['scene_id']}-{_digest(rotation)}",
        "rotation": rotation,
        "file_name": f"{key}-{predicted.property.id}.png",
    }
    viewer.show(
        scene | extra, state.selected(atoms), prediction, predicted.property.id,
        views.GA_SCORES, key=key, height=height,
        on_select=state.on_select(key, atoms, structure.n_atoms),
    )  # fmt: skip


def _difference(mode: str, drawn: list[Panel | Prediction], by: str) -> None:
    """Second minus first of two panels, as a picture and as bars, where the atoms correspond."""
    panels = {_NAMES[k]: p for k, p in enumerate(drawn) if not isinstance(p, Prediction)}
    if len(panels) < 2:
        address.write_address(pair=None)
        return
    pairs = [
        (a, b)
        for a, b in combinations(panels, 2)
        if compare.corresponds(panels[a][0].structure, panels[b][0].structure)
        and compare.comparable(panels[a][1], panels[b][1], _BY[by])
    ]
    st.markdown("#### Difference per atom")
    if not pairs:
        address.write_address(pair=None)
        st.caption(
            "These contributions have different units. Colour by GA score to see differences."
            if mode == PROPERTIES
            else "Shown for structures whose atoms correspond: the same elements in the same "
            "order, as in two geometries of one molecule. None of these do."
        )
        return
    names = [f"{b} − {a}" for a, b in pairs]
    address.addressed("compare_pair", names, names[0], "pair")
    if address.widget("compare_pair") not in names:  # the pair of other structures
        address.set_widget("compare_pair", names[0])
    if len(pairs) > 1:
        chosen = st.segmented_control("Pair", names, key="compare_pair", required=True)
    else:
        chosen = names[0]
    address.write_address(pair=chosen if chosen != names[0] else None)
    a, b = pairs[names.index(chosen)]
    first, second = panels[a], panels[b]
    values = compare.difference(first[1], second[1], _BY[by])
    scale = compare.difference_scale(first[1], second[1], _BY[by])
    left, right = st.columns([2, 3], gap="medium")
    with left:
        rotation = compare.poses([panel[0].structure for panel in panels.values()])[
            list(panels).index(b)
        ]
        _picture("compare_difference", second, scale, values, rotation, _DIFFERENCE_HEIGHT)
    with right:
        symbols = second[0].structure.symbols
        st.plotly_chart(
            figures.atom_bars(
                [f"{symbol}{i}" for i, symbol in enumerate(symbols)], values,
                scale.colours(values), title=f"{chosen}: {scale.title}",
                hover=[f"{value:+.4g}" for value in values],
                selected=state.selected(state.atoms_key(second[0].structure)),
            ),
            key="compare_chart", config={"displayModeBar": False},
            alt=f"Difference {chosen}, one bar per atom",
        )  # fmt: skip
        st.caption(_difference_text(a, b, first[1], second[1], values, by))


def _difference_text(
    a: str,
    b: str,
    first: PropertyPrediction,
    second: PropertyPrediction,
    values: np.ndarray,
    by: str,
) -> str:
    atoms = f"{figures.MAX_BARS} of {len(values):,} atoms have a bar: the largest differences. "
    note = atoms if len(values) > figures.MAX_BARS else ""
    if by == GA:
        return note + (
            f"Above zero: more attention in {b} than in {a}. The differences of all atoms add up "
            "to 0."
        )
    prop = first.property
    change = second.value - first.value
    if first.property.id == second.property.id:
        return note + (
            f"{b} minus {a}. The differences of all atoms add up to that of the values, "
            f"{wording.error(prop, change * prop.display_factor, sign=True)}."
        )
    return note + (
        f"{b} minus {a}: contributions to two properties in the same unit, each of which adds up, "
        "with its baseline, to its own value."
    )


def _digest(rotation: list[float]) -> str:
    return sha256(np.round(rotation, 6).tobytes()).hexdigest()[:8]
