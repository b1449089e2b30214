from django.db import migrations

from firmground.common.audit.triggers import Audited
from firmground.officers.territory import Guarded

# What is counted of a county or a larger place is on the public board.
COUNTIES = "length(place_code) <= 6"


class Migration(migrations.Migration):
    dependencies = [("findings", "0002_households"), ("officers", "0002_guarded_and_audited")]

    operations = [
        Guarded("findings.Finding", "place_code"),
        Guarded("findings.PlaceResult", "place_code", open_to_all=COUNTIES),
        Guarded("findings.HouseholdTally", "place_code", open_to_all=COUNTIES),
        # A finding says in which screening it opened, changed and closed.
        Audited("findings.Finding", "place_code", inserts=False, marks=["replaced_in_id", "closed_in_id"]),
        Audited("findings.PlaceResult", "place_code", inserts=False),
        Audited("findings.HouseholdTally", "place_code", inserts=False),
        Audited("findings.Screening"),
        Audited("findings.StandardResult", inserts=False),
    ]
