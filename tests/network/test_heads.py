"""Fewer heads: what is left gives the values that it gave."""

import pytest
import torch
from records import HOMO, LUMO, PROPERTIES, ZPVE

import gamnet
from gamnet.errors import ConfigError
from gamnet.graphs.graph import build_graph, collate
from gamnet.graphs.rule import MOLECULE_RULE
from gamnet.network.config import GAMNetConfig
from gamnet.network.heads import without
from gamnet.network.registry import make_network

CONFIG = GAMNetConfig(
    properties=(ZPVE, HOMO, LUMO, PROPERTIES["gap"]),
    dim=16, n_heads=2, n_layers=2, embedding_dim=8,
    head_dim=12, variant="plus", head="additive", n_angular=4, max_atomic_number=9,
)  # fmt: skip


def test_values_and_scores_of_what_is_left_stay() -> None:
    torch.manual_seed(0)
    network = make_network(CONFIG).eval()
    for name in ("scale", "baseline", "element_reference"):
        torch.nn.init.normal_(getattr(network, name))
    state = torch.get_rng_state()
    smaller = without(network, ["zpve"])
    assert torch.equal(state, torch.get_rng_state())
    assert smaller.config.property_ids == ("homo", "lumo", "gap") and not smaller.training
    structures = [gamnet.read(f"smiles:{smiles}")[0] for smiles in ("CCO", "C1CC1F")]
    batch = collate([build_graph(structure, MOLECULE_RULE) for structure in structures])
    with torch.no_grad():
        whole, part = network(batch), smaller(batch)
    torch.testing.assert_close(part.values, whole.values[:, 1:])
    torch.testing.assert_close(part.ga_scores, whole.ga_scores[:, 1:])
    torch.testing.assert_close(part.contributions, whole.contributions[:, 1:])


def test_what_is_not_there_or_needed_is_refused() -> None:
    network = make_network(CONFIG)
    with pytest.raises(ConfigError, match="no property 'alpha' to leave out"):
        without(network, ["alpha"])
    with pytest.raises(ConfigError, match="difference of 'lumo'"):
        without(network, ["lumo"])
