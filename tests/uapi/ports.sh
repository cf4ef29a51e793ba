#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# ports.sh - ports and connections, told with hvctl.
#
# Two children of the host and the host itself are connected with each other, as an administrator
# does it. Runs on a host with the module loaded and without partitions; leaves a connection of the
# host's behind, which does not keep the module from being unloaded.
# One line "ok -" or "not ok -" for each step.

. /steps.sh

active_child()
{
	child=$(hvctl partition create)
	hvctl memory deposit "$child" 128 >/dev/null
	hvctl partition initialize "$child" && hvctl vp create "$child" 0 && echo "$child"
}

one=$(active_child)
two=$(active_child)
is 'there are two children' test -n "$one" -a -n "$two"
shows 'there is no port' 'hvctl: no ports' hvctl port list
is 'nor a connection, as JSON' sh -c "[ '$(hvctl -j connection list)' = \
	'{\"format_version\":1,\"connections\":[]}' ]"

# Child one receives from child two and from the host.
is 'a port for messages' hvctl port create "$one" 7 --from "$two" --sint 2
is 'a port for events' hvctl port create "$one" 8 --from host --type event --event-flags 64+16 \
	--sint 3 --vp 0
refused 'its number is taken' INVALID_PORT_ID hvctl port create "$one" 8 --from host --sint 2
refused 'a VP that is not there' INVALID_VP_INDEX \
	hvctl port create "$one" 9 --from host --sint 2 --vp 1
shows 'they are listed' "$one 7 message $two 2 - - - - 0 0" hvctl port list
is 'handles are numbers in JSON' sh -c "hvctl -j port list | grep -q '\"partition\":$one,'"
is 'the host is its name' sh -c "hvctl -j port list | grep -q '\"from\":\"host\"'"
shows 'with flags' "$one 8 event host 3 0 64 16 - 0 0" hvctl port list "$one"
is 'child two is connected' hvctl connection create "$two" 0x10 --to "$one" --port 7
is 'the host is connected' hvctl connection create host 0x11 --to "$one" --port 8 --type event
refused 'once' INVALID_PORT_ID hvctl connection create host 0x12 --to "$one" --port 8 --type event
refused 'a page that is none' 'not a multiple' hvctl connection create "$two" 9 --to "$one" \
	--port 7 --type monitor --address 1
refused 'to a port for somebody else' INVALID_PARTITION_ID \
	hvctl connection create host 0x12 --to "$one" --port 7
shows 'the connections are listed' "$two 16 message $one 7 - - -" hvctl connection list
shows 'those of the host, too' "host 17 event $one 8 - - -" hvctl connection list host
shows 'the port shows it' "$one 7 message $two 2 - - - 16 0 0" hvctl port list "$one"
is 'VP 0 is preferred' hvctl port set "$one" 7 PreferredTargetVp 0
refused 'VP 1 cannot be' INVALID_PARAMETER hvctl port set "$one" 7 PreferredTargetVp 1
shows 'which is shown' 'preferred vp 0' hvctl port show "$one" 7
refused 'a port that does not exist' 'no such port' hvctl port show "$one" 9

# The host sends. The child does not run, so that its SynIC is set up from here.
refused 'it has its SynIC switched off' INVALID_SYNIC_STATE hvctl event signal 0x11 15
is 'that is switched on' hvctl vp regs set "$one" 0 Scontrol=1 Sifp=0x2001 Sipp=0x1001 \
	Sint2=0x31 Sint3=0x32
is 'a flag is set' hvctl event signal 0x11 15
refused 'there are but 16' INVALID_PARAMETER hvctl event signal 0x11 16
refused 'it takes no message' INVALID_PORT_ID hvctl message post 0x11 hello
is 'another port' hvctl port create "$one" 9 --from host --sint 2
is 'another connection' hvctl connection create host 0x12 --to "$one" --port 9
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	hvctl message post 0x12 "message $i"
done
shows '16 messages wait in it' "$one 9 message host 2 - - - 18 16 16" hvctl port list "$one"
refused 'and no more' INSUFFICIENT_BUFFERS hvctl message post 0x12 hex:00ff

# The host receives as long as somebody reads.
hvctl port read 7 --from "$two" --duration $((2 * ${HVP_SLOW:-1})) >/tmp/ports.read 2>&1 &
reader=$!
tries=0
until hvctl port list host 2>/dev/null | grep -q '^host'; do
	tries=$((tries + 1))
	[ $tries -lt 20 ] || break
	sleep 0.1
