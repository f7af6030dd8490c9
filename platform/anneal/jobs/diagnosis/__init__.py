"""What a run's own figures say about it: numbers in, findings out. No queries, no clock, no language."""
