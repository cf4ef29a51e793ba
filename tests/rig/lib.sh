# SPDX-License-Identifier: GPL-2.0
# Common part of the rig scripts; sourced, not run.
#
# Sets HVP_CACHE (downloads, kernels, build outputs) and HVP_TOP (the checkout).

HVP_CACHE=${HVP_CACHE:-$HOME/.cache/hvpersona}
HVP_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HVP_RIG=$HVP_TOP/tests/rig
export HVP_CACHE
mkdir -p "$HVP_CACHE"

# The kernels everything is built for and tested on, oldest first.
HVP_KERNELS=(6.1 6.12 7.3)
# Hosts that check themselves, built by tests/debug/kernel.sh.
HVP_DEBUG_KERNELS=(debug kcsan)

# say TEXT... - progress of anything longer than a few seconds, on stderr
say()
{
	printf '%s\n' "rig: $*" >&2
}

die()
{
	printf '%s\n' "${0##*/}: $*" >&2
	exit 1
}

# usage - print the calling script's header comment and exit
usage()
{
	sed -n '3,/^$/ { s/^# \{0,1\}//p }' "$0" >&2
	exit 2
}

# locked NAME - hold the lock NAME of the cache until the script, or subshell, ends, so
# that two scripts which need the same thing make it once
locked()
{
	exec {HVP_LOCK}>"$HVP_CACHE/.lock-$1"
	flock -n "$HVP_LOCK" || {
		say "waiting for another process that prepares $1"
		flock "$HVP_LOCK"
	}
}

# debug_kernel VER - whether VER is one of the debug hosts
debug_kernel()
{
	[[ " ${HVP_DEBUG_KERNELS[*]} " == *" $1 "* ]]
}

# known_kernel VER - fail unless VER is one of them, or a debug host
known_kernel()
{
	local ver
	for ver in "${HVP_KERNELS[@]}" "${HVP_DEBUG_KERNELS[@]}"; do
		[ "$ver" != "$1" ] || return 0
	done
	die "unknown kernel '$1': expected one of ${HVP_KERNELS[*]} ${HVP_DEBUG_KERNELS[*]}"
}
