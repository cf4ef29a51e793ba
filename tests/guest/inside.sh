#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# inside.sh: run.sh's part in the nested host. Runs /variants with the programs of
# /guest and unloads the module. Lines "program NAME" introduce each variant.

HV=hv-vpindex,hv-time,hv-synic,hv-stimer,hv-runtime,hv-frequencies
LIMIT=$((300 * ${HVP_SLOW:-1}))	# seconds for one program
. /common.sh

# vm SERIAL [WORDS]: the variant's VM; exec'd by the caller's subshell
vm()
{
	[ -z "$2" ] || append=$2
	[ "$cpu" = hv ] && model=host,$HV || model=host
	# shellcheck disable=SC2086
	exec hvctl run $options -- qemu-system-x86_64 -machine pc,accel=kvm -cpu "$model" \
		-m 64 -smp "$smp" -nodefaults -display none -no-reboot -kernel "/guest/$program.elf" \
		${append:+-append "$append"} $qemu -device isa-debug-exit,iobase=0xf4,iosize=4 \
		-serial "$1" </dev/null 2>&1
}

# state PID...: comments on what VMMs that do not end are about
state()
{
	{
		hvctl partition show
		hvctl port list
		hvctl calls show
		for vmm; do
			for task in /proc/"$vmm"/task/*; do
				cat "$task/comm" "$task/stat" "$task/stack"
			done
			grep -H . /sys/kernel/debug/kvm/"$vmm"-*/*exits /sys/kernel/debug/kvm/"$vmm"-*/halt*
		done
		grep -E 'CPU|RES|CAL|LOC' /proc/interrupts
	} 2>&1 | sed 's/^/# | /'
}

# await_end PID...: the last one's exit status; all are killed if they take too long
await_end()
{
	(sleep $LIMIT; state "$@"; kill -9 "$@" 2>/dev/null) &
	guard=$!
	for vmm; do
		wait "$vmm"
		ended=$?
	done
	kill $guard 2>/dev/null
	return $ended
}

# The variant's VM, and another one of the same program in the same instance. Guests of the
# host have no memory to give to their pools: the host does it.
start_pair()
{
	(vm file:/tmp/peer "$peer") &
	other=$!
	(vm file:/tmp/serial) &
	pid=$!
	for vmm in $other $pid; do
		for i in $(seq $LIMIT); do
			hvctl memory deposit "pid:$vmm" 64 >/dev/null 2>&1 && break
			sleep 1
		done
	done
}

# Killed in the middle of rep calls, once both processors make them.
killed()
{
	(vm file:/tmp/serial) &
	pid=$!
	await_ready
	sleep 1
	kill_in_calls $pid $pid
	rm -f /tmp/serial
}

# Detached in the middle, and then running on to its end without a personality.
detached()
{
	(vm file:/tmp/serial) &
	pid=$!
	await_ready
	hvctl detach "pid:$pid" || echo "# cannot detach"
	await_end $pid
	cat /tmp/serial
	rm -f /tmp/serial
}

# Switches its machine off, behind its plan.
switched_off()
{
	(vm stdio) &
	pid=$!
	await_end $pid
	check "$program: the machine is switched off" [ $? = 0 ]
}

# Both run to their ends.
with_peer()
{
	start_pair
	await_end $other $pid
	cat /tmp/serial
	echo "program $program ($peer)"
	cat /tmp/peer
	rm -f /tmp/serial /tmp/peer
}

# The other one is lost while this one sends to it: killed or detached.
lost_peer()
{
	start_pair
	await_ready
	sleep 2
	[ "$killed" = killed ] || hvctl detach "pid:$other" || echo "# cannot detach"
	[ "$killed" = killed ] || sleep 1
	kill -9 $other
	wait $other
	await_end $pid
	grep -v ready /tmp/serial
	grep '^not ok' /tmp/peer
	rm -f /tmp/serial /tmp/peer
	no_partition || echo "not ok - partitions are left"
}

# A stopped VM of no personality, which lives longer than all others: with the first
# and the last VM KVM patches kernel code that other CPUs run, and the emulator that
# this host runs in may keep the int3 of such a patch (design card, "Emulator trap").
qemu-system-x86_64 -machine pc,accel=kvm -S -m 16 -nodefaults -display none \
	</dev/null >/dev/null 2>&1 &
bystander=$!
for i in $(seq 20); do
	ls /sys/kernel/debug/kvm | grep -q "^$bystander-" && break
	sleep 1
done

insmod /hvpersona.ko || exit
begin=$(date +%s)
while IFS='|' read -r program options smp cpu append qemu killed peer; do
	now=$(date +%s)
	echo "# $((now - begin)) s"
	begin=$now
	echo "program $program ($options, smp $smp, cpu $cpu${append:+, $append})"
	if [ -n "$peer" ] && [ -n "$killed" ]; then
		lost_peer
		for i in 2 3; do
			echo "program $program ($killed, $i)"
			lost_peer
		done
		continue
	fi
	if [ -n "$peer" ]; then
		with_peer
		continue
	fi
	if [ "$killed" = off ]; then
		switched_off
		continue
	fi
	if [ "$killed" = detached ]; then
		detached
		continue
	fi
	if [ -n "$killed" ]; then
		killed
		killed
		killed
		echo "1..9"
		continue
	fi
	(vm stdio) &
	pid=$!
	await_end $pid
	comment_on_status $?
done </variants
echo "program afterwards"
check "the bystander is no partition and still there" kill -0 $bystander
check "no partition is left" no_partition
check "the module unloads" rmmod hvpersona
kill $bystander
echo "1..3"
