"""Signing in: passwords, second factors, sessions that end, and the office in which one acts.

django-allauth does the work; here is what is particular to officers: nobody signs up, a lock-out that every process
knows of, and every change of a password or second factor recorded as an action.
"""
