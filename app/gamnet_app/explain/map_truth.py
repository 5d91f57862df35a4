"""Is this map true? What was measured of the model, and what can be checked on this molecule."""

import numpy as np
import streamlit as st

from gamnet.explanation.verdicts import (
    BASELINE,
    MAP_NAMES,
    Faithfulness,
    measured,
    unmeasured,
)
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.properties import Property, unit_text
from gamnet.views import colours
from gamnet.views.scene import structure_key
from gamnet_app.explain import figures, state
from gamnet_app.shared import selection, session, wording

_SINGULAR = {colours.GA_SCORES: "GA score", colours.CONTRIBUTIONS: "contribution"}
_NAMES = {"homo": "HOMO", "lumo": "LUMO"}
_ORBITAL = (
    "Raise the potential on one atom a little, and the {name} energy changes by exactly the share "
    "of the {name} that sits on this atom (first-order perturbation theory). So a true map for the "
    "{name} energy shows **where the {name} is**, and that can be computed: B3LYP populations per "
    "atom are the yardstick."
)
_SUM = (
    "The formula alone explains {r2:.1%} of its variance in the training data. Contributions add "
    "up exactly; no truth per atom is measured here."
)
# Of properties that many models have; any other is read by how it scales.
_READINGS = {
    "homo": _ORBITAL.format(name="HOMO"),
    "lumo": _ORBITAL.format(name="LUMO"),
    "gap": (
        "The gap is the LUMO minus the HOMO energy, so its true explanation is a **difference**: "
        "an atom opens the gap where the LUMO is and closes it where the HOMO is. GA scores are "
        "shares of one whole and cannot be negative: read them as where the network looks for "
        "either orbital, never as a direction. For a direction compare the maps of HOMO and LUMO, "
        "each of which can be checked by itself."
    ),
    "zpve": (
        "Every bond vibrates, so the zero-point energy is close to a **sum over atoms**: the "
        "formula alone explains {r2:.1%} of its variance in the training data. Contributions are "
        "the map to read here, and they add up exactly. No quantum-chemical truth per atom exists; "
        "GA scores only say where the network finds what the formula does not tell."
    ),
    "alpha": (
        "The polarizability is nearly a **sum over atoms**: the formula alone explains {r2:.1%} of "
        "its variance in the training data, the rest is mostly conjugation, which belongs to "
        "several atoms at once. Contributions add up exactly, but how the shared part is divided "
        "is the network's choice; no truth per atom is measured here."
    ),
    "cv": (
        "The heat capacity counts soft vibrations and is roughly a **sum over atoms**: the formula "
        "alone explains {r2:.1%} of its variance in the training data. The rest belongs to groups "
        "that bend and turn, not to single atoms. Contributions add up exactly; no truth per atom "
        "is measured here."
    ),
}


def faithfulness(model: str, property_id: str, by: str) -> Faithfulness | None:
    """What was measured of the shown map of a shipped model."""
    return measured(session.model_cards().get(model, {}), property_id, by)


def verdict(prediction: Prediction, property_id: str, by: str) -> None:
    """One line under the picture: how far this map is to be believed."""
    predicted = prediction[property_id]
    prop, found = predicted.property, faithfulness(prediction.model, property_id, by)
    reason = unmeasured(prediction, colours.atom_values(predicted, by))
    if found is None:
        if prop.id in _NAMES:
            st.caption(
                f"Whether this map shows where the {_NAMES[prop.id]} is: not measured for this "
                "model. “Is this map true?” has checks on this structure."
            )
        return
    if reason is not None:
        st.caption(
            f"Whether this map shows where the {_NAMES.get(prop.id, prop.name)} is: not known "
            f"here. {reason}"
        )
        return
    true = _NAMES.get(prop.id, prop.name)
    numbers = (
        f"mean correlation with the real {true} {_r(found.pearson)} on {found.n:,} held-out "
        f"molecules; a map that knows only the elements reaches {_r(found.baseline)}"
    )
    if found.has_skill:
        st.caption(f":material/fact_check: Measured: this map {found.verdict}; {numbers}.")
    else:
        st.warning(
            f"Do not read this map as where the {true} is. It {found.verdict}: {numbers}.",
            icon=":material/warning:",
        )


def show(prediction: Prediction, property_id: str, by: str) -> None:
    """The section Is this map true?; `by` is GA_SCORES or CONTRIBUTIONS."""
    predicted = prediction[property_id]
    name = wording.in_sentence(predicted.property.name)
    st.markdown(f"#### What a true map of the {name} looks like")
    st.markdown(_reading(prediction.model, predicted.property))
    _measured(prediction.model, predicted)
    st.markdown("#### This structure: what happens when atoms are taken away")
    left, right = st.columns(2, gap="medium")
    with left:
        _deletion(prediction, property_id, by)
    with right:
        _occlusion(prediction, property_id)


def _reading(model: str, prop: Property) -> str:
    """How a true map of the property looks."""
    sum_over_atoms = prop.scaling in ("extensive", "per_atom")
    plain = wording.plain(f"{prop.meaning}.")
    reading = _READINGS.get(prop.id, f"{plain} {_SUM}" if sum_over_atoms else plain)
    if "{r2" not in reading:
        return reading
    share = state.additivity(model, prop) if sum_over_atoms else None
    return plain if share is None else reading.format(r2=share)


