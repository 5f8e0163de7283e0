"""The shipped agent: a folder worth minting, and a model that learned from it."""

from __future__ import annotations

import json
from datetime import datetime

import numpy as np
import pytest

from scripts.train_demo_model import (
    AGENT,
    ALPHABET,
    CONTEXT,
    HIDDEN,
    MARGIN_BITS,
    WEIGHTS,
    Model,
    evaluate,
    examples,
    gradients,
    log_softmax,
    texts,
    train,
)
from zerog.inft.folder import scan

pytestmark = pytest.mark.unit


def test_agent_folder_can_be_packed_and_is_small() -> None:
    plan = scan(AGENT)
    assert [entry.path for entry in plan.entries] == [
        "memory.jsonl",
        "model",
        "model/config.json",
        "model/weights.bin",
        "persona.md",
    ]
    assert plan.tar_size < 1 << 20


def test_memory_is_a_log_in_order_without_repetition() -> None:
    entries = [json.loads(line) for line in (AGENT / "memory.jsonl").read_text().splitlines()]
    times = [datetime.fromisoformat(entry["at"]) for entry in entries]
    assert len(entries) >= 290
    assert times == sorted(set(times))
    assert len({entry["text"] for entry in entries}) == len(entries)
    kinds = {entry["kind"] for entry in entries}
    assert kinds >= {"observation", "forecast", "outcome", "lesson", "talk"}


def test_held_out_entries_are_not_trained_on() -> None:
    trained, held_out = texts()
    assert len(held_out) >= 29
    assert not set(trained) & set(held_out)


def test_shipped_model_beats_the_untrained_one_by_the_margin() -> None:
    assert evaluate()
    held = examples(texts()[1])
    assert Model.untrained().bits_per_character(*held) == pytest.approx(6.6, abs=0.1)
    assert MARGIN_BITS >= 1.5


def test_model_of_zeros_misses_the_margin() -> None:
    held = examples(texts()[1])
    zeros = Model(tuple(np.zeros_like(array) for array in Model.untrained().arrays))
    saved = Model.untrained().bits_per_character(*held) - zeros.bits_per_character(*held)
    assert saved < MARGIN_BITS
    assert zeros.bits_per_character(*held) == pytest.approx(np.log2(len(ALPHABET)))


def test_odds_of_the_next_character_sum_to_one() -> None:
    contexts, _ = examples(["The wind"])
    odds = np.exp(log_softmax(Model.load().logits(contexts)))
    assert odds.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_examples_pair_every_character_with_what_came_before() -> None:
    contexts, following = examples(["ab", "c"])
    assert [ALPHABET[code] for code in following] == ["a", "b", "c"]
    assert [ALPHABET[code] for code in contexts[1]] == ["\n"] * (CONTEXT - 1) + ["a"]
    assert [ALPHABET[code] for code in contexts[2]] == ["\n"] * CONTEXT


def test_gradients_agree_with_finite_differences() -> None:
    arrays = tuple(array.astype(np.float64) for array in Model.untrained().arrays)
    contexts, following = examples(["Wind northwest 14 knots on the roof."])
    kept = np.ones((len(following), HIDDEN))
    found = gradients(arrays, contexts, following, kept)  # type: ignore[arg-type]

    def loss() -> float:
        model = Model(arrays)  # type: ignore[arg-type]
        return model.bits_per_character(contexts, following) * float(np.log(2))

    random = np.random.default_rng(1)
    for array, gradient in zip(arrays, found, strict=True):
        place = tuple(int(random.integers(size)) for size in array.shape)
        array[place] += 1e-5
        above = loss()
        array[place] -= 2e-5
        below = loss()
        array[place] += 1e-5
        assert gradient[place] == pytest.approx((above - below) / 2e-5, abs=1e-6)


def test_first_epoch_already_learns() -> None:
    contexts, following = examples(texts()[0][:40])
    first = next(train(Model.untrained(), contexts, following))
    assert first.bits_per_character(contexts, following) < 5.0


def test_shipped_weights_are_half_precision_of_the_declared_size() -> None:
    config = json.loads((AGENT / "model" / "config.json").read_text())
    numbers = sum(rows * columns for rows, columns in config["arrays"])
    assert WEIGHTS.stat().st_size == 2 * numbers
    assert config["alphabet"] == ALPHABET
