#!/usr/bin/env bash
# Load the documents that the bodies in an inbox name: load.sh inbox.jsonl
#
# Run it every minute or so, by cron or a systemd timer. The inbox is moved aside first, so that the
# receiver goes on in a new one. A body is never lost, and one that comes twice does no harm. No
# bookmark is moved, so the regular runs go on as before.
#
# What led to a document is in <inbox>.*.done for 30 days. What did not (a kind of event that is not
# known, a document that could not be read) is named in the log, holds nothing else up and is tried
# again, five times in all; then it waits in <inbox>.*.aside for somebody to look at. To have such a
# file tried again, give it the ending .1.pending.
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
    mv "$inbox" "$inbox.$(date +%s%N).1.pending"
fi
exec 9>&-

failed=0
for batch in "$inbox".*.pending; do
    test -e "$batch" || continue
    name=${batch%.pending}
    try=${name##*.}
    if [[ $try == [1-5] ]]; then name=${name%.*}; else try=1; fi
    rm -f "$name.left"
    # By a file, not a pipe: two programs of Meltano that start at once may both try to set up its
    # database. What the loader writes is a state that moves nothing.
    $EXTRACT --from-event="$batch" --leave="$name.left" >"$inbox.messages" || {
        failed=1
        # Without the file the run did not get to the events: they wait for the next.
        test -e "$name.left" || continue
    }
    $LOAD <"$inbox.messages" >/dev/null
    if test -s "$name.left"; then
        next=$name.$((try + 1)).pending
        if test "$try" -ge 5; then
            next=$name.aside
            echo "set aside, as five tries led to no document: $next" >&2
        fi
        # First what is left, then what is done: a crash between the two repeats, it loses nothing.
        mv "$name.left" "$next"
        grep -Fxv -f "$next" "$batch" >>"$name.done" || true
        rm "$batch"
    else
        rm -f "$name.left"
        cat "$batch" >>"$name.done"
        rm "$batch"
    fi
done
rm -f "$inbox.messages"
find "$(dirname "$inbox")" -name "$(basename "$inbox").*.done" -mtime +30 -delete
exit $failed
