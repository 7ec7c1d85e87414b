"""The resources of Cin7 Omni, one module per business area."""
