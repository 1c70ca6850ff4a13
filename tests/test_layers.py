"""The layers hold: imports go downward, Streamlit stays in `ui`, the page process has no TensorFlow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = {
    "errors": 0, "settings": 0, "files": 0, "archives": 0, "processor": 0, "usb": 0,
    "config": 1, "events": 1, "images": 1,
    "datasets": 2, "runs": 2, "disk": 2, "augmentation": 2, "class_weights": 2, "schedules": 2, "line": 2,
    "classroom": 2,
    "backbones": 3, "weights": 3, "charts": 3, "demonstration": 3, "presets": 3, "glossary": 3, "lineage": 3,
    "run_table": 3, "settings_file": 3, "backbone_rows": 3, "catalogue": 3, "speeds": 3, "published": 3,
    "downloads": 3,
    "models": 4, "features": 4, "training": 4, "callbacks": 4, "steps": 4, "checkpoints": 4, "inference": 4,
    "bundled_backbone": 4, "reuse": 4, "optimization": 4, "lr_finder": 4, "timing": 4,
    "engine": 5, "benchmark": 5, "pretraining": 5, "cli": 5, "__main__": 5, "backbones_table": 5,
    "ui": 6,
}
MODULES = sorted(path for path in (ROOT / "tltools").rglob("*.py") if path != ROOT / "tltools" / "__init__.py")


def top(path: Path) -> str:
    return path.relative_to(ROOT / "tltools").parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> list[str]:
    """Full names of what a module imports, its own functions' late imports included."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the layer"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downward(path: Path):
    layer = LAYERS[top(path).split("_private")[0]]
    for name in imports(ast.parse(path.read_text())):
        parts = name.split(".")
        if parts[0] == "tltools" and len(parts) > 1 and parts[1] != top(path):
            assert LAYERS[parts[1]] <= layer, f"{path.name} (layer {layer}) imports {name} from above"
        if parts[0] == "streamlit":
            assert layer == 6, f"{path.name} imports Streamlit; only tltools.ui may"
        if parts[0] in ("tensorflow", "keras"):
            assert layer in (4, 5), f"{path.name} imports TensorFlow below layer 4"


def test_every_layer_name_exists_or_is_planned():
    unknown = {top(path) for path in MODULES} - set(LAYERS)
    assert not unknown, f"give these modules a layer: {unknown}"


def test_pages_import_no_tensorflow():
    """All pages and their imports, in a fresh interpreter: neither TensorFlow nor Keras is loaded."""
    modules = set()
    for path in [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "tltools" / "ui").rglob("*.py")]:
        for name in imports(ast.parse(path.read_text())):
            if name.startswith("tltools."):
                modules.add(name)
    code = (
        "import importlib, sys\n"
        f"for name in {sorted(modules)!r}:\n"
        "    try:\n        importlib.import_module(name)\n"
        "    except ModuleNotFoundError:\n        importlib.import_module(name.rpartition('.')[0])\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'tensorflow', 'keras', 'jax', 'torch'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
