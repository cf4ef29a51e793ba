#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# /init of the nested host: mounts, modules, the commands of /hvp/cmd, the files
# of /hvp/get, power off. Output leaves through one virtio-serial port, files and
# the exit status as a tar stream through another; the console is the kernel's.
# A kernel with kmemleak must be without leaks once hvpersona is unloaded.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t debugfs debug /sys/kernel/debug
mount -t tracefs trace /sys/kernel/tracing
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
hostname host
ip link set lo up 2>/dev/null

# With a path: the applets of busybox, which the shell prefers, do not read
# module parameters from the kernel command line.
for mod in virtio_pci virtio_console; do
	/usr/bin/modprobe -q $mod
done
while ! [ -c /dev/vport0p1 ] || ! [ -c /dev/vport0p2 ]; do
	usleep 10000
done

[ -e /hvp/no-kvm ] || /usr/bin/modprobe kvm_amd >/hvp/log 2>&1 || cat /hvp/log >/dev/vport0p1
echo '<1>hvp: commands start' >/dev/kmsg
cd /
. /hvp/env
/bin/sh /hvp/cmd </dev/null >/dev/vport0p1 2>&1
echo $? >/hvp/status

leaks=/sys/kernel/debug/kmemleak
if [ -e $leaks ]; then
	[ ! -d /sys/module/hvpersona ] || rmmod hvpersona
	echo scan >$leaks
	sleep 6		# younger objects are not reported
	echo scan >$leaks
	cat $leaks >/hvp/log
	[ ! -s /hvp/log ] || echo "<1>kmemleak: 1 or more leaks" >/dev/kmsg
	while read -r line; do
		echo "<1>  $line" >/dev/kmsg
	done </hvp/log
fi

set -- hvp/status
while read -r file; do
	if [ -e "$file" ]; then
		set -- "$@" "${file#/}"
	fi
done </hvp/get
tar -c -h -f /dev/vport0p2 "$@" 2>/hvp/log || cat /hvp/log >/dev/vport0p1
[ -d /sys/firmware/acpi ] && poweroff -f
reboot -f	# QEMU ends at that, too
