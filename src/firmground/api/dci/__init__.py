"""The DCI Social Registry's search, version 1.0.0, for officers of the role `system`.

`messages` (what is sent and answered), `attributes` (what may be asked about, by whom), `criteria` (a query as a
condition), `entities` (a household as a Group, a person as a Member), `actions`, `signatures`, `callbacks`.
"""
