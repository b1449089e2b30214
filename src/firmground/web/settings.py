"""Settings. What differs from one machine to the next comes from the environment:

FIRMGROUND_HOME       where data lie: the embedded database, snapshots, uploads, the secret key (default: ./var)
FIRMGROUND_CATALOGUE  the catalogue in force (default: the china_2020 of this repository)
DATABASE_URL          postgresql://… for the application's role (default: an embedded server in FIRMGROUND_HOME)
DATABASE_OWNER_URL    the same database for the role that owns the tables and migrates (default: DATABASE_URL)
FIRMGROUND_DEBUG      1 shows tracebacks in the browser
"""

import os
from pathlib import Path

from firmground.common.home import CATALOGUE, HOME, secret_key
from firmground.common.postgres_settings import databases

DEBUG = os.environ.get("FIRMGROUND_DEBUG") == "1"
SECRET_KEY = secret_key()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]  # loopback only, until people sign in

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
    "firmground.findings",
    "firmground.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "firmground.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "firmground.web.eyes.EyesMiddleware",
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
