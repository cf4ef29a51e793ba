#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# watch.sh - statistics and the event log, looked at with hvctl.
#
# Runs on a host with the module loaded and without partitions, leaves nothing behind.
# One line "ok -" or "not ok -" for each step.

. /steps.sh

hvctl log --sources vp,memory,partition --duration 20 --count 8 >/tmp/log.txt 2>&1 &
hvctl -j log host --sources all --count 3 >/tmp/log.json 2>&1 &
sleep 1
child=$(hvctl partition create)
hvctl memory deposit "$child" 128 >/dev/null
hvctl partition initialize "$child"
hvctl vp create "$child" 0

shows 'the hypervisor has a partition' 'hypervisor HvPartitions 1' hvctl stats show
shows 'the child has pages' "$child PtDepositedPages 128" hvctl stats show
shows 'and a VP' "$child PtVirtualProcessors 1" hvctl stats show "$child"
refused 'no such partition' 'no such object' hvctl stats show 4711
shows 'counters of VPs, zero ones too' "$child vp 0 VpHypercallsCount 0" \
	hvctl stats show "$child" --type vp --all
shows 'nothing happens to it' "$child PtDepositedPages 128" hvctl stats show "$child" --interval 0.2
is 'as JSON' sh -c "hvctl -j stats show $child | grep -q '\"PtDepositedPages\":128'"
is 'watched' sh -c "hvctl stats watch --count 2 --interval 0.2 | grep -q '3 objects, every 0.2 s'"
is 'exported' hvctl stats export -o /tmp/hvpersona.prom
is 'for Prometheus' grep -q "^hvpersona_PtDepositedPages{partition=\"$child\"} 128$" /tmp/hvpersona.prom
is 'with types' grep -q '^# TYPE hvpersona_VpHypercallsCount counter$' /tmp/hvpersona.prom
is 'in no other file' sh -c '[ "$(ls /tmp/hvpersona.prom*)" = /tmp/hvpersona.prom ]'
is 'or as JSON' sh -c "hvctl stats export --format json | grep -q '\"format_version\":1'"
refused 'nowhere' 'no such directory' hvctl stats export -o /nowhere/file
hvctl memory withdraw "$child" 10 >/dev/null
hvctl vp delete "$child" 0
hvctl partition delete --force "$child" 2>/dev/null
wait
is 'the log tells of all that' sh -c 'tr -s " " </tmp/log.txt | cut -d" " -f3 | tr "\n" " " |
	grep -q "PARTITION_CREATED DEPOSITED PARTITION_INITIALIZED VP_CREATED .*VP_DELETED"'
is 'in JSON, too' sh -c '[ "$(grep -c "\"event\":\"" /tmp/log.json)" = 3 ]'
