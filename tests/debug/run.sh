#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [PROGRAM]...          - guest programs on host debug
# run.sh kunit|kcsan [GLOB]... - KUnit suites as a module, on host debug or kcsan
#
# The tests on host kernels that check themselves (make debug), which kernel.sh builds once:
# debug with KASAN, UBSAN, lockdep, kmemleak, ..., and kcsan with KCSAN. Without arguments:
# all guest programs and all suites on debug, and the suites whose cases have threads on
# kcsan. Anything the kernel reports fails, and so does a leak that is left after the module
# was unloaded; of data races those that are not the kernel's own (host.sh). Ends with
# "N passed, N failed".

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

# suites HOST GLOB... - as a module; KTAP has one line per case, four columns in
suites()
{
	local host=$1 module
	shift
	module=$("$HVP_TOP/kunit/module.sh" "$host")
	"$HVP_RIG/host.sh" --host "$host" --smp 2 --append log_buf_len=8M \
		--add "$module:/hvpersona_kunit.ko" -- "
		set -e
		[ ! -e /sys/kernel/debug/kcsan ] || echo on >/sys/kernel/debug/kcsan
		for glob in $(printf "'%s' " "$@"); do
			modprobe kunit enable=1 \"filter_glob=\$glob\"
			dmesg -c >/dev/null
			insmod /hvpersona_kunit.ko
			rmmod hvpersona_kunit
			rmmod kunit
			dmesg
		done
		[ ! -e /sys/kernel/debug/kcsan ] ||
			sed 's/^/KCSAN /' /sys/kernel/debug/kcsan" |
	sed -E 's/^\[ *[0-9.]+\] ?//' | awk -v host="$host" '
		/^    (not )?ok [0-9]+ / { $1 == "ok" ? passed++ : failed++; print; next }
		/^BUG: KCSAN:/ { races[$0]++ }
		/^KCSAN setup_watchpoints:/ { watched = $3 }
		/^KCSAN (setup_watchpoints|data_races):/ { print "# " $0 }
		END {
			for (race in races)
				print "# " races[race] " times " race
			printf "%d passed, %d failed\n", passed, failed
			exit !(passed && !failed && (host != "kcsan" || watched))
		}'
}

# Those that have threads
THREADED=(hvpersona_synic_race 'hvpersona_ports_*' hvpersona_host_port hvpersona_doorbell
	hvpersona_monitor hvpersona_registry)

case ${1-} in
kunit)
	shift
	[ $# != 0 ] || set -- '*'
	part "KUnit suites" suites debug "$@"
	;;
kcsan)
	shift
	[ $# != 0 ] || set -- "${THREADED[@]}"
	part "KUnit suites with KCSAN" suites kcsan "$@"
	;;
-*)
	usage
	;;
*)
	"$HVP_RIG/kernels.sh" fetch debug
	part 'guest programs' "$HVP_TOP/tests/guest/run.sh" debug "$@"
	if [ $# = 0 ]; then
		part 'KUnit suites' suites debug '*'
		part 'KUnit suites with KCSAN' suites kcsan "${THREADED[@]}"
	fi
	;;
esac
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
