"""Images over HTTP: sent to the server, fetched from it, and as GraphQL shows them."""
