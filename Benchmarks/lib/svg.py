"""Plots as SVG: rows of bars with their values, and lines over lengths. The same figures give the same bytes. Ours stands
out, the peers are grey; colours follow the reader's light or dark scheme, on a ground of their own."""

import math
import textwrap
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape

WIDTH, MARGIN = 800, 20
LETTER, BOLD = 7.0, 8.0  # pixels of a letter at 12 px, in a wide font
PITCH, BAR, HEAD = 19, 12, 26  # of a row, of its bar, of a group's name
STYLE = """
    .ground { fill: #ffffff; } text { fill: #1f2328; font-size: 12px; }
    .title { font-size: 15px; font-weight: 600; } .strong { font-weight: 600; } .quiet { fill: #59636e; font-size: 11px; }
    .ours { fill: #0969da; } .second { fill: #54aeff; } .peer { fill: #b4bcc6; }
    polyline.ours { fill: none; stroke: #0969da; } polyline.second { fill: none; stroke: #54aeff; } polyline.peer { fill: none; stroke: #b4bcc6; }
    .value { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
    .axis { stroke: #8c959f; } .tick { stroke: #d1d9e0; } .limit { stroke: #cf222e; stroke-dasharray: 4 3; }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117; } text { fill: #f0f6fc; } .quiet { fill: #9198a1; }
      .ours { fill: #4493f8; } .second { fill: #1f6feb; } .peer { fill: #656c76; }
      polyline.ours { stroke: #4493f8; } polyline.second { stroke: #1f6feb; } polyline.peer { stroke: #656c76; }
      .value { stroke: #0d1117; }
      .axis { stroke: #656c76; } .tick { stroke: #3d444d; } .limit { stroke: #f85149; }
    }
"""


@dataclass
class Column:
    """One measure: its name with its unit, which direction is better (or neither), how its values are drawn and printed."""

    name: str
    better: str = "lower"  # higher, lower or nothing
    digits: int = 1
    log: bool = False
    top: float | None = None  # the end of the scale, else the largest value
    limit: float | None = None  # what is required, drawn as a line

    def shown(self, value) -> str:
        return "–" if value is None else f"{_rounded(value, self.digits):,}".replace(",", " ")

    def direction(self) -> str:
        parts = [f"{self.better} is better" if self.better else "", "log scale" if self.log else ""]
        return ", ".join(part for part in parts if part)


@dataclass
class Row:
    label: str
    values: list
    ours: bool = False


@dataclass
class Group:
    name: str
    rows: list


@dataclass
class Bars:
    """Groups of rows, with a column of bars for each measure: the peers of a group stand below each other."""

    title: str
    columns: list
    groups: list
    note: str = ""

    def words(self, most: int | None = None) -> str:
        """The result, for who does not see it: of all measures, or of the first ones."""
        said = []
        for index, column in enumerate(self.columns[:most]):
            better = f", {column.better} is better" if column.better else ""
            said.append(f"{column.name}{better}: " + "; ".join(self._compared(group, index) for group in self.groups))
        return f"{self.title}. " + ". ".join(said) + "."

    def _compared(self, group: Group, index: int) -> str:
        """Ours, and the best of the others."""
        column = self.columns[index]
        said = [f"{row.label} {column.shown(row.values[index])}" for row in group.rows if row.ours]
        theirs = [row for row in group.rows if not row.ours and row.values[index] is not None]
        if theirs:
            best = (max if column.better == "higher" else min)(theirs, key=lambda row: row.values[index])
            said.append(f"{'best other ' * (len(theirs) > 1)}{best.label} {column.shown(best.values[index])}")
        return (f"{group.name}: " if group.name else "") + ", ".join(said)

    def svg(self) -> str:
        rows = [row for group in self.groups for row in group.rows]
        label = max(len(row.label) * (BOLD if row.ours else LETTER) for row in rows) + 10
        begin, room = MARGIN + label, (WIDTH - 2 * MARGIN - label) / len(self.columns)
        lefts, scales = [begin + i * room for i in range(len(self.columns))], []
        for i, column in enumerate(self.columns):
            values = [row.values[i] for row in rows]
            scales.append(_Scale(column, values, room - max(len(column.shown(value)) for value in values) * BOLD - 16))
        drawn, y = [], 84
        for column, left in zip(self.columns, lefts):
            drawn += [_text(left, 56, column.name, "strong"), _text(left, 72, column.direction(), "quiet")]
        for group in self.groups:
            y += HEAD if group.name else 8
            drawn.append(_text(MARGIN, y - 9, group.name, "strong"))
            bottom = y + PITCH * len(group.rows) - 5
            for scale, left in zip(scales, lefts):
                drawn += [_line(left + at, y, left + at, bottom, kind) for at, _, kind in scale.marks()]
            for row in group.rows:
                drawn.append(_text(begin - 8, y + 11, row.label, "strong" if row.ours else "", "end"))
                for column, scale, left, value in zip(self.columns, scales, lefts, row.values):
                    drawn += _bar(left, y, 0 if value is None else scale.at(value), column.shown(value), row.ours)
                y += PITCH
        marked = [(left + at, name) for scale, left in zip(scales, lefts) for at, name, _ in scale.marks() if name]
        drawn += [_text(x, y + 10, name, "quiet", "middle") for x, name in marked]
        return _document(self.title, self.words(), drawn, y + (18 if marked else 2), self.note)


@dataclass
class Line:
    label: str
    values: list
    kind: str = "ours"  # the class of its colour: ours, second or peer


