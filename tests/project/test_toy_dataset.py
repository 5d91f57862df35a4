"""A data set that no code knows, from its files to every page: two invented properties.

One is per atom, the other has a unit of 12 characters. Everything happens as a visitor does it:
structure files, a YAML file that says what is in them, the commands, publishing, the pages.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from apptest import healthy, opened, page, scenes, texts
from ase import Atoms
from ase.io import write
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from gamnet import datasets
from gamnet.atlas.build import build_atlas
from gamnet.atlas.tables import read_atlas, shipped_folder
from gamnet.commands.main import main
from gamnet.datasets.described import Described
from gamnet.prediction import shipped
from gamnet.prediction.shipped import load_one
from gamnet.publishing.cards import BEGIN, END
from gamnet.publishing.publish import publish
from gamnet.screening.items import open_part
from gamnet.structures.reading import SCHEMES
from gamnet_app.models import state as models_state
from gamnet_app.shared import session

N = 100
UNIT = "kJ/(mol A^3)"
ENERGY = {1: -1.0, 8: -3.0, 17: 0.5}  # of an atom, invented


def clusters() -> list[Atoms]:
    """Chains of H, O and Cl: chi is the mean energy of their atoms, zeta falls with the bond."""
    rng = np.random.default_rng(7)
    found = []
    for k in range(N):
        n = int(rng.integers(3, 8))
        numbers = rng.choice(list(ENERGY), n)
        step = rng.uniform(1.2, 1.9)
        positions = step * np.eye(3)[rng.integers(0, 3, n)].cumsum(axis=0)
        atoms = Atoms(numbers, positions + rng.uniform(-0.05, 0.05, (n, 3)))
        chi = float(np.mean([ENERGY[z] for z in numbers.tolist()]))
        atoms.info = {"label": f"toy-{k:03d}", "chi": chi, "z": 100 / step}
        found.append(atoms)
    return found


DESCRIPTION = {
    "name": "toy",
    "title": "Toy clusters",
    "citation": "A. Nonymous, J. Invented Res. 1, 1 (2026)",
    "files": ["*.extxyz"],
    "id": "label",
    "split": {"seed": 1, "train": 0.6, "validation": 0.2},
    "cutoff": 3.5,
    "properties": [
        {
            "id": "chi", "symbol": "χ", "name": "Invented energy", "unit": "eV/atom",
            "display_unit": "meV/atom", "display_factor": 1000.0, "scaling": "per_atom",
        },
        {
            "id": "zeta", "key": "z", "symbol": "ζ", "name": "Invented stiffness", "unit": UNIT,
            "scaling": "intensive", "meaning": "How hard it is to imagine", "level": "by hand",
        },
    ],
}  # fmt: skip
CONFIG = {
    "name": "toy",
    "dataset": "toy.yaml",
    "model": {"dim": 16, "n_heads": 2, "n_layers": 2, "embedding_dim": 8, "head_dim": 16},
    "epochs": 3, "batch_size": 6, "warmup_steps": 2, "processes": 1,
}  # fmt: skip


def flat(points: np.ndarray) -> np.ndarray:
    """Stands in for UMAP, whose compilation takes longer than all of this."""
    return points[:, :2]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def forget() -> None:
    cached = (
        session.model, session.model_cards, session._domains, models_state.predictions,
        models_state.curve, models_state.card,
    )  # fmt: skip
    for function in cached:
        function.clear()


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data set prepared, a model of it trained, published and mapped, and nothing else."""
    folder = tmp_path_factory.mktemp("toy")
    write(folder / "a.extxyz", clusters()[:70])
    write(folder / "b.extxyz", clusters()[70:])
    (folder / "toy.yaml").write_text(yaml.safe_dump(DESCRIPTION))
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    pretrained = folder / "pretrained"
    (pretrained / "toy").mkdir(parents=True)
    (pretrained / "toy" / shipped.CARD).write_text(f"# Model card: toy\n\n{BEGIN}\n{END}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAMNET_HOME", str(folder / "home"))
        patch.setattr(shipped, "PRETRAINED", pretrained)
        for registry in (datasets.DATASETS, SCHEMES):
            patch.setitem(registry, "toy", None)  # so that it is forgotten at the end
            del registry["toy"]
        forget()
        run("prepare", str(folder / "toy.yaml"))
        run("train", str(folder / "config.yaml"), "--output", str(folder / "run"))
        publish(folder / "run" / "toy.safetensors")
        build_atlas(load_one("toy"), shipped_folder("toy"), progress=False, embed=flat)
        yield folder
    forget()


