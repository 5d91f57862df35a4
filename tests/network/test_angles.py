"""Angular features against Legendre polynomials, and that the network sees angles with them."""

from dataclasses import replace

import numpy as np
import torch
from networks import network, run
from scipy.spatial.transform import Rotation

from gamnet.graphs.graph import Graph, build_graph
from gamnet.network.angles import AngularFeatures, harmonics
from gamnet.structures.structure import make_structure

WATER = np.array([[0.0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])


def directions(n: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    return torch.nn.functional.normalize(vectors, dim=1)


def test_products_of_harmonics_are_legendre_polynomials() -> None:
    a, b = directions(50, 0), directions(50, 1)
    cosine = (a * b).sum(1)
    product = harmonics(a) * harmonics(b)
    torch.testing.assert_close(product[:, :3].sum(1), cosine)
    torch.testing.assert_close(product[:, 3:].sum(1), (3 * cosine**2 - 1) / 2)


def test_an_edge_reads_the_angles_to_all_other_edges_of_its_ends() -> None:
    """The moments against the sum over triplets that they stand for."""
    torch.manual_seed(0)
    features = AngularFeatures(6, 2).double()
    torch.nn.init.normal_(features.mix.weight)
    i = torch.tensor([0, 0, 0, 1, 1, 2, 3])
    j = torch.tensor([1, 2, 3, 0, 2, 0, 0])
    g, unit = torch.randn(7, 6, dtype=torch.float64), directions(7, 2)
    y = harmonics(unit)
    counts = torch.linspace(0.1, 1, 7, dtype=torch.float64)
    found = features(features.moments(g, y, counts, i, 4), y, i, j)
    weight = features.weight(g) * counts[:, None]  # [7, 2]

    def legendre(a: int, b: int) -> torch.Tensor:
        cosine = unit[a] @ unit[b]
        return torch.stack([cosine, (3 * cosine**2 - 1) / 2])

    for edge in range(7):
        at_i, at_j = ((i == atom[edge]).nonzero().flatten().tolist() for atom in (i, j))
        parts = [
            sum(legendre(edge, k)[:, None] * weight[k] for k in at_i),
            sum(legendre(edge, k)[:, None] * weight[k] for k in at_j),
            sum(legendre(k, m)[:, None] * weight[k] * weight[m] for k in at_i for m in at_j),
        ]
        torch.testing.assert_close(found[edge], features.mix(torch.cat(parts).flatten()))


def test_rotation_changes_nothing_and_bending_does() -> None:
    model = network(n_angular=4)
    graph = build_graph(make_structure([8, 1, 1], WATER))
    value = run(model, [graph]).values
    turned = build_graph(make_structure([8, 1, 1], Rotation.random(random_state=1).apply(WATER)))
    torch.testing.assert_close(run(model, [turned]).values, value, atol=1e-6, rtol=1e-6)
    bent = _with_direction(graph, 0, np.array([0.0, 0.0, 1.0], np.float32))
    assert (run(model, [bent]).values - value).abs().min() > 1e-4
    blind = network()
    torch.testing.assert_close(run(blind, [bent]).values, run(blind, [graph]).values)


def test_untrained_angles_leave_the_network_as_it_is() -> None:
    graph = build_graph(make_structure([8, 1, 1], WATER))
    plain, angular = network(), network(n_angular=4)
    missing = angular.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert missing and all(".angles." in name for name in missing)
    for layer in angular.layers:
        torch.nn.init.zeros_(layer.angles.mix.weight)
    torch.testing.assert_close(run(angular, [graph]).values, run(plain, [graph]).values)


def _with_direction(graph: Graph, edge: int, direction: np.ndarray) -> Graph:
    changed = graph.direction.copy()
    changed[edge] = direction
    return replace(graph, direction=changed)
