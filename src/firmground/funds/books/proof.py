"""The proof that the books hold: worked out again from every posting, trusting no check made when it was written."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

MOST = 20
"""Faults of one kind that are named."""

BALANCES = """
SELECT kind, sum(amount) FROM (
    SELECT put_id AS account, amount FROM books_posting UNION ALL SELECT taken_id, -amount FROM books_posting
) moved JOIN books_account ON books_account.id = account GROUP BY kind
"""

# As they stand now, day by day; and as they were known, in the order in which postings were recorded.
BELOW = """
SELECT DISTINCT ON (account) fund.number, coalesce(project.number, ''), kind, moment, balance FROM (
    SELECT account, moment, sum(sum(amount)) OVER (PARTITION BY account ORDER BY moment) AS balance FROM (
        SELECT put_id AS account, {moment} AS moment, amount FROM books_posting
        UNION ALL SELECT taken_id, {moment}, -amount FROM books_posting
    ) moved GROUP BY account, moment
) days JOIN books_account a ON a.id = account JOIN books_fund fund ON fund.id = a.fund_id
LEFT JOIN projects_project project ON project.id = a.project_id
WHERE balance < 0 AND kind <> 'source' ORDER BY account, moment LIMIT %(most)s
"""

DAYS = """
SELECT fund.number, coalesce(project.number, ''), kind, "on", coalesce(told, 0), coalesce(is_so, 0) FROM (
    SELECT account_id AS account, "on", sum(told) AS told, sum(is_so) AS is_so FROM (
        SELECT account_id, "on", amount AS told, NULL AS is_so FROM books_accountday
        UNION ALL SELECT put_id, "on", NULL, amount FROM books_posting
        UNION ALL SELECT taken_id, "on", NULL, -amount FROM books_posting
    ) both_sides GROUP BY 1, 2
) days JOIN books_account a ON a.id = account JOIN books_fund fund ON fund.id = a.fund_id
LEFT JOIN projects_project project ON project.id = a.project_id
WHERE told IS DISTINCT FROM is_so ORDER BY account, "on" LIMIT %(most)s
"""

FAULTS = {
    "goes another way than its kind": """
        SELECT p.id
        FROM books_posting p JOIN books_account t ON t.id = p.taken_id JOIN books_account b ON b.id = p.put_id
        LEFT JOIN books_posting u ON u.id = p.reverses_id
        WHERE t.fund_id <> b.fund_id OR t.project_id <> b.project_id OR p.amount <= 0 OR NOT CASE p.kind
            WHEN 'receive' THEN t.kind = 'source' AND b.kind = 'available'
            WHEN 'give_back' THEN t.kind = 'available' AND b.kind = 'source'
            WHEN 'allocate' THEN t.kind = 'available' AND b.kind = 'allocated'
            WHEN 'take_back' THEN t.kind = 'allocated' AND b.kind = 'available'
            WHEN 'pay' THEN t.kind = 'allocated' AND b.kind = 'spent'
            WHEN 'refund' THEN t.kind = 'spent' AND b.kind = 'allocated'
            WHEN 'reverse' THEN p.taken_id = u.put_id AND p.put_id = u.taken_id AND p.amount = u.amount
                AND p."on" >= u."on" AND u.kind <> 'reverse'
            ELSE false END""",
    "was recorded before its day": """
        SELECT id FROM books_posting WHERE "on" > (recorded_at AT TIME ZONE 'Asia/Shanghai')::date""",
    "has no payment, or is one without being a payment": """
        SELECT p.id FROM books_posting p LEFT JOIN books_payment q ON q.posting_id = p.id
        WHERE (p.kind = 'pay') <> (q.posting_id IS NOT NULL)""",
    "gave back more than it paid": """
        SELECT p.id FROM books_posting p JOIN books_posting r ON r.refunds_id = p.id
        LEFT JOIN books_posting u ON u.reverses_id = r.id WHERE u.id IS NULL
        GROUP BY p.id, p.amount HAVING sum(r.amount) > p.amount""",
    "stands in another place than its accounts": """
        SELECT p.id
        FROM books_posting p JOIN books_account t ON t.id = p.taken_id JOIN books_account b ON b.id = p.put_id
        WHERE NOT (p.place_code ^@ t.place_code AND p.place_code ^@ b.place_code)""",
}

OVER = """
SELECT f.number, f.amount, came FROM books_fund f JOIN (
    SELECT a.fund_id, sum(CASE WHEN p.taken_id = a.id THEN p.amount ELSE -p.amount END) AS came
    FROM books_account a JOIN books_posting p ON a.id IN (p.taken_id, p.put_id) WHERE a.kind = 'source' GROUP BY 1
) received ON received.fund_id = f.id WHERE came > f.amount LIMIT %(most)s
"""


@dataclass
class Proof:
    """What was proved. `faults`: sentences; none: the books hold. Amounts in yuan."""

    funds: int = 0
    postings: int = 0
    payments: int = 0
    held: dict[str, Decimal] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def prove() -> Proof:
    """Work everything out again, over all that is in sight."""
    proof = Proof()
    with connection.cursor() as cursor:

        def rows(statement: str) -> list[tuple[Any, ...]]:
            cursor.execute(statement, {"most": MOST})
            return list(cursor.fetchall())

        counts = "SELECT (SELECT count(*) FROM books_fund), (SELECT count(*) FROM books_posting), " \
                 "(SELECT count(*) FROM books_payment)"  # fmt: skip
        ((proof.funds, proof.postings, proof.payments),) = rows(counts)
        proof.held = dict(rows(BALANCES))
        if total := sum(proof.held.values()):
            proof.faults.append(f"All accounts together hold {total:,} yuan; they should hold nothing")
        for moment, words in (('"on"', "on {}"), ("recorded_at", "as known at {}")):
            for fund, project, kind, when, balance in rows(BELOW.format(moment=moment)):
                of = f"fund {fund}" + (f" for project {project}" if project else "")
                proof.faults.append(f"The account “{kind}” of {of} holds {balance:,} yuan {words.format(when)}")
        for fund, project, kind, on, told, is_so in rows(DAYS):
            of = f"fund {fund}" + (f" for project {project}" if project else "")
            proof.faults.append(
                f"The sum of {on} of “{kind}” of {of} is kept as {told:,} yuan; its postings make {is_so:,}"
            )
        for fault, statement in FAULTS.items():
            for posting, *_ in rows(f"{statement} ORDER BY 1 LIMIT %(most)s"):
                proof.faults.append(f"Posting {posting} {fault}")
        for fund, amount, came in rows(OVER):
            proof.faults.append(f"Fund {fund} received {came:,} yuan; its document says {amount:,}")
    return proof
