#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stress.sh [OPTION]... [CYCLES] - load, unload, attach, detach and kill under running guests.
#
# On a nested host (6.12): loads and unloads hvpersona CYCLES times (100) while an
# unattached guest spins on exits, each time with the exit hook in place because
# another VM is attached; then ends attached VMs in every way and order there is,
# each time with the module unloaded at once. The unattached guest must run on,
# and never see a different CPUID leaf or hypercall answer. Prints TAP and
# "N passed, N failed".
#
#  --host VER        kernel of the host (6.12)
#  --smp N           CPUs of the host (1)

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

host=6.12 smp=1
while [ $# -gt 0 ]; do
	case $1 in
	--host) host=${2-}; shift ;;
	--smp) smp=${2-}; shift ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
cycles=${1:-100}
[[ $# -le 1 && $cycles =~ ^[0-9]+$ ]] || usage
known_kernel "$host"

. "$here/lib.sh"

add=()
personality "$host"
"$here/spin.sh" "$tmp/spin.bin"
say "$cycles cycles of load and unload on $host, about 3 s each; then attach, detach and kill"
add+=(--add "$tmp/spin.bin:/spin.bin" --add "$here/stress-inside.sh:/stress-inside.sh")
status=0
"$HVP_RIG/host.sh" --host "$host" --smp "$smp" --timeout $((900 + 20 * cycles)) \
	"${add[@]}" -- "sh /stress-inside.sh $cycles" | tee "$tmp/log" |
	{ grep --line-buffered '^# [0-9]' >&2 || true; } || status=$?
relay '' <"$tmp/log"
check "the host kernel ran without complaint" [ "$status" = 0 ]
finish
