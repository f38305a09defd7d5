"""``make vendor``: scripts and styles of others, from the npm registry into the package, by exact version and hash.

What is taken is written in ``vendor.json`` beside the files: package, version, the registry's integrity hash of the
tarball, and the sha256 of each file. A build or a running console never asks a registry.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT / "services/kit/web/vendor", ROOT / "tests/kit/web/vendor")
"""Each has a ``vendor.json``: what pages use, and what only tests use."""


class VendorError(RuntimeError):
    """What the registry has is not what is pinned."""


def fetch(package: str, version: str, into: Path) -> Path:
    """Download a package's tarball with npm, which knows this machine's registry and proxies.

    Raises:
        VendorError: npm failed; the message is npm's.
    """
    command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into)]
    done = subprocess.run(
        [*command, f"{package}@{version}"], cwd=into, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise VendorError(f"npm cannot fetch {package}@{version}: {done.stderr.strip()}")
    return into / done.stdout.strip().splitlines()[-1]


def integrity(content: bytes) -> str:
    """Return a hash as npm spells it (Subresource Integrity)."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def sha256(content: bytes) -> str:
    """Return a file's hash as ``vendor.json`` has it."""
    return hashlib.sha256(content).hexdigest()


def extract(tarball: Path, wanted: dict[str, dict[str, str]]) -> dict[str, bytes]:
    """Return the files of a tarball by the name they get here; nothing else is unpacked."""
    found: dict[str, bytes] = {}
    with tarfile.open(tarball) as archive:
        for name, file in wanted.items():
            member = archive.extractfile(f"package/{file['from']}")
            assert member is not None
            found[name] = member.read()
    return found


def vendor(folder: Path) -> list[str]:
    """Bring one folder up to date and return what was done.

    Raises:
        VendorError: a tarball has another hash than the pinned one.
    """
    pins: list[dict[str, Any]] = json.loads((folder / "vendor.json").read_text("utf-8"))
    done: list[str] = []
    for pin in pins:
        with tempfile.TemporaryDirectory() as place:
            tarball = fetch(pin["package"], pin["version"], Path(place))
            found = integrity(tarball.read_bytes())
            if found != pin["integrity"]:
                raise VendorError(f"{pin['package']}@{pin['version']} is {found}, not {pin['integrity']}")
            for name, content in extract(tarball, pin["files"]).items():
                (folder / name).write_bytes(content)
                pin["files"][name]["sha256"] = sha256(content)
                done.append(f"{name}: {pin['package']} {pin['version']}, {len(content):,} bytes")
    (folder / "vendor.json").write_text(json.dumps(pins, indent=2) + "\n", "utf-8")
    return done


if __name__ == "__main__":
    try:
        for place in FOLDERS:
            sys.stdout.write("".join(f"{line}\n" for line in vendor(place)))
    except VendorError as error:
        sys.exit(f"vendor: {error}")
