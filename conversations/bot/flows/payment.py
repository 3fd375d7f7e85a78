"""The subscription: plan and price, the confirmation, how to pay. That it is paid, only staff or the provider say."""

from __future__ import annotations

from dataclasses import replace

from conversations.bot.buttons import buttons_of
from conversations.bot.flows import registration
from conversations.bot.flows.replies import Reply, again, idle, say_at_length
from conversations.bot.flows.set_aside import PAYING, start_over
from conversations.bot.keywords import Intent
from conversations.bot.questions import paragraphs, price
from conversations.bot.rules import Rule
from conversations.bot.types import Content, Effect, Facts, Memory, Offer, RequestPayment, State
from conversations.texts import Phrase, phrase


def offer(memory: Memory, facts: Facts) -> Reply:
    """Plan and price, to be confirmed. A payment that is on its way is shown instead of a second one."""
    if not facts.registered:
        return registration.first(memory, facts, Intent.PAY)
    left = start_over(memory, PAYING)
    if facts.subscription.pending_reference:
        return _on_its_way(left, facts.subscription.pending_reference, facts)
    return again(Rule.PAYMENT_OFFERED, replace(left, state=State.PAYMENT_PENDING), facts)


def confirm(memory: Memory, facts: Facts) -> Reply:
    """A payment is asked for, not received. A second confirmation makes no second record."""
    if facts.subscription.pending_reference:
        return _on_its_way(idle(memory), facts.subscription.pending_reference, facts)
    wanted = facts.offer
    request = RequestPayment(facts.reference, wanted.amount, wanted.currency, wanted.plan, wanted.days)
    words = paragraphs(phrase("payment_requested", reference=facts.reference), _how_to_pay(facts.reference, wanted))
    effects = (request, *_tell(words, facts))
    return Reply(Rule.PAYMENT_REQUESTED, idle(memory), effects, State.PAYMENT_CONFIRMED)


def _on_its_way(after: Memory, reference: str, facts: Facts) -> Reply:
    words = paragraphs(phrase("payment_on_its_way", reference=reference), _how_to_pay(reference, _asked_for(facts)))
    return Reply(Rule.PAYMENT_ALREADY_REQUESTED, after, _tell(words, facts))


def _asked_for(facts: Facts) -> Offer:
    """Today's offer at the price the person was told when they confirmed: a later price is not theirs."""
    pending = facts.subscription
    amount = facts.offer.amount if pending.pending_amount is None else pending.pending_amount
    return replace(facts.offer, amount=amount, currency=pending.pending_currency or facts.offer.currency)


def _tell(words: Phrase, facts: Facts) -> tuple[Effect, ...]:
    """How to pay is a promise: after an uncertain sending a person decides whether it is said again."""
    return say_at_length(Content(words, buttons_of(State.PAYMENT_CONFIRMED)), facts, promise=True)


def _how_to_pay(reference: str, offer: Offer) -> Phrase:
    amount = price(offer)
    if offer.pay_link:
        return phrase("pay_by_link", price=amount, link=offer.pay_link.replace("{reference}", reference))
    if offer.instructions:
        return phrase("pay_by_transfer", price=amount, instructions=offer.instructions, reference=reference)
    return phrase("pay_ask_team", price=amount)
