#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh DIR - test the hvctl in DIR without the module.
#
# Runs DIR/test, then hvctl itself with wrong and right usage. Prints a line per
# test and ends with "N passed, N failed".

set -euo pipefail

dir=$1
hvctl=$dir/hvctl
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

result()
{
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "ok - $2"
	else
		failed=$((failed + 1))
		echo "not ok - $2"
	fi
}

# expect STATUS PATTERN ARGS... - exit status and a pattern of stdout and stderr together
expect()
{
	local want=$1 pattern=$2 status=0
	shift 2
	"$hvctl" "$@" >"$tmp/out" 2>&1 </dev/null || status=$?
	if [ "$status" = "$want" ] && grep -qE -- "$pattern" "$tmp/out"; then
		result 0 "hvctl $*"
	else
		sed 's/^/# /' "$tmp/out"
		echo "# exit status $status, expected $want and /$pattern/"
		result 1 "hvctl $*"
	fi
}

# json FILTER ARGS... - stdout is one JSON document for which the filter is true
json()
{
	local filter=$1
	shift
	if { "$hvctl" "$@" 2>"$tmp/err" || true; } | jq -es "length == 1 and (.[0] | $filter)" >/dev/null &&
	   [ ! -s "$tmp/err" ]; then
		result 0 "hvctl $*: $filter"
	else
		result 1 "hvctl $*: $filter"
	fi
}

while read -r line; do
	case $line in
	'ok - '*) result 0 "${line#ok - }" ;;
	'not ok - '*) result 1 "${line#not ok - }" ;;
	*) echo "$line" ;;
	esac
done < <("$dir/test" 2>/dev/null || echo "not ok - $dir/test exits with status $?")

# Usage: 2, and the message names what is wrong
expect 2 'which object'
expect 2 "unknown object 'frobnicate'" frobnicate
expect 2 'unknown option --frobnicate' --frobnicate
expect 2 'unknown option --frobnicate' calls list --frobnicate
expect 2 'unknown option --served' calls stats --served
expect 2 'which command' partition
expect 2 "unknown command 'frobnicate'" vp frobnicate
expect 2 'one argument too many' partition list 1
expect 2 'one argument too many.*after --' run /bin/true
expect 2 'which program' run
expect 2 'which program' run --
expect 2 'takes no program' attach --pid 1 -- /bin/true
expect 2 "unknown role 'child'" run --role child -- /bin/true
expect 2 'option --role needs a value' run --role
expect 2 "'frobnicate' is not a privilege" run --privileges +frobnicate -- /bin/true
expect 2 'both added and removed' run -P +post-messages,-post-messages -- /bin/true
expect 2 'which process' attach
expect 2 'not a number' attach --pid x
expect 2 'name one partition' detach
expect 2 'name one partition' detach 1 --pid 2
expect 2 'not both' trace 1 -- /bin/true
expect 2 'not a time' trace --duration soon -- /bin/true
expect 2 'not a time' trace --idle-after -1 1
expect 2 'for a program' trace --role root 1
expect 1 'no such directory' trace -o /nonexistent/file 1
expect 2 "unknown object 'frobnicate'" help frobnicate
expect 2 'is none of hypervisor, lp' stats show --type frobnicate
expect 2 '--sort: .x. is none of' stats show --sort x
expect 2 'needs --interval' stats show --sort rate
expect 2 'not a time' stats watch --interval soon
expect 2 'not a number' stats watch --count many
expect 2 'neither prometheus nor json' stats export --format xml
expect 0 'VpHypercallsCount +completed hypercalls' stats counters
json '.counters | length == 318' -j stats counters --all
expect 2 'none of hypercall, intercept' log --sources vp,frobnicate
expect 2 'sources: which' log --sources ,
expect 2 'from 0 to 65536' log --buffer 65537
expect 2 'OUT.html RUN.json' report "$tmp/page.html"
expect 1 'cannot be read|such file' report "$tmp/page.html" /nonexistent
cat >"$tmp/run.json" <<-END
	{"format_version":1,"trace":{"role":"guest","vps":2,"command":"<vmm & co>","boot_ns":2000000000,
	"idle_ns":1000000000,"lost_events":0,"timeline_ns":500000000,"calls":[{"code":2,"name":"X",
	"boot":{"calls":7},"idle":{"calls":0},"timeline":[3,0,4],"histogram_log2_ns":[0,0,0,5,2]}]}}
	END
