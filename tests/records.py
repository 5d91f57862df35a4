"""Property records for tests that need some: QM9's, by id."""

from gamnet.datasets.qm9 import QM9

PROPERTIES = {prop.id: prop for prop in QM9.properties}
HOMO, LUMO, ZPVE = (PROPERTIES[name] for name in ("homo", "lumo", "zpve"))
