from django.db import migrations, models

from anneal.jobs.guards import job_guard

# The owner of the tables sees no row of them while row-level security is forced.
_FILL = """
    SET LOCAL statement_timeout = 0;
    ALTER TABLE jobs_job NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE datasets_datasetversion NO FORCE ROW LEVEL SECURITY;
    UPDATE jobs_job job SET dataset_id = version.dataset_id FROM datasets_datasetversion version WHERE version.id = job.dataset_version_id;
    ALTER TABLE datasets_datasetversion FORCE ROW LEVEL SECURITY;
    ALTER TABLE jobs_job FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0013_archived_grouped'),
        ('tenants', '0002_notifications'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='job',
            name='jobs_job_names',
        ),
        migrations.AddField(
            model_name='job',
            name='dataset_id',
            field=models.UUIDField(null=True),
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='job',
            name='dataset_id',
            field=models.UUIDField(),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('archived_at__isnull', True), ('search_of__isnull', True)), fields=['tenant', '-id'], include=('name', 'found_by', 'state', 'base_model', 'dataset_id', 'method', 'task', 'created_at', 'metric', 'by_result'), name='jobs_job_names'),
        ),
        job_guard(),
    ]
