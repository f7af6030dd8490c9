"""Django's settings: constants of the product, and what `config.env` read from the environment."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from anneal.config.env import ROOT, environment
from anneal.config.logs import logging_config

_env = environment()
_db = urlsplit(_env.database_url)

BASE_DIR = ROOT
SECRET_KEY = _env.secret_key
DEBUG = _env.debug
ALLOWED_HOSTS = list(_env.allowed_hosts)
PUBLIC_URL = _env.public_url
ENVIRONMENT = _env

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "anneal.common",
    "anneal.accounts",
    "anneal.tenants",
    "anneal.plans",
    "anneal.catalog",
    "anneal.datasets",
    "anneal.registry",
    "anneal.jobs",
    "anneal.hosting",
    "anneal.insights",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "anneal.common.api.request_id.request_id_middleware",
    "anneal.common.api.exceptions.OutageMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "anneal.common.api.refused_bodies.RefusedBodyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "anneal.common.api.json_body.AllauthBodyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "anneal.tenants.middleware.actor_middleware",
]
ROOT_URLCONF = "anneal.config.urls"
WSGI_APPLICATION = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]

# A server that is gone without a word, or a line that drops everything, is noticed within half a minute: sooner than a lease ends.
TCP_PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(_db.path.lstrip("/")),
        "USER": unquote(_db.username or ""),
        "PASSWORD": unquote(_db.password or ""),
        "HOST": unquote(_db.hostname or ""),
        "PORT": str(_db.port or 5432),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            # One for each thread of the web process's three lanes, and some for its streams.
            "pool": {"min_size": 1, "max_size": 3 * _env.web_threads + 8, "timeout": 10},
            **TCP_PATIENCE,
            # A forgotten transaction must not hold locks for ever (RELIABILITY 4.2).
            # No query here runs long enough to be worth compiling, and estimates of nested ones would have it done; nor to be worth
            # further processes, whose start takes longer than what they save (groups of 100,000 jobs: 36 ms alone, 56 with two).
            "options": (
                "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s "
                "-c jit=off -c max_parallel_workers_per_gather=0"
            ),
        },
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _env.redis_url,
        "KEY_PREFIX": "anneal",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# --- accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_MIN_LENGTH = 10
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "anneal.accounts.hashers.LeanArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# No mail server is part of a laptop's installation. Where there is one, nobody comes in with an address that is not theirs,
# and signing up answers alike whether or not an address has an account.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if _env.smtp_url else "none"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = _env.smtp_url is not None
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_ADAPTER = "anneal.accounts.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "anneal.accounts.sign_up.SignUpForm"
ACCOUNT_PREVENT_ENUMERATION = True
# Besides those of allauth: nobody's letter box is filled, and secrets are not tried through.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,3/10m/key", "invitation_look": "30/m/ip"}
PASSWORD_RESET_TIMEOUT = 4 * 3600
DEFAULT_FROM_EMAIL = _env.mail_from or f"Anneal <anneal@{urlsplit(PUBLIC_URL).hostname}>"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{PUBLIC_URL}/verify-email/{{key}}",
    "account_reset_password": f"{PUBLIC_URL}/password/forgotten",
    "account_signup": f"{PUBLIC_URL}/sign-up",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
USERSESSIONS_TRACK_ACTIVITY = False

# --- browser security
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_NAME = "__Host-anneal_session" if _https else "anneal_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "csrftoken"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "anneal.common.api.exceptions.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'", *([ENVIRONMENT.s3_browser_origin] if ENVIRONMENT.s3_browser_origin else [])],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# --- static files: the built page and the documentation's assets
STATIC_URL = "/static/"
STATIC_ROOT = None
WHITENOISE_ROOT = _env.frontend_dir if _env.frontend_dir.is_dir() else None
WHITENOISE_INDEX_FILE = False
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["anneal.tenants.api.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["anneal.tenants.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["anneal.common.api.json_body.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "anneal.common.api.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
# Calls of the API, by who makes them. Generous: a page asks ten times when it opens, and an office of many has one address.
RATE_LIMITS = {
    kind: rate
    for kind, rate in {
        "address": _env.rate_limit_address,
        "caller": _env.rate_limit_caller,
        "tenant": _env.rate_limit_tenant,
        "refused": _env.rate_limit_refused,
    }.items()
    if rate is not None
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Anneal API",
    "DESCRIPTION": "Upload labelled data, fine-tune a model, see honestly whether it is better, download or call it.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "anneal.common.api.docs.name_path_parameters",
        "anneal.common.api.docs.describe_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Role": "anneal.tenants.api.serializers.ROLES",
        "HeldOutSplit": "anneal.jobs.api.comparing.HELD_OUT_SPLITS",
        "MethodName": "anneal.catalog.selectors.METHODS",
        "PairReason": "anneal.jobs.services.pairs.PAIR_REASONS",
        "DisagreementKind": "anneal.jobs.services.disagreements.KINDS",
        "ApiKeyRole": "anneal.tenants.api.serializers.KEY_ROLES",
        "AuditAction": "anneal.tenants.audit_actions.AUDIT_ACTIONS",
        "NotificationKind": "anneal.tenants.notification_kinds.NOTIFICATION_KINDS",
        "Language": "anneal.accounts.languages.LANGUAGES",
        "JobState": "anneal.jobs.api.filters.STATES",
        "JobGrouping": "anneal.jobs.grouping.GROUPINGS",
        "YesOrNo": "anneal.jobs.api.filters.YES_OR_NO",
        "VerdictOutcome": "anneal.registry.api.serializers.VERDICTS",
        "ContenderName": "workers.contract.results.CONTENDER_NAMES",
        "DatasetState": "anneal.datasets.models.DATASET_STATES",
        "FileSplit": "anneal.datasets.models.FILE_SPLITS",
        "TaskName": "workers.contract.columns.TASKS",
        "DataRole": "workers.contract.columns.ROLES",
        "ColumnKind": "workers.contract.columns.KINDS",
        "SplitMode": "anneal.datasets.api.serializers.SPLIT_MODES",
        "SplitName": "anneal.datasets.models.SPLITS",
        "ReportState": "anneal.datasets.models.REPORT_STATES",
        "ProblemSeverity": ["error", "warning"],
        "FindingSeverity": "anneal.datasets.models.SEVERITIES",
        "FindingDecision": "anneal.datasets.models.DECISIONS",
        "FixName": "anneal.datasets.api.doctor_serializers.FIX_NAMES",
        "ChangeKind": "anneal.datasets.models.CHANGE_KINDS",
        "VersionKind": "anneal.datasets.models.VERSION_KINDS",
        "ChangeState": "anneal.datasets.models.CHANGE_STATES",
        "AskedChangeKind": "anneal.datasets.api.version_serializers.ASKED_KINDS",
        "DifferenceKind": "anneal.datasets.files.difference.KINDS",
        "LabelSessionState": "anneal.datasets.models.LABEL_SESSION_STATES",
        "LabelOrder": "anneal.datasets.models.LABEL_ORDERS",
        "UncertaintyMeasure": "anneal.datasets.labelling.values.MEASURES",
        "LabelForm": "anneal.datasets.api.labelling_serializers.ANSWER_FORMS",
        "LabelResolve": "anneal.datasets.labelling.resolving.RESOLVES",
        "ReviewVerdict": "anneal.datasets.labelling.reviews.VERDICTS",
        "TurnWeight": "anneal.datasets.api.labelling_serializers.WEIGHTS",
        "LabelSide": "anneal.datasets.labelling.values.SIDES",
        "AgreementMethod": "anneal.datasets.api.labelling_serializers.AGREEMENT_METHODS",
        "UploadState": "anneal.datasets.models.UPLOAD_STATES",
        "DeploymentState": "anneal.insights.api.lineage.DEPLOYMENT_STATES",
        "QuotaKind": "anneal.plans.kinds.QUOTA_KINDS",
        "WaitingKind": "anneal.insights.selectors.WAITING_KINDS",
    },
}
LOGGING_CONFIG = None
LOGGING = logging_config(_env.log_format)
# auth.W004: the address is unique by a constraint on its lower-case form, which the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "security.W004", "security.W008", "security.W012", "security.W016"]
