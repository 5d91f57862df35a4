"""Do per-atom maps show where the orbital is? Correlation with the true populations."""

from pathlib import Path

import numpy as np

from gamnet.datasets import get_dataset
from gamnet.errors import UnknownPropertyError
from gamnet.explanation.agreement import Agreement, agreement, comparable, element_baseline
from gamnet.explanation.removal import occlusion
from gamnet.explanation.truth import Truth, TruthError, read_truth
from gamnet.prediction.entry import MapAgreement
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import load_one


def compare(
    model: Model, truth: Truth, property_id: str, with_occlusion: bool = False
) -> dict[str, Agreement]:
    """Agreement of GA scores, of contributions (their magnitude) and of the element baseline.

    with_occlusion : also of the change of the value when an atom is taken away, which takes one
    prediction per atom.
    The truth file is of the model's data set. Molecules with fewer than three heavy atoms, left out
    in the truth, or with a truth that symmetry makes flat are not counted.
    """
    if property_id not in truth.populations:
        raise UnknownPropertyError(
            f"The truth file has no populations for '{property_id}'",
            f"It has: {', '.join(truth.populations)}",
        )
    source = get_dataset(model.dataset)
    structures = [source.structure(id) for id in truth.ids]
    if [structure.n_atoms for structure in structures] != truth.n_atoms.tolist():
        raise TruthError(
            f"The truth file's n_atoms are not those of its molecules in {source.title}",
            "Make it with: gamnet truth -o FILE.npz",
        )
    predictions = model.predict(structures, [property_id])
    maps: dict[str, list[np.ndarray]] = {"ga_scores": [], "contributions": [], "occlusion": []}
    numbers, truths = [], []
    for structure, prediction, population in zip(
        structures, predictions, truth.of(property_id), strict=True
    ):
        heavy = structure.numbers > 1
        known = population[heavy]
        if not comparable(known):
            continue
        predicted = prediction[property_id]
        maps["ga_scores"].append(predicted.ga_scores[heavy])
        if predicted.contributions is not None:
            maps["contributions"].append(np.abs(predicted.contributions[heavy]))
        if with_occlusion:
            change = occlusion(model, structure)[property_id]
            maps["occlusion"].append(np.abs(change[heavy]))
        numbers.append(structure.numbers[heavy])
        truths.append(known)
    if not truths:
        raise UnknownPropertyError(
            f"The truth file has no molecule to compare for '{property_id}'",
            "Every one is left out, too small, or flat by symmetry",
        )
    maps["element_mean"] = element_baseline(numbers, truths)
    return {name: agreement(found, truths) for name, found in maps.items() if found}


def faithfulness(
    name: str, truth: Path, property_ids: list[str] | None = None, with_occlusion: bool = False
) -> dict[str, dict[str, MapAgreement]]:
    """Agreement of a model's maps with a truth file: {property: {map: {pearson, ...}}}."""
    model, known = load_one(name), read_truth(truth)
    chosen = property_ids or [pid for pid in model.property_ids if pid in known.populations]
    if not chosen:
        raise UnknownPropertyError(
            f"The truth file has no populations for a property of the model '{name}'",
            f"It has: {', '.join(known.populations)}",
        )
    compared = {pid: compare(model, known, pid, with_occlusion) for pid in chosen}
    return {
        pid: {map_name: found.to_dict() for map_name, found in maps.items()}
        for pid, maps in compared.items()
    }
