"""All settings, in one file, from the environment (and `.env` where it is present).

There are no profiles: development and production differ by variables alone. A mistake is answered with one sentence
that names the variable; what cannot be seen here is found by the system checks of each app. `.env.example` lists all.
"""

from __future__ import annotations

import os
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from edubot import media_store, secrets
from edubot.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("EDUBOT_VAR_DIR") or BASE_DIR / "var")

env = Environment()
if os.environ.get("EDUBOT_READ_DOTENV", "true") == "true":
    env.read_env(BASE_DIR / ".env")

DEBUG = env.flag("DEBUG", default=False)
SIMULATOR = env.flag("SIMULATOR", default=False)
if SIMULATOR and not DEBUG:
    raise ImproperlyConfigured("SIMULATOR is a development tool: set DEBUG=true with it, or SIMULATOR=false.")

# --- Secrets: from the environment; in development generated once into var/ -------------------------------------------

SECRET_KEY = secrets.required("SECRET_KEY", env.str("SECRET_KEY", default=""), VAR_DIR, generate=DEBUG)
JWT_SIGNING_KEY = secrets.required("JWT_SIGNING_KEY", env.str("JWT_SIGNING_KEY", default=""), VAR_DIR, generate=DEBUG)
if JWT_SIGNING_KEY == SECRET_KEY:
    raise ImproperlyConfigured("JWT_SIGNING_KEY must differ from SECRET_KEY: one leak would open both doors.")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- The web server ---------------------------------------------------------------------------------------------------

HOST = env.str("HOST", default="0.0.0.0")  # noqa: S104  (a container's port is published by its host)
PORT = env.whole("PORT", default=8000)
WEB_CONCURRENCY = env.whole("WEB_CONCURRENCY", default=0)  # processes; 0: one per core
# Threads per process, each with a database connection of its own. More for webhooks get in each other's way
# (docs/profile.md).
WEB_THREADS = env.whole("WEB_THREADS", default=8, least=1)  # for pages and the API
WEBHOOK_THREADS = env.whole("WEBHOOK_THREADS", default=3, least=1)

# --- Who may reach us -------------------------------------------------------------------------------------------------

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXY_COUNT", default=0)
ADMIN_PATH = env.folder("ADMIN_PATH", default="admin/")  # where Django admin is
ADMIN_NETWORKS = env.networks("ADMIN_NETWORKS")  # from where it is reached; empty: from everywhere

CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = (
    "authorization",
    "content-type",
    "x-csrf-token",
    "idempotency-key",
    "if-none-match",
    "last-event-id",
)
CORS_EXPOSE_HEADERS = ("etag", "retry-after", "x-request-id")

# --- The applications -------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "edubot",
    "conversations",
    "whatsapp",
    "support",
    "support.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "corsheaders",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
]
if SIMULATOR:
    INSTALLED_APPS.append("whatsapp.simulator")

