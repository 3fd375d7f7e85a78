"""Français. Court, chaleureux, simple ; mêmes clés et mêmes valeurs que l'anglais."""

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
DAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")

TEXTS = {
    # Building blocks
    "verbatim": "{words}",
    "paragraphs": "{first}\n\n{rest}",
    "choose_below": "Que souhaitez-vous faire ensuite ?",
    # Meeting
    "hello_newcomer": (
        "👋 Bonjour, je suis *{brand}* ! Je reçois vos devoirs, je réponds à vos questions et je vous passe "
        "une personne au besoin."
    ),
    "language_hint": "_English? Write *english*._",
    "welcome_back": "👋 Bon retour sur *{brand}*, {name} ! Que souhaitez-vous faire ?",
    "hey": "Bonjour {name} ! Que souhaitez-vous faire ?",
    "hey_stranger": "Bonjour ! Que souhaitez-vous faire ?",
    "invitation": (
        "👋 Bienvenue sur *{brand}* !\n\n"
        "Inscrivez-vous pour rendre vos devoirs et vous abonner. Cela prend "
        "une minute. Vous pouvez aussi lire les questions fréquentes ou parler à notre équipe."
    ),
    "you_are_welcome": "👍 Je suis là quand vous avez besoin de moi.",
    "language_changed": "👍 Désormais, nous parlons français.",
    # Menu
    "main_menu": "📍 *Menu principal*\n\nQue souhaitez-vous faire ?",
    "cancelled": "Annulé. Rien n'a été envoyé ni enregistré.",
    "help": (
        "ℹ️ *Ce que {brand} peut faire pour vous*\n\n"
        "📝 *devoir* : rendre un devoir en texte, photos ou PDF\n"
        "💳 *payer* : s'abonner\n"
        "📊 *statut* : votre compte et votre abonnement\n"
        "❓ *faq* : réponses aux questions fréquentes\n"
        "✏️ *modifier* : changer vos informations\n"
        "💬 *assistance* : parler à une personne\n"
        "📍 *menu* : retour au menu principal\n\n"
        "Écrivez l'un de ces mots ou touchez un bouton."
    ),
    "ask_topic": "❓ *Questions fréquentes*\n\nLaquelle est la vôtre ?",
    "no_topics": "Il n'y a pas encore de réponses ici, mais notre équipe vous aide volontiers. Écrivez *assistance*.",
    "status_lead": "Vous n'avez pas encore de compte. Après l'inscription, vous le verrez ici avec votre abonnement.",
    "status_homework": "📝 Devoirs : {total} rendus, {open} en attente de réponse",
    "status_active": "💳 Abonnement : actif jusqu'au *{day}*",
    "status_inactive": "💳 Abonnement : aucun pour le moment",
    "status_payment": "⏳ Le paiement *{reference}* n'est pas encore arrivé.",
    "details": "👤 Nom : *{name}*\n📧 E-mail : {email}\n🎓 Classe : {class_grade}",
    # When nothing fits
    "unknown": "Désolé, je n'ai pas compris. Touchez un bouton ou écrivez *aide* pour voir ce que je sais faire.",
    "unknown_offer_person": (
        "Désolé, je ne comprends toujours pas. Voulez-vous parler à une personne ? Touchez *Assistance* ou "
        "écrivez *assistance*."
    ),
    "words_please": "Désolé, je ne peux pas utiliser de fichier ici. Écrivez votre réponse, s'il vous plaît.",
    "no_voice": (
        "Désolé, je ne peux ni écouter les messages vocaux ni regarder les vidéos. Écrivez-moi, ou touchez "
        "*Assistance* pour joindre une personne."
    ),
    "what_is_this_file": (
        "📎 Merci ! Si c'est un devoir, commencez par *Devoir* (après l'inscription), puis renvoyez-le. Pour "
        "le reste, notre équipe peut vous aider."
    ),
    "cannot_read": "Désolé, je ne peux pas lire ce type de message. Écrivez-moi plutôt.",
    "too_fast": (
        "Vous écrivez plus vite que je ne réponds. J'ai tout gardé ; dans une minute, dites-moi ce qu'il vous faut."
    ),
    "flood_over": "J'ai gardé vos messages (*{count}*) et je peux de nouveau répondre. Voici où nous en sommes :",
    "sorry_failed": "Désolé, un problème est survenu de notre côté. Votre message est gardé, notre équipe s'en occupe.",
    # Registration and profile
    "lets_register": "📝 Inscrivons-nous. Cela prend une minute.",
    "register_first_homework": (
        "Pour rendre un devoir, il faut d'abord s'inscrire. Cela prend une minute, puis nous continuons avec "
        "votre devoir."
    ),
    "register_first_pay": (
        "Pour vous abonner, il faut d'abord vous inscrire. Cela prend une minute, puis nous continuons avec "
        "votre abonnement."
    ),
    "ask_name": "Quel est votre *nom complet* ?",
    "ask_email": "Quelle est votre *adresse e-mail* ?",
    "ask_class": "Dans quelle *classe* êtes-vous ? Par exemple : Seconde",
    "nice_to_meet_you": "Enchanté, {answer} ! 😊",
    "invalid_name": (
        "Cela ne ressemble pas à un nom complet. Écrivez-le avec des lettres seulement, par exemple : Ada Obi"
    ),
    "invalid_email": (
        "Cela ne ressemble pas à une adresse e-mail. Écrivez-la ainsi : ada@example.com\n\n"
        "Vous n'en avez "
        "pas ? Écrivez *assistance* et notre équipe vous aidera."
    ),
    "invalid_class": "Écrivez votre classe en 40 caractères au plus, par exemple : Seconde",
    "registered": "🎉 Bienvenue, {name} ! Votre inscription est faite.",
    "already_registered": "Votre inscription est déjà faite. Voici vos informations :",
    "ask_new_name": "Votre nom est *{current}*.\n\nÉcrivez le nouveau ou touchez *Passer* pour le garder.",
    "ask_new_email": "Votre adresse e-mail est {current}.\n\nÉcrivez la nouvelle ou touchez *Passer* pour la garder.",
    "ask_new_class": "Votre classe est *{current}*.\n\nÉcrivez la nouvelle ou touchez *Passer* pour la garder.",
    "profile_saved": "✅ Enregistré. Voici vos informations :",
    "profile_unchanged": "Très bien, rien n'a été changé.",
    # Homework
    "ask_subject": "📝 *Devoir*\n\nDans quelle *matière* ?",
    "invalid_subject": "Écrivez la matière en 80 caractères au plus, par exemple : Mathématiques",
    "ask_homework_type": "*{subject}* : comment souhaitez-vous le rendre ?",
    "ask_homework_text": "📄 Écrivez votre devoir (*{subject}*) en un seul message.",
    "ask_homework_photos": "📷 Envoyez votre devoir (*{subject}*) en photos ou PDF, 10 fichiers au plus.",
    "homework_files_so_far": (
        "📷 Fichiers reçus : {count} sur {most} au plus. Envoyez le suivant ou touchez *Terminé* pour rendre le devoir."
    ),
    "homework_files_all": "📷 Les {most} fichiers sont là. Touchez *Terminé* pour rendre le devoir.",
    "homework_file_taken": (
        "📷 Fichier {number} reçu, sur {most} au plus. Envoyez le suivant ou touchez *Terminé* pour rendre le devoir."
    ),
    "homework_file_kept": (
        "📷 Je l'ai ajouté à votre devoir inachevé : {number} jusqu'ici. Touchez *Continuer* pour le finir."
    ),
    "homework_file_wrong_type": "J'accepte les photos (JPEG, PNG, WebP, HEIC) et les fichiers PDF.",
    "homework_files_full": "{most} fichiers, c'est le maximum en une fois : celui-ci n'a pas été pris.",
    "homework_note_taken": "✏️ J'ai ajouté vos mots en note. Écrivez *terminé* quand tout y est.",
    "homework_nothing_yet": "Il n'y a encore rien à rendre.",
    "homework_submitted": (
        "✅ Votre devoir (*{subject}*) est rendu.\n\n"
        "Référence : *{reference}*\n"
        "Vous recevrez la réponse ici sous {hours} heures."
    ),
    "file_too_large": "⚠️ Un fichier n'a pas pu être utilisé : il dépasse 10 Mo.",
    "file_wrong_type": "⚠️ Un fichier n'a pas pu être utilisé : ce n'est ni une photo ni un PDF que je peux ouvrir.",
    "file_unreadable": "⚠️ Un fichier n'a pas pu être utilisé : il est arrivé endommagé.",
    "file_expired": "⚠️ Un fichier n'a pas pu être récupéré à temps auprès de WhatsApp.",
    "file_lost": "{reason}\n\nS'il fait partie de votre devoir, touchez *Devoir* et renvoyez-le.",
    # Payment
    "payment_offer": (
        "💳 *Abonnement {plan}*\n{price} pour {days} jours\n\n"
        "Touchez *Confirmer* pour recevoir les "
        "informations de paiement."
    ),
    "payment_extends": "Votre abonnement est actif jusqu'au *{day}*. Vous pouvez le prolonger dès maintenant.",
    "payment_requested": "🧾 Votre demande est notée. Référence : *{reference}*",
    "payment_on_its_way": (
        "🧾 Vous avez déjà demandé un abonnement. Référence : *{reference}*\n\n"
        "Le paiement n'est pas encore arrivé. Si vous avez payé, il suffit d'attendre. Sinon, voici comment :"
    ),
    "pay_by_link": (
        "Payez *{price}* ici :\n{link}\n\n"
        "Votre abonnement commence dès que le paiement est arrivé. Je vous "
        "préviendrai."
    ),
    "pay_by_transfer": (
        "Payez *{price}* avec la référence *{reference}* :\n{instructions}\n\n"
        "Votre abonnement commence dès que le paiement est arrivé. Je vous préviendrai."
    ),
    "pay_ask_team": (
        "Le prix est de *{price}*. Écrivez *assistance* et notre équipe vous dira comment payer.\n\n"
        "Votre abonnement commence dès que le paiement est arrivé. Je vous préviendrai."
    ),
    # Live chat
    "chat_hello": "Bonjour {name} ! 💬",
    "chat_hello_stranger": "Bonjour ! 💬",
    "chat_welcome": (
        "📞 Assistance en direct\n\n"
        "Vous êtes maintenant en relation avec notre équipe ! 🎯\n\n"
        "Décrivez votre problème et un conseiller vous répondra rapidement.\n\n"
        "Vous pouvez continuer à écrire jusqu'à ce que vous touchiez « Terminer » pour revenir au menu principal."
    ),
    "chat_queue_place": "Vous êtes numéro {place} dans la file.",
    "chat_closed_now": "Nous sommes fermés pour le moment. Nos horaires : {hours}. Nous répondrons dès notre retour.",
    "chat_closed_today": "Nous sommes fermés aujourd'hui ({holiday}). Nous répondrons dès notre retour.",
    "chat_acknowledged": (
        "✓ Votre message a été transmis à l'assistance.\n\n"
        "Un conseiller vous répondra rapidement. Vous pouvez continuer à écrire ou toucher « Terminer » pour quitter."
    ),
    "chat_flood_over": "J'ai gardé vos messages (*{count}*). Notre équipe peut tous les lire.",
    "chat_tap_end_chat": "Vous parlez avec notre équipe d'assistance. Pour quitter, touchez *Terminer*.",
    "chat_closed_by_staff": "Merci d'avoir contacté l'assistance ! Cette discussion est terminée.",
    "chat_still_there": (
        "Êtes-vous toujours là ? Notre équipe vous a répondu. Écrivez pour continuer ou touchez *Terminer*."
    ),
    "chat_abandoned": (
        "Sans nouvelles de vous depuis un moment, nous avons fermé la discussion. Écrivez *assistance* si "
        "vous avez encore besoin de nous."
    ),
    # Rating
    "ask_rating": "Êtes-vous satisfait de notre aide ?",
    "thanks_for_rating": "🙏 Merci pour votre note !",
    "rating_closed": "Merci ! Cette question est déjà close.",
    # Set aside
    "set_aside_timed_out": "⏸ Sans nouvelles de vous, j'ai mis de côté votre {flow}. Voulez-vous continuer ?",
    "set_aside_chat": "⏸ J'ai gardé votre {flow}. Voulez-vous continuer ?",
    "flow_registration": "inscription",
    "flow_profile": "mise à jour de profil",
    "flow_homework": "devoir",
    "flow_payment": "abonnement",
    # Said for the team: by staff's own actions, not in answer to a message
    "staff_message": "🎧 Équipe d'assistance : {text}",
    "homework_answered": "✅ La réponse à votre devoir (*{subject}*, {reference}) :\n\n{answer}",
    "payment_received": "✅ Le paiement *{reference}* est arrivé, merci ! Votre abonnement est actif jusqu'au *{day}*.",
    "homework_solved": "✅ Votre devoir (*{subject}*, {reference}) est traité. Une question ? Écrivez *assistance*.",
    "payment_arrived": "✅ Le paiement *{reference}* est arrivé, merci !",
    "subscription_extended": "🎁 Votre abonnement a été prolongé. Il est actif jusqu'au *{day}*.",
    # Buttons: at most 20 characters
    "button_faq": "❓ FAQ",
    "button_support": "💬 Assistance",
    "button_main_menu": "📍 Menu principal",
    "button_homework": "📝 Devoir",
    "button_pay": "💳 S'abonner",
    "button_help": "ℹ️ Aide",
    "button_text": "📄 Texte",
    "button_image": "📷 Image",
    "button_homework_done": "✅ Terminé",
    "button_skip": "⏭ Passer",
    "button_confirm": "✅ Confirmer",
    "button_update": "✏️ Modifier",
    "button_end_chat": "❌ Terminer",
    "button_register": "📝 S'inscrire",
    "button_resume": "▶️ Continuer",
    # Lists: the button that opens them 20 characters, rows 24, descriptions 72
    "list_main_menu": "📋 Choisir",
    "list_topics": "❓ Sujets",
    "list_rating": "⭐ Noter",
    "row_resume": "▶️ Continuer",
    "row_resume_about": "Reprendre là où vous étiez",
    "row_homework": "📝 Devoir",
    "row_homework_about": "Rendre un texte, des photos ou un PDF",
    "row_pay": "💳 S'abonner",
    "row_pay_about": "Formule, prix et paiement",
    "row_check": "📊 Statut",
    "row_check_about": "Votre compte et votre abonnement",
    "row_faq": "❓ FAQ",
    "row_faq_about": "Réponses aux questions fréquentes",
    "row_update": "✏️ Modifier le profil",
    "row_update_about": "Nom, e-mail, classe",
    "row_register": "📝 S'inscrire",
    "row_register_about": "Cela prend une minute",
    "row_support": "💬 Assistance",
    "row_support_about": "Parler à une personne",
    "row_help": "ℹ️ Aide",
    "row_help_about": "Ce que je peux faire pour vous",
    "row_more_topics": "➡️ Autres sujets",
    "row_rate_1": "Très mauvais",
    "row_rate_2": "Mauvais",
    "row_rate_3": "Correct",
    "row_rate_4": "Bien",
    "row_rate_5": "Excellent",
}
