"""The way of the data as a picture: who writes which topic and who reads it, drawn from ``topics.yaml``."""

from dataclasses import dataclass, field
from html import escape

from contracts.generators import GENERATED_BY
from contracts.topics import Topic, topics

_COLOURS = {"customers": "#7048e8", "orders": "#1971c2", "credit": "#c2410c", "insights": "#2b8a3e"}
_OUTSIDE = "#64748b"
_ROLES = {
    "pos": "tills",
    "erp": "order system",
    "bank": "statements",
    "finance": "people who grant credit",
    "customers": "who they are",
    "orders": "what they order",
    "credit": "what they owe",
    "insights": "what they will do",
    "delivery": "inbox, chat, mail",
    "operations": "people on call",
}

_PARTY_WIDTH, _PARTY_HEIGHT = 170, 52
_TOPIC_X, _TOPIC_WIDTH, _LINE = 400, 400, 15
_LEFT_X, _RIGHT_X = 30, 1000
_TOP, _GAP, _WIDTH = 96, 20, 1200
_PER_LINE = 11  # pixels between two lines that end at the same side of a box
_CHARACTERS_PER_LINE = 62

_KEYS = {
    "customer_id": "by customer",
    "prospect_id": "by prospect",
    "broadcast": "to every partition",
    "service": "by service",
}
_FAINT = "dead-letters"

_STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: #1e293b }
  .title { font-size: 21px; font-weight: 700 } .hint { font-size: 13px; fill: #64748b }
  .name { font-size: 15px; font-weight: 650 } .small { font-size: 11.5px; fill: #475569 }
  .key { font-size: 11.5px; fill: #64748b } .head { font-size: 12px; fill: #64748b; letter-spacing: .08em }
"""


@dataclass
class Box:
    """A party or a topic: where it is and how many lines end at each of its sides."""

    name: str
    x: float
    y: float
    width: float
    height: float
    ends: dict[str, list[tuple[float, "Wire"]]] = field(default_factory=lambda: {"left": [], "right": []})

    @property
    def middle(self) -> float:
        """The height of its centre."""
        return self.y + self.height / 2


@dataclass
class Wire:
    """A line from a writer to a topic or from a topic to a reader; the ends' heights are set by the layout."""

    party: str
    source: Box
    target: Box
    faint: bool
    y1: float = 0
    y2: float = 0


def short_names(topic: Topic) -> list[str]:
    """Return the event names without the prefix they share: ``order.placed, amended, cancelled``."""
    first, *rest = topic.events
    prefix = first.split(".")[0] + "."
    return [first, *(name.removeprefix(prefix) for name in rest)]


def _event_lines(topic: Topic) -> list[str]:
    lines = [""]
    for number, name in enumerate(short_names(topic)):
        piece = name if number + 1 == len(topic.events) else f"{name}, "
        if len(lines[-1]) + len(piece) > _CHARACTERS_PER_LINE:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _topic_boxes() -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    y = float(_TOP)
    for topic in topics().values():
        height = 32 + _LINE * len(_event_lines(topic)) + 8
        boxes[topic.name] = Box(topic.name, _TOPIC_X, y, _TOPIC_WIDTH, height)
        y += height + _GAP
    return boxes


def _party_boxes(uses: dict[str, list[Box]], x: float, bottom: float) -> dict[str, Box]:
    """Order the parties by the average height of their topics, so that few lines cross, with equal gaps between."""
    wanted = {party: _average(boxes) for party, boxes in uses.items()}
    order = sorted(wanted, key=lambda party: (wanted[party], party))
    heights = [max(_PARTY_HEIGHT, _PER_LINE * len(uses[party]) + 10) for party in order]
    gap = (bottom - _TOP - sum(heights)) / len(order)
    boxes: dict[str, Box] = {}
    y = _TOP + gap / 2
    for party, height in zip(order, heights, strict=True):
        boxes[party] = Box(party, x, y, _PARTY_WIDTH, height)
        y += height + gap
    return boxes


def _average(boxes: list[Box]) -> float:
    # Every service writes dead letters, at the bottom: that says nothing about where the service belongs.
    telling = [box.middle for box in boxes if box.name != _FAINT] or [box.middle for box in boxes]
    return sum(telling) / len(telling)


def _layout() -> tuple[dict[str, Box], dict[str, Box], dict[str, Box], list[Wire], float]:
    middle = _topic_boxes()
    bottom = max(box.y + box.height for box in middle.values())
    writes: dict[str, list[Box]] = {}
    reads: dict[str, list[Box]] = {}
    for topic in topics().values():
        for party in topic.producers:
            writes.setdefault(party, []).append(middle[topic.name])
        for party in topic.consumers:
            reads.setdefault(party, []).append(middle[topic.name])
    left, right = _party_boxes(writes, _LEFT_X, bottom), _party_boxes(reads, _RIGHT_X, bottom)
    wires = [
        Wire(party, left[party], box, faint=box.name == _FAINT)
        for party, boxes in writes.items()
        for box in boxes
    ]
    wires += [
        Wire(party, box, right[party], faint=box.name == _FAINT)
        for party, boxes in reads.items()
        for box in boxes
    ]
    _spread(wires)
    return left, middle, right, wires, bottom


def _spread(wires: list[Wire]) -> None:
    """Give each line its own place on the sides it joins, in the order of where it comes from."""
    for wire in wires:
        wire.source.ends["right"].append((wire.target.middle, wire))
        wire.target.ends["left"].append((wire.source.middle, wire))
    for wire in wires:
        wire.y1 = _place(wire.source, "right", wire)
        wire.y2 = _place(wire.target, "left", wire)


def _place(box: Box, side: str, wire: Wire) -> float:
    ends = sorted(box.ends[side], key=lambda end: (end[0], end[1].party))
    index = [end[1] for end in ends].index(wire)
    spacing = min(_PER_LINE, (box.height - 10) / len(ends))
    return box.middle + (index - (len(ends) - 1) / 2) * spacing


def svg() -> str:
    """Return the picture as SVG, the same bytes for the same topic map."""
    left, middle, right, wires, bottom = _layout()
    height = bottom + 56
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" '
        f'height="{height:g}" role="img" aria-labelledby="title">',
        f"<!-- Generated by `{GENERATED_BY}` from contracts/topics.yaml. -->",
        '<title id="title">The way of the data: who writes which topic and who reads it</title>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height:g}" rx="14" fill="#ffffff"/>',
        _text(_LEFT_X, 40, "The way of the data", "title"),
        *(_head(x, words) for x, words in ((_LEFT_X, "WRITES"), (_TOPIC_X, "TOPIC"), (_RIGHT_X, "READS"))),
        *(_curve(wire) for wire in sorted(wires, key=lambda wire: not wire.faint)),
        *(_topic(middle[topic.name], topic) for topic in topics().values()),
        *(_party(box) for box in (*left.values(), *right.values())),
        _text(
            _LEFT_X,
            bottom + 36,
            "Filled: a Tallyman service; it appears on both sides if it reads and writes. Outlined: around it. "
            "Dashed: what could not be applied.",
            "hint",
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _head(x: float, words: str) -> str:
    return _text(x, _TOP - 22, words, "head")


def _text(x: float, y: float, words: str, style: str, extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{style}"{extra}>{escape(words)}</text>'


def _curve(wire: Wire) -> str:
    x1, x2 = wire.source.x + wire.source.width, wire.target.x - 7
    bend = (x2 - x1) * 0.5
    colour = _COLOURS.get(wire.party, _OUTSIDE)
    look = (
        'stroke-width="1.3" stroke-dasharray="4 4" opacity=".5"'
        if wire.faint
        else 'stroke-width="2" opacity=".75"'
    )
    head = f"M{x2:g} {wire.y2 - 4:.1f}l8 4l-8 4z"
    path = (
        f"M{x1:g} {wire.y1:.1f}C{x1 + bend:g} {wire.y1:.1f} {x2 - bend:g} {wire.y2:.1f} {x2:g} {wire.y2:.1f}"
    )
    return f'<g {look}><path d="{path}" fill="none" stroke="{colour}"/><path d="{head}" fill="{colour}"/></g>'


def _topic(box: Box, topic: Topic) -> str:
    note = f"{_KEYS[topic.key]} · {topic.retention_days} days"
    lines = [
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="10" fill="#f8fafc" '
        'stroke="#94a3b8"/>',
        _text(box.x + 16, box.y + 23, topic.name, "name"),
        _text(box.x + box.width - 16, box.y + 23, note, "key", ' text-anchor="end"'),
    ]
    lines += [
        _text(box.x + 16, box.y + 42 + _LINE * number, line, "small")
        for number, line in enumerate(_event_lines(topic))
    ]
    return "\n".join(lines)


def _party(box: Box) -> str:
    colour = _COLOURS.get(box.name)
    fill, ink = (colour, "#ffffff") if colour else ("#ffffff", "#1e293b")
    centre = box.x + box.width / 2
    return "\n".join(
        (
            f'<rect x="{box.x:g}" y="{box.y:.1f}" width="{box.width}" height="{box.height:g}" rx="10" fill="{fill}" '
            f'stroke="{colour or _OUTSIDE}" stroke-width="1.5"/>',
            _text(centre, box.middle - 4, box.name, "name", f' text-anchor="middle" style="fill:{ink}"'),
            _text(
                centre,
                box.middle + 13,
                _ROLES.get(box.name, ""),
                "small",
                f' text-anchor="middle" style="fill:{ink}"',
            ),
        )
    )


def mermaid() -> str:
    """Return the same picture as a mermaid flowchart."""
    lines = ["flowchart LR"]
    for topic in topics().values():
        node = topic.name.replace("-", "_")
        lines.append(f'    {node}[("{topic.name}")]')
        arrow = "-.->" if topic.name == _FAINT else "-->"
        lines += [f'    w_{party}["{party}"] {arrow} {node}' for party in topic.producers]
        lines += [f'    {node} {arrow} r_{party}["{party}"]' for party in topic.consumers]
    for service, colour in _COLOURS.items():
        lines.append(f"    classDef {service} fill:{colour},color:#fff,stroke:{colour}")
        lines.append(f"    class w_{service},r_{service} {service}")
    return "\n".join(lines)


def page() -> str:
    """Return the page that shows both."""
    return f"""# The way of the data

<!-- Generated by `{GENERATED_BY}` from contracts/topics.yaml. -->

![Who writes which topic and who reads it](way-of-data.svg)

Each topic belongs to those who write it, so that an access list can say "tills may write orders, only finance may write
terms". What is keyed by customer has the same number of partitions on every topic, so one replica of a service sees
everything of a customer. [The contract](../contracts/README.md) lists the events with an example of each.

The same as a graph that GitHub and many editors draw from its text:

```mermaid
{mermaid()}
```
"""
