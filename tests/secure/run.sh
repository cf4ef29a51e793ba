#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [OPTION]... [CPUS]... - a stock Linux in VTL0, guarded by a program in VTL1.
#
# On a nested host boots monitor.c, which goes to VTL1 and starts a stock Debian kernel in VTL0, with so
# many CPUs (1 4). The guest asks for protection of its text, its read-only data, and against kernel-mode
# execution of anything else, then attacks itself (guest-init, vtl0/vtl0.c): VTL1 catches and reports it,
# and the guest goes on. Prints TAP and "N passed, N failed".
#
#  --host VER        kernel of the host (6.12)
#  --show            show it instead: make demo-vtl
#  --keep DIR        copy what guest and VTL1 say there

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

host=6.12 keep='' show=''
while [ $# -gt 0 ]; do
	case $1 in
	--host) host=$2; shift ;;
	--keep) keep=$2; shift ;;
	--show) show=1 ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || if [ -n "$show" ]; then set -- 2; else set -- 1 4; fi

. "$here/../clients/lib.sh"

# says NAME TEXT - VTL1 does
says() { cat "$tmp/out/$1.vtl1"; grep -qE "$2" "$tmp/out/$1.vtl1"; }
# times NAME TEXT NUMBER
times() { cat "$tmp/out/$1.vtl1"; [ "$(grep -cE "$2" "$tmp/out/$1.vtl1")" = "$3" ]; }

"$HVP_RIG/need.sh" gcc make libc6-dev dwarves busybox-static cpio jq
"$HVP_RIG/kernels.sh" fetch 6.12
mkdir -p "$tmp/guest" "$tmp/root"
make -s -C "$here/../guest" OUT="$tmp/build" "$tmp/build/monitor.elf" >&2
cp "$tmp/build/monitor.elf" "$tmp/guest/"
cp -r "$here/vtl0" "$tmp/vtl0"
make -s -C "$HVP_CACHE/kernels/6.12/build" M="$tmp/vtl0" modules >"$tmp/log" 2>&1 ||
	{ cat "$tmp/log" >&2; die "the module vtl0 does not build"; }
cp "$tmp/vtl0/vtl0.ko" "$tmp/root/"
cp "$here/guest-init" "$tmp/guest-init"
pack_initrd "$tmp/guest/initrd" "../secure/guest-init"
cp -L "$HVP_CACHE/kernels/6.12/vmlinuz" "$tmp/guest/"
add=(--add "$tmp/guest:/guest" --add "$here/inside.sh:/inside.sh")
personality "$host"

say "booting a guarded Linux on $host with $* CPUs, about a minute each"
status=0
"$HVP_RIG/host.sh" --host "$host" --mem 2048 --timeout $((60 + 320 * $#)) "${add[@]}" \
	--get "/out:$tmp/out" -- "SHOW=$show sh /inside.sh $*" || status=$?
[ -z "$keep" ] || { mkdir -p "$keep" && cp "$tmp"/out/* "$keep/"; }
[ -z "$show" ] || exit "$status"

for n; do
	if [ ! -e "$tmp/out/$n.exit" ]; then
		check "$n CPUs: started" false
		continue
	fi
	guest_checks "$n"
	check "$n: VTL1 reports what it protects" says "$n" '[1-9][0-9]{3,} pages of text, [1-9][0-9]{2,} of read-only'
	check "$n: two writes" times "$n" 'write of 0x[0-9a-f]+ by .* refused' 2
	check "$n: an execution" times "$n" 'execution of 0x[0-9a-f]+ by .* refused' 1
	check "$n: three reads of its own memory" times "$n" 'read of 0x20000[0-2] by .* refused' 3
	check "$n: powers off" powered_off "$n"
	check "$n: no partition is left" nothing_left "$n"
done
check "the host kernel ran without complaint" [ "$status" = 0 ]
finish
