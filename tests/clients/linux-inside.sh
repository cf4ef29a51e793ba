#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# linux-inside.sh LAUNCHER VARIANT... - boot Linux guests in the nested host; see linux.sh.
#
# VARIANT is NAME:KERNEL:CPU[:DEVICE[:SMP]]. QEMU is started by the command LAUNCHER ("" for
# none), with $DEVICES as further arguments and $APPEND on the kernel's command line. Leaves in /out for each guest: NAME.log (its serial
# line), NAME.exit (QEMU's exit status, or why it was stopped), and hvctl's view of it while it
# still ran: NAME.calls, NAME.partitions, NAME.partition; and after its end NAME.left (all JSON).

launcher=$1
shift
BOOT=300	# seconds to the end of the guest's checks; 20 if nothing else runs
STOP=60		# seconds to power off

# wait_for SECONDS COMMAND... - until the command succeeds
wait_for()
{
	read -r now _ </proc/uptime
	deadline=$((${now%.*} + $1))
	shift
	until "$@"; do
		read -r now _ </proc/uptime
		[ "${now%.*}" -lt $deadline ] || return 1
		usleep 100000
	done
}

says() { grep -q "$1" "$log"; }
gone() { ! kill -0 $vmm 2>/dev/null; }

# report OUT ARGUMENT... - hvctl's answer in JSON
report()
{
	out=$1
	shift
	[ -z "$launcher" ] || hvctl -j "$@" >"$out" 2>&1
}

boot()
{
	name=$1 kernel=$2 cpu=$3 device=$4 smp=${5:-2} log=/out/$1.log
	rm -f /tmp/in
	mkfifo /tmp/in
	$launcher qemu-system-x86_64 -machine pc,accel=kvm -cpu "$cpu" -smp "$smp" -m 256 -nodefaults \
		-display none -no-reboot -serial stdio -kernel "/guests/$kernel/vmlinuz" \
		-initrd "/guests/$kernel/initrd" -append "console=ttyS0 quiet panic=-1 cpus=$smp $device $APPEND" \
		${device:+-device "$device"} $DEVICES \
		</tmp/in >"$log" 2>&1 &
	vmm=$!
	exec 3>/tmp/in

	verdict=
	wait_for $BOOT says 'guest ready' || verdict='did not get ready'
	if [ -z "$verdict" ]; then
		echo 'echo shell says $((6 * 7))' >&3
		wait_for $STOP says '^shell says 42' || verdict='shell does not answer'
	fi
	report "/out/$name.partitions" partition list
	report "/out/$name.partition" partition show
	report "/out/$name.calls" calls stats
	if [ -z "$verdict" ]; then
		echo 'poweroff -f' >&3
		wait_for $STOP gone || verdict='did not power off'
	fi
	gone || kill -9 $vmm
	exec 3>&-
	wait $vmm
	echo "${verdict:-$?}" >"/out/$name.exit"
	report "/out/$name.left" partition list
	echo "# $name: ${verdict:-powered off}, $(cut -d ' ' -f 1 /proc/uptime) s"
}

mkdir /out
[ -z "$launcher" ] || insmod /hvpersona.ko || exit 1
for variant; do
	IFS=: read -r name kernel cpu device smp <<-END
		$variant
	END
	boot "$name" "$kernel" "$cpu" "$device" "$smp"
done
[ -z "$launcher" ] || rmmod hvpersona
