"""Sentences and what they mean: one line per intent, sentences parted by bars, `-` for "no keyword".

To settle a dispute about a sentence, add it here.
"""

from __future__ import annotations

from collections.abc import Mapping

Expected = tuple[str, str | None]

_AT_THE_MENU = """
# every keyword of the product description
main_menu: main_menu | main menu | menu | home
end_chat: end_chat | end chat | close | done | quit chat | exit | quit
register: register | reg | new | start
update: update | edit | change | modify | profile
homework: homework | submit | hand in | assignment
pay: pay | payment | subscribe | buy
check: status | check | subscription | active
faq: faq | faqs | frequently asked | question | questions
support: chat support | support | chat | help me | agent | human | talk to someone
help: help | info | how | options
cancel: cancel | stop | reset | clear

# case, punctuation, emoji, width, accents, invisible characters, politeness
main_menu: MENU | Menu! | \tmenu\u2028 | *menu* | 📍 Main Menu | main menu please | Please, menu 🙏 | main-menu
end_chat: ＥＮＤ ＣＨＡＴ | End Chat 👋 | end\u200b chat | e\u200bnd ch\u200dat | \u202eend chat\u202c | end\u00a0chat
end_chat: END_CHAT | ⓔⓝⓓ ⓒⓗⓐⓣ | 𝐞𝐧𝐝 𝐜𝐡𝐚𝐭 | end  chat... | done!!! | ❌ End Chat
homework: HOMEWORK 📚 | hand-in | 📝 Homework
support: sup\u00adport | 💬 Chat Support
help: hélp
check: #status
cancel: stop please
faq: FAQ’s
# a zero-width space in the place of a space joins the words: one answer, and it is this one
-: end\u200bchat

# sentences
homework: I want to submit my homework | I was told to hand in the new one
support: can I talk to someone? | I need to talk to an agent | is there a human here | Hi, I need support
register: how do I register
pay: I would like to subscribe | payment for the new book
check: what is my status | is my subscription active?
update: I want to change my class
help: show me the options | How many moles are in 18 g of water? | please help
main_menu: show me the menu again
cancel: cancel that
faq: I have a question | Question 1: what is 2 + 2? | where can I read frequently asked questions

# most words win, then the order
end_chat: end chat and help
support: please help me | help me hand in my homework | support and homework
main_menu: chat or menu | menu, cancel, support
cancel: cancel my subscription
register: register and pay
update: update my payment
homework: homework payment
pay: pay and check
check: check the faq
faq: faq or help

# words that count only as the whole message
-: please do not close my account | Close the bracket | I'm done with Q1 | what is new | I am home now
-: the start of term | stop it now | is that clear | reset the router | where is the exit | I quit school

# never inside another word
-: news | textbook | radioactive | nuclear | Howard | Chatterjee | John Stopford | closest | somehow | payday
-: information | agents | checkers | menus | humanity | supporters | unsubscribe | helpful | regular | startup
-: chats | editor | interactive | abandoned | homely

# addresses are not words
-: info@x.com | help@school.org | https://pay.example | www.support.org | http://example.com/menu?help=1
-: mail me at help@school.org | facebook.com/chat | home help@school.org | <support@edu.ng>
main_menu: menu info@x.com

# nothing, and words of other states
-: \u200b\u200d | 👍 | ?! | asdf qwer | 12345 | 📷 | photo | confirm | skip | I cannot confirm

# small talk, as whole messages
greeting: Hi | Good morning! | Hello 👋
thanks: thank you 🙏 | OK
resume: continue | ▶️ Continue
language_en: English
language_fr: Français | FRENCH please
-: I speak french | hi there

# French words mean nothing to somebody who speaks English
-: devoir | aide | statut
"""

_AT_THE_MENU_IN_FRENCH = """
main_menu: menu principal | accueil | menu s'il vous plaît | accueil sil te plait
end_chat: terminer | TERMINER LE CHAT | fini
cancel: annuler | arrêter | arreter svp | veuillez annuler
support: je veux parler à quelqu'un | parler a quelqu’un | Aidez-moi | assistance | un conseiller
register: inscription | je veux m'inscrire | je veux minscrire | nouveau
update: modifier mon profil | mise à jour
homework: j'ai un devoir à rendre | DEVOIRS | soumettre | devoirs-maison
pay: je veux payer | m'abonner | paiement
check: mon abonnement | vérifier | STATUT
faq: foire aux questions | j'ai une question
help: aide | comment faire ? | infos
thanks: Merci beaucoup | daccord
greeting: Bonsoir
resume: continuer
language_en: anglais | english

# only as the whole message, only as whole words
-: Je suis à l'accueil | je vais terminer demain | un nouveau livre
-: aider | commentaire | Payerne | abonnements

# English keywords always work
homework: homework
support: help me
end_chat: end chat
main_menu: menu please
"""

_IN_A_STATE = {
    "REGISTERING_NAME": """
        -: John Stopford | Howard | done | New Start | Agent Smith | homework | Mary Menu
        support: agent
        help: help
        greeting: good morning
        language_fr: français
    """,
    "REGISTERING_EMAIL": """
        -: info@x.com | help@school.org | pay@bank.ng
        faq: FAQs
        cancel: stop
    """,
    "REGISTERING_CLASS": """
        -: French | new
        main_menu: main menu, please
    """,
    "UPDATING_NAME": """
        skip: skip
        -: Skip Bayless
        support: talk to someone
    """,
    "HOMEWORK_SUBJECT": """
        -: French | help | status | History of human rights
        cancel: cancel
    """,
    "HOMEWORK_CONTENT": """
        -: How many moles are in 18 g of water? | Question 1: menu planning | done | Close the bracket
        support: human
    """,
    "COLLECTING_FILES": """
        homework_done: done | Finished! | that's all | That’s all 🙂 | thats all
        -: I'm done with Q1
        main_menu: menu
    """,
    "HOMEWORK_TYPE": """
        image: image | photo | a picture, please | img | 📷
        text: text | I will write it | type | 📄
        -: textbook | it is one question
        help: help
        support: can I talk to someone
    """,
    "PAYMENT_PENDING": """
        confirm: confirm | Yes, confirm please! | ✅ Confirm Payment | I confirm
        confirm: I would like to confirm my payment now | ok confirm | Please confirm it
        -: I cannot confirm | do not confirm | I can't confirm yet | confirm later | unconfirmed | yes
        pay: I cannot confirm the payment
        main_menu: no, menu
    """,
    "CHAT_SUPPORT_ACTIVE": """
        end_chat: end chat | ＥＮＤ ＣＨＡＴ 👋 | end\u200b chat | done | Quit, please
        -: please do not close my account | I'm done with Q1 | menu | do not end chat | support
    """,
}


def _read(table: str) -> list[Expected]:
    rows = (line.strip() for line in table.split("\n"))
    parted = (row.partition(": ") for row in rows if row and not row.startswith("# "))
    return [
        (sentence, None if intent == "-" else intent)
        for intent, _, sentences in parted
        for sentence in sentences.split(" | ")
    ]


AT_THE_MENU = _read(_AT_THE_MENU)
AT_THE_MENU_IN_FRENCH = _read(_AT_THE_MENU_IN_FRENCH)
IN_A_STATE: Mapping[str, list[Expected]] = {state: _read(table) for state, table in _IN_A_STATE.items()}
