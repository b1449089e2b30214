from django.db import migrations

from firmground.common.audit.triggers import Audited
from firmground.officers.territory import Guarded

# Whoever holds the receipt of an objection reads that one.
RECEIPT = "receipt = nullif(current_setting('firmground.receipt', true), '')"

# What hung stays as it hung: a notice only ends, and is taken down.
NEVER_CHANGED = """
CREATE FUNCTION notice_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A notice is never changed or deleted; it is corrected or withdrawn.'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER notice_never_changed BEFORE UPDATE OF kind, place_code, board, posted_on, days, hangs_to, title, law,
    says, columns, rows, objections, "case", posted_by_id, posted_at ON notices_notice
    FOR EACH ROW EXECUTE FUNCTION notice_never();
CREATE TRIGGER notice_never_deleted BEFORE DELETE ON notices_notice FOR EACH ROW EXECUTE FUNCTION notice_never();
"""
CHANGED_AGAIN = """
DROP TRIGGER notice_never_changed ON notices_notice;
DROP TRIGGER notice_never_deleted ON notices_notice;
DROP FUNCTION notice_never();
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("officers", "0002_guarded_and_audited")]

    operations = [
        # Once it hangs, everybody may read it.
        Guarded("notices.Notice", "place_code", open_to_all="true"),
        Guarded("notices.Telephone", "place_code", open_to_all="true"),
        Guarded("notices.Objection", "place_code", open_to_all=RECEIPT),
        Guarded("notices.Contact", "place_code"),
        migrations.RunSQL(NEVER_CHANGED, CHANGED_AGAIN),
        Audited("notices.Notice", "place_code"),
        Audited("notices.Telephone", "place_code"),
        Audited("notices.Objection", "place_code", hidden=["receipt"]),
        Audited("notices.Contact", "place_code", hidden=["said", "sender"]),
    ]
