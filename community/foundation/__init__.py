"""What every feature stands on: settings, the database, errors, events, the clock."""
