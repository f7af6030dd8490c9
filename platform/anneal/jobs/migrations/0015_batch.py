from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0014_dataset'),
        ('tenants', '0002_notifications'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='job',
            name='jobs_job_names',
        ),
        migrations.AddField(
            model_name='job',
            name='batch_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('archived_at__isnull', True), ('search_of__isnull', True)), fields=['tenant', '-id'], include=('name', 'found_by', 'state', 'base_model', 'dataset_id', 'method', 'task', 'created_at', 'batch_id', 'metric', 'by_result'), name='jobs_job_names'),
        ),
    ]
