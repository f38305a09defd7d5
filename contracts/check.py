"""Check events in files as a consumer would: ``python -m contracts.check FILE...``."""

import sys
from pathlib import Path

from contracts.codec import decode
from contracts.errors import ContractError


def main(paths: list[str]) -> int:
    """Print what is wrong with each file; return 1 if anything is."""
    found = 0
    for path in paths:
        try:
            decode(Path(path).read_bytes())
        except (ContractError, OSError) as error:
            found = 1
            sys.stderr.write(f"{path}: {error}\n")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
