"""The local attention of the leading atom: arcs in the picture, layer by layer and head by head."""

import numpy as np
import streamlit as st

from gamnet.prediction.result import Prediction
from gamnet.structures.structure import Structure
from gamnet.views.arcs import (
    MAX_ARCS,
    Neighbourhood,
    flow_arcs,
    neighbour_arcs,
    neighbourhood,
)
from gamnet.views.scene import structure_key
from gamnet_app.explain import figures, state
from gamnet_app.shared import address, session

MEAN, FLOW = "mean", "flow"
_EXPLAINED = """
Before the network looks at the whole structure, every atom looks at its **neighbours**: the atoms
that share a face of its Voronoi cell. In each of {layers} layers, {heads} heads share out one unit
of attention each over those neighbours; what an atom knows of its surroundings is mixed from them
in these shares. The shares of one row add up to 100 %. They do not depend on the property: all
are read from the same local structures.

**All layers together** follows the attention through the layers (*attention rollout*: in each layer
half of an atom comes from its neighbours and half from itself), so it also reaches atoms that are
no neighbours. A share says where information comes from, not in which direction it moves a value.
"""


def arcs(prediction: Prediction, scene: dict[str, object]) -> dict[str, object]:
    """What the leading atom attends to, as the scene's arcs; nothing where none is picked."""
    structure = prediction.structure
    key = structure_key(structure)
    lead = state.leading_atom(key)
    if lead is None or structure.n_atoms > state.MAX_ATTENTION_ATOMS:
        return {}
    if not address.widget("arcs", True):
        return {}
    attention, flow = state.attention(prediction.model, structure, key)
    layer, head = _shown(prediction.model)
    if layer == FLOW:
        return {"arcs": flow_arcs(scene, lead, flow[lead])}
    around = neighbourhood(attention, structure, lead)
    return {"arcs": neighbour_arcs(scene, around, around.shares(layer, head))}


def toggle(prediction: Prediction) -> None:
    """Under the picture, once an atom is picked: whose arcs these are, and a switch."""
    structure = prediction.structure
    lead = state.leading_atom(structure_key(structure))
    if lead is None:
        return
    name = f"{structure.symbols[lead]}{lead}"
    if structure.n_atoms > state.MAX_ATTENTION_ATOMS:
        st.caption(_too_large(structure))
        return
    st.toggle(
        f"Arcs: what {name} attends to ({_description(prediction.model)})", value=True, key="arcs",
        persist_state="session",
        help="Its local attention, from the neighbours to the atom; wider is more. Choose layer "
        "and head under “Local attention”. Of several selected atoms the last one picked leads.",
    )  # fmt: skip


def show(prediction: Prediction) -> None:
    """The section Local attention."""
    structure = prediction.structure
    key = structure_key(structure)
    if structure.n_atoms > state.MAX_ATTENTION_ATOMS:
        st.info(_too_large(structure), icon=":material/info:")
        return
    model = session.model(prediction.model)
    n_layers, n_heads = model.network.config.attention_shape
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        lead = state.choose_atom(structure, key)
        layer, head = _choose(prediction.model)
    if lead is None:
        st.info(
            "Pick an atom: click it in the picture or choose it here. Arcs then show which "
            "neighbours it attends to.", icon=":material/touch_app:",
        )  # fmt: skip
    else:
        attention, flow = state.attention(prediction.model, structure, key)
        around = neighbourhood(attention, structure, lead)
        if not len(around.sites):
            st.info(
                f"{structure.symbols[lead]}{lead} has no neighbours within "
                f"{model.info.rule.cutoff:g} Å, so it attends to nothing but itself.",
                icon=":material/info:",
            )
        else:
            _matrices(around, flow[lead], structure, layer, head)
    with st.expander("What is local attention?", icon=":material/help:"):
        st.markdown(_EXPLAINED.format(layers=n_layers, heads=n_heads))


def _choose(model: str) -> tuple[int | str | None, int | None]:
    layers, heads = _options(model)
    st.segmented_control(
        "Layer", list(layers), format_func=layers.get, key="layer", required=True,
        persist_state="session",
        help="Mean of the layers, one of them, or how attention adds up through all of them.",
    )  # fmt: skip
    st.segmented_control(
        "Head", list(heads), format_func=heads.get, key="head", required=True,
        persist_state="session", disabled=address.widget("layer") == FLOW,
    )  # fmt: skip
    address.write_address(
        **{name: v if (v := address.widget(name)) != MEAN else None for name in ("layer", "head")}
    )
    return _shown(model)


