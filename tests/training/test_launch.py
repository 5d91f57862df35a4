"""Several processes: torchrun's and a run's own give what one gives, and fail in words."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from ase import Atoms
from ase.io import write
from conftest import TINY_PROPERTIES
from lightning.fabric import Fabric
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from gamnet.datasets.dataset import Dataset
from gamnet.errors import ConfigError, WorkerError
from gamnet.network.config import GAMNetConfig
from gamnet.network.files import load_model
from gamnet.network.scann import GAMNet
from gamnet.training.config import TrainConfig, load_config
from gamnet.training.guidance import Guidance
from gamnet.training.launch import as_started, launch
from gamnet.training.objective import Objective
from gamnet.training.run import train

# The second property is known of the first chains alone: the shares of a batch that two processes
# take differ in how much of it is measured.
DESCRIPTION = {
    "name": "chains",
    "title": "Chains",
    "citation": "A. Nonymous, J. Invented Res. 1, 1 (2026)",
    "files": ["*.extxyz"],
    "id": "label",
    "split": {"seed": 1, "train": 0.7, "validation": 0.15},
    "properties": [
        {"id": "e", "symbol": "e", "name": "Energy", "unit": "eV", "scaling": "extensive"},
        {"id": "g", "symbol": "g", "name": "Gap", "unit": "eV", "scaling": "intensive"},
    ],
}
CONFIG = {
    "name": "chains",
    "dataset": "chains.yaml",
    "model": {"dim": 16, "n_heads": 2, "n_layers": 2, "embedding_dim": 8, "head_dim": 16},
    "epochs": 2, "batch_size": 8, "lr": 1e-2, "warmup_steps": 2, "ema_decay": 0.5,
    "processes": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data set of one's own and a configuration."""
    folder, rng, found = tmp_path_factory.mktemp("chains"), np.random.default_rng(3), []
    for k in range(48):
        n = int(rng.integers(2, 7))
        step = rng.uniform(1.0, 1.6)
        atoms = Atoms(rng.choice([1, 8], n), step * np.eye(3)[rng.integers(0, 3, n)].cumsum(axis=0))
        atoms.info = {"label": f"c{k}", "e": n + rng.normal(scale=0.1)}
        atoms.info["g"] = 3 - step if k < 20 else np.nan
        found.append(atoms)
    write(folder / "chains.extxyz", found)
    (folder / "chains.yaml").write_text(yaml.safe_dump(DESCRIPTION))
    return folder


# Two commands in one start: what takes long is to import torch.
COMMANDS = """
import sys
from gamnet.commands.main import main

for config, *more in (sys.argv[2:3], [*sys.argv[3:], "--resume"]):
    main(["train", config, "-o", sys.argv[1], *more], standalone_mode=False)
"""


def torchrun(folder: Path, home: Path, *arguments: object) -> subprocess.CompletedProcess:
    """Two processes of torchrun, which find each other by a free port."""
    script = folder / "commands.py"
    script.write_text(COMMANDS)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--standalone", str(script), *map(str, arguments)]
    environment = os.environ | {"GAMNET_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=500, check=False
    )


def configured(folder: Path, **settings: object) -> Path:
    path = folder / f"{len(list(folder.iterdir()))}.yaml"
    path.write_text(yaml.safe_dump(CONFIG | settings))
    return path


