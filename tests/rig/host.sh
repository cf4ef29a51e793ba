#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# host.sh [OPTION]... -- 'shell commands' - run commands on a nested KVM host.
#
# Boots a kernel under QEMU TCG with emulated AMD SVM and nested paging, all CPUs in one
# thread (Documentation/testing.rst says why). Loads kvm and kvm-amd, runs the commands as root
# with their output on stdout, powers off, and exits with their exit status; 98 on a timeout, 99
# if the kernel complained (BUG, WARNING, KASAN, ...), 97 if it ended before the commands did.
#
#  --host VER        stock Debian kernel 6.1, 6.12 (default) or 7.3; "debug" is a 6.12
#                    with KASAN, lockdep, kmemleak..., "kcsan" one with KCSAN, where everything
#                    takes longer: time limits are multiplied by $HVP_SLOW, set for the commands
#  --kernel BZIMAGE --modules DIR   another kernel and its lib/modules/RELEASE
#  --smp N           CPUs (1)            --mem MB      memory (1536)
#  --icount          one CPU, the TSC counts executed instructions
#  --timeout S       seconds (300)
#  --add SRC:DEST    put a file or directory into the host's root file system
#  --get PATH:DEST   copy a file or directory out at the end
#  --append PARAMS   kernel parameters; module parameters as kvm_amd.nested=1
#  --cpu MODEL       CPU model of the host
#  --no-kvm          do not load kvm modules
#  --console FILE    keep the kernel's console output ("-": show it on stderr)

set -euo pipefail
. "$(dirname "$0")/lib.sh"

SPLAT='BUG:|WARNING:|Oops|KASAN|KFENCE|UBSAN|INFO: (task|rcu)|INFO: possible|possible (recursive|circular)'
SPLAT+='|inconsistent lock state|suspicious RCU usage|sleeping function|held lock|bad unlock balance'
SPLAT+='|general protection fault|NULL pointer|unable to handle|scheduling while atomic|DEBUG_LOCKS'
SPLAT+='|refcount_t:|corruption|Bad page|stack-protector|Kernel panic|self-detected stall|kmemleak: [1-9]'

host=6.12 kernel='' modules='' smp=1 mem=1536 limit=300 append='' console=''
cpu=max,-la57,-pku,-pks,-mpx,check=off
timing=()
add=() get=()
no_kvm=
while [ $# -gt 0 ]; do
	case $1 in
	--host) host=$2; shift ;;
	--kernel) kernel=$2; shift ;;
	--modules) modules=$2; shift ;;
	--smp) smp=$2; shift ;;
	--mem) mem=$2; shift ;;
	--icount) smp=1; timing=(-icount shift=0,sleep=off) ;;
	--timeout) limit=$2; shift ;;
	--add) add+=("$2"); shift ;;
	--get) get+=("$2"); shift ;;
	--append) append+=" $2"; shift ;;
	--cpu) cpu=$2; shift ;;
	--no-kvm) no_kvm=1 ;;
	--console) console=$2; shift ;;
	--) shift; break ;;
	*) usage ;;
	esac
	shift
