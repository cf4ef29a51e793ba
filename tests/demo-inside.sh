#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# demo-inside.sh - the part of demo.sh that runs on the nested host.

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# show COMMAND... - as a user would type it
show()
{
	printf '\033[1mhost#\033[0m %s\n' "$*"
	"$@"
}

# boot ROLE TITLE QEMU-ARGUMENT...: a Linux with that role, traced from power-on into /tmp/ROLE.table,
# until it is ready; its console without the noise of an emulated PC
boot()
{
	role=$1 log=/tmp/$1.log
	say "$2"
	shift 2
	echo "host# hvctl trace --role $role --idle-after 30 -- qemu-system-x86_64 -machine pc,accel=kvm \\"
	echo "          -cpu host -smp 2 -m 256 -kernel /guests/vmlinuz -initrd /guests/$role ..."
	rm -f /tmp/keys
	mkfifo /tmp/keys
	hvctl trace --role $role --no-key --idle-after 30 -o /tmp/$role.table -- qemu-system-x86_64 \
		-machine pc,accel=kvm -smp 2 -m 256 -nodefaults -display none -no-reboot \
		-cpu host,-xsave,kvm=off,hv-relaxed,hv-vpindex,hv-time,hv-synic,hv-stimer \
		-serial stdio -kernel /guests/vmlinuz -initrd /guests/$role "$@" \
		</tmp/keys >$log 2>&1 &
	vmm=$!
	exec 3>/tmp/keys
	tail -n +1 -f $log | while read -r line; do
		case $line in
		*'Linux version'*|*'yper-V'*|*'yper-v'*|*'hyperv_clock'*|*'Brought up'*|*'smp: '*|\
		*'as init'*|'ok - '*|'not ok'*|'# '*|'guest ready'*)
			printf "  $role| %.110s\n" "${line%$(printf '\r')}" ;;
		esac
	done &
	tail=$!
	tries=0
	until grep -q 'guest ready' $log; do
		tries=$((tries + 1))
		[ $tries -lt 900 ] && kill -0 $vmm 2>/dev/null || { cat $log; exit 1; }
		usleep 100000
	done
	sleep 1
	kill $tail
	killall tail
}

switch_off()
{
	echo 'poweroff -f' >&3
	exec 3>&-
	wait $vmm
}

say "This is a stock $(uname -sr) with KVM. It gets the personality:"
show insmod /hvpersona.ko
dmesg | grep 'hvpersona: .*known' | sed 's/^/      /'

boot guest 'A stock Linux boots in stock QEMU as a Hyper-V guest, traced from power-on:' \
	-append 'console=ttyS0 panic=-1'
say 'The guest is up. Meanwhile on the host:'
show hvctl partition show
show hvctl vp list
show hvctl calls stats
say 'The guest idles for a few seconds, then it is switched off.'
sleep 8
switch_off

boot root 'The same Linux boots as root partition, as if it were the host of a Hyper-V:' \
	-append "console=ttyS0 panic=-1 cpus=2 disk=$1" \
	-drive file=/guests/disk,if=none,id=disk,format=raw,readonly=on \
	-device virtio-blk-pci,drive=disk,romfile= \
	-netdev user,id=net -device virtio-net-pci,netdev=net,romfile=
say 'It has brought up its processors and routed its interrupts by hypercall:'
show hvctl calls stats
switch_off

say 'What they called, in the form of the Table 4 that the project is about'
say '("paper" marks what Windows was seen to call; a count is what this Linux called):'
cat /tmp/guest.table
cat /tmp/root.table

say 'Nothing is left behind:'
show hvctl partition list
show rmmod hvpersona
