#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# need.sh PKG... - make sure that these Debian packages are installed.
#
# As root, missing ones are installed; otherwise they are named and it fails.

set -euo pipefail

missing=()
for pkg in "$@"; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$pkg" 2>/dev/null) || status=none
	[ "$status" = installed ] || missing+=("$pkg")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "need.sh: missing Debian packages; as root run: apt-get install ${missing[*]}" >&2
	exit 1
fi

echo "need.sh: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
install=(apt-get -o DPkg::Lock::Timeout=600 install -qq -y --no-install-recommends "${missing[@]}")
"${install[@]}" >/dev/null 2>&1 || { apt-get -o DPkg::Lock::Timeout=600 update -qq && "${install[@]}" >/dev/null; }