MIDDLEWARE = [
    "edubot.middleware.HealthMiddleware",
    "edubot.metrics.process.MetricsMiddleware",
    "edubot.middleware.ProxyMiddleware",
    "edubot.middleware.AccessLogMiddleware",
    "edubot.middleware.HttpsMiddleware",
    "edubot.middleware.GuardMiddleware",
    "edubot.middleware.WebhookMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "edubot.middleware.AdminNetworksMiddleware",  # below them: its 404 looks like every other
    "edubot.statics.StaticMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "edubot.urls"
WSGI_APPLICATION = "edubot.wsgi.application"
APPEND_SLASH = False  # a redirect would drop the body of a POST

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database: PostgreSQL, embedded where DATABASE_URL is unset -------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED_POSTGRES_DIR = VAR_DIR / "postgres"
if DATABASE_URL and not DATABASE_URL.startswith(("postgres://", "postgresql://")):
    raise ImproperlyConfigured(
        "DATABASE_URL must name a PostgreSQL server (postgres://…): EduBot relies on its locks and notifications."
    )
if DATABASE_URL:
    DATABASES = {"default": env.address("DATABASE_URL", env.db_url_config)}
else:
    DATABASES = {"default": {"ENGINE": "edubot.db_embedded", "NAME": "edubot"}}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 600,
    "CONN_HEALTH_CHECKS": True,
}
DATABASES["default"]["OPTIONS"] = {
    "application_name": "edubot",
    "connect_timeout": 5,  # seconds; a database that does not answer must not hold a thread for minutes
    # Nor one whose machine is gone without a word: TCP by itself waits for a quarter of an hour. libpq ignores these on
    # Unix sockets (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
    "tcp_user_timeout": 10_000,  # milliseconds without an acknowledgement of what we sent
    "keepalives_idle": 10,  # seconds of silence, while we wait for an answer, until we ask whether it is there
    "keepalives_interval": 5,  # seconds between such questions
    "keepalives_count": 3,
    "prepare_threshold": 5,  # of statements that ask for it (conversations.prepared); Django's own never are
} | DATABASES["default"].get("OPTIONS", {})
SERVICE_DATABASE_USER = DATABASES["default"].get("USER", "")
MIGRATE_DATABASE_URL = env.str("MIGRATE_DATABASE_URL", default="")  # its owner, where the service may not change tables
OWNER_DATABASE = env.address("MIGRATE_DATABASE_URL", env.db_url_config)
if MIGRATE_DATABASE_URL and not DATABASE_URL:
    raise ImproperlyConfigured(
        "MIGRATE_DATABASE_URL names the owner of the database that DATABASE_URL names: set both."
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Caches, sessions, log-in -----------------------------------------------------------------------------------------

# Rate-limit counters: in PostgreSQL unless CACHE_URL names another store.
CACHES = {"default": {"BACKEND": "edubot.cache.PostgresCache"}}
if CACHE_URL := env.str("CACHE_URL", default=""):
    CACHES = {"default": env.cache_url_config(CACHE_URL)}
    if "redis" in CACHE_URL and find_spec("redis") is None:
        raise ImproperlyConfigured("CACHE_URL names a Redis, which needs a package on top: pip install redis.")

AUTHENTICATION_BACKENDS = ["support.accounts.backend.StaffBackend"]  # with the limiter that every log-in passes
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "support.accounts.passwords.MaximumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_AGE = int(timedelta(hours=8).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- HTTPS and headers ------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^health/"]  # machines are told 403 HTTPS_REQUIRED by HttpsMiddleware instead
SECURE_HSTS_SECONDS = 0 if DEBUG else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_HTTPONLY = not DEBUG  # pages have the token in their forms; only the simulator's script reads the cookie
if not DEBUG:  # browsers then take the cookies from this host over HTTPS alone, not from a neighbour below the domain
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
X_FRAME_OPTIONS = "SAMEORIGIN" if SIMULATOR else "DENY"  # in development the console stands beside a phone
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF if SIMULATOR else NONE],
    },
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for sub-domains is the operator's decision (SECURE_HSTS_INCLUDE_SUBDOMAINS)
    "security.W021",  # and so is the preload list
    "security.W008",  # SECURE_SSL_REDIRECT may be false where TLS ends at a proxy
    "django_ratelimit.E003",  # edubot.cache counts atomically over processes, which this check cannot see
    "django_ratelimit.W001",
]

# --- Static files, time, language -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "conversations.storage.PostgresStorage"},
    # Files that students sent or got: in PostgreSQL unless MEDIA_STORAGE_URL names an S3-compatible store.
    "media": media_store.named(env.str("MEDIA_STORAGE_URL", default="")),
    "staticfiles": {"BACKEND": "edubot.statics.ReleaseStorage"},
}
WHITENOISE_USE_FINDERS = True  # no collectstatic step: the finders are the source, in production too
WHITENOISE_AUTOREFRESH = DEBUG
USE_I18N = True
USE_TZ = True
LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.time_zone("TIME_ZONE", default="Africa/Lagos")  # the team's; the database keeps UTC
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024  # Meta's webhooks hold up to 3 MB, Django's default is 2.5 MiB

# --- The JSON API -----------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {  # our endpoints say all of it themselves (edubot.api.Endpoint); any other view is shut
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "URL_FORMAT_OVERRIDE": None,
}
API_REQUESTS_PER_MINUTE = env.whole("API_REQUESTS_PER_MINUTE", default=300)  # of one person
API_SENDS_PER_MINUTE = env.whole("API_SENDS_PER_MINUTE", default=30)
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ISSUER": "edubot",
    "AUDIENCE": "edubot-desk",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(hours=12),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "EduBot API",
    "DESCRIPTION": "The support desk over HTTP. Every answer is an envelope: `status`, `message`, `data`; errors add "
    "`error_code`, and `errors` by field. All times are UTC.",
    "VERSION": "1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": ["edubot.api.schema.add_common_parts"],
}

