"""What makes the network fast on a processor; it changes results by rounding alone."""

import ctypes
import shutil

import torch

from gamnet.network.interface import Network

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEEP_BYTES, _MMAP_BYTES = 1 << 30, 1 << 25


def native_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; emulated, it is slower than float32."""
    return torch.cpu.get_capabilities().get("avx512_bf16", False)


def compile_layers(model: Network) -> None:
    """Fuse the elementwise work of every layer, if the machine has a C++ compiler."""
    if shutil.which("g++") or shutil.which("clang++"):
        for part in model.repeated():
            part.compile(dynamic=True)


def settle(threads: int) -> None:
    """Set this process up for speed; for programs that own their process, never for a library call.

    threads : of torch; more than one pay only where nothing else runs.
    Products of float32 go to oneDNN: as exact as MKL's, and on AMD twice as fast. On a processor
    with tiles (AMX) the same setting would round to bfloat16, so it is left alone there.
    """
    torch.set_num_threads(threads)
    if not torch.cpu.get_capabilities().get("amx_tile", False):
        torch.set_float32_matmul_precision("medium")
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Ask glibc to reuse freed memory: fresh pages from the kernel cost more than the sums."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES)
