// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics pages that guests have mapped (HvCallMapStatsPage, HvCallMapStatsPage2).
 *
 * A page comes out of its owner's pool or is named by the owner; it is read-only for the owner
 * while it is mapped, and is written by the owner's own VPs, each counter at once, so that
 * nobody reads half of a value: when it is mapped, every HVP_STATS_PERIOD_MS while the owner
 * runs, and, of an LP, by HvCallRefreshPerformanceCounters. It goes with its object.
 *
 * struct hvp_stats.lock is taken inside the op_lock of a child, outside of all others.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../child.h"
#include "stats.h"

/* A machine of HVP_MAX_VPS can have both pages of each */
#define MAX_PAGES	16384
/* So many are written at one exit */
#define PAGES_PER_TICK	16

/**
 * struct mapped_page - A statistics page in its owner's space
 * @link: In struct hvp_stats.pages
 * @object: Whose counters it has
 * @area: HV_STATS_SELF or HV_STATS_PARENT; both have all counters
 * @gfn: Page number in the owner's space
 * @from_pool: It came out of the owner's pool
 */
struct mapped_page {
	struct list_head link;
	struct hvp_stats_object object;
	u32 area;
	u64 gfn;
	bool from_pool;
};

static struct mapped_page *find(struct hvp_partition *owner,
				const struct hvp_stats_object *object, u32 area)
{
	struct mapped_page *page;

	list_for_each_entry(page, &owner->stats.pages, link)
		if (page->object.type == object->type &&
		    page->object.partition == object->partition &&
		    page->object.vp == object->vp && page->area == area &&
		    (object->type != HV_STATS_LP || page->object.index == object->index))
			return page;
	return NULL;
}

static int write(struct hvp_vp *vp, const struct mapped_page *page, bool all)
{
	struct hvp_partition *owner = vp->partition;
	u32 count;

	count = hvp_stats_collect(owner->instance, &page->object, owner->stats.buffer);
	return vp->ops->write_own_page(vp, page->gfn << PAGE_SHIFT, owner->stats.buffer,
				       all ? HV_STATS_COUNTERS : count);
}

/* The first page brings the buffer in which all are composed */
static int need_buffer(struct hvp_partition *owner)
{
	u64 *buffer;

	if (owner->stats.buffer)
		return 0;
	buffer = hvp_pool_zalloc(&owner->pool, PAGE_SIZE);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	owner->stats.buffer = buffer;
	return 0;
}

static void drop_buffer(struct hvp_partition *owner)
{
	if (owner->stats.count)
		return;
	hvp_pool_free(&owner->pool, owner->stats.buffer, PAGE_SIZE);
	owner->stats.buffer = NULL;
	WRITE_ONCE(owner->stats.due, U64_MAX);
}

static enum hv_status take(struct hvp_partition *owner, struct mapped_page *page,
			   const u64 *location)
{
	int err;

	if (!location)
		return hvp_pool_hand_out(&owner->pool, HVP_GPA_READ, &page->gfn);
	page->gfn = *location;
	err = hvp_space_overlay(owner, page->gfn, HVP_GPA_READ);
	return err == -EPERM || err == -EBUSY ? HV_STATUS_INVALID_PARAMETER : hvp_pool_status(err);
}

static void give_back(struct hvp_partition *owner, struct mapped_page *page)
{
	if (page->from_pool)
		hvp_pool_take_back(&owner->pool, page->gfn);
	else
		hvp_space_clear(owner, page->gfn, 1);
	hvp_pool_free(&owner->pool, page, sizeof(*page));
}

static enum hv_status map(struct hvp_vp *vp, struct mapped_page *page, const u64 *location)
{
	struct hvp_partition *owner = vp->partition;
	enum hv_status status;