# --- WhatsApp ---------------------------------------------------------------------------------------------------------

WHATSAPP_ACCESS_TOKEN = env.str("WHATSAPP_ACCESS_TOKEN", default="")
WHATSAPP_PHONE_NUMBER_ID = env.str("WHATSAPP_PHONE_NUMBER_ID", default="")
WHATSAPP_BUSINESS_ACCOUNT_ID = env.str("WHATSAPP_BUSINESS_ACCOUNT_ID", default="")
WHATSAPP_APP_SECRETS = tuple(env.words("WHATSAPP_APP_SECRET"))[:2]  # two during rotation
WHATSAPP_VERIFY_TOKEN = env.str("WHATSAPP_VERIFY_TOKEN", default="")
WHATSAPP_API_URL = env.str("WHATSAPP_API_URL", default="https://graph.facebook.com").rstrip("/")
WHATSAPP_API_VERSION = env.str("WHATSAPP_API_VERSION", default="v25.0")
if SIMULATOR and not WHATSAPP_ACCESS_TOKEN:  # no account with Meta: the simulator stands in, with secrets of its own
    WHATSAPP_ACCESS_TOKEN = secrets.generated("WHATSAPP_ACCESS_TOKEN", VAR_DIR)
    WHATSAPP_PHONE_NUMBER_ID = WHATSAPP_PHONE_NUMBER_ID or "100000000000001"
    WHATSAPP_BUSINESS_ACCOUNT_ID = WHATSAPP_BUSINESS_ACCOUNT_ID or "200000000000002"
    WHATSAPP_APP_SECRETS = WHATSAPP_APP_SECRETS or (secrets.generated("WHATSAPP_APP_SECRET", VAR_DIR),)
    WHATSAPP_VERIFY_TOKEN = WHATSAPP_VERIFY_TOKEN or secrets.generated("WHATSAPP_VERIFY_TOKEN", VAR_DIR)
    WHATSAPP_API_URL = env.str("WHATSAPP_API_URL", default=f"http://127.0.0.1:{PORT}/simulator/graph")
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")  # where Meta and students reach this service

# --- Ports: dotted paths, as Django's e-mail backend ------------------------------------------------------------------

CHANNEL = "whatsapp.channel.WhatsAppChannel"  # how messages leave (conversations.channel)
DESK = "support.desk.SupportDesk"  # what the bot is told about the support desk (conversations.desk)

# --- The bot ----------------------------------------------------------------------------------------------------------

BOT_NAME = env.str("BOT_NAME", default="EduBot")
BOT_LANGUAGE = env.str("BOT_LANGUAGE", default="en")
BOT_IDLE_MINUTES = env.whole("BOT_IDLE_MINUTES", default=30)  # a half-finished flow is set aside after this silence
BOT_ANSWER_HOURS = env.whole("BOT_ANSWER_HOURS", default=24)  # the promised homework answer time
BOT_PLAN = env.short("BOT_PLAN", default="Monthly", most=60)  # these four: what the row of a payment holds
BOT_PRICE = env.amount("BOT_PRICE", default="5000")
BOT_CURRENCY = env.short("BOT_CURRENCY", default="NGN", most=3)
BOT_PLAN_DAYS = env.whole("BOT_PLAN_DAYS", default=30, most=32_767)
BOT_PAYMENT_INSTRUCTIONS = env.str("BOT_PAYMENT_INSTRUCTIONS", default="")
BOT_PAYMENT_LINK = env.str("BOT_PAYMENT_LINK", default="")  # may hold {reference}
BOT_MESSAGES_PER_MINUTE = env.whole("BOT_MESSAGES_PER_MINUTE", default=20)  # of one student, answered one by one
BOT_MARK_READ = env.flag("BOT_MARK_READ", default=True)  # blue ticks for what the bot has read
PAYSTACK_SECRET_KEY = env.str("PAYSTACK_SECRET_KEY", default="")

# --- Support ----------------------------------------------------------------------------------------------------------

