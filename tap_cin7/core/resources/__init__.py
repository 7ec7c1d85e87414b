"""The resources of Cin7 Core, one module per business area."""
