"""Keras is imported without a word, and without the libraries that training has no use for."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from models.parts.keras_import import import_keras
import_keras()
print(sorted({"matplotlib.pyplot", "pandas", "jax"} & set(sys.modules)))
import matplotlib.pyplot, pandas, keras  # who needs them later gets them
print(keras.backend.backend(), len(pandas.DataFrame({"a": [1, 2]})))
"""


def test_keras_is_imported_quietly_and_alone() -> None:
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=True
    )
    expected = {"tensorflow": [], "jax": ["jax"]}[backend]
    assert done.stdout.splitlines() == [str(expected), f"{backend} 2"]
    assert done.stderr == ""
