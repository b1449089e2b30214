from django.db import migrations, models

from firmground.common.audit.triggers import Audited


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_text_of_a_procedure")]

    operations = [
        migrations.CreateModel(
            name="FormText",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("form", models.CharField(max_length=60)),
                ("said", models.JSONField(help_text="its questions, codes and classes")),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["form", "since"]},
        ),
        Audited("cases.FormText"),
        migrations.AddField(
            "move", "asked",
            models.JSONField(default=dict, help_text="form -> the digest of its text as it was asked"),
        ),
    ]  # fmt: skip
