#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [HOST] - the ioctl interface, and loading on a kernel that lacks something.
#
# Boots the nested host (6.12) once. A module that asks for a function which KVM
# does not have must fail to load and name it, and leave the machine in order; the real
# one is then put to ioctl.c, children.c (child partitions) and children.sh (the same with
# hvctl), ports.c and ports.sh (ports and connections), watch.c and watch.sh (statistics and
# event log), failnth.c (every allocation fails;
# on HOST debug). Prints TAP and "N passed, N failed".

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"
. "$here/../clients/lib.sh"

host=${1:-6.12}
"$HVP_RIG/need.sh" gcc libc6-dev
add=(--add "$here/children.sh:/children.sh" --add "$here/ports.sh:/ports.sh"
	--add "$here/watch.sh:/watch.sh" --add "$here/steps.sh:/steps.sh")
for program in ioctl children ports watch failnth; do
	gcc -O2 -Wall -Werror -static -I"$HVP_TOP/include/uapi" -o "$tmp/$program" "$here/$program.c"
	add+=(--add "$tmp/$program:/$program")
done
lacking=$("$HVP_RIG/build.sh" --apart lacking "$host" KCFLAGS=-DHVP_TEST_MISSING)
add+=(--add "$lacking:/lacking.ko")
personality "$host"

# In one emulator thread: with each first and last VM KVM patches a static key in __schedule(),
# which on two ended in an int3 oops, or in a jump to where the scheduler panics
status=0
"$HVP_RIG/host.sh" --host "$host" "${add[@]}" -- '
	insmod /lacking.ko 2>&1 && echo "not ok - a module that lacks something loads"
	dmesg | grep -q "no kvm_no_such_function, needed to" &&
		echo "ok - what is missing is named" || echo "not ok - what is missing is named"
	[ ! -e /sys/module/hvpersona ] && echo "ok - nothing is loaded" || echo "not ok - nothing is loaded"
	insmod /hvpersona.ko && echo "ok - the real one loads" || echo "not ok - the real one loads"
	for program in ioctl children ports watch failnth; do
		/$program | sed "s/^\(ok\|not ok\) [0-9]* - /\1 - /"
	done
	sh /children.sh
	sh /watch.sh
	sh /ports.sh
	tries=0
	until rmmod hvpersona; do tries=$((tries + 1)); [ $tries -lt 20 ] || break; sleep 1; done
	[ ! -e /sys/module/hvpersona ] && echo "ok - it can be unloaded" || echo "not ok - it can be unloaded"
' >"$tmp/log" 2>&1 || status=$?
relay '' <"$tmp/log"
check "the host kernel ran without complaint" [ "$status" = 0 ]
[ "$status" = 0 ] || sed 's/^/# | /' "$tmp/log"
finish
