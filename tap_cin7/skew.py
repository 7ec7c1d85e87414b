"""Skew: how far two clocks may differ before a time lies in the future.

A stamp is compared with the clock that is known best at that moment. The better that clock, the
narrower the bound: a wide one would let pass a future date that holds a bookmark up, a narrow one
would refuse what is right.
"""

from __future__ import annotations

OWN_CLOCK = 86_400
"""Seconds by which the clock of this machine may be off.

It is all there is before Cin7's first answer, when settings and state are checked. Machines whose
clock is set to another zone are off by hours; what lies further ahead than a day is a mistake.
"""
BOOKMARK = 300
"""Seconds by which ``start_date`` or a bookmark may lie ahead of Cin7's clock.

Several machines answer for Cin7, and the one that wrote a stamp need not be the one that tells
the time. A run that starts in the future reads nothing, so this one ends the run.
"""
STAMP = 60
"""Seconds by which the stamp of a row may lie ahead of Cin7's clock.

Here a wrong guess costs no more than a warning, or a row that is read once more.
"""
