"""How this installation is set up: from the environment, with defaults that work for one machine.

docs/settings.md lists them all.
"""

from datetime import timedelta
from pathlib import Path

import environ

from flagplatform import installation, logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = installation.data_dir(env.str("FLAGPLATFORM_DATA_DIR", str(BASE_DIR / "data")))
SECRET_KEY = installation.secret_key(env.str("SECRET_KEY", ""), DATA_DIR)
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_TLS = env.bool("BEHIND_TLS", False)
TRUSTED_PROXIES = installation.networks(env.list("TRUSTED_PROXIES", default=[]))  # whose X-Forwarded-For is believed

INSTALLED_APPS = [
    "flagplatform",
    "accounts",
    "audit",
    "flags",
    "experiments",
    "evaluation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "flagplatform.request_ids.RequestIds",
    "evaluation.made.MadeRevisions",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "flagplatform.rest.guard.RequestGuard",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "flagplatform.home.PageRefusals",
]

ROOT_URLCONF = "flagplatform.urls"
WSGI_APPLICATION = "flagplatform.wsgi.application"
APPEND_SLASH = False

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

# --- storage -------------------------------------------------------------------------------------

DATABASES = {
    "default": installation.database(env.str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'flagplatform.sqlite3'}"))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
CACHES = installation.caches(REDIS_URL)
DJANGO_REDIS_IGNORE_EXCEPTIONS = True  # a cache that is away is a cache miss

# --- accounts ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.attempts.CountedSignIn"]
PASSWORD_HASHERS = ["accounts.passwords.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "flag-list"
OPEN_REGISTRATION = env.bool("OPEN_REGISTRATION", True)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", 15)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("REFRESH_TOKEN_DAYS", 14)),
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "sub",
    "LEEWAY": 30,
}

# --- evaluation ----------------------------------------------------------------------------------

SNAPSHOT_TTL = env.int("SNAPSHOT_TTL", 60)  # seconds that Redis keeps an environment's snapshot
POLL_SECONDS = env.float("POLL_SECONDS", 2.0)  # between two looks at the revision numbers, ± 20 %
USAGE_MINUTE_DAYS = env.int("USAGE_MINUTE_DAYS", 7)  # that evaluations are counted by the minute, then by the hour
USAGE_HOUR_DAYS = env.int("USAGE_HOUR_DAYS", 90)  # that they are kept at all
# Decision requests per minute with one API key, and from one address; 0 for no limit.
RATE_LIMIT_KEY = installation.per_minute("RATE_LIMIT_KEY", env.int("RATE_LIMIT_KEY", 0))
RATE_LIMIT_ADDRESS = installation.per_minute("RATE_LIMIT_ADDRESS", env.int("RATE_LIMIT_ADDRESS", 0))
MAX_STREAMS = env.int("MAX_STREAMS", 2_000)  # SDKs that one process announces changes to at the same time
SNAPSHOT_DIR = DATA_DIR / "snapshots"  # the last good configuration, for a start with everything else down
EVENTS_SPOOL_DIR = DATA_DIR / "spool"  # where events wait for the database
EVENTS_SPOOL_BYTES = installation.room("EVENTS_SPOOL_BYTES", env.int("EVENTS_SPOOL_BYTES", 268_435_456))

# --- events --------------------------------------------------------------------------------------

EVENTS_DIR = Path(env.str("EVENTS_DIR", str(DATA_DIR / "events")))  # Parquet files that results are computed from
EVENTS_URL = env.str("EVENTS_URL", "")  # a ClickHouse that holds them instead
EVENTS_DAYS = env.int("EVENTS_DAYS", 400)  # that events are kept; 0 for ever

# --- results -------------------------------------------------------------------------------------

RESULTS_EVERY_MINUTES = env.int("RESULTS_EVERY_MINUTES", 60)  # that experiments get a report unasked; 0 for never

# --- the API -------------------------------------------------------------------------------------

DJANGO_THREADS = env.int("DJANGO_THREADS", 8)  # requests that pages and management API answer at the same time

MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", 1_048_576)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["flagplatform.rest.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "flagplatform.rest.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "flagplatform.rest.errors.answer",
    "PAGE_SIZE": 20,
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": False,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Flagplatform",
    "DESCRIPTION": "Feature flags and experiments: definitions, roll-outs, history and answers.",
    "VERSION": installation.VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/",
    "POSTPROCESSING_HOOKS": ["flagplatform.schema.add_fast_doors"],
    "PREPROCESSING_HOOKS": ["flagplatform.schema.only_below_api"],
    "APPEND_COMPONENTS": {"securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
}

# --- pages ---------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # files are served from where the packages hold them; nothing is collected
WHITENOISE_AUTOREFRESH = DEBUG

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SESSION_COOKIE_HTTPONLY = True

# --- operations ----------------------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # who shows it may read /metrics; without one, only this machine may
METRICS_MAX_FLAGS = env.int("METRICS_MAX_FLAGS", 1_000)  # flags with metrics of their own; the rest are summed up
LOGGING = logs.configuration(env.str("LOG_FORMAT", "text"), env.str("LOG_LEVEL", "WARNING"))
