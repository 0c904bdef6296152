"""The project that is meant where none is named, with its three environments."""

from django.db import migrations

ENVIRONMENTS = [
    ("development", "Development", False),
    ("staging", "Staging", False),
    ("production", "Production", True),
]


def seed(apps, schema_editor):
    project = apps.get_model("accounts", "Project").objects.create(key="default", name="Default", version=1)
    Environment = apps.get_model("accounts", "Environment")
    for position, (key, name, is_protected) in enumerate(ENVIRONMENTS):
        Environment.objects.create(
            project=project, key=key, name=name, position=position, is_protected=is_protected, version=1
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
