"""Numbers, units and explanations as the pages show them."""

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from gamnet.properties import Property
from gamnet.views.numbers import error as error
from gamnet.views.numbers import formula as formula
from gamnet.views.numbers import in_sentence as in_sentence
from gamnet.views.numbers import number as number
from gamnet.views.numbers import short as short
from gamnet.views.numbers import value as value
from gamnet.views.numbers import with_error as with_error
from gamnet_app.shared.pictures import svg_address

if TYPE_CHECKING:
    import numpy as np

    from gamnet.prediction.result import Prediction

# Names short enough for a card; the full ones are in the tooltips.
SHORT = {"zpve": "Zero-point energy", "alpha": "Polarizability", "cv": "Heat capacity"}
_SYMBOLS = {"homo": "HOMO", "lumo": "LUMO", "gap": "Gap", "cv": "Cᵥ"}
SPLITS = {
    "train": "training split: the model has seen this structure's values",
    "validation": "validation split: not trained on, used to choose the model",
    "test": "test split: not used for training",
}
CARDS_EXPLAINED = (
    "Expected error: mean absolute error of held-back structures that look like this one to the "
    "network. Typical error: mean absolute error on the test split; on other kinds of structures "
    "it can be larger, and what to expect is unknown. Grey: the training data, with a line at this "
    "structure's value. Error by geometry: how far a "
    "geometry made from bonds, not by DFT, typically moves the value."
)
DOMAIN_COLOURS = {"in-domain": "green", "edge": "orange", "unknown": "gray", "outside": "red"}
DOMAIN_NAMES = {
    "in-domain": "in the model's domain",
    "edge": "edge of the model's domain",
    "unknown": "not known whether it is in the model's domain",
    "outside": "outside the model's domain",
}
DOMAIN_EXPLAINED = {
    "in-domain": "Like the structures that the model was trained on.",
    "unknown": "Nothing like it was held back, so nobody measured how large the errors are.",
    "edge": "At the edge of the training data: errors are larger than typical.",
    "outside": "Outside the training data: errors may be far larger than any estimate here.",
}
# Said under the picture, by what the atoms are coloured by.
COLOUR_IS = {
    "ga": "**GA score**: the atom's share of the network's attention. 1 is the average atom; 2 "
    "gets twice as much. Not a charge, and no direction.",
    "contribution": "**Contribution**: the atom's part of the value; baseline plus all parts is "
    "the value. White is zero.",
    "element": "**Element** colours; charts and labels go on showing GA scores.",
}
COLOURS_EXPLAINED = """
**GA score** (global attention): for each property the network shares out one unit of attention
over the *n* atoms, so the scores add up to 1 and the average atom has 1/*n*. The colour shows the
score divided by that average: 1 is an average atom, 2 gets twice as much. A score says how much
the network looks at an atom and its neighbours, not in which direction it moves the value.

**Contribution**: the atom's part of the predicted value, in the property's unit. The model's
baseline plus all contributions is exactly the value. White is zero; one colour adds, the other
takes away.

**Range**: the same for every structure, a colour means the same number everywhere; the ends cover
98 % of the atoms of a fixed sample of validation structures, and atoms beyond them get the end
colour, marked ≥ or ≤ on the bar. For this structure only, the range is fitted to its own values, so
that they fill the colours. The colour bar says which it is.

*i* is an atom's index, from 0, as in the file.
"""
FAITHFULNESS_EXPLAINED = """
Shift the potential at one atom a little, and an orbital's energy shifts by the share of the orbital
on that atom. So for the HOMO and the LUMO there is a true map to compare with: the populations of
the orbital, computed by quantum chemistry (B3LYP/6-31G\\*) for molecules of the test split.
**Pearson** and **Spearman**: correlation of the model's map with the populations over a molecule's
heavy atoms, averaged over molecules; 1 is a true map, 0 an unrelated one. **Top-1**: how often the
map's highest atom is the orbital's. Grey, the **no-skill baseline**: a map that knows each atom's
element only. A map that does not beat it says nothing about where the orbital is.
"""


def correlation(first: "np.ndarray", second: "np.ndarray") -> str:
    """Of two per-atom maps [n], or why they have none."""
    from gamnet.explanation.agreement import pearson, undefined

    reason = undefined(first, second)
    return f"undefined ({reason})" if reason else number(pearson(first, second), 2)


