"""A USB stick with the app and all its packages, and the installation from it without
internet.

    python -m tltools usb fill DIR [--for linux windows macos] [--python 3.11 3.12]
    python3 -m tltools usb install [--to DIR]
                                   (or install.sh / install.bat on the stick)

`install` runs on a bare Python, so this module imports only the standard library
(`fill` also `packaging`, late). The stick:  app/ (this repository)  wheels/  install.sh
install.bat  stick.json (what it is for)  READ-ME.txt
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from tltools.errors import InputError, TltoolsError

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_PLACE = Path("~/transfer-learning")
SYSTEMS: dict[str, dict[str, Any]] = {
    "linux": {"tags": [f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 24, 17, 12, 5)]
                      + [f"manylinux{name}_x86_64" for name in ("2014", "2010", "1")],
              "markers": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix",
                          "platform_machine": "x86_64"}},
    "windows": {"tags": ["win_amd64"],
                "markers": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt",
                            "platform_machine": "AMD64"}},
    "macos": {"tags": ["macosx_12_0_arm64"],
              "markers": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix",
                          "platform_machine": "arm64"}},
}
"""pip's platform tags (PyPA, "Platform compatibility tags") and the values of PEP 508's
markers, by system."""
_LEFT_OUT = {
    ".git", ".venv", "venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "build",
    "dist"
}
_FACTOR_INSTALLED = 4.0  # measured on Linux: 767 MB of wheels are 2.8 GB once installed


def main(arguments: list[str]) -> int:
    """Run `usb`; returns the exit code. Raises `TltoolsError` with one line for what
    cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m tltools usb",
                                     description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "fill", help="put the app and all its packages on a stick (needs internet)")
    command.add_argument("folder", type=Path)
    command.add_argument("--for", nargs="+", choices=list(SYSTEMS), default=[], dest="systems",
                         help="systems to install on (default: this one)")
    command.add_argument("--python", nargs="+", default=[], metavar="3.x",
                         help="Python versions there (default: this one)")
    command.add_argument("--requirements", type=Path, default=ROOT / "requirements.txt",
                         help=argparse.SUPPRESS)
    command = commands.add_parser("install", help="install from the stick, without internet")
    command.add_argument("--to", type=Path, default=DEFAULT_PLACE,
                         help=f"folder for the app (default {DEFAULT_PLACE})")
    command.add_argument("--from", type=Path, default=ROOT.parent, dest="stick",
                         help="the stick (default: where this is)")
    options = parser.parse_args(arguments)
    if options.command == "fill":
        fill(options.folder, options.systems, options.python, options.requirements)
    else:
        install(options.stick, options.to)
    return 0


def fill(folder: Path, systems: list[str], pythons: list[str],
         requirements: Path = ROOT / "requirements.txt") -> None:
    """Fill a stick. systems, pythons: for which; empty means this system and this
    Python."""
    for version in pythons:
        if not version.startswith("3.") or not version[2:].isdecimal():
            raise InputError(f"Received Python {version[:20]!r}.", "Give a version such as 3.12.")
    folder = folder.expanduser().absolute()
    if folder == ROOT or ROOT in folder.parents:
        raise InputError("The stick's folder lies inside the app.", "Choose a folder elsewhere.")
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    here, version = this_system(), "{}.{}".format(*sys.version_info[:2])
    for system in systems or [here]:
        for python in pythons or [version]:
            print(f"Packages for {system}, Python {python} …", flush=True)
            _download(wheels, requirements,
                      None if (system, python) == (here, version) else (system, python))
    print("The app …", flush=True)
    shutil.rmtree(folder / "app", ignore_errors=True)
    copy_app(folder / "app")
    if requirements != ROOT / "requirements.txt":
        shutil.copyfile(requirements, folder / "app" / "requirements.txt")
    record = {"format": 1, "systems": systems or [here], "pythons": pythons or [version]}
    (folder / "stick.json").write_text(json.dumps(record))
    _write_scripts(folder, pythons or [version])
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"Done: {len(list(wheels.glob('*.whl')))} packages, {size / 1e6:.0f} MB. READ-ME.txt on "
          "it says what to do there.")


