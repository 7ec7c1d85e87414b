"""HTTP client: session, quota, retries, checks of responses."""
