"""Sends a mail: to one receiver, under an id that stays the same however often it is tried."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from service.domain.notice import Again, Never, Outcome, Sent

STEP_S: Final = 15.0
_REFUSED_FOR_GOOD: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail, and the server that takes it; ``security`` is insecure, starttls or ssl."""

    host: str
    port: int
    security: str
    verifies: bool = True
    user: str = ""
    password: str = field(default="", repr=False)
    sender_name: str = ""
    sender: str
    receiver: str
    subject: str
    body: str
    id: str
    at: str

    @property
    def message_id(self) -> str:
        """Return the id by which mail programs and servers know a repeat."""
        domain = self.sender.rpartition("@")[2] or "circle15.invalid"
        return f"<{self.id}@{domain}>"


def compose(mail: Mail) -> EmailMessage:
    """Return the message: the same for the same mail."""
    message = EmailMessage()
    message["Subject"] = " ".join(mail.subject.split())
    message["From"] = Address(mail.sender_name, addr_spec=mail.sender)
    message["To"] = Address(addr_spec=mail.receiver)
    message["Date"] = format_datetime(datetime.fromisoformat(mail.at))
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def send_mail(mail: Mail) -> Outcome:
    """Send a mail once; a server that says 5xx will not take it, all else is tried again."""
    try:
        message = compose(mail)
    except ValueError:
        return Never("the sender or the receiver is no mail address: correct the channel")
    try:
        server = _connect(mail)
        try:
            server.send_message(message, mail.sender, [mail.receiver])
        finally:
            # Taken is taken: what goes wrong with the goodbye is no reason to send it again.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
    except smtplib.SMTPException as error:
        return _smtp_outcome(error)
    except OSError as error:
        return _network_outcome(error)
    return Sent()


def _smtp_outcome(error: smtplib.SMTPException) -> Outcome:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return _judge(code, said)
    if isinstance(error, smtplib.SMTPResponseException):
        return _judge(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Again("the mail server closed the connection; it may have arrived")
    return Never(f"the mail server cannot do what the channel asks ({error})")


def _network_outcome(error: OSError) -> Outcome:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Never("the mail server's certificate is not trusted: correct the channel")
    if isinstance(error, TimeoutError):
        return Again("the mail server did not answer in time; it may have arrived")
    return Again(f"the mail server cannot be reached ({error.strerror or 'unknown name'})")


def _connect(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if not mail.verifies:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if mail.security == "ssl":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            mail.host, mail.port, timeout=STEP_S, context=context
        )
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=STEP_S)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user and mail.password:
            server.login(mail.user, mail.password)
    except BaseException:
        server.close()
        raise
    return server


def _judge(code: int, said: bytes | str) -> Outcome:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    reason = f"the mail server answered {code} {' '.join(text.split())[:160]}"
    return Never(reason) if code >= _REFUSED_FOR_GOOD else Again(reason)
