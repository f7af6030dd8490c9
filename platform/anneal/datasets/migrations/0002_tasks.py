from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("datasets", "0001_initial")]

    operations = [
        migrations.AddField(model_name="dataset", name="suggestion", field=models.JSONField(null=True)),
        migrations.AddField(model_name="datasetversion", name="statistics", field=models.JSONField(null=True)),
    ]
