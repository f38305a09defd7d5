"""Compare the contract with a previous one: ``python -m contracts.compat [--against REVISION, FOLDER or FILE]``.

Without ``--against`` it compares with the last release, whose contract lies in ``contracts/released/``, so it needs no
git history. It fails if anything would break, and says in which order to roll out what would not.
"""

import argparse
import sys
from collections.abc import Callable

from contracts.compat.change import Change, Verdict
from contracts.compat.snapshot import NoContract, current, freeze, last_release, previous


def report(changes: list[Change], say: Callable[[str], object]) -> bool:
    """Say what changed, the worst first; return whether anything breaks."""
    for verdict in Verdict:
        listed = [change for change in changes if change.verdict is verdict]
        if listed:
            say(f"{verdict.value}\n")
            for change in listed:
                say(f"  - {change}\n")
    return any(change.verdict is Verdict.BREAKING for change in changes)


def main(arguments: list[str], say: Callable[[str], object] = sys.stdout.write) -> int:
    """Run the command; return 1 for a breaking change, 2 if there was nothing to compare with."""
    parser = argparse.ArgumentParser(prog="python -m contracts.compat", description=__doc__)
    parser.add_argument("--against", help="git revision, checkout, or file of contracts/released/")
    parser.add_argument(
        "--freeze", metavar="VERSION", help="write down the contract as released, if nothing breaks"
    )
    chosen = parser.parse_args(arguments)
    released = last_release()
    against = chosen.against or (str(released) if released else None)
    try:
        changes = previous(against).changes_to(current()) if against else []
        breaks = report(changes, say)
        if chosen.freeze and not breaks:
            say(f"wrote {freeze(chosen.freeze)}\n")
    except NoContract as error:
        say(f"{error}\n")
        return 2
    if not changes:
        say(
            f"No change against {against}.\n"
            if against
            else "Nothing is released yet, so nothing can break.\n"
        )
    return int(breaks)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
