"""The small language model of the shipped agent: trained on its own persona and memory.

python scripts/train_demo_model.py            train, evaluate, write the weights (under a minute)
python scripts/train_demo_model.py --check    evaluate the shipped weights; exit 1 below the margin
python scripts/train_demo_model.py --say "The wind"   let the shipped model go on

The model reads the last CONTEXT characters and gives the odds of the next one (an embedding, one
hidden layer, softmax; after Bengio and others, "A Neural Probabilistic Language Model", 2003).
Every tenth entry of the memory is held out; no character of it is trained on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

AGENT = Path(__file__).resolve().parent.parent / "zerog" / "demo" / "agent"
WEIGHTS = AGENT / "model" / "weights.bin"
CONFIG = AGENT / "model" / "config.json"

ALPHABET = "\n" + "".join(map(chr, range(32, 127)))
CONTEXT, EMBEDDING, HIDDEN = 12, 20, 224
SHAPES = (
    (len(ALPHABET), EMBEDDING),
    (CONTEXT * EMBEDDING, HIDDEN),
    (1, HIDDEN),
    (HIDDEN, len(ALPHABET)),
    (1, len(ALPHABET)),
)
SEED, EPOCHS, BATCH, RATE, DROPOUT = 7857, 18, 128, 0.0025, 0.25
MARGIN_BITS = 3.0
"""How many bits per character the trained model must save on held-out text."""

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Model:
    """Five arrays of SHAPES: embedding, hidden weights and bias, output weights and bias."""

    arrays: tuple[Floats, ...]

    @classmethod
    def untrained(cls) -> Model:
        """The seeded initialisation that training starts from."""
        random = np.random.default_rng(SEED)
        scales = [0.1, (CONTEXT * EMBEDDING) ** -0.5, 0.0, HIDDEN**-0.5, 0.0]
        drawn = zip(SHAPES, scales, strict=True)
        return cls(tuple((random.standard_normal(s) * k).astype(np.float32) for s, k in drawn))

    def logits(self, contexts: Codes) -> Floats:
        """Scores of the next character for each row of CONTEXT codes."""
        embedding, into, bias, out, last = self.arrays
        hidden = np.tanh(embedding[contexts].reshape(len(contexts), -1) @ into + bias)
        scores: Floats = hidden @ out + last
        return scores

    def bits_per_character(self, contexts: Codes, following: Codes) -> float:
        """Mean surprise in bits: what an ideal coder would need with these odds."""
        total = 0.0
        for start in range(0, len(contexts), 4096):
            odds = log_softmax(self.logits(contexts[start : start + 4096]))
            part = following[start : start + 4096]
            total -= float(odds[np.arange(len(part)), part].sum(dtype=np.float64))
        return total / len(following) / float(np.log(2))

    def save(self) -> None:
        """Write the arrays one after the other as little-endian 16-bit floats."""
        WEIGHTS.write_bytes(b"".join(array.astype("<f2").tobytes() for array in self.arrays))

    @classmethod
    def load(cls) -> Model:
        """Read what `save` wrote."""
        flat = np.frombuffer(WEIGHTS.read_bytes(), dtype="<f2").astype(np.float32)
        sizes = [int(np.prod(shape)) for shape in SHAPES]
        if len(flat) != sum(sizes):
            sys.exit(f"{WEIGHTS} holds {len(flat)} numbers instead of {sum(sizes)}")
        parts = np.split(flat, np.cumsum(sizes)[:-1])
        shaped = zip(parts, SHAPES, strict=True)
        return cls(tuple(part.reshape(shape) for part, shape in shaped))


def log_softmax(scores: Floats) -> Floats:
    """Natural logarithms of the odds."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    odds: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return odds


def texts() -> tuple[list[str], list[str]]:
    """The texts to train on and those held out."""
    lines = (AGENT / "memory.jsonl").read_text().splitlines()
    entries = [f"{entry['kind']}: {entry['text']}\n" for entry in map(json.loads, lines)]
    held_out = entries[9::10]
    trained = [text for number, text in enumerate(entries) if number % 10 != 9]
    persona = (AGENT / "persona.md").read_text()
    return [*(line + "\n" for line in persona.split("\n\n")), *trained], held_out


def examples(pieces: list[str]) -> tuple[Codes, Codes]:
    """Every character of the texts with the CONTEXT characters before it, newlines at first."""
    contexts, following = [], []
    for piece in pieces:
        codes = np.array([0] * CONTEXT + [ALPHABET.index(c) for c in piece], dtype=np.int64)
        contexts.append(np.lib.stride_tricks.sliding_window_view(codes, CONTEXT)[:-1])
        following.append(codes[CONTEXT:])
    return np.concatenate(contexts), np.concatenate(following)


