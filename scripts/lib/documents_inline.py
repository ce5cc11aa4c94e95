"""Commands in running text and in blocks that are not run: do they exist? And do links lead somewhere?"""

import functools
import re
import subprocess

from documents_blocks import Wrong


class Commands:
    """What the program, the Makefile and scripts/ have."""

    def __init__(self, binary, root):
        self.binary, self.root = binary, root
        self.targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    @functools.cache
    def help(self, *names):
        """The help of a subcommand; empty when there is none of that name."""
        text = subprocess.run([self.binary, *names, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, text=True, timeout=60, check=False).stdout
        return text if re.search(r"^USAGE: cueline " + " ".join(names) + r"\b", text, re.MULTILINE) else ""

    def fault(self, command):
        """What is wrong with a command line of ours; None for others and where nothing is."""
        words = command.split()
        while words and re.match(r"^[A-Z_]+=\S*$", words[0]):
            words = words[1:]
        if len(words) < 2 and not (words and words[0].startswith("scripts/")):
            return None
        if words[0] == "make":
            missing = [word for word in words[1:2] if re.fullmatch(r"[a-z-]+", word) and word not in self.targets]
            return f"the Makefile has no target {missing[0]}" if missing else None
        if words[0].startswith("scripts/"):
            return None if (self.root / words[0]).is_file() else f"there is no {words[0]}"
        if words[0] != "cueline":
            return None
        return self._fault(words[1:])

    def _fault(self, words):
        names = [] if words[0].startswith("-") else words[:1]
        text = self.help(*names) if names else self.help()
        if not text:
            return f"cueline has no {words[0]}"
        if names == ["jobs"]:
            text += self.help("jobs", words[1] if len(words) > 1 and self.help("jobs", words[1]) else "list")
        for option in re.findall(r"(?:^| )(--?[a-z][a-z-]*)", " ".join(words)):
            if not re.search(r"(?<![\w-])" + re.escape(option) + r"(?![\w-])", text):
                return f"cueline {' '.join(names)} has no {option}"
        return None


def check_text(path, blocks, commands):
    """Raises Wrong for the first command that does not exist, and for links that lead nowhere."""
    lines = path.read_text(encoding="utf-8").splitlines()
    inside = {number for block in blocks for number in range(block.line, block.end + 1)}
    prose = ["" if number in inside else line for number, line in enumerate(lines, 1)]
    text = "\n".join(prose)
    for found in re.finditer(r"`([^`]{3,200})`", text):
        fault = commands.fault(" ".join(found[1].split()))
        if fault:
            raise Wrong(text.count("\n", 0, found.start()) + 1, fault)
    for block in blocks:
        if not block.is_run and block.kind == "sh":
            for number, line in enumerate(block.text.splitlines()):
                fault = commands.fault(line.split(" #")[0].rstrip(" &"))
                if fault:
                    raise Wrong(block.line + 1 + number, fault)
    for found in re.finditer(r"\]\(([^)\s#]*)(?:#([^)\s]+))?\)", text):
        fault = _link_fault(path, found[1], found[2])
        if fault:
            raise Wrong(text.count("\n", 0, found.start()) + 1, fault)


def _link_fault(path, name, heading):
    if re.match(r"[a-z]+:", name):
        return None
    target = path.parent / name if name else path
    if not target.exists():
        return f"there is no {name}"
    if heading and target.suffix == ".md":
        titles = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
        if heading not in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}:
            return f"{target.name} has no heading {heading}"
    return None
