"""The API: what programs ask and do, in JSON, under /api/v1/; and /registry/, the DCI Social Registry's search.

Flows in: requests with a token, which speaks for one office of one officer.
Flows out: what that office may see, field by field as its role reads; the same actions that the pages call.
Never: a session's cookie as a key, a write that no action does, a field whose class the role does not read.

Read in this order: `door` (who asks, with which eyes; mistakes in one shape), `records`, then one file for each
subject; `dci/` for the other specification.
"""
