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
    """A table with the system and its peers side by side."""

    topic: str
    title: str
    columns: list
    rows: list = field(default_factory=list)
    checks: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def add(self, *cells) -> None:
        self.rows.append(list(cells))

    def json(self) -> dict:
        return dict(topic=self.topic, title=self.title, columns=self.columns, rows=self.rows,
                    checks=[check.json() for check in self.checks], notes=self.notes)

    def text(self) -> str:
        cells = [self.columns] + [[_shown(cell) for cell in row] for row in self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = ["", self.title, ""]
        for number, row in enumerate(cells):
            padded = [cell.ljust(w) if i == 0 or not _numeric(self.rows, i) else cell.rjust(w)
                      for i, (cell, w) in enumerate(zip(row, widths))]
            lines.append("  " + "  ".join(padded).rstrip())
            if number == 0:
                lines.append("  " + "  ".join("-" * width for width in widths))
        for check in self.checks:
            verdict = "met   " if check.passed else "MISSED"
            lines.append(f"  {verdict} {check.name}: {_shown(check.value)} (required {check.relation} {check.limit:g})")
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)


def _numeric(rows: list, column: int) -> bool:
    return not any(isinstance(row[column], str) for row in rows)


def _shown(cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.3f}" if abs(cell) < 10 else f"{cell:.1f}"
    return str(cell)
