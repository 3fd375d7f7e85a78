"""English. Short, warm, plain; WhatsApp formatting (*bold*, _italic_). Lengths are tested in `test_texts.py`."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # as SUPPORT_HOURS writes them

TEXTS = {
    # Building blocks
    "verbatim": "{words}",
    "paragraphs": "{first}\n\n{rest}",
    "choose_below": "What would you like to do next?",
    # Meeting
    "hello_newcomer": (
        "👋 Hi, I'm *{brand}*! I take your homework, answer your questions, and bring in a person when you need one."
    ),
    "language_hint": "_Français ? Écrivez *français*._",
    "welcome_back": "👋 Welcome back to *{brand}*, {name}! What would you like to do?",
    "hey": "Hey {name}! What would you like to do?",
    "hey_stranger": "Hey there! What would you like to do?",
    "invitation": (
        "👋 Welcome to *{brand}*!\n\n"
        "Register to hand in homework and subscribe. It takes a minute. You can "
        "also read the FAQs or talk to our team."
    ),
    "you_are_welcome": "👍 I'm here whenever you need me.",
    "language_changed": "👍 From now on we speak English.",
    # Menu
    "main_menu": "📍 *Main menu*\n\nWhat would you like to do?",
    "cancelled": "Cancelled. Nothing was sent or saved.",
    "help": (
        "ℹ️ *What {brand} can do for you*\n\n"
        "📝 *homework*: hand in homework as text, photos or PDF\n"
        "💳 *pay*: subscribe\n"
        "📊 *status*: your account and subscription\n"
        "❓ *faq*: answers to common questions\n"
        "✏️ *update*: change your details\n"
        "💬 *support*: talk to a person\n"
        "📍 *menu*: back to the main menu\n\n"
        "Write one of the words, or tap a button."
    ),
    "ask_topic": "❓ *Frequently asked questions*\n\nWhich one is yours?",
    "no_topics": "There are no answers here yet, but our team is happy to help. Write *support*.",
    "status_lead": "You are not registered yet. Register and your account and subscription will stand here.",
    "status_homework": "📝 Homework: {total} handed in, {open} waiting for an answer",
    "status_active": "💳 Subscription: active until *{day}*",
    "status_inactive": "💳 Subscription: none at the moment",
    "status_payment": "⏳ Payment *{reference}* has not arrived yet.",
    "details": "👤 Name: *{name}*\n📧 E-mail: {email}\n🎓 Class: {class_grade}",
    # When nothing fits
    "unknown": "Sorry, I didn't get that. Tap a button, or write *help* to see what I can do.",
    "unknown_offer_person": (
        "Sorry, I still don't understand. Would you like to talk to a person? Tap *Chat Support* or write *support*."
    ),
    "words_please": "Sorry, I can't use files here. Please write your answer.",
    "no_voice": (
        "Sorry, I can't listen to voice notes or watch videos. Please write to me, or tap *Chat Support* to "
        "reach a person."
    ),
    "what_is_this_file": (
        "📎 Thanks! If this is homework, start with *Homework* (you need to be registered), then send it "
        "again. For anything else our team can help."
    ),
    "cannot_read": "Sorry, I can't read this kind of message. Please write to me instead.",
    "too_fast": "You write faster than I can answer. I have kept everything; in a minute, tell me what you need.",
    "flood_over": "I have kept your messages (*{count}*) and can answer again. This is where we are:",
    "sorry_failed": "Sorry, something went wrong on our side. Your message is kept and our team will look at it.",
    # Registration and profile
    "lets_register": "📝 Let's get you registered. It takes a minute.",
    "register_first_homework": (
        "To hand in homework you need to be registered. It takes a minute, then we go on with your homework."
    ),
    "register_first_pay": (
        "To subscribe you need to be registered. It takes a minute, then we go on with your subscription."
    ),
    "ask_name": "What is your *full name*?",
    "ask_email": "What is your *e-mail address*?",
    "ask_class": "Which *class* are you in? For example: SS2",
    "nice_to_meet_you": "Nice to meet you, {answer}! 😊",
    "invalid_name": "That doesn't look like a full name. Please write it with letters only, for example: Ada Obi",
    "invalid_email": (
        "That doesn't look like an e-mail address. Please write it like this: ada@example.com\n\n"
        "You have "
        "none? Write *support* and our team will help."
    ),
    "invalid_class": "Please write your class in up to 40 characters, for example: SS2",
    "registered": "🎉 Welcome, {name}! You are registered.",
    "already_registered": "You are registered already. These are your details:",
    "ask_new_name": "Your name is *{current}*.\n\nWrite the new one, or tap *Skip* to keep it.",
    "ask_new_email": "Your e-mail address is {current}.\n\nWrite the new one, or tap *Skip* to keep it.",
    "ask_new_class": "Your class is *{current}*.\n\nWrite the new one, or tap *Skip* to keep it.",
    "profile_saved": "✅ Saved. These are your details now:",
    "profile_unchanged": "All right, nothing was changed.",
    # Homework
    "ask_subject": "📝 *Homework*\n\nWhich *subject* is it?",
    "invalid_subject": "Please write the subject in up to 80 characters, for example: Mathematics",
    "ask_homework_type": "*{subject}*: how would you like to hand it in?",
    "ask_homework_text": "📄 Please write your *{subject}* homework in one message.",
    "ask_homework_photos": "📷 Please send your *{subject}* homework as photos or PDF, up to 10 files.",
    "homework_files_so_far": (
        "📷 I have {count} of at most {most} files so far. Send the next one, or tap *Done* to hand in."
    ),
    "homework_files_all": "📷 All {most} files are here. Tap *Done* to hand in.",
    "homework_file_taken": "📷 Got file {number} of at most {most}. Send the next one, or tap *Done* to hand in.",
    "homework_file_kept": "📷 I put this with your unfinished homework: {number} so far. Tap *Continue* to finish it.",
    "homework_file_wrong_type": "I can take photos (JPEG, PNG, WebP, HEIC) and PDF files.",
    "homework_files_full": "{most} files are the most I can take in one go, so this one was left out.",
    "homework_note_taken": "✏️ I added your words as a note. Write *done* when everything is here.",
    "homework_nothing_yet": "There is nothing to hand in yet.",
    "homework_submitted": (
        "✅ Your *{subject}* homework is handed in.\n\n"
        "Reference: *{reference}*\n"
        "You get the answer here within {hours} hours."
    ),
    "file_too_large": "⚠️ A file could not be used: it is larger than 10 MB.",
    "file_wrong_type": "⚠️ A file could not be used: it is not a photo or PDF that I can open.",
    "file_unreadable": "⚠️ A file could not be used: it arrived damaged.",
    "file_expired": "⚠️ A file could not be fetched from WhatsApp in time.",
    "file_lost": "{reason}\n\nIf it belongs to your homework, please tap *Homework* and send it again.",
    # Payment
    "payment_offer": (
        "💳 *{plan} subscription*\n{price} for {days} days\n\nTap *Confirm Payment* to get the payment details."
    ),
    "payment_extends": "Your subscription is active until *{day}*. You can extend it now.",
    "payment_requested": "🧾 Your request is noted. Reference: *{reference}*",
    "payment_on_its_way": (
        "🧾 You have asked for a subscription already. Reference: *{reference}*\n\n"
        "The payment has not arrived yet. If you have paid, please just wait. If not, this is how:"
    ),
    "pay_by_link": (
        "Please pay *{price}* here:\n{link}\n\nYour subscription starts when the payment has arrived. I will tell you."
    ),
    "pay_by_transfer": (
        "Please pay *{price}* with the reference *{reference}*:\n{instructions}\n\n"
        "Your subscription starts when the payment has arrived. I will tell you."
    ),
    "pay_ask_team": (
        "The price is *{price}*. Write *support* and our team will tell you how to pay.\n\n"
        "Your subscription starts when the payment has arrived. I will tell you."
    ),
    # Live chat
    "chat_hello": "Hi {name}! 💬",
    "chat_hello_stranger": "Hi there! 💬",
    "chat_welcome": (
        "📞 Live Chat Support\n\n"
        "You are now connected to our support team! 🎯\n\n"
        "Please describe your issue and an admin will respond to you shortly.\n\n"
        "You can continue chatting until you select 'End Chat' to return to the main menu."
    ),
    "chat_queue_place": "You are number {place} in the queue.",
    "chat_closed_now": "We are closed at the moment. Our opening hours: {hours}. We answer as soon as we are back.",
    "chat_closed_today": "We are closed today ({holiday}). We answer as soon as we are back.",
    "chat_acknowledged": (
        "✓ Your message has been sent to support.\n\n"
        "An admin will respond shortly. You can continue typing or select 'End Chat' to exit."
    ),
    "chat_flood_over": "I have kept your messages (*{count}*). Our team can read them all.",
    "chat_tap_end_chat": "You are in a chat with our support team. To leave it, tap *End Chat*.",
    "chat_closed_by_staff": "Thank you for contacting support! This chat session has ended.",
    "chat_still_there": "Are you still there? Our team has answered you. Write to go on, or tap *End Chat*.",
    "chat_abandoned": (
        "We have not heard from you for a while, so this chat is closed. Write *support* whenever you need us again."
    ),
    # Rating
    "ask_rating": "How did we do?",
    "thanks_for_rating": "🙏 Thank you for your rating!",
    "rating_closed": "Thank you! This question is closed already.",
    # Set aside
    "set_aside_timed_out": "⏸ It was quiet for a while, so I set your {flow} aside. Would you like to go on with it?",
    "set_aside_chat": "⏸ Your {flow} is still waiting. Would you like to go on with it?",
    "flow_registration": "registration",
    "flow_profile": "profile update",
    "flow_homework": "homework",
    "flow_payment": "subscription",
    # Said for the team: by staff's own actions, not in answer to a message
    "staff_message": "🎧 Support Team: {text}",
    "homework_answered": "✅ The answer to your *{subject}* homework ({reference}):\n\n{answer}",
    "payment_received": "✅ Payment *{reference}* has arrived, thank you! Your subscription is active until *{day}*.",
    "homework_solved": "✅ Your *{subject}* homework ({reference}) is done. Anything unclear? Write *support*.",
    "payment_arrived": "✅ Payment *{reference}* has arrived, thank you!",
    "subscription_extended": "🎁 Your subscription was extended. It is active until *{day}*.",
    # Buttons: at most 20 characters
    "button_faq": "❓ FAQs",
    "button_support": "💬 Chat Support",
    "button_main_menu": "📍 Main Menu",
    "button_homework": "📝 Homework",
    "button_pay": "💳 Subscribe",
    "button_help": "ℹ️ Help",
    "button_text": "📄 Text",
    "button_image": "📷 Image",
    "button_homework_done": "✅ Done",
    "button_skip": "⏭ Skip",
    "button_confirm": "✅ Confirm Payment",
    "button_update": "✏️ Update",
    "button_end_chat": "❌ End Chat",
    "button_register": "📝 Register",
    "button_resume": "▶️ Continue",
    # Lists: the button that opens them 20 characters, rows 24, descriptions 72
    "list_main_menu": "📋 Choose",
    "list_topics": "❓ Topics",
    "list_rating": "⭐ Rate",
    "row_resume": "▶️ Continue",
    "row_resume_about": "Go on where you stopped",
    "row_homework": "📝 Homework",
    "row_homework_about": "Hand in text, photos or PDF",
    "row_pay": "💳 Subscribe",
    "row_pay_about": "Plan, price and how to pay",
    "row_check": "📊 Status",
    "row_check_about": "Your account and subscription",
    "row_faq": "❓ FAQs",
    "row_faq_about": "Answers to common questions",
    "row_update": "✏️ Update profile",
    "row_update_about": "Name, e-mail, class",
    "row_register": "📝 Register",
    "row_register_about": "It takes a minute",
    "row_support": "💬 Chat Support",
    "row_support_about": "Talk to a person",
    "row_help": "ℹ️ Help",
    "row_help_about": "What I can do for you",
    "row_more_topics": "➡️ More topics",
    "row_rate_1": "Very bad",
    "row_rate_2": "Bad",
    "row_rate_3": "All right",
    "row_rate_4": "Good",
    "row_rate_5": "Excellent",
}
