from django.db import migrations

from anneal.common.row_security import composite_fk


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0001_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [composite_fk("jobs_job", "model_version_id", "registry_modelversion")]
