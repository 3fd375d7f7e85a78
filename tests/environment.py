"""The environment of the tests, set before Django reads its settings (a pytest plugin: see pyproject.toml)."""

from __future__ import annotations

import os
import signal

import pytest

# What is to be done at exit is done then too: the suite's PostgreSQL stops with it.
signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=143))

os.environ |= {
    "EDUBOT_READ_DOTENV": "false",  # a developer's .env must not change what the tests see
    "DEBUG": "true",
    "SIMULATOR": "true",
    "SECRET_KEY": "tests-only-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz",
    "JWT_SIGNING_KEY": "tests-only-signing-key-0123456789-abcdefghijklmnopqrstuvw",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "WHATSAPP_ACCESS_TOKEN": "tests-only-access-token",
    "WHATSAPP_PHONE_NUMBER_ID": "100000000000001",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "200000000000002",
    "WHATSAPP_APP_SECRET": "tests-only-app-secret",
    "WHATSAPP_VERIFY_TOKEN": "tests-only-verify-token",
    "WHATSAPP_API_URL": "https://graph.facebook.com",
    "EMAIL_URL": "memorymail://",
    "LOG_LEVEL": "WARNING",
}
