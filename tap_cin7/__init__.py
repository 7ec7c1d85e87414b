"""Singer tap for Cin7 Omni and Cin7 Core."""
