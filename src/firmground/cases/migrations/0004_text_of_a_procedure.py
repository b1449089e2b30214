from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_digest")]

    operations = [
        migrations.RenameField("proceduretext", "name", "procedure"),
        migrations.AlterModelOptions("proceduretext", {"ordering": ["procedure", "since"]}),
    ]