def this_system() -> str:
    """"linux", "windows" or "macos"."""
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def copy_app(target: Path) -> None:
    """The app's files: those that git tracks, or all but caches where there is no git.
    """
    names: list[str] = []
    if (ROOT / ".git").exists() and shutil.which("git"):
        done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
        names = [name for name in done.stdout.split("\0") if name] if done.returncode == 0 else []
    if not names:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                 if path.is_file() and not _LEFT_OUT & set(path.relative_to(ROOT).parts)]
    for name in names:
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def _download(wheels: Path, requirements: Path, other: tuple[str, str] | None) -> None:
    """Wheels only: nothing is compiled where it is installed. other: (system, Python)
    if not this one's."""
    options = ["--dest", str(wheels), "--only-binary=:all:"]
    if other:
        system, python = other
        short = python.replace(".", "")
        options += [
            "--python-version", python, "--implementation", "cp", "--abi", f"cp{short}", "--abi",
            "abi3", "--abi", "none", *(f"--platform={tag}" for tag in SYSTEMS[system]["tags"])
        ]
    _pip(["download", *options, "-r", str(requirements)], "A package could not be downloaded.",
         "Check the internet connection and the free space, then try again.")
    while other and (missing := _missing(wheels, requirements, *other)):
        # pip judges `; sys_platform == "win32"` and the like by the machine that it
        # runs on
        _pip(["download", *options, "--no-deps", *missing], "A package could not be downloaded.",
             "Try again.")


def _missing(wheels: Path, requirements: Path, system: str, python: str) -> list[str]:
    """What the wheels need on another system and what is not among them, as
    requirements."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name, parse_wheel_filename

    there: dict[str, list[str]] = {}
    for path in wheels.glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            name = next(item for item in wheel.namelist() if item.endswith(".dist-info/METADATA"))
            metadata = HeaderParser().parsestr(wheel.read(name).decode())
        there[parse_wheel_filename(path.name)[0]] = metadata.get_all("Requires-Dist") or []
    environment = {
        **SYSTEMS[system]["markers"], "python_version": python, "python_full_version": f"{python}.0"
    }
    lines = [line.partition("#")[0].strip() for line in requirements.read_text().splitlines()]
    todo, missing, seen = [(Requirement(line), "") for line in lines if line], [], set()
    while todo:
        wanted, extra = todo.pop()
        if wanted.marker and not wanted.marker.evaluate({**environment, "extra": extra}):
            continue
        for one in ("", *wanted.extras):
            key = (canonicalize_name(wanted.name), one)
            if key in seen:
                continue
            seen.add(key)
            if key[0] in there:
                todo += [(Requirement(line), one) for line in there[key[0]]]
            elif not one:
                missing.append(f"{wanted.name}{wanted.specifier}")
    return missing


def install(stick: Path, place: Path) -> None:
    """Install from a filled stick into `place`: the app, an environment with all
    packages, and a start script."""
    stick, place = stick.expanduser().absolute(), place.expanduser().absolute()
    wheels = stick / "wheels"
    if not wheels.is_dir() or not (stick / "stick.json").is_file():
        raise InputError("There are no packages here.",
                         "Run it from a stick that `usb fill` has filled, or name it: --from.")
    record = json.loads((stick / "stick.json").read_text())
    version = "{}.{}".format(*sys.version_info[:2])
    if version not in record["pythons"] or this_system() not in record["systems"]:
        raise InputError(
            f"This is Python {version} on {this_system()}; the stick is for Python "
            f"{', '.join(record['pythons'])} "
            f"on {', '.join(record['systems'])}.",
            "Install that Python, or fill the stick again for this one.")
    place.mkdir(parents=True, exist_ok=True)
    needed = _FACTOR_INSTALLED * sum(path.stat().st_size for path in wheels.glob("*.whl"))
    free = shutil.disk_usage(place).free
    if free < needed:
        raise InputError(
            f"The disk has {free / 1e9:.1f} GB free; about {needed / 1e9:.1f} GB are needed.",
            "Free some space, or choose another folder: --to DIR")
    print(f"The app goes into {place} …", flush=True)
    if place != ROOT:
        copy_app(place)
    environment = place / ".venv"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    made = subprocess.run([sys.executable, "-m", "venv", str(environment)])
    if made.returncode or not python.exists():
        raise TltoolsError("Python cannot make an environment here.",
                           "On Debian and Ubuntu: sudo apt install python3-venv")
    print("Its packages (some minutes) …", flush=True)
    _pip(["install", "--no-index", "--find-links", str(wheels),
          "-r", str(place / "requirements.txt")],
         "The packages could not be installed.", "Look at the lines above.", str(python),
         offline=True)
    _write_start(place)
    print(f"Done. To start: {place / ('start.bat' if os.name == 'nt' else 'start.sh')}")


def _pip(arguments: list[str], reason: str, remedy: str, python: str = sys.executable,
         offline: bool = False) -> None:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if offline:
        environment |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    if subprocess.run([python, "-m", "pip", arguments[0], "--quiet", *arguments[1:]],
                      env=environment).returncode:
        raise TltoolsError(reason, remedy, "Not done")


def _write_scripts(folder: Path, pythons: list[str]) -> None:
    wanted = ", ".join(f"({python.replace('.', ', ')})" for python in pythons)
    names = " ".join([f"python{python}" for python in pythons] + ["python3", "python"])
    check = f"import sys; sys.exit(sys.version_info[:2] not in ({wanted},))"
    arguments = '-B -m tltools usb install --from "$here" --to "${1:-$HOME/transfer-learning}"'
    shell = f"""#!/bin/sh
