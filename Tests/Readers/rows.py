"""Differences between what was read and what had to be there."""


class Difference(Exception):
    """What is wrong with a file, in one line."""


def require(condition, message):
    if not condition:
        raise Difference(message)


def compare(what, found, expected, tolerance=0):
    """Rows of texts and numbers, in order; numbers may differ by the tolerance."""
    found, expected = list(found), list(expected)
    for index, (left, right) in enumerate(zip(found, expected)):
        same = len(left) == len(right) and all(is_same(one, other, tolerance) for one, other in zip(left, right))
        require(same, f"{what} {index} is {left!r}, not {right!r}")
    if len(found) != len(expected):
        rest = (found + expected[len(found):])[min(len(found), len(expected)):]
        raise Difference(f"{len(found)} of {what}, not {len(expected)}: {rest[0]!r}")


def is_same(left, right, tolerance):
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return abs(left - right) <= tolerance
    return left == right


def milliseconds(seconds):
    return round(float(seconds) * 1000)
