"""The wheel: installed without the checkout, gamnet finds its models, scripts and pages."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOTS = {"pretrained": "gamnet_pretrained", "gamnet": "gamnet", "app": "gamnet_dashboard"}


def _tracked(checkout: Path, *arguments: str) -> list[str]:
    command = ["git", "ls-files", "-z", *arguments]
    listed = subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and (checkout / name).is_file()]


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what git would commit, so that nothing else can slip in or be left behind."""
    if not (checkout / ".git").exists():
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in _tracked(checkout, "--cached", "--others", "--exclude-standard"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkout / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*build, "-w", folder, source], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel; all else is taken from this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "-q"]
    subprocess.run([*install, wheel], check=True)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True)
    # Folders that a .pth file names have their own .pth files, an editable gamnet's among them,
    # not read.
    others = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (Path(site.stdout.strip()) / "others.pth").write_text("\n".join(others))
    return folder / "bin"


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, object]:
    """A folder that is not the checkout, and an environment that says nothing of it."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    return {"cwd": tmp_path, "env": environment | {"GAMNET_HOME": str(tmp_path / "home")}}


def test_it_holds_everything_that_is_shipped_and_nothing_else(wheel: Path, checkout: Path) -> None:
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    expected = set()
    for folder, package in ROOTS.items():
        for name in _tracked(checkout, "--cached", "--others", "--exclude-standard", folder):
            inside = Path(name).relative_to(folder).as_posix()
            own = inside.startswith("gamnet_app/")  # a package beside the dashboard's start
            expected.add(inside if own else f"{package}/{inside}")
    assert names == expected
    assert "gamnet_pretrained/qm9/entry.json" in names and "gamnet/pyproject.toml" in names
    assert "gamnet_dashboard/.streamlit/config.toml" in names


def test_its_metadata_names_licence_and_command(wheel: Path) -> None:
    file = zipfile.ZipFile(wheel)
    read = {Path(n).name: file.read(n).decode() for n in file.namelist() if ".dist-info/" in n}
    assert "License-Expression: MIT" in read["METADATA"]
    assert "MIT License" in read["LICENSE"]
    assert "gamnet = gamnet.commands.main:main" in read["entry_points.txt"]


def test_it_predicts(installed: Path, elsewhere: dict) -> None:
    done = subprocess.run(
        [installed / "gamnet", "predict", "smiles:CCO"], check=True, capture_output=True, text=True,
        **elsewhere,
    )  # fmt: skip
    assert "C2H6O" in done.stdout and "homo" in done.stdout
    code = "import gamnet; print(gamnet.__file__)"
    found = subprocess.run(
        [installed / "python", "-c", code], check=True, capture_output=True, text=True, **elsewhere
    )
    assert Path(found.stdout.strip()).is_relative_to(installed.parent)


def test_its_pages_run_and_its_scripts_are_served(installed: Path, elsewhere: dict) -> None:
    code = (
        "from streamlit.testing.v1 import AppTest\n"
        "from streamlit.components.v2.manifest_scanner import scan_component_manifests\n"
        "from gamnet.commands.app import script\n"
        "app = AppTest.from_file(str(script()), default_timeout=180).run()\n"
        "assert not app.exception, app.exception\n"
        "for manifest, root in scan_component_manifests():\n"
        "    if manifest.name == 'gamnet':\n"
        "        print(root, *(c.resolve_asset_root(root) for c in manifest.components))\n"
    )
    done = subprocess.run(
        [installed / "python", "-c", code], check=True, capture_output=True, text=True, **elsewhere
    )
    root, *assets = done.stdout.splitlines()[-1].split()
    assert Path(root).is_relative_to(installed.parent)
    assert len(assets) == 6 and set(assets) == {f"{root}/assets"}


def test_the_dashboard_starts_for_this_machine_only(installed: Path, elsewhere: dict) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [installed / "gamnet", "app", "--port", str(port)]
    health = f"http://127.0.0.1:{port}/_stcore/health"
    with (elsewhere["cwd"] / "log").open("w+") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, **elsewhere)
        try:
            for _ in range(600):
                try:
                    with urllib.request.urlopen(health) as answer:
                        assert answer.status == 200
                    break
                except OSError:
                    assert server.poll() is None, Path(log.name).read_text()
                    time.sleep(0.2)
            else:
                pytest.fail(Path(log.name).read_text())
            # Where one socket listens at every address, another may not take this port.
            with socket.socket() as other:
                other.bind(("127.0.0.2", port))
        finally:
            server.terminate()
            server.wait(20)
    said = Path(log.name).read_text()
    assert "localhost" in said and "mail" not in said, "no welcome that asks for an address"
