#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# root.sh [OPTION]... [VER]... - Linux as the root partition.
#
# Boots the kernels VER (default: 6.12, Debian's own; 7.3 is a small one with MSHV_ROOT that
# client-kernel.sh builds) in VMs of a nested 6.12 host that are attached as roots, with disk
# and network of virtio. Checks in the guest (root-init) that it runs as root, brings up its CPUs
# and gets the interrupts that it has mapped, and from the host that the calls were made.
# Prints TAP and "N passed, N failed".
#
#  --host VER        kernel of the host (6.12)
#  --keep DIR        copy the guests' consoles and hvctl's answers there

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

# No XSAVE: the emulator does not intercept XSETBV, so that Linux warns of its sizes.
CPU=host,-xsave,kvm=off,hv-relaxed,hv-vpindex,hv-time,hv-synic,hv-stimer
DISK_KIB=1024

host=6.12 keep=
while [ $# -gt 0 ]; do
	case $1 in
	--host) host=$2; shift ;;
	--keep) keep=$2; shift ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || set -- 6.12

. "$here/lib.sh"

# cpus VER - numbers of CPUs to boot it with
cpus()
{
	[ "$1" = 7.3 ] && echo 1 2 4 || echo 1 2
}

quiet_console()
{
	! tr -d '\r' <"$tmp/out/$1.log" | grep -a '^\[' |
		grep -E 'WARNING:|BUG:|Oops|Call Trace|Kernel panic|hv_map_interrupt|Hyper-V status'
}

# is_root NAME CPUS - hvctl sees a root with so many VPs and logical processors, and interrupts
is_root()
{
	cat "$tmp/out/$1.partition"
	jq -e ".partition | [.role, .state, .vps, .logical_processors, .mapped_irqs > 5] ==
		[\"root\", \"active\", $2, $2, true]" "$tmp/out/$1.partition"
}

# made NAME CODE COUNT - the call was served so many times, none in vain
made()
{
	cat "$tmp/out/$1.calls"
	jq -e "[.calls[] | select(.code == $2) | .calls - .errors] | (add // 0) $3" "$tmp/out/$1.calls"
}

"$HVP_RIG/need.sh" gcc libc6-dev busybox-static cpio jq xz-utils
mkdir -p "$tmp/guests"
head -c $((DISK_KIB * 1024)) /dev/urandom >"$tmp/disk"
sum=$(sha1sum <"$tmp/disk")
add=(--add "$tmp/guests:/guests" --add "$here/linux-inside.sh:/linux-inside.sh")
add+=(--add "$tmp/disk:/disk")
personality "$host"
names=()
for ver; do
	mkdir -p "$tmp/guests/$ver"
	if [ "$ver" = 7.3 ]; then
		cp "$("$here/client-kernel.sh" root)" "$tmp/guests/$ver/vmlinuz"
		root_initrd "$tmp/guests/$ver/initrd"
	else
		"$HVP_RIG/kernels.sh" fetch "$ver"
		cp -L "$HVP_CACHE/kernels/$ver/vmlinuz" "$tmp/guests/$ver/"
		root_initrd "$tmp/guests/$ver/initrd" "$ver"
	fi
	for n in $(cpus "$ver"); do
		names+=("$ver-root-$n:$ver:$CPU::$n")
	done
done

say "booting ${#names[@]} Linux roots on $host, about half a minute each"
status=0
"$HVP_RIG/host.sh" --host "$host" --mem 2048 --timeout $((60 + 430 * ${#names[@]})) \
	"${add[@]}" --get "/out:$tmp/out" -- "
	export DEVICES='-drive file=/disk,if=none,id=disk,format=raw,readonly=on
		-device virtio-blk-pci,drive=disk,romfile= -netdev user,id=net
		-device virtio-net-pci,netdev=net,romfile=' APPEND='disk=${sum%% *}'
	sh /linux-inside.sh 'hvctl run --role root --' ${names[*]}" || status=$?

[ -z "$keep" ] || { mkdir -p "$keep" && cp "$tmp"/out/* "$keep/"; }
for variant in "${names[@]}"; do
	name=${variant%%:*} n=${variant##*:}
	if [ ! -e "$tmp/out/$name.exit" ]; then
		check "$name: started" false
		continue
	fi
	guest_checks "$name"
	# 7.3 does by hypercall, 6.12 by ACPI
	check "$name: powers off" powered_off "$name"
	check "$name: nothing on the console to worry about" quiet_console "$name"
	check "$name: is a root with $n VPs on logical processors" is_root "$name" "$n"
	check "$name: 0x0046 GetPartitionId was served" made "$name" 70 '>= 1'
	check "$name: 0x0076 AddLogicalProcessor for all CPUs but the first" \
		made "$name" 118 "== $((n - 1))"
	check "$name: 0x004e CreateVp for all CPUs but the first" made "$name" 78 "== $((n - 1))"
	check "$name: 0x007c MapDeviceInterrupt was served" made "$name" 124 '>= 8'
	check "$name: no partition is left" nothing_left "$name"
done
check "the host kernel ran without complaint" [ "$status" = 0 ]
finish
