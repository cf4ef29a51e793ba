#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# linux.sh [OPTION]... [VER]... - stock Debian kernels as attached guests.
#
# Boots the kernels VER (default: 6.12 6.1) with two CPUs on a nested 6.12 host, as
# partitions in the guest role, with the Hyper-V flags of stock QEMU, with them and
# QEMU's VMBus, and without any. Checks in the guest (linux-init) that Linux sees Hyper-V and
# works with its calls, and from the host that the personality served them, that
# the guest powers off and that nothing of it is left. Prints TAP and
# "N passed, N failed".
#
#  --host VER        kernel of the host (6.12)
#  --absent          for comparison: hvpersona is not loaded, and QEMU's flags
#                    make KVM alone serve the same calls
#  --keep DIR        copy the guests' consoles and hvctl's answers there

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

# No XSAVE: the emulator does not intercept XSETBV, so that Linux warns of its sizes.
CPU=host,-xsave
FLAGS=hv-relaxed,hv-vpindex,hv-time,hv-synic,hv-stimer
CPUS=("flags:$CPU,$FLAGS" "vmbus:$CPU,$FLAGS:vmbus-bridge" "plain:$CPU")
# Calls that the guest's workload must have made, each alternative of Linux:
# flushes of an address space or list (with VP masks or sets), and IPIs.
FLUSH='[2, 3, 19, 20]'
IPI='[11, 21]'

host=6.12 launcher='hvctl run --role guest --' keep=
while [ $# -gt 0 ]; do
	case $1 in
	--host) host=$2; shift ;;
	--keep) keep=$2; shift ;;
	--absent)
		launcher=
		CPUS=("kvm:$CPU,kvm=off,$FLAGS,hv-tlbflush,hv-ipi:vmbus-bridge")
		;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || set -- 6.12 6.1

. "$here/lib.sh"

quiet_console()
{
	! tr -d '\r' <"$tmp/out/$1.log" | grep -a '^\[' |
		grep -E 'WARNING:|BUG:|Oops|Call Trace|Kernel panic'
}

# served NAME CODES - the personality served calls with one of these codes
served()
{
	cat "$tmp/out/$1.calls"
	jq -e "[.calls[] | select(.code | IN(${2}[])) | .calls] | add > 0" "$tmp/out/$1.calls"
}

has_partition()
{
	cat "$tmp/out/$1.partitions"
	jq -e '.partitions | map([.role, .state, .vps]) == [["guest", "active", 2]]' \
		"$tmp/out/$1.partitions"
}

"$HVP_RIG/need.sh" gcc libc6-dev busybox-static cpio jq xz-utils

add=(--add "$tmp/guests:/guests" --add "$here/linux-inside.sh:/linux-inside.sh")
names=()
for ver; do
	known_kernel "$ver"
	"$HVP_RIG/kernels.sh" fetch "$ver"
	mkdir -p "$tmp/guests/$ver"
	cp -L "$HVP_CACHE/kernels/$ver/vmlinuz" "$tmp/guests/$ver/"
	linux_initrd "$tmp/guests/$ver/initrd" "$ver"
	for cpu in "${CPUS[@]}"; do
		names+=("$ver-${cpu%%:*}:$ver:${cpu#*:}")
	done
done
[ -z "$launcher" ] || personality "$host"

say "booting ${#names[@]} Linux guests on $host, about half a minute each"
status=0
"$HVP_RIG/host.sh" --host "$host" --mem 2048 --timeout $((60 + 430 * ${#names[@]})) \
	"${add[@]}" --get "/out:$tmp/out" -- \
	"sh /linux-inside.sh '$launcher' ${names[*]}" || status=$?

[ -z "$keep" ] || { mkdir -p "$keep" && cp "$tmp"/out/* "$keep/"; }
for name in "${names[@]%%:*}"; do
	if [ ! -e "$tmp/out/$name.exit" ]; then
		check "$name: started" false
		continue
	fi
	guest_checks "$name"
	check "$name: powers off" powered_off "$name"
	check "$name: nothing on the console to worry about" quiet_console "$name"
	[ -n "$launcher" ] || continue
	check "$name: is a partition with 2 VPs" has_partition "$name"
	check "$name: TLB flush calls were served" served "$name" "$FLUSH"
	check "$name: IPI calls were served" served "$name" "$IPI"
	check "$name: no partition is left" nothing_left "$name"
done
check "the host kernel ran without complaint" [ "$status" = 0 ]
finish
