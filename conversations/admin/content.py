"""What staff write for the bot: FAQ answers, and their own wording of its sentences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import escape

from conversations import texts, wording
from conversations.admin.base import DeskAdmin, DeskForm, Form, shortened
from conversations.models import BotText, FaqTopic
from conversations.models.content import has_words


class WordedAdmin(DeskAdmin):
    """Words that the bot speaks: this process knows of a change at once, the others within seconds."""

    audited_as = "words"

    def save_model(self, request: HttpRequest, obj: Model, form: Form, change: bool) -> None:  # noqa: FBT001
        """Save, and read anew."""
        super().save_model(request, obj, form, change)
        wording.forget()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete, and read anew."""
        super().delete_model(request, obj)
        wording.forget()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete several, and read anew."""
        super().delete_queryset(request, queryset)
        wording.forget()


@admin.register(FaqTopic)
class FaqTopicAdmin(WordedAdmin):
    """Questions and answers, in the order in which students see them."""

    list_display = ("title", "language", "slug", "position", "is_active", "beginning")
    list_filter = ("language", "is_active")
    search_fields = ("title", "answer", "slug")
    ordering = ("language", "position", "id")

    @admin.display(description="answer")
    def beginning(self, topic: FaqTopic) -> str:
        """How the answer begins."""
        return shortened(topic.answer)


class BotTextForm(DeskForm):
    """A wording for one sentence of the catalogue; the usual one stands beside it."""

    key = forms.ChoiceField(label="Sentence")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = texts.CATALOGUES[texts.DEFAULT_LANGUAGE]
        choice = self.fields["key"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  (declared above)
        choice.choices = [(key, f"{key}: {shortened(text)}") for key, text in usual.items() if has_words(text)]
        key = self.initial.get("key") or self.instance.key
        if key in usual:
            language = self.initial.get("language") or self.instance.language
            text = texts.CATALOGUES.get(language, usual)[key]
            self.fields["text"].help_text = f"The usual wording: {escape(text)}"  # the page shows help as HTML


@admin.register(BotText)
class BotTextAdmin(WordedAdmin):
    """Sentences that staff word differently. All others are found in the catalogue."""

    form = BotTextForm
    list_display = ("key", "language", "beginning", "updated_at")
    list_filter = ("language",)
    search_fields = ("key", "text")
    ordering = ("key", "language")
    fields = ("key", "language", "text")
    change_list_template = "admin/conversations/bottext/change_list.html"

    @admin.display(description="wording")
    def beginning(self, text: BotText) -> str:
        """How it begins."""
        return shortened(text.text)

    def save_model(self, request: HttpRequest, obj: Any, form: Form, change: bool) -> None:  # noqa: FBT001
        """Note when."""
        obj.updated_at = timezone.now()
        form.changed_data.append("updated_at")
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        """With the catalogue of all sentences."""
        catalogue = path(
            "catalogue/", self.admin_site.admin_view(self._catalogue), name="conversations_bottext_catalogue"
        )
        return [catalogue, *super().get_urls()]

    def _catalogue(self, request: HttpRequest) -> HttpResponse:
        """Every sentence in every language: the usual wording and staff's own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        own = {(row.key, row.language): row for row in BotText.objects.all()}
        sentences = [
            {"key": key, "language": language, "usual": text, "own": own.get((key, language))}
            for key, template in texts.CATALOGUES[texts.DEFAULT_LANGUAGE].items()
            if has_words(template)
            for language, catalogue in texts.CATALOGUES.items()
            for text in [catalogue[key]]
        ]
        context = self.admin_site.each_context(request) | {
            "title": "All sentences of the bot",
            "opts": self.opts,
            "sentences": sentences,
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "admin/conversations/bottext/catalogue.html", context)
