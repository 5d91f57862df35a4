"""The values: a short card each, and all that is known of their errors on demand."""

import streamlit as st

from gamnet.prediction.result import Prediction
from gamnet.properties import Property
from gamnet_app.shared import address, figures, reference, wording


def show(prediction: Prediction, test_mae: dict[str, float], shown: str) -> None:
    """A card per property: value, stated error, the data set's own value.

    test_mae : by property, in display units.  shown : the property in the picture.
    """
    with st.grid(3, min_column_width=128, gap="xsmall", key="cards"):
        for property_id, predicted in prediction.properties.items():
            prop = predicted.property
            own = reference.known_value(prediction.structure, prop)
            with st.container(border=True, gap=None, height="stretch", key=f"card_{property_id}"):
                st.button(
                    wording.plain(wording.SHORT.get(property_id, prop.name)),
                    key=f"show_{property_id}", type="tertiary",
                    on_click=address.set_widget, args=("property", property_id),
                    help=wording.plain(f"{_named(prop)}. {prop.meaning}.")
                    + " Press to colour the atoms by it.",
                    icon=":material/visibility:" if property_id == shown else None,
                )  # fmt: skip
                mae = test_mae.get(property_id)
                st.html(wording.short_card(prediction, property_id, mae, own))
    with st.expander("Where these errors come from", icon=":material/query_stats:"):
        _details(prediction, test_mae)


def _named(prop: Property) -> str:
    """Its name and, where print has one, its symbol."""
    return prop.name if "_" in prop.symbol else f"{prop.name}, {prop.symbol}"


def _details(prediction: Prediction, test_mae: dict[str, float]) -> None:
    """Of each value every error, the reference, and its place in the training data."""
    known = reference.known(prediction.structure)
    with st.grid(3, min_column_width=150, gap="small", key="card_details"):
        for property_id, predicted in prediction.properties.items():
            prop = predicted.property
            trained = reference.training_histogram(prediction.model, property_id)
            place = figures.distribution(*trained, predicted.value) if trained else None
            own = reference.known_value(prediction.structure, prop)
            mae = test_mae.get(property_id)
            with st.container(gap=None):
                st.markdown(f"**{wording.plain(wording.SHORT.get(property_id, prop.name))}**")
                st.html(wording.card(prediction, property_id, mae, own, place))
    explained = ""
    if known:
        levels = [p.property.level for p in prediction.properties.values()]
        explained = wording.reference_explained(known[0].title, list(dict.fromkeys(levels)))
    st.caption(wording.CARDS_EXPLAINED + wording.plain(explained))
