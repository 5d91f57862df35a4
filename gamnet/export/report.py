"""A report that stands alone: one HTML file with turning pictures, numbers, charts and sources.

It works without a network for as long as there are browsers: the scripts, 3Dmol.js included, are in
it. Everything that came from outside is escaped; a policy in its head forbids all else.
"""

import hashlib
import io
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io.extxyz import write_extxyz
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gamnet import __version__
from gamnet.assets import FETCH_COMMAND, VIEWER_LIBRARY, has_library
from gamnet.datasets import DATASETS
from gamnet.explanation.verdicts import BASELINE, MAP_NAMES, verdict
from gamnet.export.report_scripts import ENTRY, PREFIX, import_map, library_licence
from gamnet.home import sha256_of
from gamnet.prediction.auto import AutoModel
from gamnet.prediction.entry import Entry, MapAgreement
from gamnet.prediction.model import Model
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.prediction.shipped import available, entry_agreement, entry_properties
from gamnet.properties import Property, unit_text
from gamnet.structures.structure import Structure
from gamnet.text import one_line
from gamnet.views import colours, numbers
from gamnet.views.scene import atom_details, make_scene

MAX_STRUCTURES = 50  # shown in full; the others are counted
MAX_ATOMS = 5_000  # drawn in one report, so that it can still be sent by mail
MAX_ROWS = 300  # atoms in a structure's table

METHOD = (
    "T.-S. Vu, M.-Q. Ha, D.-N. Nguyen, V.-C. Nguyen, Y. Abe, T. Tran, H. Tran, H. Kino, "
    "T. Miyake, K. Tsuda, H.-C. Dam, npj Comput. Mater. 9, 215 (2023), "
    "doi:10.1038/s41524-023-01163-9"
)
_PACKAGES = ("torch", "numpy", "scipy", "rdkit", "ase")


@dataclass(frozen=True)
class ModelAbout:
    """What a report says of a model.

    dataset : name of its training data.  properties : what it predicts.
    test_mae : property id -> display unit.
    faithfulness : property id -> map -> agreement, as
        `gamnet.explanation.faithfulness`; empty if not measured.
    """

    name: str
    sha256: str
    dataset: str
    test_mae: dict[str, float] = field(default_factory=dict)
    faithfulness: dict[str, dict[str, MapAgreement]] = field(default_factory=dict)
    properties: tuple[Property, ...] = ()


def about(model: Model | AutoModel) -> dict[str, ModelAbout]:
    """Name, checksum and what was measured, by the name that predictions give their model.

    Of a model that is chosen for each structure: all that are shipped.
    """
    entries = available()
    if isinstance(model, AutoModel):
        return {name: _shipped(name, entry) for name, entry in entries.items()}
    if model.name in entries:
        return {model.name: _shipped(model.name, entries[model.name])}
    path = Path(model.name)
    found = ModelAbout(path.name, sha256_of(path), model.dataset, properties=model.properties)
    return {model.name: found}


def _shipped(name: str, entry: Entry) -> ModelAbout:
    test_mae = {pid: mae["value"] for pid, mae in entry["test"]["mae"].items()}
    return ModelAbout(
        name, entry["sha256"], entry["dataset"], test_mae, entry_agreement(entry),
        entry_properties(entry),
    )  # fmt: skip


