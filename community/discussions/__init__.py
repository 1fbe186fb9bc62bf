"""What members talk about: spaces, posts, comments, reactions, tags, and the search over them."""