# Installs the app from this stick; no internet is needed. A folder may follow: sh install.sh DIR
here=$(cd "$(dirname "$0")" && pwd)
for python in {names}; do
    if "$python" -c "{check}" 2>/dev/null; then
        cd "$here/app" && exec "$python" {arguments}
    fi
done
echo "Python {' or '.join(pythons)} is needed and was not found."
exit 2
"""
    tries = "".join(f"py -{python} -c \"\" >nul 2>nul && set PYTHON=py -{python}\r\n"
                    for python in reversed(pythons))
    batch = (
        "@echo off\r\n"
        "rem Installs the app from this stick without internet. A folder may follow: "
        "install.bat DIR\r\n"
        "setlocal\r\nset \"HERE=%~dp0.\"\r\nset \"PLACE=%~1\"\r\n"
        "if \"%PLACE%\"==\"\" set \"PLACE=%USERPROFILE%\\transfer-learning\"\r\nset PYTHON=\r\n"
        + tries
        + f"if \"%PYTHON%\"==\"\" (echo Python {' or '.join(pythons)} is needed and was not found."
        "& pause & exit /b 2)\r\n"
        "cd /d \"%HERE%\\app\"\r\n"
        "%PYTHON% -B -m tltools usb install --from \"%HERE%\" --to \"%PLACE%\"\r\npause\r\n")
    (folder / "install.sh").write_bytes(shell.encode())
    (folder / "install.bat").write_bytes(batch.encode())
    (folder / "READ-ME.txt").write_text(
        "See transfer learning work: the app and all its packages. No internet is needed.\r\n\r\n"
        f"1. Python {' or '.join(pythons)} must be on the computer.\r\n"
        "2. Linux, macOS: in a terminal, in this folder: sh install.sh\r\n"
        "   Windows: double-click install.bat\r\n"
        "3. Start it with start.sh or start.bat in the new folder transfer-learning of your home "
        "folder.\r\n"
        "   For a class: start.sh serve (Windows: start.bat serve) prints a link and a QR code."
        "\r\n",
        newline="")


def _write_start(place: Path) -> None:
    run = "-m streamlit run app.py"
    if os.name == "nt":
        (place / "start.bat").write_text(
            "@echo off\r\ncd /d \"%~dp0\"\r\n"
            "if \"%1\"==\"serve\" (.venv\\Scripts\\python -m tltools %*) "
            f"else (.venv\\Scripts\\python {run} %*)\r\n", newline="")
        return
    script = place / "start.sh"
    script.write_text("#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 2\n"
                      "if [ \"$1\" = serve ]; then exec .venv/bin/python -m tltools \"$@\"; fi\n"
                      f"exec .venv/bin/python {run} \"$@\"\n")
    script.chmod(0o755)
