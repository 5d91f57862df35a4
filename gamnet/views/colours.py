"""Colours and scales of per-atom values, the scene that the 3D viewer draws, a notebook's view."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_numbers
from ase.data.colors import jmol_colors

from gamnet.errors import UnknownPropertyError
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.properties import Property, unit_text
from gamnet.views.numbers import in_sentence, short
from gamnet.views.palettes import DIVERGING, SEQUENTIAL

GA_SCORES = "ga_scores"
CONTRIBUTIONS = "contributions"
# Share of the reference atoms that a fixed scale covers; the rest gets the end colour.
COVERED = 0.98
# What the colour bar says of its range: which pictures it may be compared with.
FITTED = "range fitted to what is shown"
COMPARABLE = "range the same for every structure"
# A fitted range of GA scores reaches this far at least: an atom of average attention, as all are in
# a molecule whose atoms are alike, must not get an end's colour.
_LEAST_HIGH = 2.0


@dataclass(frozen=True)
class Scale:
    """A mapping of values to colours: `low` to `high`, values beyond get the end colour.

    title : what the colour means, with its unit.
    palette : colours at even steps from low to high.
    open_low, open_high : whether values beyond that end occur (marked on the colour bar).
    note : which range this is, said under the title.
    """

    title: str
    low: float
    high: float
    palette: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    open_low: bool = False
    open_high: bool = False
    note: str = ""

    def fractions(self, values: np.ndarray) -> np.ndarray:
        """[n] position on the scale, 0 to 1; NaN (no value) goes to the middle."""
        fractions = (np.asarray(values, dtype=float) - self.low) / (self.high - self.low)
        return np.clip(np.nan_to_num(fractions, nan=0.5), 0, 1)

    def colours(self, values: np.ndarray) -> list[str]:
        """[n] colours as #rrggbb."""
        return _sampled(self.palette, self.fractions(values))

    def bar(self) -> dict[str, object]:
        """The viewer's colour bar: title, note, colours from low to high, ticks (0 to 1, text)."""
        stops = _sampled(self.palette, np.linspace(0, 1, 24))
        ticks = [[(at - self.low) / (self.high - self.low), text] for at, text in self.ticks]
        return {"title": self.title, "note": self.note, "stops": stops, "ticks": ticks}


def atom_values(predicted: PropertyPrediction, by: str) -> np.ndarray:
    """[n_atoms] what the colour shows: GA score x n_atoms (1 = average), or the contribution.

    GA scores sum to 1 over the atoms, so only their ratio to 1/n_atoms can be compared between
    structures. Raises UnknownPropertyError for anything else, and when the model gives no
    contributions.
    """
    if by == GA_SCORES:
        scores = np.asarray(predicted.ga_scores, dtype=float)
        return scores * len(scores)
    if by != CONTRIBUTIONS:
        raise UnknownPropertyError(
            f"Unknown quantity '{by}'", f"Available: {GA_SCORES}, {CONTRIBUTIONS}"
        )
    if predicted.contributions is None:
        raise UnknownPropertyError(
            f"The model gives no contributions to {predicted.property.name}", "Show GA scores"
        )
    return np.asarray(predicted.contributions, dtype=float)


def quantity_title(prop: Property, by: str) -> str:
    """What the numbers of `atom_values` mean, for axes and colour bars."""
    if by == GA_SCORES:
        return "GA score relative to 1/n (1 = average atom)"
    return f"Contribution to {in_sentence(prop.name)} ({unit_text(prop.unit)})"


def make_scale(
    predicted: PropertyPrediction, by: str, limit: float | None = None, palette: str | None = None
) -> Scale:
    """The colour scale of one property's per-atom values.

    limit : end of the fixed scale (see `reference_limits`); None fits a round one to the values.
    palette : a name in SEQUENTIAL (GA scores) or DIVERGING (contributions).
    """
    return value_scale(atom_values(predicted, by), predicted.property, by, limit, palette)


def value_scale(
    values: np.ndarray, prop: Property, by: str, limit: float | None, palette: str | None
) -> Scale:
    """As `make_scale`, for values [n] of `atom_values` from any number of structures."""
    if by == GA_SCORES:
        low = 0.0
        high = limit or rounded_up(max(float(values.max()), _LEAST_HIGH))
        chosen = SEQUENTIAL[palette or next(iter(SEQUENTIAL))]
    else:
        high = limit or rounded_up(float(np.abs(values).max()))
        low = -high
        chosen = DIVERGING[palette or next(iter(DIVERGING))]
    slack = 1e-9 * (high - low)
    below, above = bool(values.min() < low - slack), bool(values.max() > high + slack)
    marks = _marks(low, high, diverging=by == CONTRIBUTIONS)
    ticks = [(mark, _number(mark)) for mark in marks]
    if below:
        ticks[0] = (ticks[0][0], f"≤ {ticks[0][1]}")
    if above:
        ticks[-1] = (ticks[-1][0], f"≥ {ticks[-1][1]}")
    note = FITTED if limit is None else COMPARABLE
    return Scale(quantity_title(prop, by), low, high, chosen, tuple(ticks), below, above, note)


def reference_limits(predictions: Iterable[Prediction]) -> dict[tuple[str, str], float]:
    """Ends of the fixed scales, per (property id, GA_SCORES or CONTRIBUTIONS).

    Rounded up from the value that covers 98 % of the atoms of these (reference) predictions, so
    that one colour means one value in every structure.
    """
    gathered: dict[tuple[str, str], list[np.ndarray]] = {}
    for prediction in predictions:
        for property_id, predicted in prediction.properties.items():
            for by in (GA_SCORES, CONTRIBUTIONS):
                if by == GA_SCORES or predicted.contributions is not None:
                    values = np.abs(atom_values(predicted, by))
                    gathered.setdefault((property_id, by), []).append(values)
    return {
        key: rounded_up(float(np.quantile(np.concatenate(values), COVERED)))
        for key, values in gathered.items()
    }


def element_colours(symbols: Sequence[str]) -> list[str]:
    """[n] Jmol's element colours as #rrggbb."""
    return [_hex([jmol_colors[atomic_numbers[symbol]]])[0] for symbol in symbols]


def element_bar(symbols: Sequence[str]) -> dict[str, object]:
    """The legend for the viewer when atoms carry their element's colour."""
    present = list(dict.fromkeys(sorted(symbols, key=lambda s: atomic_numbers[s])))
    return {"swatches": list(zip(present, element_colours(present), strict=True))}


def _sampled(palette: Sequence[str], fractions: np.ndarray) -> list[str]:
    """[n] colours at fractions [n], 0 to 1, of a palette, linear between its steps."""
    steps = np.array([list(bytes.fromhex(colour[1:])) for colour in palette]) / 255  # [m, 3]
    at = np.linspace(0, 1, len(palette))
    return _hex(np.stack([np.interp(fractions, at, channel) for channel in steps.T], axis=1))


def _hex(colours: Iterable[Sequence[float]]) -> list[str]:
    return ["#" + "".join(f"{round(255 * float(c)):02x}" for c in colour) for colour in colours]


def rounded_up(value: float) -> float:
    """The next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    steps = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    end = next(step * power for step in steps if step * power >= value * (1 - 1e-9))
    return float(f"{end:.2g}")  # 0.3, not 0.30000000000000004


def _marks(low: float, high: float, *, diverging: bool) -> list[float]:
    if diverging:
        return [low, low / 2, 0.0, high / 2, high]
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100, 1e9) if high / s <= 5)
    inner = np.arange(0, high - 0.4 * step, step)
    return [*inner.tolist(), high]


def _number(value: float) -> str:
    return short(value)
