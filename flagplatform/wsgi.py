"""Django itself: pages, admin and the management API."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flagplatform.settings")
application = get_wsgi_application()
