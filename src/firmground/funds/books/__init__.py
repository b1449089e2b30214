"""The books 账簿: funds, accounts, postings and payments. Append only: what was wrong is reversed, never edited."""
