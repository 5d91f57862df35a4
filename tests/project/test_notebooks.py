"""The notebooks run from start to end, and print what they hold: `make notebooks` renews them."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def printed(notebook: nbformat.NotebookNode) -> list[str]:
    """What the code cells show as text; a 3D view shows no text of its own."""
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            texts.append("" if "py3Dmol" in text else text)
    return texts


def test_there_are_notebooks() -> None:
    assert {path.stem for path in NOTEBOOKS} >= {"quick_start", "explanation"}


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_holds(path: Path) -> None:
    kept = nbformat.read(path, as_version=4)
    run = nbformat.read(path, as_version=4)
    for cell in run.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(run, timeout=300, kernel_name="python3", resources=folder).execute()
    assert printed(run) == printed(kept)
    assert any(printed(kept))
