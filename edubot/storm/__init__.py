"""The storm: the whole service as real processes, under load, faults and kills, audited from both ends.

    plan     what is to happen: how many students and messages, which faults, kills and failpoints; the seed
    school   what the students say, and what the bot must answer: the real bot, played without the service
    graph    the stand-in for the Graph API; its log is the truth of what each student received
    meta     Meta's half of the webhook: signs, re-batches, doubles, repeats, and tries again until it hears 200
    desk     staff, who answer through the JSON API
    wire     as much HTTP as these need
    service  web and worker processes and a PostgreSQL of their own: started, killed, started again
    doubt    which death may have left a send in doubt, and how many sends that may concern
    audit    what was received against what should have been, and what the database says
    soak     what time does to processes and tables
    run      one phase from the first message to the verdict

A tool for tests and development (`manage.py chaos`): it never touches the developer's database.
"""
