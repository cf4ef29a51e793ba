#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# watch.sh [--keep DIR] - a stock Linux guest and a root, watched by everything that there is.
#
# Both are traced from power-on on a nested host. Statistics pages, hvctl calls, the
# tracepoints and the traced run must agree with each other, and with what the guest itself counts
# (its own tracepoints for IPIs and TLB flushes); the scripts of tools/ must run; the report of both
# runs must be a well-formed page. Prints TAP and "N passed, N failed".
#
#  --keep DIR        copy everything there, with report.html

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

keep=$HVP_CACHE/artefacts
while [ $# -gt 0 ]; do
	case $1 in
	--keep) keep=$2; shift ;;
	*) usage ;;
	esac
	shift
done
. "$here/lib.sh"

"$HVP_RIG/need.sh" gcc libc6-dev busybox-static cpio jq python3 trace-cmd
"$HVP_RIG/kernels.sh" fetch 6.12
add=()
personality 6.12
linux_initrd "$tmp/guests/guest" 6.12
root_initrd "$tmp/guests/root" 6.12
head -c 1M /dev/urandom >"$tmp/guests/disk"
cp -L "$HVP_CACHE/kernels/6.12/vmlinuz" "$tmp/guests/"
mkdir "$tmp/programs"
cp -L /usr/bin/trace-cmd "$tmp/programs/"
for library in $(ldd /usr/bin/trace-cmd | grep -oE '/[^ ]+'); do
	add+=(--add "$library:/lib/x86_64-linux-gnu/${library##*/}")
done

say "watching a guest and a root, about a minute each"
status=0
"$HVP_RIG/host.sh" --host 6.12 --mem 2048 --timeout 900 "${add[@]}" \
	--add "$tmp/guests:/guests" --add "$here/watch-inside.sh:/watch.sh" \
	--add "$HVP_TOP/tools:/tools" --add "$tmp/programs/trace-cmd:/usr/bin/trace-cmd" \
	--get "/out:$tmp/out" -- "insmod /hvpersona.ko && sh /watch.sh guest &&
		sh /watch.sh root $(sha1sum <"$tmp/guests/disk") && rmmod hvpersona" \
	>"$tmp/host.log" 2>&1 || status=$?
