#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [OPTION]... [PROGRAM]... - the module on kvm-intel, in Bochs.
#
# QEMU's emulator has no VMX; that of Debian's bochs has, with EPT. It boots the stock
# 6.12 kernel from a GRUB image, loads kvm-intel and the module, runs the programs of
# tests/guest under the small VMM of vmm.c (QEMU itself would take too long) and unloads
# the module. Without names, all variants that need no device of QEMU's are run (see
# tests/guest/run.sh --list). Prints TAP and "N passed, N failed". Takes two minutes of
# processor time.
#
#  --timeout S       for the whole run (1800)
#  --amd             the same programs and VMM on kvm-amd, in QEMU: to see what is ours
#  --host VER        kernel of that host (6.12)
#  HVP_MODULE, HVP_HVCTL    take these instead of building them

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

CPU=corei7_haswell_4770		# VMX with EPT, VPID, unrestricted guest, APICv
IPS=100000000			# emulated instructions per emulated second
KERNEL=6.12
MODULES=(irqbypass kvm kvm-intel)
LIB=lib/x86_64-linux-gnu

limit=1800 amd=''
while [ $# -gt 0 ]; do
	case $1 in
	--timeout) limit=$2; shift ;;
	--amd) amd=1 ;;
	--host) KERNEL=$2; shift ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done

tmp=$(mktemp -d)
pids=()
# stop - end the processes that run beside the script
stop()
{
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	pids=()
}
trap 'stop; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# variants [PROGRAM]... - lines of run.sh --list whose VM needs neither a device of QEMU's
# other than edu, in whose place there is one of vmm.c's own, nor a peer; those that are killed
# at the end
variants()
{
	"$here/../guest/run.sh" --list "$@" | awk -F'|' -v OFS='|' '
		{ sub(/^-device edu$/, "", $6) }
		$6 == "" && $8 == "" { print $0, $7 != "" && $7 != "off" }' | sort -s -t '|' -k 9,9 | cut -d '|' -f 1-8
}

# init - the host's /init
init()
{
	cat <<-EOF
	#!/bin/sh
	export PATH=/usr/bin:/bin HOME=/
	mount -t devtmpfs dev /dev
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t tmpfs tmp /tmp
	for mod in ${MODULES[*]}; do
		insmod /modules/\$mod.ko
	done
	cd /
	LIMIT=100 /inside.sh 2>&1
	echo "intel: end"
	poweroff -f
	EOF
}

# initramfs OUT - busybox, kvm-intel, the module, hvctl with its libraries, VMM, programs
initramfs()
{
	local root=$tmp/root cache=$HVP_CACHE/kernels/$KERNEL name
	mkdir -p "$root"/{bin,dev,proc,sys,tmp,guest,modules,usr/bin,$LIB}
	ln -s lib "$root/lib64"
	ln -s x86_64-linux-gnu/ld-linux-x86-64.so.2 "$root/lib/"
	for name in $(/bin/busybox --list); do
		ln -s busybox "$root/bin/$name"
	done
	cp --remove-destination /bin/busybox "$root/bin/"
	for name in "${MODULES[@]}"; do
		name=$(modinfo -b "${cache}/root" -k "$(cat "$cache/release")" -F filename "$name")
		xz -dc "$name" >"$root/modules/$(basename "$name" .xz)"
	done
	strip -g -o "$root/hvpersona.ko" "$module"
	install "$hvctl" "$root/usr/bin/hvctl"
	ldd "$hvctl" | grep -oE '/[^ ]+' | xargs cp -Lt "$root/$LIB/"
	cp "$tmp/vmm" "$tmp/variants" "$here/inside.sh" "$here/../guest/common.sh" "$root/"
	for name in "${programs[@]}"; do
		strip -g -o "$root/guest/$name.elf" "$out/$name.elf"
	done
	init >"$root/init"
	chmod 755 "$root/init"
	(cd "$root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) >"$1"
}

# image OUT - a CD that boots the stock kernel
image()
{
	local boot=$tmp/iso/boot
	mkdir -p "$boot/grub"
	cp "$HVP_CACHE/kernels/$KERNEL/vmlinuz" "$boot/"
	initramfs "$boot/initrd"
	cat >"$boot/grub/grub.cfg" <<-EOF
	linux /boot/vmlinuz console=ttyS0,115200 loglevel=4 oops=panic tsc=reliable no_timer_check cryptomgr.notests
	initrd /boot/initrd
	boot
	EOF
	grub-mkrescue -o "$1" "$tmp/iso" >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		die "grub-mkrescue failed"
	}
}

