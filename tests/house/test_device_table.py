"""The table of the docs has every device and every preset."""

from pathlib import Path

from mho.devices import DEVICES

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "devices.md"


def test_the_table_of_the_docs_has_every_device_with_its_presets():
    rows = [
        line
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line[:3] == "| [" or line[:3] == "| `"
    ]
    for model in DEVICES:
        row = next(row for row in rows if f"`{model.__name__}`" in row)
        assert all(f"`{name}`" in row for name in getattr(model, "presets", list)())