echo '{"format_version":1}' >"$tmp/wrong.json"
expect 1 'is not what hvctl trace' report "$tmp/page.html" "$tmp/wrong.json"
expect 1 'no such directory' report /nonexistent/page.html "$tmp/run.json"
"$hvctl" report "$tmp/page.html" "$tmp/run.json" && result 0 'hvctl report' || result 1 'hvctl report'
result "$(python3 - "$tmp/page.html" >/dev/null 2>&1 <<-'END'
	import sys, xml.dom.minidom
	text = open(sys.argv[1]).read()
	page = xml.dom.minidom.parseString(text)
	assert len(page.getElementsByTagName("svg")) == 2 and "&#60;vmm &#38; co&#62;" in text
	assert '<td class="n both">7<span class="m">x</span></td>' in text
	assert len(page.getElementsByTagName("rect")) == 2
	END
	echo $?)" "the report is a well-formed page"
expect 2 'which partition' partition initialize
expect 2 'which partition' partition delete --force
expect 2 'one argument too many' partition finalize 1 2
expect 2 "'frobnicate' is not a flag" partition create --flags lapic,frobnicate
expect 2 'not a number from 0 to 65535' partition create --compatibility 0x10000
expect 2 'only children of the host' partition create --parent 3 --memory 4M
expect 2 'not a multiple of 4096' partition create --memory 1000
expect 1 'no such file' partition create --memory /nonexistent/file
expect 2 'PARTITION PROPERTY VALUE' partition set 1 TimeFreeze
expect 2 "'Frobnicate' is not a property" partition set 1 Frobnicate 1
expect 2 'not a number' partition set 1 TimeFreeze on
expect 2 'not pairs of digits' partition set 1 VmmCapabilities hex:012
expect 2 'PARTITION PAGES' memory deposit 1
expect 2 'not a number or a size' memory deposit 1 many
expect 2 'not a multiple of 4096' memory deposit 1 1K
expect 2 'which partition' memory withdraw
expect 2 'which rights' gpa map 1 0 4M
expect 2 'which pages of the parent' gpa map 1 0 4M --flags r,w
expect 2 'PARTITION ADDRESS SIZE' gpa map 1 0 --flags no-access
expect 2 "address: '4097' is not a multiple" gpa unmap 1 4097 4096
expect 2 "size: '1X' is not a number" gpa unmap 1 0 1X
expect 2 'PARTITION VP' vp create 1
expect 2 'get or set' vp regs
expect 2 'get or set' vp regs frobnicate 1 0
expect 2 'PARTITION VP' vp regs get 1
expect 2 "'Frobnicate' is not a register" vp regs get 1 0 Rip Frobnicate
expect 2 'REGISTER=VALUE' vp regs set 1 0
expect 2 "'Rip' is not REGISTER=VALUE" vp regs set 1 0 Rip
expect 2 "Rip: 'x' is not a number" vp regs set 1 0 Rip=x
expect 2 "is no part of seg" vp regs set 1 0 'Cs=seg:{base=0,frobnicate=1}'
expect 2 "selector: '0x10000' is not" vp regs set 1 0 'Cs=seg:{selector=0x10000}'
expect 2 'PARTITION PORT' port create 3
expect 2 'lasts while it is read' port create host 7
expect 2 'not a number from 0 to 16777215' port create 3 0x1000000
expect 2 'from which partition' port create 3 7
expect 2 "'frobnicate' is not a type of port" port create 3 7 --type frobnicate
expect 2 'how many flags' port create 3 7 --type event --from host
expect 2 'only event ports' port create 3 7 --from host --event-flags 16
expect 2 'not a number from 0 to 2048' port create 3 7 --type event --from host --event-flags 0+2049
expect 2 'not a number from 0 to 2047' port create 3 7 --type event --from host --event-flags x+16
expect 2 'on which SINT' port create 3 7 --from host
expect 2 'not a number from 0 to 15' port create 3 7 --from host --sint 16
expect 2 'SINT 0 is the hypervisor' port create 3 7 --from host --sint 0
expect 2 'not a number from 0 to 2047' port create 3 7 --type event --from host --event-flags +16
expect 2 'a port at least one' port create 3 7 --type event --from host --event-flags 0
expect 2 'a SINT has 2048 flags' port create 3 7 --type event --from host --event-flags 2033+16
expect 2 'neither SINT nor VP' port create 3 7 --from host --type monitor --address 4096 --sint 2
expect 2 'neither SINT nor VP' port create 3 7 --from host --type monitor --address 4096 --vp 0
expect 2 'where is the monitor page' port create 3 7 --from host --type monitor
expect 2 'only monitor ports' port create 3 7 --from host --sint 2 --address 4096
expect 2 'port delete: PARTITION' port delete 3
expect 2 'port show: PARTITION' port show 3
expect 2 'PROPERTY VALUE' port set 3 7 PreferredTargetVp
expect 2 "'Frobnicate' is not a property of a port" port set 3 7 Frobnicate 1
expect 2 'which number' port read
expect 2 'from which partition' port read 7
expect 2 'not a time' port read 7 --from 3 --duration soon
expect 2 "host's flags begin with 0" port read 7 --from 3 --type event --event-flags 1+16
expect 2 'does not send to itself' port read 7 --from host
expect 2 'PARTITION CONNECTION' connection create 3
expect 2 'to which port' connection create 3 5 --to host
expect 2 'at which address' connection create 3 5 --to host --port 7 --type doorbell
expect 2 'only monitor connections' connection create 3 5 --to host --port 7 --address 0
expect 2 'only doorbells' connection create 3 5 --to host --port 7 --width 4
expect 2 'not 1, 2, 4 or 8' connection create 3 5 --to 4 --port 7 --type doorbell --address 0 --width 3
expect 2 'not a multiple of 4096' connection create 3 5 --to 4 --port 7 --type monitor --address 1
expect 2 'connection delete: PARTITION' connection delete 3
expect 2 'which connection' message post
expect 2 'too long' message post 5 "$(printf %241s)"
expect 2 'not pairs of digits' message post 5 hex:0
expect 2 'not a number' message post 5 --type 0x80000000
expect 2 'which connection' event signal
expect 2 'not a number' event signal 5 0x10000
expect 2 'does not end with' vp regs set 1 0 'Cs=seg:{base=0'

