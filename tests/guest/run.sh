#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [OPTION]... [HOST] [PROGRAM]... - the guest programs on a nested host.
#
# Builds the programs, the module and hvctl, boots the host kernel HOST (6.12) once and
# runs every program (but such as are run "only when it is named"), or those named, in
# each of its variants as a VM of stock QEMU under hvctl. A variant is a line of the program's
# source:
#	/* run: HVCTL-OPTIONS; smp N[; cpu plain][; append WORDS][; qemu ARGS]
#	   [; killed|detached|off|peer WORDS] */   (on one line)
# where "cpu plain" leaves QEMU's hv-* flags out, "append" is the program's command
# line, "killed" programs run until their VMM is killed, "detached" ones say when they
# want to be detached, "off" ones switch their machine off, and with "peer" a second VM runs the program with that command
# line in the same instance; with both it is the peer that is lost, three times.
# Prints TAP and "N passed, N failed".
#
#  --list            show the variants
#  --timeout S       for the whole run (1100)
#  HVP_MODULE, HVP_HVCTL    take these instead of building them

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

limit=1100 list=
while [ $# -gt 0 ]; do
	case $1 in
	--list) list=1 ;;
	--timeout) limit=$2; shift ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
host=6.12
case ${1-} in
[0-9]*|debug) host=$1; shift ;;
esac
programs=("$@")
if [ $# = 0 ]; then
	mapfile -t programs < <(grep -L 'only when it is named' "$here"/*.c)
	programs=("${programs[@]##*/}")
	programs=("${programs[@]%.c}")
fi

# variants PROGRAM - PROGRAM|OPTIONS|SMP|CPU|APPEND|QEMU|KILLED|PEER for each run line
variants()
{
	local line part options smp cpu append qemu killed peer
	[ -f "$here/$1.c" ] || die "no program '$1'"
	while read -r line; do
		options=${line%%;*} smp=1 cpu=hv append='' qemu='' killed='' peer=''
		while read -r part; do
			case $part in
			'smp '*) smp=${part#smp } ;;
			'cpu '*) cpu=${part#cpu } ;;
			'append '*) append=${part#append } ;;
			'qemu '*) qemu=${part#qemu } ;;
			'peer '*) peer=${part#peer } ;;
			killed|detached|off) killed=$part ;;
			*) die "$1.c: what is '$part'?" ;;
			esac
		done < <(tr ';' '\n' <<<"${line#*; }" | sed 's/^ *//; s/ *$//')
		echo "$1|$options|$smp|$cpu|$append|$qemu|$killed|$peer"
	done < <(sed -n 's,^/\* run: \(.*\) \*/$,\1,p' "$here/$1.c")
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for program in "${programs[@]}"; do
	variants "$program"
done >"$tmp/variants"
if [ -n "$list" ]; then
	cat "$tmp/variants"
	exit
fi

"$HVP_RIG/need.sh" make gcc binutils gawk
out=$HVP_CACHE/out/guest
(locked guest; make -s -C "$here" OUT="$out")
module=${HVP_MODULE:-$("$HVP_RIG/build.sh" "$host")}
hvctl=${HVP_HVCTL:-$HVP_TOP/tools/hvctl/hvctl}
[ -n "${HVP_HVCTL:-}" ] || (locked hvctl; make -s -C "$HVP_TOP" hvctl >&2)

add=(--add "$module:/hvpersona.ko" --add "$hvctl:/usr/bin/hvctl")
add+=(--add "$here/inside.sh:/inside.sh" --add "$here/common.sh:/common.sh")
add+=(--add "$tmp/variants:/variants")
for program in "${programs[@]}"; do
	add+=(--add "$out/$program.elf:/guest/$program.elf")
done

# One numbering, one plan; a program whose own plan is missing has failed.
status=0
"$HVP_RIG/host.sh" --host "$host" --timeout "$limit" "${add[@]}" -- /inside.sh |
	gawk '
	function result(ok, text) { n++; ok ? passed++ : failed++
		print (ok ? "ok " : "not ok ") n " - " text; fflush() }
	function finish() { if (name != "" && !planned)
		result(0, name " ran to its end"); name = "" }
	{ sub(/\r$/, "") }
	/^program / { finish(); name = substr($0, 9); planned = 0; seen = 0; print "# " name; fflush(); next }
	/^(not )?ok / { seen++; ok = /^ok/; sub(/^(not )?ok [0-9]* ?- /, ""); result(ok, $0); next }
	/^1\.\.[0-9]+$/ { planned = (substr($0, 4) == seen); next }
	/warning: Number of .* cpus requested/ { next }
	{ print /^#/ ? $0 : "# | " $0; fflush() }
	END { finish(); print "1.." n + 0
		printf "%d passed, %d failed\n", passed, failed; exit !(passed && !failed) }
	' || status=1
exit $status
