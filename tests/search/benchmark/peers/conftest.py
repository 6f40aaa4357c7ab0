"""Ray is imported as other tests of this process need it."""

from search.executors.ray_cluster import require_token

require_token()  # Ray reads it when it is imported
