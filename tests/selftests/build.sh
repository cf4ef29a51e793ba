#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# build.sh TEST... - build KVM selftests of linux-source-6.12, once.
#
# TEST is the name of a file in tools/testing/selftests/kvm/x86_64. Prints the
# directory with the static programs. The source tree stays clean: objects,
# headers and the log go to $HVP_CACHE/out/selftests.

set -euo pipefail
. "$(dirname "$0")/../rig/lib.sh"

[ $# -gt 0 ] || usage
out=$HVP_CACHE/out/selftests
bin=$out/x86_64
log=$out/build.log

missing=
for test in "$@"; do
	[ -x "$bin/$test" ] || missing=1
done
if [ -n "$missing" ]; then
	locked selftests
	"$HVP_RIG/need.sh" gcc make libc6-dev rsync flex bison
	source=$("$HVP_RIG/kernels.sh" source 6.12)
	mkdir -p "$out"
	say "building ${#} KVM selftests of linux-source-6.12 (about a minute)"
	{
		make -s -C "$source" O="$out/kernel" ARCH=x86 headers_install &&
		LDFLAGS=-static make -s -j2 -C "$source/tools/testing/selftests/kvm" \
			ARCH=x86 OUTPUT="$out" KHDR_INCLUDES="-isystem $out/kernel/usr/include" \
			"${@/#/$bin/}"
	} >"$log" 2>&1 || {
		tail -n 30 "$log" >&2
		die "the selftests do not build; log: $log"
	}
fi
echo "$bin"
