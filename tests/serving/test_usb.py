"""The USB stick: filled, then installed from by a bare Python without internet; a tiny
wheel made here stands for all."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tltools.cli import main
from tltools.errors import InputError
from tltools.serving import usb

ROOT = Path(__file__).parents[2]


def make_wheel(folder: Path, name: str, requires: tuple[str, ...] = ()) -> None:
    """A wheel with one module."""
    info = f"{name}-1.0.dist-info"
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    files = {
        f"{name}.py": "WORDS = 'from the stick'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
                         "Tag: py3-none-any\n"
    }
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        lines = []
        for path, text in files.items():
            wheel.writestr(path, text)
            hashed = hashlib.sha256(text.encode()).digest()
            digest = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
            lines.append(f"{path},sha256={digest},{len(text)}")
        wheel.writestr(f"{info}/RECORD", "\n".join([*lines, f"{info}/RECORD,,"]) + "\n")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels in place of the internet."""
    make_wheel(tmp_path / "index", "tiny")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    requirements = tmp_path / "tiny.txt"
    requirements.write_text("# a comment\ntiny==1.0\n")
    return requirements


@pytest.mark.slow
def test_fill_and_install_without_packages_and_internet(tmp_path, index, monkeypatch):
    stick, place = tmp_path / "stick", tmp_path / "place with a space"
    usb.fill(stick, [], [], index)
    assert (stick / "app" / "app.py").is_file()
    assert (stick / "app" / "tltools" / "bundled" / "tlnet.npz").is_file()
    assert not list((stick / "app").rglob("__pycache__"))
    record = json.loads((stick / "stick.json").read_text())
    assert record["systems"] == [usb.this_system()]
    assert record["pythons"] == [f"{sys.version_info[0]}.{sys.version_info[1]}"]
    monkeypatch.delenv("PIP_FIND_LINKS")
    # a `python3` that has no packages at all, not even those of this test's environment
    bare = tmp_path / "bare"
    bare.mkdir()
    python = Path(sys.base_prefix) / "bin" / "python3"
    (bare / "python3").write_text(f'#!/bin/sh\nexec "{python}" -S "$@"\n')
    (bare / "python3").chmod(0o755)
    done = subprocess.run(
        ["sh", str(stick / "install.sh"), str(place)], capture_output=True, text=True, timeout=120,
        env={"PATH": f"{bare}:/usr/bin:/bin", "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    said = subprocess.run([place / ".venv/bin/python", "-c", "import tiny; print(tiny.WORDS)"],
                          capture_output=True, text=True)
    assert said.stdout.strip() == "from the stick"
    assert os.access(place / "start.sh", os.X_OK)
    assert (place / "pages" / "home.py").is_file()
    assert "\r\n" in (stick / "install.bat").read_bytes().decode()


def test_another_system_gets_what_only_it_needs(tmp_path, index):
    """pip judges markers by the machine that it runs on; the stick for Windows must
    have Windows' packages too."""
    make_wheel(tmp_path / "index", "tiny",
               ('winonly; sys_platform == "win32"', 'maconly; sys_platform == "darwin"',
                'older; python_version < "3.12"'))
    for name in ("winonly", "maconly", "older"):
        make_wheel(tmp_path / "index", name)
    usb.fill(tmp_path / "stick", ["windows"], ["3.12"], index)
    assert {path.name.split("-")[0] for path in (tmp_path / "stick" / "wheels").iterdir()} \
        >= {"tiny", "winonly"}
    assert not list((tmp_path / "stick" / "wheels").glob("maconly*"))
    with pytest.raises(InputError, match=r"stick is for Python 3\.12 on windows"):
        usb.install(tmp_path / "stick", tmp_path / "place")


def test_what_cannot_be_done_is_one_line(tmp_path, capsys, index):
    assert main(["usb", "install", "--from", str(tmp_path)]) == 2
    assert main(["usb", "fill", str(ROOT / "build" / "x")]) == 2
    assert main(["usb", "fill", str(tmp_path / "s"), "--python", "2.7"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 140 for line in lines)
