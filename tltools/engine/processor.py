"""Whether this processor can run TensorFlow, said in one sentence.

Owns the look at the processor before anything is imported, and the diagnosis after an
import that has died: TensorFlow's x86-64 packages are built with AVX instructions
(TensorFlow, "Install with pip: Hardware requirements"), and a processor without them
ends the process with an illegal instruction. ARM processors need nothing of the kind.
"""

import contextlib
import ctypes
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

from tltools.errors import Problem

NO_AVX = Problem("This processor is too old", "TensorFlow needs AVX instructions, and it has none.",
                 "Use a computer made after 2012; your data are safe.")
_X86 = ("x86_64", "amd64", "i386", "i686", "x86")
# POSIX; Windows, both signs
_ILLEGAL_INSTRUCTION = {-getattr(signal, "SIGILL", 4), 0xC000001D, 0xC000001D - 2**32}
_PF_AVX = 39  # Windows SDK, IsProcessorFeaturePresent: PF_AVX_INSTRUCTIONS_AVAILABLE


def problem(cpuinfo: Path = Path("/proc/cpuinfo")) -> Problem | None:
    """`NO_AVX` where the processor is known to lack AVX; None where it has it, needs
    none, or cannot be asked."""
    return NO_AVX if platform.machine().lower() in _X86 and _has_avx(cpuinfo) is False else None


def _has_avx(cpuinfo: Path) -> bool | None:
    with contextlib.suppress(OSError, subprocess.SubprocessError, AttributeError):
        if sys.platform == "win32":
            # One that answers nothing at all (Windows before 10) is not asked further
            return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(_PF_AVX)) or None
        if sys.platform == "darwin":
            said = subprocess.run(["sysctl", "-n", "machdep.cpu.features"], capture_output=True,
                                  text=True, timeout=10)
            return "AVX" in said.stdout if said.stdout.strip() else None
        flags = [line for line in cpuinfo.read_text().splitlines() if line.startswith("flags")]
        return all("avx" in line.split() for line in flags) if flags else None
    return None


def diagnose(times: int) -> Problem:
    """Why TensorFlow does not start, after its process has died `times` times: imports
    it once in a child and looks how that ends. Takes as long as the import, at most two
    minutes."""
    known = problem()
    if known:
        return known
    try:
        code = subprocess.run([sys.executable, "-c", "import tensorflow"],
                              env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}, capture_output=True,
                              timeout=120).returncode
    except subprocess.TimeoutExpired:
        code = None
    if code in _ILLEGAL_INSTRUCTION:
        return NO_AVX
    how = "is never done" if code is None else \
        f"ends with code {code}" if code else "works alone, but not in the engine"
    return Problem("TensorFlow does not start",
                   f"Its process died {times} times while starting; its import {how}.",
                   "Install the packages again, free some memory, then start the engine again.")