@dataclass
class Lines:
    """Lines over points that are named, at even distances, from zero up."""

    title: str
    measure: str
    points: list
    lines: list
    digits: int = 0
    better: str = "lower"
    limits: list = field(default_factory=list)  # values with what is said of them
    note: str = ""

    def words(self, most: int | None = None) -> str:
        said = []
        for line in self.lines[:most]:
            values = ", ".join(f"{point} {_rounded(value, self.digits)}" for point, value in zip(self.points, line.values))
            said.append(f"{line.label}: {values}")
        said += [f"{name}: {value:g}" for value, name in self.limits]
        return f"{self.title}: {self.measure}, {self.better} is better. " + ". ".join(said) + "."

    def svg(self) -> str:
        height, top, left = 220, 90, MARGIN + 48
        right = WIDTH - MARGIN - max(len(line.label) for line in self.lines) * BOLD - 8
        step = _nice(max(max(line.values) for line in self.lines) / 4)
        most = step * math.ceil(max([*(max(line.values) for line in self.lines), *(v for v, _ in self.limits)]) / step + 0.2)
        xs = [left + 40 + i * (right - left - 80) / max(1, len(self.points) - 1) for i in range(len(self.points))]

        def y_of(value: float) -> float:
            return top + height * (1 - value / most)

        drawn = [_text(MARGIN, 56, self.measure, "strong"), _text(MARGIN, 70, f"{self.better} is better", "quiet")]
        for number in range(round(most / step) + 1):
            y = y_of(number * step)
            drawn += [_line(left, y, right, y, "tick" if number else "axis"),
                      _text(left - 8, y + 4, f"{number * step:g}", "quiet", "end")]
        drawn += [_text(x, top + height + 18, name, "quiet", "middle") for x, name in zip(xs, self.points)]
        for value, name in self.limits:
            drawn += [_line(left, y_of(value), right, y_of(value), "limit"),
                      _text((xs[-2] + xs[-1]) / 2, y_of(value) - 5, f"{name}: {value:g}", "quiet", "middle")]
        for line in self.lines:
            at = [(x, y_of(value)) for x, value in zip(xs, line.values)]
            path = " ".join(f"{_n(x)},{_n(y)}" for x, y in at)
            drawn.append(f'<polyline class="{line.kind}" stroke-width="2.5" points="{path}"/>')
            above = all(line.values[-1] >= other.values[-1] for other in self.lines)
            for (x, y), value in zip(at, line.values):
                drawn += [f'<circle class="{line.kind}" cx="{_n(x)}" cy="{_n(y)}" r="4"/>',
                          _text(x, y - 9 if above else y + 19, f"{_rounded(value, self.digits)}", "value strong", "middle")]
            drawn.append(_text(right + 8, at[-1][1] + 4, line.label, "strong"))
        return _document(self.title, self.words(), drawn, top + height + 26, self.note)


class _Scale:
    """Where a value ends, in pixels from the column's left."""

    def __init__(self, column: Column, values: list, pixels: float):
        found = [value for value in [*values, column.limit] if value is not None]
        self.column, self.pixels = column, pixels
        self.most = column.top or max([*found, 1e-9])
        if column.log:
            positive = [value for value in found if value > 0] or [1]
            self.low = min(0, math.floor(math.log10(min(positive)) - 1e-9))
            self.high = max(math.log10(max(positive)), self.low + 1)

    def at(self, value: float) -> float:
        if self.column.log:
            return 0 if value <= 0 else self.pixels * (math.log10(value) - self.low) / (self.high - self.low)
        return self.pixels * min(value, self.most) / self.most

    def marks(self) -> list:
        """Lines across the bars: where they are, what stands below, of which kind."""
        found = [(0, "", "axis")]
        if self.column.log:
            powers = range(self.low, math.floor(self.high + 1e-9) + 1)
            every = max(1, math.ceil(len(powers) * 48 / self.pixels))
            found += [(self.at(10.0 ** power), f"{10.0 ** power:g}", "tick") for power in list(powers)[::every]]
        if self.column.limit is not None:
            found.append((self.at(self.column.limit), f"required {self.column.limit:g}", "limit"))
        return found


def _rounded(value: float, digits: int) -> Decimal:
    """Halves go up, as people round: figures that were stored as printed end in halves."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _nice(least: float) -> float:
    """The next of 1, 2, 5, 10, …"""
    power = 10 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "") -> str:
    classes = f' class="{kind}"' if kind else ""
    anchors = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text{classes} x="{_n(x)}" y="{_n(y)}"{anchors}>{escape(text)}</text>' if text else ""


def _bar(left: float, y: float, length: float, value: str, ours: bool) -> list:
    kind = "ours" if ours else "peer"
    shape = f'<rect class="{kind}" x="{_n(left)}" y="{_n(y + 1)}" width="{_n(length)}" height="{BAR}"/>'
    return [shape if length > 0 else "", _text(left + length + 5, y + 11, value, "value strong" if ours else "value")]


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"/>'


def _document(title: str, words: str, drawn: list, height: float, note: str) -> str:
    notes = textwrap.wrap(note, 110)
    drawn += [_text(MARGIN, height + 14 + 15 * i, line, "quiet") for i, line in enumerate(notes)]
    height += 15 * len(notes) + 12
    body = "\n  ".join(part for part in drawn if part)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}" width="{WIDTH}" height="{_n(height)}" role="img"
     aria-labelledby="title words" font-family="-apple-system, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif">
  <title id="title">{escape(title)}</title>
  <desc id="words">{escape(words)}</desc>
  <style>{STYLE}  </style>
  <rect class="ground" width="{WIDTH}" height="{_n(height)}" rx="6"/>
  {_text(MARGIN, 28, title, "title")}
  {body}
</svg>
"""
