#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh DIR - test the hvctl in DIR without the module.
#
# Runs DIR/test, then hvctl itself with wrong and right usage. Prints a line per
# test and ends with "N passed, N failed".

set -euo pipefail

dir=$1
hvctl=$dir/hvctl
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

result()
{
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "ok - $2"
	else
		failed=$((failed + 1))
		echo "not ok - $2"
	fi
}

# expect STATUS PATTERN ARGS... - exit status and a pattern of stdout and stderr together
expect()
{
	local want=$1 pattern=$2 status=0
	shift 2
	"$hvctl" "$@" >"$tmp/out" 2>&1 </dev/null || status=$?
	if [ "$status" = "$want" ] && grep -qE -- "$pattern" "$tmp/out"; then
		result 0 "hvctl $*"
	else
		sed 's/^/# /' "$tmp/out"
		echo "# exit status $status, expected $want and /$pattern/"
		result 1 "hvctl $*"
	fi
}

# json FILTER ARGS... - stdout is one JSON document for which the filter is true
json()
{
	local filter=$1
	shift
	if { "$hvctl" "$@" 2>"$tmp/err" || true; } | jq -es "length == 1 and (.[0] | $filter)" >/dev/null &&
	   [ ! -s "$tmp/err" ]; then
		result 0 "hvctl $*: $filter"
	else
		result 1 "hvctl $*: $filter"
	fi
}

while read -r line; do
	case $line in
	'ok - '*) result 0 "${line#ok - }" ;;
	'not ok - '*) result 1 "${line#not ok - }" ;;
	*) echo "$line" ;;
	esac
done < <("$dir/test" 2>/dev/null || echo "not ok - $dir/test exits with status $?")

# Usage: 2, and the message names what is wrong
expect 2 'which object'
expect 2 "unknown object 'frobnicate'" frobnicate
expect 2 'unknown option --frobnicate' --frobnicate
expect 2 'unknown option --frobnicate' calls list --frobnicate
expect 2 'unknown option --served' calls stats --served
expect 2 'which command' partition
expect 2 "unknown command 'frobnicate'" vp frobnicate
expect 2 'one argument too many' partition list 1
expect 2 'one argument too many.*after --' run /bin/true
expect 2 'which program' run
expect 2 'which program' run --
expect 2 'takes no program' attach --pid 1 -- /bin/true
expect 2 "unknown role 'child'" run --role child -- /bin/true
expect 2 'option --role needs a value' run --role
expect 2 "'frobnicate' is not a privilege" run --privileges +frobnicate -- /bin/true
expect 2 'both added and removed' run -P +post-messages,-post-messages -- /bin/true
expect 2 'which process' attach
expect 2 'not a number' attach --pid x
expect 2 'name one partition' detach
expect 2 'name one partition' detach 1 --pid 2
expect 2 'not both' trace 1 -- /bin/true
expect 2 'not a time' trace --duration soon -- /bin/true
expect 2 'not a time' trace --idle-after -1 1
expect 2 'for a program' trace --role root 1
expect 1 'no such directory' trace -o /nonexistent/file 1
expect 2 "unknown object 'frobnicate'" help frobnicate

# Help of everything
expect 0 '^Objects:' help
expect 0 '^Objects:' --help
for object in run attach detach partition vp calls trace features version; do
	expect 0 "^  hvctl $object" help "$object"
	expect 0 "^  hvctl $object" "$object" help
	expect 0 "^  hvctl $object" "$object" --help
done
expect 0 '^  hvctl calls stats .*PARTITION' calls stats -h

# What works without the module
expect 0 '^hvctl version' version
expect 0 '^hvctl version' --version
expect 0 '^kernel +[0-9]' features
json '.format_version == 1 and (.features.kernel | length > 0) and (.features.off | type == "array")' -j features
json '.format_version == 1 and .version.hvctl_api_version == 1' version -p

# What does not
if [ ! -e /dev/hvpersona ]; then
	for args in 'partition list' 'partition show 1' 'vp list' 'calls list' 'calls stats' 'trace 1' \
		    'detach 1' 'attach --pid 1' 'run -- /bin/true' 'trace -- /bin/true'; do
		# shellcheck disable=SC2086 # words on purpose
		expect 1 'hvpersona is not loaded' $args
	done
	json '.error == "the module hvpersona is not loaded" and .remedy == "modprobe hvpersona"' -j calls list
fi
json '.error | startswith("unknown object")' -j frobnicate

# Completion is a script that offers what the tables hold
completes()
{
	local words=$1
	shift
	(
		. "$dir/hvctl.bash"
		COMP_WORDS=(hvctl "$@")
		COMP_CWORD=$#
		_hvctl
		[ "${COMPREPLY[*]}" = "$words" ]
	) && result 0 "completion of '$*'" || result 1 "completion of '$*'"
}
completes 'partition' pa
completes 'list show help' partition ''
completes '--served' calls list --se
completes 'guest root' run --role ''
completes '--privileges' run --role guest --pri
completes '+post-messages' attach --privileges +post
completes '+signal-events,-cpu-management' attach --privileges +signal-events,-cpu
completes '--idle-after' trace 3 --idle

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