def _options(model: str) -> tuple[dict[str, str], dict[str, str]]:
    """Layers and heads that can be chosen, and their names; the address chooses first."""
    layers, heads = (
        {MEAN: "Mean"} | {str(k): str(k + 1) for k in range(count)}
        for count in session.model(model).network.config.attention_shape
    )
    layers[FLOW] = "All together"
    address.addressed("layer", list(layers), MEAN)
    address.addressed("head", list(heads), MEAN)
    return layers, heads


def _shown(model: str) -> tuple[int | str | None, int | None]:
    """The chosen layer (None: the mean; or FLOW) and head, whether their choice is drawn or not."""
    _options(model)
    layer, head = address.widget("layer"), address.widget("head")
    if layer == FLOW:
        return FLOW, None
    return None if layer == MEAN else int(layer), None if head == MEAN else int(head)


def _description(model: str) -> str:
    layer, head = _shown(model)
    if layer == FLOW:
        return "all layers together"
    layers = "mean of the layers" if layer is None else f"layer {layer + 1}"
    return f"{layers}, {'mean of the heads' if head is None else f'head {head + 1}'}"


def _matrices(
    around: Neighbourhood,
    flow: np.ndarray,
    structure: Structure,
    layer: int | str | None,
    head: int | None,
) -> None:
    name = f"{structure.symbols[around.atom]}{around.atom}"
    n_layers, n_heads, _ = around.weights.shape
    dark = st.context.theme.type == "dark"
    fixed = layer if isinstance(layer, int) else None
    left, right = st.columns(2, gap="medium")
    with left:
        by_layer = np.array([around.shares(k, head) for k in range(n_layers)])
        heads = "mean of the heads" if head is None else f"head {head + 1}"
        st.plotly_chart(
            figures.share_matrix(
                by_layer, [f"layer {k + 1}" for k in range(n_layers)], around.labels,
                title=f"Layer by layer ({heads}), %", chosen=fixed, dark=dark,
            ),
            key="by_layer", config={"displayModeBar": False},
            alt=f"Local attention of {name}: share of each neighbour in each layer",
        )  # fmt: skip
    with right:
        if layer == FLOW:
            _flow(around, flow, structure)
        else:
            by_head = np.array([around.shares(fixed, k) for k in range(n_heads)])
            layers = "mean of the layers" if fixed is None else f"layer {fixed + 1}"
            st.plotly_chart(
                figures.share_matrix(
                    by_head, [f"head {k + 1}" for k in range(n_heads)], around.labels,
                    title=f"Head by head ({layers}), %", chosen=head, dark=dark,
                ),
                key="by_head", config={"displayModeBar": False},
                alt=f"Local attention of {name}: share of each neighbour in each head",
            )  # fmt: skip
    shares = around.shares(fixed, head)
    even = f"{100 / len(shares):.0f}"
    most = int(shares.argmax())
    images = " Images of atoms in other cells carry their translation." * structure.periodic
    st.caption(
        f"{name} has {len(shares)} neighbours, nearest first; evenly shared, each would have "
        f"{even} %. Most goes to {around.labels[most]}, {around.distance[most]:.2f} Å away, "
        f"{around.solid_angle[most]:.2f} sr wide as seen from {name}: {100 * shares[most]:.0f} %."
        + images
    )


def _flow(around: Neighbourhood, flow: np.ndarray, structure: Structure) -> None:
    order = np.argsort(-flow, kind="stable")[:MAX_ARCS]
    labels = [f"{structure.symbols[j]}{j}" for j in order]
    name = f"{structure.symbols[around.atom]}{around.atom}"
    st.plotly_chart(
        figures.share_bars(labels, flow[order], title=f"What {name} is made of after all "
                                   "layers"),
        key="flow", config={"displayModeBar": False},
        alt=f"Share of each atom in what reaches {name} through all layers",
    )  # fmt: skip
    rest = 100 * (1 - flow[order].sum())
    shown = f"{len(order)} of {len(flow)} atoms shown; the rest has {rest:.0f} %. "
    st.caption(
        (shown if len(order) < len(flow) else "")
        + f"{100 * flow[around.atom]:.0f} % stays with {name} itself."
    )


def _too_large(structure: Structure) -> str:
    return (
        f"{structure.n_atoms:,} atoms: local attention is shown for up to "
        f"{state.MAX_ATTENTION_ATOMS:,}."
    )
