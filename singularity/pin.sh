#!/usr/bin/env bash
# Write constraints.txt anew: the newest versions that fit together for the image's CPU, GPU and JAX variants at once.
# Run it with the Python that the image has (3.11), on Linux x86-64, and commit the result:
#
#     singularity/pin.sh            about 4 minutes: pip looks into the CUDA wheels, and installs nothing
set -euo pipefail
cd "$(dirname "$0")/.."

report=$(mktemp)
trap 'rm -f "$report"' EXIT
# tensorflow-cpu takes the place of tensorflow in a CPU image; setuptools builds the project.
python3 -m pip install --dry-run --ignore-installed --quiet --report "$report" \
    '.[gpu]' tensorflow-cpu 'jax[cuda12]' setuptools
python3 - "$report" > singularity/constraints.txt << 'PYTHON'
import json, sys

report = json.load(open(sys.argv[1], encoding="utf-8"))
python = ".".join(report["environment"]["python_full_version"].split(".")[:2])
print(f"# Versions of all packages in the image, for Python {python} on Linux x86-64. Renew them with singularity/pin.sh")
packages = (found["metadata"] for found in report["install"])
pins = {f"{package['name']}=={package['version']}" for package in packages if package["name"] != "cnn-search"}
print(*sorted(pins, key=str.lower), sep="\n")
PYTHON
