#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# inside.sh CPUS... - the part of run.sh that runs on the nested host: boots the guarded Linux with so many
# CPUs. With $SHOW it shows what the guest and VTL1 say. Leaves in /out: N.log (the guest's serial line),
# N.vtl1 (what VTL1 reports), N.exit, N.calls and N.left.

show() { [ -z "$SHOW" ] || printf "$@"; }

# Lines of a file as they come, but of Linux' those that tell something
follow()
{
	tail -n +1 -f "$1" | while read -r line; do
		case $line in
		'VTL1: '*|'ok - '*|'not ok - '*|'# '*|*'Linux version'*|*'general protection fault'*)
			printf '  %s| %.120s\n' "$2" "${line%$(printf '\r')}" ;;
		esac
	done
}

boot()
{
	n=$1 log=/out/$1.log
	rm -f /tmp/in
	mkfifo /tmp/in
	: >$log
	: >/out/$n.vtl1
	show '\n\033[1mhost#\033[0m hvctl run --vsm -- qemu-system-x86_64 -smp %s -kernel monitor.elf \\\n' "$n"
	show '          -initrd "vmlinuz ...,initrd" ...\n'
	hvctl run --vsm --role guest -- qemu-system-x86_64 -machine pc,accel=kvm -smp $n -m 256 \
		-cpu host,-xsave,kvm=off,hv-relaxed,hv-vpindex,hv-time,hv-synic,hv-stimer \
		-nodefaults -display none -no-reboot -serial stdio \
		-chardev file,id=vtl1,path=/out/$n.vtl1 -device isa-debugcon,iobase=0x4e9,chardev=vtl1 \
		-kernel /guest/monitor.elf \
		-initrd "/guest/vmlinuz console=ttyS0 quiet panic=-1 cpus=$n,/guest/initrd" \
		</tmp/in >>$log 2>&1 &
	vmm=$!
	exec 3>/tmp/in
	if [ -n "$SHOW" ]; then
		follow $log linux &
		follow /out/$n.vtl1 vtl1 &
	fi
	tries=0
	until grep -q 'guest ready' $log; do
		tries=$((tries + 1))
		[ $tries -lt 2400 ] && kill -0 $vmm 2>/dev/null || break
		usleep 100000
	done
	sleep 1
	[ -z "$SHOW" ] || killall -PIPE tail
	hvctl -j calls stats >/out/$n.calls 2>&1
	if [ -n "$SHOW" ]; then
		show '\n\033[1mhost#\033[0m hvctl calls stats\n'
		hvctl calls stats
	fi
	echo 'poweroff -f' >&3
	tries=0
	while kill -0 $vmm 2>/dev/null && [ $tries -lt 300 ]; do
		tries=$((tries + 1))
		usleep 100000
	done
	verdict=
	kill -9 $vmm 2>/dev/null && verdict='did not power off'
	exec 3>&-
	wait $vmm
	echo "${verdict:-$?}" >/out/$n.exit
	hvctl -j partition list >/out/$n.left
}

mkdir -p /out
insmod /hvpersona.ko || exit 1
for cpus; do
	boot $cpus
done
rmmod hvpersona
