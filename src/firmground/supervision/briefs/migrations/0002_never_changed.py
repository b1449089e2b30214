from django.db import migrations

# What was told stays as it was told: another edition follows it.
NEVER_CHANGED = """
CREATE FUNCTION brief_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A brief is never changed or deleted; another edition corrects it.'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER brief_never_changed BEFORE UPDATE OR DELETE ON briefs_brief
    FOR EACH ROW EXECUTE FUNCTION brief_never();
"""
CHANGED_AGAIN = """
DROP TRIGGER brief_never_changed ON briefs_brief;
DROP FUNCTION brief_never();
"""


class Migration(migrations.Migration):
    dependencies = [("briefs", "0001_initial")]

    operations = [migrations.RunSQL(NEVER_CHANGED, CHANGED_AGAIN)]
