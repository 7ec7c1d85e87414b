#!/usr/bin/env bash
# Load the documents that the bodies in an inbox name: load.sh inbox.jsonl
#
# Run it every minute or so, by cron or a systemd timer. The inbox is moved aside first, so that the
# receiver goes on in a new one. What could not be loaded stays aside and comes first next time:
# a body is never lost, and one that comes twice does no harm. No bookmark is moved, so the regular
# runs go on as before.
#
# EXTRACT and LOAD are the two programs. By default they are those of the account CIN7_ACCOUNT in the
# Meltano project that this is run in; plain Singer does as well:
#   EXTRACT="tap-cin7 --config=config.json --catalog=catalog.json" LOAD="target-jsonl"
set -euo pipefail

inbox=$1
: "${EXTRACT:=python3 cin7_fleet.py invoke ${CIN7_ACCOUNT:-nz} tap-cin7}"
: "${LOAD:=python3 cin7_fleet.py invoke ${CIN7_ACCOUNT:-nz} target-postgres}"

exec 8>"$inbox.loading"
flock --nonblock 8 || exit 0 # another one is at it

exec 9>"$inbox.lock" # the receiver's
flock 9
if test -s "$inbox"; then
    mv "$inbox" "$inbox.$(date +%s%N).pending"
fi
exec 9>&-

for batch in "$inbox".*.pending; do
    test -e "$batch" || continue
    # By a file, not a pipe: two programs of Meltano that start at once may both try to set up its
    # database. What the loader writes is a state that moves nothing.
    $EXTRACT --from-event="$batch" >"$inbox.messages"
    $LOAD <"$inbox.messages" >/dev/null
    mv "$batch" "${batch%.pending}.done"
done
rm -f "$inbox.messages"
find "$(dirname "$inbox")" -name "$(basename "$inbox").*.done" -mtime +30 -delete
