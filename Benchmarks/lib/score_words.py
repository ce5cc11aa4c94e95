"""Word error rate: numbers folded to digits; case, accents and punctuation removed."""

import re
import unicodedata

DIGITS = {word: str(value) for value, word in enumerate("zero one two three four five six seven eight nine".split())}
DIGITS["oh"] = "0"


def normalized(text: str) -> list:
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = text.replace("*", " star ").replace("#", " pound ").replace("\u2019", "'")
    text = re.sub(r"(?<=\d)-?(?=\d)", " ", text)
    text = re.sub(r"'(?=(?:s|re|m|t|d|ve|ll)\b)", "", text)
    return [DIGITS.get(word, word) for word in re.sub(r"[^a-z0-9 ]", " ", text).split()]


def word_errors(reference: list, hypothesis: list) -> tuple:
    """Returns (errors, substitutions, deletions, insertions) of the cheapest alignment."""
    previous = [(j, 0, 0, j) for j in range(len(hypothesis) + 1)]
    for i, wanted in enumerate(reference, 1):
        current = [(i, 0, i, 0)]
        for j, heard in enumerate(hypothesis, 1):
            wrong = int(wanted != heard)
            e, s, d, n = previous[j - 1]
            replaced = (e + wrong, s + wrong, d, n)
            e, s, d, n = previous[j]
            deleted = (e + 1, s, d + 1, n)
            e, s, d, n = current[j - 1]
            inserted = (e + 1, s, d, n + 1)
            current.append(min(replaced, deleted, inserted, key=lambda cost: cost[0]))
        previous = current
    return previous[-1]


def word_error_rate(truth: list, text: str) -> dict:
    """`truth` is a list of {text}; the rate is in percent."""
    reference = normalized(" ".join(line["text"] for line in truth))
    errors, substitutions, deletions, insertions = word_errors(reference, normalized(text))
    return dict(rate=100 * errors / max(1, len(reference)), substitutions=substitutions, deletions=deletions,
                insertions=insertions, words=len(reference))
