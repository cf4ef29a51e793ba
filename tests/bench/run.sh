#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [--rounds N] [HOST] - instructions per hypercall, ours beside KVM's own.
#
# Boots the host kernel HOST (6.12) with one CPU whose TSC counts executed instructions,
# and runs the guest program bench.c in it as a VM that is not attached, one that is not
# attached while a claim keeps the exit hook in place, an attached one, the root of
# an instance with children, one whose statistics somebody reads, and one under a module that
# counts nothing; N times (1).
# Prints TSV on stdout:
#
#  what       the exit
#  path       who handles it: kvm (nobody else is there), hooked (KVM, behind the hook of
#             another VM), hvpersona, root (hvpersona, calls of a parent), watched (hvpersona,
#             with times), uncounted (hvpersona, built without statistics)
#  median     instructions per exit, of 1000 after a warm-up, or per element of a list,
#             of 40
#  minimum, p95   the spread
#  per_cpuid  median relative to the CPUID exit of the same VM
#
# then, behind "# ", the targets and whether they are met: "N passed, N failed". Of
# several rounds the smallest median counts; "# spread" lines tell how they differ.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

host=6.12 rounds=1
while [ $# -gt 0 ]; do
	case $1 in
	--rounds) rounds=$2; shift ;;
	-*) usage ;;
	*) known_kernel "$1"; host=$1 ;;
	esac
	shift
done

"$HVP_RIG/need.sh" make gcc binutils
out=$HVP_CACHE/out/bench
# The guest programs' rules and library, with this directory's source
make -s -C "$here/../guest" VPATH=../bench OUT="$out" "$out/bench.elf" >&2
module=${HVP_MODULE:-$("$HVP_RIG/build.sh" "$host")}
uncounted=$("$HVP_RIG/build.sh" --apart uncounted "$host" KCFLAGS=-DHVP_UNCOUNTED)
hvctl=${HVP_HVCTL:-$HVP_TOP/tools/hvctl/hvctl}
[ -n "${HVP_HVCTL:-}" ] || make -s -C "$HVP_TOP" hvctl >&2

say "measuring on $host; every instruction is counted, this takes a minute or two"
"$HVP_RIG/host.sh" --icount --host "$host" --timeout 900 --add "$module:/hvpersona.ko" \
	--add "$uncounted:/uncounted.ko" --add "$hvctl:/usr/bin/hvctl" --add "$out/bench.elf:/bench.elf" \
	--add "$here/inside.sh:/inside.sh" -- "/inside.sh $rounds" | awk -f "$here/report.awk"
