"""Taking the demo out again: the people marked as demo, their files and staff. Nobody else's."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.db import connection, transaction

from conversations.models import Contact, MediaFile
from edubot.demo import desk, media, names
from edubot.removal import remove_people

BATCH = 500  # people per transaction


def clear(progress: Callable[[int], None] = lambda _done: None) -> int:
    """Remove every trace of the demo but its categories, canned replies and FAQ topics, which the team may use by now.

    Returns how many people are gone; `progress` hears it as it goes on. Staff of the demo go when nobody has made a
    real log-in of them (given them a password).
    """
    done = 0
    while gone := _clear_some():
        done += gone
        progress(done)
    MediaFile.objects.filter(name__startswith=media.PREFIX).delete()
    for user in User.objects.filter(email__endswith=f"@{desk.MAIL}"):
        if not user.has_usable_password():
            user.delete()
    return done


def count() -> int:
    """How many people of the demo there are."""
    return Contact.objects.filter(user_id__startswith=names.MARK).count()


def _clear_some() -> int:
    marked = Contact.objects.filter(user_id__startswith=names.MARK).order_by("user_id")
    found = list(marked.values_list("pk", "conversation__pk")[:BATCH])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('edubot.quiet', 'on', true)")
        remove_people([person for person, _ in found], [thread for _, thread in found if thread])
    return len(found)
