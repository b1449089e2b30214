import django.db.models.deletion
from django.db import migrations, models

from firmground.common.audit.triggers import Audited
from firmground.officers.territory import Guarded


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cases', '0001_initial'),
        ('officers', '0002_guarded_and_audited'),
    ]

    operations = [
        migrations.CreateModel(
            name='Measure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('household_id', models.CharField(max_length=40)),
                ('place_code', models.CharField(max_length=12)),
                ('case', models.ForeignKey(help_text='the case it was set in', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('risk', models.CharField(blank=True, help_text='the risk it is against; empty: none in particular', max_length=30)),
                ('measure', models.CharField(help_text='a code of assistance.measure', max_length=30)),
                ('department', models.CharField(help_text='which answers for it', max_length=30)),
                ('item', models.CharField(help_text='what exactly, as: six piglets', max_length=120)),
                ('unit', models.CharField(blank=True, help_text='the body that gives it, where it is another', max_length=80)),
                ('amount', models.DecimalField(decimal_places=2, help_text='yuan; its worth if in kind', max_digits=12, null=True)),
                ('note', models.TextField(blank=True)),
                ('promised_on', models.DateField()),
                ('due_on', models.DateField(help_text='to be given by the end of this day')),
                ('given_on', models.DateField(null=True)),
                ('assistance_id', models.TextField(blank=True, help_text='its row in the register')),
                ('effect', models.CharField(blank=True, choices=[('solved', 'Solved'), ('eased', 'Eased'), ('none', 'None'), ('too_early', 'Too Early')], max_length=9)),
                ('effect_on', models.DateField(null=True)),
                ('cancelled_on', models.DateField(null=True)),
                ('cancelled_why', models.TextField(blank=True)),
                ('cancelled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='officers.office')),
                ('effect_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='officers.office')),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='officers.office')),
                ('promised_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='officers.office')),
                ('responsible', models.ForeignKey(help_text='the office in that department', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='officers.office')),
            ],
            options={
                'ordering': ['due_on', 'id'],
                'indexes': [models.Index(fields=['household_id'], name='measure_by_household'), models.Index(condition=models.Q(('cancelled_on', None), ('given_on', None)), fields=['place_code', 'due_on'], name='measure_promised_by_place', opclasses=['varchar_pattern_ops', 'date_ops']), models.Index(fields=['place_code', 'department'], name='measure_by_place', opclasses=['varchar_pattern_ops', 'varchar_ops'])],
                'constraints': [models.UniqueConstraint(condition=models.Q(('cancelled_on', None), ('given_on', None)), fields=('household_id', 'measure', 'item'), name='measure_promised_once'), models.CheckConstraint(condition=models.Q(models.Q(('assistance_id', ''), ('given_by', None), ('given_on', None)), models.Q(('given_by__isnull', False), ('given_on__isnull', False), models.Q(('assistance_id', ''), _negated=True)), _connector='OR'), name='measure_given_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('cancelled_by', None), ('cancelled_on', None), ('cancelled_why', '')), models.Q(('cancelled_by__isnull', False), ('cancelled_on__isnull', False), ('given_on', None), models.Q(('cancelled_why', ''), _negated=True)), _connector='OR'), name='measure_cancelled_for_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('effect', ''), ('effect_by', None), ('effect_on', None)), models.Q(('effect_by__isnull', False), ('effect_on__gte', models.F('given_on')), ('given_on__isnull', False), models.Q(('effect', ''), _negated=True)), _connector='OR'), name='measure_effect_after_giving'), models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gt', 0), _connector='OR'), name='measure_amount_is_something'), models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('promised_on'))), name='measure_due_after_promise')],
            },
        ),
        migrations.AddConstraint(
            model_name='measure',
            constraint=models.UniqueConstraint(condition=models.Q(('assistance_id', ''), _negated=True), fields=('assistance_id',), name='measure_one_row_each'),
        ),
        Guarded("assistance.Measure", "place_code"),
        Audited("assistance.Measure", "place_code"),
    ]
