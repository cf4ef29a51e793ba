#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [STEP]... - everything that must hold for a commit (make check).
#
# Runs the steps named (default: all; "list" shows them). The first ones use both CPUs and
# run one after the other; those behind are emulators of one thread, of which two run at a
# time. A step counts with the "N passed, N failed" its output ends with, or as one test;
# a step that fails, hangs or is missing always counts as a failure. Failures are
# shown as they happen, whole logs are left in $HVP_CACHE/check. Ends with the sum.

set -euo pipefail
. "$(dirname "$0")/rig/lib.sh"

LIMIT=2000	# seconds for one step

# NAME COMMAND
ALONE=(
	'build-6.1      tests/rig/build.sh --check 6.1'
	'build-6.12     tests/rig/build.sh --check 6.12'
	'build-7.3      tests/rig/build.sh --check 7.3'
	'hvctl          make -s hvctl-check'
	'style          tests/style.sh'
	'matrix         tests/matrix.sh --check'
	'counters       tests/counters.sh --check'
	'kunit          kunit/run.sh'
)
IN_PAIRS=(
	'guest-6.12     tests/guest/run.sh 6.12'
	'guest-6.1      tests/guest/run.sh 6.1'
	'guest-7.3      tests/guest/run.sh 7.3'
	'irqfd          tests/intel/run.sh --amd --host 7.3 retarget platform'
	'uapi           tests/uapi/run.sh'
	'selftests      tests/selftests/run.sh'
	'linux-guests   tests/clients/linux.sh'
	'linux-roots    tests/clients/root.sh'
	'guarded        tests/secure/run.sh'
	'watch          tests/clients/watch.sh'
	'stress         tests/clients/stress.sh 10'
)

logs=$HVP_CACHE/check
mkdir -p "$logs"
cd "$HVP_TOP"
rm -f "$logs"/*.sum

# step NAME COMMAND... - run, show what goes wrong, leave the counts in NAME.sum
step()
{
	local name=$1 log=$logs/$1.log start=$SECONDS status=0 counts ok bad
	shift
	printf '== %s: %s\n' "$name" "$*"
	timeout -k 20 "$LIMIT" "$@" </dev/null 2>&1 | tee "$log" |
		{ grep --line-buffered -E '^(rig|need\.sh|host\.sh): |^  \| |^ *not ok' || true; } |
		sed -u "s/^/   $name: /" || status=${PIPESTATUS[0]}
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1 || true)
	read -r ok bad < <(sed 's/[^0-9 ]//g' <<<"${counts:-$((status == 0)) 0}")
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		bad=1
		tail -n 25 "$log" | sed 's/^/   | /'
	fi
	[ "$status" != 124 ] || echo "   $name: no end after $LIMIT seconds"
	echo "$ok $bad" >"$logs/$name.sum"
	printf '   %s: %d passed, %d failed, %d s\n' "$name" "$ok" "$bad" $((SECONDS - start))
}

STEPS=("${ALONE[@]}" "${IN_PAIRS[@]}")
for name in "$@"; do
	[[ $name = list || " ${STEPS[*]%% *} " = *" $name "* ]] || die "no step '$name'; see: $0 list"
done

# wanted STEP - sets name and command; true if it was asked for
wanted()
{
	read -r name command <<<"$1"
	[ ${#ask[@]} = 0 ] || [[ " ${ask[*]} " = *" $name "* ]]
}

ask=("$@")
if [ "$*" = list ]; then
	printf '%s\n' "${STEPS[@]}" | sed 's/ \+/: /'
	exit
fi
count=0
for line in "${ALONE[@]}"; do
	if wanted "$line"; then
		count=$((count + 1))
		step "$name" $command
	fi
done
for line in "${IN_PAIRS[@]}"; do
	if wanted "$line"; then
		count=$((count + 1))
		[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n || true
		step "$name" $command &
	fi
done
wait
cat "$logs"/*.sum | awk -v count=$count '
	{ passed += $1; failed += $2 }
	END { failed += count - NR		# a step that left no sum
	      printf "%d passed, %d failed\n", passed, failed; exit !(passed && !failed) }'
