"""A view for notebooks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gamnet.prediction.result import Prediction
from gamnet.views.colours import GA_SCORES, atom_values, make_scale
from gamnet.views.scene import make_scene

if TYPE_CHECKING:
    import py3Dmol


def notebook_view(
    prediction: Prediction, property_id: str, by: str = GA_SCORES, *, limit: float | None = None
) -> "py3Dmol.view":
    """A py3Dmol view for notebooks: atoms coloured by `ga_scores` or `contributions`.

    Hovering shows an atom's element, index and numbers. py3Dmol loads 3Dmol.js from the network.
    """
    import py3Dmol

    predicted = prediction[property_id]
    scale = make_scale(predicted, by, limit)
    picture = make_scene(
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
