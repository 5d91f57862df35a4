"""The model that fits: chosen for every structure by elements, periodicity and size."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from ase.data import chemical_symbols

from gamnet.errors import StructureError, UnknownPropertyError
from gamnet.network.training_domain import TrainingDomain
from gamnet.prediction.inference import BATCH_ATOMS
from gamnet.prediction.model import Model
from gamnet.prediction.result import Prediction
from gamnet.prediction.shipped import available, entry_properties, load_one
from gamnet.properties import Property
from gamnet.structures.structure import Failure, Structure

AUTO = "auto"


@dataclass(frozen=True)
class Choice:
    """Which model fits a structure.

    name : the model, None where none fits.  fitting : all that fit, the best first.
    reason : one sentence that says why.
    """

    name: str | None
    fitting: tuple[str, ...]
    reason: str


def domains() -> dict[str, TrainingDomain]:
    """What the training data of each shipped model held."""
    return {name: TrainingDomain.from_dict(entry["domain"]) for name, entry in available().items()}


def choose(structure: Structure, seen: Mapping[str, TrainingDomain]) -> Choice:
    """The shipped model for a structure: of its kind, with all its elements, nearest in size.

    A model fits when its training data are of the structure's kind (molecules or crystals) and
    hold all of its elements. Among those that fit, the one whose sizes reach to the structure's, or
    come nearest, is first (a crystal has none); then the one with fewer elements, a specialist.
    """
    kind = "crystal" if structure.periodic else "molecule"
    needed = {int(z) for z in np.unique(structure.numbers)}
    fitting = [
        name for name, domain in seen.items()
        if domain.periodic == structure.periodic and needed <= set(domain.elements)
    ]  # fmt: skip
    if fitting:
        fitting.sort(
            key=lambda name: (_beyond(structure, seen[name]), len(seen[name].elements), name)
        )
        return Choice(fitting[0], tuple(fitting), f"'{fitting[0]}' knows {kind}s of these elements")
    return Choice(None, (), _why_none(structure, kind, needed, seen))


def _beyond(structure: Structure, seen: TrainingDomain) -> int:
    """By how many atoms a molecule is larger or smaller than all of the training data.

    With hydrogen or without, whichever is more.
    """
    if structure.periodic:
        return 0
    n_heavy = int((structure.numbers > 1).sum())
    pairs = ((structure.n_atoms, seen.sizes), (n_heavy, seen.heavy))
    return max(max(n - max(known), min(known) - n, 0) for n, known in pairs if known)


def _why_none(
    structure: Structure, kind: str, needed: set[int], seen: Mapping[str, TrainingDomain]
) -> str:
    if not seen:
        return "No model is shipped"
    same = {name: domain for name, domain in seen.items() if domain.periodic == structure.periodic}
    if not same:
        return f"No model fits: this is a {kind}, and {_told(seen)}"
    missing = min((needed - set(domain.elements) for domain in same.values()), key=len)
    names = ", ".join(chemical_symbols[z] for z in sorted(missing))
    return f"No model fits: none of the models for {kind}s knows {names}; {_told(same)}"


def _told(seen: Mapping[str, TrainingDomain]) -> str:
    return "; ".join(
        f"'{name}' knows {'crystals' if domain.periodic else 'molecules'} of "
        f"{', '.join(chemical_symbols[z] for z in domain.numbers)}"
        for name, domain in seen.items()
    )


@dataclass(frozen=True, eq=False)
class AutoModel:
    """Predicts each structure with the shipped model that fits it; used like a `Model`."""

    device: str | None = None
    seen: dict[str, TrainingDomain] = field(default_factory=domains)
    loaded: dict[str, Model] = field(default_factory=dict)

    name = AUTO

    def model(self, name: str) -> Model:
        """A shipped model, loaded once."""
        if name not in self.loaded:
            self.loaded[name] = load_one(name, self.device)
        return self.loaded[name]

    @property
    def properties(self) -> tuple[Property, ...]:
        """Every property of every shipped model, once."""
        found: dict[str, Property] = {}
        for entry in available().values():
            for prop in entry_properties(entry):
                found.setdefault(prop.id, prop)
        return tuple(found.values())

    @property
    def property_ids(self) -> tuple[str, ...]:
        return tuple(prop.id for prop in self.properties)

    @property
    def test_mae(self) -> dict[str, float]:
        """Test errors, where one model alone has the property."""
        values: dict[str, list[float]] = {}
        for entry in available().values():
            for pid, mae in entry["test"]["mae"].items():
                values.setdefault(pid, []).append(mae["value"])
        return {pid: found[0] for pid, found in values.items() if len(found) == 1}

    def predict(
        self,
        structures: Iterable[Structure | Failure],
        property_ids: Sequence[str] | None = None,
    ) -> list[Prediction]:
        """As `Model.predict`."""
        return list(self.stream(structures, property_ids))

    def stream(
        self,
        structures: Iterable[Structure | Failure],
        property_ids: Sequence[str] | None = None,
    ) -> Iterator[Prediction]:
        """As `Model.stream`; a structure that no model fits keeps its place, with the reason.

        Raises UnknownPropertyError at once for a property that no shipped model has.
        """
        if not isinstance(structures, Iterable):
            raise StructureError(
                f"Cannot predict a {type(structures).__name__}", "Give a list of structures"
            )
        if isinstance(property_ids, str):
            raise UnknownPropertyError(
                f"property_ids is a text, '{property_ids}'", f"Give a list: ['{property_ids}']"
            )
        for property_id in property_ids or ():
            if property_id not in self.property_ids:
                raise UnknownPropertyError(
                    f"No shipped model predicts '{property_id}'",
                    f"Available: {', '.join(self.property_ids)}",
                )
        return self._stream(structures, property_ids)

    def _stream(
        self, structures: Iterable[Structure | Failure], property_ids: Sequence[str] | None
    ) -> Iterator[Prediction]:
        waiting: list[Structure | Failure] = []
        n_atoms = 0
        for item in structures:
            waiting.append(item)
            n_atoms += item.n_atoms if isinstance(item, Structure) else 1
            if n_atoms >= BATCH_ATOMS:
                yield from self._predict(waiting, property_ids)
                waiting, n_atoms = [], 0
        yield from self._predict(waiting, property_ids)

    def _predict(
        self, waiting: Sequence[Structure | Failure], property_ids: Sequence[str] | None
    ) -> Iterator[Prediction]:
        """Predict these, model by model, and give them back in their order."""
        found: dict[int, Prediction] = {}
        of_model: dict[str, list[int]] = {}
        for place, item in enumerate(waiting):
            if isinstance(item, Structure):
                choice = choose(item, self.seen)
                if choice.name is None:
                    found[place] = Prediction(
                        item.source, item.frame, "", item, error=f"{choice.reason}."
                    )
                else:
                    of_model.setdefault(choice.name, []).append(place)
            elif isinstance(item, Failure):
                found[place] = Prediction(item.source, item.frame, "", None, error=item.error)
            else:
                raise StructureError(
                    f"Cannot predict a {type(item).__name__}",
                    "Give structures, as gamnet.read returns them",
                )
        for name, places in of_model.items():
            model = self.model(name)
            wanted = [
                pid for pid in property_ids or model.property_ids if pid in model.property_ids
            ]
            predictions = model.predict([waiting[place] for place in places], wanted)
            for place, prediction in zip(places, predictions, strict=True):
                missing = [pid for pid in property_ids or () if pid not in model.property_ids]
                if missing and not prediction.error:
                    prediction = replace(
                        prediction,
                        warnings=(
                            *prediction.warnings,
                            f"The model '{name}' does not predict {', '.join(missing)}.",
                        ),
                    )
                found[place] = prediction
        for place in range(len(waiting)):
            yield found[place]


def load(name: str = AUTO, device: str | None = None) -> Model | AutoModel:
    """The shipped model that fits each structure ("auto"), one by name, or a model file.

    device : where the network runs, e.g. "cuda"; the processor if not given. Files are checked
    by SHA-256 and loaded strictly.
    Raises UnknownModelError for an unknown name, CheckpointError for a damaged file.
    """
    return AutoModel(device) if str(name) == AUTO else load_one(str(name), device)
