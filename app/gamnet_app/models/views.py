"""The views of a shipped model: parity, errors, estimates, learning curve, faithfulness."""

from functools import partial

import pandas as pd
import streamlit as st

from gamnet.datasets import published
from gamnet.evaluation import errors as error_analysis
from gamnet.explanation.verdicts import BASELINE, MAP_NAMES, verdict
from gamnet.prediction.shipped import TRUTH, entry_properties
from gamnet.properties import Property, unit_text
from gamnet_app.models import figures, state
from gamnet_app.shared import reference, wording

_AGAINST = {figures.PREDICTED: "Predicted value", figures.ERROR: "Error"}
_OVER = {"epoch": "Epochs", "hours": "Hours"}
_MEASURES = {"pearson": "Pearson", "spearman": "Spearman", "top1": "Top-1 atom"}
_LARGEST = 20


def parity(name: str, entry: dict[str, object], prop: Property) -> None:
    """Every test structure, predicted against reference; a click opens it in Explain."""
    frame = state.predictions(name)
    if frame is None:
        _absent("The predictions of the test split are not shipped with this model.")
        return
    against = st.segmented_control(
        "Vertical axis", list(_AGAINST), format_func=_AGAINST.get, required=True,
        default=figures.PREDICTED, key="models_against",
    )  # fmt: skip
    error = error_analysis.errors(frame, prop)
    clickable = reference.dataset_of(name) is not None
    st.plotly_chart(
        figures.parity(
            frame["id"].to_numpy(), frame["formula"], frame[prop.id].to_numpy(float), error,
            prop, against,
        ),
        key="models_parity", selection_mode="points", config={"scrollZoom": True},
        on_select=state.note_point if clickable else "ignore",
        alt=f"{prop.name}: predicted against reference for {len(frame):,} test structures",
    )  # fmt: skip
    total = error_analysis.summary(error)
    st.caption(
        f"All {total.n:,} structures of the test split. Mean |error| "
        f"{wording.error(prop, total.mae)}, median {wording.error(prop, total.median)}, mean error "
        f"{wording.error(prop, total.bias, sign=True)}. "
        + ("Click a point to open its structure in Explain; " if clickable else "")
        + "drag to move, scroll to zoom, double-click to see all."
    )
    _largest(frame, prop, clickable)


def _largest(frame: pd.DataFrame, prop: Property, clickable: bool) -> None:
    worst = error_analysis.largest(frame, prop, _LARGEST)
    with st.expander(f"The {len(worst)} largest errors of {len(frame):,}"):
        unit, small = unit_text(prop.unit), unit_text(prop.display_unit)
        column = st.column_config
        choose = partial(state.note_row, worst["id"].tolist())
        st.dataframe(
            worst, hide_index=True, key="models_largest", selection_mode="single-row",
            on_select=choose if clickable else "ignore",
            column_config={
                "id": column.TextColumn("Id"),
                "formula": column.TextColumn("Formula"),
                "target": column.NumberColumn(f"Reference ({unit})", format="%.3f"),
                "predicted": column.NumberColumn(f"Predicted ({unit})", format="%.3f"),
                "error": column.NumberColumn(f"Error ({small})", format="%.4g"),
            },
        )  # fmt: skip
        if clickable:
            st.caption("Choose a row to open its structure in Explain.")


def errors(name: str, prop: Property) -> None:
    """How large the errors are, by size and by element."""
    frame = state.predictions(name)
    if frame is None:
        _absent("The predictions of the test split are not shipped with this model.")
        return
    error = error_analysis.errors(frame, prop)
    total = error_analysis.summary(error)
    still = {"displayModeBar": False}
    st.plotly_chart(
        figures.error_histogram(error, total, prop), key="models_histogram", config=still,
        alt=f"{prop.name}: distribution of the errors",
    )  # fmt: skip
    st.caption(
        f"Half of the structures are off by less than {wording.error(prop, total.median)}, 90 % by "
        f"less than {wording.error(prop, total.tail)}; the mean error is "
        f"{wording.error(prop, total.bias, sign=True)}. The outermost bars hold the 0.5 % beyond."
    )
    left, right = st.columns(2, gap="medium")
    sizes = error_analysis.by_heavy_atoms(frame, prop)
    left.plotly_chart(
        figures.error_groups(sizes, total, prop, "Atoms other than hydrogen"),
        key="models_sizes", config=still, alt=f"{prop.name}: error by size",
    )  # fmt: skip
    elements = error_analysis.by_element(frame, prop)
    right.plotly_chart(
        figures.error_groups(elements, total, prop, "Structures that contain"),
        key="models_elements", config=still, alt=f"{prop.name}: error by element",
    )  # fmt: skip
    st.caption(
        "Dotted: the mean over all structures. Pale: fewer than "
        f"{error_analysis.MIN_GROUP} structures, too few for a mean that says much."
    )


def verdicts(entry: dict[str, object], prop: Property) -> None:
    """How often a value's meaning, such as metal or insulator, is right, if it has one."""
    found = entry.get("classes", {}).get(prop.id)
    if found is None:
        return
    zero, larger = found["names"]
    st.markdown(
        f"**{zero.capitalize()} or {larger}?** From {wording.value(prop, found['threshold'])} on a "
        f"value is taken for that of an {larger}: right for {found['accuracy']:.1%} of the test "
        f"structures. Of {found['n'][0]} {zero}s {found['missed'][0]:.1%} are taken for {larger}s, "
        f"of {found['n'][1]} {larger}s {found['missed'][1]:.1%} for {zero}s. Predictions say "
        f"“unsure” for {found['unsure']:.1%} of them; of the others {found['accuracy_sure']:.1%} "
        "are right."
    )


