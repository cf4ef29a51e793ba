/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics: what is counted while it happens, how a page of counters is composed from that
 * and from what is known anyway, and the pages that guests have mapped.
 *
 * Events are counted in struct hvp_vp.stats, by the VP's own thread, at the index that the
 * counter has in the page. Times in there are in nanoseconds, and only taken while somebody
 * watches the partition (struct hvp_partition.watchers). Everything else - run times, sums over
 * the hypercalls, sizes of things - is looked up when a page is composed.
 */
#ifndef HVP_STATS_H
#define HVP_STATS_H

#include "../core.h"
#include "../hv_abi/stats.h"
#include "counters.h"

#define HVP_STAT_NUMBER(_number, _name, _text)	HVP_##_name = _number,
enum hvp_hypervisor_stat { HVP_HYPERVISOR_COUNTERS(HVP_STAT_NUMBER) };
enum hvp_lp_stat { HVP_LP_COUNTERS(HVP_STAT_NUMBER) };
enum hvp_partition_stat { HVP_PARTITION_COUNTERS(HVP_STAT_NUMBER) };
enum hvp_vp_stat { HVP_VP_COUNTERS(HVP_STAT_NUMBER) };
static_assert(HVP_VpExpressSchedulingCount < HVP_VP_STATS);

/* Pages are written anew so often at least, if their owner runs */
#define HVP_STATS_PERIOD_MS	100

/**
 * struct hvp_stats_object - An object that has a page of counters
 * @type: HV_STATS_*
 * @partition: The partition, of a VP the one it belongs to; of an LP and the hypervisor the root,
 *	or NULL: the host
 * @vp: VP, of an LP the vCPU that it is
 * @index: Index of the VP or LP
 */
struct hvp_stats_object {
	u32 type;
	struct hvp_partition *partition;
	struct hvp_vp *vp;
	u32 index;
};

/* To see what counting costs: tests/bench/run.sh */
#ifdef HVP_UNCOUNTED
#define HVP_COUNTED	false
#else
#define HVP_COUNTED	true
#endif

/* Count something that a VP does. In its thread, or in that of the actor on it */
static inline void hvp_stat_add(struct hvp_vp *vp, enum hvp_vp_stat stat, u64 what)
{
	/* One instruction: whoever reads it meanwhile gets the old or the new value */
	data_race(vp->stats[stat] += HVP_COUNTED ? what : 0);
}

static inline void hvp_stat_inc(struct hvp_vp *vp, enum hvp_vp_stat stat)
{
	hvp_stat_add(vp, stat, 1);
}

/* collect.c */
u32 hvp_stats_collect(struct hvp_instance *instance, const struct hvp_stats_object *object,
		      u64 counters[HV_STATS_COUNTERS]);
void hvp_stats_refresh_lp(struct hvp_vp *vp, u64 now_ns);

/* pages.c: pages mapped by guests */
enum hv_status hvp_stats_map(struct hvp_vp *vp, const struct hvp_stats_object *object, u32 area,
			     const u64 *location, u64 *gfn);
enum hv_status hvp_stats_unmap(struct hvp_partition *owner, const struct hvp_stats_object *object,
			       u32 area);
void hvp_stats_unmap_all(struct hvp_partition *owner);
void hvp_stats_object_gone(struct hvp_partition *owner, const struct hvp_partition *pt,
			   const struct hvp_vp *vp);
void hvp_stats_update(struct hvp_vp *vp, const struct hvp_vp *lp);
void hvp_stats_tick(struct hvp_vp *vp, u64 now_ns);

/*
 * Somebody watches a partition: times are taken from now on. Undone by hvp_stats_unwatch().
 * Any context.
 */
static inline void hvp_stats_watch(struct hvp_partition *pt)
{
	atomic_inc(&pt->watchers);
}

static inline void hvp_stats_unwatch(struct hvp_partition *pt)
{
	atomic_dec(&pt->watchers);
}

static inline bool hvp_stats_watched(const struct hvp_partition *pt)
{
	return atomic_read(&pt->watchers);
}

#endif
