#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [--absent-only] [HOST] - the kernel's own Hyper-V tests, with and without us.
#
# Builds the Hyper-V tests of tools/testing/selftests/kvm (linux-source-6.12) and
# runs each on a nested HOST (6.1, 6.12 or 7.3; default 6.12) three times:
# hvpersona absent; loaded with its hook in place for another VM; and with the
# test's own VMs attached in the guest role. The three results must be the same,
# and the first must be "pass", unless expected.tsv says otherwise and why.
# Prints TAP and "N passed, N failed".
#
#  --absent-only     only the first third: what the kernel does without us

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

TESTS=(hyperv_clock hyperv_cpuid hyperv_evmcs hyperv_extended_hypercalls hyperv_features
	hyperv_ipi hyperv_svm_test hyperv_tlb_flush fix_hypercall_test)
CALLERS=(hyperv_extended_hypercalls hyperv_features hyperv_ipi hyperv_tlb_flush)
MODES=(absent loaded attached)

if [ "${1-}" = --absent-only ]; then
	CALLERS=(hyperv_extended_hypercalls hyperv_features hyperv_ipi hyperv_tlb_flush)
MODES=(absent)
	shift
fi
host=${1:-6.12}
[ $# -le 1 ] || usage
known_kernel "$host"

. "$here/../clients/lib.sh"

# output TEST MODE - what it printed; only that of tests that did not pass is there
output()
{
	awk -v mode="$2" -v test="$1" '
		$1 != "result" { text = text $0 "\n"; next }
		$2 == mode && $3 == test { printf "%s", text }
		{ text = "" }
	' "$tmp/log"
}

# expected TEST MODE - result, output and reason of the row for this host, one line
# each; nothing if there is none
expected()
{
	awk -F '\t' -v host="$host" -v test="$1" -v mode="$2" '
		/^#/ { next }
		($1 == "*" || $1 == host) && ($2 == "*" || $2 == test) && $3 == mode {
			print $4 "\n" $5 "\n" $6
			exit
		}
	' "$here/expected.tsv"
}

declare -A baseline

# field TEST MODE N - a field of the test's result line
field()
{
	awk -v mode="$2" -v test="$1" -v n="$3" \
		'$1 == "result" && $2 == mode && $3 == test { print $n }' "$tmp/log"
}

# seen - hvpersona saw hypercalls of all attached VMs that make some, of no others
seen()
{
	local test ok=0
	for test in "${TESTS[@]}"; do
		[ "$(field "$test" loaded 5)" = 0 ] || { echo "$test, loaded: some seen"; ok=1; }
	done
	for test in "${CALLERS[@]}"; do
		[ "${baseline[$test]}" = pass ] || continue
		[ "$(field "$test" attached 5)" -gt 0 ] || { echo "$test, attached: none seen"; ok=1; }
	done
	return $ok
}

# judge TEST MODE - one TAP line
judge()
{
	local want reason got row
	got=$(field "$1" "$2" 4)
	[ "$2" != absent ] || baseline[$1]=$got
	mapfile -t row < <(expected "$1" "$2")
	if [ "${#row[@]}" -gt 0 ]; then
		want=${row[0]}
	elif [ "$2" = absent ]; then
		want=pass
	else
		want=${baseline[$1]}
	fi
	reason=${row[2]-}
	check "$1, $2: ${got:-did not run}${reason:+ ($reason)}" \
		same "$1" "$2" "$got" "$want" "${row[1]-}"
}

# same TEST MODE GOT WANT TEXT - the result is the expected one, with TEXT in the output
same()
{
	echo "expected: ${4:-any result}${5:+ with \"$5\"}"
	[ -n "$3" ] && [ "$3" = "$4" ] && { [ -z "$5" ] || output "$1" "$2" | grep -qF -- "$5"; }
}

bin=$("$here/build.sh" "${TESTS[@]}")
mkdir "$tmp/selftests"
for test in "${TESTS[@]}"; do
	strip -o "$tmp/selftests/$test" "$bin/$test"
done
cp "$here/inside.sh" "$tmp/selftests/"
add=(--add "$tmp/selftests:/selftests")
if [ "${#MODES[@]}" -gt 1 ]; then
	"$here/../clients/spin.sh" "$tmp/selftests/spin.bin"
	personality "$host"
fi

commands=
for mode in "${MODES[@]}"; do
	commands+="sh /selftests/inside.sh $mode ${TESTS[*]} || exit 1"$'\n'
done

say "running ${#TESTS[@]} selftests ${#MODES[@]} times on $host"
status=0
"$HVP_RIG/host.sh" --host "$host" --timeout 600 --append kvm_amd.nested=1 "${add[@]}" \
	-- "$commands" | tr -d '\r' | tee "$tmp/log" | { grep --line-buffered '^#' || true; } || status=$?

for mode in "${MODES[@]}"; do
	for test in "${TESTS[@]}"; do
		judge "$test" "$mode"
	done
done
[ "${#MODES[@]}" = 1 ] || check "hvpersona saw the hypercalls of attached VMs only" seen
check "the host kernel ran without complaint, no partition is left" [ "$status" = 0 ]
finish
