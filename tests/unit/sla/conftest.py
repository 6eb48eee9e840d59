"""Property tests here are pure: they may take their time on a busy machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "sla",
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sla")
