"""Every write of findings: taking a screening in, and releasing a standard that was held."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from firmground.common.errors import Refusal
from firmground.common.events import tell
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards import screening as engines
from firmground.findings import folder as files
from firmground.findings.models import Screening, StandardResult
from firmground.findings.tallies import TASKS, TOGETHER
from firmground.officers.acting import action
from firmground.officers.models import Office

ONE_AT_A_TIME = 0xF11D  # an advisory lock: screenings are compared one after the other

INCOMING = """
CREATE TEMP TABLE incoming (
    about varchar, subject_id varchar, place_code varchar, standard varchar, verdict varchar, evidence jsonb
) ON COMMIT DROP;
CREATE TEMP TABLE tally (
    about varchar, place_code varchar, standard varchar, asked bigint, met bigint, not_met bigint, unknown bigint
) ON COMMIT DROP;
"""

COUNTED = """
SELECT standard, coalesce(asked, 0), coalesce(met, 0), coalesce(not_met, 0), coalesce(unknown, 0), coalesce(found, 0)
FROM (
    SELECT standard, sum(asked) AS asked, sum(met) AS met, sum(not_met) AS not_met, sum(unknown) AS unknown
    FROM tally GROUP BY standard
) summed FULL JOIN (SELECT standard, count(*) AS found FROM incoming GROUP BY standard) counted USING (standard)
"""

# A finding is the same while subject, standard, verdict and place are; then only its evidence may have changed.
# The date a screening is made for is evidence of nothing.
DIFFERENCE = """
CREATE TEMP TABLE difference ON COMMIT DROP AS
SELECT
    found.*, open.id AS open_id, open.opened_in_id,
    open.standard AS open_standard, open.place_code AS open_place_code, open.verdict AS open_verdict,
    (found.verdict, found.place_code) = (open.verdict, open.place_code) AS same
FROM (
    SELECT incoming.*, CASE WHEN about IN ('household', 'member') THEN coalesce(member.household_id, subject_id)
        ELSE '' END AS household_id
    FROM incoming LEFT JOIN registry_member member
        ON about = 'member' AND member.member_id = subject_id AND member.superseded_at IS NULL
    WHERE standard = ANY(%(standards)s)
) found
FULL JOIN (
    SELECT * FROM findings_finding
    WHERE closed_in_id IS NULL AND replaced_in_id IS NULL AND standard = ANY(%(standards)s)
) open USING (about, subject_id, standard)
WHERE (found.verdict, found.place_code, found.household_id, found.evidence - 'as_of')
    IS DISTINCT FROM (open.verdict, open.place_code, open.household_id, open.evidence - 'as_of')
    -- Of a county that was not screened nothing new is known.
    AND (found.verdict IS NOT NULL OR coalesce(nullif(left(open.place_code, 6), ''), '0') = ANY(%(counties)s));

UPDATE findings_finding SET replaced_in_id = %(screening)s
FROM difference WHERE findings_finding.id = open_id AND same;

UPDATE findings_finding SET closed_in_id = %(screening)s
FROM difference WHERE findings_finding.id = open_id AND same IS NOT TRUE;

INSERT INTO findings_finding
    (about, subject_id, household_id, place_code, standard, verdict, evidence, opened_in_id, changed_in_id)
SELECT about, subject_id, household_id, place_code, standard, verdict, evidence,
    CASE WHEN same THEN opened_in_id ELSE %(screening)s END, CASE WHEN same THEN %(screening)s END
FROM difference WHERE verdict IS NOT NULL
ORDER BY place_code, subject_id, standard;
"""

# From the villages up to the nation in one pass: each row counts in every place whose code begins its own.
ROLL_UP = """
INSERT INTO findings_placeresult
    (screening_id, place_code, standard, asked, met, not_met, unknown, opened, closed)
