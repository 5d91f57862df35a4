"""One picture among several: its colours, its pose, and the camera that all share."""

from hashlib import sha256

import numpy as np

from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.views import colours as views
from gamnet.views import compare, numbers
from gamnet.views.palettes import UNPAIRED
from gamnet.views.scene import make_scene
from gamnet_app.compare import state
from gamnet_app.shared import viewer

GA, CONTRIBUTION = "ga", "contribution"
BY = {GA: views.GA_SCORES, CONTRIBUTION: views.CONTRIBUTIONS}
NAMES = "ABCD"
_GROUP = "compare"
# A panel: a prediction and which of its properties is shown.
Panel = tuple[Prediction, PropertyPrediction]


def poses(panels: list[Panel]) -> list[list[float]]:
    """Per panel the quaternion to look from, each turned onto the first."""
    structures = [prediction.structure for prediction, _ in panels]
    if not structures:
        return []
    return compare.poses(structures, [state.pairs(structures[0], s) for s in structures])


def picture(
    key: str, panel: Panel, scale: views.Scale, values: np.ndarray, rotation: list[float],
    height: int,
) -> None:  # fmt: skip
    """One picture; an atom whose value is NaN has no counterpart, and a colour that says so."""
    prediction, predicted = panel
    structure = prediction.structure
    unpaired = np.isnan(values)
    colours = [
        UNPAIRED if missing else colour
        for missing, colour in zip(unpaired, scale.colours(values), strict=True)
    ]
    scene = make_scene(
        prediction, predicted.property.id, colours, scale.bar(),
        values=["" if np.isnan(value) else numbers.short(value) for value in values],
    )  # fmt: skip
    extra = {
        "group": _GROUP,
        # Not the view of the page Explain, whose picture has another size.
        "view_id": f"{key}-{scene['scene_id']}-{_digest(rotation)}",
        "rotation": rotation,
        "file_name": f"{key}-{predicted.property.id}.png",
    }
    viewer.show(
        scene | extra, state.selected(structure), prediction, predicted.property.id,
        views.GA_SCORES, key=key, height=height, on_select=state.on_select(key, structure),
    )  # fmt: skip


def _digest(rotation: list[float]) -> str:
    return sha256(np.round(rotation, 6).tobytes()).hexdigest()[:8]
