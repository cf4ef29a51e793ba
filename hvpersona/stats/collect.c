// SPDX-License-Identifier: GPL-2.0
/*
 * Composing a page of counters: what was counted, and what is known anyway.
 */
#include <linux/cpumask.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <uapi/linux/hvpersona.h>

#include "../child.h"
#include "../hv_abi/gpa.h"
#include "../hypercalls/hypercalls.h"
#include "../lp.h"
#include "stats.h"

/* Counters are in units of 100 ns */
static u64 units(u64 ns)
{
	return div_u64(ns, 100);
}

/* Is the counter a time that is counted in nanoseconds? Each stands behind its number of events */
static bool is_time(u32 stat)
{
	switch (stat) {
#define TIME_PAIR(_name)	case HVP_##_name##Time:
	TIME_PAIR(VpHypercalls)
	TIME_PAIR(VpPageInvalidations)
	TIME_PAIR(VpControlRegisterAccesses)
	TIME_PAIR(VpIoInstructions)
	TIME_PAIR(VpHltInstructions)
	TIME_PAIR(VpMwaitInstructions)
	TIME_PAIR(VpCpuidInstructions)
	TIME_PAIR(VpMsrAccesses)
	TIME_PAIR(VpOtherIntercepts)
	TIME_PAIR(VpExternalInterrupts)
	TIME_PAIR(VpPendingInterrupts)
	TIME_PAIR(VpDebugRegisterAccesses)
	TIME_PAIR(VpPageFaultIntercepts)
	TIME_PAIR(VpNestedPageFaultIntercepts)
	TIME_PAIR(VpVmclearEmulation)
	TIME_PAIR(VpVmptrldEmulation)
	TIME_PAIR(VpVmptrstEmulation)
	TIME_PAIR(VpVmreadEmulation)
	TIME_PAIR(VpVmwriteEmulation)
	TIME_PAIR(VpVmxoffEmulation)
	TIME_PAIR(VpVmxonEmulation)
	TIME_PAIR(VpNestedVMEntries)
	TIME_PAIR(VpInvEptAllContextEmulation)
	TIME_PAIR(VpInvVpidAllContextEmulation)
	TIME_PAIR(VpVmloadEmulation)
	TIME_PAIR(VpVmsaveEmulation)
	TIME_PAIR(VpGifInstructionEmulation)
	TIME_PAIR(VpRdpmcInstructions)
#undef TIME_PAIR
		return true;
	default:
		return false;
	}
}

/* The counter of the calls of a kind. @code: HVPERSONA_CALL_UNKNOWN for those without a row */
static enum hvp_vp_stat kind_of(u32 code)
{
	switch (code) {
	case 0x0002: case 0x0003: case 0x0013: case 0x0014:
		return HVP_VpVirtualMmuHypercalls;
	case 0x00af:
		return HVP_VpFlushGuestPhysicalAddressSpaceHypercalls;
	case 0x00b0:
		return HVP_VpFlushGuestPhysicalAddressListHypercalls;
	case 0x0008:
		return HVP_VpLongSpinWaitHypercalls;
	case 0x0004: case 0x0009: case 0x0076 ... 0x007a: case 0x0088 ... 0x008a: case 0x00ee:
		return HVP_VpLogicalProcessorHypercalls;
	case 0x000b: case 0x0015: case 0x0056: case 0x0094:
		return HVP_VpVirtualInterruptHypercalls;
	case 0x000c ... 0x0012: case 0x00d4:
		return HVP_VpVsmHypercalls;
	case 0x0048 ... 0x004a:
		return HVP_VpDepositHypercalls;
	case 0x004b: case 0x004c: case 0x0053: case 0x0054: case 0x006e: case 0x0090:
	case 0x00be: case 0x00bf: case 0x00c9: case 0x00ca: case 0x00d2: case 0x00d3:
	case 0x00d7: case 0x00d8:
		return HVP_VpGpaSpaceHypercalls;
	case 0x004e ... 0x0052: case 0x0099: case 0x009a: case 0x00ac: case 0x00c2:
	case 0x00de: case 0x00e1 ... 0x00e5: case 0x00f4:
		return HVP_VpVirtualProcessorHypercalls;
	case 0x005c: case 0x005d: case 0x008b: case 0x00c0: case 0x00c1: case 0x00f3:
		return HVP_VpSyntheticInterruptHypercalls;
	case 0x0060 ... 0x0068:
		return HVP_VpEventLogHypercalls;
	case 0x00b1 ... 0x00b4: case 0x00c4: case 0x00c5:
		return HVP_VpDeviceDomainHypercalls;
	case HV_EXT_CALL_BASE ... HVPERSONA_CALL_UNKNOWN - 1:
		return HVP_VpExtendedHypercalls;
	default:
		return HVP_VpOtherHypercalls;
	}
}

