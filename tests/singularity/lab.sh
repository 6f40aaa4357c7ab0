#!/usr/bin/env bash
# lab.sh FOLDER: a real Apptainer and a base for images, on a Debian machine, as root. About 2 minutes, 700 MB.
#
# Of Debian, only sid has Apptainer. FOLDER/sid holds sid's packages, FOLDER/base a Debian 12 with Python, and the
# script `apptainer` beside this one runs it. Nothing is installed on the machine but debootstrap; the mirror and the
# settings of pip are those of the machine.
set -euo pipefail
lab=${1:?usage: lab.sh FOLDER}
user=1000

command -v debootstrap > /dev/null || apt-get install -y -qq --no-install-recommends debootstrap > /dev/null
mkdir -p "$lab"
lab=$(cd "$lab" && pwd)
# shellcheck disable=SC2016  # apt's own variables
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' \
    | awk '$2 == "bookworm" {print $1; exit}')

# root SUITE NAME PACKAGES: complete, or not there.
root() {
    [[ -d $lab/$2 ]] && return
    rm -rf "$lab/$2.part"
    if ! debootstrap --variant=minbase --include="$3" "$1" "$lab/$2.part" "$mirror" > "$lab/$2.log" 2>&1; then
        tail -n 20 "$lab/$2.log" >&2
        return 1
    fi
    rm -rf "$lab/$2.part"/dev/* # a plain user cannot copy them
    mv "$lab/$2.part" "$lab/$2"
}
root sid sid apptainer,squashfuse,fuse3 &
sid=$!
root bookworm base ca-certificates,python3,python3-venv &
base=$!
wait $sid
wait $base

# What a plain user finds on a usual machine: an entry in passwd, a home, names, a FUSE device for everybody.
printf 'root:x:0:0:root:/root:/bin/bash\nuser:x:%d:%d::/user:/bin/bash\n' $user $user > "$lab/sid/etc/passwd"
cp /etc/hosts /etc/resolv.conf "$lab/sid/etc/"
mkdir -p "$lab/home" "$lab/pip"
[[ -e $lab/fuse ]] || mknod -m 666 "$lab/fuse" c 10 229

# pip's settings on this machine, whatever they are. Files that they name are copied, folders are bound as they are.
pip config list | sed -nE "s/^[^.]*\.([a-z-]+)='(.*)'$/\1 = \2/p" | sort -u | sed '1i [global]' > "$lab/pip/pip.conf"
binds=$lab/pip/pip.conf:/etc/pip.conf
while read -r path; do
    if [[ -f $path ]]; then
        cp "$path" "$lab/pip/"
        binds+=,$lab/pip/${path##*/}:$path
    elif [[ -d $path ]]; then
        path=$(cut -d/ -f1-3 <<< "$path") # an index refers to folders beside its own
        binds+=,$path:$path
    fi
done < <(grep -oE '(file://)?/[^ ,]+' "$lab/pip/pip.conf" | sed 's#^file://##')
for bind in ${binds//,/ }; do # what is bound must exist in the base
    target=$lab/base${bind#*:}
    if [[ -d ${bind%%:*} ]]; then mkdir -p "$target"; else mkdir -p "${target%/*}" && touch "$target"; fi
done
printf '%s' "$binds" > "$lab/binds"
chown -hR $user:$user "$lab/base" "$lab/home"
