"""What every test shares: real servers as fixtures, and how hard Hypothesis tries."""

import os

from hypothesis import HealthCheck, Phase, settings

pytest_plugins = [
    "tests.servers.fixtures",
    "tests.servers.browser",
    "tests.support.keepers",
    "tests.support.stories",
]

_SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile(
    "ci", max_examples=60, deadline=None, print_blob=True, suppress_health_check=_SLOW_IS_FINE
)
settings.register_profile(
    "deep", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=_SLOW_IS_FINE
)
# For planted bugs: that one is found matters there, and not how short its story can be made.
settings.register_profile("planted", settings.get_profile("ci"), phases=[Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
