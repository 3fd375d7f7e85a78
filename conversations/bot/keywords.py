"""Every word the bot listens to, as data: intent -> language -> keywords.

To add a word, add it to its row; to add a language, add its column (English words always count as well).
Write the words as people do: case, accents and punctuation are normalised (`intents.normalise`), and an apostrophe may
be left out.
Which intents count in which state stands in `table.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Intent(StrEnum):
    """What a person can want. The value is also the id of the button that means the same."""

    # Bound to a state: they count only where `table.py` lists them.
    CONFIRM = "confirm"
    HOMEWORK_DONE = "homework_done"
    SKIP = "skip"
    IMAGE = "image"
    TEXT = "text"
    # The intents of the menu.
    MAIN_MENU = "main_menu"
    END_CHAT = "end_chat"
    CANCEL = "cancel"
    SUPPORT = "support"
    REGISTER = "register"
    UPDATE = "update"
    HOMEWORK = "homework"
    PAY = "pay"
    CHECK = "check"
    FAQ = "faq"
    HELP = "help"
    # Small talk of the menu: whole messages only.
    RESUME = "resume"
    LANGUAGE_EN = "language_en"
    LANGUAGE_FR = "language_fr"
    GREETING = "greeting"
    THANKS = "thanks"


# Among keywords with equally many words the intent that stands first wins.
PRECEDENCE: Mapping[Intent, int] = {intent: place for place, intent in enumerate(Intent)}

KEYWORDS: Mapping[Intent, Mapping[str, tuple[str, ...]]] = {
    Intent.MAIN_MENU: {
        "en": ("main_menu", "main menu", "menu", "home"),
        "fr": ("menu principal", "accueil"),
    },
    Intent.END_CHAT: {
        "en": ("end_chat", "end chat", "close", "done", "quit", "quit chat", "exit"),
        "fr": ("terminer", "terminer le chat", "fin du chat", "quitter", "quitter le chat", "fermer", "fini"),
    },
    Intent.REGISTER: {
        "en": ("register", "reg", "new", "start"),
        "fr": ("inscription", "inscrire", "m'inscrire", "s'inscrire", "nouveau", "nouvelle", "commencer"),
    },
    Intent.UPDATE: {
        "en": ("update", "edit", "change", "modify", "profile"),
        "fr": ("mettre à jour", "mise à jour", "modifier", "changer", "corriger", "profil"),
    },
    Intent.HOMEWORK: {
        "en": ("homework", "submit", "hand in", "assignment"),
        "fr": ("devoir", "devoirs", "soumettre", "rendre", "remettre"),
    },
    Intent.PAY: {
        "en": ("pay", "payment", "subscribe", "buy"),
        "fr": ("payer", "paiement", "abonner", "m'abonner", "s'abonner", "acheter"),
    },
    Intent.CHECK: {
        "en": ("status", "check", "subscription", "active"),
        "fr": ("statut", "vérifier", "abonnement", "actif"),
    },
    Intent.FAQ: {
        "en": ("faq", "faqs", "frequently asked", "question", "questions"),
        "fr": ("foire aux questions", "questions fréquentes"),
    },
    Intent.SUPPORT: {
        "en": ("chat support", "support", "chat", "help me", "agent", "human", "talk to someone"),
        "fr": ("assistance", "aidez-moi", "conseiller", "conseillère", "humain", "parler à quelqu'un", "discuter"),
    },
    Intent.HELP: {
        "en": ("help", "info", "how", "options"),
        "fr": ("aide", "infos", "informations", "comment"),
    },
    Intent.CANCEL: {
        "en": ("cancel", "stop", "reset", "clear"),
        "fr": ("annuler", "arrêter", "réinitialiser", "effacer"),
    },
    Intent.IMAGE: {
        "en": ("image", "photo", "picture", "img", "📷"),
        "fr": ("image", "photo"),
    },
    Intent.TEXT: {
        "en": ("text", "write", "type", "📄"),
        "fr": ("texte", "écrire", "taper"),
    },
    Intent.CONFIRM: {
        "en": ("confirm",),
        "fr": ("confirmer", "confirme"),
    },
    Intent.HOMEWORK_DONE: {
        "en": ("done", "finished", "that's all"),
        "fr": ("fini", "terminé", "j'ai fini", "j'ai terminé", "c'est tout"),
    },
    Intent.SKIP: {
        "en": ("skip",),
        "fr": ("passer",),
    },
    Intent.RESUME: {
        "en": ("continue", "resume"),
        "fr": ("continuer", "reprendre"),
    },
    Intent.LANGUAGE_EN: {
        "en": ("english", "anglais"),
    },
    Intent.LANGUAGE_FR: {
        "en": ("french", "français"),
    },
    Intent.GREETING: {
        "en": ("hi", "hello", "hey", "good morning", "good afternoon", "good evening", "bonjour", "salut"),
        "fr": ("bonsoir", "coucou"),
    },
    Intent.THANKS: {
        "en": ("thanks", "thank you", "thank you so much", "thank you very much", "ok", "okay"),
        "fr": ("merci", "merci beaucoup", "d'accord"),
    },
}

# Too common to mean anything inside a sentence: they count only as the whole message.
ONLY_ALONE: Mapping[str, tuple[str, ...]] = {
    "en": ("new", "start", "home", "clear", "reset", "close", "done", "exit", "stop", "quit"),
    "fr": (
        *("nouveau", "nouvelle", "commencer", "accueil", "effacer", "réinitialiser", "arrêter"),
        *("fermer", "terminer", "quitter", "fini"),
    ),
}

# ... but these also inside a sentence of somebody who is not registered: "I am new here".
NEWCOMER_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("new", "start"),
    "fr": ("nouveau", "nouvelle", "commencer"),
}

# Politeness does not count: "main menu please" is a whole message.
COURTESIES: Mapping[str, tuple[str, ...]] = {
    "en": ("please", "pls", "plz"),
    "fr": ("s'il vous plaît", "s'il te plaît", "svp", "stp"),
}

# Words that may surround "confirm" and still leave it a plain yes; "I cannot confirm" has one that may not.
CONFIRMING: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("yes", "yeah", "yep", "ok", "okay", "sure", "i", "we", "want", "would", "like", "to", "now"),
        *("it", "this", "the", "my", "payment", "subscription", "go ahead", "and"),
    ),
    "fr": ("oui", "ok", "d'accord", "je", "veux", "bien", "le", "mon", "mes", "paiement", "abonnement", "et"),
}
