"""Notifications, over GraphQL."""