SUPPORT_HOURS = env.str("SUPPORT_HOURS", default="")  # "Mon-Fri 08:00-18:00; Sat 09:00-13:00"; empty: always open
SUPPORT_ACK_PAUSE = env.whole("SUPPORT_ACK_PAUSE", default=120)  # seconds
SUPPORT_RATING_DELAY = env.whole("SUPPORT_RATING_DELAY", default=30)  # seconds
SUPPORT_RESOLVED_CLOSES_AFTER = env.whole("SUPPORT_RESOLVED_CLOSES_AFTER", default=7)  # days
SUPPORT_SILENCE_ASKS_AFTER = env.whole("SUPPORT_SILENCE_ASKS_AFTER", default=2)  # hours
SUPPORT_SILENCE_CLOSES_AFTER = env.whole("SUPPORT_SILENCE_CLOSES_AFTER", default=20)  # hours
SUPPORT_TARGET_FIRST_RESPONSE = env.whole("SUPPORT_TARGET_FIRST_RESPONSE", default=5)  # minutes
SUPPORT_TARGET_CHAT_DURATION = env.whole("SUPPORT_TARGET_CHAT_DURATION", default=15)  # minutes
SUPPORT_TARGET_RESOLUTION = env.whole("SUPPORT_TARGET_RESOLUTION", default=24)  # hours
SUPPORT_TARGET_ACTIVE_CHATS = env.whole("SUPPORT_TARGET_ACTIVE_CHATS", default=50)  # at most
SUPPORT_TARGET_DELIVERY_RATE = env.whole("SUPPORT_TARGET_DELIVERY_RATE", default=95)  # percent, at least
SUPPORT_TARGET_ERROR_RATE = env.whole("SUPPORT_TARGET_ERROR_RATE", default=2)  # percent, at most
SUPPORT_TARGET_SATISFACTION = env.whole("SUPPORT_TARGET_SATISFACTION", default=4)  # of 5 stars, at least
SUPPORT_ALERT_ROLES = env.words("SUPPORT_ALERT_ROLES", default=["supervisor", "admin"])  # mailed beside ADMIN_EMAILS
SUPPORT_ALERT_QUIET = env.str("SUPPORT_ALERT_QUIET", default="")  # "22:00-07:00": no mail but about what is critical
SUPPORT_ALERT_UNRESOLVED_AFTER = env.whole("SUPPORT_ALERT_UNRESOLVED_AFTER", default=24)  # hours
SUPPORT_ALERT_GROWTH = env.whole("SUPPORT_ALERT_GROWTH", default=10)  # percent a week of the database

# --- Sending (seconds; see docs/architecture.md, "A message goes out") ------------------------------------------------

OUTBOX_RATE = env.whole("OUTBOX_RATE", default=80, least=1)  # messages a second in all; Meta counts what comes in, too
OUTBOX_PERSON_RATE = env.whole("OUTBOX_PERSON_RATE", default=10, least=1)  # a minute to one person, after 45: Meta's
OUTBOX_SLOTS = env.whole("OUTBOX_SLOTS", default=48, least=1)  # requests in flight per worker process
OUTBOX_LEASE = env.whole("OUTBOX_LEASE", default=45, least=1)  # longer than the longest request
OUTBOX_HOLD = env.whole("OUTBOX_HOLD", default=60)  # how long an unknown outcome waits for evidence
INBOX_KEPT_DAYS = env.whole("INBOX_KEPT_DAYS", default=30)  # raw webhook items, after they were handled
INBOX_THREADS = env.whole("INBOX_THREADS", default=8, least=1)

# --- E-mail, errors, logs ---------------------------------------------------------------------------------------------

vars().update(env.address("EMAIL_URL", env.email_url_config, default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="edubot@localhost")
EMAIL_TIMEOUT = 10  # seconds; a mail server that does not answer must not hold up the other jobs
ADMIN_EMAILS = env.words("ADMIN_EMAILS")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    import sentry_sdk

    from edubot.logs import without_words

    sentry_sdk.init(
        dsn=SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=without_words,
    )

LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
LOG_FORMAT = env.choice("LOG_FORMAT", ("plain", "json"), default="plain" if DEBUG else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "edubot.logs.JsonFormatter"},
        "plain": {"()": "edubot.logs.PlainFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
        },
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": []},  # its own ones mask nothing, and one of them writes paths while DEBUG is on
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
    },
}
