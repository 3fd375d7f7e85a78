"""What a fresh installation needs before anybody can try it: an administrator, and something for the bot to say."""

from __future__ import annotations

import secrets

from django.contrib.auth import get_user_model

from conversations.models import FaqTopic

ADMIN = "admin"

# slug, language, title (24 characters at most), answer
FAQ_TOPICS = (
    (
        "homework",
        "en",
        "Sending homework",
        (
            "Type *homework*, tell us the subject, then write your question or send photos of it. "
            "You get a reference number, and our answer arrives in this chat."
        ),
    ),
    (
        "answer-time",
        "en",
        "When do I get answers?",
        "Most homework is answered within a day. Type *status* to see where yours stands.",
    ),
    (
        "subscription",
        "en",
        "Subscribing",
        (
            "Type *subscribe* to see the plan and its price. Your subscription starts as soon as we have received the "
            "payment, and we tell you here."
        ),
    ),
    (
        "profile",
        "en",
        "Changing my details",
        "Type *update* to change your name, your e-mail address or your class.",
    ),
    (
        "person",
        "en",
        "Talking to a person",
        "Type *support* and somebody of our team joins this chat. Tap *End Chat* when you are done.",
    ),
    (
        "homework",
        "fr",
        "Envoyer un devoir",
        (
            "Écrivez *devoir*, indiquez la matière, puis écrivez votre question ou envoyez-en des photos. "
            "Vous recevez un numéro de référence, et notre réponse arrive dans cette discussion."
        ),
    ),
    (
        "answer-time",
        "fr",
        "Délai de réponse",
        "La plupart des devoirs reçoivent une réponse en un jour. Écrivez *statut* pour savoir où en est le vôtre.",
    ),
    (
        "subscription",
        "fr",
        "S’abonner",
        (
            "Écrivez *payer* pour voir la formule et son prix. Votre abonnement commence dès que nous avons reçu "
            "le paiement, et nous vous le disons ici."
        ),
    ),
    (
        "profile",
        "fr",
        "Modifier mon profil",
        "Écrivez *modifier* pour changer votre nom, votre adresse e-mail ou votre classe.",
    ),
    (
        "person",
        "fr",
        "Parler à quelqu’un",
        (
            "Écrivez *support* et une personne de notre équipe rejoint cette discussion. "
            "Touchez *Terminer* quand vous avez fini."
        ),
    ),
)


def first_admin() -> str | None:
    """Make an administrator where there is none; the generated password, which nobody can ask for again."""
    users = get_user_model()
    if users.objects.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    users.objects.create_superuser(ADMIN, password=password)
    return password


def faq_topics() -> None:
    """Give the bot a few answers to begin with; nothing where staff have ever written one."""
    if not FaqTopic.objects.exists():
        FaqTopic.objects.bulk_create(
            [
                FaqTopic(slug=slug, language=language, title=title, answer=answer, position=position)
                for position, (slug, language, title, answer) in enumerate(FAQ_TOPICS)
            ],
            ignore_conflicts=True,  # two first starts at once
        )
