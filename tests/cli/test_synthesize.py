"""`synthesize`: the same pictures for the same seed, and never over a folder's own."""

from tltools.cli import main


def test_synthesize_is_reproducible(tmp_path):
    for out in ("a", "b"):
        assert main(["synthesize", str(tmp_path / out), "--classes", "2", "--per-class", "3",
                     "--seed", "7"]) == 0
    first = sorted((tmp_path / "a").rglob("*.png"))
    assert len(first) == 6
    for path in first:
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()
    assert main(["synthesize", str(tmp_path / "a")]) == 2
