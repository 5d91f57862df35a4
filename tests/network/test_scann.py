"""The network against the paper's own implementation, and its invariances."""

import json
from dataclasses import fields

import numpy as np
import pytest
import torch
from networks import network, random_graphs, run

from benchmarks.reference import TOLERANCE, VALUE, differences, load_golden, packed
from gamnet.errors import ConfigError
from gamnet.graphs.graph import Graph, GraphBatch, build_graph, collate, padded
from gamnet.network.paper.convert import from_reference
from gamnet.structures.structure import make_structure

GOLDEN_PAIRS = ("base_ganorm", "plus_noganorm", "plus_noganorm_crystal")
OUTPUTS = {
    "property", "ga_scores", "after_Lc", "struct_rep_raw",
    *(f"local_attention.{k}.{name}" for k in (0, 1) for name in ("attn", "context", "geometry")),
    "residual_norm.0", "residual_norm.1",
}  # fmt: skip


VARIANTS = [
    {"variant": variant, "head": head, "ga_energy": energy, "ga_norm": norm}
    for variant in ("base", "plus")
    for head, energy, norm in (("paper", "sum", True), ("additive", "scaled", False))
]
VARIANTS.append(VARIANTS[-1] | {"n_angular": 4, "charges": True})
VARIANTS.append(VARIANTS[-1] | {"ga_energy": "mean"})


@pytest.mark.parametrize("pair", GOLDEN_PAIRS)
def test_outputs_equal_the_reference(golden, pair: str) -> None:
    worst = differences(*load_golden(golden / f"{pair}.npz", golden / f"{pair}.json"))
    assert set(worst) == OUTPUTS
    assert max(worst.values()) <= TOLERANCE


@pytest.mark.parametrize("pair", GOLDEN_PAIRS)
def test_gradients_equal_the_reference(golden, pair: str) -> None:
    """loss = RMSE + 1e-4 * sum of squares of the marked weights, as the reference trains."""
    model, arrays = load_golden(golden / f"{pair}.npz", golden / f"{pair}.json")
    described = json.loads((golden / f"{pair}.json").read_text())
    marked = {
        weight["role"]: np.full(weight["shape"], float(weight["l2_1e-4"]))
        for weight in described["weights"]
    }
    marks = from_reference(described["config"], marked, VALUE).state_dict()
    gradients = {name[5:]: value for name, value in arrays.items() if name.startswith("grad/")}
    expected = from_reference(described["config"], gradients, VALUE).state_dict()
    batch, _, _ = packed(arrays, "batch")
    error = model(batch).values[:, 0] - torch.from_numpy(arrays["batch/target"])
    rmse = torch.sqrt((error**2).mean())
    penalty = sum(1e-4 * (marks[name] * w**2).sum() for name, w in model.named_parameters())
    (rmse + penalty).backward()
    assert rmse.item() == pytest.approx(float(arrays["batch/rmse"]), abs=1e-6)
    assert penalty.item() == pytest.approx(float(arrays["batch/l2_reg"]), abs=1e-6)
    for name, weight in model.named_parameters():
        np.testing.assert_allclose(weight.grad, expected[name], atol=1e-5, err_msg=name)


@pytest.mark.parametrize("settings", VARIANTS)
def test_global_attention_is_the_sum_over_all_other_atoms(settings: dict) -> None:
    """The linear form against the N x N definition of the paper."""
    model = network(**settings)
    graph = random_graphs((9,))[0]
    out = run(model, [graph])
    head = model.global_attention
    query = head.query(out.atoms).view(9, 2, 16)
    key = head.key(out.atoms).view(9, 2, 16)
    pairs = torch.einsum("ipd,jpd->pij", key, query)
    own = 1.0 if settings["ga_energy"] == "mean" else 0.0
    energy = (pairs * (1 - (1 - own) * torch.eye(9))).sum(-1).T  # [9, 2]
    if settings["ga_energy"] != "sum":
        energy = energy / ((8 + own) * 16**0.5)
    if settings["ga_norm"]:
        energy = energy / energy.norm(dim=0)
    torch.testing.assert_close(out.ga_scores, torch.softmax(energy, dim=0))


@pytest.mark.parametrize("settings", VARIANTS)
def test_batches_do_not_mix(settings: dict) -> None:
    model, graphs = network(**settings), random_graphs((5, 1, 12, 2, 30))
    together = run(model, graphs)
    first = 0
    for k, graph in enumerate(graphs):
        alone = run(model, [graph])
        atoms = slice(first, first + graph.n_atoms)
        torch.testing.assert_close(together.values[k], alone.values[0])
        torch.testing.assert_close(together.ga_scores[atoms], alone.ga_scores)
        first += graph.n_atoms


