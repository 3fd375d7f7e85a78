"""What the environment says is taken at its word, or refused in one sentence that names the variable."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from edubot.checks import check_deployment
from edubot.environment import Environment
from edubot.recovery import programs
from tests.edubot.test_repository import DOCUMENTS
from tests.processes import CHECKOUT

pytestmark = pytest.mark.processes

DEVELOPMENT = {"DEBUG": "true"}


def run(*arguments: str, var: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py ARGUMENTS` with these variables and no others of ours."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(  # noqa: S603  (our own commands)
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=bare | {"EDUBOT_READ_DOTENV": "false", "EDUBOT_VAR_DIR": str(var)} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["migrate", "worker", "web", "showmigrations"])
def test_without_an_environment_a_command_says_what_to_do(command: str, tmp_path: Path) -> None:
    told = run(command, var=tmp_path)
    assert told.returncode == 1
    assert "cp -n .env.example .env" in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL must name a PostgreSQL server"),
        ({"DATABASE_URL": "mysql://edubot:s3cr3t@db/edubot"}, "DATABASE_URL must name a PostgreSQL server"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must name a PostgreSQL server"),
        ({"DATABASE_URL": "postgres://edubot:s3cr3t/more@db/edubot"}, "DATABASE_URL cannot be read"),
        ({"EMAIL_URL": "smtp+tls://edubot:s3cr3t/more@mail:587"}, "EMAIL_URL cannot be read: in its user and"),
        (
            {
                "DATABASE_URL": "postgres://edubot@db/edubot",
                "MIGRATE_DATABASE_URL": "postgres://owner:s3cr3t?more@db/edubot",
            },
            "MIGRATE_DATABASE_URL cannot be read",
        ),
        (
            {"DATABASE_URL": "postgres://edubot:s3cr3t@127.0.0.1:1/edubot", "SIMULATOR": "true"},
            "The database at 127.0.0.1:1 cannot be reached",
        ),
        ({"DEBUG": "perhaps"}, "DEBUG must be true or false, not 'perhaps'"),
        ({"DEBUG": "false", "SIMULATOR": "true"}, "SIMULATOR is a development tool"),
        ({"DEBUG": "false", "SECRET_KEY": "x" * 60}, "JWT_SIGNING_KEY is not set"),
        ({"SECRET_KEY": "x" * 60, "JWT_SIGNING_KEY": "x" * 60}, "JWT_SIGNING_KEY must differ from SECRET_KEY"),
        ({"PORT": "http"}, "PORT must be a whole number, not 'http'"),
        ({"OUTBOX_RATE": "0"}, "OUTBOX_RATE must be 1 or more, not 0"),
        ({"OUTBOX_PERSON_RATE": "0"}, "OUTBOX_PERSON_RATE must be 1 or more, not 0"),
        ({"BOT_PRICE": "5,000"}, "BOT_PRICE must be an amount like 5000 or 49.99, not '5,000'"),
        ({"BOT_PRICE": "₦5000"}, "BOT_PRICE must be an amount like 5000 or 49.99, not '₦5000'"),
        ({"BOT_CURRENCY": "naira"}, "BOT_CURRENCY must have 3 characters or less, not 'naira'"),
        ({"BOT_PLAN": "m" * 61}, "BOT_PLAN must have 60 characters or less"),
        ({"BOT_PLAN_DAYS": "36500"}, "BOT_PLAN_DAYS must be 32767 or less, not 36500"),
        ({"ADMIN_PATH": "päge"}, "ADMIN_PATH must be letters, digits"),
        ({"ADMIN_NETWORKS": "10.0.0.1/8"}, "ADMIN_NETWORKS must be addresses or networks"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of DEBUG"),
        ({"TIME_ZONE": "Lagos"}, "TIME_ZONE must be a time zone like Africa/Lagos"),
        ({"MEDIA_STORAGE_URL": "ftp://key:s3cr3t@files.example/bucket"}, "MEDIA_STORAGE_URL must look like"),
        ({"EMAIL_URL": "pigeon://x"}, "Invalid email schema pigeon"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(variables: dict[str, str], sentence: str, tmp_path: Path) -> None:
    told = run("migrate", var=tmp_path, **(DEVELOPMENT | variables))
    assert told.returncode == 1
    assert sentence in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
    assert "s3cr3t" not in told.stderr


def test_in_production_nobody_is_led_to_a_database_without_a_student(tmp_path: Path) -> None:
    keys = {"SECRET_KEY": "x" * 60, "JWT_SIGNING_KEY": "y" * 60}
    address = "postgres://edubot:s3cr3t@127.0.0.1:1/edubot"
    told = run("migrate", "--skip-checks", var=tmp_path, DATABASE_URL=address, **keys)
    assert "start it, or correct DATABASE_URL." in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


def test_a_store_whose_packages_are_missing_is_told_with_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['boto3'] = None")  # as if it were not there
    store = {"MEDIA_STORAGE_URL": "s3://key:s3cr3t@files.example/bucket", "PYTHONPATH": str(tmp_path)}
    told = run("migrate", var=tmp_path / "var", **(DEVELOPMENT | store))
    assert told.returncode == 1
    assert told.stderr.strip().endswith('needs packages on top: pip install "django-storages[s3]".')
    assert "s3cr3t" not in told.stderr


@pytest.mark.parametrize(
    ("path", "found"),
    [("/desk/office/", "/desk/office/login/"), ("api/", "edubot.E001"), ("static", "edubot.E001")],
)
def test_django_admin_stands_where_it_is_told_unless_the_place_is_taken(path: str, found: str, tmp_path: Path) -> None:
    question = "from django.urls import reverse; print(reverse('admin:login'))"
    asked = ("check",) if found.startswith("edubot") else ("shell", "-v0", "-c", question)
    told = run(*asked, var=tmp_path, **(DEVELOPMENT | {"ADMIN_PATH": path}))
    assert found in told.stdout + told.stderr


def test_mail_leads_to_django_admin_wherever_it_stands(tmp_path: Path) -> None:
    question = (
        "from support.alerts import kinds, letters; "
        "print(letters.write(kinds.BY_NAME[kinds.CRITICAL], [], 'configured:0').body)"
    )
    places = {"ADMIN_PATH": "desk/office/", "PUBLIC_URL": "https://desk.example"}
    told = run("shell", "-v0", "-c", question, var=tmp_path, **(DEVELOPMENT | places))
    assert told.stdout.strip().endswith("https://desk.example/desk/office/conversations/accountnotice/"), told.stderr


def test_the_databases_certificate_is_checked_where_its_address_asks_for_that(tmp_path: Path) -> None:
    """ASVS 12.3.1, 12.3.2."""
    address = "postgres://edubot@db.example/edubot?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem"
    question = "from django.db import connection as c; print(c.get_connection_params())"
    told = run("shell", "-v0", "-c", question, var=tmp_path, **(DEVELOPMENT | {"DATABASE_URL": address}))
    assert "'sslmode': 'verify-full'" in told.stdout, told.stderr
    assert "'sslrootcert': '/etc/ssl/ca.pem'" in told.stdout


def test_development_makes_its_secrets_once_for_its_owner_alone(tmp_path: Path) -> None:
    simulated = DEVELOPMENT | {"SIMULATOR": "true"}
    assert run("check", var=tmp_path, **simulated).returncode == 0
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert made.keys() == {
        "jwt_signing_key",
        "secret_key",
        "whatsapp_access_token",
        "whatsapp_app_secret",
        "whatsapp_verify_token",
    }
    assert len(set(made.values())) == len(made)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert run("check", var=tmp_path, **simulated).returncode == 0
    assert made == {path.name: path.read_text() for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({}, "http://127.0.0.1:8000/simulator/graph"),
        ({"PORT": "8123"}, "http://127.0.0.1:8123/simulator/graph"),
        ({"WHATSAPP_ACCESS_TOKEN": "a-real-one"}, "https://graph.facebook.com"),
        ({"SIMULATOR": "false"}, "https://graph.facebook.com"),
    ],
)
def test_the_simulator_stands_in_until_there_is_an_account(
    variables: dict[str, str], address: str, tmp_path: Path
) -> None:
    question = "from django.conf import settings; print(settings.WHATSAPP_API_URL)"
    told = run("shell", "-v0", "-c", question, var=tmp_path, **(DEVELOPMENT | {"SIMULATOR": "true"} | variables))
    assert told.stdout.strip() == address


@pytest.mark.parametrize(
    ("word", "meant"),
    [("true", True), ("Yes", True), ("1", True), ("off", False), ("FALSE", False), ("", True), (" ", True)],
)
def test_flags_are_words_and_an_empty_one_is_the_default(
    word: str, meant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_FLAG", word)
    assert Environment().flag("A_FLAG", default=True) is meant


@pytest.mark.parametrize("word", ["-1", "1.5", "٣", "1e3", "0x10"])
def test_numbers_are_digits(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_NUMBER", word)
    with pytest.raises(ImproperlyConfigured, match="A_NUMBER must be a whole number"):
        Environment().whole("A_NUMBER", default=1)


def test_a_list_is_what_stands_between_its_commas(tmp_path: Path) -> None:
    lists = {
        "ALLOWED_HOSTS": "desk.example.org, 127.0.0.1",
        "CSRF_TRUSTED_ORIGINS": "https://a.example, https://b.example",
        "CORS_ALLOWED_ORIGINS": "https://a.example , https://b.example",
        "WHATSAPP_APP_SECRET": "new, old",
        "SUPPORT_ALERT_ROLES": " agent, admin,",
        "ADMIN_EMAILS": "head@school.example,\tdesk@school.example,",
    }
    names = ("WHATSAPP_APP_SECRETS", *(lists.keys() - {"WHATSAPP_APP_SECRET"}))
    question = f"from django.conf import settings as s; [print(n, *getattr(s, n), sep='|') for n in {names}]"
    told = run("shell", "-v0", "-c", question, var=tmp_path, **(DEVELOPMENT | lists))
    assert set(told.stdout.splitlines()) == {
        "ALLOWED_HOSTS|desk.example.org|127.0.0.1",
        "CSRF_TRUSTED_ORIGINS|https://a.example|https://b.example",
        "CORS_ALLOWED_ORIGINS|https://a.example|https://b.example",
        "WHATSAPP_APP_SECRETS|new|old",
        "SUPPORT_ALERT_ROLES|agent|admin",
        "ADMIN_EMAILS|head@school.example|desk@school.example",
    }


@pytest.mark.parametrize("word", ["0", "0.00", "-1", "1.234", "NaN", "Infinity", "1e3", "٣", "12345678901", "5 000"])
def test_money_is_digits_above_zero_with_at_most_two_behind_a_point(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PRICE", word)
    with pytest.raises(ImproperlyConfigured, match="A_PRICE must be an amount"):
        Environment().amount("A_PRICE", default="1")


def test_an_address_without_a_word_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_URL", "")
    read = Environment().address("A_URL", Environment.email_url_config, default="consolemail://")
    assert read["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
    assert Environment().address("A_URL", Environment.db_url_config) == {}


# What documents say a DATABASE_URL may look like -> the host, or the directory of the socket, and the name.
NAMED = {
    "postgres://user:password@host:5432/name": ("host", "name"),
    "postgres://user@//var/run/postgresql/name": ("/var/run/postgresql", "name"),
    "postgres://edubot@//var/run/postgresql/edubot": ("/var/run/postgresql", "edubot"),
    "postgres://edubot@//var/run/postgresql/edubot_scratch": ("/var/run/postgresql", "edubot_scratch"),
    "postgres://edubot@db.invalid/edubot": ("db.invalid", "edubot"),
}


def test_a_database_is_found_where_the_documents_say() -> None:
    texts = [(CHECKOUT / name).read_text() for name in (*DOCUMENTS, ".env.example", ".ci/run", "CHANGELOG.md")]
    urls = {found for text in texts for found in re.findall(r"postgres(?:ql)?://[\w:@/.-]*\w", text)}
    read = {url: Environment.db_url_config(url) for url in urls}
    assert {url: (parts["HOST"], parts["NAME"]) for url, parts in read.items()} == NAMED
    assert {url: (found["host"], found["dbname"]) for url in urls if (found := programs.named(url))} == NAMED


def test_what_the_owners_address_says_of_tls_counts(tmp_path: Path) -> None:
    """ASVS 12.3.1, 12.3.2."""
    addresses = {
        "DATABASE_URL": "postgres://edubot@db.example/edubot?sslmode=require&sslrootcert=/etc/ssl/ca.pem",
        "MIGRATE_DATABASE_URL": "postgres://owner@db.example/edubot?sslmode=verify-full",
    }
    question = (
        "from edubot import owner; from edubot.recovery import programs; owner.become(); print(owner.address()); "
    )
    told = run(
        "shell",
        "-v0",
        "-c",
        f"{question}print(programs.url(owner.address()))",
        var=tmp_path,
        **(DEVELOPMENT | addresses),
    )
    address, url = told.stdout.splitlines()
    for told_of in ("'user': 'owner'", "'sslmode': 'verify-full'", "'sslrootcert': '/etc/ssl/ca.pem'"):
        assert told_of in address
    assert url == "postgres://owner@db.example:/edubot?sslmode=verify-full&sslrootcert=%2Fetc%2Fssl%2Fca.pem"


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"JWT_SIGNING_KEY": "short"}, "edubot.W001"),
        ({"SECURE_SSL_REDIRECT": True, "TRUSTED_PROXY_COUNT": 0}, "edubot.W002"),
        ({"DATABASE_URL": ""}, "edubot.W003"),
        ({}, None),
    ],
)
def test_a_deployment_that_cannot_work_well_is_warned_of(
    settings: Settings, change: dict[str, object], warning: str | None
) -> None:
    sound = {"SECURE_SSL_REDIRECT": True, "TRUSTED_PROXY_COUNT": 1, "DATABASE_URL": "postgres://db/edubot"}
    for name, value in (sound | change).items():
        setattr(settings, name, value)
    assert [found.id for found in check_deployment()] == ([warning] if warning else [])
