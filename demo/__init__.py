"""The demo: a shop kept in Cin7, read through the stand-in with Meltano and dbt."""
