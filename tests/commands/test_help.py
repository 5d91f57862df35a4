"""Help answers at once: showing it loads none of the libraries that take seconds."""

import json
import subprocess
import sys

import pytest
from typer.main import get_command

from gamnet.commands.main import main

COMMANDS = sorted(get_command(main).commands)
HEAVY = {
    "ase", "dask", "gemmi", "h5py", "lightning", "numpy", "pandas", "plotly", "pyarrow",
    "pymatgen", "pyscf", "rdkit", "scipy", "sklearn", "streamlit", "torch", "umap",
}  # fmt: skip
# Shows the help of every command in one process, and after each the packages loaded so far.
_SCRIPT = """
import contextlib, io, json, sys
from typer.main import get_command
from gamnet.commands.main import main

loaded = {}
for name in sys.argv[1:]:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        get_command(main).main([*name.split(), "--help"], standalone_mode=False)
    loaded[name] = [sorted({key.split(".")[0] for key in sys.modules}), shown.getvalue()]
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, tuple[list[str], str]]:
    asked = [sys.executable, "-c", _SCRIPT, "", *COMMANDS]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_loads_nothing_heavy(loaded: dict[str, tuple[list[str], str]], name: str) -> None:
    modules, shown = loaded[name]
    assert "Usage" in shown and "--help" in shown
    assert not HEAVY & set(modules), f"gamnet {name} --help"
