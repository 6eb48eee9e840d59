"""The outbox, the mails made from it, and their delivery."""
