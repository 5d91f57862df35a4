"""Colours and scales of per-atom values, the scene that the 3D viewer draws, a notebook's view."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ase.data import atomic_numbers
from ase.data.colors import jmol_colors
from plotly.colors import sample_colorscale

from gamnet.errors import UnknownPropertyError
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.properties import Property
from gamnet.structures.structure import Structure
from gamnet.views.drawn import drawn_atoms, orientation

if TYPE_CHECKING:
    import py3Dmol

GA_SCORES = "ga_scores"
CONTRIBUTIONS = "contributions"
# Name shown -> plotly's colour scale, all readable with colour-blindness; the first is the default.
SEQUENTIAL = {"Sunset": "Sunsetdark", "Viridis": "Viridis", "Cividis": "Cividis"}
DIVERGING = {"Blue-red": "RdBu_r", "Purple-orange": "PuOr_r", "Teal-brown": "BrBG_r"}
_UNIT_TEXT = {"a0^3": "a₀³", "cal/(mol K)": "cal/(mol·K)"}
# Share of the reference atoms that a fixed scale covers; the rest gets the end colour.
COVERED = 0.98


@dataclass(frozen=True)
class Scale:
    """A mapping of values to colours: `low` to `high`, values beyond get the end colour.

    title : what the colour means, with its unit.
    palette : plotly's name of the colour scale.
    open_low, open_high : whether values beyond that end occur (marked on the colour bar).
    """

    title: str
    low: float
    high: float
    palette: str
    ticks: tuple[tuple[float, str], ...]
    open_low: bool = False
    open_high: bool = False

    def fractions(self, values: np.ndarray) -> np.ndarray:
        """[n] position on the scale, 0 to 1; NaN (no value) goes to the middle."""
        fractions = (np.asarray(values, dtype=float) - self.low) / (self.high - self.low)
        return np.clip(np.nan_to_num(fractions, nan=0.5), 0, 1)

    def colours(self, values: np.ndarray) -> list[str]:
        """[n] colours as #rrggbb."""
        return _hex(sample_colorscale(self.palette, self.fractions(values), colortype="tuple"))

    def bar(self) -> dict[str, object]:
        """The colour bar for the viewer: title, colours from low to high, ticks (0 to 1, text)."""
        stops = _hex(sample_colorscale(self.palette, np.linspace(0, 1, 24), colortype="tuple"))
        ticks = [[(at - self.low) / (self.high - self.low), text] for at, text in self.ticks]
        return {"title": self.title, "stops": stops, "ticks": ticks}


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
    return f"Contribution to {prop.symbol} ({unit_text(prop.unit)})"


def unit_text(unit: str) -> str:
    """A unit in print: a₀³ for a0^3."""
    return _UNIT_TEXT.get(unit, unit)


def make_scale(
    predicted: PropertyPrediction, by: str, limit: float | None = None, palette: str | None = None
) -> Scale:
    """The colour scale of one property's per-atom values.

    limit : end of the fixed scale (see `reference_limits`); None spans this structure's values.
    palette : a name in SEQUENTIAL (GA scores) or DIVERGING (contributions).
    """
    return value_scale(atom_values(predicted, by), predicted.property, by, limit, palette)


def value_scale(
    values: np.ndarray, prop: Property, by: str, limit: float | None, palette: str | None
) -> Scale:
    """As `make_scale`, for values [n] of `atom_values` from any number of structures."""
    if by == GA_SCORES:
        low, high = (float(values.min()), float(values.max())) if limit is None else (0.0, limit)
        if high - low < 1e-3:  # all atoms alike, e.g. by symmetry: the middle colour, not noise
            low, high = low - 0.5, high + 0.5
        chosen = SEQUENTIAL[palette or next(iter(SEQUENTIAL))]
    else:
        high = limit or float(np.abs(values).max()) or 1.0
        low = -high
        chosen = DIVERGING[palette or next(iter(DIVERGING))]
    slack = 1e-9 * (high - low)
    below, above = bool(values.min() < low - slack), bool(values.max() > high + slack)
    marks = _marks(low, high, fixed=limit is not None, diverging=by == CONTRIBUTIONS)
    ticks = [(mark, _number(mark)) for mark in marks]
    if below:
        ticks[0] = (ticks[0][0], f"≤ {ticks[0][1]}")
    if above:
        ticks[-1] = (ticks[-1][0], f"≥ {ticks[-1][1]}")
    return Scale(quantity_title(prop, by), low, high, chosen, tuple(ticks), below, above)


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


