"""Word error rate: numbers folded to digits; case, accents and punctuation removed. Errors of words' times."""

import re
import unicodedata

THROUGH, UP, LEFT = 0, 1, 2  # steps of an alignment
NEAR = 1e-5  # what a second between two equal words costs, in wrong words


def digits(words: str, **others: str) -> dict:
    return {word: str(value) for value, word in enumerate(words.split())} | others


DIGITS = {
    "en": digits("zero one two three four five six seven eight nine", oh="0"),
    "es": digits("cero uno dos tres cuatro cinco seis siete ocho nueve", un="1", una="1"),
    "fr": digits("zero un deux trois quatre cinq six sept huit neuf", une="1"),
}


def normalized(text: str, language: str = "en") -> list:
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = text.replace("*", " star ").replace("#", " pound ").replace("\u2019", "'")
    text = re.sub(r"(?<=\d)-?(?=\d)", " ", text)
    text = re.sub(r"'(?=(?:s|re|m|t|d|ve|ll)\b)", "", text)
    return [DIGITS[language].get(word, word) for word in re.sub(r"[^a-z0-9 ]", " ", text).split()]


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


def word_error_rate(truth: list, text: str, language: str = "en") -> dict:
    """`truth` is a list of {text}; the rate is in percent."""
    reference = normalized(" ".join(line["text"] for line in truth), language)
    errors, substitutions, deletions, insertions = word_errors(reference, normalized(text, language))
    return dict(rate=100 * errors / max(1, len(reference)), substitutions=substitutions, deletions=deletions,
                insertions=insertions, words=len(reference))


def pairs(truth: list, heard: list) -> list:
    """Indices (i, j) of equal words in the cheapest alignment; of several as cheap, the one whose times are nearest."""
    above = [float(j) for j in range(len(heard) + 1)]
    moves = []
    for i, wanted in enumerate(truth, 1):
        row, steps = [float(i)], [UP]
        for j, found in enumerate(heard, 1):
            through = above[j - 1] + (NEAR * apart(wanted, found) if wanted[0] == found[0] else 1)
            costs = (through, above[j] + 1, row[-1] + 1)
            row.append(min(costs))
            steps.append(costs.index(row[-1]))
        moves.append(steps)
        above = row
    result, i, j = [], len(truth), len(heard)
    while i and j:
        move = moves[i - 1][j]
        i, j = i - (move != LEFT), j - (move != UP)
        if move == THROUGH and truth[i][0] == heard[j][0]:
            result.append((i, j))
    return result[::-1]


def apart(wanted: tuple, found: tuple) -> float:
    """Seconds between two words, up to ten; 0 where a time is not known."""
    both = [abs(a - b) for a, b in zip(wanted[1:], found[1:]) if a is not None and b is not None]
    return min(10, *both) if both else 0


def timed(words: list, language: str = "en") -> list:
    """Normalized words with times: of a word that becomes several, the first has the start and the last the end."""
    result = []
    for text, start, end in words:
        parts = normalized(text, language)
        result += [(part, start if index == 0 else None, end if index == len(parts) - 1 else None)
                   for index, part in enumerate(parts)]
    return result


def time_errors(truth: list, words: list, language: str = "en") -> dict:
    """`truth`: normalized (word, start or None, end or None). Found minus true time of every word that was heard."""
    heard = timed(words, language)
    starts, ends = [], []
    for i, j in pairs(truth, heard):
        for index, errors in ((1, starts), (2, ends)):
            if truth[i][index] is not None and heard[j][index] is not None:
                errors.append(heard[j][index] - truth[i][index])
    return dict(starts=starts, ends=ends)


def longest_loop(words: list, longest: int = 8) -> int:
    """How many times in a row the same one to eight words are repeated at most."""
    most = 0
    for length in range(1, longest + 1):
        run = 0
        for index in range(length, len(words)):
            run = run + 1 if words[index] == words[index - length] else 0
            most = max(most, run // length)
    return most
