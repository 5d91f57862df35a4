"""Structures in, predictions out: graphs, batches, the network, and what to warn about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase.data import chemical_symbols

from gamnet.errors import GAMNetError, OutOfDomainError, StructureError, UnknownPropertyError
from gamnet.graphs.graph import Graph, build_graph, collate
from gamnet.network.files import ModelInfo
from gamnet.network.interface import Network, NetworkOutput
from gamnet.prediction.domain import judge, remarks
from gamnet.prediction.inference import BATCH_ATOMS, outputs
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.prediction.uncertainty import Calibration, assess
from gamnet.properties import Property, find_property
from gamnet.structures.structure import Failure, Structure

# A structure beside its graph, or the prediction that says why it has none.
_Waiting = list[tuple[Structure, Graph] | Prediction]


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network, ready for structures.

    test_mae : property id -> display unit.  calibration : for errors and domain, or None.
    """

    name: str
    network: Network
    info: ModelInfo
    test_mae: dict[str, float]
    calibration: Calibration | None = None

    @property
    def properties(self) -> tuple[Property, ...]:
        return self.network.config.properties

    @property
    def property_ids(self) -> tuple[str, ...]:
        return self.network.config.property_ids

    @property
    def elements(self) -> tuple[str, ...]:
        """Symbols of the elements in the training data."""
        return tuple(chemical_symbols[z] for z in self.info.domain.numbers)

    @property
    def dataset(self) -> str:
        return self.info.dataset

    def predict(
        self,
        structures: Iterable[Structure | Failure],
        property_ids: Sequence[str] | None = None,
    ) -> list[Prediction]:
        """One Prediction per structure, in order; one that fails carries its error instead.

        Raises StructureError when it is not given structures.
        """
        return list(self.stream(structures, property_ids))

    def stream(
        self,
        structures: Iterable[Structure | Failure],
        property_ids: Sequence[str] | None = None,
    ) -> Iterator[Prediction]:
        """As `predict`, batch by batch: a long trajectory is never held as a whole.

        Raises UnknownPropertyError at once for a property that the model does not have.
        """
        if not isinstance(structures, Iterable):
            raise StructureError(
                f"Cannot predict a {type(structures).__name__}", "Give a list of structures"
            )
        return self._stream(structures, self._columns(property_ids))

    def _columns(self, property_ids: Sequence[str] | None) -> dict[str, int]:
        if isinstance(property_ids, str):
            raise UnknownPropertyError(
                f"property_ids is a text, '{property_ids}'", f"Give a list: ['{property_ids}']"
            )
        chosen = self.property_ids if property_ids is None else property_ids
        for property_id in chosen:
            if property_id not in self.property_ids:
                raise UnknownPropertyError(
                    f"The model '{self.name}' does not predict '{property_id}'",
                    f"Available: {', '.join(self.property_ids)}",
                )
        return {property_id: self.property_ids.index(property_id) for property_id in chosen}

    def _stream(
        self, structures: Iterable[Structure | Failure], columns: dict[str, int]
    ) -> Iterator[Prediction]:
        waiting: _Waiting = []
        n_atoms = 0
        for item in structures:
            if not isinstance(item, Structure | Failure):
                raise StructureError(
                    f"Cannot predict a {type(item).__name__}",
                    "Give structures, as gamnet.read returns them",
                )
            waiting.append(self._with_graph(item))
            if isinstance(item, Structure):
                n_atoms += item.n_atoms
            if n_atoms >= BATCH_ATOMS or len(waiting) >= BATCH_ATOMS:
                yield from self._predict(waiting, columns)
                waiting, n_atoms = [], 0
        yield from self._predict(waiting, columns)

    def _with_graph(self, item: Structure | Failure) -> tuple[Structure, Graph] | Prediction:
        """The structure with its graph, or the reason why it cannot be predicted."""
        if isinstance(item, Failure):
            return Prediction(item.source, item.frame, self.name, None, error=item.error)
        try:
            self.check_elements(item)
            return item, build_graph(item, self.info.rule)
        except GAMNetError as error:
            domain = judge(item, self.info.domain)
            return Prediction(
                item.source, item.frame, self.name, item, error=str(error), domain=domain
            )

    def check_elements(self, structure: Structure) -> None:
        """Raise OutOfDomainError for an element that was not in the training data."""
        strange = np.setdiff1d(structure.numbers, self.info.domain.numbers)
        if len(strange):
            names = ", ".join(chemical_symbols[z] for z in strange)
            raise OutOfDomainError(
                f"'{structure.source}' contains {names}, which the model '{self.name}' was not "
                "trained on",
                f"It knows {', '.join(self.elements)}",
            )

    def _predict(self, waiting: _Waiting, columns: dict[str, int]) -> Iterator[Prediction]:
        graphs = [item[1] for item in waiting if not isinstance(item, Prediction)]
        if not graphs:
            yield from (item for item in waiting if isinstance(item, Prediction))
            return
        ((batch, out),) = outputs(self.network, [collate(graphs)])
        sure = None
        if self.calibration is not None:
            sure = assess(self.calibration, self.calibration.describe(out, batch))
        baselines = self.network.baselines.tolist()  # p
        structure_index, first_atom = 0, 0
        for item in waiting:
            if isinstance(item, Prediction):
                yield item
                continue
            structure, graph = item
            atoms = slice(first_atom, first_atom + graph.n_atoms)
            properties = {
                pid: self._property(pid, out, structure_index, atoms, baselines) for pid in columns
            }
            latent_verdict, distance = sure.domain(structure_index) if sure else (None, None)
            kind = sure.unmeasured(structure_index, tuple(columns.values())) if sure else ""
            domain = judge(structure, self.info.domain, latent_verdict, distance, kind)
            if self.calibration and sure and domain is not None and not domain.unlike:
                error = sure.expected_errors[structure_index]  # [p]
                verdict = self.calibration.verdict
                properties = {
                    pid: replace(
                        p, uncertainty=float(error[columns[pid]]), verdict=verdict(pid, p.value)
                    )
                    if np.isfinite(error[columns[pid]]) else p
                    for pid, p in properties.items()
                }  # fmt: skip
            yield Prediction(
                structure.source, structure.frame, self.name, structure, properties,
                self._warnings(structure, graph), domain=domain,
            )  # fmt: skip
            structure_index, first_atom = structure_index + 1, atoms.stop

    def _property(
        self,
        property_id: str,
        out: NetworkOutput,
        structure: int,
        atoms: slice,
        baselines: list[float],
    ) -> PropertyPrediction:
        """One cell of the network's output.

        Contributions are shared out in double precision, so that they add up to the value exactly,
        and so that a difference is exactly that of its terms.
        """
        prop = find_property(self.properties, property_id)
        column = self.property_ids.index(property_id)
        scores = out.ga_scores[atoms, column].cpu().numpy().astype(np.float64)
        if prop.terms:
            first, second = (
                self._property(term, out, structure, atoms, baselines) for term in prop.terms
            )
            contributions = None
            if first.contributions is not None and second.contributions is not None:
                contributions = first.contributions - second.contributions
            return PropertyPrediction(
                prop, first.value - second.value, first.baseline - second.baseline, scores,
                contributions,
            )  # fmt: skip
        value, contributions = float(out.values[structure, column]), None
        if out.contributions is not None:
            contributions = out.contributions[atoms, column].cpu().numpy().astype(np.float64)
            value = baselines[column] + float(contributions.sum())
        return PropertyPrediction(prop, value, baselines[column], scores, contributions)

    def _warnings(self, structure: Structure, graph: Graph) -> tuple[str, ...]:
        """What the user should know before trusting the numbers."""
        seen = self.info.domain
        warnings = [*structure.info.notes, *remarks(structure, seen)]
        if structure.periodic != seen.periodic:
            kinds = ("molecules", "crystals")
            trained, given = kinds[seen.periodic], kinds[structure.periodic]
            warnings.append(f"The model '{self.name}' was trained on {trained}, not on {given}.")
        if 0 < seen.max_atoms < structure.n_atoms and not structure.periodic:
            warnings.append(
                f"{structure.n_atoms:,} atoms: larger than any structure in the training data "
                f"({seen.max_atoms} atoms)."
            )
        isolated = np.setdiff1d(np.arange(graph.n_atoms), graph.i)
        if len(isolated) and graph.n_atoms > 1:
            warnings.append(
                f"{len(isolated):,} of {graph.n_atoms:,} atoms have no neighbour within "
                f"{self.info.rule.cutoff:g} A."
            )
        return tuple(warnings)
