"""The resources of the legacy V1."""
