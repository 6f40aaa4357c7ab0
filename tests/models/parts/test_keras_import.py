"""Keras is imported without messages, and without the libraries that training does not use."""

import os
import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import sys
from models.parts.keras_import import import_keras
import_keras()
print(sorted({"matplotlib.pyplot", "pandas", "jax"} & set(sys.modules)))
import matplotlib.pyplot, pandas, keras  # they can be imported later
print(keras.backend.backend(), len(pandas.DataFrame({"a": [1, 2]})))
"""


def test_keras_is_imported_without_messages_and_unused_libraries() -> None:
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    expected = {"tensorflow": [], "jax": ["jax"]}[backend]
    assert result.stdout.splitlines() == [str(expected), f"{backend} 2"]
    assert result.stderr == ""


def test_an_error_of_the_import_is_raised_and_can_be_read() -> None:
    program = "from models.parts.keras_import import import_keras; import_keras()"
    environment = {**os.environ, "KERAS_BACKEND": "nonsense"}
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, env=environment
    )
    assert result.returncode == 1
    assert "nonsense" in result.stderr.splitlines()[-1], "standard error is restored"
