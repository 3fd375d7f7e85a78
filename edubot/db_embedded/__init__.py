"""Django's PostgreSQL backend, on the embedded server. For settings: `"ENGINE": "edubot.db_embedded"`."""
