"""Choosing what a caller would rather have, by its Accept and Accept-Language headers."""

from collections.abc import Sequence

LONGEST_HEADER = 1_000


def preferred(header: str | None, offered: Sequence[str]) -> str:
    """Return the one of ``offered`` that the header asks for most, the first of them where it does not care.

    ``zh-CN`` asks for ``zh``; what is not understood asks for nothing.
    """
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate((header or "")[:LONGEST_HEADER].split(",")):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        if weight > 0:
            wanted.append((-weight, place, name))
    for _, _, name in sorted(wanted):
        for choice in offered:
            if name in ("*", "*/*"):
                return offered[0]
            if name == choice or name.startswith(f"{choice}-"):
                return choice
    return offered[0]


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
