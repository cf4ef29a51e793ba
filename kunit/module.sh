#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# module.sh VER|KDIR - build hvpersona_kunit.ko, the suites as a loadable module.
#
# For a kernel of tests/rig/kernels.sh or any other build directory, if it has
# CONFIG_KUNIT: "debug" does, Debian's stock kernels do not. Prints the path of the module, which holds the core,
# the fake monitor and all suites, and does not depend on hvpersona.ko. Sources are
# copied beside the build's output, only what changed is built again.

set -euo pipefail
. "$(dirname "$0")/../tests/rig/lib.sh"

[ $# = 1 ] || usage
"$HVP_RIG/need.sh" make gcc rsync kmod
if [ -d "$1" ]; then
	kdir=$(readlink -f "$1")
	name=$(echo "$kdir" | sha1sum | cut -c 1-8)
else
	"$HVP_RIG/kernels.sh" fetch "$1"
	kdir=$HVP_CACHE/kernels/$1/build
	name=$1
fi
grep -q '^CONFIG_KUNIT=' "$kdir/include/config/auto.conf" || die "kernel $1 has no CONFIG_KUNIT"
out=$HVP_CACHE/out/$(echo "$HVP_TOP" | sha1sum | cut -c 1-8)/kunit-$name
mkdir -p "$out"
locked "build-$(echo "$out" | sha1sum | cut -c 1-8)"

cd "$HVP_TOP"
rsync -rl --checksum --delete --prune-empty-dirs --include='*/' --include='*.[ch]' --exclude='*' \
	hvpersona include kunit "$out/"
cmp -s kunit/Kbuild "$out/Kbuild" || cp kunit/Kbuild "$out/Kbuild"

say "building the KUnit suites for $1"
if ! make -C "$kdir" "M=$out" W=1 -j2 modules >"$out/build.log" 2>&1; then
	grep -E 'error|warning|ERROR|WARNING' "$out/build.log" >&2 || tail "$out/build.log" >&2
	die "the build for $1 failed"
fi
sed "s,^$out/,," "$out/build.log" | grep -E '^(hvpersona|kunit|include)/.*(warning|error):' >&2 || true
echo "$out/hvpersona_kunit.ko"
