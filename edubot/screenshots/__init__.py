"""The pictures of the documentation, taken from the real service: `manage.py screenshots`.

service   web and worker over a scratch database, with the demo's people in it
stage     what three students say on their phones, and what the team answers
table     which pictures there are, as data
camera    a browser that takes them, light and dark, and makes the files small
take      all of it, in order
"""
