"""For how long members are looked at: what is asked of arrays, and what servers that load none say of it."""

SILENCE = 30.0
"""Days: who was not seen for longer has left, on the day on which they were seen last."""
HORIZONS = (1, 7, 14, 30, 60, 90, 180, 365)
"""Days for which somebody stays or does not."""
AGES = (30, 90, 365, 0)
"""Days since joining within which spending counts; 0: so far."""
