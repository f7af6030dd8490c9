from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("datasets", "0004_doctor")]

    operations = [
        migrations.AddField(
            model_name="datasetfile", name="member", field=models.CharField(blank=True, default="", max_length=255)
        ),
        migrations.AddField(model_name="datasetfile", name="compression", field=models.CharField(max_length=10, null=True)),
        migrations.AddField(
            model_name="datasetfile", name="prepared_key", field=models.CharField(max_length=500, null=True)
        ),
        migrations.AddField(model_name="datasetfile", name="choices", field=models.JSONField(default=dict)),
    ]
