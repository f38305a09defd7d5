"""Writes .env from .env.example with fresh passwords, for docker-compose.yml. Standard library only."""

import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("system", "sales", "finance", "manager", "ops")


def filled(example: str) -> str:
    """Return the example with a random value for each password, one API key per role and a JWT secret."""
    keys = ",".join(f"{secrets.token_hex(24)}:{role}" for role in ROLES)
    lines = []
    for line in example.splitlines():
        name = line.removesuffix("=")
        if name.endswith("PASSWORD") or name in ("TALLYMAN_JWT_SECRET", "TALLYMAN_CUSTOMERS_KEY"):
            line += secrets.token_hex(24)
        elif name == "TALLYMAN_API_KEYS":
            line += keys
        lines.append(line)
    return "\n".join(lines) + "\n"


def main(root: Path = ROOT) -> int:
    """Write the file, readable by its owner only; never touch one that is there."""
    path = root / ".env"
    if path.exists():
        sys.stderr.write(f"{path} is there already and stays as it is.\n")
        return 1
    text = filled((root / ".env.example").read_text())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    sys.stderr.write(f"{path} is written, with fresh passwords and one API key per role.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
