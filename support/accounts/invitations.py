"""Links with which somebody new sets a password of their own: whoever makes an account never knows it.

Django's tokens for forgotten passwords: good once, for settings.PASSWORD_RESET_TIMEOUT, and until the next log-in.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from support.audit import audit


class NewMember(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs alone
    """Somebody new, who has no password and cannot log in until they have set one."""

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  (Django's)
        """The account."""
        user: User = super().save(commit=False)
        user.set_unusable_password()
        if commit:
            user.save()
        return user


def link(request: HttpRequest, user: User) -> str:
    """The address at which `user` sets a password. Whoever has it can, so it goes to them alone."""
    who = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return request.build_absolute_uri(reverse("admin:invitation", args=[who, token]))


class Invitation(PasswordResetConfirmView):
    """The page behind a link. The token leaves the address at once, into the session."""

    success_url = reverse_lazy("admin:login")
    title = "Choose a password"

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """What Django admin's pages need."""
        return admin.site.each_context(self.request) | super().get_context_data(**given)

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        """The password is set, and that is written down."""
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)
            audit(self.request, "user.password", self.user, actor=self.user)
        messages.success(self.request, "Your password is set. Log in with it.")
        return answer