def test_prepare_and_evaluate_know_it_by_name(toy: Path) -> None:
    source = datasets.get_dataset("toy")
    assert isinstance(source, Described) and len(source.table()) == N
    found = json.loads(run("evaluate", "toy", "--json"))
    assert found["n"] == 20 and found["mae"]["chi"]["unit"] == "meV/atom"
    assert found["mae"]["zeta"]["unit"] == UNIT
    stated = shipped.available()["toy"]
    assert stated["test"]["mae"]["chi"]["value"] == pytest.approx(found["mae"]["chi"]["value"])


def test_what_is_per_atom_is_learnt_as_such(toy: Path) -> None:
    """The composition says all of chi: whatever is trained, its reference is exact already."""
    source, model = datasets.get_dataset("toy"), load_one("toy")
    table = source.table()
    predictions = model.predict([source.structure(id) for id in table.index])
    chi = [prediction["chi"].value for prediction in predictions]
    assert np.corrcoef(chi, table["chi"])[0, 1] > 0.99
    for prediction in predictions[:5]:
        predicted = prediction["chi"]
        total = predicted.baseline + predicted.contributions.sum()
        assert total == pytest.approx(predicted.value, abs=1e-5)
        assert prediction["zeta"].property.unit == UNIT


def test_it_is_predicted_by_the_model_that_fits(toy: Path, tmp_path: Path) -> None:
    write(tmp_path / "new.xyz", clusters()[5])
    record, other = json.loads(run("predict", str(tmp_path / "new.xyz"), "toy:toy-005",
                                   "--format", "json"))  # fmt: skip
    assert record["model"] == other["model"] == "toy"
    assert set(record["properties"]) == {"chi", "zeta"}
    assert record["properties"]["zeta"]["unit"] == UNIT
    assert record["properties"]["chi"]["value"] == pytest.approx(
        other["properties"]["chi"]["value"], abs=1e-5
    )
    assert UNIT in run("predict", "toy:toy-005") or "kJ" in run("predict", "toy:toy-005")


