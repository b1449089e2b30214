import django.db.models.deletion
from django.db import migrations, models

from firmground.common.audit.triggers import Audited
from firmground.officers.territory import Guarded

# What is counted of a county or a larger place is on the public board.
COUNTIES = "length(place_code) <= 6"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('findings', '0005_findings_of_others'),
        ('officers', '0002_guarded_and_audited'),
    ]

    operations = [
        migrations.CreateModel(
            name='Forecast',
            fields=[
                ('pk', models.CompositePrimaryKey('screening_id', 'place_code', blank=True, editable=False, primary_key=True, serialize=False)),
                ('place_code', models.CharField(blank=True, max_length=12)),
                ('digits', models.SmallIntegerField()),
                ('deadline', models.DateField()),
                ('most', models.IntegerField(help_text='so many may remain at the deadline')),
                ('points', models.SmallIntegerField(help_text='screenings that it was told from')),
                ('remaining', models.JSONField(help_text='quantiles of those remaining at the deadline, by their percent')),
                ('chance', models.FloatField(help_text='that no more than `most` remain at the deadline')),
                ('reached', models.JSONField(help_text='quantiles of the day on which no more than `most` remain; null: not foreseen')),
                ('screening', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='forecasts', to='findings.screening')),
            ],
            options={
                'indexes': [models.Index(fields=['screening', 'digits', 'place_code'], name='forecast_by_level', opclasses=['int8_ops', 'int2_ops', 'varchar_pattern_ops'])],
            },
        ),
        migrations.CreateModel(
            name='PlaceFigures',
            fields=[
                ('pk', models.CompositePrimaryKey('screening_id', 'place_code', blank=True, editable=False, primary_key=True, serialize=False)),
                ('place_code', models.CharField(blank=True, max_length=12)),
                ('digits', models.SmallIntegerField(help_text='the level of the place, by the length of its code')),
                ('households', models.IntegerField()),
                ('persons', models.IntegerField()),
                ('poor_households', models.IntegerField()),
                ('poor_persons', models.IntegerField()),
                ('exited_households', models.IntegerField()),
                ('exited_persons', models.IntegerField()),
                ('monitored_households', models.IntegerField()),
                ('monitored_persons', models.IntegerField()),
                ('rural_population', models.IntegerField(help_text='of a county as its register says; else the sum of its villages; null: not known', null=True)),
                ('screening', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='findings.screening')),
            ],
            options={
                'verbose_name_plural': 'figures',
                'indexes': [models.Index(fields=['screening', 'digits', 'place_code'], name='figures_by_level', opclasses=['int8_ops', 'int2_ops', 'varchar_pattern_ops'])],
            },
        ),
        Guarded("board.PlaceFigures", "place_code", open_to_all=COUNTIES),
        Guarded("board.Forecast", "place_code", open_to_all=COUNTIES),
        # They are counted and told once for a screening, by the machine.
        Audited("board.PlaceFigures", "place_code", inserts=False),
        Audited("board.Forecast", "place_code", inserts=False),
    ]
