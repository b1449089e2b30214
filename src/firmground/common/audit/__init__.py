"""Audit 审计: who changed what, in which office, when, why, before and after; nothing of it can be changed unseen.

Flows in: every write to an audited table (by trigger), and events that actions record by hand.
Flows out: the history of a record, and the chain's head, which may be printed in a public notice.
Never: an entry changed or deleted, and no write of somebody of whom the database was not told.
"""
