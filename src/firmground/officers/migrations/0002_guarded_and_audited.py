from django.db import migrations

from firmground.common.audit.triggers import Audited
from firmground.officers.territory import Guarded

# The trail is written by the database itself, whatever the place; it is read by territory.
GUARD_THE_TRAIL = """
CREATE POLICY territory_select ON audit_entry FOR SELECT
    USING (place_code ^@ ANY ((SELECT firmground_territories())::text[]));
CREATE POLICY appended ON audit_entry FOR INSERT WITH CHECK (true);
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("officers", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(GUARD_THE_TRAIL),
        # Who holds which office is no secret: a village must be able to see who decided.
        Guarded("officers.Office", "territory", open_to_all="true"),
        Audited("officers.Office", "territory"),
        Audited("officers.Officer", hidden=["password"]),
    ]
