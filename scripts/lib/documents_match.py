"""Compares what was printed with what a document says, in which … stands for what it leaves out."""

import json
import re

REST = "…"


def text_difference(expected, printed):
    """None, or how the texts differ. A line of … alone stands for any lines, … within a line for anything in it."""
    want = [line.rstrip() for line in expected.rstrip("\n").split("\n")]
    have = [line.rstrip() for line in printed.rstrip("\n").split("\n")]
    if not any(line.strip(REST + " ") for line in want):
        return "the block says nothing: any output would do"
    if _lines_match(want, have):
        return None
    for line in want:
        if line.strip() != REST and not any(_line_matches(line, other) for other in have):
            return f"no line was like\n  {line}\nprinted was\n{_indented(have)}"
    return f"the lines differ in their order or number; printed was\n{_indented(have)}"


def _line_matches(want, have):
    return re.fullmatch(".*".join(re.escape(part) for part in want.split(REST)), have) is not None


def _lines_match(want, have):
    """Which places of `have` can be reached, line of `want` by line."""
    places = {0}
    for line in want:
        if line.strip() == REST:
            places = set(range(min(places), len(have) + 1))
        else:
            places = {place + 1 for place in places if place < len(have) and _line_matches(line, have[place])}
        if not places:
            return False
    return len(have) in places


def _indented(lines, most=60):
    shown = lines if len(lines) <= most else [*lines[:most], f"({len(lines) - most} more)"]
    return "\n".join("  " + line for line in shown)


def json_difference(expected, printed):
    """None, or how the values differ. A member "…" stands for other members, an element "…" for other elements, and … in
    a text for anything in it."""
    wanted = json.loads(expected)
    if wanted in ([REST], REST) or wanted == {REST: REST}:
        return "the block says nothing: any output would do"
    try:
        found = json.loads(printed)
    except ValueError:
        return f"no JSON was printed but\n{_indented(printed.splitlines())}"
    where = _json_difference(wanted, found, "")
    return where and f"{where}; printed was\n{_indented(json.dumps(found, ensure_ascii=False, indent=1).splitlines())}"


def _json_difference(want, have, where):
    if isinstance(want, str) and REST in want:
        text = have if isinstance(have, str) else json.dumps(have, ensure_ascii=False)
        return None if re.fullmatch(".*".join(map(re.escape, want.split(REST))), text, re.DOTALL) else _at(where, want)
    if isinstance(want, dict) and isinstance(have, dict):
        return _object_difference(want, have, where)
    if isinstance(want, list) and isinstance(have, list):
        return _list_difference(want, have, where)
    same = want == have and isinstance(want, bool) == isinstance(have, bool)
    return None if same else _at(where, want)


def _object_difference(want, have, where):
    for name, value in want.items():
        if name == REST:
            continue
        if name not in have:
            return f"{where}.{name} is missing"
        different = _json_difference(value, have[name], f"{where}.{name}")
        if different:
            return different
    more = sorted(set(have) - set(want))
    return f"{where or 'the object'} has {', '.join(more)} too" if more and REST not in want else None


def _list_difference(want, have, where):
    places, reason = {0}, None
    for number, value in enumerate(want):
        if value == REST:
            places = set(range(min(places), len(have) + 1))
            continue
        reached = set()
        for place in places:
            if place < len(have):
                different = _json_difference(value, have[place], f"{where}[{number}]")
                reason = reason or different
                if not different:
                    reached.add(place + 1)
        if not reached:
            return reason or f"{where} has {len(have)} elements"
        places = reached
    return None if len(have) in places else f"{where or 'the list'} has more elements"


def _at(where, want):
    return f"{where or 'the value'} is not {json.dumps(want, ensure_ascii=False)[:200]}"
