"""Tokens: what a program shows at the API instead of signing in. One speaks for one office of one officer."""

from hashlib import sha256

from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone

from firmground.officers.territory import Eyes

PREFIX = "fg_"
"""So that a secret that was pasted somewhere is known for one."""
LONGEST = 366  # days
A_MINUTE = 300
"""Requests with one token within one minute by the clock, over all processes."""


class Token(models.Model):
    """A token. Of its secret only the hash is kept; it was shown once, when the token was made."""

    office = models.ForeignKey("officers.Office", models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80, help_text="of the program, as its owner calls it")
    hash = models.CharField(max_length=64, unique=True)
    made_on = models.DateTimeField()
    made_by = models.ForeignKey("officers.Office", models.PROTECT, related_name="+")
    expires = models.DateTimeField()
    revoked_on = models.DateTimeField(null=True)

    privacy = {
        **dict.fromkeys(("id", "office", "made_on", "made_by", "expires", "revoked_on"), "official"),
        "name": "personal",
        "hash": "sensitive",
    }

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(expires__gt=F("made_on")), name="token_ends_after_it_began")]

    def __str__(self) -> str:
        return f"token {self.pk} of office {self.office_id}"

    @property
    def holds(self) -> bool:
        """Whether it opens the door: not ended, the office held today, the officer not locked."""
        ended = self.revoked_on is not None or self.expires <= timezone.now()
        return not ended and self.office.is_held() and self.office.officer.is_active


class TokenUse(models.Model):
    """When a token was last used, and how often in that minute. Not in the trail: each request would be an entry."""

    token = models.OneToOneField(Token, models.CASCADE, primary_key=True, related_name="use")
    last_used = models.DateTimeField()
    requests = models.IntegerField(help_text="in the minute of the last one")

    privacy = dict.fromkeys(("token", "last_used", "requests"), "official")

    def __str__(self) -> str:
        return f"use of token {self.token_id}"


def hashed(secret: str) -> str:
    """What is kept of a secret. It is random and long: nobody guesses it, however fast the hash."""
    return sha256(secret.encode()).hexdigest()


def presented(secret: str) -> Token | None:
    """The token of a secret, if it holds."""
    if not secret.startswith(PREFIX):
        return None
    token = Token.objects.select_related("office__officer").filter(hash=hashed(secret)).first()
    return token if token is not None and token.holds else None


def count_use(token: Token) -> int:
    """Write down that a token is used; how often it was in this minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO officers_tokenuse AS use (token_id, last_used, requests) VALUES (%s, now(), 1)"
            " ON CONFLICT (token_id) DO UPDATE SET last_used = now(), requests = CASE"
            " WHEN date_trunc('minute', use.last_used) = date_trunc('minute', now()) THEN use.requests + 1 ELSE 1 END"
            " RETURNING requests",
            [token.pk],
        )
        (requests,) = cursor.fetchone()
    return int(requests)


def seen_by(eyes: Eyes) -> models.QuerySet[Token]:
    """The tokens of the offices in a territory, the latest first."""
    return Token.objects.filter(eyes.territory.q("office__territory")).select_related("office__officer", "use")
