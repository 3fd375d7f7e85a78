"""What happens in each state: small functions `(memory, event, facts) -> Reply`, one module per flow.

`replies` holds what all of them use, `set_aside` how a flow is left and taken up again. Which function answers in which
state stands in `conversations.bot.table`.
"""