SELECT %(screening)s,
    CASE GROUPING(village, township, county, prefecture, province)
        WHEN 31 THEN '' WHEN 30 THEN province WHEN 29 THEN prefecture WHEN 27 THEN county
        WHEN 23 THEN township ELSE village END AS code,
    standard, sum(asked), sum(met), sum(not_met), sum(unknown), sum(opened), sum(closed)
FROM (
    SELECT standard, asked, met, not_met, unknown, opened, closed,
        CASE WHEN length(place_code) >= 2 THEN left(place_code, 2) END AS province,
        CASE WHEN length(place_code) >= 4 THEN left(place_code, 4) END AS prefecture,
        CASE WHEN length(place_code) >= 6 THEN left(place_code, 6) END AS county,
        CASE WHEN length(place_code) >= 9 THEN left(place_code, 9) END AS township,
        CASE WHEN length(place_code) = 12 THEN place_code END AS village
    FROM (
        SELECT place_code, standard, asked, met, not_met, unknown, 0 AS opened, 0 AS closed FROM tally
        UNION ALL
        SELECT place_code, standard, 0, 0, 0, 0, count(*), 0 FROM difference
        WHERE verdict = 'not_met' AND same IS NOT TRUE GROUP BY place_code, standard
        UNION ALL
        SELECT open_place_code, open_standard, 0, 0, 0, 0, 0, count(*) FROM difference
        WHERE open_verdict = 'not_met' AND same IS NOT TRUE GROUP BY open_place_code, open_standard
    ) counted
) placed
GROUP BY GROUPING SETS (
    (standard), (standard, province), (standard, prefecture), (standard, county), (standard, township),
    (standard, village)
)
HAVING CASE GROUPING(village, township, county, prefecture, province)
    WHEN 31 THEN '' WHEN 30 THEN province WHEN 29 THEN prefecture WHEN 27 THEN county
    WHEN 23 THEN township ELSE village END IS NOT NULL
"""

# Of the tasks counted together, each household counts once in its village, and so in every place above.
COUNT_HOUSEHOLDS = """
DELETE FROM findings_householdtally WHERE screening_id = %(screening)s;

INSERT INTO findings_householdtally
    (screening_id, place_code, digits, tasks, households, short, unknown, opened, closed)
WITH counted AS (SELECT * FROM unnest(%(together)s::text[], %(task)s::smallint[]) AS each (tasks, task)),
speaking AS (
    SELECT standard, tasks FROM findings_standardresult JOIN counted USING (task)
    WHERE screening_id = %(screening)s AND (held_because = '' OR released_at IS NOT NULL)
),
marked AS (
    SELECT place_code, tasks, household_id,
        bool_or(verdict = 'not_met') AS short, bool_or(verdict = 'unknown') AS unknown
    FROM findings_finding JOIN speaking USING (standard)
    WHERE closed_in_id IS NULL AND replaced_in_id IS NULL AND household_id <> ''
    GROUP BY place_code, tasks, household_id
)
SELECT %(screening)s, place_code, length(place_code), tasks,
    sum(households), sum(short), sum(unknown), sum(opened), sum(closed)