def gradients(
    arrays: tuple[Floats, ...], contexts: Codes, following: Codes, kept: Floats
) -> tuple[Floats, ...]:
    """Of the mean cross-entropy of one batch, by hand; `kept` masks and scales hidden units."""
    embedding, into, bias, out, last = arrays
    flat = embedding[contexts].reshape(len(contexts), -1)
    hidden = np.tanh(flat @ into + bias)
    dropped = hidden * kept
    wrong = np.exp(log_softmax(dropped @ out + last))
    wrong[np.arange(len(following)), following] -= 1
    wrong /= np.float32(len(following))
    back = (wrong @ out.T) * kept * (1 - hidden * hidden)
    looked_up = np.zeros_like(embedding)
    np.add.at(looked_up, contexts, (back @ into.T).reshape(*contexts.shape, EMBEDDING))
    return (
        looked_up,
        flat.T @ back,
        back.sum(axis=0, keepdims=True),
        dropped.T @ wrong,
        wrong.sum(axis=0, keepdims=True),
    )


def train(model: Model, contexts: Codes, following: Codes) -> Iterator[Model]:
    """Adam with a falling rate; gives the model after every epoch."""
    random = np.random.default_rng(SEED + 1)
    arrays = tuple(array.copy() for array in model.arrays)
    means = [np.zeros_like(array) for array in arrays]
    squares = [np.zeros_like(array) for array in arrays]
    steps, step = EPOCHS * -(-len(following) // BATCH), 0
    for _ in range(EPOCHS):
        order = random.permutation(len(following))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            kept = (random.random((len(chosen), HIDDEN)) >= DROPOUT).astype(np.float32)
            found = gradients(arrays, contexts[chosen], following[chosen], kept / (1 - DROPOUT))
            step += 1
            rate = RATE * (1 - step / (steps + 1))
            for array, gradient, mean, square in zip(arrays, found, means, squares, strict=True):
                mean[:] = mean + 0.1 * (gradient - mean)
                square[:] = square + 0.001 * (gradient * gradient - square)
                unbiased = (mean / (1 - 0.9**step), square / (1 - 0.999**step))
                array[:] = array - rate * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
        yield Model(arrays)


def retrain() -> None:
    """Train from the seed and write weights and their description."""
    trained, held_out = texts()
    held = examples(held_out)
    model, start = Model.untrained(), perf_counter()
    for epoch, better in enumerate(train(model, *examples(trained)), 1):
        model, bits = better, better.bits_per_character(*held)
        print(f"epoch {epoch:2}  held out {bits:.3f} bits per character", flush=True)
    print(f"trained in {perf_counter() - start:.1f} s")
    model.save()
    document = {
        "kind": "character language model",
        "alphabet": ALPHABET,
        "context": CONTEXT,
        "arrays": [list(shape) for shape in SHAPES],
        "number": "float16, little endian, in this order",
        "formula": "softmax(tanh(embed(context) @ A1 + A2) @ A3 + A4)",
        "trained_by": "scripts/train_demo_model.py",
        "seed": SEED,
    }
    CONFIG.write_text(json.dumps(document, indent=1) + "\n")


def letter_bits(trained: Codes, held_out: Codes) -> float:
    """Bits per character of the letters' frequencies alone, for comparison."""
    counts = np.bincount(trained, minlength=len(ALPHABET)) + 1
    return float(-np.log2(counts / counts.sum())[held_out].mean())


def evaluate() -> bool:
    """Compare the shipped weights with the untrained start; true when the margin is kept."""
    trained, held_out = texts()
    held, letters = examples(held_out), examples(trained)[1]
    before = Model.untrained().bits_per_character(*held)
    after = Model.load().bits_per_character(*held)
    saved = before - after
    print(f"held-out characters  {len(held[1])}")
    print(f"untrained            {before:.3f} bits per character")
    print(f"letter frequencies   {letter_bits(letters, held[1]):.3f} bits per character")
    print(f"trained              {after:.3f} bits per character")
    print(f"margin               {saved:.3f} bits, at least {MARGIN_BITS} asked")
    return saved >= MARGIN_BITS


def say(start: str, length: int) -> str:
    """Text that goes on from `start`, drawn with the model's odds; the same every time."""
    model, random, text = Model.load(), np.random.default_rng(SEED), start
    for _ in range(length):
        codes = [ALPHABET.index(c) for c in ("\n" * CONTEXT + text)[-CONTEXT:]]
        odds = np.exp(log_softmax(model.logits(np.array([codes])) / np.float32(0.7)))[0]
        text += ALPHABET[int(random.choice(len(ALPHABET), p=odds / odds.sum()))]
    return text


def main() -> int:
    """Do what the command line asks for; gives the exit code."""
    parser = argparse.ArgumentParser(description="The language model of the shipped agent.")
    parser.add_argument("--check", action="store_true", help="only evaluate the shipped weights")
    parser.add_argument("--say", metavar="TEXT", help="let the model go on from TEXT")
    chosen = parser.parse_args()
    if chosen.say is not None:
        print(say(chosen.say, 300))
        return 0
    if not chosen.check:
        retrain()
    return 0 if evaluate() else 1


if __name__ == "__main__":
    sys.exit(main())
