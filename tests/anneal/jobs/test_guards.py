"""What the database itself refuses about jobs."""
