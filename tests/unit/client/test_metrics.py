"""What reading a stream costs is counted right from several threads."""

from __future__ import annotations

import threading

import pytest

from tap_cin7.client.metrics import StreamMetrics
from tests.unit.client.support import QuickClock


def test_waits_side_by_side_count_once() -> None:
    metrics, clock = StreamMetrics("users"), QuickClock()
    first, second = metrics.waiting(clock.now), metrics.waiting(clock.now)
    with first:
        clock.time += 3
        with second:
            clock.time += 5
    clock.time += 100
    with metrics.waiting(clock.now):
        clock.time += 2
    assert metrics.waited == pytest.approx(10)


def test_waits_that_overlap_count_from_the_first_to_the_last() -> None:
    metrics, clock = StreamMetrics("users"), QuickClock()
    first, second = metrics.waiting(clock.now), metrics.waiting(clock.now)
    first.__enter__()
    clock.time += 3
    second.__enter__()
    clock.time += 5
    first.__exit__(None, None, None)
    clock.time += 7
    second.__exit__(None, None, None)
    assert metrics.waited == pytest.approx(15)


def test_a_wait_that_is_broken_off_counts_too() -> None:
    metrics, clock = StreamMetrics("users"), QuickClock()

    def stop() -> None:
        with metrics.waiting(clock.now):
            clock.time += 4
            raise TimeoutError

    with pytest.raises(TimeoutError):
        stop()
    assert metrics.waited == pytest.approx(4)


def test_latency_follows_the_answers() -> None:
    metrics = StreamMetrics("users")
    metrics.note_latency(2.0)
    assert metrics.latency == 2.0
    for _ in range(30):
        metrics.note_latency(1.0)
    assert metrics.latency == pytest.approx(1.0, abs=0.01)


def test_calls_of_several_threads_are_all_counted() -> None:
    metrics = StreamMetrics("users")

    def work() -> None:
        for _ in range(2_000):
            metrics.called()
            metrics.retried()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (metrics.calls, metrics.retries) == (8_000, 8_000)
