"""Bugs in telling people: lost, doubled, at night, by the wrong way, with a secret in it."""

from tests.planted.bug import Bug

RULES = ("tests/domain/test_notices.py",)
TELLING = ("tests/story/test_notices.py",)
WEBHOOKS = ("tests/outbox/test_webhooks.py",)
SPEAKING = ("tests/outbox/test_speaking.py",)
PAGES = ("tests/api/test_api_notices.py",)

BUGS = (
    Bug(
        "events are kept and nobody is told",
        "service/flows/incidents.py",
        "    tell(events, books=books, at=at)\n",
        "",
        TELLING,
        "test_what_happens_is_told_once_and_its_end_too",
    ),
    Bug(
        "the outcome of a claim that has run out still counts",
        "service/store/notices.py",
        " & _SENDING & (_NOTICE.c.claimed_by == token)",
        "",
        TELLING,
        "test_who_comes_too_late_with_the_outcome_changes_nothing",
    ),
    Bug(
        "what a dead sender took is never taken again",
        "service/store/notices.py",
        "        either = or_(_WAITING & (_NOTICE.c.due_at <= at) & free, lapsed)\n",
        "        either = _WAITING & (_NOTICE.c.due_at <= at) & free & ~lapsed\n",
        ("tests/outbox/test_kills.py",),
        "test_what_a_sender_that_was_killed_before_it_sent",
    ),
    Bug(
        "what is taken is not marked",
        "service/flows/notices.py",
        "            state=State.SENDING,\n",
        "",
        TELLING,
        "test_two_services_never_take_the_same_notice",
    ),
    Bug(
        "what waits behind a failure is tried at once",
        "service/flows/notices.py",
        "        books.notices.put_off(channel.id, ended.due_at)\n",
        "",
        TELLING,
        "test_a_channel_that_fails_waits_longer_and_longer_and_keeps_its_order",
    ),
    Bug(
        "a dead channel is tried for ever",
        "service/flows/notices.py",
        "at - GIVES_UP_AFTER, _given_up",
        "at - 99 * GIVES_UP_AFTER, _given_up",
        TELLING,
        "test_after_three_days_a_dead_channel_is_given_up_with_a_word",
    ),
    Bug(
        "an end is told to whoever never heard of the beginning",
        "service/domain/notices.py",
        "                self._drop(one, _OVER)\n",
        "                by_channel.setdefault(one.channel_id, []).append(one)\n",
        TELLING,
        "test_what_is_over_before_it_was_told_is_told_to_nobody",
    ),
    Bug(
        "whoever hears late hears although somebody took it up",
        "service/domain/notices.py",
        "                if one.level_minutes > 0:\n",
        "                if one.level_minutes > 999:\n",
        RULES,
        "test_levels_are_told_one_after_another",
    ),
    Bug(
        "a person of a town hears of the whole district",
        "service/domain/recipients.py",
        "(recipient.whole_district or _is_in(where, recipient.towns, recipient.sites))",
        "True",
        RULES,
        "test_each_hears_of_its_own_places",
    ),
    Bug(
        "what is critical is held through the night",
        "service/domain/recipients.py",
        "recipient.critical_passes and severity is Severity.CRITICAL",
        "False",
        RULES,
        "test_the_night_holds_what_may_wait",
    ),
    Bug(
        "the limit of an hour holds for nobody",
        "service/domain/notice_gate.py",
        "            counted[recipient.id] += 1\n",
        "",
        TELLING,
        "test_past_the_limit_of_an_hour",
    ),
    Bug(
        "a webhook follows where it is led",
        "service/outbox/http.py",
        "follow_redirects=False",
        "follow_redirects=True",
        WEBHOOKS,
        "test_a_redirect_is_not_followed",
    ),
    Bug(
        "the signature is over the body alone",
        "service/outbox/webhook.py",
        '    signed = f"{timestamp}.".encode() + body\n',
        "    signed = body\n",
        WEBHOOKS,
        "test_our_webhook_is_signed_over_time_and_body",
    ),
    Bug(
        "the log tells addresses",
        "service/outbox/http.py",
        'logging.getLogger("httpx").setLevel(logging.WARNING)\n',
        "",
        WEBHOOKS,
        "test_no_log_tells_an_address",
    ),
    Bug(
        "a robot that says no with status 200 is believed to have said yes",
        "service/outbox/robots.py",
        "    if code == 0:\n",
        "    if code is not None:\n",
        SPEAKING,
        "test_a_robot_that_says_no_with_status_200_is_heard",
    ),
    Bug(
        "a mail has another id at each try",
        "service/outbox/mail.py",
        '    message["Message-ID"] = mail.message_id\n',
        "",
        SPEAKING,
        "test_a_mail_is_written_in_chinese_under_an_id_of_its_own",
    ),
    Bug(
        "an address is shown whole",
        "service/store/reads/notices.py",
        "        address=masked(one.kind, one.address),\n",
        "        address=one.address,\n",
        PAGES,
        "test_what_is_kept_is_shown_without_its_secrets",
    ),
)