done
[ $# = 1 ] || usage

if [ -z "$kernel" ]; then
	known_kernel "$host"
	"$HVP_RIG/kernels.sh" fetch "$host"
	kernel=$HVP_CACHE/kernels/$host/vmlinuz
	modules=$HVP_CACHE/kernels/$host/modules
fi
slow=1
if debug_kernel "$host"; then
	slow=10
	mem=$((mem * 4 / 3))
	append=" pci=noacpi$append"	# interpreting AML would be half of the boot
fi
limit=$((limit * slow))
[ -n "$modules" ] || die "--kernel needs --modules"
emulator=$("$HVP_RIG/emulator.sh")

tmp=$(mktemp -d)
pids=()
cleanup()
{
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

mkdir "$tmp/hvp" "$tmp/got"
printf '%s\n' "$1" >"$tmp/hvp/cmd"
printf '%s\n' "${get[@]%%:*}" >"$tmp/hvp/get"
echo "export HVP_SLOW=$slow" >"$tmp/hvp/env"
[ -z "$no_kvm" ] || touch "$tmp/hvp/no-kvm"
"$HVP_RIG/initramfs.sh" "$modules" "$tmp/initrd" "$tmp/hvp:/hvp" "${add[@]}"

log=$tmp/console
mkfifo "$tmp/out"
: >"$log"
exec {keep}<>"$tmp/out"		# else the reader waits for ever if QEMU cannot start
cat <"$tmp/out" {keep}>&- &
reader=$!
if [ "$console" = - ]; then
	tail -f "$log" >&2 &
	pids+=($!)
fi

# Errors and warnings only: console output is slow, and WARNING is level 4.
# Self-tests of cryptographic code would be a tenth of the boot time.
params="console=ttyS0 loglevel=5 panic=-1 oops=panic tsc=reliable no_timer_check"
params+=" rcupdate.rcu_cpu_stall_timeout=120 watchdog_thresh=60 kvm_amd.nested=0"
params+=" cryptomgr.notests initcall_blacklist=crypto_kdf108_init,jent_mod_init$append"
timeout -k 5 "$limit" "$emulator" -no-user-config -nodefaults -display none -no-reboot \
	-machine pc -accel tcg,thread=single -cpu "$cpu" -smp "$smp" -m "$mem" "${timing[@]}" \
	-kernel "$kernel" -initrd "$tmp/initrd" -append "$params" \
	-chardev file,id=console,path="$log" -serial chardev:console \
	-chardev file,id=out,path="$tmp/out" -chardev file,id=files,path="$tmp/files" \
	-device virtio-serial-pci,max_ports=3 \
	-device virtserialport,nr=1,chardev=out -device virtserialport,nr=2,chardev=files \
	</dev/null &
qemu=$!
pids+=("$qemu")

result=0
wait "$qemu" || result=$?
exec {keep}>&-
wait "$reader" || true

[ -z "$console" ] || [ "$console" = - ] || cp "$log" "$console"
complain()
{
	printf 'host.sh: %s\n' "$1" >&2
	tr -d '\r' <"$2" | tail -n "$3" | sed 's/^/  | /' >&2
	exit "$4"
}

# without_known - drop what is known not to be ours: on an overloaded machine the deadline
# server of 6.12 is started on one CPU while its timer's handler runs on another
# (hrtimer_forward() of dl_task_timer() finds it enqueued)
without_known()
{
	awk '/cut here/ { block = ""; within = 1 }
	     !within { print; next }
	     { block = block $0 "\n" }
	     /end trace/ { if (block !~ /hrtimer_forward\+.*dl_task_timer\+/) printf "%s", block
			   within = 0 }
	     END { if (within) printf "%s", block }'
}

# without_foreign_races - drop reports of KCSAN without a call of hvpersona in any stack, or between
# two functions of the kernel's xarray or timers: they are the kernel's own, which has many that are
# meant to be, such as lookups under RCU beside a store
without_foreign_races()
{
	awk -v own='(xas|_*hrtimer|_*tmigr|schedule)_[a-z_]+' '/====================/ {
		if (within && (block !~ /BUG: KCSAN:/ || block ~ /\[hvpersona/) &&
		    block !~ ("data-race in " own " / " own))
			printf "%s", block $0 "\n"
		block = within ? "" : $0 "\n"
		within = !within
		next
	     }
	     !within { print; next }
	     { block = block $0 "\n" }
	     END { printf "%s", block }'
}

# Complaints before the commands start are the emulator's, not ours.
tr -d '\r' <"$log" | sed '1,/hvp: commands start/d' | without_known |
	without_foreign_races >"$tmp/ours"
splat=$(grep -n -m 1 -E "$SPLAT" "$tmp/ours" || true)
if [ -n "$splat" ]; then
	tail -n "+${splat%%:*}" "$tmp/ours" | head -n 80 >"$tmp/splat"
	complain "the kernel complained: ${splat#*:}" "$tmp/splat" 80 99
fi
case $result in
124|137) complain "timeout after $limit s; the console ended with" "$log" 15 98 ;;
esac
tar -xf "$tmp/files" -C "$tmp/got" 2>/dev/null || true
[ -s "$tmp/got/hvp/status" ] || grep -q 'hvp: commands start' "$log" ||
	complain "the host died while it booted" "$log" 40 97
[ -s "$tmp/got/hvp/status" ] ||
	complain "the host ended before its commands did (QEMU exit status $result)" "$log" 40 97
status=$(cat "$tmp/got/hvp/status")
for pair in "${get[@]}"; do
	if [ -e "$tmp/got/${pair%%:*}" ]; then
		mkdir -p "$(dirname "${pair#*:}")"
		rm -rf "${pair#*:}"
		cp -r "$tmp/got/${pair%%:*}" "${pair#*:}"
	else
		echo "host.sh: --get: no file ${pair%%:*}" >&2
		[ "$status" != 0 ] || status=1
	fi
done
exit "$status"
