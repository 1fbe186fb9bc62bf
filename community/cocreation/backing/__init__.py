"""Backing: members pledge money towards what the brand would make."""
