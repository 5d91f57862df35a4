"""The recipes of docs/screening.md: whole scripts and documents, of commands that there are."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from distributed.cli import dask_scheduler, dask_worker
from typer.main import get_command

from gamnet.commands.main import main


@pytest.fixture(scope="module")
def recipes(checkout: Path) -> dict[str, str]:
    text = (checkout / "docs" / "screening.md").read_text()
    return dict(re.findall(r"```(bash|yaml)\n(.*?)```", text, re.DOTALL))


def options(words: list[str]) -> set[str]:
    return {word for word in words if word.startswith("--")}


def known(command: str) -> set[str]:
    commands = {
        "dask scheduler": dask_scheduler.main,
        "dask worker": dask_worker.main,
        "gamnet screen": get_command(main).commands["screen"],
    }
    return {
        name for param in commands[command].params for name in (*param.opts, *param.secondary_opts)
    }


def test_the_script_for_slurm(recipes: dict[str, str]) -> None:
    script = recipes["bash"]
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert script.startswith("#!/bin/bash\n#SBATCH ")
    joined = script.replace("\\\n", " ")
    for command in ("dask scheduler", "dask worker", "gamnet screen"):
        (line,) = [line for line in joined.splitlines() if command in line]
        assert options(line.split(command)[1].split()) <= known(command)


def test_the_documents_for_kubernetes(recipes: dict[str, str]) -> None:
    documents = {
        one["metadata"]["name"] + one["kind"]: one for one in yaml.safe_load_all(recipes["yaml"])
    }
    assert len(documents) == 4
    (port,) = documents["gamnet-schedulerService"]["spec"]["ports"]
    for one in documents.values():
        template = one["spec"].get("template")
        if template is None:
            continue
        (container,) = template["spec"]["containers"]
        first, second, *rest = container["args"]
        assert options(rest) <= known(f"{first} {second}")
        assert all(isinstance(word, str) for word in rest)
        if second != "scheduler":
            assert f"tcp://gamnet-scheduler:{port['port']}" in rest
        if one["kind"] == "Deployment":
            assert one["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
