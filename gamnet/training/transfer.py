"""Transfer: a network that begins with the trunk of another, and with some of its heads."""

from collections.abc import Iterable
from pathlib import Path

from torch import Tensor

from gamnet.errors import ConfigError
from gamnet.network.files import load_model
from gamnet.network.interface import Network
from gamnet.properties import find_property

# Atomic numbers of the noble gases: the ends of the periods.
_NOBLE = (2, 10, 18, 36, 54, 86, 118)


def take_trunk(model: Network, path: Path, heads: Iterable[str] = ()) -> None:
    """Begin with the trunk of a model file, and with its heads of some properties.

    An element that the file was not trained on begins as the one above it in the periodic table.
    heads : ids of intensive properties that both have; their units are taken, too.
    Raises ConfigError if the trunk does not fit, or a head cannot be taken.
    """
    trained, info = load_model(path)
    own = {name: weight for name, weight in model.state_dict().items() if model.of_trunk(name)}
    theirs = {name: w for name, w in trained.state_dict().items() if trained.of_trunk(name)}
    for name in filter(model.of_elements, theirs):
        theirs[name] = with_elements(theirs[name], info.domain.numbers, own[name])
    shapes, found = ({name: tuple(w.shape) for name, w in part.items()} for part in (own, theirs))
    if not own or shapes != found:
        strange = sorted(set(shapes.items()) ^ set(found.items()))
        raise ConfigError(
            f"The trunk of '{path}' is another than the configuration asks for "
            f"({strange[0][0] if strange else 'this network has none'})",
            f"Its model settings are {trained.config.to_dict()}",
        )
    model.load_state_dict({**model.state_dict(), **theirs}, strict=True)
    for property_id in heads:
        _take_head(model, trained, property_id)


def _take_head(model: Network, trained: Network, property_id: str) -> None:
    places = []
    for network in (model, trained):
        prop = find_property(network.config.heads, property_id)
        if prop.scaling != "intensive":
            raise ConfigError(
                f"The head of '{property_id}' depends on the elements ({prop.scaling})",
                "Leave it out of trunk_heads",
            )
        places.append((network.config.heads.index(prop), len(network.config.heads)))
    (own, n_own), (its, n_its) = places
    state, source = model.state_dict(), trained.state_dict()
    for name in filter(model.of_heads, state):
        if name == "element_reference":  # 0 for what is intensive
            continue
        target = state[name].view(n_own, -1, *state[name].shape[1:])
        rows = source[name].view(n_its, -1, *source[name].shape[1:])[its]
        if target[own].shape != rows.shape:
            raise ConfigError(
                f"The head of '{property_id}' has another size in the trunk's model ({name})",
                "Leave it out of trunk_heads",
            )
        target[own] = rows  # a view of the weight itself


def with_elements(weight: Tensor, known: Iterable[int], fresh: Tensor) -> Tensor:
    """Rows for the atomic numbers of `fresh`: those of `weight` for what it was trained on.

    Any other begins as its lighter homologue (S as O), or fresh where that was not trained either.
    """
    trained = set(known)
    rows = fresh.clone()  # [n_z, d]
    for number in range(1, len(rows)):
        source: int | None = number
        while source is not None and source not in trained:
            source = lighter_homologue(source)
        if source is not None and source < len(weight):
            rows[number] = weight[source]
    return rows


def lighter_homologue(number: int) -> int | None:
    """The element above in the periodic table, None for H, He, the first d and the f elements."""
    period = next(k for k, last in enumerate(_NOBLE) if number <= last)
    if period < 2:  # H and He are no homologues but of Li and Ne
        return {3: 1, 10: 2}.get(number)
    first, above_first = _NOBLE[period - 1] + 1, _NOBLE[period - 2] + 1
    if number < first + 2:  # s block, counted from the left
        return above_first + number - first
    above = _NOBLE[period - 1] - (_NOBLE[period] - number)  # p and d blocks, from the right
    return above if above >= above_first + 2 else None
