"""How sure: an expected error per prediction and whether the structure is like the training data.

Both read the atoms' local-structure representations: how strange each is among those of its
element, and their mean over the structure, z.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gamnet.errors import CheckpointError
from gamnet.graphs.graph import GraphBatch
from gamnet.home import sha256_of
from gamnet.network.interface import NetworkOutput
from gamnet.network.segment import segment_sum
from gamnet.prediction.classes import Classes
from gamnet.prediction.domain import EDGE, INSIDE, OUTSIDE, UNKNOWN
from gamnet.prediction.kinds import KindErrors, kind_text, kinds_of
from gamnet.writing import new_file

FORMAT = "gamnet-calibration-3"
FEWEST = 8  # held-back structures of a kind that its error is told from
_BLOCK = 8192  # atoms worked on at a time


@dataclass(frozen=True, eq=False)
class Description:
    """latent [s, d] vectors z, distance [s] D, kinds [s, 3] as in `kinds.kind_of`."""

    latent: np.ndarray
    distance: np.ndarray
    kinds: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Description":
        return Description(self.latent[chosen], self.distance[chosen], self.kinds[chosen])


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns the atoms' representations x into a distance and into expected errors.

    elements [k], atom_mean [k, d], atom_whitening [k, d, d] : of the training atoms of an element,
        D = sqrt(mean over the atoms of |(x - atom_mean) atom_whitening|^2 / d). Of a structure
        with another element, or of another size than `sizes`, nothing is known: D is NaN.
    sizes : [2], atoms of the smallest and of the largest structure that the errors are from.
    mean [d], whitening [d, d] : of z over the training structures.
    edge, outside : D below which 99 % and 99.9 % of the validation structures lie.
    weights [p, d + 1], intercept [p] : ln |error| from the whitened z and ln D (ridge).
    knots, errors : [p, k], that logarithm to the mean |error| of validation structures, in
        property units, rising (isotonic regression).
    floors [2, p] : mean |error| of validation structures at the edge and outside, below which no
        estimate for such a structure goes: there the regression extrapolates.
    bound : [p], 9 of 10 validation errors are below `bound` times the estimate.
    kind_factors, kind_counts : [p, K], as in `kinds.KindErrors`; None where the errors are not
        told apart by kinds of molecules.
    classes : of the properties whose values mean one of two things.
    """

    property_ids: tuple[str, ...]
    elements: np.ndarray
    atom_mean: np.ndarray
    atom_whitening: np.ndarray
    sizes: np.ndarray
    mean: np.ndarray
    whitening: np.ndarray
    edge: float
    outside: float
    weights: np.ndarray
    intercept: np.ndarray
    knots: np.ndarray
    errors: np.ndarray
    floors: np.ndarray
    bound: np.ndarray
    kind_factors: np.ndarray | None = None
    kind_counts: np.ndarray | None = None
    classes: tuple[Classes, ...] = ()

    @property
    def kinds(self) -> KindErrors | None:
        if self.kind_factors is None or self.kind_counts is None:
            return None
        return KindErrors(self.kind_factors, self.kind_counts)

    def verdict(self, property_id: str, value: float) -> str | None:
        """What a value of this property means; None where it means but itself."""
        for one in self.classes:
            if one.property_id == property_id:
                return one.verdict(value)
        return None

    def distances(
        self, atoms: np.ndarray, numbers: np.ndarray, structure: np.ndarray
    ) -> np.ndarray:
        """Latent distance D [s] from atoms [n, d], numbers [n] and structure [n], 0 to s - 1."""
        square = np.full(len(atoms), np.nan)
        for z, mean, whitening in zip(
            self.elements, self.atom_mean, self.atom_whitening, strict=True
        ):
            own = np.flatnonzero(numbers == z)
            for start in range(0, len(own), _BLOCK):
                block = own[start : start + _BLOCK]
                square[block] = (((atoms[block] - mean) @ whitening) ** 2).mean(axis=1)
        n_atoms = np.bincount(structure)  # [s]
        known = (n_atoms >= self.sizes[0]) & (n_atoms <= self.sizes[1])
        return np.where(known, np.sqrt(np.bincount(structure, square) / n_atoms), np.nan)

    def features(self, latent: np.ndarray, distance: np.ndarray) -> np.ndarray:
        """Regression features [s, d + 1] of latent vectors z [s, d] and distances D [s]."""
        white = (latent - self.mean) @ self.whitening  # [s, d]
        return np.column_stack([white, np.log(np.maximum(distance, 1e-6))])

    def describe(self, out: NetworkOutput, batch: GraphBatch) -> Description:
        """What a batch's structures look like to the network."""
        arrays = (out.atoms, batch.numbers, batch.structure)
        atoms, numbers, structure = (a.cpu().numpy() for a in arrays)
        return Description(
            latent_vectors(out, batch),
            self.distances(atoms, numbers, structure),
            kinds_of(numbers, np.bincount(structure)),
        )


