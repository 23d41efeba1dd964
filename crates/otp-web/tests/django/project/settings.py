"""The project of the guide, on the database that DATABASE_URL names."""

import os
from urllib.parse import urlsplit

import pymysql

# Django asks for mysqlclient by its version; PyMySQL speaks for it.
pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()

url = urlsplit(os.environ["DATABASE_URL"])
if url.scheme == "sqlite":
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.path}
else:
    engine = {"postgres": "postgresql", "mysql": "mysql"}[url.scheme]
    database = {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": url.path.strip("/"),
        "USER": url.username,
        "PASSWORD": url.password,
        "HOST": url.hostname,
        "PORT": url.port,
    }

DATABASES = {"default": database}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "core"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "for-tests-only"
USE_TZ = True
