"""A believable desk to look at and to measure: `manage.py seed_demo`.

    scripts, school, names   what is said and who says it, as data
    recording, beats         each script played once through the real bot: its words, buttons and explanations
    plan, calendar           which recordings make one person's conversation, and when they were
    story, slots, tickets,   one person's conversation as rows, made of recordings; pure, and fixed by seed and number
      delivery, rows
    desk, media              what stands there before: the team, and a few files
    build, clear             rows into the database, many at a time; and out again
    checks                   what must be true of every conversation, whoever wrote it

Nothing here queues a message: every outgoing row has long been sent, has failed, or waits for a person.
"""
