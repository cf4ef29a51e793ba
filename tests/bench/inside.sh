#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# inside.sh ROUNDS: run.sh's part in the nested host. Runs /bench.elf as a VM of each kind,
# one after the other in the same boot; a line "run PATH" introduces each, "status N" ends it.

FLAGS=hv-vpindex,hv-time,hv-synic,hv-stimer,hv-tlbflush,hv-ipi
ATTACH='hvctl run --role guest --privileges +access-partition-id,+cpu-management --'
PAIR='hvctl run --role guest --privileges +access-partition-id,+create-port,+connect-port --'
ROOT='hvctl run --role root --'
VSM='hvctl run --vsm --'

# run PATH WORDS [LAUNCHER...]: the program with WORDS as command line
run()
{
	path=$1 words=$2
	shift 2
	echo "run $path"
	"$@" qemu-system-x86_64 -machine pc,accel=kvm -cpu "host,$FLAGS" -m 64 -smp 1 \
		-nodefaults -display none -no-reboot -kernel /bench.elf -append "$words" \
		-device hyperv-testdev -device isa-debug-exit,iobase=0xf4,iosize=4 -serial stdio \
		</dev/null 2>&1
	echo "status $?"
}

handles() { hvctl -j partition list | tr -d ' \n' | grep -o '"handle":[0-9]*' | cut -d : -f 2; }

# feed COUNT: memory for the pools of so many VMs, once they are there
feed()
{
	until [ "$(handles | wc -l)" = "$1" ]; do
		usleep 100000
	done
	for handle in $(handles); do
		until hvctl memory deposit "$handle" 16 >/dev/null 2>&1; do
			usleep 100000
		done
	done
}

# users: the host reads what the only VM sends, as long as that is there
users()
{
	feed 1
	hvctl port read 0x42 --from "$handle" --type event --event-flags 1 >/dev/null &
	hvctl port read 0x43 --from "$handle" >/dev/null &
	until hvctl connection create "$handle" 0x42 --to host --port 0x42 --type event; do
		usleep 100000
	done >/dev/null 2>&1
	until hvctl connection create "$handle" 0x43 --to host --port 0x43; do
		usleep 100000
	done >/dev/null 2>&1
	while [ -n "$(handles)" ]; do
		sleep 1
	done
	killall hvctl
}

# watch: the host has the statistics of the only VM open, as long as that is there
watch()
{
	until hvctl stats show --type vp 2>/dev/null | grep -q ' vp 0'; do
		usleep 100000
	done
	hvctl stats watch --interval 100000 >/dev/null 2>&1 &
	while [ -n "$(handles)" ]; do
		sleep 1
	done
	killall hvctl
}

insmod /hvpersona.ko || exit
for _ in $(seq "$1"); do
	# shellcheck disable=SC2086
	{
		run kvm kvm
		$ATTACH sleep 1000 &
		claim=$!
		until hvctl -j partition list | tr -d ' \n' | grep -q '"handle"'; do
			usleep 10000
		done
		run hooked cpuid
		kill $claim
		wait $claim 2>/dev/null
		users &
		run hvpersona all $ATTACH
		wait
		run root parent $ROOT
		run vtl vtl $VSM
		feed 2 &
		run pong pong $PAIR >/dev/null &
		run pair ping $PAIR
		wait
		watch &
		run watched kvm $ATTACH
		wait
	}
done
# The same without counting; some VM's end may still be under way
until rmmod hvpersona 2>/dev/null; do
	usleep 200000
done
insmod /uncounted.ko || exit
for _ in $(seq "$1"); do
	# shellcheck disable=SC2086
	run uncounted kvm $ATTACH
done
