"""The shipped models: a folder each, and how to load one by name."""

import json
from pathlib import Path
from typing import TypeGuard

from gamnet.errors import CheckpointError, UnknownModelError
from gamnet.home import PRETRAINED
from gamnet.network.files import SUFFIX, load_model
from gamnet.prediction.entry import Entry, MapAgreement
from gamnet.prediction.model import Model
from gamnet.prediction.uncertainty import load_calibration
from gamnet.properties import Property

# What a model's folder holds; only the first two are needed to predict.
ENTRY, WEIGHTS = "entry.json", f"weights{SUFFIX}"
CALIBRATION, CARD = f"calibration{SUFFIX}", "card.md"
TEST, LOG, TRUTH, ATLAS = "test.parquet", "log.jsonl", "truth", "atlas"


def folder(name: str) -> Path:
    """Where a shipped model's files lie."""
    return PRETRAINED / name


def available() -> dict[str, Entry]:
    """Name -> entry of every shipped model, the one that was tested on most structures first.

    Raises CheckpointError for a file that is not an entry.
    """
    found: dict[str, Entry] = {}
    for path in sorted(PRETRAINED.glob(f"*/{ENTRY}")):
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise CheckpointError(
                f"'{path.parent.name}/{ENTRY}' is damaged ({error})", "Fetch it again"
            ) from error
        if not _is_entry(entry):
            raise CheckpointError(
                f"'{path.parent.name}/{ENTRY}' is not the entry of a model", "Fetch it again"
            )
        found[path.parent.name] = entry
    return dict(sorted(found.items(), key=lambda item: (-item[1]["test"]["n"], item[0])))


def _is_entry(raw: object) -> TypeGuard[Entry]:
    return isinstance(raw, dict) and Entry.__required_keys__ <= set(raw)


def entry_properties(entry: Entry) -> tuple[Property, ...]:
    """The properties that a shipped model's entry lists."""
    return tuple(Property(**record) for record in entry["properties"])


def entry_agreement(entry: Entry) -> dict[str, dict[str, MapAgreement]]:
    """Property id -> map -> agreement with the truth; empty where it was not measured."""
    measured = entry.get("faithfulness", {})
    return {pid: maps for pid, maps in measured.items() if not isinstance(maps, str)}


def load_one(name: str, device: str | None = None) -> Model:
    """A shipped model by name, or a model file, which has neither test errors nor calibration.

    device : of the network, "cpu" or "cuda" for instance; the processor if not given.
    Raises UnknownModelError for a name that is neither, CheckpointError for a damaged file.
    """
    entries = available()
    if name in entries:
        entry, place = entries[name], folder(name)
        network, info = load_model(place / WEIGHTS, entry["sha256"])
        test_mae = {pid: mae["value"] for pid, mae in entry["test"]["mae"].items()}
        calibration = None
        if "calibration_sha256" in entry:
            calibration = load_calibration(
                place / CALIBRATION, entry["sha256"], entry["calibration_sha256"]
            )
        model = Model(name, network, info, test_mae, calibration)
    elif name.endswith(SUFFIX):
        model = Model(name, *load_model(Path(name)), {})
    else:
        raise UnknownModelError(
            f"Unknown model '{name}'",
            f"Available: auto, {', '.join(entries) or 'none'}; or give a {SUFFIX} file",
        )
    if device is not None:
        model.network.to(device)
    return model
