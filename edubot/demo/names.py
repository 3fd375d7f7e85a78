"""Who the demo's people are: names, addresses and numbers. All invented.

Numbers pass `phonenumbers` and should ring nobody. Abroad they come from the block 555-0100 to 555-0199 of each North
American area code, which is kept for fiction (NANPA). Nigeria keeps no such block: its numbers come from 0819 0 and
0819 1, issued to Starcomms, whose CDMA network has been switched off.
The mark of the demo is the user id: Meta's begin with a country code (`NG.…`), ours with `DEMO.`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

MARK = "DEMO."
MOST = 1_000_000  # people: the Nigerian block holds no more

FRENCH_EVERY = 6

_AREAS = ("202", "212", "312", "404", "416", "514", "613", "713", "819", "902")
_FICTION = 100  # numbers per area code
_ABROAD_EVERY = 9

FIRST = (
    *("Ada", "Chinedu", "Ngozi", "Emeka", "Ifeoma", "Obinna", "Chiamaka", "Kelechi", "Uche", "Nneka"),
    *("Tọ́lá", "Adébáyọ̀", "Fúnmiláyọ̀", "Ṣadé", "Ọlámidé", "Bọ́láńlé", "Àdùkẹ́", "Káyọ̀dé", "Yétúndé", "Fẹ́mi"),
    *("Aisha", "Ibrahim", "Zainab", "Musa", "Hauwa", "Sani", "Halima", "Yusuf", "Ramatu", "Bashir"),
    *("Ebiere", "Tamuno", "Efe", "Osaze", "Ivie", "Ekaette", "Imaobong", "Terver", "Doose", "Onyeka"),
    *("Grace", "Samuel", "Blessing", "David", "Mercy", "Daniel", "Precious", "Victor", "Esther", "Michael"),
)
LAST = (
    *("Obi", "Okafor", "Nwosu", "Eze", "Okonkwo", "Onyekachi", "Ibe", "Umeh", "Anyanwu", "Chukwu"),
    *("Adéyẹmí", "Ọlátúnjí", "Ògúnlẹ́yẹ", "Balógun", "Akínọlá", "Fáṣọlá", "Ọ̀ṣúndáre", "Adébísí", "Ọdúyà", "Alákìjà"),
    *("Bello", "Abubakar", "Danjuma", "Lawal", "Sule", "Garba", "Mohammed", "Shehu", "Yakubu", "Tanko"),
    *("Amadi", "Briggs", "Edet", "Effiong", "Osagie", "Igbinedion", "Akpan", "Tyokyaa", "Iorfa", "Wokoma"),
)
ARABIC = (("فاطمة", "الزهراء"), ("محمد", "أبوبكر"), ("عائشة", "بللو"), ("يوسف", "إبراهيم"))
FRENCH_FIRST = ("Amélie", "Kouassi", "Aïcha", "Jean-Baptiste", "Fatou", "Éloïse", "Koffi", "Mariama", "Théo", "Awa")
FRENCH_LAST = ("Mensah", "Traoré", "Koné", "N'Guessan", "Lefèvre", "Houngbédji", "Diallo", "Agbéko", "Tchalla", "Bâ")
PROFILE_TAILS = ("", "", "", " ✨", " 📚", " 🇳🇬", " 💙", "🌸🌸", " 🦁", " ❤️‍🔥")
CLASSES = ("JSS1", "JSS2", "JSS3", "SS1", "SS2", "SS3", "Grade 9", "Year 11")
FRENCH_CLASSES = ("Seconde", "Première", "Terminale", "Troisième", "Quatrième")


@dataclass(frozen=True, slots=True)
class Somebody:
    """One invented person. `phone` is None where WhatsApp withholds it (Meta's 2026 identity change)."""

    number: int
    language: str
    first: str
    last: str
    email: str
    class_grade: str
    profile_name: str
    username: str
    phone: str | None

    @property
    def name(self) -> str:
        """The full name, as it is given at registration."""
        return f"{self.first} {self.last}"

    @property
    def user_id(self) -> str:
        """The mark of the demo; its order is the order of the numbers."""
        return f"{MARK}{self.number:07d}"


def somebody(number: int, random: Random) -> Somebody:
    """The person of this number, as the random source has it."""
    language = "fr" if speaks_french(number) else "en"
    first, last = _name(language, random)
    plain = _plain(f"{first}.{last}") or "student"
    return Somebody(
        number=number,
        language=language,
        first=first,
        last=last,
        email=f"{plain}.{number}@example.com",
        class_grade=random.choice(FRENCH_CLASSES if language == "fr" else CLASSES),
        profile_name=first + random.choice(PROFILE_TAILS),
        username=f"{plain}{number}",
        phone=None if number % 67 == 66 else phone(number),
    )


def speaks_french(number: int) -> bool:
    """Whether the person of this number writes French: every sixth does."""
    return number % FRENCH_EVERY == FRENCH_EVERY - 1


def phone(number: int) -> str:
    """The phone of this person's number, in E.164."""
    turn, place = divmod(number, _ABROAD_EVERY)
    if place == _ABROAD_EVERY - 1 and turn < len(_AREAS) * _FICTION:
        return f"+1{_AREAS[turn % len(_AREAS)]}55501{turn // len(_AREAS):02d}"
    return f"+2348190{number:06d}"


def _name(language: str, random: Random) -> tuple[str, str]:
    if language == "fr":
        return random.choice(FRENCH_FIRST), random.choice(FRENCH_LAST)
    if random.random() < 0.06:
        return random.choice(ARABIC)
    return random.choice(FIRST), random.choice(LAST)


def _plain(name: str) -> str:
    """The name in the letters that an e-mail address takes."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(char for char in bare.lower() if char.isalnum() or char == ".").strip(".")
