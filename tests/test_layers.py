"""The rooms hold: imports go downward only, nothing goes in a circle, Streamlit stays
in `ui`, the page process has no TensorFlow."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import tltools

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tltools"
GROUND = {"errors", "settings", "files", "processes", "config", "wording", "glossary"}
ROOMS = [
    "images", "backbones", "runs", "datasets", "weights", "recipes", "charts", "models", "training",
    "inference", "engine", "serving"
]
"""From the ground up: a room may import those before it."""
PROGRAMS = {"cli", "benchmark", "pretraining", "ui"}
"""What people start or see. None of them imports another."""
OVER_TENSORFLOW = {"models", "training", "inference"}
"""Naming one of these rooms must stay cheap: its `__init__` imports nothing of it."""
MODULES = sorted(path for path in PACKAGE.rglob("*.py")
                 if path.parent != PACKAGE or path.stem in GROUND)


def room(module: str) -> str:
    """The room of a module by its dotted name below `tltools`; "" for the ground."""
    first = module.split(".")[0]
    return "" if first in GROUND else first


def dotted(path: Path) -> str:
    """`datasets.sources.archive` for its file; a room's `__init__` bears the room's
    name."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path, top_level_only: bool = False) -> tuple[str, ...]:
    """Full names of what a module imports; of its own functions' late imports too
    unless told otherwise."""
    tree = ast.parse(path.read_text())
    names = []
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the room"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def ours(path: Path) -> set[str]:
    """The modules of this project that a module imports, as dotted names below
    `tltools`."""
    known = {dotted(item) for item in MODULES}
    found = set()
    for name in imports(path):
        parts = name.split(".")[1:] if name.startswith("tltools.") else []
        while parts and ".".join(parts) not in known:
            parts.pop()
        if parts:
            found.add(".".join(parts))
    return found


def allowed(name: str) -> set[str]:
    """The rooms whose modules a module of room `name` may import, besides its own."""
    if name == "":
        return set()
    return {"", *ROOMS} if name in PROGRAMS else {"", *ROOMS[: ROOMS.index(name)]}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_go_downward(path: Path):
    mine = room(dotted(path))
    for name in ours(path):
        assert room(name) in {mine, *allowed(mine)}, f"{dotted(path)} imports {name} from above"
    for name in imports(path):
        package = name.split(".")[0]
        if package == "streamlit":
            assert mine == "ui", f"{dotted(path)} imports Streamlit; only tltools.ui may"
        if package in ("tensorflow", "keras"):
            assert mine in {*OVER_TENSORFLOW, *PROGRAMS} - {"ui"}, (
                f"{dotted(path)} imports TensorFlow")


@pytest.mark.parametrize("path", sorted((PACKAGE / "ui").rglob("*.py")), ids=dotted)
def test_a_page_imports_no_other_page(path: Path):
    mine = dotted(path).split(".")[1:2]
    for name in ours(path):
        if name.startswith("ui."):
            assert name.split(".")[1:2] in (mine, ["common"]), (
                f"{dotted(path)} imports {name} of another page")


def test_every_module_lies_in_a_room():
    on_top = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert on_top == GROUND, "the ground is small: a new module belongs in a room"
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms == {*ROOMS, *PROGRAMS}


def test_no_module_imports_in_a_circle():
    """Within rooms too; what a room's `__init__` gathers counts as an import of it."""
    graph = {
        dotted(path): {name for name in ours(path) if name != dotted(path)} for path in MODULES
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name):], name])
        if name not in done:
            for following in graph[name]:
                visit(following, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("name", [*ROOMS, *sorted(PROGRAMS)])
def test_a_room_says_what_it_owns(name: str):
    face = PACKAGE / name / "__init__.py"
    assert ast.get_docstring(ast.parse(face.read_text())), (
        "an `__init__` says in a sentence what its room owns")
    if name in OVER_TENSORFLOW:
        assert not imports(face, top_level_only=True), "lazy over TensorFlow"
    assert f"`{name}`" in (tltools.__doc__ or ""), "the package's docstring names every room"


def test_pages_import_no_tensorflow():
    """All pages and their imports, in a fresh interpreter: neither TensorFlow nor Keras
    is loaded."""
    modules = set()
    for path in [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(PACKAGE / "ui").rglob("*.py")]:
        modules |= {name for name in imports(path) if name.startswith("tltools.")}
    code = (
        "import importlib, sys\n"
        f"for name in {sorted(modules)!r}:\n"
        "    try:\n        importlib.import_module(name)\n"
        "    except ModuleNotFoundError:\n"
        "        importlib.import_module(name.rpartition('.')[0])\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} "
        "& {'tensorflow', 'keras', 'jax', 'torch'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
