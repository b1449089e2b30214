"""Firmground: registers, standards and procedures for the last mile of a poverty campaign."""
