from django.db import migrations


class Migration(migrations.Migration):
    """How long notes are, for the planner: without it a third of all jobs counts as having long ones, and `jobs_job_long_notes` is passed by."""

    dependencies = [
        ('jobs', '0017_quotas'),
    ]

    operations = [
        migrations.RunSQL('SET LOCAL statement_timeout = 0', migrations.RunSQL.noop),
        # Filled by each ANALYZE of the table, which autovacuum sees to; the first one does not wait for it.
        migrations.RunSQL(
            [
                'CREATE STATISTICS jobs_job_length_of_notes ON (length(notes)) FROM jobs_job',
                'ANALYZE jobs_job (notes)',
            ],
            'DROP STATISTICS jobs_job_length_of_notes',
        ),
    ]
