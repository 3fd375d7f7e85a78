"""A believable desk to look at and to measure: `manage.py seed_demo`.

    scripts, school, names   what is said and who says it, as data
    recording                each script played once through the real bot: its words, buttons and explanations
    story                    one person's conversation as rows, made of recordings; pure and fixed by seed and number
    build, clear             rows into the database, many at a time; and out again
    checks                   what must be true of every conversation, whoever wrote it

Nothing here queues a message: every outgoing row has long been sent, has failed, or waits for a person.
"""
