# SPDX-License-Identifier: GPL-2.0
# report.awk: the table of run.sh and its verdict, from what inside.sh prints.

BEGIN {
	FS = OFS = "\t"
	CPUID = "CPUID exit"
	FAST = "0x0009 parked VPs, fast"
	EVENT = "0x005d signal event to user space, fast"
	MESSAGE = "0x005c post message to user space"
	PING = "0x005c message to another guest and back"
	EVENTS = "0x005d event to another guest and back"
	SPIN = "0x0008 long spin wait, fast"
	VTL = "0x0011 VTL call and return"
	INTERCEPT = "memory intercept and return"
	FLAT = 1.6	# some levels of a tree are all that may show
	print "what", "path", "median", "minimum", "p95", "per_cpuid"
}

{ sub(/\r$/, "") }

$1 == "bench" {
	key = path SUBSEP $2
	if (!(key in median)) {
		order[++rows] = key
		median[key] = minimum[key] = p95[key] = 1e9
	}
	if ($4 < median[key]) {
		median[key] = $4
		minimum[key] = $3
		p95[key] = $5
	}
	if ($4 > worst[key])
		worst[key] = $4
	next
}

/^run / { path = substr($0, 5); runs++; next }
# isa-debug-exit: 1 if all tests of the program passed
/^status 1$/ { good++; next }
/^ok |^1\.\./ { next }
{ print "# " path ": " $0 }

function verdict(ok, text)
{
	ok ? passed++ : failed++
	print "# " (ok ? "pass" : "FAIL") ": " text
}

function get(p, what)
{
	return median[p, what]
}

# What counting adds, and what somebody who reads the statistics does
function count_cost(text, what,   cost)
{
	cost = get("hvpersona", what) - get("uncounted", what)
	verdict(get("uncounted", what) && cost < 10,
		sprintf("counting %s costs %d instructions (less than 10), with its time %d", text,
			cost, get("watched", what) - get("uncounted", what)))
}

END {
	for (i = 1; i <= rows; i++) {
		split(order[i], part, SUBSEP)
		print part[2], part[1], median[order[i]], minimum[order[i]], p95[order[i]],
			sprintf("%.3f", median[order[i]] / get(part[1], CPUID))
	}
	for (i = 1; i <= rows; i++) {
		if (worst[order[i]] == median[order[i]])
			continue
		split(order[i], part, SUBSEP)
		printf "# spread: %s, %s: %d to %d\n", part[2], part[1], median[order[i]], worst[order[i]]
	}

	verdict(runs && good == runs, sprintf("%d of %d runs ended well", good, runs))
	more = get("hooked", CPUID) - get("kvm", CPUID)
	verdict(get("hooked", CPUID) && more <= 20,
		sprintf("a VM that is not attached pays %d instructions per exit (at most 20)", more))
	ratio = get("hvpersona", FAST) / (get("hvpersona", CPUID) + !rows)
	verdict(ratio && ratio <= 1.05,
		sprintf("a fast hypercall costs %.3f of a CPUID exit (at most 1.05)", ratio))
	for (i = 1; i <= rows; i++) {
		split(order[i], part, SUBSEP)
		# What KVM refuses is no call that it serves
		if (part[1] != "kvm" || part[2] == CPUID || part[2] ~ /unserved|user space/)
			continue
		ratio = get("hvpersona", part[2]) / get("kvm", part[2])
		verdict(ratio && ratio <= 0.95,
			sprintf("%s costs %.3f of KVM's own (at most 0.95)", part[2], ratio))
	}
	count_cost("a CPUID exit", CPUID)
	count_cost("a fast hypercall", SPIN)
	ratio = get("hvpersona", EVENT) / (get("kvm", EVENT) + !rows)
	verdict(ratio && ratio <= 1,
		sprintf("an event to user space costs %.3f of KVM's own (at most 1)", ratio))
	# On one CPU the reader, once woken, takes the sender's place, and the median has what
	# it does as well: the minimum is the sender's part
	ratio = minimum["hvpersona", MESSAGE] / (minimum["kvm", MESSAGE] + !rows)
	verdict(ratio && ratio <= 0.5,
		sprintf("a message to user space costs %.3f of an exit to it (at most 0.5)", ratio))
	ratio = get("vtl", VTL) / (get("vtl", CPUID) + !rows)
	verdict(ratio && ratio <= 2.5,
		sprintf("a VTL call and its return cost %.3f CPUID exits (at most 2.5)", ratio))
	ratio = get("vtl", INTERCEPT) / (get("vtl", CPUID) + !rows)
	verdict(ratio && ratio <= 5,
		sprintf("a memory intercept and return cost %.3f CPUID exits (at most 5)", ratio))
	verdict(get("pair", PING) && get("pair", EVENTS),
		"messages and events go to another guest and back")
	low = high = 0
	for (i = 1; i <= rows; i++) {
		if (order[i] !~ / mapped$/)
			continue
		cost = median[order[i]]
		levels++
		low = low && low < cost ? low : cost
		high = high > cost ? high : cost
	}
	verdict(levels == 4 && high <= FLAT * low,
		sprintf("mapping a page costs %d to %d with 1 to 1000000 pages mapped (at most x %.2f)",
			low, high, FLAT))
	printf "# %d passed, %d failed\n", passed, failed
	exit !(passed && !failed)
}
