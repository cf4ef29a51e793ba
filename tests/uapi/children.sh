#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# children.sh - the life of a child partition of the host, told with hvctl.
#
# What a VMM and Linux's /dev/mshv do to a child up to its first run (the parent check of
# the shared specification, linux-clients.md section 10), done by an administrator. Runs on a
# host with the module loaded and without partitions; leaves nothing behind. One line "ok -"
# or "not ok -" for each step.

. /steps.sh

no_partitions()
{
	[ "$(hvctl -j partition list)" = '{"format_version":1,"partitions":[]}' ]
}

# A partition that is not initialized yet. 4 MiB of anonymous memory stand for the host's;
# the flags are those that Linux sends (linux-clients.md section 6.3: 0x482110).
is 'there is no partition to begin with' no_partitions
child=$(hvctl partition create --memory 4M \
	--flags exo,lapic,intercept-page,x2apic,super-pages)
is 'a child is created' test -n "$child"
shows 'it is a child' 'role child' hvctl partition show "$child"
shows 'it is created' 'state created' hvctl partition show "$child"
shows 'its parent is the host, id 1' 'parent id 0x1' hvctl partition show "$child"
shows 'it has the flags' 'creation flags super-pages,exo,lapic,intercept-page,x2apic' \
	hvctl partition show "$child"
refused 'the module cannot be unloaded now' 'in use\|unavailable' rmmod hvpersona

# Before it is initialized it is told what it may see: hypervisor present, Hv#1, reference
# counter, SynIC, synthetic timers, APIC, hypercall MSRs and VP index (the sheet, 14.3).
is 'property 0x10001 is set' hvctl partition set "$child" SyntheticProcFeatures 0x1fb
shows 'and reads back' 'SyntheticProcFeatures 0x10001 0x1fb' \
	hvctl partition get "$child" SyntheticProcFeatures
refused 'no VP yet' INVALID_PARTITION_STATE hvctl vp create "$child" 0
refused 'no address space yet' INVALID_PARTITION_STATE \
	hvctl gpa map "$child" 0 4K --flags no-access

# Linux deposits 208 pages before it initializes a partition.
shows '208 pages are deposited' 208 hvctl memory deposit "$child" 208
shows 'they are there' 'host pages 208' hvctl memory balance "$child"
is 'it is initialized' hvctl partition initialize "$child"
shows 'it is active' 'state active' hvctl partition show "$child"
refused 'only once' INVALID_PARTITION_STATE hvctl partition initialize "$child"
refused 'the early property is fixed now' INVALID_PARTITION_STATE \
	hvctl partition set "$child" SyntheticProcFeatures 0x3
is 'property 0x50017 is set' hvctl partition set "$child" UnimplementedMsrAction 1
shows 'and reads back' 'UnimplementedMsrAction 0x50017 0x1' \
	hvctl partition get "$child" UnimplementedMsrAction
refused 'a value that it cannot have' PROPERTY_VALUE_OUT_OF_RANGE \
	hvctl partition set "$child" UnimplementedMsrAction 2
refused 'a property that does not exist' UNKNOWN_PROPERTY hvctl partition get "$child" 0x00077777

# 4 MiB of memory: first without access, then as it is touched.
is '4 MiB without access' hvctl gpa map "$child" 0 4M --flags no-access
shows 'are one range' '0x0 0x400000 - no-access no no' hvctl gpa list "$child"
is 'the same 4 MiB as two large pages' \
	hvctl gpa map "$child" 0 4M --source 0 --flags r,w,x,adjustable,large
shows 'are one range again' '0x0 0x400000 0x0 r,w,x,adjustable,large no no' \
	hvctl gpa list "$child"
shows 'of 1024 pages' 'mapped pages 1024' hvctl partition show "$child"
refused 'memory that the host has not given' OPERATION_DENIED \
	hvctl gpa map "$child" 4M 4K --source 4M --flags r,w
refused 'a page that can be written but not read' INVALID_PARAMETER \
	hvctl gpa map "$child" 4M 4K --source 0 --flags w

# 90 pages and a virtual processor, in reset state.
is '90 pages more' hvctl memory deposit "$child" 90
is 'VP 0 is created' hvctl vp create "$child" 0
refused 'only once' INVALID_VP_INDEX hvctl vp create "$child" 0
refused 'VP 256 is beyond the limit' INVALID_VP_INDEX hvctl vp create "$child" 256
shows 'it is listed' 'vp 0' hvctl vp show "$child" 0
shows 'it starts at the reset vector' 'Rip 0x20010 0xfff0' hvctl vp regs get "$child" 0 Rip
shows 'suspended until its parent lets it run' 'ExplicitSuspend 0x0000 0x1' \
	hvctl vp regs get "$child" 0 ExplicitSuspend
is 'registers are set' hvctl vp regs set "$child" 0 Rip=0x1000 Rax=42 \
	'Cs=seg:{base=0,limit=0xffff,selector=0,attributes=0x9b}'
shows 'RIP reads back' 'Rip 0x20010 0x1000' hvctl vp regs get "$child" 0 Rip Rax Cs
shows 'RAX reads back' 'Rax 0x20000 0x2a' hvctl vp regs get "$child" 0 Rip Rax Cs
shows 'CS reads back' 'Cs 0x60001 seg:{base=0x0,limit=0xffff,selector=0x0,attributes=0x9b}' \
	hvctl vp regs get "$child" 0 Rip Rax Cs
refused 'a register that does not exist' UNKNOWN_REGISTER_NAME \
	hvctl vp regs get "$child" 0 0x0002ffff

# The account: what was given is there, some of it used.
shows 'the pool has 298 pages of the host' 'host pages 298' hvctl memory balance "$child"
is 'free and used ones are 298' sh -c "hvctl memory balance $child |
	awk '/^available|^in use/ { sum += \$NF } END { exit sum != 298 }'"
is 'the same as JSON' sh -c "hvctl -j memory balance $child | grep -q '\"host_pages\":298'"

# And back. Half of the memory goes, then the VP, then all the rest.
is '2 MiB are unmapped' hvctl gpa unmap "$child" 2M 2M --flags large
shows '2 MiB are left' '0x0 0x200000 0x0 r,w,x,adjustable,large no no' hvctl gpa list "$child"
is 'VP 0 is deleted' hvctl vp delete "$child" 0
refused 'only once' INVALID_VP_INDEX hvctl vp delete "$child" 0
refused 'an active partition is not deleted' INVALID_PARTITION_STATE \
	hvctl partition delete "$child"
is 'it is finalized' hvctl partition finalize "$child"
shows 'that takes its memory' 'mapped pages 0' hvctl partition show "$child"
shows 'and it says so' 'state finalized' hvctl partition show "$child"
refused 'its pool is not empty' OPERATION_DENIED hvctl partition delete "$child"
shows 'all 298 pages come back' 298 hvctl memory withdraw "$child"
is 'it is deleted' hvctl partition delete "$child"
refused 'nobody finds it any more' 'no such object' hvctl partition show "$child"

# The short way, with all that it has.
child=$(hvctl partition create --memory 4M)
hvctl memory deposit "$child" 208 >/dev/null
is 'another one is initialized' hvctl partition initialize "$child"
is 'with memory' hvctl gpa map "$child" 0 4M --source 0 --flags r,w,x
is 'and a VP' hvctl vp create "$child" 3
is 'it is deleted by force' hvctl partition delete --force "$child"
is 'nothing is left' no_partitions
