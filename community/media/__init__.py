"""Images that members upload: decoded and written anew, kept in the database, and shown to who may see where they stand."""
