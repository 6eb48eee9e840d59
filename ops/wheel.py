"""A hook of hatchling: no wheel is built without the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesAreThere(BuildHookInterface):
    """Refuses to build a wheel that would start and show nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build; an editable one comes before the pages."""
        index = Path(self.root, "backend/tracker/static/index.html")
        if version == "standard" and not index.exists():
            raise FileNotFoundError(f"{index}: build the pages first: npm run build")