def _measured(model: str, predicted: PropertyPrediction) -> None:
    property_id = predicted.property.id
    found = {by: faithfulness(model, property_id, by) for by in MAP_NAMES if by != BASELINE}
    known = {by: result for by, result in found.items() if result is not None}
    if not known:
        if property_id in _NAMES:
            st.caption(
                "How often it does was not measured for this model; `gamnet faithfulness` compares "
                "a model's maps with a file of true populations."
            )
        return
    n = next(iter(known.values())).n
    st.markdown(f"Measured on {n:,} held-out molecules, heavy atoms, mean over molecules:")
    baseline = next(iter(known.values())).baseline
    st.table(
        {
            "Map": [*(MAP_NAMES[by] for by in known), MAP_NAMES[BASELINE]],
            "Correlation (Pearson)": [*(_r(r.pearson) for r in known.values()), _r(baseline)],
            "Rank correlation (Spearman)": [*(_r(r.spearman) for r in known.values()), ""],
            "Highest atom is the right one": [*(f"{r.top1:.0%}" for r in known.values()), ""],
        },
        border="horizontal",
    )
    st.markdown(
        "\n".join(
            f"- **{MAP_NAMES[by]}**: the map {result.verdict}." for by, result in known.items()
        )
    )


def _deletion(prediction: Prediction, property_id: str, by: str) -> None:
    structure, predicted = prediction.structure, prediction[property_id]
    limit = state.MAX_DELETION_ATOMS
    if not 2 <= structure.n_atoms <= limit:
        st.info(
            f"The deletion curve needs 2 to {limit} atoms; this structure has "
            f"{structure.n_atoms:,}.", icon=":material/info:",
        )  # fmt: skip
        return
    scores = np.abs(getattr(predicted, by))
    key = structure_key(structure)
    with st.spinner("Taking atoms away…"):
        curve = state.deletion(prediction.model, structure, key, property_id, by, scores)
    unit, name = unit_text(predicted.property.unit), wording.in_sentence(predicted.property.name)
    st.plotly_chart(
        figures.deletion(
            curve.values, curve.random_mean, curve.random_std,
            [f"{structure.symbols[i]}{i}" for i in curve.removed],
            value_title=f"Deletion curve: predicted {name} ({unit})",
        ),
        key="deletion", config={"displayModeBar": False},
        alt="Predicted value as atoms are removed, highest score first and in random order",
    )  # fmt: skip
    step = max(1, structure.n_atoms // 4)
    decimals = 2 if predicted.property.unit == "eV" else 1
    change = wording.number(curve.values[step] - curve.values[0], decimals, sign=True)
    random = wording.number(curve.random_mean[step] - curve.random_mean[0], decimals, sign=True)
    spread = wording.number(curve.random_std[step], decimals)
    st.caption(
        f"Atoms are removed from the largest {_SINGULAR[by]} down. "
        f"After {step} the value has changed by {change} {unit}, in random order by {random} ± "
        f"{spread}. A map that finds what matters moves the value sooner than chance. Structures "
        "with atoms missing are no molecules, and the network has never seen their like: read this "
        "as a test of the network, not of chemistry."
    )


def _occlusion(prediction: Prediction, property_id: str) -> None:
    structure, predicted = prediction.structure, prediction[property_id]
    limit = state.MAX_OCCLUSION_ATOMS
    if not 3 <= structure.n_atoms <= limit:
        st.info(
            f"Taking single atoms away is shown for 3 to {limit} atoms; this structure has "
            f"{structure.n_atoms:,}.", icon=":material/info:",
        )  # fmt: skip
        return
    key = structure_key(structure)
    with st.spinner("Taking atoms away…"):
        change = np.abs(state.occlusion(prediction.model, structure, key)[property_id])
    unit, name = unit_text(predicted.property.unit), wording.in_sentence(predicted.property.name)
    relative = colours.atom_values(predicted, colours.GA_SCORES)
    light = structure.numbers == 1
    st.plotly_chart(
        figures.atom_scatter(
            relative, change, [f"{s}{i}" for i, s in enumerate(structure.symbols)], light,
            title=f"Each atom taken away alone: change of {name} ({unit})",
            x_title="GA score relative to 1/n", y_title=f"size of the change ({unit})",
            selected=selection.selected_atoms(key),
        ),
        key="occlusion", config={"displayModeBar": False}, selection_mode="points",
        on_select=state.from_scatter("occlusion", key, structure.n_atoms),
        alt="Change of the value when one atom is taken away against its GA score",
    )  # fmt: skip
    every = wording.correlation(relative, change)
    heavy = wording.correlation(relative[~light], change[~light])
    st.caption(
        f"Correlation of GA score and change: {every} over all atoms, {heavy} over the "
        "heavier ones. Near 1: the network looks where its answer hangs; near 0: the scores do not "
        "tell what matters to it."
    )


def _r(value: float) -> str:
    return wording.number(value, 2)
