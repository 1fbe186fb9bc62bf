"""The one door: GraphQL over HTTP, and the command line."""
