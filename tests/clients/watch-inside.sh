#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# watch-inside.sh ROLE - the part of watch.sh that runs in the nested host.
#
# Traces a Linux of that role from power-on into /out/ROLE.json, with everything else that counts
# beside it: a histogram of the tracepoint, the statistics, the script of tools/. When the guest
# idles it is stopped, so that all can be compared. Leaves the answers in /out.

role=$1 log=/out/$1.log out=/out/$1
trace=/sys/kernel/tracing
case $role in
guest)
	append='trace_event=hyperv:hyperv_send_ipi_mask,hyperv:hyperv_send_ipi_one,hyperv:hyperv_mmu_flush_tlb_multi'
	set -- ;;
root)
	append="cpus=2 disk=$2"
	set -- -drive file=/guests/disk,if=none,id=disk,format=raw,readonly=on \
		-device virtio-blk-pci,drive=disk,romfile= \
		-netdev user,id=net -device virtio-net-pci,netdev=net,romfile= ;;
esac

# wait_for SECONDS COMMAND...
wait_for()
{
	tries=$(($1 * 5))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] && kill -0 $vmm 2>/dev/null || return 1
		usleep 200000
	done
}
says() { grep -q "$1" $log; }

mkdir -p /out
mount -t tracefs tracefs $trace 2>/dev/null
echo 'hist:keys=code,outcome' >$trace/events/hvpersona/hvp_call_done/trigger
for event in hvp_partition hvp_vp hvp_message hvp_pool hvp_intercept; do
	echo "hist:keys=common_pid" >$trace/events/hvpersona/$event/trigger
done
sh /tools/hvp-latency -d 1000 >$out.latency 2>&1 &
latency=$!
usleep 1500000

rm -f /tmp/in
mkfifo /tmp/in
hvctl -j trace --role $role --no-key -o $out.json -- qemu-system-x86_64 \
	-machine pc,accel=kvm -smp 2 -m 256 -nodefaults -display none -no-reboot \
	-cpu host,-xsave,kvm=off,hv-relaxed,hv-vpindex,hv-time,hv-synic,hv-stimer \
	-serial stdio -kernel /guests/vmlinuz -initrd /guests/$role \
	-append "console=ttyS0 quiet panic=-1 $append" "$@" </tmp/in >$log 2>&1 &
vmm=$!
exec 3>/tmp/in
wait_for 200 says 'guest ready' || echo "not ok - $role: got ready"
if [ $role = guest ]; then
	hvctl -j calls stats >$out.before
	echo 'mount -t tracefs t /sys/kernel/tracing; cd /sys/kernel/tracing
		echo 0 >tracing_on
		echo GUEST IPI $(grep -c hyperv_send_ipi trace) FLUSH $(grep -c hyperv_mmu_flush trace)
		echo GUEST DROPPED $(cat per_cpu/cpu*/stats | grep overrun | tr -dc "1-9\n")
		echo counted; cd /' >&3
	wait_for 30 says '^counted' || echo "not ok - $role: counted"
	hvctl -j calls stats >$out.after
fi
# It idles: what it does then belongs to the picture
usleep 8000000
killall -STOP qemu-system-x86_64
usleep 500000
cat $trace/events/hvpersona/hvp_call_done/hist >$out.hist
hvctl -j calls stats >$out.calls
hvctl -j stats show --all >$out.stats
hvctl stats export -o $out.prom
killall -CONT qemu-system-x86_64
echo 'poweroff -f' >&3
exec 3>&-
wait $vmm
# Interrupts are ignored by what runs in the background
killall sleep
wait $latency
for event in hvp_partition hvp_vp hvp_message hvp_pool hvp_intercept; do
	echo "# $role: $(sed -n 's/.*Hits: \([0-9]*\)/\1/p' $trace/events/hvpersona/$event/hist) $event"
	echo "!hist:keys=common_pid" >$trace/events/hvpersona/$event/trigger
done
echo '!hist:keys=code,outcome' >$trace/events/hvpersona/hvp_call_done/trigger
