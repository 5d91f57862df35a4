"""Two to four pictures with locked cameras, their values, and the difference of two of them."""

from dataclasses import replace

import streamlit as st

from gamnet.export.files import properties_of
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.properties import Property, unit_text
from gamnet.views import colours as views
from gamnet.views import compare
from gamnet_app.compare import difference, state
from gamnet_app.compare.pictures import BY, CONTRIBUTION, GA, NAMES, Panel, picture, poses
from gamnet_app.compare.state import PROPERTIES, STRUCTURES
from gamnet_app.shared import address, reference, session, wording
from gamnet_app.shared.sources import Source

_COLOURS = {GA: "GA score", CONTRIBUTION: "Contribution"}
FIXED, SHARED = "fixed", "shown"
_SCALES = {FIXED: "Same for every structure", SHARED: "The structures shown"}
_HEIGHT = 380  # pixels
_SCALE_HELP = {
    STRUCTURES: "Either way, a colour means the same number in all panels.",
    PROPERTIES: "GA scores have one scale in all panels; contributions have one per property, "
    "because their units and sizes differ.",
}


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
    if mode == STRUCTURES:
        _all_values(drawn)
    difference.show(mode, drawn, by)


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
    quantity = BY[by]
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
    rotations = iter(poses(panels))
    with st.grid(2 if len(drawn) != 3 else 3, min_column_width=260, gap="small", key="panels"):
        for slot, panel in enumerate(drawn):
            with st.container(gap="xsmall"):
                if isinstance(panel, Prediction):
                    _failed(slot, panel)
                    continue
                prediction, predicted = panel
                _heading(mode, slot, prediction, predicted)
                scale = _scale(mode, panels, panel, by, scale_name)
                picture(
                    f"compare_viewer_{slot}", panel, scale, views.atom_values(predicted, BY[by]),
                    next(rotations), _HEIGHT,
                )  # fmt: skip
    st.caption(
        "The cameras are locked: turn or zoom one picture, and all follow. What a structure has "
        "in common with A is seen from the same side. Click an atom to mark it, and its "
        "counterparts in the other pictures."
    )


def _heading(mode: str, slot: int, prediction: Prediction, predicted: PropertyPrediction) -> None:
    prop = predicted.property
    mae = session.test_mae(prediction).get(prop.id)
    stated, amount = wording.stated_error(prediction, prop.id, mae)
    number = f"{wording.value(prop, predicted.value)}, {stated}"
    if mode == PROPERTIES:
        st.markdown(f"**{NAMES[slot]} · {prop.name}**")
        st.caption(wording.plain(number))
        return
    formula = wording.formula(prediction.structure.formula)
    source = wording.plain(_short(prediction))
    st.markdown(f"**{NAMES[slot]} · {formula}** {source} {_domain_badge(prediction)}")
    notes = "".join(f"\n\n:material/warning: {wording.plain(w)}" for w in prediction.warnings)
    own = reference.known_value(prediction.structure, prop)
    if own is not None:
        number += f", reference {wording.value(prop, own)}"
        off = (predicted.value - own) * prop.display_factor
        far = wording.far_beyond(prop, off, amount)
        number += f": the difference is {far}" if far else ""
    st.caption(wording.plain(number), help=notes.strip() or None)


def _domain_badge(prediction: Prediction) -> str:
    if prediction.domain is None:
        return ""
    verdict = prediction.domain.verdict
    return f":{wording.DOMAIN_COLOURS[verdict]}-badge[{wording.DOMAIN_NAMES[verdict]}]"


def _structure_line(prediction: Prediction) -> None:
    formula = wording.formula(prediction.structure.formula)
    st.markdown(f"### {formula} {wording.plain(_short(prediction))} {_domain_badge(prediction)}")
    for warning in prediction.warnings:
        st.caption(f":material/warning: {wording.plain(warning)}")


def _short(prediction: Prediction) -> str:
    known = reference.known(prediction.structure) if prediction.structure else None
    text = prediction.source.removeprefix("smiles:")
    text = f"{known[0].title} {known[1].name}" if known else text
    frame = f", frame {prediction.frame}" if prediction.frame else ""
    return (text if len(text) <= 42 else f"{text[:28]}…{text[-12:]}") + frame


def _failed(slot: int, prediction: Prediction) -> None:
    st.markdown(f"**{NAMES[slot]}** {wording.plain(_short(prediction))}")
    st.error(wording.plain(prediction.error), icon=":material/error:")


def _all_values(drawn: list[Panel | Prediction]) -> None:
    """Every property of every structure, with its stated error."""
    shown = {NAMES[k]: p[0] for k, p in enumerate(drawn) if not isinstance(p, Prediction)}
    if len(shown) < 2:
        return
    properties = properties_of(list(shown.values()))
    rows: dict[str, list[str]] = {
        "": [f"{prop.name} ({unit_text(prop.unit)})" for prop in properties]
    }
    for name, prediction in shown.items():
        mae = session.test_mae(prediction)
        cells = []
        for prop in properties:
            if prop.id not in prediction.properties:
                cells.append("")
                continue
            amount = wording.stated_error(prediction, prop.id, mae.get(prop.id))[1]
            cells.append(wording.with_error(prop, prediction[prop.id].value, amount))
        rows[f"{name} · {wording.formula(prediction.structure.formula)}"] = cells
    with st.expander("All values", icon=":material/table:"):
        st.table(rows, border="horizontal")
        st.caption(
            "± the error that is stated of each value: the expected one, or the typical one where "
            "none is known, and no less than what the geometry makes. Of a value without ± it is "
            "not known."
        )
