"""`gamnet convert`: a published model file into ours."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gamnet.commands.console import say
from gamnet.extras import require

if TYPE_CHECKING:
    from gamnet.datasets.source import DataSource
    from gamnet.network.training_domain import TrainingDomain


def convert(
    weights: Annotated[
        Path, typer.Argument(metavar="MODEL.h5", help="Keras HDF5 file.", show_default=False)
    ],
    config: Annotated[
        Path,
        typer.Argument(metavar="CONFIG", help="Its settings, YAML or JSON.", show_default=False),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="NAME.safetensors to write.", show_default=False)
    ],
    property_id: Annotated[
        str | None,
        typer.Option(
            "--property",
            help="What it predicts. Default: the target that CONFIG names.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset",
            help="What it was trained on. Default: the only data set with that property.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Turn a model of the paper's own code into one that every command and page can load.

    \b
    Example:
      gamnet convert homo.h5 homo.yaml --property homo -o homo.safetensors
      gamnet predict thymine.xyz --model homo.safetensors
    """
    require("h5py", "train")
    from gamnet.errors import UnknownPropertyError
    from gamnet.network.paper.convert import convert_file
    from gamnet.network.paper.keras import read_config
    from gamnet.properties import find_property

    target = property_id or read_config(config).get("target")
    if target is None:
        raise UnknownPropertyError(f"'{config}' names no property", "Say it with --property")
    source = _source(str(target), dataset)
    prop = find_property(source.properties, str(target))
    # A network of one property has a head for it, whatever it is made of elsewhere.
    prop = replace(prop, scaling="intensive", terms=()) if prop.terms else prop
    convert_file(weights, config, output, prop, source.name, _domain(source))
    say(f"wrote {output} ({prop.id} of {source.title})")


def _source(property_id: str, name: str | None) -> "DataSource":
    """The data set of this name, else the only one that has the property."""
    from gamnet.datasets import DATASETS, get_dataset
    from gamnet.errors import UnknownPropertyError

    if name is not None:
        return get_dataset(name)
    having = [
        source
        for source in DATASETS.values()
        if property_id in [prop.id for prop in source.properties]
    ]
    if len(having) != 1:
        known = sorted({prop.id for source in DATASETS.values() for prop in source.properties})
        raise UnknownPropertyError(
            f"{len(having)} data sets have the property '{property_id}'",
            f"Say which with --dataset ({', '.join(DATASETS)}), or choose from: {', '.join(known)}",
        )
    return having[0]


def _domain(source: "DataSource") -> "TrainingDomain":
    """What the training split of a data set holds, by its formulas."""
    import numpy as np
    from ase.data import atomic_numbers

    from gamnet.formulas import element_counts
    from gamnet.network.training_domain import measured_domain

    table = source.table()
    train = table[table["split"] == "train"]
    counts = element_counts(train["formula"])
    numbers = np.array([atomic_numbers[symbol] for symbol in counts])  # [n_elements]
    atoms = np.column_stack(list(counts.values()))  # [m, n_elements]
    # Structures end to end, an element after the other in each.
    each = np.repeat(np.tile(numbers, len(atoms)), atoms.ravel())
    directions = np.full(len(atoms), 3 if source.periodic else 0)
    return measured_domain(each, atoms.sum(axis=1), directions)
