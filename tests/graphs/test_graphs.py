"""Graphs, batches and the store against each other."""

from dataclasses import fields

import numpy as np
import pytest
import torch

from gamnet.graphs import store as graph_store
from gamnet.graphs.graph import GraphBatch, build_graph, collate, padded
from gamnet.graphs.rule import MOLECULE_RULE, SMOOTH_RULE
from gamnet.graphs.store import GraphStore, build_store, ragged_index
from gamnet.structures.structure import make_structure

FIELDS = [field.name for field in fields(GraphBatch)]


def structures(n: int) -> list:
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 12, n)
    return [
        make_structure(rng.choice([1, 6, 7, 8], size), rng.normal(size=(size, 3)) * 3)
        for size in sizes
    ]


@pytest.fixture(
    scope="module", params=[(MOLECULE_RULE, 2), (SMOOTH_RULE, 1)], ids=["hard", "smooth"]
)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> GraphStore:
    """One by two processes in chunks, one by this process."""
    folder, (rule, processes) = tmp_path_factory.mktemp("store") / "graphs", request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_store, "_CHUNK", 6)
        build_store(folder, iter(structures(20)), 20, rule, processes, progress=False)
    return GraphStore.open(folder, rule)


def test_a_batch_from_the_store_equals_collated_graphs(store: GraphStore) -> None:
    graphs = [build_graph(structure, store.rule) for structure in structures(20)]
    chosen = [7, 0, 19, 7, 3]
    ours, expected = store.batch(chosen), collate([graphs[k] for k in chosen])
    for name in FIELDS:
        ours_field, expected_field = getattr(ours, name), getattr(expected, name)
        assert ours_field.dtype == expected_field.dtype, name
        torch.testing.assert_close(ours_field, expected_field)


def test_the_store_knows_its_sizes(store: GraphStore) -> None:
    graphs = [build_graph(structure, store.rule) for structure in structures(20)]
    assert len(store) == 20
    assert store.n_atoms_of.tolist() == [graph.n_atoms for graph in graphs]
    assert store.n_edges_of.tolist() == [graph.n_edges for graph in graphs]


def test_edges_stay_inside_their_structure(store: GraphStore) -> None:
    batch = store.batch(np.arange(20))
    assert torch.equal(batch.structure[batch.i], batch.structure[batch.j])
    assert (batch.i.diff() >= 0).all()
    assert batch.ratio.max() == 1.0
    assert (batch.weight == 1).all() != store.rule.fades


def test_an_empty_batch() -> None:
    batch = collate([])
    assert batch.n_structures == 0 and batch.n_atoms == 0 and len(batch.i) == 0


@pytest.mark.parametrize(("atoms", "edges"), [(16, 32), (1, 1), (1000, 7)])
def test_padding_is_a_structure_of_its_own(store: GraphStore, atoms: int, edges: int) -> None:
    batch = store.batch([7, 0, 19])
    longer = padded(batch, atoms, edges)
    assert longer.n_atoms % atoms == 0 and len(longer.i) % edges == 0
    assert longer.n_structures == 4 and longer.n_atoms_of.sum() == longer.n_atoms
    own, added = longer.structure[longer.i] < 3, longer.structure[longer.i] == 3
    assert (longer.structure[longer.j[added]] == 3).all() and (longer.i.diff() >= 0).all()
    for name in FIELDS:
        values = getattr(batch, name)
        torch.testing.assert_close(getattr(longer, name)[: len(values)], values)
    assert own.sum() == len(batch.i)


def test_ragged_index_by_hand() -> None:
    index, length = ragged_index(np.array([0, 2, 2, 5]), np.array([2, 1, 0]))
    assert index.tolist() == [2, 3, 4, 0, 1] and length.tolist() == [3, 0, 2]
