"""Keys: whoever reaches a Dask scheduler runs code as its owner, so only holders of
these files may.

Owns `<home>/engine/{cert,key}.pem`, mode 0600. A fresh self-signed pair is made at each
start of the engine (`Security.temporary`, Dask documentation, "TLS/SSL").
"""

import os
from pathlib import Path

from distributed.security import Security

from tltools import files
from tltools.settings import Home


def make(home: Home) -> Security:
    """Write a new pair and return the security that uses it."""
    fresh = Security.temporary()
    home.engine.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(home.engine, 0o700)
    for name, text in (("cert.pem", fresh.tls_ca_file), ("key.pem", fresh.tls_client_key)):
        _write_private(home.engine / name, str(text))
    return load(home)


def load(home: Home) -> Security:
    """The security of the engine that runs now."""
    cert, key = str(home.engine / "cert.pem"), str(home.engine / "key.pem")
    return Security(tls_ca_file=cert, tls_client_cert=cert, tls_client_key=key,
                    tls_worker_cert=cert, tls_worker_key=key, tls_scheduler_cert=cert,
                    tls_scheduler_key=key, require_encryption=True)


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    files.replace(temporary, path)