static void add_hypercalls(const struct hvp_vp *vp, u64 *to)
{
	u64 calls;
	u32 row;

	/* Completed calls, not exits */
	to[HVP_VpHypercallsCount] = 0;
	/* A child's VP makes none before it runs */
	if (!vp->counters)
		return;
	for (row = 0; row <= hvp_hypercall_count; row++) {
		calls = READ_ONCE(vp->counters[row].calls);
		if (!calls)
			continue;
		to[HVP_VpHypercallsCount] += calls;
		to[kind_of(row < hvp_hypercall_count ? hvp_hypercalls[row].code :
						       HVPERSONA_CALL_UNKNOWN)] += calls;
	}
}

static void collect_vp(struct hvp_vp *vp, u64 *to)
{
	struct hvp_run_time time;
	u32 stat;
	u64 value;

	for (stat = 0; stat < HVP_VP_STATS; stat++) {
		value = READ_ONCE(vp->stats[stat]);
		to[stat] = is_time(stat) ? units(value) : value;
	}
	add_hypercalls(vp, to);
	vp->ops->run_time(vp, &time);
	to[HVP_VpTotalRunTime] = units(time.guest_ns + time.host_ns);
	to[HVP_VpHypervisorRunTime] = units(time.host_ns);
	to[HVP_VpIdleCpuTime] = units(time.halted_ns);
	to[HVP_VpWaitingForCpuTime] = units(time.waiting_ns);
	to[HVP_VpLogicalProcessorDispatches] = time.dispatches;
	to[HVP_VpLogicalProcessorMigrations] = time.migrations;
	to[HVP_VpEmulatedInstructionsCount] = time.emulated;
	to[HVP_VpVirtualInterrupts] = time.injected;
	to[HVP_VpHardwareInterrupts] = to[HVP_VpExternalInterruptsCount];
}

/* TSC ticks of the guest in a time */
static u64 ticks(const struct hvp_run_time *time, u64 ns)
{
	return mul_u64_u64_div_u64(ns, time->tsc_khz, NSEC_PER_MSEC);
}

static void collect_lp(struct hvp_partition *root, u32 index, struct hvp_vp *vp, u64 *to)
{
	struct hvp_run_time time;

	vp->ops->run_time(vp, &time);
	to[HVP_LpGlobalTime] = units(vp->ops->time_ns() - root->since_ns);
	to[HVP_LpTotalRunTime] = units(time.guest_ns + time.host_ns);
	to[HVP_LpHypervisorRunTime] = units(time.host_ns);
	to[HVP_LpHardwareInterrupts] = READ_ONCE(vp->stats[HVP_VpExternalInterruptsCount]);
	to[HVP_LpContextSwitches] = time.dispatches;
	to[HVP_LpInterProcessorInterruptsSent] = READ_ONCE(vp->stats[HVP_VpApicIpisSent]);
	to[HVP_LpProcessorHalts] = READ_ONCE(vp->stats[HVP_VpHltInstructionsCount]);
	to[HVP_LpC1TransitionsCount] = to[HVP_LpProcessorHalts];
	to[HVP_LpC1RunTime] = units(time.halted_ns);
	to[HVP_LpRootVpIndex] = READ_ONCE(vp->index);
	to[HVP_LpActiveTscCount] = ticks(&time, time.guest_ns + time.host_ns);
	to[HVP_LpIdleAccumulation] = units(time.halted_ns);
	to[HVP_LpProximityDomainId] = hvp_lp_domain(root, index);
	to[HVP_LpCounterRefreshSequenceNumber] = READ_ONCE(vp->refresh.sequence);
	to[HVP_LpCounterRefreshReferenceTime] = READ_ONCE(vp->refresh.reference_time);
	to[HVP_LpIdleAccumulationSnapshot] = READ_ONCE(vp->refresh.idle);
	to[HVP_LpActiveTscCountSnapshot] = READ_ONCE(vp->refresh.active_tsc);
}

/**
 * hvp_stats_refresh_lp - HvCallRefreshPerformanceCounters: take the snapshot
 * @vp: vCPU that is the LP; the caller keeps it
 * @now_ns: Time since the partition was made
 */
void hvp_stats_refresh_lp(struct hvp_vp *vp, u64 now_ns)
{
	struct hvp_run_time time;

	vp->ops->run_time(vp, &time);
	WRITE_ONCE(vp->refresh.sequence, vp->refresh.sequence + 1);
	WRITE_ONCE(vp->refresh.reference_time, units(now_ns));
	WRITE_ONCE(vp->refresh.idle, units(time.halted_ns));
	WRITE_ONCE(vp->refresh.active_tsc, ticks(&time, time.guest_ns + time.host_ns));
}

