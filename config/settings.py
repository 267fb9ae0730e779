"""Django's settings. What differs between machines comes from config/environment.py."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from config import embedded, environment, logs

ENVIRONMENT = environment.read()
BASE_DIR = environment.ROOT
VAR_DIR: Path = ENVIRONMENT.var
PRODUCTION = ENVIRONMENT.is_production
TESTING = ENVIRONMENT.mode == "test"

# -- identity and hosts ---------------------------------------------------------------
SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False  # a traceback page shows customers' data; errors go to the log instead
# The loopback address too: health checks ask from inside.
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts, "127.0.0.1"] if ENVIRONMENT.allowed_hosts else ["*"]
PUBLIC_URL = ENVIRONMENT.public_url
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# -- what is installed ----------------------------------------------------------------
INSTALLED_APPS = [
    # The house, top floor first: a template or command of an upper floor wins.
    "config.apps.PlatformConfig",
    "billing",
    "escalation",
    "tickets",
    # Rules in the database. PGTRIGGER_INSTALL_ON_MIGRATE also serves databases that
    # are made without migrations (the tests').
    "pgtrigger",
    "pghistory",
    "django_fsm",
    # A developer's tool, absent where only requirements.lock is installed.
    *(["django_linear_migrations"] if find_spec("django_linear_migrations") else []),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "django_filters",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.ChosenLanguageMiddleware",
    "config.overload.OverloadMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.PersonsLanguageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "axes.middleware.AxesMiddleware",  # last: turns its refusal into a page
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "config.templating.loader.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.platform",
                "tickets.context_processors.frame",
            ],
        },
    }
]

# -- database -------------------------------------------------------------------------
DATABASE_URL = ENVIRONMENT.database_url or embedded.database_url(VAR_DIR)
_database = environment.database_settings(DATABASE_URL)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": False,  # a service is the transaction, not a request
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if ENVIRONMENT.database_pool or TESTING else 60,
        **_database,
    }
}
if ENVIRONMENT.database_pool:
    # Threads of one web process share the connections; workers keep one each instead.
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": ENVIRONMENT.database_pool,
        "timeout": 10,
    }
DATABASE_PREPARED = ENVIRONMENT.database_prepared
if DATABASE_PREPARED:
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = (
        0  # what is sent that way at all (tickets/queries/prepared.py)
    )
_timeouts = environment.timeouts(ENVIRONMENT.role)
if any(_timeouts.values()):
    # A query parameter `options` of DATABASE_URL goes before.
    DATABASES["default"]["OPTIONS"].setdefault(
        "options", " ".join(f"-c {name}={value}" for name, value in _timeouts.items() if value)
    )
MOST_AT_ONCE = environment.MOST_AT_ONCE
REPORT_TIMEOUT = 50_000 if ENVIRONMENT.role == "web" else 0  # milliseconds
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PGTRIGGER_INSTALL_ON_MIGRATE = True
# Not in the migrations: each trigger would rebuild the state of every model (minutes for an empty database). They are
# installed, replaced and pruned after each `migrate`, from the models themselves (ADR 0103).
PGTRIGGER_MIGRATIONS = False

# -- redis: broker and live channel; all of it may be lost at any moment ----------------
REDIS_URL = ENVIRONMENT.redis_url or embedded.redis_url(VAR_DIR)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# -- people and sign-in -----------------------------------------------------------------
AUTH_USER_MODEL = "tickets.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: refuses a locked-out pair
    "config.accounts.StaffBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
    if TESTING
    else "django.contrib.auth.hashers.PBKDF2PasswordHasher"
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "config.accounts.StaffAccountAdapter"
SOCIALACCOUNT_ADAPTER = "config.accounts.StaffSocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login_id"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS: Any = False if TESTING else {}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tsunagu"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "config.accounts.guessed_login_id"
AXES_IPWARE_PROXY_COUNT = 1 if PRODUCTION else None  # the proxy of docs/deployment.md
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "429.html"
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_ENABLE_ACCESS_FAILURE_LOG = True

# -- language and time --------------------------------------------------------------------
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

# -- static files ---------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION  # `make run` needs no collectstatic
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"

# -- mail: SMTP always; with no server named, the local catcher of `make run` ----------------
_smtp = environment.smtp_settings(ENVIRONMENT)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _smtp.host
EMAIL_PORT = _smtp.port
EMAIL_HOST_USER = _smtp.user
EMAIL_HOST_PASSWORD = _smtp.password
EMAIL_USE_TLS = _smtp.starttls
EMAIL_USE_SSL = _smtp.tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail_from
SERVER_EMAIL = ENVIRONMENT.mail_from
MAIL_DIR = VAR_DIR / "mail"  # where the local catcher writes

# -- the carrier's gateway. Without a URL every instruction becomes a person's work item ----
CARRIER_URL = ENVIRONMENT.carrier_url
CARRIER_SECRET = ENVIRONMENT.carrier_secret
CARRIER_TIMEOUT = 10.0  # seconds

# -- the telephone system: signs its events with this; without it (production) none are taken -------
CTI_SECRET = ENVIRONMENT.cti_secret

# -- the outbox: pause after the first failed try (then doubled), and when a sender passes for dead
OUTBOX_RETRY_SECONDS = 5.0
OUTBOX_STALE_SECONDS = 60.0  # above the longest send

# -- live stream ------------------------------------------------------------------------------
LIVE_URL = ENVIRONMENT.live_url  # "" = this host at PORT + 1, see config/context.py
LIVE_PORT = ENVIRONMENT.live_port
METRICS_TOKEN = ENVIRONMENT.metrics_token

# -- what a browser may do ----------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF, *environment.live_origins(ENVIRONMENT)],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_NAME = "tsunagu_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # one shift
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0

# -- logs -------------------------------------------------------------------------------------
LOGGING = logs.configure(ENVIRONMENT)
DJANGO_STRUCTLOG_CELERY_ENABLED = False
