"""Ship a trained model: python -m gamnet.publish runs/qm9/qm9.safetensors.

Copies the file to pretrained/, measures it on the held-out test split, and writes the index entry
and the figures of the model card between its two marks. Everything else in the card is prose.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from gamnet.checkpoints import ModelInfo, load_model, sha256_of
from gamnet.errors import CheckpointError, GAMNetError
from gamnet.evaluate import evaluate
from gamnet.predict import load
from gamnet.pretrained import FOLDER, SUFFIX, available
from gamnet.properties import get_property

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def index_entry(path: Path, info: ModelInfo, n_parameters: int, test: dict) -> dict[str, object]:
    """What pretrained/index.json says of a model."""
    return {
        "file": path.name,
        "sha256": sha256_of(path),
        "card": f"{path.stem}.md",
        "dataset": info.dataset,
        "property_ids": list(info.config.property_ids),
        "elements": list(load(str(path)).elements),
        "n_parameters": n_parameters,
        "test": test,
    }


def figures(name: str, entry: dict, info: ModelInfo) -> str:
    """The measured part of a model card, in Markdown."""
    test, trained = entry["test"], info.trained
    rows = [
        f"| {get_property(pid).name} | {mae['value']:.4g} | {mae['unit']} |"
        for pid, mae in test["mae"].items()
    ]
    return "\n".join(
        [
            f"Mean absolute error on the {test['n']:,} molecules of the {test['split']} split, "
            f"from `gamnet evaluate {name}`:",
            "",
            "| property | MAE | unit |",
            "| --- | --- | --- |",
            *rows,
            "",
            f"Network: variant {info.config.variant}, {info.config.head} head, "
            f"{info.config.n_layers} layers, width {info.config.dim}, "
            f"{entry['n_parameters']:,} parameters.",
            f"Training: {trained['epochs']} epochs, {trained['steps']:,} steps of "
            f"{trained['batch_size']} structures, {trained['hours']} hours on a shared two-core "
            "machine without GPU.",
            f"SHA-256 of the weights: `{entry['sha256']}`",
        ]
    )


def publish(source: Path) -> dict[str, object]:
    """Copy, measure and list a model file under its own name; returns the index entry."""
    name = source.stem
    card = FOLDER / f"{name}.md"
    prose = card.read_text(encoding="utf-8") if card.is_file() else ""
    if prose.count(BEGIN) != 1 or prose.count(END) != 1:
        raise CheckpointError(
            f"'{card}' is missing or has no place for figures",
            f"Write the card first, with the lines {BEGIN} and {END}",
        )
    model, info = load_model(source)
    n_parameters = sum(p.numel() for p in model.parameters())
    target = FOLDER / f"{name}{SUFFIX}"
    shutil.copyfile(source, target)
    entry = index_entry(target, info, n_parameters, evaluate(str(target)))
    index = json.dumps({**available(), name: entry}, indent=1, ensure_ascii=False)
    (FOLDER / "index.json").write_text(index + "\n", encoding="utf-8")
    before, after = prose.split(BEGIN)[0], prose.split(END)[1]
    text = f"{before}{BEGIN}\n\n{figures(name, entry, info)}\n\n{END}{after}"
    card.write_text(text, encoding="utf-8")
    return entry


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m gamnet.publish", description=__doc__)
    parser.add_argument("source", type=Path, help="model file that training wrote")
    try:
        entry = publish(parser.parse_args().source)
    except GAMNetError as error:
        print(f"gamnet: {error}", file=sys.stderr)
        return 1
    print(json.dumps(entry["test"], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
