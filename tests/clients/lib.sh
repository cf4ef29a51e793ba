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

# linux_initrd FILE [VER] - a root file system for Linux guests: busybox, linux-init,
# workload, and for the Debian kernel VER its VMBus driver
linux_initrd()
{
	local clients=$HVP_TOP/tests/clients driver
	mkdir -p "$tmp/root/bin" "$(dirname "$1")"
	gcc -O2 -Wall -static -pthread -s -o "$tmp/root/bin/workload" "$clients/workload.c"
	cp /bin/busybox "$tmp/root/bin/"
	install "$clients/linux-init" "$tmp/root/init"
	for driver in ${2:+"$HVP_CACHE/kernels/$2"/root/lib/modules/*/kernel/drivers/hv/hv_vmbus.ko*}; do
		case $driver in
		*.xz) xz -dc "$driver" ;;
		*) cat "$driver" ;;
		esac >"$tmp/root/hv_vmbus.ko"
	done
	(cd "$tmp/root" && find . | cpio --quiet -o -H newc -R 0:0) >"$1"
}

# finish - plan and summary; the script's exit status
finish()
{
	echo "1..$((passed + failed))"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
