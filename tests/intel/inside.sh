#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# inside.sh: run.sh's part in the host. Loads the module, runs /variants with the programs
# of /guest under /vmm, unloads the module and looks for complaints of the kernel.
# Lines "program NAME" introduce each variant.

LIMIT=${LIMIT:-180}	# seconds for one program
. /common.sh

no_complaint()
{
	! dmesg | grep -E 'BUG|WARNING|Oops|Call Trace|general protection|unable to handle|stuck|stall|hvpersona:.*error'
}

# vm: the variant's VM; exec'd by the caller's subshell
vm()
{
	[ "$cpu" = plain ] && hyperv= || hyperv=-v
	# shellcheck disable=SC2086
	exec timeout -s KILL "$LIMIT" hvctl run $options -- \
		/vmm $hyperv -s "$smp" -a "$append" "/guest/$program.elf" </dev/null 2>&1
}

# In the middle of a rep call: "ready" says that both processors' calls are served
killed()
{
	vm >/tmp/serial &
	pid=$!
	await_ready
	kill_in_calls "$(pidof vmm)" $pid
	echo "1..3"
}

dmesg -c >/dev/null
echo "program loading"
check "the module loads" insmod /hvpersona.ko
echo "1..1"
[ -c /dev/hvpersona ] || exit
while IFS='|' read -r program options smp cpu append _ killed _; do
	echo "program $program ($options, smp $smp, cpu $cpu${append:+, $append})"
	if [ -n "$killed" ] && [ "$killed" != off ]; then
		killed
		continue
	fi
	(vm)
	ended=$?
	if [ "$killed" = off ]; then
		check "$program: the machine is switched off" [ $ended = 0 ]
	else
		comment_on_status $ended
	fi
done </variants
echo "program afterwards"
check "no partition is left" no_partition
check "the module unloads" rmmod hvpersona
check "the kernel has no complaint" no_complaint
echo "1..3"
