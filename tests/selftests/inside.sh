#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# inside.sh MODE TEST... - run selftests in the nested host; see run.sh.
#
# MODE: absent    hvpersona is not loaded
#       loaded    it is loaded and its exit hook is in place, because another VM
#                 is attached; the VMs of the tests are not
#       attached  each VM a test makes becomes a partition before it runs
#
# Prints a line "result MODE TEST pass|skip|fail|timeout CALLS" for each test, with
# the number of hypercalls that hvpersona saw, and the output of those that did not pass.

mode=$1
shift

LIMIT=120	# seconds for one test; the slowest takes 15
TRACING=/sys/kernel/tracing

# attached_vms - number of partitions there are
attached_vms()
{
	hvctl -j partition list | grep -o '"handle"' | wc -l
}

# with_bystander COMMAND... - run it while a halted VM of no concern is attached
with_bystander()
{
	hvctl run --role guest -- qemu-system-x86_64 -accel kvm -cpu host -m 16 -S \
		-nodefaults -display none -bios /selftests/spin.bin &
	vmm=$!
	tries=100
	while [ "$(attached_vms)" = 0 ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "bystander: not attached"; return 1; }
		usleep 100000
	done
	"$@"
	kill $vmm
	wait $vmm 2>/dev/null
	[ "$(attached_vms)" = 0 ]
}

# try TEST - run it; its result is in $result, its output in /tmp/log
try()
{
	case $mode in
	attached) timeout -s KILL $LIMIT hvctl run --role guest --every-vm -- "./$1" ;;
	*) timeout -s KILL $LIMIT "./$1" ;;
	esac >/tmp/log 2>&1 </dev/null
	case $? in
	0) result=pass ;;
	4) result=skip ;;	# KSFT_SKIP
	124|137) result=timeout ;;
	*) result=fail ;;
	esac
}

run_one()
{
	: >$TRACING/trace
	try "$1"
	# It wants two clocks to agree within 1 %, but a busy machine may stop the
	# emulator between reading one and the other.
	for again in 2 3; do
		[ "$1 $result" = 'hyperv_clock fail' ] || break
		try "$1"
	done
	[ $result = pass ] || sed 's/^/# | /' /tmp/log
	echo "result $mode $1 $result $(grep -c ' hvp_call: ' $TRACING/trace)"
}

run_all()
{
	for test; do
		run_one "$test"
	done
}

# load - hvpersona, with its calls traced
load() { insmod /hvpersona.ko && echo 1 >$TRACING/events/hvpersona/hvp_call/enable; }

cd /selftests
case $mode in
absent)
	run_all "$@"
	;;
loaded)
	load && with_bystander run_all "$@" && rmmod hvpersona
	;;
attached)
	load && run_all "$@" && [ "$(attached_vms)" = 0 ] && rmmod hvpersona
	;;
esac
