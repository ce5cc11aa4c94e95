"""Scene scores: labels of frames of 10 ms, layers that overlap, edges of speech, and what confidences are worth."""

import numpy as np

KINDS = ["speech", "music", "silence", "other"]
SPEECH, MUSIC, SILENCE, OTHER = range(4)
FRAME = 0.01
PAUSE = 0.5  # shorter pauses do not divide speech
CLEAR_PAUSE = 0.6  # what is between the two may divide it or not: edges there are not asked for
LONGEST_DISTANCE = 2.0  # of edges; what is farther off, or not there, counts as this
SHORTEST_STRETCH = 0.25
BINS = (0, 0.5, 0.6, 0.7, 0.8, 0.9, 1)


def frame_labels(events: list, frames: int) -> np.ndarray:
    """One label a frame; where events overlap, speech goes before music before other."""
    labels = np.full(frames, SILENCE)
    for kind in (OTHER, MUSIC, SPEECH):
        labels[covered(spans(events, kind), frames)] = kind
    return labels


def spans(events: list, kind: int) -> list:
    return [(event["start"], event["end"]) for event in events if event["type"] == KINDS[kind]]


def covered(intervals: list, frames: int) -> np.ndarray:
    """Which frames have their centre in one of the intervals."""
    centres, mask = (np.arange(frames) + 0.5) * FRAME, np.zeros(frames, bool)
    for start, end in intervals:
        mask[np.searchsorted(centres, start) : np.searchsorted(centres, end)] = True
    return mask


def joined(intervals: list, pause: float = 0) -> list:
    """The intervals in order, those that touch or are apart by less than a pause made one."""
    result = []
    for start, end in sorted(intervals):
        if result and start - result[-1][1] < max(pause, 1e-6):
            result[-1][1] = max(result[-1][1], end)
        else:
            result.append([start, end])
    return result


def frame_count(truth: dict) -> int:
    return int(round(truth["events"][-1]["end"] / FRAME))


def distances(true: list, found: list) -> list:
    """From each true time to the nearest found one."""
    return [np.abs(np.append(found, np.inf) - time).min() for time in true]


def shares(true: np.ndarray, found: np.ndarray) -> float:
    """F1 of two masks."""
    return float(2 * np.sum(true & found) / max(true.sum() + found.sum(), 1))


def score(results: dict, truth: dict) -> dict:
    """`results` maps a name to events {type, start, end} in seconds, `truth` to the corpus' truth."""
    confusion = np.zeros((4, 4))
    boundaries, onsets, offsets, stretches = [], [], [], []
    under_speech, overlap = [], []  # pairs of masks: true, found
    for name, true in sorted(truth.items()):
        frames, events = frame_count(true), results[name]
        wanted, given = frame_labels(true["events"], frames), frame_labels(events, frames)
        np.add.at(confusion, (wanted, given), 1)
        true_edges, edges = (np.where(np.diff((labels == SPEECH).astype(int)))[0] for labels in (wanted, given))
        boundaries += distances(true_edges * FRAME, edges * FRAME)

        spoken, music = (covered(true["layers"][kind], frames) for kind in ("speech", "music"))
        found_music = covered(spans(events, MUSIC), frames)
        under_speech.append((music[spoken], found_music[spoken]))
        overlap.append((music & spoken, found_music & (given == SPEECH)))

        speech, found = joined(true["layers"]["speech"], PAUSE), joined(spans(events, SPEECH))
        before = [start - end for (_, end), (start, _) in zip([(0, -np.inf), *speech], speech)]
        after = [*before[1:], np.inf]
        onsets += distances([start for (start, _), pause in zip(speech, before) if pause >= CLEAR_PAUSE],
                            [start for start, _ in found])
        offsets += distances([end for (_, end), pause in zip(speech, after) if pause >= CLEAR_PAUSE],
                             [end for _, end in found])
        for interval in joined(true["layers"]["speech"]):
            if interval[1] - interval[0] > SHORTEST_STRETCH:
                stretches.append(np.mean(given[covered([interval], frames)] == SPEECH) >= 0.5)

    precision = np.diag(confusion) / np.maximum(confusion.sum(0), 1)
    recall = np.diag(confusion) / np.maximum(confusion.sum(1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    boundaries, onsets, offsets = (np.minimum(values, LONGEST_DISTANCE) for values in (boundaries, onsets, offsets))
    return dict(
        accuracy=float(np.trace(confusion) / confusion.sum()), macro_f1=float(f1.mean()),
        kinds={kind: values for kind, *values in zip(KINDS, precision.tolist(), recall.tolist(), f1.tolist())},
        boundary_median_ms=1000 * float(np.median(boundaries)),
        boundary_within_200_ms=float(np.mean(boundaries <= 0.2)),
        music_under_speech=shares(*map(np.concatenate, zip(*under_speech))),
        overlap=shares(*map(np.concatenate, zip(*overlap))),
        onset_ms=[1000 * float(np.percentile(onsets, share)) for share in (50, 95)],
        offset_ms=[1000 * float(np.percentile(offsets, share)) for share in (50, 95)],
        covered=float(np.mean(stretches)))


def reliability(results: dict, truth: dict) -> dict:
    """By kind: seconds of events, the share of their frames that is right in each of BINS, and the calibration error.

    A frame of speech or music is right where the truth has that layer, another one where it is the truth's label. The
    error is the mean distance of confidence and share, weighted by time (expected calibration error).
    """
    pairs = {kind: ([], []) for kind in KINDS}
    for name, true in sorted(truth.items()):
        frames = frame_count(true)
        labels = frame_labels(true["events"], frames)
        for event in results[name]:
            kind = event["type"]
            layer = true["layers"].get(kind) if kind in ("speech", "music") else None
            right = labels == KINDS.index(kind) if layer is None else covered(layer, frames)
            right = right[covered([(event["start"], event["end"])], frames)]
            pairs[kind][0].append(np.full(len(right), event["confidence"] or 0.0))
            pairs[kind][1].append(right)
    result = {}
    for kind, columns in pairs.items():
        if not columns[0]:
            continue
        result[kind] = calibration(*map(np.concatenate, columns), FRAME)
    return result


def calibration(confidence: np.ndarray, right: np.ndarray, step: float) -> dict:
    """Of steps of so many seconds: what is claimed of each and whether it is right. By BINS: the share that is right, and how much
    of the time they have. The error is the mean distance of the two, weighted by time (expected calibration error)."""
    bins = np.clip(np.searchsorted(BINS, confidence, "right") - 1, 0, len(BINS) - 2)
    counts = np.bincount(bins, minlength=len(BINS) - 1)
    sums = [np.bincount(bins, values, len(BINS) - 1) for values in (confidence, right)]
    steps = max(len(right), 1)
    return dict(seconds=len(right) * step, mean=float(confidence.mean()), right=float(right.mean()),
                bins=[float(hits / count) if count else None for hits, count in zip(sums[1], counts)],
                shares=(counts / steps).tolist(), error=float(np.abs(sums[0] - sums[1]).sum() / steps))
