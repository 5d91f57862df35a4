"""What the tests of the network share: a small one, random graphs, and a run without gradients."""

import numpy as np
import torch
from records import HOMO, ZPVE

from gamnet.graphs.graph import Graph, build_graph, collate
from gamnet.network.config import GAMNetConfig
from gamnet.network.interface import NetworkOutput
from gamnet.network.scann import GAMNet
from gamnet.structures.structure import make_structure


def network(**changes: object) -> GAMNet:
    settings = {"dim": 16, "n_heads": 2, "n_layers": 2, "embedding_dim": 8, "head_dim": 16}
    torch.manual_seed(0)
    model = GAMNet(GAMNetConfig(properties=(HOMO, ZPVE), **{**settings, **changes}))
    model.scale.copy_(torch.tensor([0.6, 0.05]))
    model.baseline.copy_(torch.tensor([-6.5, 0.2]))
    model.element_reference[1].copy_(torch.linspace(0, 0.4, 10))
    for layer in model.layers:
        if getattr(layer, "angles", None) is not None:  # they start without effect
            torch.nn.init.normal_(layer.angles.mix.weight, std=0.3)
    return model.double().eval()


def random_graphs(sizes: tuple[int, ...], seed: int = 0) -> list[Graph]:
    rng = np.random.default_rng(seed)
    graphs = []
    for n in sizes:
        spots = rng.permutation(np.stack(np.meshgrid(*[np.arange(4)] * 3), -1).reshape(-1, 3))[:n]
        positions = 1.3 * spots + rng.uniform(-0.2, 0.2, size=(n, 3))
        graphs.append(build_graph(make_structure(rng.choice([1, 6, 7, 8, 9], n), positions)))
    return graphs


def run(model: GAMNet, graphs: list[Graph]) -> NetworkOutput:
    with torch.no_grad():
        return model(collate(graphs).to(torch.float64))
