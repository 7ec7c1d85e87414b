"""Three Singer targets that keep what came before an interruption.

Their releases hold rows back for long: target-duckdb until 100,000 rows of a stream have come,
target-postgres for five minutes, target-jsonl gives no state before its input ends. A tap that
may make one call a second then loses minutes of calls when a run is interrupted. Here rows are
loaded and state is written at least every ``batch_wait_limit_seconds``, and on SIGINT and
SIGTERM.
"""

BATCH_WAIT_LIMIT_SECONDS = 30
"""How long rows wait for their batch to fill, unless the setting of that name says otherwise."""