done
shows 'a port of the host is there' "host 7 message $two - - - - - 0 0" hvctl port list
refused 'its number is taken' INVALID_PORT_ID hvctl port read 7 --from "$two"
is 'child two is connected to it' hvctl connection create "$two" 0x20 --to host --port 7
shows 'which is listed' "$two 32 message host 7 - - -" hvctl connection list "$two"
refused 'the module cannot be unloaded now' 'in use\|unavailable' rmmod hvpersona
wait "$reader"
is 'the reader ends in time' test $? = 0
is 'or at once' timeout 10 hvctl port read 7 --from "$two" --duration 0
shows 'with it went the port' 'hvctl: no ports' hvctl port list host
shows 'the connection leads nowhere' "$two 32 message - - - - -" hvctl connection list "$two"
hvctl port read 7 --from "$two" --type event --event-flags 16 >/tmp/ports.read 2>&1 &
reader=$!
sleep 0.5
is 'a port is deleted while somebody reads' hvctl port delete host 7
wait "$reader"
is 'who fails' test $? = 1
is 'and says why' grep -q 'somebody has deleted the port' /tmp/ports.read
hvctl port read 7 --from "$two" >/dev/null 2>&1 &
sleep 0.5
kill -9 $!
wait $! 2>/dev/null
shows 'a reader that is killed leaves no port' 'hvctl: no ports' hvctl port list host

# A guest sends, and what arrives is printed.

# printed LINE: it is a line of what the reader printed
printed()
{
	if grep -qxF -e "$1" /tmp/ports.read; then
		echo "ok - printed: $1"
	else
		echo "not ok - printed: $1"
		sed 's/^/# | /' /tmp/ports.read
	fi
}

# reads ARGUMENTS...: read port 7 of what the guest is connected to, as $reader
reads()
{
	# shellcheck disable=SC2086 # words on purpose
	timeout 20 hvctl $json port read 7 --from "$guest" --type "$type" "$@" >/tmp/ports.read 2>&1 &
	reader=$!
	tries=0
	until hvctl connection create "$guest" 5 --to host --port 7 --type "$type" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || break
		sleep 0.1
	done
}

mkfifo /tmp/ports.in
/ports guest </tmp/ports.in >/tmp/ports.guest &
vmm=$!
exec 3>/tmp/ports.in
tries=0
until guest=$(grep -x '[0-9]*' /tmp/ports.guest) || [ $tries = 50 ]; do
	tries=$((tries + 1))
	sleep 0.2
done
json='' type=message
reads --count 3
printf 'hello\n\n\001\n' >&3
wait "$reader"
is 'three messages are read' test $? = 0
printed '0x00000001 hex:68656c6c6f hello'
printed '0x00000001 hex:'
printed '0x00000001 hex:01'
hvctl connection delete "$guest" 5
json=-j
reads --count 1
echo hello >&3
wait "$reader"
printed '{"format_version":1,"message":{"port":7,"type":1,"size":5,"payload":"hex:68656c6c6f","text":"hello"}}'
hvctl connection delete "$guest" 5
type=event
reads --event-flags 16 --count 1
echo flag 15 >&3
wait "$reader"
printed '{"format_version":1,"flag":15}'
hvctl connection delete "$guest" 5
reads --event-flags 16 --duration 1
echo flags >&3
wait "$reader"
is 'a reader ends in time while more arrives' test $? = 0
printed '{"format_version":1,"flag":0}'
kill -9 $vmm
wait $vmm 2>/dev/null
exec 3>&-

# And back.
is 'a port is deleted with its messages' hvctl port delete "$one" 9
refused 'once' INVALID_PORT_ID hvctl port delete "$one" 9
refused 'nothing goes there any more' INVALID_PORT_ID hvctl message post 0x12 hello
is 'its connection is deleted' hvctl connection delete host 0x12
refused 'once' INVALID_CONNECTION_ID hvctl connection delete host 0x12
is 'child one is deleted with its ports' hvctl partition delete --force "$one"
shows "child two's connection leads nowhere" "$two 16 message - - - - -" hvctl connection list
is 'child two is deleted' hvctl partition delete --force "$two"
shows 'no port is left' 'hvctl: no ports' hvctl port list
shows 'the connection of the host leads nowhere' "host 17 event - - - - -" hvctl connection list
