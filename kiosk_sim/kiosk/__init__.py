"""One kiosk's inside: machine, clock, journal, outbox and the protocol it speaks."""
