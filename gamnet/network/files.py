"""Model files: safetensors with everything needed to rebuild the network in the header."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gamnet.errors import CheckpointError
from gamnet.graphs.voronoi import NeighborRule
from gamnet.network.config import GAMNetConfig
from gamnet.network.scann import GAMNet

SUFFIX = ".safetensors"


FORMAT = "gamnet-1"


@dataclass(frozen=True)
class ModelInfo:
    """What a model file says of itself, beside its weights.

    dataset : name of the data set.  elements : atomic numbers seen in training.
    max_atoms : size of the largest structure seen in training, 0 if unknown.
    periodic : trained on crystals.
    rule : neighbour rule of its graphs.  trained : training settings, for the record.
    """

    config: GAMNetConfig
    dataset: str
    elements: tuple[int, ...]
    max_atoms: int
    periodic: bool
    rule: NeighborRule
    trained: dict[str, object]


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_model(path: Path, state: dict[str, Tensor], info: ModelInfo) -> None:
    """Write weights and their description; the file appears only when complete."""
    header = {"format": FORMAT, "info": json.dumps(asdict(info))}
    temporary = path.with_suffix(".partial")
    save_file({name: t.contiguous() for name, t in state.items()}, temporary, metadata=header)
    temporary.replace(path)


def load_model(path: Path, sha256: str | None = None) -> tuple[GAMNet, ModelInfo]:
    """Rebuild the network of a model file, in evaluation mode, strictly.

    Raises CheckpointError if the file is missing, unreadable, not ours, differs from `sha256`,
    or does not hold exactly the weights that its configuration asks for.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"No model file '{path}'", "Check the name, or train the model")
    if sha256 is not None and sha256_of(path) != sha256:
        raise CheckpointError(
            f"The model file '{path.name}' is not the one that was shipped (its SHA-256 differs)",
            "Fetch it again",
        )
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"'{path.name}' is not a readable safetensors file ({error})", "Fetch it again"
        ) from error
    if header.get("format") != FORMAT:
        raise CheckpointError(
            f"'{path.name}' is not a GAMNet model",
            f"Its header must say format {FORMAT}, it says {header.get('format')}",
        )
    try:
        raw = json.loads(header["info"])
        info = ModelInfo(
            config=GAMNetConfig(**raw["config"]),
            dataset=raw["dataset"],
            elements=tuple(raw["elements"]),
            max_atoms=raw["max_atoms"],
            periodic=raw["periodic"],
            rule=NeighborRule(**raw["rule"]),
            trained=raw["trained"],
        )
        model = GAMNet(info.config)
        model.load_state_dict(state, strict=True)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"The header of '{path.name}' does not fit its weights ({error})",
            "Use the version of gamnet that wrote it",
        ) from error
    return model.eval(), info
