#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [STEP]... - everything that must hold for a commit (make check).
#
# Runs the steps named (default: all; "list" shows them) one after the other. A
# step counts with the "N passed, N failed" its output ends with, or as one test;
# a step that fails, hangs or is missing always counts as a failure. Failures are
# shown as they happen, whole logs are left in $HVP_CACHE/check. Ends with the sum.

set -euo pipefail
. "$(dirname "$0")/rig/lib.sh"

LIMIT=1200	# seconds for one step

# NAME COMMAND, in the order of cost
STEPS=(
	'build-6.1      tests/rig/build.sh --check 6.1'
	'build-6.12     tests/rig/build.sh --check 6.12'
	'build-7.3      tests/rig/build.sh --check 7.3'
	'hvctl          make -s hvctl-check'
	'style          tests/style.sh'
	'matrix         tests/matrix.sh --check'
	'kunit          kunit/run.sh'
	'guest-6.12     tests/guest/run.sh 6.12'
	'guest-6.1      tests/guest/run.sh 6.1'
	'guest-7.3      tests/guest/run.sh 7.3'
	'uapi           tests/uapi/run.sh'
	'selftests      tests/selftests/run.sh'
	'linux-guests   tests/clients/linux.sh'
	'stress         tests/clients/stress.sh --smp 1 10'
)

logs=$HVP_CACHE/check
mkdir -p "$logs"
cd "$HVP_TOP"
passed=0 failed=0

# step NAME COMMAND... - run, show what goes wrong, count
step()
{
	local name=$1 log=$logs/$1.log start=$SECONDS status=0 counts ok bad
	shift
	printf '== %s: %s\n' "$name" "$*"
	timeout -k 20 "$LIMIT" "$@" </dev/null 2>&1 | tee "$log" |
		{ grep --line-buffered -E '^(rig|need\.sh|host\.sh): |^  \| |^ *not ok' || true; } ||
		status=${PIPESTATUS[0]}
	# The two failures that say nothing of us: see host.sh. Once more, and only once.
	if grep -qE 'host.sh: the (emulator stands still|host died while it booted)' "$log" &&
		[ -z "${again:-}" ]; then
		echo "   $name: an accident of the emulator; once more"
		again=1 step "$name" "$@"
		return
	fi
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1 || true)
	read -r ok bad < <(sed 's/[^0-9 ]//g' <<<"${counts:-$((status == 0)) 0}")
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		bad=1
		tail -n 25 "$log" | sed 's/^/   | /'
	fi
	[ "$status" != 124 ] || echo "   no end after $LIMIT seconds"
	passed=$((passed + ok)) failed=$((failed + bad))
	printf '   %s: %d passed, %d failed, %d s\n' "$name" "$ok" "$bad" $((SECONDS - start))
}

for name in "$@"; do
	[[ $name = list || " ${STEPS[*]%% *} " = *" $name "* ]] || die "no step '$name'; see: $0 list"
done
for line in "${STEPS[@]}"; do
	read -r name command <<<"$line"
	if [ "$*" = list ]; then
		echo "$name: $command"
	elif [ $# = 0 ] || [[ " $* " = *" $name "* ]]; then
		step "$name" $command
	fi
done
[ "$*" != list ] || exit 0
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
