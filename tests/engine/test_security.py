"""Keys: a fresh pair at each start, readable by their owner only."""

import os
import stat

import pytest

from tltools.engine import security


def test_keys_are_private_and_made_anew(home):
    made = security.make(home)
    assert made.require_encryption
    paths = [home.engine / name for name in ("cert.pem", "key.pem")]
    first = [path.read_bytes() for path in paths]
    if os.name == "posix":
        assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600, 0o600]
        assert stat.S_IMODE(home.engine.stat().st_mode) == 0o700
    security.make(home)
    assert [path.read_bytes() for path in paths] != first
    assert not list(home.engine.glob("*.new"))


def test_whoever_has_the_files_may_connect(home):
    security.make(home)
    loaded = security.load(home)
    assert loaded.get_connection_args("client")["ssl_context"] is not None


def test_without_the_files_nobody_may(home):
    with pytest.raises(OSError):
        security.load(home).get_connection_args("client")
