"""A believable tea community, made up from a seed: for a first look, for benchmarks and for tests."""
