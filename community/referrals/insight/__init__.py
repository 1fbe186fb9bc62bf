"""What referrals are worth: who brings how many, who stays, what they spend, where they are lost. Pure functions on arrays."""
