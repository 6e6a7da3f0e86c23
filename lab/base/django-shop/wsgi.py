"""The shop's WSGI application; makes its database and two users at the start."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()


def first_run():
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    for name, staff in [("anna", False), ("boss", True)]:
        user, new = User.objects.get_or_create(username=name, is_staff=staff)
        if new:
            user.set_password(f"{name}-secret-1")
            user.save()
            Token.objects.create(user=user, key=f"{name}0123456789abcdef0123456789abcdef0123"[:40])


first_run()