def to_html(
    predictions: Iterable[Prediction],
    models: Mapping[str, ModelAbout],
    date: str,
    limits: dict[tuple[str, str], float] | None = None,
) -> str:
    """The report as one HTML text.

    models : by name, those that made the predictions, as from `about`; others may be among them.
    date : as it is to be printed.
    limits : ends of the colour scales per (property id, GA_SCORES or CONTRIBUTIONS), from
        `gamnet.views.colours.reference_limits`; None spans the values of the
        report's own structures.

    MAX_STRUCTURES predictions are shown, of MAX_ATOMS atoms in all; how many more there were, and
    which are without a picture for their size, is said.
    """
    shown, n_more = _first(predictions, MAX_STRUCTURES)
    used = {p.model: models[p.model] for p in shown if p.model in models}
    # Where nothing was predicted, all that could have been are named.
    used = used or dict(models)
    structures = list(_described(shown, _scales(shown, limits)))
    drawn = [s["data"] for s in structures if s["data"]]
    data = {"structures": drawn}
    environment = Environment(
        loader=PackageLoader("gamnet"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {
        "line": one_line, "number": numbers.number, "formula": numbers.formula,
    }  # fmt: skip
    environment.globals |= {
        "unit": unit_text, "value": numbers.value, "error": numbers.error,
    }  # fmt: skip
    embedded = _script_json(data)
    return environment.get_template("report.html").render(
        structures=structures,
        n_more=n_more,
        sure=any(item["sure"] for item in structures),
        models=used,
        date=date,
        data=embedded,
        # A word that nobody who wrote a file name could know.
        nonce=hashlib.sha256(embedded.encode()).hexdigest()[:32],
        scripts=_script_json({"imports": import_map()}) if drawn and has_library() else None,
        licence=library_licence(),
        entry=f"{PREFIX}{ENTRY}",
        fetch_command=FETCH_COMMAND,
        properties=_properties(shown),
        maps=_map_names(shown),
        verdicts=[line for model in used.values() for line in _verdicts(model, len(used) > 1)],
        versions=_versions(),
        citations=_citations(used.values()),
        max_atoms=MAX_ATOMS,
        max_rows=MAX_ROWS,
    )


def _first(predictions: Iterable[Prediction], count: int) -> tuple[list[Prediction], int]:
    """The first `count`, and how many came after; a long trajectory is never held as a whole."""
    shown: list[Prediction] = []
    n_more = 0
    for prediction in predictions:
        if len(shown) < count:
            shown.append(prediction)
        else:
            n_more += 1
    return shown, n_more


def _properties(predictions: list[Prediction]) -> list[Property]:
    found = {pid: p.property for prediction in predictions for pid, p in
             prediction.properties.items()}  # fmt: skip
    return list(found.values())


def _map_names(predictions: list[Prediction]) -> dict[str, str]:
    names = {colours.GA_SCORES: "GA score"}
    every = [p for prediction in predictions for p in prediction.properties.values()]
    if any(p.contributions is not None for p in every):
        names[colours.CONTRIBUTIONS] = "Contribution"
    return names


def _maps(predicted: PropertyPrediction) -> tuple[str, ...]:
    both = predicted.contributions is not None
    return (colours.GA_SCORES, colours.CONTRIBUTIONS) if both else (colours.GA_SCORES,)


def _scales(
    predictions: list[Prediction], limits: dict[tuple[str, str], float] | None
) -> dict[tuple[str, str], colours.Scale]:
    """One scale per property and map for all structures: one colour means one value."""
    gathered: dict[tuple[str, str], list[np.ndarray]] = {}
    for prediction in predictions:
        for pid, predicted in prediction.properties.items():
            for by in _maps(predicted):
                gathered.setdefault((pid, by), []).append(colours.atom_values(predicted, by))
    properties = {prop.id: prop for prop in _properties(predictions)}
    scales = {}
    for (pid, by), values in gathered.items():
        known = np.concatenate([v[np.isfinite(v)] for v in values])
        limit = (limits or {}).get((pid, by))
        amounts = known if len(known) else np.zeros(1)
        scales[pid, by] = colours.value_scale(amounts, properties[pid], by, limit, None)
    return scales


def _described(
    predictions: list[Prediction], scales: dict[tuple[str, str], colours.Scale]
) -> Iterator[dict[str, object]]:
    """What the template shows of each structure; `data` is what the scripts draw, or None."""
    left = MAX_ATOMS
    for number, prediction in enumerate(predictions, 1):
        structure = prediction.structure
        n_atoms = structure.n_atoms if structure is not None else 0
        whole = structure is not None and bool(prediction.properties)
        drawn = whole and n_atoms <= left
        left -= n_atoms if drawn else 0
        text = extended_xyz(structure) if structure is not None else None
        yield {
            "number": number,
            "prediction": prediction,
            "title": structure.info.title if structure is not None else "",
            "data": _data(number, prediction, scales) if drawn else None,
            "sure": any(p.uncertainty is not None for p in prediction.properties.values()),
            "atoms": list(_atoms(prediction)) if whole else [],
            "text": text if text and n_atoms <= MAX_ROWS else None,
            "sha256": hashlib.sha256(text.encode()).hexdigest() if text else None,
        }


def _data(
    number: int, prediction: Prediction, scales: dict[tuple[str, str], colours.Scale]
) -> dict[str, object]:
    """Geometry once; colours, numbers and hover lines per property."""
    first = next(iter(prediction.properties))
    geometry = make_scene(prediction, first, (), {}, values=())
    scene = {k: v for k, v in geometry.items() if k not in ("colours", "values", "details", "bar")}
    maps: dict[str, dict[str, object]] = {}
    for pid, predicted in prediction.properties.items():
        for by in _maps(predicted):
            amounts, scale = colours.atom_values(predicted, by), scales[pid, by]
            maps.setdefault(pid, {})[by] = {
                "by": by,
                "title": scale.title,
                "amounts": [_short(x) for x in amounts.tolist()],
                "values": [numbers.short(x) for x in amounts.tolist()],
                "colours": scale.colours(amounts),
                "bar": scale.bar(),
            }
    return {
        "number": number,
        "scene": {**scene, "symbols_of_sites": list(prediction.known_structure.symbols)},
        "maps": maps,
        "details": {pid: atom_details(prediction, pid) for pid in prediction.properties},
    }


def _short(x: float) -> float | None:
    return float(f"{x:.6g}") if np.isfinite(x) else None


def _atoms(prediction: Prediction) -> Iterator[tuple[str, list[str]]]:
    """Symbol and cells of the first MAX_ROWS atoms."""
    columns = []
    for predicted in prediction.properties.values():
        columns.append([numbers.number(x, 4) for x in predicted.ga_scores[:MAX_ROWS]])
        if predicted.contributions is not None:
            parts = predicted.contributions[:MAX_ROWS]
            columns.append([numbers.number(x, 4, sign=True) for x in parts])
    symbols = prediction.known_structure.symbols[:MAX_ROWS]
    return ((s, list(cells)) for s, *cells in zip(symbols, *columns, strict=True))


def extended_xyz(structure: Structure) -> str:
    """The structure as extended XYZ: the text that a report shows, and whose SHA-256 it states."""
    atoms = Atoms(structure.numbers, structure.positions, cell=structure.lattice, pbc=structure.pbc)
    text = io.StringIO()
    write_extxyz(text, atoms, write_results=False)
    return text.getvalue()


def _verdicts(model: ModelAbout, named: bool) -> Iterator[tuple[str, str]]:
    """In words, what each measured map is worth; `named` says of which model."""
    names = {prop.id: prop.name for prop in model.properties}
    for pid, maps in model.faithfulness.items():
        alone = numbers.number(maps[BASELINE]["pearson"], 2)
        for name, found in maps.items():
            if name != BASELINE:
                reached = numbers.number(found["pearson"], 2)
                yield (
                    f"{f'{model.name}: ' if named else ''}{names.get(pid, pid)}, {MAP_NAMES[name]}",
                    f"{verdict(maps, name)} (mean Pearson correlation {reached}, element alone "
                    f"{alone}, {found['n']:,} molecules)",
                )


def _citations(models: Iterable[ModelAbout]) -> list[str]:
    """The method, then the data sets, each once."""
    sources = [DATASETS[model.dataset] for model in models if model.dataset in DATASETS]
    return list(dict.fromkeys([METHOD, *(s.citation for s in sources if s.citation)]))


def _versions() -> str:
    packages = [f"{name} {version(name)}" for name in _PACKAGES]
    viewer = VIEWER_LIBRARY.package.replace("@", ".js ")
    return ", ".join(
        [f"gamnet {__version__}", f"Python {platform.python_version()}", *packages, viewer]
    )


def _script_json(data: object) -> Markup:
    """JSON that cannot end the script element that it stands in."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)
