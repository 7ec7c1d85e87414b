"""The legacy V1 of Cin7 Core: nine resources; deletable in one go."""
