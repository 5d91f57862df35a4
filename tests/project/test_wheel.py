"""The wheel: installed without the checkout, gamnet finds its models, scripts and pages."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what git would commit, so that nothing else can slip in or be left behind."""
    if not (checkout / ".git").exists():
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    tracked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(tracked, cwd=checkout, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (checkout / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*build, "-w", folder, source], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_everything_that_is_shipped(wheel: Path, checkout: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, package in (
        ("pretrained", "gamnet_pretrained"), ("gamnet", "gamnet"), ("app/gamnet_app", "gamnet_app"),
    ):  # fmt: skip
        listed = subprocess.run(
            ["git", "ls-files", "-z", folder], cwd=checkout, check=True, capture_output=True,
            text=True,
        )  # fmt: skip
        expected = {
            f"{package}/{Path(name).relative_to(folder).as_posix()}"
            for name in filter(None, listed.stdout.split("\0"))
        }
        assert expected and expected <= names, f"missing: {sorted(expected - names)}"
    assert "gamnet_pretrained/qm9/weights.safetensors" in names
    assert not [name for name in names if name.startswith(("tests", "pretrained/", "app/"))]


def test_installed_elsewhere_it_finds_its_models(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "site")
    code = (
        "import gamnet, gamnet.prediction.shipped, gamnet.export.report\n"
        "print(gamnet.prediction.shipped.FOLDER, gamnet.load('qm9').dataset)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.stdout.split() == [str(tmp_path / "site" / "gamnet_pretrained"), "qm9"]
