#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vtl.sh [OPTION]... - Linux in VTL2.
#
# Boots a small Linux 7.3 with MSHV_VTL (client-kernel.sh) in VMs of a nested 6.12 host that begin in
# VTL2, with 1 and 4 CPUs. Checks in the guest (vtl-init) that it runs there, brings up its CPUs by
# hypercall and has /dev/mshv, and that code runs in VTL0 and its intercepts come back (vtlcheck.c);
# and from the host that the calls were made. Prints TAP and "N passed, N failed".
#
#  --host VER        kernel of the host (6.12)
#  --keep DIR        copy the guests' consoles and hvctl's answers there

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

CPU=host,kvm=off,hv-relaxed,hv-vpindex,hv-time,hv-synic,hv-stimer

host=6.12 keep=
while [ $# -gt 0 ]; do
	case $1 in
	--host) host=$2; shift ;;
	--keep) keep=$2; shift ;;
	*) usage ;;
	esac
	shift
done

. "$here/lib.sh"

quiet_console()
{
	! tr -d '\r' <"$tmp/out/$1.log" | grep -a '^\[' |
		grep -E 'WARNING:|BUG:|Oops|Call Trace|Kernel panic|HVCALL_|Hyper-V status'
}

# begins_in_vtl2 NAME CPUS
begins_in_vtl2()
{
	cat "$tmp/out/$1.partition"
	jq -e ".partition | [.role, .state, .vps, .first_vtl] == [\"guest\", \"active\", $2, 2]" \
		"$tmp/out/$1.partition"
}

# made NAME CODE COUNT - the call was made so many times
made()
{
	cat "$tmp/out/$1.calls"
	jq -e "[.calls[] | select(.code == $2) | .calls] | (add // 0) $3" "$tmp/out/$1.calls"
}

"$HVP_RIG/need.sh" gcc libc6-dev busybox-static cpio jq
mkdir -p "$tmp/guests/7.3"
cp "$("$here/client-kernel.sh" vtl)" "$tmp/guests/7.3/vmlinuz"
vtl_initrd "$tmp/guests/7.3/initrd"
add=(--add "$tmp/guests:/guests" --add "$here/linux-inside.sh:/linux-inside.sh")
personality "$host"
names=(vtl2-1:7.3:$CPU::1 vtl2-4:7.3:$CPU::4)

say "booting ${#names[@]} Linux kernels in VTL2 on $host, about half a minute each"
status=0
"$HVP_RIG/host.sh" --host "$host" --mem 2048 --timeout $((60 + 430 * ${#names[@]})) \
	"${add[@]}" --get "/out:$tmp/out" -- "
	export APPEND='noxsave mem=192M'
	sh /linux-inside.sh 'hvctl run --vtl 2 --' ${names[*]}" || status=$?

[ -z "$keep" ] || { mkdir -p "$keep" && cp "$tmp"/out/* "$keep/"; }
for variant in "${names[@]}"; do
	name=${variant%%:*} n=${variant##*:}
	if [ ! -e "$tmp/out/$name.exit" ]; then
		check "$name: started" false
		continue
	fi
	guest_checks "$name"
	check "$name: powers off" powered_off "$name"
	check "$name: nothing on the console to worry about" quiet_console "$name"
	check "$name: is a guest with $n VPs that begins in VTL2" begins_in_vtl2 "$name" "$n"
	check "$name: 0x000f EnableVpVtl for all CPUs but the first" made "$name" 15 "== $((n - 1))"
	check "$name: 0x0099 StartVirtualProcessor likewise" made "$name" 153 "== $((n - 1))"
	check "$name: 0x0012 VtlReturn" made "$name" 18 ">= $((3 * n))"
	check "$name: no partition is left" nothing_left "$name"
done
check "the host kernel ran without complaint" [ "$status" = 0 ]
finish
