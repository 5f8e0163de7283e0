"""Celery only: the app, its queues and thin tasks that call the library."""
