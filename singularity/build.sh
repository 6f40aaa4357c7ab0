#!/usr/bin/env bash
# Build the image with Apptainer 1.2 or newer, or SingularityCE 4.0 or newer, as root or as a plain user:
#
#     singularity/build.sh                                         search.sif for CPUs, in the current folder
#     singularity/build.sh gpu.sif --build-arg DEVICE=gpu          for NVIDIA GPUs
#
# Options after the file's name go to `apptainer build` as they are. CONTAINER_COMMAND names another program.
set -euo pipefail
usage="usage: singularity/build.sh [IMAGE.sif] [options of apptainer build]"

image=search.sif
if (($#)) && [[ $1 != -* ]]; then
    image=$1
    shift
fi
case $image in
    *.sif) ;;
    *) printf '%s\nbuild.sh: the image %s must be called SOMETHING.sif\n' "$usage" "'$image'" >&2; exit 2 ;;
esac

tool=${CONTAINER_COMMAND:-$(command -v apptainer || command -v singularity || true)}
if [[ -z $tool ]]; then
    echo "build.sh: neither apptainer nor singularity is installed. Build the image on another Linux machine" \
        "(apt, dnf or conda install apptainer; no root is needed to build) and copy the file here." >&2
    exit 1
fi
if ! "$tool" build --help 2> /dev/null | grep -q -- --build-arg; then
    echo "build.sh: $tool ($("$tool" --version 2>&1 | head -n 1)) is too old: it has no --build-arg." \
        "Apptainer 1.2 and SingularityCE 4.0 have it; an image that they build runs with older versions, too." >&2
    exit 1
fi

project=$(cd "$(dirname "$0")/.." && pwd)
case $image in /*) ;; *) image=$PWD/$image ;; esac
cd "$project"
commit=$(git describe --always --dirty --abbrev=40 2> /dev/null || echo unknown)
started=$SECONDS
# --notest: the test starts Ray, which takes too long on a busy machine; the image would then be lost.
if ! "$tool" build --notest --build-arg COMMIT="$commit" "$@" "$image" singularity/search.def; then
    echo "build.sh: $tool could not build the image; its message is above. If it speaks of user namespaces or" \
        "of a missing privilege: build as root, or with --fakeroot, or on a machine where they are allowed." >&2
    exit 1
fi
printf '%s: %d MB, built in %d s\n' "$image" $(($(stat -c %s "$image") / 1000000)) $((SECONDS - started))
printf 'Test it: %s test %s\n' "${tool##*/}" "$image"
