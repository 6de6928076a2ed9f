"""What a kiosk may say on the wire, version 1: topics, envelopes, payloads, frozen and bounded."""
