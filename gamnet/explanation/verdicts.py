"""In words, how far a measured per-atom map can be taken for the orbital that it explains."""

BASELINE = "element_mean"
MAP_NAMES = {
    "ga_scores": "GA scores",
    "contributions": "Contributions (magnitude)",
    "occlusion": "Occlusion (atom removed)",
    BASELINE: "Element means (no skill)",
}
# Mean Pearson correlation over the heavy atoms of a molecule.
FAITHFUL, ROUGH = 0.9, 0.7
# A map has to beat the element means by this much to tell more than the element does.
MARGIN = 0.05


def verdict(agreement: dict[str, dict[str, float]], map_name: str) -> str:
    """What one map is worth, from `gamnet.explanation.faithfulness` of one property: a clause."""
    reached = agreement[map_name]["pearson"]
    if reached < agreement[BASELINE]["pearson"] + MARGIN:
        return "tells no more about where the orbital is than the atom's element does"
    if reached >= FAITHFUL:
        return "shows where the orbital is"
    if reached >= ROUGH:
        return "shows roughly where the orbital is, and errs on single atoms"
    return "tells more than the atom's element does, but is no picture of the orbital"
