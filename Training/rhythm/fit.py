"""Fits the weights of the rhythm stage: `fit.py --truths DIR --readings DIR --out RhythmWeights.swift`.

Two conditional logits. Bars: over all metres and phases of the reading nearest to the truth, target by the F-measure of
downbeats. Metrical level: over all readings of an excerpt, target by F-measure and CMLt; its features hold the outcome of
the bars, so it is fitted second. Both targets are soft: readings nearly as good as the best one get their share.
"""

import argparse
from pathlib import Path

import excerpts as corpus
import numpy as np
from scipy.optimize import minimize
from weights import compare, write

LEVEL_PENALTY = 0.01
BAR_PENALTY = 0.1
LEVEL_SHARPNESS = 12  # of the softmax over F + CMLt
BAR_SHARPNESS = 30  # of the softmax over downbeat F
# What an excerpt counts for: recordings are few, and the drum machines stand for what they are like.
LEVEL_WEIGHT = {"real": 3.0, "synth": 3.0}
BAR_WEIGHT = {"real": 2.0}
FOLDS = 5
FOLD_SEED = 1


def fit_logit(choices: list, penalty: float) -> np.ndarray:
    """Weights of a conditional logit, for choices (features [options][n], target [options], weight).

    The L2 penalty applies to features of unit spread.
    """
    spread = np.concatenate([features for features, _, _ in choices]).std(0) + 1e-6
    scaled = [(features / spread, target, weight) for features, target, weight in choices]
    total = sum(weight for _, _, weight in scaled)

    def loss(weights: np.ndarray):
        value, gradient = 0.0, np.zeros(len(weights))
        for features, target, weight in scaled:
            logits = features @ weights
            exponentials = np.exp(logits - logits.max())
            shares = exponentials / exponentials.sum()
            value -= weight * (target @ np.log(shares + 1e-12))
            gradient += weight * (features.T @ (shares - target))
        return value / total + penalty * weights @ weights, gradient / total + 2 * penalty * weights

    return minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B").x / spread


def soft_target(qualities: np.ndarray, sharpness: float) -> np.ndarray:
    shares = np.exp((qualities - qualities.max()) * sharpness)
    return shares / shares.sum()


def bar_choices(excerpts: list) -> list:
    choices = []
    for excerpt in excerpts:
        reading = excerpt.best
        downbeats = np.array(excerpt.truth["downbeats"])
        if reading.scores[0] < 0.85 or not reading.hypotheses or not len(downbeats):
            continue
        is_downbeat = np.abs(reading.times[:, None] - downbeats).min(1) < 0.07
        qualities = []
        for meter, offset in reading.hypotheses:
            counted = np.zeros(len(is_downbeat), bool)
            counted[offset::meter] = True
            qualities.append(2 * (counted & is_downbeat).sum() / max(1, counted.sum() + is_downbeat.sum()))
        qualities = np.array(qualities)
        if qualities.max() >= 0.7:
            target = soft_target(qualities, BAR_SHARPNESS)
            choices.append((reading.bar_features, target, BAR_WEIGHT.get(excerpt.kind, 1.0)))
    return choices


def level_features(excerpt: corpus.Excerpt, bar_weights: np.ndarray) -> np.ndarray:
    """`MetricalLevel.features` of each reading, with these weights for bars."""
    rows = []
    for reading in excerpt.readings:
        bars = np.zeros(corpus.BAR_FEATURES)
        if reading.hypotheses:
            scores = reading.bar_features @ bar_weights
            best = int(np.argmax(scores))
            meter = reading.hypotheses[best][0]
            by_meter = [max((s for s, (m, _) in zip(scores, reading.hypotheses) if m == wanted), default=0.0)
                        for wanted in (2, 3, 4)]
            ambiguity = np.log(np.exp(scores - scores[best]).sum())
            bars = np.array([scores[best], float(meter == 4), float(meter == 3), ambiguity, *by_meter])
        rows.append(np.concatenate([reading.own_features, bars]))
    return np.array(rows)


def level_choices(excerpts: list, bar_weights: np.ndarray) -> list:
    choices = []
    for excerpt in excerpts:
        qualities = np.array([reading.scores[0] + reading.scores[1] for reading in excerpt.readings])
        if qualities.max() >= 1.2:
            target = soft_target(qualities, LEVEL_SHARPNESS)
            choices.append((level_features(excerpt, bar_weights), target, LEVEL_WEIGHT.get(excerpt.kind, 1.0)))
    return choices


def fit(excerpts: list):
    """Weights of the level and of the bars."""
    bar_weights = fit_logit(bar_choices(excerpts), BAR_PENALTY)
    return fit_logit(level_choices(excerpts, bar_weights), LEVEL_PENALTY), bar_weights


def judge(excerpt: corpus.Excerpt, level_weights: np.ndarray, bar_weights: np.ndarray) -> tuple:
    """Scores of the reading and the bars chosen, one choice for the whole excerpt."""
    reading = excerpt.readings[int(np.argmax(level_features(excerpt, bar_weights) @ level_weights))]
    meter, offset = 1, 0
    if reading.hypotheses:
        meter, offset = reading.hypotheses[int(np.argmax(reading.bar_features @ bar_weights))]
    return corpus.score(excerpt.truth, reading.times, reading.times[offset::meter])


def held_out(excerpts: list, scores_apart: bool) -> list:
    """(excerpt, scores) of each excerpt, by weights fitted without its group."""
    groups = sorted({excerpt.group(scores_apart) for excerpt in excerpts})
    np.random.default_rng(FOLD_SEED).shuffle(groups)
    fold_of = {group: index % FOLDS for index, group in enumerate(groups)}
    results = []
    for fold in range(FOLDS):
        inside = [e for e in excerpts if fold_of[e.group(scores_apart)] != fold]
        level_weights, bar_weights = fit(inside)
        results += [(e, judge(e, level_weights, bar_weights)) for e in excerpts
                    if fold_of[e.group(scores_apart)] == fold]
    return results


def report(title: str, results: list) -> None:
    rows = {"development, rendered": [], "development, recorded": [], "other grooves": [], "other scores": [],
            "drum machines": []}
    for excerpt, scores in results:
        other = {"mma": "other grooves", "music21": "other scores", "synth": "drum machines"}
        name = {"beats": "development, rendered", "beats_real": "development, recorded"}.get(excerpt.set)
        rows[name or other[excerpt.kind]].append(scores)
    print(f"{title:24}{'n':>4}" + "".join(f"{name:>12}" for name in corpus.MEASURES))
    for name, scores in rows.items():
        means = [np.nanmean(column) if np.isfinite(column).any() else np.nan for column in np.array(scores, float).T]
        print(f"{name:24}{len(scores):4}" + "".join(f"{mean:12.3f}" for mean in means))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--truths", type=Path, required=True)
    parser.add_argument("--readings", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--compare", type=Path, help="weights in use: print the largest difference to them")
    arguments = parser.parse_args()
    excerpts = corpus.load(arguments.truths, arguments.readings)
    print(f"{len(excerpts)} excerpts")
    report("best reading there is", [(excerpt, excerpt.best.scores) for excerpt in excerpts])
    report("held out", held_out(excerpts, scores_apart=False))
    report("held out, scores, too", held_out(excerpts, scores_apart=True))
    level_weights, bar_weights = fit(excerpts)
    report("fitted on all", [(excerpt, judge(excerpt, level_weights, bar_weights)) for excerpt in excerpts])
    write(arguments.out, level_weights, bar_weights)
    if arguments.compare:
        compare(arguments.compare, level_weights, bar_weights)


if __name__ == "__main__":
    main()
