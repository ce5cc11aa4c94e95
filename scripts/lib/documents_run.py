"""Runs the blocks of one document and compares what comes of them with what it says."""

import collections
import json
import os
import pathlib
import re

from chaos_stage import ROOT, Problem, free_port
from documents_blocks import Wrong
from documents_match import json_difference, text_difference
from documents_shell import BLOCK_SECONDS, Shell

PORT = re.compile(r"(localhost:|127\.0\.0\.1:|--port )(\d{4,5})\b")
DEFAULT_PORT = "8080"
# Runs a file of commands on a terminal.
TERMINAL = "import os, pty, sys; " \
    "sys.exit(os.waitstatus_to_exitcode(pty.spawn([\"bash\", \"-e\", \"-o\", \"pipefail\", sys.argv[1]])))"
# What terminals are told beside the text.
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
EXAMPLE = pathlib.Path(ROOT) / "examples" / "library" / "main.swift"


def _as_seen(output):
    """What remains on a terminal: what comes after a return to the line's beginning stands over what was there."""
    lines = CONTROLS.sub("", output).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rsplit("\r", 1)[-1] for line in lines)


class Run:
    """A document's folder, shell and what was printed last."""

    def __init__(self, path, blocks, work, binary, recordings, servers):
        self.path, self.blocks, self.binary = path, blocks, binary
        self.folder = work / "work"
        self.folder.mkdir(parents=True)
        self.printed = None
        self.counts = collections.Counter()
        self.notes = []
        text = "\n".join(block.text for block in blocks if block.is_run)
        recordings.put(text + " ".join(block.marks.get("arguments", "") for block in blocks), self.folder)
        try:
            servers.prepare(text)
        except Problem as problem:
            raise Wrong(1, str(problem)) from problem
        named = {number for _, number in PORT.findall(text)} | {DEFAULT_PORT}
        self.ports = {}
        for number in sorted(named):
            while (port := str(free_port())) in self.ports.values():
                pass
            self.ports[number] = port
        self.replacements = servers.replacements()
        self.shell = Shell(self.folder, work / "notes", binary, self.ports[DEFAULT_PORT])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shell.close()

    def execute(self):
        for number, block in enumerate(self.blocks):
            if not block.is_run:
                self.counts["not run"] += 1
                self.printed = None
                continue
            text = self._as_executed(block.text)
            if block.kind == "json":
                self._check_json(block)
            if "file" in block.marks:
                target = self.folder / block.marks["file"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            elif block.kind in ("text", "json"):
                self._compare(block)
            elif block.kind == "swift":
                self._swift(block, f"block-{number}")
            else:
                self._commands(block, text, f"block-{number}")
            self.counts[block.kind] += 1

    def _as_executed(self, text):
        text = PORT.sub(lambda found: found[1] + self.ports[found[2]], text)
        for said, real in self.replacements:
            text = text.replace(said, real)
        return text

    def _as_documented(self, text):
        for said, real in self.replacements:
            text = text.replace(real, said)
        for said, real in self.ports.items():
            text = re.sub(rf"(localhost:|127\.0\.0\.1:){real}\b", rf"\g<1>{said}", text)
        return text

    def _commands(self, block, text, name):
        if block.kind == "python":
            script = self.shell.notes / f"{name}.py"
            script.write_text(text, encoding="utf-8")
            text = f"python3 '{script}'\n"
        if "columns" in block.marks:
            script = self.shell.notes / f"{name}.terminal"
            script.write_text(f"stty cols {block.marks['columns']} rows 50\n{text}", encoding="utf-8")
            text = f"python3 -c '{TERMINAL}' '{script}'\n"
        wanted = int(block.marks.get("fails with", 0))
        status, output = self.shell.run(name, text, fails=wanted != 0)
        output = self._as_documented(_as_seen(output))
        if status != wanted:
            ended = f"not over after {BLOCK_SECONDS} s" if status is None else f"exit status {status}, not {wanted}"
            raise Wrong(block.line, f"{ended}\n{block.text}{self._said(output)}")
        self.printed = (block, output)

    def _said(self, output):
        log = "\n".join(self._as_documented(self.shell.service_log()).splitlines()[-20:])
        return f"printed was\n{output[-4000:]}" + (f"\nthe services' log ends with\n{log}" if log else "")

    def _check_json(self, block):
        try:
            json.loads(block.text)
        except ValueError as error:
            raise Wrong(block.line, f"no JSON: {error}") from error

    def _compare(self, block):
        if self.printed is None:
            raise Wrong(block.line, f"a block of {block.kind} without commands before that print it")
        difference = (text_difference if block.kind == "text" else json_difference)(block.text, self.printed[1])
        if difference:
            raise Wrong(block.line, f"this is not what is printed by\n{self.printed[0].text}{difference}")
        self.printed = None

    def _swift(self, block, name):
        if EXAMPLE.read_text(encoding="utf-8") != block.text:
            raise Wrong(block.line, f"the text is not that of {EXAMPLE.relative_to(ROOT)}")
        example = os.path.join(os.path.dirname(self.binary), "library-example")
        if not os.access(example, os.X_OK):
            if os.environ.get("REQUIRE_LIBRARY_EXAMPLE") == "1":
                raise Wrong(block.line, f"there is no {example}")
            self.notes.append("library-example is not built: compared, and not run")
            self._leave_out_output(block)
            return
        self._commands(block, f"'{example}' {block.marks.get('arguments', '')}\n", name)

    def _leave_out_output(self, block):
        """What a program prints that is not there cannot be compared."""
        following = self.blocks.index(block) + 1
        if following < len(self.blocks) and self.blocks[following].kind == "text":
            self.blocks[following].marks["not run"] = "library-example is not built"

    def summary(self):
        parts = [f"{count} {kind}" for kind, count in sorted(self.counts.items())]
        return ", ".join(parts or ["no blocks"]) + "".join(f" ({note})" for note in self.notes)