relay '' <"$tmp/host.log"
out=$tmp/out
mkdir -p "$keep"
cp "$out"/* "$keep/" || true

# Calls of each code by the histogram of the tracepoint, but those continued: CODE COUNT
by_tracepoint()
{
	sed -n 's/^{ code: *\([0-9]*\), outcome: *\([0-9]*\) } hitcount: *\([0-9]*\)/\1 \2 \3/p' \
		"$out/$1.hist" | awk '$2 != 1 { n[$1] += $3 } END { for (c in n) print c, n[c] }' | sort -n
}

# by_calls ROLE [WHEN] - the same by hvctl, before or after the guest has counted, or at the end
by_calls()
{
	jq -r '.calls[] | select(.calls > 0) | "\(.code // 65535) \(.calls)"' "$out/$1.${2:-calls}" | sort -n
}

# sum ROLE COUNTER - over the VPs
sum() { jq "[.stats[] | select(.object == \"vp\") | .counters.$2] | add" "$out/$1.stats"; }

# equal A B - with what differs
equal() { [ "$1" = "$2" ] || { echo "$1"; echo "is not"; echo "$2"; return 1; }; }

# near A B TOLERANCE
near() { echo "$1 and $2"; [ "$1" -ge $(($2 - $3)) ] && [ "$1" -le $(($2 + $3)) ]; }

# between NUMBER LOW HIGH - of calls: some are on their way, or were never made
between() { echo "$1, from $2 to $3"; [ "$1" -ge $(($2 - 5)) ] && [ "$1" -le $(($3 + 5)) ]; }

# calls_with ROLE CODES [WHEN]
calls_with() { by_calls "$1" "${3-}" | awk -v codes=" $2 " 'index(codes, " " $1 " ") { n += $2 } END { print n + 0 }'; }

host_stats() { jq ".stats[] | select(.object == \"$2\" and .partition != null) | .counters.$3" "$out/$1.stats"; }

for role in guest root; do
	[ -s "$out/$role.stats" ] || { check "$role: was watched" false; continue; }
	check "$role: calls by the tracepoint are those by row" \
		equal "$(by_tracepoint $role)" "$(by_calls $role)"
	check "$role: VPs' counters say how many" \
		equal "$(sum $role VpHypercallsCount)" "$(by_calls $role | awk '{ n += $2 } END { print n }')"
	check "$role: of the flushes, too" equal "$(sum $role VpVirtualMmuHypercalls)" \
		"$(calls_with $role '2 3 19 20')"
	check "$role: of the IPIs, too" equal "$(sum $role VpVirtualInterruptHypercalls)" \
		"$(calls_with $role '11 21 86 148')"
	check "$role: it exited for CPUID, MSRs, I/O, HLT and interrupts" jq -e '
		[.stats[] | select(.object == "vp") | .counters | .VpCpuidInstructionsCount > 0 and
		.VpMsrAccessesCount > 0 and .VpHltInstructionsCount > 0 and
		.VpExternalInterruptsCount > 0 and .VpNestedPageFaultInterceptsCount > 0] | all' \
		"$out/$role.stats"
	check "$role: it ran, and it idled" jq -e '[.stats[] | select(.object == "vp") | .counters |
		.VpTotalRunTime > 1000000 and .VpIdleCpuTime > 10000000] | all' "$out/$role.stats"
	check "$role: its memory is 256 MiB" \
		near "$(host_stats $role partition PtGpaPages)" 65536 4096
	check "$role: no less is mapped than it used" jq -e '.stats[] | select(.object == "partition") |
		.counters | .PtGpaPages4K + 512 * .PtGpaPages2M > 10000' "$out/$role.stats"
	check "$role: the trace has all calls" jq -e '.trace | .lost_events == 0 and
		([.calls[].total.calls] | add) >= '"$(sum $role VpHypercallsCount)" "$out/$role.json"
	check "$role: Prometheus gets the same" grep -q \
		"^hvpersona_PtVirtualProcessors{partition=\"[0-9]*\"} 2$" "$out/$role.prom"
	check "$role: hvp-latency shows calls" grep -q ' ns .*[0-9] ##' "$out/$role.latency"
done

tr -d '\r' <"$out/guest.log" | sed -n 's/^GUEST //p' >"$tmp/guest"
ipis=$(sed -n 's/IPI \([0-9]*\).*/\1/p' "$tmp/guest")
flushes=$(sed -n 's/.*FLUSH \([0-9]*\)/\1/p' "$tmp/guest")
for what in "IPIs:${ipis:-0}:11 21" "flushes:${flushes:-0}:2 3 19 20"; do
	IFS=: read -r name number codes <<<"$what"
	check "guest: it counts as many $name as the host" between "$number" \
		"$(calls_with guest "$codes" before)" "$(calls_with guest "$codes" after)"
done
check "guest: it counted some" [ "${ipis:-0}" -gt 50 -a "${flushes:-0}" -gt 50 ]
check "root: it has a hypervisor with two LPs" \
	equal "$(host_stats root hypervisor HvLogicalProcessors)" 2

check "the report is written" "${HVP_HVCTL:-$HVP_TOP/tools/hvctl/hvctl}" report "$keep/report.html" \
	"$out/guest.json" "$out/root.json"
check "it is a well-formed page with drawings, and nothing from elsewhere" python3 - "$keep/report.html" <<-'END'
	import sys, xml.dom.minidom
	text = open(sys.argv[1], encoding="utf-8").read()
	page = xml.dom.minidom.parseString(text)
	assert len(page.getElementsByTagName("svg")) > 10
	assert len(page.getElementsByTagName("tr")) > 60
	assert "src=" not in text and "http" not in text.replace("http://www.w3.org/1999/xhtml", "")
	for cell in page.getElementsByTagName("rect"):
	    assert float(cell.getAttribute("height")) >= 0
END
check "the host kernel ran without complaint" [ "$status" = 0 ]
[ "$status" = 0 ] || sed 's/^/# | /' "$tmp/host.log"
finish
