"""Turn weights of the paper's own implementation into a GAMNet of the same numbers.

A weight is known by its role ("local_attention.0.query.kernel"); kernels are [in, out] there and
[out, in] here. The plus filter's rows are centre | geometry | neighbour.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gamnet.errors import ConfigError
from gamnet.graphs.rule import NeighborRule
from gamnet.network.config import GAMNetConfig
from gamnet.network.files import SUFFIX, ModelInfo, save_model
from gamnet.network.paper.keras import dump_settings, read_config, read_weights
from gamnet.network.scann import GAMNet
from gamnet.network.training_domain import TrainingDomain
from gamnet.properties import Property

_REQUIRED = (
    "n_atoms", "embedding_dim", "n_attention", "local_dim", "num_head", "global_dim", "dense_out",
    "scale", "use_attn_norm", "use_ga_norm", "use_ring", "g_update", "gaussian_d",
)  # fmt: skip


def reference_config(config: dict[str, Any], prop: Property) -> GAMNetConfig:
    """Our configuration of a reference configuration; raises ConfigError for unknown variants."""
    missing = [key for key in _REQUIRED if key not in config]
    if missing:
        raise ConfigError(
            f"The reference configuration lacks '{missing[0]}'", f"Needed: {', '.join(_REQUIRED)}"
        )
    for key, expected in (("use_attn_norm", True), ("use_ring", False), ("scale", 0.5)):
        if config[key] != expected:
            raise ConfigError(
                f"The reference model has {key} = {config[key]}",
                f"Only {key} = {expected} can be converted",
            )
    if config["global_dim"] != config["local_dim"]:
        raise ConfigError(
            f"The reference model has global_dim {config['global_dim']} but local_dim "
            f"{config['local_dim']}",
            "Only equal ones can be converted",
        )
    return GAMNetConfig(
        properties=(prop,),
        variant="plus" if config["g_update"] else "base",
        head="paper",
        ga_energy="sum",
        ga_norm=bool(config["use_ga_norm"]),
        max_atomic_number=int(config["n_atoms"]) - 1,
        embedding_dim=int(config["embedding_dim"]),
        dim=int(config["local_dim"]),
        n_heads=int(config["num_head"]),
        n_layers=int(config["n_attention"]),
        head_dim=int(config["dense_out"]),
        max_distance=float(config["gaussian_d"]),
    )


def from_reference(
    config: dict[str, Any], weights: dict[str, np.ndarray], prop: Property
) -> GAMNet:
    """A GAMNet with the reference's weights, by role; strict in names and shapes."""
    ours = reference_config(config, prop)
    model = GAMNet(ours)
    state = {name: model.state_dict()[name] for name in ("scale", "baseline", "element_reference")}
    used = set()

    def take(role: str) -> Tensor:
        if role not in weights:
            raise ConfigError(f"The reference model has no weight '{role}'")
        used.add(role)
        return torch.from_numpy(np.asarray(weights[role], dtype=np.float32))

    def dense(name: str, role: str) -> None:
        state[f"{name}.weight"] = take(f"{role}.kernel").T.contiguous()
        state[f"{name}.bias"] = take(f"{role}.bias")

    def norm(name: str, role: str) -> None:
        state[f"{name}.weight"] = take(f"{role}.gamma")
        state[f"{name}.bias"] = take(f"{role}.beta")

    state["embedding.weight"] = take("embed_atom.embeddings")
    dense("embed", "dense_embed")
    if ours.variant == "plus":
        dense("edge_distance", "neighbor_d")
        dense("edge_angle", "neighbor_w")
    for k in range(ours.n_layers):
        layer, local, residual = f"layers.{k}", f"local_attention.{k}", f"residual_norm.{k}"
        dense(f"{layer}.query", f"{local}.query")
        dense(f"{layer}.key", f"{local}.key")
        if ours.variant == "plus":
            kernel = take(f"{local}.filter_geo.kernel").T  # [d, 3 d]
            centre, geometry, neighbor = kernel.chunk(3, dim=1)
            state[f"{layer}.filter_centre.weight"] = centre.contiguous()
            state[f"{layer}.filter.weight"] = geometry.contiguous()
            state[f"{layer}.filter_neighbor.weight"] = neighbor.contiguous()
            state[f"{layer}.filter.bias"] = take(f"{local}.filter_geo.bias")
            norm(f"{layer}.norm_geometry", f"{local}.layer_norm_g")
        else:
            dense(f"{layer}.filter", f"{local}.filter_geo")
        norm(f"{layer}.norm_context", f"{local}.layer_norm")
        dense(f"{layer}.ffn1", f"{residual}.ffn1")
        dense(f"{layer}.ffn2", f"{residual}.ffn2")
        norm(f"{layer}.norm_out", f"{residual}.layer_norm")
    dense("after_local", "after_Lc")
    dense("global_attention.query", "global_attention.query")
    dense("global_attention.key", "global_attention.key")
    state["global_attention.hidden_weight"] = take("bf_property.kernel").unsqueeze(0)  # [1, d, m]
    state["global_attention.hidden_bias"] = take("bf_property.bias").unsqueeze(0)  # [1, m]
    state["global_attention.value_weight"] = take("predict_property.kernel").T.contiguous()
    state["global_attention.value_bias"] = take("predict_property.bias")
    unused = sorted(set(weights) - used)
    if unused:
        raise ConfigError(f"The reference model has an unknown weight '{unused[0]}'")
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise ConfigError(
            f"The reference's weights do not fit its configuration ({error})",
            "Give the configuration that belongs to the weights",
        ) from error
    return model.eval()


def convert_file(
    weights: Path,
    config: Path,
    output: Path,
    prop: Property,
    dataset: str = "",
    domain: TrainingDomain | None = None,
) -> None:
    """Write a published model as a model file of ours.

    prop : what it predicts.  dataset, domain : what it was trained on; without them every row of
    its embedding counts as a known element, and its graphs as crystals.
    Raises ConfigError or CheckpointError for files or names that do not fit.
    """
    if Path(output).suffix != SUFFIX:
        raise ConfigError(f"The output '{output}' is no {SUFFIX} file", f"Name it NAME{SUFFIX}")
    settings = read_config(config)
    model = from_reference(settings, read_weights(weights), prop)
    rows = model.config.max_atomic_number + 1
    # Of a table of elements alone we cannot tell which rows were trained.
    blank = TrainingDomain(dict.fromkeys(range(1, rows), 0), {}, {}, {3: 0}, {0: 0}, {0: 0})
    info = ModelInfo(
        config=model.config,
        dataset=dataset,
        domain=domain or blank,
        rule=NeighborRule(cutoff=model.config.max_distance),
        trained={"converted_from": Path(weights).name, "settings": dump_settings(settings)},
    )
    save_model(Path(output), model.state_dict(), info)