FROM (
    SELECT place_code, tasks, max(here.asked) AS households, 0 AS short, 0 AS unknown, 0 AS opened, 0 AS closed
    FROM findings_placeresult here JOIN findings_standardresult USING (screening_id, standard)
    CROSS JOIN (SELECT DISTINCT tasks FROM counted) every
    WHERE screening_id = %(screening)s AND about = 'household' GROUP BY place_code, tasks
    UNION ALL
    SELECT place_code, tasks, 0, 0, 0, sum(opened), sum(closed)
    FROM findings_placeresult JOIN speaking USING (standard)
    WHERE screening_id = %(screening)s GROUP BY place_code, tasks
    UNION ALL
    SELECT left(place_code, digits) AS code, tasks, 0,
        count(*) FILTER (WHERE short), count(*) FILTER (WHERE unknown), 0, 0
    FROM marked JOIN unnest(ARRAY[0, 2, 4, 6, 9, 12]) AS digits ON digits <= length(place_code)
    GROUP BY code, tasks
) summed
GROUP BY place_code, tasks
"""


@dataclass(frozen=True)
class TakenIn:
    """What taking a screening in did. `new` is false when it had been taken in before."""

    screening: Screening
    new: bool
    opened: int
    changed: int
    closed: int
    held: tuple[str, ...]


@action("findings.take_in")
def take_in(
    *, folder: Path, by: Office, snapshot: Path | None = None, tasks: Mapping[str, int] | None = None
) -> TakenIn:
    """Take a screening in, whole or not at all: compare it with what is open, and count it for every place.

    Only what opens, changes or closes is written. Findings of a standard that is held stay in the folder until it is
    released; what is open of it stays as it is.

    Args:
        folder: the screening.
        snapshot: the snapshot it was made from, where pages may read it; left out: they cannot.
        tasks: which task of the notice a standard belongs to; left out: as the catalogue in force says.

    Raises:
        Refusal: the folder holds no screening, or one older than the last that was taken in, or its parts disagree.
    """
    said = files.opened(folder)
    tasks = files.tasks_in_force(total.standard for total in said.totals) if tasks is None else tasks
    if snapshot and Snapshot.open(snapshot).digest != said.snapshot_digest:
        raise Refusal(f"{said.folder} was not made from the snapshot in {snapshot}.")
    started_at = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        taken = Screening.objects.filter(
            snapshot_digest=said.snapshot_digest, catalogue_digest=said.catalogue_digest
        ).first()
        if taken:
            return _outcome(taken, new=False)
        previous = Screening.objects.last()
        known_at = _moment(said.known_at)
        if previous and (said.as_of, known_at) < (previous.as_of, previous.known_at):
            raise Refusal(
                f"{said.folder} is a screening as of {said.as_of}, known at {known_at:%Y-%m-%d %H:%M}; the last one "
                f"taken in is as of {previous.as_of}, known at {previous.known_at:%Y-%m-%d %H:%M}. "
                "Findings are compared forward in time: take screenings in by their dates."
            )
        screening = Screening.objects.create(
            folder=str(said.folder), snapshot_folder=str(snapshot.absolute()) if snapshot else "",
            snapshot_digest=said.snapshot_digest, catalogue_digest=said.catalogue_digest, as_of=said.as_of,
            known_at=known_at, engine=said.engine, counties=list(said.counties), started_at=started_at,
            finished_at=started_at, previous=previous,
        )  # fmt: skip
        StandardResult.objects.bulk_create(
            StandardResult(
                screening=screening, standard=total.standard, about=total.about, task=tasks.get(total.standard),
                asked=total.asked, met=total.met, not_met=total.not_met, unknown=total.unknown,
                held_because=said.held.get(total.standard, ""),
            )
            for total in said.totals
        )  # fmt: skip
        _read(cursor, said, {total.standard for total in said.totals})
        # A standard that is asked no more has nothing open.
        cursor.execute(
            "SELECT DISTINCT standard FROM findings_finding WHERE closed_in_id IS NULL AND replaced_in_id IS NULL"
        )
        speaking = {total.standard for total in said.totals} | {standard for (standard,) in cursor.fetchall()}
        _compare(cursor, screening, speaking - said.held.keys())
        cursor.execute("ANALYZE findings_finding, findings_placeresult")
        count_households(cursor, screening.pk)
    screening.finished_at = timezone.now()
    screening.save(update_fields=["finished_at"])
    tell("findings.taken_in", screening=screening.pk)
    return _outcome(screening, new=True)


@action("findings.release")
def release(*, standard: str, note: str, by: Office) -> TakenIn:
    """Let a standard speak that the last screening held: its findings are compared and counted now.

    Args:
        note: why the share falling short is believed; it is kept.

    Raises:
        Refusal: it is not held, the note is empty, or the screening's files are gone.
    """
    if by.territory:
        raise Refusal("A held standard speaks for the whole nation: it is released by an office of the nation.")
    if not note.strip():
        raise Refusal("Say in the note why the share falling short is believed. It is kept with the screening.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        screening = Screening.objects.last()
        held = StandardResult.objects.filter(screening=screening, released_at=None).exclude(held_because="")
        if screening is None or not held.filter(standard=standard).exists():
            names = ", ".join(held.values_list("standard", flat=True)) or "none"
            raise Refusal(f"{standard!r} is not held in the last screening. Held are: {names}.")
        said = files.opened(Path(screening.folder))
        if (said.snapshot_digest, said.catalogue_digest) != (screening.snapshot_digest, screening.catalogue_digest):
            raise Refusal(f"{said.folder} holds another screening by now. Screen and take in again, then release.")
        _read(cursor, said, {standard})
        screening.places.filter(standard=standard).delete()
        _compare(cursor, screening, {standard})
        held.filter(standard=standard).update(released_at=timezone.now(), released_by_note=note.strip())
        count_households(cursor, screening.pk)
    tell("findings.released", screening=screening.pk, standard=standard)
    return _outcome(screening, new=True, standard=standard)


def count_households(cursor: CursorWrapper, screening: int) -> None:
    """Count the households of the latest screening anew, for every place: what `tallies` reads."""
    pairs = [(",".join(map(str, tasks)), task) for tasks in (*((task,) for task in TASKS), TOGETHER) for task in tasks]
    together, task = zip(*pairs, strict=True)
    cursor.execute(COUNT_HOUSEHOLDS, {"screening": screening, "together": list(together), "task": list(task)})


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _read(cursor: CursorWrapper, said: engines.Screening, standards: Collection[str]) -> None:
    """Copy findings and counts of some standards into `incoming` and `tally`, and see that they agree."""
    cursor.execute(INCOMING)
    _copy(cursor, "incoming", files.FINDING_COLUMNS, files.findings(said.folder, standards))
    _copy(cursor, "tally", files.SUMMARY_COLUMNS, files.summary(said.folder, standards))
    cursor.execute("ANALYZE incoming, tally")
    cursor.execute(COUNTED)
    counted = {standard: tuple(counts) for standard, *counts in cursor.fetchall()}
    for total in said.totals:
        expected = (total.asked, total.met, total.not_met, total.unknown, total.not_met + total.unknown)
        if total.standard in standards and counted.get(total.standard, (0,) * 5) != expected:
            # Without this, findings that got lost would be taken for households that were helped.
            raise Refusal(
                f"{said.folder}: the findings, the summary and the totals of {total.standard} do not agree; files are "
                "missing or from another screening. Screen the snapshot again."
            )


def _copy(cursor: CursorWrapper, table: str, columns: tuple[str, ...], pieces: Iterator[bytes]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)") as copy:
        for piece in pieces:
            copy.write(piece)


def _compare(cursor: CursorWrapper, screening: Screening, speaking: Collection[str]) -> None:
    values = {"screening": screening.pk, "standards": list(speaking), "counties": screening.counties}
    cursor.execute(DIFFERENCE, values)
    cursor.execute(ROLL_UP, values)
    cursor.execute("DROP TABLE incoming, tally, difference")


def _outcome(screening: Screening, *, new: bool, standard: str | None = None) -> TakenIn:
    of_standard = {"standard": standard} if standard else {}
    return TakenIn(
        screening=screening,
        new=new,
        opened=screening.opened.filter(changed_in=None, **of_standard).count(),
        changed=screening.changed.filter(**of_standard).count(),
        closed=screening.closed.filter(**of_standard).count(),
        held=tuple(
            screening.standards.filter(released_at=None).exclude(held_because="").values_list("standard", flat=True)
        ),
    )