# bochs_host - boots the image and prints its serial line until the programs are done
bochs_host()
{
	local bochs lines line
	image "$tmp/cd.iso"
	cat >"$tmp/bochsrc" <<-EOF
	config_interface: textconfig
	display_library: x
	romimage: file=/usr/share/bochs/BIOS-bochs-latest
	vgaromimage: file=/usr/share/vgabios/vgabios.bin
	cpu: model=$CPU, count=1, ips=$IPS, reset_on_triple_fault=0, ignore_bad_msrs=1
	memory: guest=512, host=512
	clock: sync=none
	ata0-master: type=cdrom, path=$tmp/cd.iso, status=inserted
	boot: cdrom
	com1: enabled=1, mode=file, dev=$tmp/serial
	speaker: enabled=0
	log: $tmp/bochs.log
	debugger_log: -
	panic: action=fatal
	error: action=ignore
	info: action=ignore
	debug: action=ignore
	EOF
	Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp 3>"$tmp/display" 2>"$tmp/log" &
	pids+=($!)
	while ! [ -s "$tmp/display" ]; do
		kill -0 "${pids[0]}" 2>/dev/null || die "Xvfb: $(cat "$tmp/log")"
		sleep 0.2
	done
	# Debian's build has the debugger, which waits for "c"
	echo c >"$tmp/continue"
	: >"$tmp/serial"
	DISPLAY=:$(cat "$tmp/display") nice -n 3 timeout -k 5 "$limit" bochs-bin -q \
		-f "$tmp/bochsrc" -rc "$tmp/continue" </dev/null >"$tmp/log" 2>&1 &
	bochs=$!
	pids+=("$bochs")

	exec {lines}< <(exec tail -n +1 -s 0.5 -f --pid="$bochs" "$tmp/serial" 2>/dev/null)
	pids+=($!)
	while read -r -u "$lines" line; do
		case $line in
		*'intel: end'*) return ;;
		esac
		printf '%s\n' "$line"
		case $line in
		*'Kernel panic'*) return ;;
		esac
	done
	echo "# Bochs ended or took more than $limit s; its last words, and those of the console:"
	tail -q -n 5 "$tmp/log" "$tmp/bochs.log" | sed 's/^/# | /'
	tail -n 20 "$tmp/serial" | sed 's/^/# | /'
}

amd_host()
{
	local add=() name
	for name in "${programs[@]}"; do
		add+=(--add "$out/$name.elf:/guest/$name.elf")
	done
	"$HVP_RIG/host.sh" --host "$KERNEL" --timeout "$limit" --add "$module:/hvpersona.ko" \
		--add "$hvctl:/usr/bin/hvctl" --add "$tmp/vmm:/vmm" --add "$tmp/variants:/variants" \
		--add "$here/inside.sh:/inside.sh" --add "$here/../guest/common.sh:/common.sh" \
		"${add[@]}" -- /inside.sh
}

# result OK TEXT - a TAP line, numbered; OK is "ok" or "not ok"
result()
{
	if [ "$1" = ok ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	echo "$1 $((passed + failed)) - $2"
}

# finish - the end of a program, which must have announced as many results as it had by then
finish()
{
	[ -z "$name" ] || [ -n "$planned" ] || result 'not ok' "$name ran to its end"
}

# report - TAP of all programs on stdin, with one numbering, line by line
report()
{
	local name='' seen=0 planned='' line passed=0 failed=0
	while IFS= read -r line; do
		line=${line%$'\r'}
		if [[ $line = 'program '* ]]; then
			finish
			name=${line#program } seen=0 planned=''
			echo "# $name"
		elif [[ $line =~ ^((not )?ok)\ ([0-9]+\ )?-\ (.*) ]]; then
			seen=$((seen + 1))
			result "${BASH_REMATCH[1]}" "${BASH_REMATCH[4]}"
		elif [[ $line =~ ^1\.\.([0-9]+)$ ]]; then
			[ "${BASH_REMATCH[1]}" != "$seen" ] || planned=1
		elif [[ $line = '#'* ]]; then
			echo "$line"
		elif [ -n "$name" ]; then
			echo "# | $line"
		fi
	done
	finish
	[ "$name" = afterwards ] || result 'not ok' "all programs ran"
	echo "1..$((passed + failed))"
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}

known_kernel "$KERNEL"
"$HVP_RIG/kernels.sh" fetch "$KERNEL"
"$HVP_RIG/need.sh" gcc libc6-dev make binutils kmod cpio xz-utils busybox-static
[ -n "$amd" ] || "$HVP_RIG/need.sh" bochs bochs-x bochsbios vgabios xvfb grub-pc-bin grub-common \
	xorriso mtools
variants "$@" >"$tmp/variants"
[ -s "$tmp/variants" ] || die "none of these programs has a variant without QEMU's devices"
mapfile -t programs < <(cut -d '|' -f 1 "$tmp/variants" | sort -u)

out=$HVP_CACHE/out/guest
(locked guest; make -s -C "$here/../guest" OUT="$out")
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -pthread -o "$tmp/vmm" "$here/vmm.c"
module=${HVP_MODULE:-$("$HVP_RIG/build.sh" "$KERNEL")}
hvctl=${HVP_HVCTL:-$HVP_TOP/tools/hvctl/hvctl}
[ -n "${HVP_HVCTL:-}" ] || (locked hvctl; make -s -C "$HVP_TOP" hvctl >&2)

exec {tap}> >(report)
reporter=$!
if [ -n "$amd" ]; then
	amd_host >&"$tap" || true
else
	say "booting Linux $KERNEL in Bochs; the first results come in one to three minutes"
	bochs_host >&"$tap"
fi
# The reporter ends when nobody holds its input any more
stop
exec {tap}>&-
wait "$reporter"
