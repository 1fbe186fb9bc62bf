"""Product tests in the API."""