	status = take(owner, page, location);
	if (status) {
		hvp_pool_free(&owner->pool, page, sizeof(*page));
		return status;
	}
	page->from_pool = !location;
	if (write(vp, page, true)) {
		give_back(owner, page);
		return HV_STATUS_OPERATION_FAILED;
	}
	list_add_tail(&page->link, &owner->stats.pages);
	owner->stats.count++;
	/* The one has times, the other looks whether pages are due */
	hvp_stats_watch(page->object.partition);
	hvp_stats_watch(owner);
	if (READ_ONCE(owner->stats.due) == U64_MAX)
		WRITE_ONCE(owner->stats.due, 0);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_stats_map - HvCallMapStatsPage, HvCallMapStatsPage2
 * @vp: VP of the machine that maps it, in its thread
 * @object: Object; if it is of a child, the child's op_lock is held
 * @area: HV_STATS_SELF or HV_STATS_PARENT
 * @location: Page that the caller names; NULL if it is to come out of its pool
 * @gfn: Result: the page
 *
 * The page has its values on return.
 *
 * Return: SUCCESS; OPERATION_DENIED if it is mapped already; INVALID_PARAMETER if @location is
 * not simply RAM of the caller; INSUFFICIENT_MEMORY if its pool is too small; NO_RESOURCES.
 */
enum hv_status hvp_stats_map(struct hvp_vp *vp, const struct hvp_stats_object *object, u32 area,
			     const u64 *location, u64 *gfn)
{
	struct hvp_partition *owner = vp->partition;
	struct mapped_page *page;
	enum hv_status status;
	int err;

	guard(mutex)(&owner->stats.lock);
	if (find(owner, object, area))
		return HV_STATUS_OPERATION_DENIED;
	if (owner->stats.count >= MAX_PAGES)
		return HV_STATUS_NO_RESOURCES;
	err = need_buffer(owner);
	if (err)
		return hvp_pool_status(err);
	page = hvp_pool_zalloc(&owner->pool, sizeof(*page));
	if (IS_ERR(page)) {
		status = hvp_pool_status(PTR_ERR(page));
		goto out;
	}
	page->object = *object;
	page->area = area;
	status = map(vp, page, location);
	if (!status)
		*gfn = page->gfn;
out:
	drop_buffer(owner);
	return status;
}

static void unmap(struct hvp_partition *owner, struct mapped_page *page)
{
	list_del(&page->link);
	owner->stats.count--;
	owner->stats.left = min(owner->stats.left, owner->stats.count);
	hvp_stats_unwatch(owner);
	hvp_stats_unwatch(page->object.partition);
	give_back(owner, page);
	drop_buffer(owner);
}

/**
 * hvp_stats_unmap - HvCallUnmapStatsPage
 * @owner: Machine that has mapped it
 * @object: Object, as for hvp_stats_map()
 * @area: HV_STATS_SELF or HV_STATS_PARENT
 *
 * Return: SUCCESS, OPERATION_DENIED if it is not mapped.
 */
enum hv_status hvp_stats_unmap(struct hvp_partition *owner, const struct hvp_stats_object *object,
			       u32 area)
{
	struct mapped_page *page;

	guard(mutex)(&owner->stats.lock);
	page = find(owner, object, area);
	if (!page)
		return HV_STATUS_OPERATION_DENIED;
	unmap(owner, page);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_stats_unmap_all - A machine was reset, or goes
 * @owner: Machine
 */
void hvp_stats_unmap_all(struct hvp_partition *owner)
{
	struct mapped_page *page, *next;

	guard(mutex)(&owner->stats.lock);
	list_for_each_entry_safe(page, next, &owner->stats.pages, link)
		unmap(owner, page);
}

/**
 * hvp_stats_object_gone - A child or one of its VPs is going: so do its pages
 * @owner: Its parent; NULL if that is the host
 * @pt: The child, its op_lock held
 * @vp: The VP, or NULL for the child with all that belongs to it
 */
void hvp_stats_object_gone(struct hvp_partition *owner, const struct hvp_partition *pt,
			   const struct hvp_vp *vp)
{
	struct mapped_page *page, *next;

	if (!owner || !hvp_stats_watched(pt))
		return;
	guard(mutex)(&owner->stats.lock);
	list_for_each_entry_safe(page, next, &owner->stats.pages, link)
		if (page->object.partition == pt && (!vp || page->object.vp == vp))
			unmap(owner, page);
}

/**
 * hvp_stats_update - Write the pages of an LP now
 * @vp: VP of the owner, in its thread
 * @lp: vCPU that is the LP
 */
void hvp_stats_update(struct hvp_vp *vp, const struct hvp_vp *lp)
{
	struct hvp_partition *owner = vp->partition;
	struct mapped_page *page;

	guard(mutex)(&owner->stats.lock);
	list_for_each_entry(page, &owner->stats.pages, link)
		if (page->object.type == HV_STATS_LP && page->object.vp == lp)
			write(vp, page, false);
}

/**
 * hvp_stats_tick - Write pages that are due
 * @vp: VP of a machine, in its thread, out of the guest
 * @now_ns: Monotonic time
 *
 * A few at a time; if another VP is at it there is nothing to do.
 */
void hvp_stats_tick(struct hvp_vp *vp, u64 now_ns)
{
	struct hvp_stats *stats = &vp->partition->stats;
	struct mapped_page *page;
	u32 i;

	if (likely(now_ns < READ_ONCE(stats->due)) || !mutex_trylock(&stats->lock))
		return;
	if (!stats->left)
		stats->left = stats->count;
	for (i = 0; i < PAGES_PER_TICK && stats->left; i++, stats->left--) {
		page = list_first_entry(&stats->pages, struct mapped_page, link);
		write(vp, page, false);
		list_move_tail(&page->link, &stats->pages);
	}
	if (!stats->left && stats->count)
		WRITE_ONCE(stats->due, now_ns + HVP_STATS_PERIOD_MS * NSEC_PER_MSEC);
	mutex_unlock(&stats->lock);
}