def plain(text: str) -> str:
    """Text from outside for a place that takes Markdown: every mark is escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])", r"\\\1", text)


def symbol(prop: Property) -> str:
    """What a property is called on a narrow button."""
    return _SYMBOLS.get(prop.id, prop.symbol)


def reference_explained(title: str, levels: Sequence[str]) -> str:
    """Where reference values come from: the data set, and how it obtained them."""
    how = f"{', '.join(level for level in levels if level)}, " if any(levels) else ""
    return f" Reference: {how}from {title}; difference: predicted minus reference."


FAR = 4  # times the stated error, a mean absolute one: few differences are as large by chance


def stated_error(
    prediction: "Prediction", property_id: str, mae: float | None
) -> tuple[str, float | None]:
    """What is stated of a value's error, in words and in the property's display unit.

    mae : the typical error, of the test split.
    """
    from gamnet.prediction.domain import GEOMETRY_SHIFTS, made_geometry

    predicted = prediction[property_id]
    prop = predicted.property
    amount = predicted.uncertainty and predicted.uncertainty * prop.display_factor
    if prediction.domain is not None and prediction.domain.unlike:
        return "error unknown", None
    if amount is not None:
        text = f"expected error {error(prop, amount)}"
    elif mae is not None:
        text, amount = f"typical error {error(prop, mae)}", mae
    else:
        return "error not measured", None
    if not made_geometry(prediction.structure):
        return text, amount
    shift = GEOMETRY_SHIFTS.get(property_id)
    if shift is None:
        return f"{text} at a DFT geometry", amount
    shift *= prop.display_factor
    return f"{text} at a DFT geometry, {error(prop, shift)} by this one", max(amount, shift)


def far_beyond(prop: Property, difference: float, amount: float | None) -> str:
    """Said of a difference far beyond a stated error (both in display units); "" of any other."""
    if not amount or abs(difference) < FAR * amount:
        return ""
    return f"{number(abs(difference) / amount, 0)} times the stated error"


def short_error(prediction: "Prediction", property_id: str, mae: float | None) -> str:
    """The error to reckon with, in a few words: as `stated_error`, the larger part of it."""
    from gamnet.prediction.domain import GEOMETRY_SHIFTS, made_geometry

    told, amount = stated_error(prediction, property_id, mae)
    if amount is None:
        return told
    made = made_geometry(prediction.structure)
    why = ""
    if made and property_id not in GEOMETRY_SHIFTS:
        why = " at a DFT geometry"
    elif made and amount == GEOMETRY_SHIFTS[property_id] * (
        prediction[property_id].property.display_factor
    ):
        why = " by geometry"
    elif prediction[property_id].uncertainty is None:
        why = " typically"
    return f"± {error(prediction[property_id].property, amount)}{why}"


def short_card(
    prediction: "Prediction", property_id: str, mae: float | None, known: float | None
) -> str:
    """HTML of one property's value, its error to reckon with and the data set's own value."""
    predicted = prediction[property_id]
    prop = predicted.property
    figure, _, unit = escape(value(prop, predicted.value)).partition(" ")
    lines = [f"<div>{escape(short_error(prediction, property_id, mae))}</div>"]
    if predicted.verdict is not None:
        lines.insert(0, f'<div class="verdict">{escape(predicted.verdict)}</div>')
    if known is not None:
        own = value(prop, known).removesuffix(f" {unit}")
        difference = (predicted.value - known) * prop.display_factor
        far = far_beyond(prop, difference, stated_error(prediction, property_id, mae)[1])
        warned = f' <span title="{escape(far)}">⚠</span>' if far else ""
        level = "DFT" if prop.level.startswith(("B3LYP", "PBE")) else "reference"
        lines.append(f'<div class="known">{level} {escape(own)}{warned}</div>')
    return (
        f'<div class="value"><b>{figure}</b> <span class="unit">{unit}</span>{"".join(lines)}</div>'
    )


def beginning(text: str, length: int = 44) -> str:
    """A sentence's first words, at most `length` characters, with … where it goes on."""
    first = text.split(". ")[0].removesuffix(".")
    if len(first) <= length:
        return first
    return f"{first[:length].rsplit(' ', 1)[0].rstrip(',;:')}…"


def card(
    prediction: "Prediction",
    property_id: str,
    mae: float | None,
    known: float | None,
    picture: str | None,
) -> str:
    """HTML of one property's numbers over a small SVG picture.

    mae : the typical error.  known : the data set's own value.
    """
    from gamnet.prediction.domain import GEOMETRY_SHIFTS, made_geometry

    predicted = prediction[property_id]
    prop, amount = predicted.property, predicted.value
    figure, _, unit = escape(value(prop, amount)).partition(" ")
    rows = [("typical error", error(prop, mae) if mae is not None else "not measured")]
    if predicted.uncertainty is not None:
        expected = error(prop, predicted.uncertainty * prop.display_factor)
        rows.insert(0, ("expected error", expected))
    elif prediction.domain is not None and prediction.domain.unlike:
        rows.insert(0, ("expected error", "unknown"))
    if predicted.verdict is not None:
        rows.insert(0, ("verdict", predicted.verdict))
    if made_geometry(prediction.structure):
        shift = GEOMETRY_SHIFTS.get(property_id)
        text = "not measured" if shift is None else error(prop, shift * prop.display_factor)
        rows.append(("error by geometry", text))
    if known is not None:
        difference = (amount - known) * prop.display_factor
        rows += [
            ("reference", value(prop, known)),
            ("difference", error(prop, difference, sign=True)),
        ]
        far = far_beyond(prop, difference, stated_error(prediction, property_id, mae)[1])
        rows += [("", f"⚠ {far}")] if far else []
    if prop.unit == prop.display_unit:  # said once, above
        rows = [(name, text.removesuffix(f" {unit}")) for name, text in rows]
    lines = "".join(
        f'<div style="display:flex;justify-content:space-between;gap:0 .5rem;flex-wrap:wrap">'
        f'<span style="opacity:.7">{name}</span><span>{escape(text)}</span></div>'
        for name, text in rows
    )
    drawn = (
        f'<img alt="" src="{svg_address(picture)}" style="width:100%;height:22px">'
        if picture
        else ""
    )
    return (
        '<div style="font-variant-numeric:tabular-nums">'
        f'<div style="font-size:1.35rem;font-weight:600;line-height:1.4">{figure}'
        f'<span style="font-size:.85rem;font-weight:400;opacity:.7"> {unit}</span></div>'
        f'<div style="font-size:.8rem;line-height:1.5;margin-bottom:.35rem">{lines}</div>'
        f"{drawn}</div>"
    )
