import django.db.models.deletion
from django.db import migrations, models

from firmground.common.audit.triggers import Audited
from firmground.officers.territory import Guarded

REGISTERS = [
    "Household", "Living", "Member", "Statement", "Spending", "Check", "MedicalBill", "SchoolRoll", "Disaster",
    "HousingGrade", "Support", "Risk", "Assistance",
]

# The smallest place around all counties of a load; "" when they lie in several provinces.
PLACES = """
UPDATE registry_load SET place_code = around.code FROM (
    SELECT id, CASE
        WHEN min(county) = max(county) THEN min(county)
        WHEN left(min(county), 4) = left(max(county), 4) THEN left(min(county), 4)
        WHEN left(min(county), 2) = left(max(county), 2) THEN left(min(county), 2)
        ELSE '' END AS code
    FROM registry_load, jsonb_array_elements_text(counties) AS county GROUP BY id
) around WHERE around.id = registry_load.id
"""

# A village may see which file its rows came from, though the file spoke of the whole county.
FROM_ABOVE = "EXISTS (SELECT FROM unnest(firmground_territories()) AS mine WHERE mine ^@ place_code)"


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0001_initial"),
        ("officers", "0002_guarded_and_audited"),
        # It works out counts from the registers as the owner, whom the policies below bind, too.
        ("findings", "0002_households"),
    ]

    operations = [
        migrations.AddField(
            "load", "place_code",
            models.CharField(
                blank=True, default="", help_text="the place it speaks of: all its counties lie in it", max_length=12
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "upload", "place_code",
            models.CharField(
                blank=True, default="", help_text="the territory of the office it was handed in by", max_length=12
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "upload", "office",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="officers.office"
            ),
        ),
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
        *(Guarded(f"registry.{model}", "village_code") for model in REGISTERS),
        *(
            # A row says by which load it came and went; whatever else happens to it leaves an entry.
            Audited(f"registry.{model}", "village_code", inserts=False, marks=["superseded_at", "superseded_by_id"])
            for model in REGISTERS
        ),
        Guarded("registry.Load", "place_code", open_to_all=FROM_ABOVE),
        Guarded("registry.Upload", "place_code"),
        Audited("registry.Load", "place_code", inserts=False),
        Audited("registry.Upload", "place_code"),
    ]