@dataclass(frozen=True, eq=False)
class Assessment:
    """distances [s], 1 is the training atoms' root mean square.  verdicts [s], by distance alone.

    expected_errors : [s, p], mean |error| to expect, in property units; NaN where too few
        held-back structures were of the kind.
    kinds : [s, 3], as in `kinds.kind_of`.
    """

    distances: np.ndarray
    verdicts: np.ndarray
    expected_errors: np.ndarray
    kinds: np.ndarray

    def unmeasured(self, structure: int, columns: tuple[int, ...]) -> str:
        """The kind of one structure, in print, if an error of these columns is not known for it."""
        near = not np.isnan(self.distances[structure])
        if near and np.isnan(self.expected_errors[structure, list(columns)]).any():
            return kind_text(self.kinds[structure])
        return ""

    def domain(self, structure: int) -> tuple[str, float | None]:
        """Verdict and latent distance of one structure; no distance where nothing is known."""
        distance = float(self.distances[structure])
        return str(self.verdicts[structure]), None if np.isnan(distance) else distance


def assess(calibration: Calibration, found: Description) -> Assessment:
    """Verdicts and expected errors of s structures.

    The errors are held at the calibration's ends, and for what is not in the domain at the mean
    error of such structures: beyond, the verdict says what they cannot.
    """
    distance = found.distance
    features = calibration.features(found.latent, distance)  # [s, d + 1]
    score = features @ calibration.weights.T + calibration.intercept  # [s, p]
    columns = zip(score.T, calibration.knots, calibration.errors, strict=True)
    expected = np.stack([np.interp(s, k, e) for s, k, e in columns], axis=1)  # [s, p]
    if calibration.kinds is not None:
        expected *= calibration.kinds.factor(found.kinds, FEWEST)
    near = np.where(distance > calibration.edge, EDGE, INSIDE)
    verdicts = np.where(distance > calibration.outside, OUTSIDE, near)  # [s]
    verdicts = np.where(np.isnan(distance), UNKNOWN, verdicts)
    expected[np.isnan(distance)] = np.nan
    for verdict, floor in zip((EDGE, OUTSIDE), calibration.floors, strict=True):
        strange = verdicts == verdict
        expected[strange] = np.maximum(expected[strange], floor)
    return Assessment(distance, verdicts, expected, found.kinds)


def latent_vectors(out: NetworkOutput, batch: GraphBatch) -> np.ndarray:
    """Mean over each structure's atoms of the local-structure representation: [s, d]."""
    total = segment_sum(out.atoms, batch.structure, batch.n_structures)  # [n, d] -> [s, d]
    return (total / batch.n_atoms_of.unsqueeze(1)).cpu().numpy().astype(np.float64)


def save_calibration(path: Path, calibration: Calibration, model_sha256: str) -> None:
    """Write a calibration for one weights file, named by its hash."""
    header = {
        "format": FORMAT,
        "model_sha256": model_sha256,
        "property_ids": json.dumps(calibration.property_ids),
        "edge": repr(calibration.edge),
        "outside": repr(calibration.outside),
        "classes": json.dumps([one.to_dict() for one in calibration.classes]),
    }
    arrays = {
        field.name: np.ascontiguousarray(value)
        for field in fields(calibration)
        if isinstance(value := getattr(calibration, field.name), np.ndarray)
    }
    content = save(arrays, metadata=header)
    with new_file(path) as temporary:
        temporary.write_bytes(content)


def load_calibration(path: Path, model_sha256: str, sha256: str | None = None) -> Calibration:
    """Read a calibration; raises CheckpointError if it is damaged or of other weights."""
    path = Path(path)
    if not path.is_file() or (sha256 is not None and sha256_of(path) != sha256):
        raise CheckpointError(
            f"'{path.name}' is missing or not the one that was shipped", "Fetch it again"
        )
    try:
        with safe_open(path, framework="np") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header.get("format") != FORMAT or header["model_sha256"] != model_sha256:
            raise CheckpointError(
                f"'{path.name}' was made for other weights", "Publish the model again"
            )
        return Calibration(
            property_ids=tuple(json.loads(header["property_ids"])),
            edge=float(header["edge"]),
            outside=float(header["outside"]),
            classes=tuple(Classes(**one) for one in json.loads(header.get("classes", "[]"))),
            **arrays,
        )
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"'{path.name}' is not a readable calibration ({error})", "Publish the model again"
        ) from error
