"""Published model files: converted to 1e-5 of the reference's outputs, or refused with a reason."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from ase.data import chemical_symbols
from records import LUMO
from typer.testing import CliRunner

from benchmarks.reference import TOLERANCE, differences
from gamnet.commands.main import main
from gamnet.errors import CheckpointError, ConfigError
from gamnet.network.paper.convert import convert_file
from gamnet.network.paper.keras import read_weights
from gamnet.prediction.shipped import load_one
from gamnet.structures.structure import make_structure


@pytest.mark.parametrize("pair", ["base_ganorm", "plus_noganorm"])
def test_a_converted_file_computes_what_the_reference_computed(
    golden: Path, tmp_path: Path, pair: str
) -> None:
    output = tmp_path / "m.safetensors"
    convert_file(golden / f"{pair}.h5", golden / f"{pair}.json", output, LUMO)
    model = load_one(str(output))
    assert model.properties == (LUMO,) and model.elements[:9] == tuple(chemical_symbols[1:10])
    arrays = dict(np.load(golden / f"{pair}.npz"))
    assert max(differences(model.network, arrays).values()) <= TOLERANCE
    water = make_structure([8, 1, 1], [[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]])
    (prediction,) = model.predict([water])
    # The paper's head is not additive: it has scores, and no contributions.
    assert prediction["lumo"].contributions is None
    assert prediction["lumo"].ga_scores.sum() == pytest.approx(1, abs=1e-5)


def test_roles_are_found_without_their_list(golden: Path) -> None:
    arrays = np.load(golden / "plus_noganorm.npz")
    weights = read_weights(golden / "plus_noganorm.h5")
    expected = {name[2:] for name in arrays.files if name.startswith("w/")}
    assert set(weights) == expected
    for role, weight in weights.items():
        np.testing.assert_array_equal(weight, arrays[f"w/{role}"])


def test_layers_may_be_numbered_from_anywhere(golden: Path, tmp_path: Path) -> None:
    """The second model of a Keras session starts at local_attention_2, dense_4, ..."""
    shift = {"local_attention": 9, "residual_norm": 9, "dense": 98, "layer_normalization": 98}

    def renamed(part: str) -> str:
        stem, _, number = part.rpartition("_")
        stem, number = (stem, int(number)) if number.isdigit() else (part, 0)
        return f"{stem}_{number + shift[stem]}" if stem in shift else part

    with h5py.File(golden / "base_ganorm.h5") as old, h5py.File(tmp_path / "n.h5", "w") as new:

        def copy(name: str, item: object) -> None:
            if isinstance(item, h5py.Dataset):
                new["/".join(renamed(part) for part in name.split("/"))] = item[()]

        old.visititems(copy)
    ours, theirs = read_weights(tmp_path / "n.h5"), read_weights(golden / "base_ganorm.h5")
    assert set(ours) == set(theirs)
    assert all(np.array_equal(ours[role], theirs[role]) for role in theirs)


def test_the_command_line(golden: Path, tmp_path: Path) -> None:
    config = json.loads((golden / "base_ganorm.json").read_text())["config"]
    (tmp_path / "c.yaml").write_text(yaml.safe_dump({"model": config, "target": "gap"}))
    arguments = ["convert", str(golden / "base_ganorm.h5"), str(tmp_path / "c.yaml")]
    output = ["-o", str(tmp_path / "gap.safetensors")]
    result = CliRunner().invoke(main, [*arguments, *output])
    assert result.exit_code == 2 and "Say which with --dataset" in result.stderr
    result = CliRunner().invoke(main, [*arguments, *output, "--dataset", "qm9"])
    assert result.exit_code == 0, result.output
    converted = load_one(str(tmp_path / "gap.safetensors"))
    assert converted.property_ids == ("gap",) and converted.dataset == "qm9"
    # What QM9's training split holds, by its formulas.
    assert converted.elements == ("H", "C", "N", "O", "F")
    assert converted.info.domain == load_one("qm9").info.domain
    result = CliRunner().invoke(
        main, [*arguments, "--dataset", "qm9", "-o", str(tmp_path / "gap.pt")]
    )
    assert result.exit_code == 2 and "NAME.safetensors" in result.stderr
    plain = [
        *arguments[:2],
        str(golden / "base_ganorm.json"),
        "-o",
        str(tmp_path / "m.safetensors"),
    ]
    result = CliRunner().invoke(main, plain)
    assert result.exit_code == 2 and "names no property" in result.stderr
    result = CliRunner().invoke(main, [*plain, "--property", "spin"])
    assert result.exit_code == 2 and "0 data sets have the property 'spin'" in result.stderr


def test_what_cannot_be_converted_is_refused(golden: Path, tmp_path: Path) -> None:
    output = tmp_path / "m.safetensors"
    config, weights = golden / "base_ganorm.json", golden / "base_ganorm.h5"
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(CheckpointError, match="not a readable HDF5 file"):
        convert_file(tmp_path / "text.h5", config, output, LUMO)
    with pytest.raises(CheckpointError, match="No model file"):
        convert_file(tmp_path / "absent.h5", config, output, LUMO)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["model_weights/conv2d/conv2d/kernel:0"] = np.zeros(3)
    with pytest.raises(CheckpointError, match="unknown weight.*conv2d"):
        convert_file(tmp_path / "other.h5", config, output, LUMO)
    with h5py.File(tmp_path / "loose.h5", "w") as file:
        file["table"] = np.zeros(3)
    with pytest.raises(CheckpointError, match="unknown weight 'table'"):
        convert_file(tmp_path / "loose.h5", config, output, LUMO)
    with pytest.raises(ConfigError, match="No configuration file"):
        convert_file(weights, tmp_path / "absent.yaml", output, LUMO)
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match="neither YAML nor JSON"):
        convert_file(weights, tmp_path / "bad.yaml", output, LUMO)
    # Settings of another model: the weights do not fit.
    plus = golden / "plus_noganorm.json"
    with pytest.raises(ConfigError, match="no weight 'neighbor_d.kernel'"):
        convert_file(weights, plus, output, LUMO)
    settings = json.loads(config.read_text())["config"]
    (tmp_path / "wide.yaml").write_text(yaml.safe_dump({**settings, "n_atoms": 12}))
    with pytest.raises(ConfigError, match="do not fit its configuration"):
        convert_file(weights, tmp_path / "wide.yaml", output, LUMO)
    assert not output.exists()
