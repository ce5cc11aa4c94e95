"""What a topic reports, and how it is printed."""

from dataclasses import dataclass, field


@dataclass
class Check:
    """One figure that is required."""

    name: str
    value: float | None
    relation: str
    limit: float

    @property
    def passed(self) -> bool:
        if self.value is None:
            return False
        return {"<=": self.value <= self.limit, ">=": self.value >= self.limit, ">": self.value > self.limit}[
            self.relation]

    def json(self) -> dict:
        return dict(name=self.name, value=self.value, relation=self.relation, limit=self.limit, passed=self.passed)


@dataclass
class Report:
    """A table with the system and its peers side by side. `topic` names it, among the tables of all topics.

    `partial`: it was asked to be smaller than it is, by fewer sets or a smaller load; it is printed and not kept.
    """

    topic: str
    title: str
    columns: list
    rows: list = field(default_factory=list)
    checks: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    partial: bool = False

    def add(self, *cells) -> None:
        self.rows.append(list(cells))

    def json(self) -> dict:
        return dict(topic=self.topic, title=self.title, columns=self.columns, rows=self.rows,
                    checks=[check.json() for check in self.checks], notes=self.notes)

    def text(self) -> str:
        return text(self.json())


def text(table: dict) -> str:
    """A table in its stored form, as it is printed: a blank line, the title, the cells, what is required, notes."""
    rows, columns = table["rows"], table["columns"]
    cells = [columns] + [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    lines = ["", table["title"], ""]
    for number, row in enumerate(cells):
        padded = [cell.ljust(w) if i == 0 or not _numeric(rows, i) else cell.rjust(w)
                  for i, (cell, w) in enumerate(zip(row, widths))]
        lines.append("  " + "  ".join(padded).rstrip())
        if number == 0:
            lines.append("  " + "  ".join("-" * width for width in widths))
    for check in table["checks"]:
        verdict = "met   " if check["passed"] else "MISSED"
        lines.append(f"  {verdict} {check['name']}: {shown(check['value'])} (required {required(check)})")
    lines += [f"  {note}" for note in table["notes"]]
    return "\n".join(lines)


def required(check: dict) -> str:
    return f"{check['relation']} {check['limit']:g}"


def _numeric(rows: list, column: int) -> bool:
    return not any(isinstance(row[column], str) for row in rows)


def shown(cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.3f}" if abs(cell) < 10 else f"{cell:.1f}"
    return str(cell)
