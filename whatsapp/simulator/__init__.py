"""The phone simulator (development only): students' phones on a page, and a stand-in for Meta's Graph API.

What it knows about Meta (limits, errors, webhooks) is written down here a second time, apart from the adapter, so that
a mistake in one of the two shows when they meet.
"""
