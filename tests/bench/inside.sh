#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# inside.sh ROUNDS: run.sh's part in the nested host. Runs /bench.elf as a VM of each kind,
# one after the other in the same boot; a line "run PATH" introduces each, "status N" ends it.

FLAGS=hv-vpindex,hv-time,hv-synic,hv-stimer,hv-tlbflush,hv-ipi
ATTACH='hvctl run --role guest --privileges +access-partition-id,+cpu-management --'
ROOT='hvctl run --role root --'

# run PATH WORDS [LAUNCHER...]: the program with WORDS as command line
run()
{
	path=$1 words=$2
	shift 2
	echo "run $path"
	"$@" qemu-system-x86_64 -machine pc,accel=kvm -cpu "host,$FLAGS" -m 64 -smp 1 \
		-nodefaults -display none -no-reboot -kernel /bench.elf -append "$words" \
		-device isa-debug-exit,iobase=0xf4,iosize=4 -serial stdio </dev/null 2>&1
	echo "status $?"
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
		run hvpersona all $ATTACH
		run root parent $ROOT
	}
done
