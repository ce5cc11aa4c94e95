"""Scene scores over 10 ms frames: accuracy, F1 by kind, their mean, and how well speech boundaries are met."""

import numpy as np

KINDS = ["speech", "music", "silence", "other"]
SPEECH, MUSIC, SILENCE, OTHER = range(4)
FRAME = 0.01


def frame_labels(events: list, frames: int) -> np.ndarray:
    """One label a frame; where events overlap, speech goes before music before other."""
    labels = np.full(frames, SILENCE)
    centres = (np.arange(frames) + 0.5) * FRAME
    for kind in ("other", "music", "speech"):
        for event in events:
            if event["type"] == kind:
                labels[(centres >= event["start"]) & (centres < event["end"])] = KINDS.index(kind)
    return labels


def score(results: dict, truth: dict) -> dict:
    """`results` maps a name to events {type, start, end} in seconds, `truth` to the corpus' truth."""
    confusion = np.zeros((4, 4))
    distances = []
    for name, true in sorted(truth.items()):
        frames = int(round(true["events"][-1]["end"] / FRAME))
        wanted, given = frame_labels(true["events"], frames), frame_labels(results[name], frames)
        np.add.at(confusion, (wanted, given), 1)
        true_edges, edges = (np.where(np.diff((labels == SPEECH).astype(int)))[0] for labels in (wanted, given))
        distances += [min(np.abs(edges - edge).min() * FRAME, 2.0) if len(edges) else 2.0 for edge in true_edges]
    precision = np.diag(confusion) / np.maximum(confusion.sum(0), 1)
    recall = np.diag(confusion) / np.maximum(confusion.sum(1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return dict(
        accuracy=float(np.trace(confusion) / confusion.sum()), macro_f1=float(f1.mean()),
        f1={kind: float(value) for kind, value in zip(KINDS, f1)},
        boundary_median_ms=1000 * float(np.median(distances)),
        boundary_within_200_ms=float(np.mean(np.array(distances) <= 0.2)))
