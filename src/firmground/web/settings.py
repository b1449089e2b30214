"""Settings. What differs from one machine to the next comes from the environment:

FIRMGROUND_HOME       where data lie: the embedded database, snapshots, uploads, the secret key (default: ./var)
FIRMGROUND_CATALOGUE  the catalogue in force (default: the china_2020 of this repository)
DATABASE_URL          postgresql://… for the application's role (default: an embedded server in FIRMGROUND_HOME)
DATABASE_OWNER_URL    the same database for the role that owns the tables and migrates (default: DATABASE_URL)
FIRMGROUND_HOSTS      names under which people reach the pages over HTTPS, with commas (default: this machine alone)
FIRMGROUND_PROXY      1 when a proxy that ends HTTPS stands before it and says so in X-Forwarded-Proto
FIRMGROUND_DEMO       1 shows the passwords of invented officers on the sign-in page; this machine alone
FIRMGROUND_OIDC       address of a government's own sign-in (OpenID Connect), with
FIRMGROUND_OIDC_CLIENT, FIRMGROUND_OIDC_SECRET, FIRMGROUND_OIDC_NAME, FIRMGROUND_OIDC_USERNAME (the claim that holds
                      the name an officer signs in with; default: preferred_username)
FIRMGROUND_REGISTRY_CALLBACKS  addresses under which other governments' systems take answers, with commas
FIRMGROUND_REGISTRY_KEYS       folder with their public keys and our private one (api/dci/signatures.py)
FIRMGROUND_DEBUG      1 shows tracebacks in the browser
FIRMGROUND_MAIL       smtp://user:password@host:port, or smtp+tls://…: desks are told by mail (default: no mail)
FIRMGROUND_MAIL_FROM  the address that mail comes from
FIRMGROUND_ADDRESS    where the pages are found, for links in mail (default: http://127.0.0.1:8000)
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from firmground.common.errors import Refusal
from firmground.common.home import CATALOGUE, HOME, secret_key
from firmground.common.postgres_settings import databases

DEBUG = os.environ.get("FIRMGROUND_DEBUG") == "1"
SECRET_KEY = secret_key()
HOSTS = [host.strip() for host in os.environ.get("FIRMGROUND_HOSTS", "").split(",") if host.strip()]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *HOSTS]
DEMO = os.environ.get("FIRMGROUND_DEMO") == "1"
if DEMO and HOSTS:
    raise Refusal(
        "The demo shows its officers' passwords, so it is for this machine alone: unset FIRMGROUND_HOSTS or "
        "FIRMGROUND_DEMO."
    )

FIRMGROUND_HOME = HOME
FIRMGROUND_CATALOGUE = CATALOGUE

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "firmground.common.audit",
    "firmground.officers",
    "firmground.places",
    "firmground.registry",
    "firmground.teams",
    "firmground.findings",
    "firmground.notices",
    "firmground.cases",
    "firmground.assistance",
    "firmground.funds.projects",
    "firmground.funds.books",
    "firmground.supervision.ledger",
    "firmground.supervision.samples",
    "firmground.supervision.plans",
    "firmground.supervision.visits",
    "firmground.supervision.exits",
    "firmground.supervision.board",
    "firmground.supervision.dispatch",
    "firmground.supervision.briefs",
    "firmground.api",
    "firmground.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "firmground.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "firmground.web.signing_in.middleware.OfficeMiddleware",
    "firmground.web.refusals.RefusalMiddleware",
]
ROOT_URLCONF = "firmground.web.urls"
WSGI_APPLICATION = "firmground.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "officers.Officer"
DATABASES = databases(HOME)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # served from where they lie: there is no step to forget

# Whoever reads a household's page should not tell the next site which household it was.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = bool(HOSTS)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in HOSTS]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("FIRMGROUND_PROXY") == "1" else None

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_LASTS = 12 * 3600  # seconds, from the sign-in
SESSION_IDLES = 2 * 3600  # seconds without a page: a village worker's line may be gone for longer than an hour
SESSION_COOKIE_AGE = SESSION_LASTS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

ACCOUNT_ADAPTER = "firmground.web.signing_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/m/ip"}  # for each process; the lock-out is for all
MFA_ADAPTER = "firmground.web.signing_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SOCIALACCOUNT_ADAPTER = "firmground.web.signing_in.adapters.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
OIDC = os.environ.get("FIRMGROUND_OIDC", "")
OIDC_USERNAME_CLAIM = os.environ.get("FIRMGROUND_OIDC_USERNAME", "preferred_username")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "government",
                "name": os.environ.get("FIRMGROUND_OIDC_NAME", "OpenID Connect"),
                "client_id": os.environ.get("FIRMGROUND_OIDC_CLIENT", ""),
                "secret": os.environ.get("FIRMGROUND_OIDC_SECRET", ""),
                "settings": {"server_url": OIDC},
            }
        ]
        if OIDC
        else []
    }
}

# Mail says how much waits at a desk, nothing of anybody. Without FIRMGROUND_MAIL none is sent.
_mail = urlsplit(os.environ.get("FIRMGROUND_MAIL", ""))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _mail.hostname else 'dummy'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "", _mail.port or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
DEFAULT_FROM_EMAIL = os.environ.get("FIRMGROUND_MAIL_FROM", "firmground@localhost")
FIRMGROUND_ADDRESS = os.environ.get("FIRMGROUND_ADDRESS", "http://127.0.0.1:8000")

REGISTRY_CALLBACKS = os.environ.get("FIRMGROUND_REGISTRY_CALLBACKS", "").replace(",", " ").split()
REGISTRY_KEYS = os.environ.get("FIRMGROUND_REGISTRY_KEYS", "")

# Logs say what the machine did, never about whom: no query strings, no parameters of a query, no file's rows.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "firmground.common.logs.line"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"level": "WARNING"},
        "django.db.backends": {"level": "WARNING", "propagate": False},
        "firmground": {"level": "INFO"},
    },
}
