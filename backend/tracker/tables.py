"""Every table in one place, for migrations and for tests."""

from __future__ import annotations

import tracker.accounts.models
import tracker.attachments.models
import tracker.audit.models
import tracker.incidents.models
import tracker.notifications.models
import tracker.onboarding.models
import tracker.sla.models  # noqa: F401  (imported for its tables, like the rest)
from tracker.db import Base

metadata = Base.metadata
