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

log=/tmp/guest.log
mkfifo /tmp/keys

say "This is a stock $(uname -sr) with KVM. It gets the personality:"
show insmod /hvpersona.ko
dmesg | grep 'hvpersona: .*known' | sed 's/^/      /'

say 'A stock Linux boots in stock QEMU as a Hyper-V guest, traced from power-on:'
echo 'host# hvctl trace --idle-after 30 -- qemu-system-x86_64 -machine pc,accel=kvm \'
echo '          -cpu host -smp 2 -m 256 -kernel /guests/vmlinuz -initrd /guests/initrd ...'
hvctl trace --no-key --idle-after 30 -o /tmp/table -- qemu-system-x86_64 -machine pc,accel=kvm \
	-cpu host,-xsave,hv-relaxed,hv-vpindex,hv-time,hv-synic,hv-stimer -smp 2 -m 256 \
	-nodefaults -display none -no-reboot -serial stdio -kernel /guests/vmlinuz \
	-initrd /guests/initrd -append 'console=ttyS0 panic=-1' </tmp/keys >$log 2>&1 &
vmm=$!
exec 3>/tmp/keys

# The guest's console, without the noise of an emulated PC
tail -n +1 -f $log | while read -r line; do
	case $line in
	*'Linux version'*|*'yper-V'*|*'yper-v'*|*'hyperv_clock'*|*'Brought up'*|*'smp: '*|*'as init'*|\
	'ok - '*|'not ok'*|'# '*|'guest ready'*)
		printf '  guest| %.110s\n' "${line%$(printf '\r')}" ;;
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

say 'The guest is up. Meanwhile on the host:'
show hvctl partition show
show hvctl vp list
show hvctl calls stats

say 'The guest idles for a few seconds, then it is switched off.'
sleep 8
echo 'poweroff -f' >&3
wait $vmm

say 'What it called, in the form of the Table 4 that the project is about'
say '("paper" marks what Windows was seen to call; a count is what this Linux called):'
cat /tmp/table

say 'Nothing is left behind:'
show hvctl partition list
show rmmod hvpersona
