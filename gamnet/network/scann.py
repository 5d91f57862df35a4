"""The whole network: embedding, local attention layers, global-attention heads.

Equations: Vu et al., npj Comput. Mater. 9, 215 (2023), "SCANN" (variant base) and "SCANN+"
(variant plus). Shapes as in `gamnet.network.interface`, and m = n_angular. swish(x) = x sigmoid(x).
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from gamnet.graphs.graph import GraphBatch
from gamnet.network.angles import AngularFeatures, harmonics
from gamnet.network.config import GAMNetConfig
from gamnet.network.interface import LayerOutput, Network, NetworkOutput
from gamnet.network.segment import segment_softmax, segment_sum, weighted_softmax

NORM_EPS = 1e-6
GA_NORM_EPS = 1e-12  # keeps the L2 norm of a one-atom structure, whose energy is 0, from 0 / 0
RBF_WIDTH = 0.25  # of the exponent's denominator, A^2 and sr^2
BLOCK_ATOMS = 8192  # likewise, of the tensors that are as wide as all GA heads
BLOCK_EDGES = 8192  # edges worked on at a time without gradients: 4 MB per tensor of width 128


class RadialBasis(nn.Module):
    """Gaussians exp(-(x - c)^2 / 0.25), centres evenly on 0..end: [e] -> [e, n_rbf]."""

    centres: Tensor

    def __init__(self, end: float, n_rbf: int) -> None:
        super().__init__()
        self.register_buffer("centres", torch.linspace(0, end, n_rbf), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.exp(-((x.unsqueeze(1) - self.centres) ** 2) / RBF_WIDTH)  # [e, n_rbf]


def _blocks(batch: GraphBatch) -> list[tuple[slice, slice]]:
    """Atoms and their edges to work on at a time: all, or in evaluation what fits the cache.

    Memory beyond the edge features is then bounded however large a structure is.
    """
    n_blocks = -(-len(batch.i) // BLOCK_EDGES)
    if torch.is_grad_enabled() or n_blocks <= 1:
        return [(slice(None), slice(None))]
    starts = torch.arange(0, batch.n_atoms, -(-batch.n_atoms // n_blocks), device=batch.i.device)
    atoms = [*starts.tolist(), batch.n_atoms]
    edges = [*torch.searchsorted(batch.i, starts).tolist(), len(batch.i)]
    return [
        (slice(atoms[k], atoms[k + 1]), slice(edges[k], edges[k + 1])) for k in range(len(starts))
    ]


def _atom_blocks(n_atoms: int) -> list[slice]:
    """As `_blocks`, where only atoms count."""
    if torch.is_grad_enabled() or n_atoms <= BLOCK_ATOMS:
        return [slice(None)]
    return [slice(k, k + BLOCK_ATOMS) for k in range(0, n_atoms, BLOCK_ATOMS)]


def _joined(parts: Iterable[Tensor]) -> Tensor:
    found = list(parts)
    return found[0] if len(found) == 1 else torch.cat(found)


def _summed(parts: Iterable[Tensor]) -> Tensor:
    first, *others = parts
    for other in others:
        first = first + other
    return first


class LocalAttention(nn.Module):
    """One layer: multi-head attention of each atom over its Voronoi neighbours, then a residual.

    key_ij = W_k (x_j * g_ij), which is the value as well; a_ij = softmax_j (q_i . key_ij /
    sqrt(d / h)), in which each neighbour counts by its weight; context_i = LN(sum_j a_ij key_ij +
    q_i); x_i <- LN(context_i + FFN(context_i)).
    Base: g_ij = swish(W rbf(d_ij)) * ratio_ij. Plus: g <- LN(swish(W [x_i; g; x_j]) + g), where
    the angles at both ends may be added to W [x_i; g; x_j].
    """

    def __init__(self, config: GAMNetConfig) -> None:
        super().__init__()
        dim = config.dim
        self.n_heads = config.n_heads
        self.plus = config.variant == "plus"
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.angles: AngularFeatures | None = None
        if self.plus:
            # Linear([x_i; g; x_j]) as three parts: the atoms' products are made once per atom
            # and gathered, instead of once per edge.
            self.filter_centre = nn.Linear(dim, dim, bias=False)
            self.filter = nn.Linear(dim, dim)
            self.filter_neighbor = nn.Linear(dim, dim, bias=False)
            self.norm_geometry = nn.LayerNorm(dim, eps=NORM_EPS)
            if config.n_angular:
                self.angles = AngularFeatures(dim, config.n_angular)
        else:
            self.filter = nn.Linear(config.n_rbf, dim)
        self.norm_context = nn.LayerNorm(dim, eps=NORM_EPS)
        self.ffn1 = nn.Linear(dim, dim)
        self.ffn2 = nn.Linear(dim, dim)
        self.norm_out = nn.LayerNorm(dim, eps=NORM_EPS)

    def forward(
        self, x: Tensor, g: Tensor, y: Tensor, batch: GraphBatch, keep: bool = True
    ) -> LayerOutput:
        """x [n, d]; g [e, n_rbf] radial basis (base) or [e, d] edge features (plus).

        y [e, 8], harmonics of the edges' directions; only a layer that sees angles reads them.
        keep : whether all of the output is wanted, or only `atoms` and, in the place of g, the next
            layer's edge features: of a large structure these alone fill the memory.
        """
        # Of centres and of neighbours, [n, d] each.
        ends = (self.filter_centre(x), self.filter_neighbor(x)) if self.plus else None
        blocks = _blocks(batch)
        keep = keep or len(blocks) == 1
        parts: list[LayerOutput] = []
        angles, moments = self.angles, None
        if angles is not None:
            moments = self._moments(angles, g, y, batch, blocks)  # [n, 8 m]
        for atoms, edges in blocks:
            i, j = batch.i[edges], batch.j[edges]
            if ends is not None:
                edge = self.filter(g[edges])  # [e, d]
                edge = edge + ends[0].index_select(0, i) + ends[1].index_select(0, j)
                if angles is not None:
                    edge = edge + angles(moments, y[edges], i, j)
                geometry = self.norm_geometry(functional.silu(edge) + g[edges])  # [e, d]
            else:
                ratio = batch.ratio[edges].unsqueeze(1)  # [e, 1]
                geometry = functional.silu(self.filter(g[edges])) * ratio  # [e, d]
            query = self.query(x[atoms])  # [n, d]
            key = self.key(x.index_select(0, j) * geometry)  # [e, d]
            attention, gathered = self._attend(
                query, key, batch.weight[edges], i - (atoms.start or 0)
            )
            context = self.norm_context(gathered + query)  # [n, d]
            hidden = functional.silu(self.ffn1(context))
            out = self.norm_out(context + self.ffn2(hidden))  # [n, d]
            if not keep:
                if self.plus:
                    g[edges] = geometry
                geometry, attention, context = geometry[:0], attention[:0], context[:0]
            parts.append(LayerOutput(attention, geometry, context, out))
        if len(parts) == 1:
            return parts[0]
        names = [field.name for field in fields(LayerOutput)]
        whole = LayerOutput(*(torch.cat([getattr(p, name) for p in parts]) for name in names))
        return whole if keep else replace(whole, geometry=g)

    def _moments(
        self,
        angles: AngularFeatures,
        g: Tensor,
        y: Tensor,
        batch: GraphBatch,
        blocks: list[tuple[slice, slice]],
    ) -> Tensor:
        """Moments of the directions of every atom's neighbours, [n, 8 m]."""
        parts = [
            angles.moments(
                g[edges],
                y[edges],
                batch.weight[edges],
                batch.i[edges] - (atoms.start or 0),
                len(batch.numbers[atoms]),
            )  # fmt: skip
            for atoms, edges in blocks
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _attend(
        self, query: Tensor, key: Tensor, weight: Tensor, i: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Attention [e, h] and gathered keys [n, d].

        query [n, d], key [e, d], weight [e], centres i [e].
        """
        n, d = query.shape
        width = d // self.n_heads
        scaled = (query * width**-0.5).index_select(0, i)  # [e, d]
        energy = (scaled * key).view(-1, self.n_heads, width).sum(-1)  # [e, h]
        attention = weighted_softmax(energy, weight, i, n)  # [e, h]
        value = key.view(-1, self.n_heads, width) * attention.unsqueeze(-1)  # [e, h, d / h]
        return attention, segment_sum(value.view(-1, d), i, n)  # [e, d] -> [n, d]


class GlobalAttention(nn.Module):
    """The GA heads, computed together.

    Energy e_i = k_i . sum_{j != i} q_j = k_i . (Q - q_i) with Q = sum_j q_j: linear in the number
    of atoms; `ga_energy` says how it is scaled, and "mean" takes Q itself.
    GA score s_i = softmax_i(e_i). Read-out f(k) = w . swish(W k + b) + c:
    paper f(sum_i s_i k_i), additive sum_i s_i f(k_i).
    """

    def __init__(self, config: GAMNetConfig) -> None:
        super().__init__()
        self.config = config
        q, d, m = len(config.heads), config.dim, config.head_dim
        self.query = nn.Linear(d, q * d)
        self.key = nn.Linear(d, q * d)
        self.hidden_weight = nn.Parameter(torch.empty(q, d, m))
        self.hidden_bias = nn.Parameter(torch.zeros(q, m))
        self.value_weight = nn.Parameter(torch.empty(q, m))
        self.value_bias = nn.Parameter(torch.zeros(q))
        for weight in (self.hidden_weight, self.value_weight):
            nn.init.uniform_(weight, -(d**-0.5), d**-0.5)

    def energies(
        self, query: Tensor, key: Tensor, total: Tensor, structure: Tensor, n_atoms_of: Tensor
    ) -> Tensor:
        """Energies [n, q] before the norm, from queries and keys [n, q, d] of atoms.

        total [s, q, d], sums of the queries of each structure.  structure [n].  n_atoms_of [s].
        """
        others = total.index_select(0, structure)  # [n, q, d]
        counted = n_atoms_of  # [s]
        if self.config.ga_energy != "mean":
            others, counted = others - query, (counted - 1).clamp(min=1)
        energy = (key * others).sum(-1)  # [n, q]
        if self.config.ga_energy != "sum":
            count = counted.index_select(0, structure)  # [n]
            energy = energy / (count.unsqueeze(1) * self.config.dim**0.5)
        return energy

    def local_values(self, x: Tensor) -> Tensor:
        """f(k_i) of every atom: [n, d] -> [n, q].

        The product of the two linear maps, x -> k -> W k, is made once and not per atom.
        """
        q, d, m = self.hidden_weight.shape
        to_hidden = self.hidden_weight.mT  # [q, m, d]
        weight = torch.bmm(to_hidden, self.key.weight.view(q, d, -1)).flatten(0, 1)  # [q m, d]
        shift = torch.bmm(to_hidden, self.key.bias.view(q, d, 1)).squeeze(2)  # [q, m]
        hidden = functional.linear(x, weight, (shift + self.hidden_bias).flatten())  # [n, q m]
        return self._value(hidden.view(-1, q, m))

    def read_out(self, key: Tensor) -> Tensor:
        """f of each row of keys: [s, q, d] -> [s, q]."""
        return self._value(torch.einsum("spd,pdm->spm", key, self.hidden_weight) + self.hidden_bias)

    def _value(self, hidden: Tensor) -> Tensor:
        """[r, q, m] -> [r, q]."""
        return (functional.silu(hidden) * self.value_weight).sum(-1) + self.value_bias

    def forward(self, x: Tensor, batch: GraphBatch) -> tuple[Tensor, Tensor, Tensor]:
        """x [n, d] -> GA scores [n, q], structure representation [s, q, d], read-out.

        The read-out is [n, q], local values, for the additive head and [s, q] for the paper's.
        """
        blocks = _atom_blocks(len(x))
        parts = [self._query_and_key(x[block]) for block in blocks[:1]]

        def projected(k: int) -> tuple[Tensor, Tensor]:
            """Queries and keys of a block: of a large structure never all at once."""
            return parts[0] if len(blocks) == 1 else self._query_and_key(x[blocks[k]])

        of, s = [batch.structure[block] for block in blocks], batch.n_structures
        # [n, q, d] -> [s, q, d]
        total = _summed(segment_sum(projected(k)[0], own, s) for k, own in enumerate(of))
        energy = _joined(
            self.energies(*projected(k), total, own, batch.n_atoms_of) for k, own in enumerate(of)
        )  # [n, q]
        if self.config.ga_norm:
            square = segment_sum(energy * energy, batch.structure, s)  # [s, q]
            length = torch.sqrt(square.clamp(min=GA_NORM_EPS))
            energy = energy / length.index_select(0, batch.structure)
        score = segment_softmax(energy, batch.structure, s)  # [n, q]
        attended = _summed(
            segment_sum(score[blocks[k]].unsqueeze(-1) * projected(k)[1], own, s)
            for k, own in enumerate(of)
        )
        if self.config.head == "additive":
            return score, attended, _joined(self.local_values(x[block]) for block in blocks)
        return score, attended, self.read_out(attended)

    def _query_and_key(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[n, d] -> [n, q, d] each."""
        shape = (-1, len(self.config.heads), self.config.dim)
        return self.query(x).view(shape), self.key(x).view(shape)


class GAMNet(Network):
    """The network of the paper, with either read-out (`GlobalAttention`)."""

    config: GAMNetConfig

    def __init__(self, config: GAMNetConfig) -> None:
        super().__init__(config)
        n_z = config.max_atomic_number + 1
        self.embedding = nn.Embedding(n_z, config.embedding_dim)
        self.embed = nn.Linear(config.embedding_dim, config.dim)
        self.distance_basis = RadialBasis(config.max_distance, config.n_rbf)
        if config.variant == "plus":
            self.angle_basis = RadialBasis(2 * torch.pi, config.n_rbf)
            self.edge_distance = nn.Linear(config.n_rbf, config.dim)
            self.edge_angle = nn.Linear(config.n_rbf, config.dim)
        self.layers = nn.ModuleList(LocalAttention(config) for _ in range(config.n_layers))
        self.after_local = nn.Linear(config.dim, config.dim)
        self.global_attention = GlobalAttention(config)
        self.charge = nn.Linear(config.dim, 1) if config.charges else None

    def of_trunk(self, name: str) -> bool:
        return name.startswith(("embedding.", "embed.", "edge_", "layers.", "after_local."))

    def of_heads(self, name: str) -> bool:
        return super().of_heads(name) or name.startswith("global_attention.")

    def of_elements(self, name: str) -> bool:
        return name == "embedding.weight"

    def square_weights(self) -> list[nn.Parameter]:
        """Weights made of dim x dim matrices: one, or several one below the other."""
        dim = self.config.dim
        return [
            p
            for p in self.parameters()
            if p.ndim > 1 and p.shape[-1] == dim and p.numel() % dim**2 == 0
        ]

    def repeated(self) -> Sequence[nn.Module]:
        return list(self.layers)

    def _edge_features(self, batch: GraphBatch) -> Tensor:
        """What the first layer reads of edges: [e, n_rbf] (base) or [e, d] (plus)."""
        first, *others = (edges for _, edges in _blocks(batch))
        g = self._features_of(batch, first)
        if not others:
            return g
        whole = g.new_empty(len(batch.i), g.shape[1])
        whole[first] = g
        for edges in others:
            whole[edges] = self._features_of(batch, edges)
        return whole

    def _features_of(self, batch: GraphBatch, edges: slice) -> Tensor:
        basis = self.distance_basis(batch.distance[edges])  # [e, n_rbf]
        if self.config.variant != "plus":
            return basis
        angle = functional.silu(self.edge_angle(self.angle_basis(batch.solid_angle[edges])))
        return functional.silu(self.edge_distance(basis)) * angle  # [e, d]

    def forward(self, batch: GraphBatch, keep_layers: bool = False) -> NetworkOutput:
        x = functional.silu(self.embed(self.embedding(batch.numbers)))  # [n, d]
        g = self._edge_features(batch)
        direction = batch.direction if self.config.n_angular else batch.direction[:0]
        y = harmonics(direction)  # [e, 8], or [0, 8] where no layer reads them
        layers = []
        for layer in self.layers:
            out = layer(x, g, y, batch, keep_layers)
            x = out.atoms
            if self.config.variant == "plus":
                g = out.geometry
            if keep_layers:
                layers.append(out)
        x = functional.silu(self.after_local(x))  # [n, d]
        score, attended, read_out = self.global_attention(x, batch)
        contributions = None
        if self.config.additive:
            values, contributions = self.in_units(score, read_out, batch)  # [s, p], [n, p]
        else:
            reference = segment_sum(self.references(batch), batch.structure, batch.n_structures)
            heads = self.scale * read_out + reference + self.baseline  # [s, q]
            values = self.columns.signed(heads)  # [s, p]
        score, attended = self.columns.mean(score), self.columns.mean(attended, dim=1)
        charges = self.charge(x).squeeze(1) if self.charge else None  # [n, 1] -> [n]
        return NetworkOutput(values, score, contributions, x, attended, charges, tuple(layers))
