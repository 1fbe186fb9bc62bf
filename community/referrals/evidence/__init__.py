"""What referrals are judged by, as it is kept: where accounts were seen, what was found, what was decided, what that taught.

The arithmetic is `community.referrals.fraud`, which knows arrays alone; here they are read from the database and written
to it.
"""
