"""The fenced blocks of a Markdown document, and what their marks ask for."""

import dataclasses
import re

KINDS = ("sh", "python", "text", "json", "swift")
FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(.*)$")
MARK = re.compile(r"^\s*<!--\s*(not run|fails with|file|arguments|columns)\s*:(.*?)-->\s*$")
COMMENT = re.compile(r"^\s*<!--.*-->\s*$")


class Wrong(Exception):
    """A document that does not hold, at a line."""

    def __init__(self, line, message):
        super().__init__(message)
        self.line = line


@dataclasses.dataclass
class Block:
    line: int
    end: int
    kind: str
    text: str
    marks: dict

    @property
    def is_run(self):
        return "not run" not in self.marks

    def fate(self):
        if not self.is_run:
            return "not run: " + self.marks["not run"]
        if "file" in self.marks:
            return f"written to {self.marks['file']}"
        if "columns" in self.marks:
            return f"runs on a terminal of {self.marks['columns']} columns"
        if self.kind == "sh" and "fails with" in self.marks:
            return f"runs, and ends with {self.marks['fails with']}"
        return {"sh": "runs", "python": "runs", "text": "compared with what was printed",
                "json": "compared with what was printed", "swift": "compared with examples/library, runs"}[self.kind]


def read(path):
    """The blocks of a document in order.

    Raises Wrong for a block that nobody could run: without an info string, unknown, unmarked, or no fence at all."""
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks, place = [], 0
    while place < len(lines):
        line = lines[place]
        fence = FENCE.match(line)
        if fence:
            block = _block(lines, place, fence)
            blocks.append(block)
            place = block.end
            continue
        if re.match(r"^( {4}|\t)", line) and line.strip() and (place == 0 or not lines[place - 1].strip()):
            raise Wrong(place + 1, "an indented block: give it a fence and an info string")
        if re.search(r"<(pre|code)\b", line, re.IGNORECASE):
            raise Wrong(place + 1, "a block in HTML: give it a fence and an info string")
        if MARK.match(line) and not _leads_to_fence(lines, place):
            raise Wrong(place + 1, "a mark without a block below it")
        place += 1
    _check_files(blocks)
    return blocks


def _leads_to_fence(lines, place):
    while place < len(lines) and COMMENT.match(lines[place]):
        place += 1
    return place < len(lines) and FENCE.match(lines[place])


def _block(lines, place, fence):
    indent, sign, kind = len(fence[1]), fence[2], fence[3].strip()
    close = re.compile(r"^\s*" + re.escape(sign[0]) + "{" + str(len(sign)) + r",}\s*$")
    end = next((number for number in range(place + 1, len(lines)) if close.match(lines[number])), None)
    if end is None:
        raise Wrong(place + 1, "a block without an end")
    body = [line[min(indent, len(line) - len(line.lstrip())):] for line in lines[place + 1:end]]
    block = Block(place + 1, end + 1, kind, "\n".join(body) + "\n", _marks(lines, place))
    if not kind:
        raise Wrong(block.line, "a block without an info string")
    if kind not in KINDS and block.is_run and "file" not in block.marks:
        raise Wrong(block.line, f"nothing runs a block of {kind}: use {', '.join(KINDS)}, or mark it")
    if "fails with" in block.marks and kind != "sh":
        raise Wrong(block.line, f"a block of {kind} has no exit status")
    if "columns" in block.marks and (kind != "sh" or not block.marks["columns"].isdigit()):
        raise Wrong(block.line, "'columns' gives commands a terminal of so many")
    if "arguments" in block.marks and kind != "swift":
        raise Wrong(block.line, f"a block of {kind} takes no arguments")
    return block


def _marks(lines, place):
    """The comments directly above a block."""
    marks = {}
    while place > 0 and COMMENT.match(lines[place - 1]):
        place -= 1
        mark = MARK.match(lines[place])
        if not mark:
            raise Wrong(place + 1, "a comment above a block that is no mark")
        name, value = mark[1], mark[2].strip()
        if not value:
            raise Wrong(place + 1, f"'{name}' without saying {'why' if name == 'not run' else 'what'}")
        if name in marks:
            raise Wrong(place + 1, f"'{name}' twice")
        if name == "fails with" and not (value.isdigit() and 0 < int(value) < 256):
            raise Wrong(place + 1, "'fails with' takes an exit status from 1 to 255")
        if name == "file" and (value.startswith("/") or ".." in value.split("/")):
            raise Wrong(place + 1, "a file outside of the document's folder")
        marks[name] = value
    if len(marks) > 1:
        raise Wrong(place + 1, f"{' and '.join(sorted(marks))} exclude each other")
    return marks


def _check_files(blocks):
    """What is only written would never be tried."""
    for number, block in enumerate(blocks):
        name = block.marks.get("file")
        if name and not any(name in later.text for later in blocks[number + 1:] if later.is_run):
            raise Wrong(block.line, f"no later block uses {name}")
