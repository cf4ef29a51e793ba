# SPDX-License-Identifier: GPL-2.0
# Common part of the scripts that run other people's programs as clients: numbered TAP
# lines, and what host.sh needs for the personality. Sourced, after rig/lib.sh; sets
# $tmp, a directory that goes away with the script.

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

passed=0 failed=0

# check NAME COMMAND... - one TAP line for the command's exit status; its output
# is shown if it fails
check()
{
	local name=$1
	shift
	if "$@" >"$tmp/why" 2>&1; then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - $name"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed)) - $name"
		sed 's/^/# | /' "$tmp/why"
	fi
}

# relay PREFIX - number the "ok - NAME", "not ok - NAME" and "# REMARK" lines of
# stdin, which may be a serial line's; all others are dropped
relay()
{
	local line
	while read -r line; do
		case ${line%$'\r'} in
		'ok - '*) check "$1${line#ok - }" true ;;
		'not ok - '*) check "$1${line#not ok - }" false ;;
		'# '*) echo "${line%$'\r'}" ;;
		esac
	done
}

# personality HOST - build module and hvctl, unless HVP_MODULE and HVP_HVCTL name
# them; add them to the array "add" of options for host.sh
personality()
{
	local module=${HVP_MODULE:-} hvctl=${HVP_HVCTL:-$HVP_TOP/tools/hvctl/hvctl}
	[ -n "$module" ] || module=$("$HVP_RIG/build.sh" "$1")
	[ -n "${HVP_HVCTL:-}" ] || (locked hvctl; make -s -C "$HVP_TOP" hvctl >&2)
	add+=(--add "$module:/hvpersona.ko" --add "$hvctl:/usr/bin/hvctl")
}

# pack_initrd FILE INIT - $tmp/root, with busybox and INIT as its init, becomes the initrd FILE
pack_initrd()
{
	local clients=$HVP_TOP/tests/clients
	mkdir -p "$tmp/root/bin" "$(dirname "$1")"
	cp /bin/busybox "$tmp/root/bin/"
	cp "$clients/init-lib" "$tmp/root/"
	install "$clients/$2" "$tmp/root/init"
	(cd "$tmp/root" && find . | cpio --quiet -o -H newc -R 0:0) >"$1"
	rm -rf "$tmp/root"
}

# kernel_module VER PATH FILE - that module of the Debian kernel VER, unpacked; PATH without suffix.
# None if it is built in
kernel_module()
{
	local file
	for file in "$HVP_CACHE/kernels/$1"/root/lib/modules/*/kernel/"$2".ko*; do
		case $file in
		*.xz) xz -dc "$file" >"$3" ;;
		*.ko) cp "$file" "$3" ;;
		esac
	done
}

# linux_initrd FILE [VER] - a root file system for Linux guests: busybox, linux-init,
# workload, and for the Debian kernel VER its VMBus driver
linux_initrd()
{
	mkdir -p "$tmp/root/bin"
	gcc -O2 -Wall -static -pthread -s -o "$tmp/root/bin/workload" \
		"$HVP_TOP/tests/clients/workload.c"
	[ -z "${2-}" ] || kernel_module "$2" drivers/hv/hv_vmbus "$tmp/root/hv_vmbus.ko"
	pack_initrd "$1" linux-init
}

# root_initrd FILE [VER] - one for Linux roots: busybox, root-init, and for the Debian kernel VER
# its drivers of virtio disk and network, in the order in which they are loaded
root_initrd()
{
	local module n=10
	mkdir -p "$tmp/root/modules"
	for module in ${2:+drivers/virtio/virtio drivers/virtio/virtio_ring
			drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci_legacy_dev
			drivers/virtio/virtio_pci drivers/block/virtio_blk
			net/core/failover drivers/net/net_failover drivers/net/virtio_net}; do
		kernel_module "$2" "$module" "$tmp/root/modules/$n-${module##*/}.ko"
		n=$((n + 1))
	done
	pack_initrd "$1" root-init
}

# vtl_initrd FILE - one for a Linux in VTL2: busybox, vtl-init, and vtlcheck
vtl_initrd()
{
	mkdir -p "$tmp/root/bin"
	gcc -O2 -Wall -static -s -o "$tmp/root/bin/vtlcheck" "$HVP_TOP/tests/clients/vtlcheck.c"
	pack_initrd "$1" vtl-init
}

# guest_checks NAME - what the guest found
guest_checks()
{
	relay "$1: " <"$tmp/out/$1.log"
	grep -aq 'guest ready' "$tmp/out/$1.log" ||
		tail -n 30 "$tmp/out/$1.log" | tr -d '\r' | sed 's/^/# | /'
}

# powered_off NAME - its VMM ended by itself, and well
powered_off()
{
	cat "$tmp/out/$1.exit"
	[ "$(cat "$tmp/out/$1.exit")" = 0 ]
}

# nothing_left NAME - hvctl listed no partition after its end
nothing_left()
{
	cat "$tmp/out/$1.left"
	jq -e '.partitions | length == 0' "$tmp/out/$1.left"
}

# finish - plan and summary; the script's exit status
finish()
{
	echo "1..$((passed + failed))"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
