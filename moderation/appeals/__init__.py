"""Appeals: members ask for another look, by somebody else."""
