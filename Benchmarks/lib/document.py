"""`docs/benchmarks.md` and its pictures, made of `Benchmarks/document.md` (the prose) and `Benchmarks/results` (the figures).

In the prose a line `{{machines}}` or `{{summary}}` stands for what is said of all topics, `{{measured TOPIC}}` for when, with
which versions and what is missed, `{{plots TOPIC}}` and `{{tables TOPIC}}` for those. The same input gives the same bytes.
"""

import re
from pathlib import Path

import plots
import results
import table

PLACE = re.compile(r"^\{\{(\w+)(?: (\w+))?\}\}$", re.MULTILINE)
DOCUMENT, PICTURES = Path("docs/benchmarks.md"), Path("docs/benchmarks")
PARTS = ("measured", "plots", "tables")
MADE = "<!-- Made by Benchmarks/report of Benchmarks/document.md and Benchmarks/results: change those. -->\n\n"


def made(repository: Path) -> dict:
    """The content of every file, by its path in the repository."""
    kept = results.load_all(repository / "Benchmarks/results")
    drawn = plots.pictures(kept)
    prose = (repository / "Benchmarks/document.md").read_text()
    wanted = {(part, topic) for topic in kept for part in PARTS}
    lacking = wanted - {(found[1], found[2]) for found in PLACE.finditer(prose)}
    if lacking:
        raise ValueError("Benchmarks/document.md has no " + ", ".join(f"{{{{{part} {topic}}}}}" for part, topic in sorted(lacking)))

    def filled(found: re.Match) -> str:
        part, topic = found[1], found[2]
        if part in ("machines", "summary") and topic is None:
            return machines(kept) if part == "machines" else summary(kept, prose)
        if part not in PARTS or topic not in results.TOPICS:
            raise ValueError(f"Benchmarks/document.md: nothing is known of {found[0]}")
        if topic not in kept:
            return "Not measured yet." if part == "measured" else ""
        if part == "measured":
            return measured(kept[topic], machine_list(kept))
        return pictures(drawn.get(topic, {})) if part == "plots" else tables(kept[topic])

    files = {str(DOCUMENT): MADE + PLACE.sub(filled, prose)}
    files |= {str(PICTURES / f"{name}.svg"): plot.svg() for of_topic in drawn.values() for name, plot in of_topic.items()}
    return files


def write(repository: Path) -> list:
    """Writes what has changed, removes pictures of nothing; returns their paths."""
    files, changed = made(repository), outdated(repository)
    (repository / PICTURES).mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in files:
            (repository / name).write_text(files[name])
        else:
            (repository / name).unlink()
    return changed


def outdated(repository: Path) -> list:
    """Files that are not what the prose and the results give, by their paths."""
    files = made(repository)
    there = {str(PICTURES / file.name) for file in (repository / PICTURES).glob("*.svg")}
    return sorted({name for name, content in files.items()
                   if not (repository / name).exists() or (repository / name).read_text() != content} | (there - set(files)))


# What is said of all topics

def machine_list(kept: dict) -> list:
    found = []
    for topic in kept.values():
        for run in topic["runs"].values():
            if run["machine"] not in found:
                found.append(run["machine"])
    return found


def machines(kept: dict) -> str:
    found = [f"{each['processor']}, {each['cores']} cores, "
             f"{str(each['memory_gb']) + ' GB' if each['memory_gb'] else 'memory not noted'}, {each['system']}"
             for each in machine_list(kept)]
    if len(found) == 1:
        return f"Machine: {found[0]}."
    return "\n".join(f"* Machine {number}: {each}." for number, each in enumerate(found, 1))


def anchor(prose: str, topic: str) -> str:
    """Of the heading that a topic stands below."""
    headings = re.findall(r"^## (.+)$", prose[:prose.index(f"{{{{measured {topic}}}}}")], re.MULTILINE)
    return re.sub(r"[^\w -]", "", headings[-1].lower()).replace(" ", "-") if headings else ""


def summary(kept: dict, prose: str) -> str:
    lines = ["| topic | measured | required figures met | missed |", "|---|---|---|---|"]
    for name, topic in kept.items():
        checks = [check for each in topic["tables"] for check in each["checks"]]
        missed = sum(not check["passed"] for check in checks)
        times = ", ".join(_day(time) for time in topic["runs"])
        lines.append(f"| [{name}](#{anchor(prose, name)}) | {times} | {len(checks) - missed} of {len(checks)} | {missed or '–'} |")
    return "\n".join(lines)


def _day(time: str) -> str:
    return time.split("T")[0] if time.endswith("Z") else time


# What is said of one

def measured(topic: dict, known: list) -> str:
    """When, where and beside what; of several runs the one of most tables first, the others with the names of theirs."""
    titles = {time: [each["title"] for each in topic["tables"] if each["run"] == time] for time in topic["runs"]}
    lines, said = [], None
    for time in sorted(titles, key=lambda time: -len(titles[time])):
        run = topic["runs"][time]
        which = f": {'; '.join(titles[time])}" if lines else ""
        where = f" on machine {known.index(run['machine']) + 1}" if len(known) > 1 else ""
        versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        beside = "the same versions" if versions == said else versions
        remark = f", {run['remark']}" if run.get("remark") else ""
        lines.append(f"* Measured {_day(time)}{where}, with {beside}{remark}{which}.")
        said = versions
    checks = [check for each in topic["tables"] for check in each["checks"]]
    missed = [check for check in checks if not check["passed"]]
    lines.append(f"* Required figures met: {len(checks) - len(missed)} of {len(checks)}" + (", missed:" if missed else "."))
    lines += [f"  * {check['name']}: {table.shown(check['value'])} (required {table.required(check)})" for check in missed]
    return "\n".join(lines)


def pictures(drawn: dict) -> str:
    return "\n\n".join(f"![{_escaped(plot.words(1))}]({PICTURES.name}/{name}.svg)" for name, plot in drawn.items())


def _escaped(words: str) -> str:
    return re.sub(r"([\[\]\\`*_<>|])", r"\\\1", words)


def tables(topic: dict) -> str:
    """Each as it is printed; the first one open, the others to be opened."""
    made_of = []
    for number, each in enumerate(topic["tables"]):
        missed = sum(not check["passed"] for check in each["checks"])
        verdict = f" ({missed} missed)" if missed else ""
        title, text = each["title"], table.text(each).split("\n", 3)[3]
        title = title.replace("&", "&amp;").replace("<", "&lt;")
        made_of.append(f"<details{' open' * (number == 0)}>\n<summary>{title}{verdict}</summary>\n\n```\n{text}\n```\n\n</details>")
    return "\n\n".join(made_of)