/* Entries of the lists that a VP had flushed */
static u64 flushed_entries(const struct hvp_vp *vp)
{
	const struct hvp_hypercall *list = hvp_hypercall_lookup(0x0003);
	const struct hvp_hypercall *list_ex = hvp_hypercall_lookup(0x0014);

	if (!vp->counters)
		return 0;
	return READ_ONCE(vp->counters[list - hvp_hypercalls].reps) +
	       READ_ONCE(vp->counters[list_ex - hvp_hypercalls].reps);
}

static u64 pool_pages(const struct hvp_pool *pool)
{
	return READ_ONCE(pool->guest_pages) + READ_ONCE(pool->host_count);
}

static u64 count_children(struct hvp_partition *pt)
{
	struct list_head *at;
	u64 count = 0;

	guard(mutex)(&pt->instance->lock);
	list_for_each(at, &pt->children)
		count++;
	return count;
}

static void collect_partition(struct hvp_partition *pt, u64 *to)
{
	struct hvp_space_pages pages = {};
	unsigned long index;
	struct hvp_vp *vp;

	if (pt->child) {
		pages.total = READ_ONCE(pt->child->map.pages);
		pages.size[1] = READ_ONCE(pt->child->map.large) / HV_LARGE_PAGE_PAGES;
		pages.size[0] = pages.total - READ_ONCE(pt->child->map.large);
	} else {
		pt->ops->space_pages(pt, &pages);
	}
	to[HVP_PtVirtualProcessors] = READ_ONCE(pt->vp_count);
	to[HVP_PtDepositedPages] = pool_pages(&pt->pool);
	to[HVP_PtGpaPages] = pages.total;
	to[HVP_PtGpaSpaceModifications] = atomic64_read(&pt->space_changes);
	to[HVP_PtGpaPages4K] = pages.size[0];
	to[HVP_PtGpaPages2M] = pages.size[1];
	to[HVP_PtGpaPages1G] = pages.size[2];
	to[HVP_PtAttachedDevices] = READ_ONCE(pt->device_count);
	to[HVP_PtDeviceInterruptMappings] = READ_ONCE(pt->device_interrupt_count);
	to[HVP_PtPartitionId] = pt->id;
	to[HVP_PtNumberofActiveChildPartitions] = count_children(pt);
	/* The host may look while the machine is detached, and its VPs go */
	rcu_read_lock();
	xa_for_each(&pt->vps, index, vp)
		to[HVP_PtVirtualTlbFlushEntires] += flushed_entries(vp);
	rcu_read_unlock();
}

static void collect_hypervisor(struct hvp_instance *instance, struct hvp_partition *root, u64 *to)
{
	struct hvp_partition *pt;
	unsigned long id;

	to[HVP_HvLogicalProcessors] = root ? hvp_lp_count(root) : num_online_cpus();
	rcu_read_lock();
	xa_for_each(&instance->partitions, id, pt) {
		to[HVP_HvPartitions]++;
		to[HVP_HvTotalPages] += pool_pages(&pt->pool);
		to[HVP_HvVirtualProcessors] += READ_ONCE(pt->vp_count);
		to[HVP_HvMonitoredNotifications] += atomic64_read(&pt->notifications);
	}
	rcu_read_unlock();
}

/**
 * hvp_stats_collect - Compose a page of counters
 * @instance: Instance that the object is in
 * @object: The object, which the caller keeps with its VPs
 * @counters: Result, in the form of the page
 *
 * Numbers of an instant that need not fit each other: nobody is kept waiting. May sleep.
 *
 * Return: how many counters an object of this type has; the others are zero.
 */
u32 hvp_stats_collect(struct hvp_instance *instance, const struct hvp_stats_object *object,
		      u64 counters[HV_STATS_COUNTERS])
{
	memset(counters, 0, HV_STATS_COUNTERS * sizeof(*counters));
	switch (object->type) {
	case HV_STATS_HYPERVISOR:
		collect_hypervisor(instance, object->partition, counters);
		return HVP_HvSubsumedPages + 1;
	case HV_STATS_LP:
		collect_lp(object->partition, object->index, object->vp, counters);
		return HVP_LpPerfmonInterruptCount + 1;
	case HV_STATS_PARTITION:
		collect_partition(object->partition, counters);
		return HVP_PtNumberofActiveChildPartitions + 1;
	default:
		collect_vp(object->vp, counters);
		return HVP_VP_STATS;
	}
}
