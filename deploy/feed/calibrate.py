"""Measure the parameters of :mod:`deploy.feed.parameters` on the data files again and compare.

Run ``python -m deploy.feed.calibrate``; it prints every field, the value in use and the value measured now.
"""

import sys
from collections.abc import Iterator
from dataclasses import fields
from math import log
from pathlib import Path

from deploy.feed import parameters as p
from deploy.feed.data_folder import DataMissing
from deploy.feed.measures import CDNOW_PUBLISHED, MEASURES, cdnow_fit


def compare(folder: Path | None = None) -> Iterator[tuple[str, float, float]]:
    """Yield (field, value in use, value measured now) for every number."""
    in_use = p.Distributor()
    for part, measure in MEASURES.items():
        measured, used = measure(folder), getattr(in_use, part)
        for item in fields(used):
            old, new = getattr(used, item.name), getattr(measured, item.name)
            if not isinstance(old, tuple):
                yield f"{part}.{item.name}", old, new
                continue
            for i, pair in enumerate(zip(old, new, strict=True)):
                yield f"{part}.{item.name}[{i}]", *pair


def relative_difference(used: float, measured: float) -> float:
    """Difference as a share of the measured value; small absolute differences near zero count as none."""
    return abs(used - measured) / max(abs(measured), 1e-3)


def main() -> int:
    """Print the comparison; returns 1 if any value is more than 1 % off, 2 if the data is absent."""
    try:
        rows = list(compare())
        found, published = cdnow_fit(), CDNOW_PUBLISHED
    except DataMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    off = 0
    out = []
    for name, used, measured in rows:
        far = relative_difference(used, measured) > 0.01
        off += far
        out.append(f"{name:42} {used:12.5g} {measured:12.5g}{'  <-- differs' if far else ''}")
    out.append(f"CDNOW, published {published}")
    out.append(f"CDNOW, fitted here {found} (log r off by {abs(log(found.r / published.r)):.4f})")
    sys.stdout.write("\n".join(out) + "\n")
    return 1 if off else 0


if __name__ == "__main__":
    raise SystemExit(main())
