"""A5: runs for single documents beside regular runs, which read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.absence.accounts import core, of_products, of_sales
from tests.absence.pipeline import DAY, HOUR, PATIENT, Pipeline, activated, version
from tests.losses.accounts import SALE, SALE_LIST, guid, sale
from tests.losses.harness import Result, run
from tests.losses.standin import stamp

if TYPE_CHECKING:
    from tests.losses.standin import Call, Row

WEEKLY: dict[str, Any] = {"full_refresh_days": 7}
COUNT = 8


def voided(number: int) -> Row:
    """Return the body of a webhook."""
    return {"EventType": "Sale/Voided", "SaleID": guid(number).upper()}


def regular(pipeline: Pipeline) -> Result:
    """Do a whole reading."""
    result = pipeline.run()
    assert result.exit_code == 0, result.stderr
    pipeline.server.now += 8 * DAY
    return result


def test_the_records_of_an_event_carry_the_time_of_their_run() -> None:
    with core() as server:
        pipeline = of_sales(server, COUNT, settings=WEEKLY)
        before = regular(pipeline)
        event = pipeline.notified(voided(3))
        after = regular(pipeline)
    assert event.keys("sales", "ID") == {guid(3)}
    for stream in ("sales", "sale_order_lines"):
        assert version(before, stream) < version(event, stream) < version(after, stream)
        assert not activated(event, stream)


def test_what_an_event_updated_between_two_whole_readings_stays() -> None:
    with core() as server:
        pipeline = of_sales(server, COUNT, settings=WEEKLY)
        (watched, _) = pipeline.watched
        regular(pipeline)
        for number in range(0, COUNT, 3):
            watched.table.edit(guid(number), Status="VOIDED")
            pipeline.notified(voided(number))
            regular(pipeline)
        assert not pipeline.loader.removed
        assert not pipeline.missing()


@pytest.mark.parametrize("when", ["before the list", "among the documents", "at the end"])
def test_what_an_event_updated_during_a_whole_reading_stays(when: str) -> None:
    """Its rows are loaded first or last; the reading's last message comes after both."""
    path, number = {
        "before the list": (SALE_LIST, 1),
        "among the documents": (SALE, COUNT // 2),
        "at the end": (SALE, COUNT),
    }[when]
    with core() as server:
        pipeline = of_sales(server, COUNT, settings=WEEKLY)
        (watched, _) = pipeline.watched
        regular(pipeline)
        regular(pipeline)
        for touched in range(2):
            events: list[Result] = []

            def beside(_call: Call, touched: int = touched, events: list[Result] = events) -> None:
                if not events:
                    watched.table.edit(guid(touched), Status="VOIDED")
                    events.append(pipeline.notified(voided(touched), voided(touched + 4)))

            server.before(path, number, beside)
            result = run(server, pipeline.catalog, pipeline.state, **PATIENT, **WEEKLY)
            assert events
            server.calm()
            activation = next(
                place
                for place, one in enumerate(result.messages)
                if one["type"] == "ACTIVATE_VERSION"
            )
            # The event's records reach the table last before the reading tells what is gone.
            pipeline.loader.take(result.messages[:activation])
            pipeline.loader.take(events[0].messages)
            pipeline.loader.take(result.messages[activation:])
            pipeline.state = result.state
            pipeline.nothing_is_lost()
            server.now += 8 * DAY
        regular(pipeline)
        regular(pipeline)
        assert not pipeline.loader.removed
        assert not pipeline.missing()


def test_a_sale_that_an_event_brought_first_stays() -> None:
    with core() as server:
        pipeline = of_sales(server, COUNT, settings=WEEKLY)
        (watched, _) = pipeline.watched
        regular(pipeline)
        watched.table.put(sale(900, stamp(server.now - 10)))
        pipeline.notified({"EventType": "Sale/Created", "SaleID": guid(900)})
        assert guid(900) in pipeline.loader.keys("sales", "ID")
        for _ in range(3):
            regular(pipeline)
        assert not pipeline.loader.removed
        assert not pipeline.missing()


def test_a_sale_that_an_event_brought_and_that_is_gone_goes_after_two_readings() -> None:
    with core() as server:
        pipeline = of_sales(server, COUNT, settings=WEEKLY)
        (watched, _) = pipeline.watched
        regular(pipeline)
        pipeline.notified(voided(3))
        watched.table.drop(guid(3))
        regular(pipeline)
        assert pipeline.extra() == {guid(3)}
        regular(pipeline)
        assert not pipeline.extra()


def test_increments_after_an_event_remove_nothing() -> None:
    """Their version is that of the last whole reading, which is older than the event's."""
    with core() as server:
        pipeline = of_sales(server, COUNT, settings=WEEKLY)
        (watched, _) = pipeline.watched
        regular(pipeline)
        pipeline.notified(voided(3))
        watched.table.edit(guid(3), Status="VOIDED")
        server.now += HOUR
        assert pipeline.run(full_refresh_days=0).exit_code == 0
        for _ in range(3):
            regular(pipeline)
        assert not pipeline.loader.removed


def test_events_of_products_that_are_read_whole_remove_nothing() -> None:
    with core() as server:
        pipeline = of_products(server, COUNT, settings=WEEKLY)
        regular(pipeline)
        for number in range(3):
            pipeline.notified(
                {"EventType": "Product/Updated", "ProductDetailsList": [{"ID": guid(number)}]}
            )
            regular(pipeline)
        assert not pipeline.loader.removed
        assert not pipeline.missing()


def test_an_event_moves_no_state() -> None:
    with core() as server:
        pipeline = of_sales(server, COUNT, settings=WEEKLY)
        regular(pipeline)
        event = pipeline.notified(voided(2))
        assert event.state == pipeline.state
