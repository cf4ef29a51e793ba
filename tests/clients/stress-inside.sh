#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# stress-inside.sh CYCLES - load, unload, attach, detach and kill in the nested host; see stress.sh.
#
# Prints "ok - NAME" or "not ok - NAME" for each check.

cycles=$1
exec 5>&1	# for progress, past the redirection in ok
RUN='hvctl run --role guest --'
VMM='qemu-system-x86_64 -machine pc,accel=kvm -cpu host -m 16 -nodefaults -display none'
VMM="$VMM -bios /spin.bin"

# ok NAME COMMAND...
ok()
{
	name=$1
	shift
	if "$@" >/tmp/why 2>&1; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/# | /' /tmp/why
		reset
	fi
}

# within SECONDS COMMAND... - wait until the command succeeds
within()
{
	read -r now _ </proc/uptime
	deadline=$((${now%.*} + $1))
	shift
	until "$@"; do
		read -r now _ </proc/uptime
		[ "${now%.*}" -lt $deadline ] || return 1
		usleep 50000
	done
}

loaded() { grep -q '^hvpersona ' /proc/modules; }
partitions() { hvctl -j partition list | grep -o '"handle"' | wc -l; }
attached() { [ "$(hvctl -j partition list | grep -o '"active"' | wc -l)" = "$1" ]; }
handle() { hvctl -j partition list | sed -n 's/.*"handle": *\([0-9]*\).*/\1/p' | head -n 1; }
no_partition() { [ "$(partitions)" = 0 ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }
beats() { wc -c <"$1"; }
beats_more() { [ "$(beats "$1")" -gt "$2" ]; }
changed() { grep -q '!' "$1"; }
unchanged() { ! changed "$1"; }

# alive FILE - the guest with this debug console makes progress
alive() { within 60 beats_more "$1" "$(beats "$1")"; }

load() { insmod /hvpersona.ko; }

# unload - rmmod at once: whatever was attached is gone, so nothing may hold the module
unload()
{
	within 60 no_partition && rmmod hvpersona && ! loaded
}

# start LAUNCHER CONSOLE OPTION... - a guest in the background; $vmm is its process
start()
{
	launcher=$1 console=$2
	shift 2
	rm -f "$console"
	: >"$console"
	$launcher $VMM -debugcon "file:$console" "$@" </dev/null >/tmp/vmm 2>&1 &
	vmm=$!
}

start_attached() { start "$RUN" "$@"; }
start_plain() { start '' "$@"; }

# end SIGNAL - of the guest started last
end()
{
	kill "-$1" $vmm
	wait $vmm 2>/dev/null
	gone $vmm
}

# the hook of every cycle: a second, halted VM is attached while the first one spins
cycle()
{
	load || return 1
	start_attached /tmp/second -S
	within 60 attached 1 || { cat /tmp/vmm; return 1; }
	alive /tmp/first || { echo "the unattached guest stopped under the hook"; return 1; }
	end KILL
	unload || { echo "rmmod failed"; lsmod; hvctl partition list; return 1; }
	alive /tmp/first || { echo "the unattached guest stopped after rmmod"; return 1; }
}

cycles()
{
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		cycle || { echo "cycle $i"; return 1; }
		[ $((i % 10)) != 0 ] || echo "# $i cycles, $(cut -d ' ' -f 1 /proc/uptime) s" >&5
	done
}

# reset - after a failure: what the next check expects
reset()
{
	kill -9 $vmm $one 2>/dev/null
	wait $vmm $one 2>/dev/null
	within 60 rmmod hvpersona 2>/dev/null
}

rmmod_refused() { ! rmmod hvpersona && loaded; }

# loaded module, one guest attached and running from its first instruction on
with_running()
{
	load && start_attached /tmp/second && within 60 attached 1 && alive /tmp/second
}

# --- one after the other, each begins and ends without the module ---

killed_running() { with_running && end KILL && unload; }
terminated_running() { with_running && end TERM && unload; }

killed_stopped()
{
	load && start_attached /tmp/second -S && within 60 attached 1 && end KILL && unload
}

refused_while_attached()
{
	with_running && rmmod_refused && alive /tmp/second && end KILL && unload
}

# at any point between hvctl's start and the VM's first instructions
killed_starting()
{
	load || return 1
	for ms in 0 20 40 60 80 100 130 160 200 250 300 400; do
		start_attached /tmp/second
		usleep ${ms}000
		end KILL || return 1
		within 60 no_partition || { echo "a partition is left after $ms ms"; return 1; }
	done
	unload
}

claim_unused()
{
	load && $RUN true && no_partition && ! $RUN false && no_partition && unload
}

claim_killed()
{
	load || return 1
	$RUN sleep 60 &
	vmm=$!
	within 60 [ -e /proc/$vmm ]
	usleep 300000
	[ "$(partitions)" = 1 ] && rmmod_refused && end KILL && unload
}

# QEMU has inherited the claim's descriptor, so the module stays until it ends
detached_running()
{
	with_running && unchanged /tmp/second && hvctl detach "$(handle)" && no_partition &&
		within 60 changed /tmp/second && alive /tmp/second && rmmod_refused &&
		end KILL && unload
}

detached_stopped()
{
	load && start_attached /tmp/second -S && within 60 attached 1 && hvctl detach "$(handle)" &&
		no_partition && end KILL && unload
}

# attach_stopped - attach a VM that QEMU holds at its first instruction; then let it go
attach_stopped()
{
	rm -f /tmp/monitor /tmp/second /tmp/vmm
	: >/tmp/second
	mkfifo /tmp/monitor
	load || return 1
	$VMM -debugcon file:/tmp/second -S -monitor stdio </tmp/monitor >/tmp/vmm 2>&1 &
	vmm=$!
	exec 4>/tmp/monitor
	within 60 grep -q QEMU /tmp/vmm && hvctl attach --role guest --pid $vmm && attached 1
}

go_on() { echo cont >&4 && alive /tmp/second; }

attached_by_pid() { attach_stopped && go_on && unchanged /tmp/second && end KILL && unload; }

attached_killed_stopped() { attach_stopped && rmmod_refused && end KILL && unload; }

attached_twice()
{
	attach_stopped && ! hvctl attach --role guest --pid $vmm && attached 1 &&
		hvctl detach "$(handle)" && no_partition &&
		hvctl attach --role guest --pid $vmm && attached 1 && go_on && end KILL && unload
}

attached_detached_running()
{
	attach_stopped && go_on && hvctl detach "pid:$vmm" && within 60 changed /tmp/second &&
		alive /tmp/second && rmmod hvpersona && alive /tmp/second && end KILL
}

two_attached()
{
	load && start_attached /tmp/second && within 60 attached 1 || return 1
	one=$vmm
	start_attached /tmp/third
	within 60 attached 2 && alive /tmp/second && alive /tmp/third && end KILL || return 1
	within 60 attached 1 && rmmod_refused && alive /tmp/second || return 1
	vmm=$one
	end KILL && unload
}

# A busy guest starves khugepaged (nice 19), and rmmod waits for an RCU-tasks grace
# period, hence for each preempted task: a minute on one CPU.
echo never >/sys/kernel/mm/transparent_hugepage/enabled
sleep 1

ok "hvpersona loads and unloads with no VM there" eval 'load && loaded && unload'
start_plain /tmp/first
first=$vmm vmm='' one=''
ok "an unattached guest runs" alive /tmp/first
ok "$cycles times loaded, hooked and unloaded under it" cycles "$cycles"
ok "rmmod is refused while a VM is attached" refused_while_attached
ok "QEMU killed while its attached guest runs" killed_running
ok "QEMU terminated while its attached guest runs" terminated_running
ok "QEMU killed before its attached guest ran" killed_stopped
ok "QEMU killed at any point of its start" killed_starting
ok "hvctl run with a program that makes no VM" claim_unused
ok "hvctl run killed before there is a VM" claim_killed
ok "detach while the guest runs" detached_running
ok "detach before the guest ran" detached_stopped
ok "attach by process id, guest runs" attached_by_pid
ok "attach by process id, QEMU killed" attached_killed_stopped
ok "attach twice is refused, again after detach is not" attached_twice
ok "attach by process id, detach while the guest runs" attached_detached_running
ok "two attached VMs end one after the other" two_attached
ok "the unattached guest still runs" alive /tmp/first
ok "its CPUID leaves and hypercall answers never changed" unchanged /tmp/first
ok "no module is left" eval '! loaded'
kill -9 $first
