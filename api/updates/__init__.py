"""What happens, as it happens: updates by subscription, and those that a client missed."""