# Help of everything
expect 0 '^Objects:' help
expect 0 '^Objects:' --help
for object in run attach detach partition memory gpa vp port connection message event calls trace features version; do
	expect 0 "^  hvctl $object" help "$object"
	expect 0 "^  hvctl $object" "$object" help
	expect 0 "^  hvctl $object" "$object" --help
done
expect 0 '^  hvctl calls stats .*PARTITION' calls stats -h

# What works without the module
expect 0 '^hvctl version' version
expect 0 '^hvctl version' --version
expect 0 '^kernel +[0-9]' features
json '.format_version == 1 and (.features.kernel | length > 0) and (.features.off | type == "array")' -j features
json '.format_version == 1 and .version.hvctl_api_version == 1' version -p

# What does not
if [ ! -e /dev/hvpersona ]; then
	for args in 'partition list' 'partition show 1' 'vp list' 'calls list' 'calls stats' 'trace 1' \
		    'partition create' 'partition initialize 1' 'partition finalize 1' \
		    'partition delete 1' 'partition get 1' 'partition set 1 TimeFreeze 1' \
		    'memory deposit 1 208' 'memory withdraw 1' 'memory balance' 'gpa list' \
		    'gpa map 1 0 4M --flags r,w,x,large --source 2M' 'gpa unmap 1 0 4M' \
		    'vp create 1 0' 'vp delete 1 0' 'vp regs get 1 0 Rip' \
		    'port list' 'port list host' 'port show host 7' 'port delete host 7' \
		    'port create 1 7 --from host --sint 2' 'port read 7 --from 1' \
		    'port set 1 7 PreferredTargetVp 0' 'connection list 1' \
		    'connection create host 5 --to 1 --port 7' 'connection delete host 5' \
		    'message post 5 hello' 'message post 5 hex:00ff --type 2' 'event signal 5 1' \
		    'vp regs set 1 0 rip=1 Xmm0=0x00112233445566778899aabbccddeeff' \
		    'detach 1' 'attach --pid 1' 'run -- /bin/true' 'trace -- /bin/true'; do
		# shellcheck disable=SC2086 # words on purpose
		expect 1 'hvpersona is not loaded' $args
	done
	json '.error == "the module hvpersona is not loaded" and .remedy == "modprobe hvpersona"' -j calls list
fi
json '.error | startswith("unknown object")' -j frobnicate

# Completion is a script that offers what the tables hold
completes()
{
	local words=$1
	shift
	(
		. "$dir/hvctl.bash"
		COMP_WORDS=(hvctl "$@")
		COMP_CWORD=$#
		_hvctl
		[ "${COMPREPLY[*]}" = "$words" ]
	) && result 0 "completion of '$*'" || result 1 "completion of '$*'"
}
completes 'partition' pa
completes 'list show create initialize finalize delete get set help' partition ''
completes 'ExplicitSuspend' vp regs get 3 0 Expl
completes 'VmmCapabilities' partition get 3 Vmm
completes 'r,w,large r,w,lapic' gpa map 3 0 4M --flags r,w,la
completes '--memory' partition create --mem
completes 'list show create delete set read help' port ''
completes 'event' port read 7 --type ev
completes 'host' connection create ho
completes 'host' port read 7 --from ho
completes 'PreferredTargetVp' port set 3 7 Pref
completes '--served' calls list --se
completes 'guest root' run --role ''
completes '--privileges' run --role guest --pri
completes '+post-messages' attach --privileges +post
completes '+signal-events,-cpu-management' attach --privileges +signal-events,-cpu
completes '--idle-after' trace 3 --idle

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
