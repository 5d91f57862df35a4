"""Ship a trained model: python -m gamnet.publishing.publish runs/qm9/qm9.safetensors.

Measures the file on the held-out test split and, where pretrained/NAME/truth has the populations of
test molecules, against the real orbitals; calibrates its error estimates on the validation split.
Then puts the weights, their predictions of the test split, the calibration, the learning curve
(log.jsonl beside the file), the entry and the figures of the model card into pretrained/NAME/.
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
from gamnet.evaluation.calibrate import check_calibration, fit_calibration, holds
from gamnet.evaluation.classes import check_classes
from gamnet.evaluation.evaluate import measure
from gamnet.explanation.faithfulness import faithfulness
from gamnet.home import sha256_of
from gamnet.prediction.entry import Entry, SplitErrors
from gamnet.prediction.model import Model
from gamnet.prediction.shipped import (
    CALIBRATION,
    CARD,
    ENTRY,
    LOG,
    TEST,
    TRUTH,
    WEIGHTS,
    available,
    folder,
    load_one,
)
from gamnet.prediction.uncertainty import save_calibration
from gamnet.publishing.cards import figures, read_card, with_figures
from gamnet.publishing.records import (
    curve_lines,
    prediction_frame,
    write_curve,
    write_predictions,
)


def model_entry(name: str, source: Path, model: Model, test: SplitErrors) -> Entry:
    """What a shipped model's entry says of it."""
    entry: Entry = {
        "sha256": sha256_of(source),
        "dataset": model.dataset,
        "properties": [prop.to_dict() for prop in model.properties],
        "domain": model.info.domain.to_dict(),
        "n_parameters": sum(p.numel() for p in model.network.parameters()),
        "test": test,
    }
    truth = Path(TRUTH) / "test.npz"
    if (folder(name) / truth).is_file():
        measured = faithfulness(str(source), folder(name) / truth, with_occlusion=True)
        entry["faithfulness"] = {"truth": truth.as_posix(), **measured}
    return entry


def publish(source: Path, name: str | None = None) -> Entry:
    """Measure a model file, then ship it, under its own name by default; returns its entry.

    Nothing changes before all is measured. Then weights and entry are replaced one right after the
    other: whoever loads the model in between is told that its SHA-256 differs.
    """
    name = name or source.stem
    place = folder(name)
    card = read_card(place / CARD)
    model = load_one(str(source))
    evaluation = measure(model)
    entry = model_entry(name, source, model, evaluation.summary())
    calibration = fit_calibration(model)
    entry["uncertainty"] = check_calibration(model, calibration, evaluation)
    rates = check_classes(calibration.classes, evaluation)
    if rates and holds(entry["uncertainty"]):
        entry["classes"] = rates
    log = source.parent / LOG
    shipped = available().get(name)
    same_weights = shipped is not None and shipped["sha256"] == entry["sha256"]
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=place) as temporary:
        # In the order in which they take their places.
        new = {file: Path(temporary) / file for file in (WEIGHTS, CALIBRATION, ENTRY, CARD, TEST)}
        shutil.copyfile(source, new[WEIGHTS])
        if holds(entry["uncertainty"]):
            save_calibration(new[CALIBRATION], calibration, entry["sha256"])
            entry["calibration_sha256"] = sha256_of(new[CALIBRATION])
        else:  # an error bar that is wrong is worse than none
            del new[CALIBRATION]
            (place / CALIBRATION).unlink(missing_ok=True)
        text = json.dumps(entry, indent=1, ensure_ascii=False)
        new[ENTRY].write_text(text + "\n", encoding="utf-8")
        text = with_figures(card, figures(name, entry, model.info))
        new[CARD].write_text(text, encoding="utf-8")
        write_predictions(prediction_frame(evaluation), new[TEST])
        curve = curve_lines(log, model.info.trained["steps"])
        if curve:
            new[LOG] = Path(temporary) / LOG
            write_curve(curve, new[LOG])
        elif not same_weights:  # a curve of other weights is not this model's
            (place / LOG).unlink(missing_ok=True)
        for file, path in new.items():
            os.replace(path, place / file)
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
