"""Ship a trained model: python -m gamnet.publishing.publish runs/qm9/qm9.safetensors.

Measures the file on the held-out test split and, where pretrained/truth has the populations of test
molecules, against the real orbitals; calibrates its error estimates on the validation split. Then
puts the weights, their predictions of the test split, the calibration, the learning curve
(log.jsonl beside the file), the index entry and the figures of the model card into pretrained/.
Everything else in the card is prose.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from gamnet.errors import GAMNetError
from gamnet.evaluation.calibrate import check_calibration, fit_calibration
from gamnet.evaluation.evaluate import measure
from gamnet.explanation.faithfulness import faithfulness
from gamnet.network.files import SUFFIX, sha256_of
from gamnet.prediction.model import Model, load
from gamnet.prediction.shipped import FOLDER, available
from gamnet.prediction.uncertainty import save_calibration
from gamnet.publishing.cards import figures, read_card, with_figures
from gamnet.publishing.records import (
    LOG_SUFFIX,
    TEST_SUFFIX,
    curve_lines,
    prediction_frame,
    write_curve,
    write_predictions,
)

CALIBRATION_SUFFIX = ".calibration.safetensors"


def index_entry(
    name: str, source: Path, model: Model, test: dict[str, object]
) -> dict[str, object]:
    """What pretrained/index.json says of a model."""
    entry = {
        "file": f"{name}{SUFFIX}",
        "sha256": sha256_of(source),
        "card": f"{name}.md",
        "dataset": model.dataset,
        "property_ids": list(model.property_ids),
        "elements": list(model.elements),
        "n_parameters": sum(p.numel() for p in model.network.parameters()),
        "test": test,
    }
    truth = Path("truth") / f"{model.dataset}-test.npz"
    if (FOLDER / truth).is_file():
        measured = faithfulness(str(source), FOLDER / truth, with_occlusion=True)
        entry["faithfulness"] = {"truth": truth.as_posix(), **measured}
    return entry


def publish(source: Path, name: str | None = None) -> dict[str, object]:
    """Measure a model file, then ship it, under its own name by default; returns the index entry.

    Nothing changes before all is measured. Then weights and index are replaced one right after the
    other: whoever loads the model in between is told that its SHA-256 differs.
    """
    name = name or source.stem
    card = read_card(FOLDER / f"{name}.md")
    model = load(str(source))
    evaluation = measure(model)
    entry = index_entry(name, source, model, evaluation.summary())
    calibration = fit_calibration(model)
    entry["uncertainty"] = check_calibration(model, calibration, evaluation)
    index = available()
    log = source.parent / "log.jsonl"
    same_weights = index.get(name, {}).get("sha256") == entry["sha256"]
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=FOLDER) as folder:
        # In the order in which they take their places.
        suffixes = (SUFFIX, CALIBRATION_SUFFIX, ".md", TEST_SUFFIX)
        new = {suffix: Path(folder) / f"{name}{suffix}" for suffix in suffixes}
        shutil.copyfile(source, new[SUFFIX])
        save_calibration(new[CALIBRATION_SUFFIX], calibration, entry["sha256"])
        entry["calibration"] = {
            "file": f"{name}{CALIBRATION_SUFFIX}",
            "sha256": sha256_of(new[CALIBRATION_SUFFIX]),
        }
        listed = Path(folder) / "index.json"
        text = json.dumps({**index, name: entry}, indent=1, ensure_ascii=False)
        listed.write_text(text + "\n", encoding="utf-8")
        text = with_figures(card, figures(name, entry, model.info))
        new[".md"].write_text(text, encoding="utf-8")
        write_predictions(prediction_frame(evaluation), new[TEST_SUFFIX])
        curve = curve_lines(log, model.info.trained["steps"])
        if curve:
            new[LOG_SUFFIX] = Path(folder) / f"{name}{LOG_SUFFIX}"
            write_curve(curve, new[LOG_SUFFIX])
        elif not same_weights:  # a curve of other weights is not this model's
            (FOLDER / f"{name}{LOG_SUFFIX}").unlink(missing_ok=True)
        for suffix in (SUFFIX, CALIBRATION_SUFFIX):
            os.replace(new.pop(suffix), FOLDER / f"{name}{suffix}")
        os.replace(listed, FOLDER / "index.json")
        for path in new.values():
            os.replace(path, FOLDER / path.name)
    return entry


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gamnet.publishing.publish", description=__doc__
    )
    parser.add_argument("source", type=Path, help="model file that training wrote")
    parser.add_argument("--name", help="ship it under this name (default: the file's)")
    try:
        args = parser.parse_args()
        entry = publish(args.source, args.name)
    except GAMNetError as error:
        print(f"gamnet: {error}", file=sys.stderr)
        return 1
    print(json.dumps(entry["test"], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
