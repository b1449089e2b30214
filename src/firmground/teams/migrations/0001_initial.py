import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from firmground.common.audit.triggers import Audited
from firmground.officers.territory import Guarded


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('officers', '0002_guarded_and_audited'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place_code', models.CharField(max_length=12)),
                ('sent_by', models.CharField(help_text='the body that sent it', max_length=120)),
                ('held_from', models.DateField()),
                ('held_to', models.DateField(null=True)),
            ],
            options={
                'ordering': ['place_code', 'held_from'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('held_to', None)), fields=('place_code',), name='team_once_in_a_village', opclasses=['varchar_pattern_ops']), models.CheckConstraint(condition=models.Q(('place_code__length', 12)), name='team_is_in_a_village'), models.CheckConstraint(condition=models.Q(('held_to', None), ('held_to__gte', models.F('held_from')), _connector='OR'), name='team_ends_after')],
            },
        ),
        migrations.CreateModel(
            name='Cadre',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place_code', models.CharField(max_length=12)),
                ('post', models.CharField(choices=[('first_secretary', 'First Secretary'), ('leader', 'Leader'), ('member', 'Member')], max_length=15)),
                ('held_from', models.DateField()),
                ('held_to', models.DateField(null=True)),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cadres', to='teams.team')),
            ],
            options={
                'ordering': ['place_code', 'post', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('household_id', models.CharField(max_length=40)),
                ('place_code', models.CharField(max_length=12)),
                ('on', models.DateField()),
                ('seen', models.BooleanField(help_text='somebody of the household was met')),
                ('note', models.TextField(blank=True)),
                ('help', models.TextField(blank=True, help_text='what help came of it')),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-on', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Attendance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place_code', models.CharField(max_length=12)),
                ('on', models.DateField()),
                ('state', models.CharField(choices=[('at_post', 'At Post'), ('on_leave', 'On Leave'), ('away', 'Away')], max_length=8)),
                ('reason', models.CharField(blank=True, help_text='why on leave', max_length=200)),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='officers.office')),
                ('marked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='officers.office')),
                ('cadre', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attendance', to='teams.cadre')),
            ],
            options={
                'ordering': ['on', 'cadre'],
                'indexes': [models.Index(fields=['place_code', 'on'], name='attendance_by_place', opclasses=['varchar_pattern_ops', 'date_ops'])],
                'constraints': [models.UniqueConstraint(fields=('cadre', 'on'), name='attendance_once_a_day'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'on_leave'), _negated=True), ('reason', '')), models.Q(('state', 'on_leave'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='attendance_leave_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Helper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('household_id', models.CharField(max_length=40)),
                ('place_code', models.CharField(max_length=12)),
                ('held_from', models.DateField()),
                ('held_to', models.DateField(null=True)),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['household_id', 'held_from'],
                'indexes': [models.Index(condition=models.Q(('held_to', None)), fields=['place_code', 'household_id'], name='helper_by_place', opclasses=['varchar_pattern_ops', 'varchar_ops'])],
                'constraints': [models.UniqueConstraint(condition=models.Q(('held_to', None)), fields=('household_id',), name='helper_one_at_a_time'), models.CheckConstraint(condition=models.Q(('held_to', None), ('held_to__gte', models.F('held_from')), _connector='OR'), name='helper_ends_after')],
            },
        ),
        migrations.AddIndex(
            model_name='cadre',
            index=models.Index(fields=['place_code'], name='cadre_by_place', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='cadre',
            constraint=models.UniqueConstraint(condition=models.Q(('held_to', None)), fields=('officer',), name='cadre_in_one_team'),
        ),
        migrations.AddConstraint(
            model_name='cadre',
            constraint=models.CheckConstraint(condition=models.Q(('held_to', None), ('held_to__gte', models.F('held_from')), _connector='OR'), name='cadre_ends_after'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['household_id', 'on'], name='visit_by_household'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['place_code', 'household_id', 'on'], name='visit_by_place', opclasses=['varchar_pattern_ops', 'varchar_ops', 'date_ops']),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(fields=('household_id', 'officer', 'on'), name='visit_once_a_day'),
        ),
        *(Guarded(f"teams.{model}", "place_code") for model in ["Team", "Cadre", "Attendance", "Helper", "Visit"]),
        *(Audited(f"teams.{model}", "place_code") for model in ["Team", "Cadre", "Attendance", "Helper", "Visit"]),
    ]
