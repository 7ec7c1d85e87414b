"""Reading: resources, the protocol of readers, positions, and prefetching."""
