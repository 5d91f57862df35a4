"""Weights and configuration of a published model file (Keras HDF5 with YAML or JSON), by role."""

import json
from pathlib import Path

import h5py
import numpy as np
import yaml

from gamnet.errors import CheckpointError, ConfigError

# Layers whose name is their role.
_NAMED = ("embed_atom", "dense_embed", "neighbor_d", "neighbor_w", "after_Lc", "bf_property",
          "predict_property", "global_attention")  # fmt: skip
# Parts of a numbered layer that Keras numbers on: role by the order of their numbers.
_ORDERED = {
    ("local_attention", "layer_normalization"): ("layer_norm", "layer_norm_g"),
    ("residual_norm", "layer_normalization"): ("layer_norm",),
    ("residual_norm", "dense"): ("ffn1", "ffn2"),
}


def read_config(path: Path) -> dict[str, object]:
    """The reference's model settings from YAML or JSON, on the top level or under config or model.

    Raises ConfigError for a missing or unreadable file.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError(f"No configuration file '{path}'", "Give the model's YAML or JSON")
    try:
        # JSON is YAML, so one reader serves both.
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"'{path}' is neither YAML nor JSON ({error})") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"'{path}' holds no settings", "Give the model's YAML or JSON")
    for section in ("config", "model"):
        if isinstance(raw.get(section), dict):
            return {**raw, **raw[section]}
    return raw


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """Weights by role ("local_attention.0.query.kernel") from a Keras HDF5 file.

    Layers of one kind count from the lowest number on, whatever that is: Keras goes on counting
    when several models are built in one session. Raises CheckpointError for another kind of file.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"No model file '{path}'", "Give the model's .h5 file")
    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file)
            found: dict[str, np.ndarray] = {}

            def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
                if isinstance(item, h5py.Dataset):
                    found[name] = item[()]

            root.visititems(visit)
    except OSError as error:
        raise CheckpointError(
            f"'{path.name}' is not a readable HDF5 file ({error})", "Give the model's .h5 file"
        ) from error
    if not found:
        raise CheckpointError(f"'{path.name}' holds no weights", "Give a file with a whole model")
    return _by_role(found, path.name)


def _split_number(name: str) -> tuple[str, int]:
    """ "dense_12" -> ("dense", 12), "dense" -> ("dense", 0)."""
    stem, _, number = name.rpartition("_")
    return (stem, int(number)) if stem and number.isdecimal() else (name, 0)


def _by_role(found: dict[str, np.ndarray], source: str) -> dict[str, np.ndarray]:
    # A weight's path is layer / layer again (sometimes left out) / part / name:0.
    loose = [name for name in found if "/" not in name]
    if loose:
        raise CheckpointError(
            f"'{source}' has an unknown weight '{loose[0]}'",
            "Only models of the paper's own code can be converted",
        )
    split = {name: (name.split("/")[0], name.split("/")[-2], name.split("/")[-1]) for name in found}
    layers = {kind: sorted({layer for layer, _, _ in split.values()
                            if _split_number(layer)[0] == kind}, key=_split_number)
              for kind in ("local_attention", "residual_norm")}  # fmt: skip
    parts: dict[tuple[str, str], list[str]] = {}
    for layer, part, _ in split.values():
        known = parts.setdefault((layer, _split_number(part)[0]), [])
        if part not in known:
            known.append(part)
    weights: dict[str, np.ndarray] = {}
    for name, (layer, part, weight) in split.items():
        weight = weight.split(":")[0]
        kind = _split_number(layer)[0]
        if kind in layers:
            stem = _split_number(part)[0]
            if (kind, stem) in _ORDERED:
                order = sorted(parts[layer, stem], key=_split_number)
                roles = _ORDERED[kind, stem]
                if len(order) > len(roles):
                    raise CheckpointError(f"'{source}' has an unknown weight '{name}'")
                part = roles[order.index(part)]
            role = f"{kind}.{layers[kind].index(layer)}.{part}.{weight}"
        elif layer in _NAMED:
            role = f"{layer}.{weight}" if part == layer else f"{layer}.{part}.{weight}"
        else:
            raise CheckpointError(
                f"'{source}' has an unknown weight '{name}'",
                "Only models of the paper's own code can be converted",
            )
        weights[role] = found[name]
    return weights


def dump_settings(config: dict[str, object]) -> dict[str, object]:
    """The settings that JSON can hold, for the record in the converted file's header."""
    return json.loads(json.dumps(config, default=str))