def test_a_report_of_it(toy: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    run("predict", "toy:toy-001", "toy:toy-002", "--format", "html", "-o", str(path))
    text = path.read_text(encoding="utf-8")
    assert "Invented energy" in text and UNIT in text and "meV/atom" in text
    assert "J. Invented Res. 1, 1 (2026)" in text and "140022" not in text


def test_an_atlas_of_it(toy: Path) -> None:
    atlas = read_atlas(shipped_folder("toy"))
    assert (atlas.info.title, atlas.info.bonded, atlas.info.complete) == ("Toy clusters", False, 1)
    assert atlas.info.elements == ("H", "O", "Cl")
    assert set(atlas.molecules["id"]) == {atoms.info["label"] for atoms in clusters()}
    assert not {"smiles", "n_rings"} & set(atlas.molecules)
    counts = atlas.molecules[["n_H", "n_O", "n_Cl"]].sum(axis=1)
    assert (counts == atlas.molecules["n_atoms"]).all()
    assert set(atlas.environments["neighbours"].astype(str)) <= set("0123456")
    assert atlas.environments["n_atoms"].sum() == sum(len(atoms) for atoms in clusters())


def test_a_list_of_its_ids(toy: Path) -> None:
    part = open_part(b"name,what\nfirst,toy:toy-001\nsecond,toy:toy-002\nthird,toy:none\n", "l.csv")
    found = [item.structure for item in part.items(None)]
    assert [getattr(s, "source", "") for s in found[:2]] == ["toy:toy-001", "toy:toy-002"]
    assert "No structure 'none' in Toy clusters" in found[2].error


# --- every page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["numbers", "attention", "truth", "whatif"])
def test_page_explain(toy: Path, section: str) -> None:
    app = page()
    opened(app, structure="toy:toy-003", section=section, atoms="1", property="zeta")
    shown = texts(app)
    assert "Toy clusters toy-003" in shown
    cards = [element.proto.body for element in app.get("html") if "typical error" in str(element)]
    assert len(scenes(app)) >= 1 and (not cards or any("kJ" in card for card in cards))
    assert app.segmented_control(key="property").options == ["χ", "ζ"]


def test_page_explain_searches_it(toy: Path) -> None:
    app = page()
    opened(app, structure="toy:toy-003")
    assert app.segmented_control(key="dataset").value == "toy"
    healthy(app.text_input(key="dataset_query").set_value("toy-0").run())
    assert "Nothing in Toy clusters matches" in texts(app)
    healthy(app.text_input(key="dataset_query").set_value("toy-010").run())
    assert app.query_params["structure"] == ["toy:toy-010"] or "toy-010" in texts(app)
    healthy(app.text_input(key="dataset_query").set_value("").run())
    healthy(app.button_group(key="toy_ranged").set_value(["chi"]).run())
    assert set(app.dataframe[0].value) >= {"id", "formula", "chi", "zeta"}


@pytest.mark.parametrize("tab", ["molecules", "atoms", "environments"])
def test_page_explore(toy: Path, tab: str) -> None:
    app = page("explore")
    opened(app, tab=tab)
    assert f"{N} of {N} structures" in texts(app)
    if tab == "environments":
        assert "coordination number" in json.dumps(
            [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
        )


def test_page_models(toy: Path) -> None:
    for view in ("parity", "errors", "sure", "curve", "faithfulness", "card"):
        app = page("models")
        opened(app, view=view)
        assert list(app.table[0].value["Symbol"]) == ["χ", "ζ"]
        assert list(app.table[0].value.columns) == ["Property", "Symbol", "This model"]


def test_page_compare(toy: Path) -> None:
    app = page("compare")
    opened(app, structures=["toy:toy-003", "toy:toy-004"])
    assert "Toy clusters toy-003" in texts(app) and len(scenes(app)) >= 2
    app = page("compare")
    opened(app, compare="properties", structures=["toy:toy-003"])
    assert "Invented stiffness" in texts(app)


def test_page_batch(toy: Path) -> None:
    app: AppTest = page("batch")
    opened(app)
    app.segmented_control(key="batch_origin").set_value("paste").run()
    app.text_area(key="batch_text").set_value("toy:toy-001 one\ntoy:toy-002 two").run()
    healthy(app.button(key="batch_start").click().run())
    app.session_state["batch_job"].wait(60)
    healthy(app.run())
    frame = app.dataframe[0].value
    assert frame[f"zeta [{UNIT}]"].notna().all() and frame[f"zeta reference [{UNIT}]"].notna().all()
    assert frame["id"].tolist() == ["one", "two"]


def test_page_trajectory(toy: Path) -> None:
    app = page("trajectory")
    opened(app)
    app.segmented_control[0].set_value("file").run()
    frames = Path(toy / "a.extxyz").read_bytes()
    app.file_uploader(key="trajectory_file").upload("run.extxyz", frames, "chemical/x-xyz")
    healthy(app.run())
    assert "Model toy, trained on Toy clusters" in texts(app)


def test_no_product_code_knows_it(checkout: Path) -> None:
    found = [
        path
        for folder in ("gamnet", "app")
        for path in (checkout / folder).rglob("*.py")
        if "toy" in path.read_text(encoding="utf-8").lower().split()
    ]
    assert not found
