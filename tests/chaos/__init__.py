"""Random schedules over the sandbox: whatever happens, one quiet run makes the target right."""