def atom_details(prediction: Prediction, property_id: str) -> list[list[str]]:
    """Per atom the lines that a viewer shows on hover: GA score and contribution with units."""
    predicted = prediction[property_id]
    relative = atom_values(predicted, GA_SCORES)
    lines = [
        [f"GA score {score:.4f} ({ratio:.2f} × average)"]
        for score, ratio in zip(predicted.ga_scores, relative, strict=True)
    ]
    if predicted.contributions is not None:
        for line, contribution in zip(lines, predicted.contributions, strict=True):
            line.append(f"Contribution {contribution:+.4g} {unit_text(predicted.property.unit)}")
    return lines


def structure_key(structure: Structure) -> str:
    """A digest of everything that a prediction or a picture depends on."""
    digest = hashlib.sha256()
    for array in (structure.numbers, structure.positions, structure.lattice):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    digest.update(repr(structure.pbc).encode())
    return digest.hexdigest()[:20]


def scene(
    prediction: Prediction,
    property_id: str,
    colours: Sequence[str],
    bar: dict[str, object],
    *,
    values: Sequence[str],
    repeat: tuple[int, int, int] = (1, 1, 1),
    neighbours: bool = True,
) -> dict[str, object]:
    """The JSON-ready picture that the viewer in gamnet/assets draws.

    colours, values : [n_atoms] colour and label text of each atom of the structure.
    bar : `Scale.bar()` or `element_bar(...)`.
    repeat, neighbours : as in `gamnet.views.drawn.drawn_atoms`.
    """
    structure = prediction.structure
    drawn = drawn_atoms(structure, repeat, neighbours)
    look = json.dumps([list(map(int, repeat)), bool(neighbours)])
    return {
        "scene_id": structure_key(structure) + hashlib.sha256(look.encode()).hexdigest()[:8],
        "description": f"3D picture of {structure.formula}, {structure.n_atoms} atoms",
        "symbols": [structure.symbols[site] for site in drawn.sites],
        "positions": np.round(drawn.positions, 4).ravel().tolist(),
        "sites": drawn.sites.tolist(),
        "bonds": drawn.bonds.ravel().tolist(),
        "cell": np.round(drawn.cell, 4).tolist(),
        "rotation": orientation(drawn.positions, structure.lattice).tolist(),
        "colours": list(colours),
        "values": list(values),
        "details": atom_details(prediction, property_id),
        "bar": bar,
    }


def notebook_view(
    prediction: Prediction, property_id: str, by: str = GA_SCORES, *, limit: float | None = None
) -> "py3Dmol.view":
    """A py3Dmol view for notebooks: atoms coloured by `ga_scores` or `contributions`.

    Hovering shows an atom's element, index and numbers. py3Dmol loads 3Dmol.js from the network.
    """
    import py3Dmol

    predicted = prediction[property_id]
    scale = make_scale(predicted, by, limit)
    picture = scene(
        prediction, property_id, scale.colours(atom_values(predicted, by)), scale.bar(), values=()
    )
    bonded: list[list[int]] = [[] for _ in picture["sites"]]
    for a, b in np.reshape(picture["bonds"], (-1, 2)).tolist():
        bonded[a].append(b)
        bonded[b].append(a)
    atoms = [
        {
            "elem": symbol, "x": x, "y": y, "z": z, "bonds": bonds, "bondOrder": [1] * len(bonds),
            "color": picture["colours"][site],
            "properties": {"text": "\n".join([f"{symbol}{site}", *picture["details"][site]])},
        }
        for symbol, (x, y, z), bonds, site in zip(
            picture["symbols"], np.reshape(picture["positions"], (-1, 3)).tolist(), bonded,
            picture["sites"], strict=True,
        )
    ]  # fmt: skip
    view = py3Dmol.view(width=640, height=480)
    view.addModel()
    view.getModel().addAtoms(atoms)
    view.setStyle({"sphere": {"scale": 0.27}, "stick": {"radius": 0.12}})
    for start, end in picture["cell"]:
        view.addLine({"start": _point(start), "end": _point(end), "color": "#888888"})
    view.setHoverable(
        {}, True,
        "function(atom, viewer) {"
        " atom.tip = viewer.addLabel(atom.properties.text, {position: atom, fontSize: 12}); }",
        "function(atom, viewer) { viewer.removeLabel(atom.tip); }",
    )  # fmt: skip
    view.zoomTo()
    return view


def _point(xyz: Sequence[float]) -> dict[str, float]:
    return dict(zip("xyz", xyz, strict=True))


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


def _marks(low: float, high: float, *, fixed: bool, diverging: bool) -> list[float]:
    if diverging:
        return [low, low / 2, 0.0, high / 2, high]
    if not fixed:
        return [low, (low + high) / 2, high]
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100, 1e9) if high / s <= 5)
    inner = np.arange(0, high - 0.4 * step, step)
    return [*inner.tolist(), high]


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−") if value else "0"