def sure(entry: dict[str, object], prop: Property) -> None:
    """The model's own error estimates against its errors."""
    verdicts(entry, prop)
    found = entry.get("uncertainty", {}).get(prop.id)
    if found is None:
        _absent("Whether this model knows how far off it is was not measured.")
        return
    st.markdown(
        "Every prediction comes with an expected error. Here the structures of the test split are "
        f"sorted by it into {len(found['expected'])} groups of equal size; on the dotted line an "
        "estimate keeps its word."
    )
    st.plotly_chart(
        figures.calibration(found, prop), key="models_calibration",
        config={"displayModeBar": False}, alt=f"{prop.name}: actual error over expected error",
    )  # fmt: skip
    st.caption(
        f"The surest group is off by {wording.error(prop, found['actual'][0])}, the least sure by "
        f"{wording.error(prop, found['actual'][-1])}. {found['coverage']:.0%} of the errors stay "
        "below the bound meant for 90 %. Rank correlation of expected and actual error: "
        f"{wording.number(found['rank_correlation'], 2)}."
    )
    domain = dict(sorted(found["domain"].items(), key=lambda item: -item[1][0]))
    st.table(
        {
            "Compared with the training data": list(domain),
            "Structures": [f"{n:,}" for n, _ in domain.values()],
            "Mean error": [wording.error(prop, mae) for _, mae in domain.values()],
        },
        border="horizontal",
    )


def curve(name: str, entry: dict[str, object], prop: Property) -> None:
    """The validation error during training."""
    curve = state.curve(name)
    if curve is None:
        _absent("The learning curve is not shipped with this model.")
        return
    over = st.segmented_control(
        "Over", list(_OVER), format_func=_OVER.get, required=True, default="epoch",
        key="models_over",
    )  # fmt: skip
    _, papers = published(entry["dataset"])
    theirs = {paper: maes[prop.id] for paper, maes in papers.items() if prop.id in maes}
    st.plotly_chart(
        figures.learning_curve(curve, prop, over, theirs), key="models_curve",
        config={"displayModeBar": False}, alt=f"{prop.name}: validation error during training",
    )  # fmt: skip
    last = curve.iloc[-1]
    st.caption(
        f"Mean absolute error on the validation split after each epoch, of the averaged weights. "
        f"{len(curve)} epochs, {last['hours']:.1f} hours, at the end "
        f"{wording.error(prop, last[prop.id])}."
    )


def faithfulness(name: str, entry: dict[str, object]) -> None:
    """What the maps of HOMO and LUMO are worth, in figures and in words."""
    measured = dict(entry.get("faithfulness", {}))
    truth = measured.pop("truth", None)
    st.markdown(wording.FAITHFULNESS_EXPLAINED)
    if truth is None:
        st.info(
            "For these weights it has not been measured, so nothing can be said about whether "
            "their maps show the orbitals. To measure it: "
            f"`gamnet truth -o pretrained/{name}/{TRUTH}/test.npz`, then "
            "`python -m gamnet.publishing.publish FILE`.",
            icon=":material/hourglass_empty:",
        )
        return
    of = st.segmented_control(
        "Agreement as", list(_MEASURES), format_func=_MEASURES.get, required=True,
        default="pearson", key="models_measure",
    )  # fmt: skip
    names = {p.id: wording.symbol(p) for p in entry_properties(entry) if p.id in measured}
    st.plotly_chart(
        figures.faithfulness_bars(measured, names, of), key="models_faithfulness",
        config={"displayModeBar": False}, alt="Agreement of the maps with the real orbitals",
    )  # fmt: skip
    for pid, maps in measured.items():
        for map_name in maps:
            if map_name != BASELINE:
                st.markdown(
                    f"- **{names[pid]}, {MAP_NAMES[map_name]}**: the map {verdict(maps, map_name)}."
                )
    st.table(_agreement_table(measured, names), border="horizontal")
    st.caption(
        f"From `gamnet faithfulness {name} --truth pretrained/{name}/{truth}`. Only the HOMO and "
        "the LUMO have an orbital to compare with."
    )


def _agreement_table(
    measured: dict[str, dict[str, dict[str, float]]], names: dict[str, str]
) -> dict[str, list[str]]:
    rows = [
        (names[pid], MAP_NAMES[m], found) for pid, maps in measured.items()
        for m, found in maps.items()
    ]  # fmt: skip
    return {
        "Property": [pid for pid, _, _ in rows],
        "Map": [map_name for _, map_name, _ in rows],
        "Pearson": [wording.number(found["pearson"], 3) for _, _, found in rows],
        "Spearman": [wording.number(found["spearman"], 3) for _, _, found in rows],
        "Top-1 atom": [f"{found['top1']:.1%}" for _, _, found in rows],
        "Molecules": [f"{found['n']:,}" for _, _, found in rows],
    }


def _absent(text: str) -> None:
    st.info(
        f"{text} It is written beside the weights by `python -m gamnet.publishing.publish FILE`.",
        icon=":material/hourglass_empty:",
    )