def told(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def test_torchrun_goes_the_way_of_one_process(
    chains: Path, gamnet_home: Path, tmp_path: Path
) -> None:
    """Two epochs from the start, and on with a third from the checkpoint."""
    alone, together = tmp_path / "alone", tmp_path / "together"
    configs = [configured(chains, epochs=2), configured(chains, epochs=3)]
    for config, resume in zip(configs, (False, True), strict=True):
        train(config, resume=resume, output=alone)
    found = torchrun(tmp_path, gamnet_home, together, *configs)
    assert found.returncode == 0, found.stderr
    assert found.stdout == f"{together}\n" * 2  # by the first process alone
    assert len(told(alone)) == len(told(together)) == 3
    for one, two in zip(told(alone), told(together), strict=True):
        assert two["step"] == one["step"]
        # Up to sums in another order and the digits that are logged.
        assert two["train_loss"] == pytest.approx(one["train_loss"], abs=3e-5)
        assert two["validation_mae"] == pytest.approx(one["validation_mae"], abs=2e-4)
    _, info = load_model(together / "chains.safetensors")
    assert info.trained["processes"] == 2 and info.trained["steps"] == 12


def part(
    dataset: Dataset, guidance: Guidance, share: tuple[int, int]
) -> tuple[float, dict[str, torch.Tensor]]:
    """The loss of a process for its share of a batch, and its gradients."""
    torch.manual_seed(1)
    config = GAMNetConfig(TINY_PROPERTIES, dim=16, head_dim=16, n_heads=2, n_layers=2, charges=True)
    objective = Objective(GAMNet(config), dataset, np.array([0.5, 2.0]), guidance, 0.7, 0.3, share)
    loss = objective(torch.arange(10), torch.tensor([2, 0, 1, 3]))
    loss.backward()
    return loss.item(), {name: p.grad for name, p in objective.named_parameters()}


@pytest.mark.parametrize("world", [2, 3, 5])
def test_shares_add_up_to_the_batch(tiny: Dataset, world: int) -> None:
    """A mean of the shares' own means would be another: they hold different parts of the known."""
    targets = tiny.targets.copy()
    targets[:10:2, 1], targets[12:14] = np.nan, np.nan
    charges = np.random.default_rng(0).normal(size=len(tiny.graphs.numbers))
    dataset = replace(tiny, targets=targets, charges=charges)
    n_atoms = dataset.graphs.n_atoms_of[10:14]
    populations = np.repeat(1 / n_atoms, n_atoms)[:, None].astype(np.float32)
    populations[: n_atoms[0]] = np.nan
    guidance = Guidance(np.arange(10, 14), n_atoms, (0,), populations)
    whole, gradients = part(dataset, guidance, (0, 1))
    parts = [part(dataset, guidance, (rank, world)) for rank in range(world)]
    assert np.mean([loss for loss, _ in parts]) == pytest.approx(whole, rel=1e-6)
    for name, gradient in gradients.items():
        mean = torch.stack([own[name] for _, own in parts]).mean(dim=0)  # as DDP takes it
        torch.testing.assert_close(mean, gradient, rtol=1e-4, atol=1e-6, msg=name)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "batch_size 64 cannot be shared by 6 processes"),
        ({"batch_size": 60, "guidance": {"truth": "t.npz"}}, "guidance batch_size 8 cannot be"),
    ],
)
def test_a_batch_that_torchruns_processes_cannot_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], message: str
) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump({"name": "a", "dataset": "qm9", "model": {}} | settings))
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("WORLD_SIZE", "6")
    with pytest.raises(ConfigError, match=message):
        train(path)
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert as_started(load_config(path)).processes == 4


def test_machines_with_different_numbers_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    config = TrainConfig("a", "qm9", {}, processes=4)
    with pytest.raises(ConfigError, match="started 3 of 4 processes.*--nproc-per-node"):
        launch(config, print)


def test_more_processes_than_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ConfigError, match="2 processes need a GPU each, this machine has 1"):
        launch(TrainConfig("a", "qm9", {}, processes=2), print)


def refuse(fabric: Fabric) -> None:
    raise ConfigError("A process refuses", "Ask another")


def test_what_ends_a_process_of_a_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As torch tells it; tests/datasets/test_qm9.py has real processes."""
    config = TrainConfig("a", "qm9", {}, processes=2)

    def raised(fabric: Fabric, run: Callable[[Fabric], None]) -> None:
        try:
            run(fabric)
        except Exception as error:
            raise ProcessRaisedException(f"-- {error}", 0, 7) from None

    monkeypatch.setattr(Fabric, "launch", raised)
    with pytest.raises(ConfigError, match="A process refuses. Ask another"):
        launch(config, refuse)
    with pytest.raises(ProcessRaisedException, match="-- 'a fault of ours'"):
        launch(config, lambda fabric: {}["a fault of ours"])

    def killed(fabric: Fabric, run: Callable[[Fabric], None]) -> None:
        raise ProcessExitedException("process 1 terminated with signal SIGKILL", 1, 7, -9)

    monkeypatch.setattr(Fabric, "launch", killed)
    with pytest.raises(WorkerError, match="before its work was done .*SIGKILL.*--resume"):
        launch(config, refuse)
