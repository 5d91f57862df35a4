"""The index of shipped models: what there is, and how to load one by name."""

import json
from importlib.resources import files
from pathlib import Path

from gamnet.errors import UnknownModelError
from gamnet.network.files import SUFFIX, ModelInfo, load_model
from gamnet.network.scann import GAMNet
from gamnet.prediction.uncertainty import Calibration, load_calibration

# A checkout has the models beside the package; a wheel brings them as a package of their own.
_BESIDE = Path(__file__).resolve().parents[2] / "pretrained"
FOLDER = _BESIDE if _BESIDE.is_dir() else Path(str(files("gamnet_pretrained")))


def available() -> dict[str, dict[str, object]]:
    """Name -> entry of every shipped model.

    An entry has file, sha256, card, dataset, property_ids, elements, n_parameters; test, the
    test-split errors as `gamnet evaluate NAME --json` prints them; and where it was measured
    faithfulness, as `gamnet faithfulness NAME --json` prints it, with the truth file's place.
    Beside the file lie NAME.md, NAME.test.parquet and, where there is one, NAME.log.jsonl.
    """
    index = FOLDER / "index.json"
    return json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}


def load_network(
    name: str,
) -> tuple[GAMNet, ModelInfo, dict[str, float], Calibration | None]:
    """Network, description, test MAE (display units) and calibration of a model.

    name : a shipped model, or a model file, which has neither test MAE nor calibration.
    Raises UnknownModelError for a name that is neither, CheckpointError for a damaged file.
    """
    entries = available()
    if name in entries:
        entry = entries[name]
        model, info = load_model(FOLDER / entry["file"], entry["sha256"])
        test_mae = {pid: mae["value"] for pid, mae in entry["test"]["mae"].items()}
        listed = entry.get("calibration")
        if listed is None:
            return model, info, test_mae, None
        path = FOLDER / listed["file"]
        return model, info, test_mae, load_calibration(path, entry["sha256"], listed["sha256"])
    if str(name).endswith(SUFFIX):
        return *load_model(Path(name)), {}, None
    raise UnknownModelError(
        f"Unknown model '{name}'",
        f"Available: {', '.join(entries) or 'none'}; or give a {SUFFIX} file",
    )
