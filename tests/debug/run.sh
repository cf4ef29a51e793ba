#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [PROGRAM]... - the tests on a host kernel that checks itself (make debug).
#
# Builds the debug host once (kernel.sh: KASAN, UBSAN, lockdep, kmemleak, ...), then
# runs all guest programs, or those named, and the KUnit suites as a module on it.
# Anything the kernel reports fails, and so does a leak that is left after the
# module was unloaded. Ends with "N passed, N failed".

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

# part NAME COMMAND... - add the counts that the output ends with; a part that fails
# without a failed test (a splat, a leak, a timeout) is a failed test
part()
{
	local name=$1 status=0 ok=0 bad=0
	shift
	echo "# $name"
	"$@" | tee "$tmp/log" || status=1
	read -r ok bad < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$tmp/log" | tail -n 1) || true
	if [ "$status" != 0 ] && [ "${bad:-0}" = 0 ]; then
		bad=1
		echo "not ok - $name: the kernel complained, leaked, or did not end"
	fi
	passed=$((passed + ${ok:-0})) failed=$((failed + ${bad:-0}))
}

# kunit - the suites as a module; KTAP has one line per case, four columns in
kunit()
{
	local module
	module=$("$HVP_TOP/kunit/module.sh" debug)
	"$HVP_RIG/host.sh" --host debug --append 'kunit.enable=1 log_buf_len=8M' \
		--add "$module:/hvpersona_kunit.ko" -- '
		modprobe kunit && dmesg -c >/dev/null
		insmod /hvpersona_kunit.ko && rmmod hvpersona_kunit && dmesg' |
	sed -E 's/^\[ *[0-9.]+\] ?//' | awk '
		/^    (not )?ok [0-9]+ / { $1 == "ok" ? passed++ : failed++; print; next }
		/^ *#|^    # Subtest/ { next }
		END { printf "%d passed, %d failed\n", passed, failed; exit !(passed && !failed) }'
}

"$HVP_RIG/kernels.sh" fetch debug
part 'guest programs' "$HVP_TOP/tests/guest/run.sh" debug "$@"
[ $# != 0 ] || part 'KUnit suites' kunit
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
