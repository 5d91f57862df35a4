"""How atoms are coloured: the choices that pages with a picture share."""

from collections.abc import Sequence

import streamlit as st

from gamnet.properties import Property
from gamnet.views import colours as views
from gamnet.views.palettes import DIVERGING, SEQUENTIAL
from gamnet_app.shared import (
    address,
    reference,
    wording,
)

GA, CONTRIBUTION, ELEMENT = "ga", "contribution", "element"
FIXED, OWN = "fixed", "structure"
_COLOURS = {GA: "GA score", CONTRIBUTION: "Contribution", ELEMENT: "Element"}
_SCALES = {OWN: "This structure only", FIXED: "Same for every structure"}
_BY = {GA: views.GA_SCORES, CONTRIBUTION: views.CONTRIBUTIONS}


def choices(
    model: str, properties: Sequence[Property], additive: bool, own: str
) -> tuple[str, str, float | None, str]:
    """Draw the choice of property, colour and scale, kept in the address and between pages.

    model : whose fixed scales these are.  own : what the scale that is not the fixed one is called.
    Returns the property's id; GA, CONTRIBUTION or ELEMENT; the fixed scale's end, None for the
    other scale; the palette's name.
    """
    by_id = {prop.id: prop for prop in properties}
    scales = _SCALES | {OWN: own}
    colours = [c for c in _COLOURS if c != CONTRIBUTION or additive]
    for key, options in (("property", list(by_id)), ("colour", colours), ("scale", list(scales))):
        address.addressed(key, options, options[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        property_id = st.segmented_control(
            "Property", list(by_id), format_func=lambda p: wording.symbol(by_id[p]),
            key="property", required=True, persist_state="session",
        )  # fmt: skip
        by = st.segmented_control(
            "Atoms coloured by", colours, format_func=_COLOURS.get, key="colour", required=True,
            persist_state="session",
        )  # fmt: skip
        with st.popover("Colours", icon=":material/palette:", type="tertiary"):
            scale = st.radio(
                "Range", list(scales), format_func=scales.get, key="scale", horizontal=True,
                disabled=by == ELEMENT, persist_state="session",
            )  # fmt: skip
            palette = st.selectbox(
                "Palette", list(DIVERGING if by == CONTRIBUTION else SEQUENTIAL),
                key="diverging" if by == CONTRIBUTION else "sequential", disabled=by == ELEMENT,
                help="All can be told apart with colour-blindness.", persist_state="session",
            )  # fmt: skip
            st.markdown(wording.COLOURS_EXPLAINED)
    address.write_address(
        property=property_id if property_id != next(iter(by_id)) else None,
        colour=by if by != colours[0] else None,
        scale=scale if scale != OWN else None,
    )
    limit = (
        reference.scale_limits(model).get((property_id, quantity(by))) if scale == FIXED else None
    )
    return property_id, by, limit, palette


def quantity(by: str) -> str:
    """What charts and labels show; with element colours they go on showing the GA scores."""
    return _BY.get(by, views.GA_SCORES)
