"""What happens to notifications, as the names of the events that tell of it."""

NOTIFICATION_RECEIVED = "NotificationReceived"
"""member_id has something new to read, because of actor_id: the notification is new, or says more than before."""

NOTIFICATIONS_READ = "NotificationsRead"
"""member_id has read notifications, here or on another device."""