@pytest.mark.parametrize("settings", VARIANTS)
def test_atoms_may_come_in_any_order(settings: dict) -> None:
    rng = np.random.default_rng(3)
    numbers, positions = rng.choice([1, 6, 8], 10), rng.normal(size=(10, 3)) * 2.5
    order = rng.permutation(10)
    model = network(**settings)
    straight = run(model, [build_graph(make_structure(numbers, positions))])
    mixed = run(model, [build_graph(make_structure(numbers[order], positions[order]))])
    torch.testing.assert_close(mixed.values, straight.values, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(mixed.ga_scores, straight.ga_scores[order], atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("settings", VARIANTS)
def test_scores_sum_to_one_and_contributions_to_the_value(settings: dict) -> None:
    model, graphs = network(**settings), random_graphs((7, 3, 21))
    out = run(model, graphs)
    batch = collate(graphs)
    totals = torch.zeros(3, 2, dtype=torch.float64).index_add(0, batch.structure, out.ga_scores)
    torch.testing.assert_close(totals, torch.ones_like(totals))
    if settings["head"] == "paper":
        assert out.contributions is None
        return
    sums = torch.zeros(3, 2, dtype=torch.float64).index_add(0, batch.structure, out.contributions)
    torch.testing.assert_close(sums + model.baseline, out.values)


@pytest.mark.parametrize("settings", VARIANTS)
def test_lonely_atoms_and_empty_batches_are_finite(settings: dict) -> None:
    model = network(**settings)
    one = build_graph(make_structure([8], [[0, 0, 0]]))
    apart = build_graph(make_structure([8, 1, 6], [[0, 0, 0], [50, 0, 0], [0, 50, 9]]))
    out = run(model, [one, apart])
    assert torch.isfinite(out.values).all()
    torch.testing.assert_close(out.ga_scores[0], torch.ones(2, dtype=torch.float64))
    empty = run(model, [])
    assert empty.values.shape == (0, 2) and empty.ga_scores.shape == (0, 2)


@pytest.mark.parametrize("settings", VARIANTS)
def test_lonely_atoms_have_finite_gradients(settings: dict) -> None:
    model = network(**settings).train()
    model(collate(random_graphs((1, 6))).to(torch.float64)).values.sum().backward()
    assert all(torch.isfinite(w.grad).all() for w in model.parameters() if w.grad is not None)


def test_an_extensive_value_grows_with_the_structure() -> None:
    model = network()
    graph = random_graphs((6,))[0]
    single = run(model, [graph]).contributions.sum(0).numpy()
    twice = Graph(
        numbers=np.tile(graph.numbers, 2),
        i=np.concatenate([graph.i, graph.i + 6]),
        j=np.concatenate([graph.j, graph.j + 6]),
        distance=np.tile(graph.distance, 2),
        direction=np.tile(graph.direction, (2, 1)),
        solid_angle=np.tile(graph.solid_angle, 2),
        ratio=np.tile(graph.ratio, 2),
        weight=np.tile(graph.weight, 2),
    )
    double = run(model, [twice]).contributions.sum(0).numpy()
    # The attention sees one copy more than before, so the read-out is not exactly the same.
    assert double[1] == pytest.approx(2 * single[1], rel=0.05)
    assert double[0] == pytest.approx(single[0], rel=0.2, abs=0.05)


@pytest.mark.parametrize("settings", VARIANTS)
def test_blocks_change_nothing(settings: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    model, graphs = network(**settings), random_graphs((9, 1, 40, 3, 25))
    whole = run(model, graphs)
    monkeypatch.setattr("gamnet.network.scann.BLOCK_EDGES", 50)
    monkeypatch.setattr("gamnet.network.scann.BLOCK_ATOMS", 7)
    blocks = run(model, graphs)
    batch = collate(graphs).to(torch.float64)
    with torch.no_grad():
        kept = model(batch, keep_layers=True)
    for out in (blocks, kept):
        for name in ("values", "ga_scores", "contributions", "atoms", "structures"):
            if getattr(whole, name) is not None:
                torch.testing.assert_close(getattr(out, name), getattr(whole, name))
    monkeypatch.undo()
    with torch.no_grad():
        layers = model(batch, keep_layers=True).layers
    for one, other in zip(kept.layers, layers, strict=True):
        for field in fields(one):
            torch.testing.assert_close(getattr(one, field.name), getattr(other, field.name))


@pytest.mark.parametrize("settings", VARIANTS)
def test_padding_changes_nothing(settings: dict) -> None:
    model, batch = network(**settings), collate(random_graphs((9, 1, 6))).to(torch.float64)
    with torch.no_grad():
        plain, longer = model(batch), model(padded(batch, 32, 64))
    torch.testing.assert_close(longer.values[:3], plain.values)
    torch.testing.assert_close(longer.ga_scores[:16], plain.ga_scores)
    model.train()(padded(batch, 32, 64)).values[:3].sum().backward()
    assert all(torch.isfinite(w.grad).all() for w in model.parameters() if w.grad is not None)


def test_layers_are_given_on_request() -> None:
    graphs = random_graphs((8, 4))
    batch: GraphBatch = collate(graphs).to(torch.float64)
    with torch.no_grad():
        out = network()(batch, keep_layers=True)
    assert len(out.layers) == 2
    total = torch.zeros(12, 2, dtype=torch.float64).index_add(0, batch.i, out.layers[0].attention)
    torch.testing.assert_close(total, torch.ones_like(total))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"variant": "scan"}, "variant is 'scan'.*base, plus"),
        ({"n_heads": 3}, "16 is not divisible by n_heads 3"),
        ({"head": "mean"}, "head is 'mean'.*paper, additive"),
        ({"variant": "base", "n_angular": 4}, "n_angular is 4, but variant base.*Use variant plus"),
    ],
)
def test_bad_settings_are_named(settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        network(**settings)


def test_a_reference_model_that_is_not_ours_is_refused(golden) -> None:
    described = json.loads((golden / "base_ganorm.json").read_text())["config"]
    with pytest.raises(ConfigError, match="use_ring = True"):
        from_reference({**described, "use_ring": True}, {}, VALUE)
    with pytest.raises(ConfigError, match="no weight 'embed_atom.embeddings'"):
        from_reference(described, {}, VALUE)
