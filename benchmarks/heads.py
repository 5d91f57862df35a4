"""The additive head against the paper's, at equal training: python -m benchmarks.heads.

Trains each on the first 20,000 training molecules for two epochs with everything else equal, and
prints the validation errors as a Markdown table. About five minutes per head on one core.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from gamnet.datasets import qm9
from gamnet.properties import get_property
from gamnet.train import fit
from gamnet.training_config import TrainConfig, load_config

HEADS = ("additive", "paper")
CONFIG = Path(__file__).resolve().parent.parent / "configs" / "qm9.yaml"


def validation_errors(config: TrainConfig) -> dict[str, float]:
    """Train once; validation MAE per property, in display units."""
    with TemporaryDirectory() as folder:
        fit(config, Path(folder))
        last = (Path(folder) / "log.jsonl").read_text().splitlines()[-1]
    return json.loads(last)["validation_mae"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.heads", description=__doc__)
    parser.add_argument("--limit", type=int, default=20_000, help="training molecules")
    parser.add_argument("--epochs", type=int, default=2)
    args = parser.parse_args()
    qm9.prepare()
    base = replace(
        load_config(CONFIG), limit=args.limit, epochs=args.epochs, warmup_steps=100, processes=1
    )
    errors = {
        head: validation_errors(replace(base, model={**base.model, "head": head})) for head in HEADS
    }
    print(f"| validation MAE | {' | '.join(HEADS)} |")
    print(f"| --- |{' --- |' * len(HEADS)}")
    for pid in qm9.PROPERTY_IDS:
        figures = " | ".join(f"{errors[head][pid]:.4g}" for head in HEADS)
        print(f"| {pid} ({get_property(pid).display_unit}) | {figures} |")


if __name__ == "__main__":
    main()
