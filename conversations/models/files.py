"""Received and sent files, in chunks, so that every process sees them and a backup is one thing."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class MediaFile(models.Model):
    """One stored file; `name` is generated, never the sender's."""

    name = models.CharField(max_length=200, unique=True)
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class MediaChunk(models.Model):
    """A piece of a file's bytes."""

    file = models.ForeignKey(MediaFile, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="media_chunk_once")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"
