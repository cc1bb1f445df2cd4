# mypy: ignore-errors
"""A peer of verify: djangorestframework-api-key by its quickstart, with gunicorn.

``HasAPIKey`` as the permission of a view; the keys in its own table, found by its unique prefix. It has no limits, and
counts nothing.
"""

import os
from pathlib import Path

import django
from django.conf import settings

FOLDER = Path(os.environ["BENCH_FOLDER"])
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
    SECRET_KEY="of-a-benchmark",  # noqa: S106
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "rest_framework_api_key"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "peer.db", "CONN_MAX_AGE": None}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402
from rest_framework_api_key.models import APIKey  # noqa: E402
from rest_framework_api_key.permissions import HasAPIKey  # noqa: E402


class WhoAmI(APIView):
    permission_classes = [HasAPIKey]  # noqa: RUF012

    def get(self, request):
        return Response({"workspace_id": "w", "scopes": ["workflows:read"]})


urlpatterns = [path("whoami", WhoAmI.as_view()), path("health", lambda request: HttpResponse("ok"))]


def fill():
    call_command("migrate", verbosity=0)
    hashed = APIKey.objects.key_generator.hash
    keys = []
    for key in (FOLDER / "keys").read_text().split():
        prefix, secret = key[8:16], key[16:]
        presented = f"{prefix}.{secret}"
        keys.append(APIKey(id=f"{prefix}.{hashed(presented)}", prefix=prefix, hashed_key=hashed(presented), name="Key"))
    APIKey.objects.bulk_create(keys, batch_size=1000)


fill()
app = get_wsgi_application()
