"""What referrals are worth: who brings how many, who stays, what they spend. Pure functions on arrays."""
