// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls on memory pools and on the address space of children.
 *
 * Long work is done in chunks. Between them the child is free for others, the scheduler gets
 * its turn, and a signal ends the ioctl: with success if something has been done, as a
 * short write() does.
 */
#include <linux/overflow.h>
#include <linux/sched/signal.h>

#include "child.h"
#include "events.h"
#include "hv_abi/gpa.h"
#include "status.h"
#include "uapi.h"

/* Pages between two looks at signals */
#define CHUNK	512

/* One chunk of work on a locked partition, counted in @done; 0, or a negative errno */
typedef int chunk_fn(struct hvp_partition *pt, union hvp_ioctl_buffer *buffer, u64 count,
		     u64 *done, u32 *status);

/*
 * Do @count pages chunk by chunk. Less than asked for without an error: there is no more.
 */
static long in_chunks(struct file *file, union hvp_ioctl_buffer *buffer, enum hvp_act what,
		      chunk_fn *fn, u64 count, u64 *done, u32 *status)
{
	struct hvp_acting acting;
	u64 before;
	int err;

	do {
		err = hvp_act(hvp_partition_of(file), what, status, &acting);
		if (err)
			return err;
		before = *done;
		err = fn(acting.pt, buffer, min_t(u64, count - before, CHUNK), done, status);
		hvp_act_end(&acting);
		if (err || *done == count || *done - before < CHUNK)
			return err;
		cond_resched();
	} while (!signal_pending(current));
	return 0;
}

/* Pools */

/* The machine may be leaving its instance meanwhile */
static void tell(struct hvp_partition *pt, enum hvp_event event, u64 pages)
{
	struct hvp_instance *instance = hvp_instance_of(pt);

	if (instance && pages)
		hvp_tell_pool(instance, pt, NULL, event, pages);
	hvp_instance_put(instance);
}

static int deposit_chunk(struct hvp_partition *pt, union hvp_ioctl_buffer *buffer, u64 count,
			 u64 *done, u32 *status)
{
	u64 now = 0;
	int err;

	err = hvp_pool_deposit_host(&pt->pool, count, &now);
	*done += now;
	tell(pt, HVP_EVENT_DEPOSITED, now);
	return err;
}

static int withdraw_chunk(struct hvp_partition *pt, union hvp_ioctl_buffer *buffer, u64 count,
			  u64 *done, u32 *status)
{
	u64 now = hvp_pool_withdraw_host(&pt->pool, count);

	*done += now;
	tell(pt, HVP_EVENT_WITHDRAWN, now);
	return 0;
}

static long change_pool(struct file *file, union hvp_ioctl_buffer *buffer, enum hvp_act what,
			chunk_fn *fn)
{
	struct hvpersona_memory *memory = &buffer->memory;

	memory->out_done = 0;
	memory->out_status = HV_STATUS_SUCCESS;
	if (memory->__reserved)
		return -EINVAL;
	if (memory->flags)
		return -EOPNOTSUPP;
	if (signal_pending(current))
		return -ERESTARTSYS;
	return in_chunks(file, buffer, what, fn, memory->count, &memory->out_done,
			 &memory->out_status);
}

long hvp_ioctl_deposit(struct file *file, union hvp_ioctl_buffer *buffer)
{
	return change_pool(file, buffer, HVP_AS_DEPOSIT, deposit_chunk);
}

long hvp_ioctl_withdraw(struct file *file, union hvp_ioctl_buffer *buffer)
{
	return change_pool(file, buffer, HVP_AS_WITHDRAW, withdraw_chunk);
}

long hvp_ioctl_balance(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_memory_balance *balance = &buffer->balance;
	struct hvp_acting acting;
	struct hvp_pool *pool;
	u32 status;
	int err;

	if (balance->__reserved)
		return -EINVAL;
	err = hvp_act(hvp_partition_of(file), HVP_AS_BALANCE, &status, &acting);
	if (err)
		return err;
	pool = &acting.pt->pool;
	hvp_pool_balance(pool, &balance->out_available, &balance->out_in_use);
	balance->out_host_pages = READ_ONCE(pool->host_count);
	balance->out_guest_pages = READ_ONCE(pool->guest_pages);
	hvp_act_end(&acting);
	return 0;
}

/* Address spaces */

static bool needs_source(u32 flags)
{
	return !(flags & HV_MAP_GPA_KIND);
}

static u64 source_at(const struct hvpersona_gpa_map *map, u64 done)
{
	return needs_source(map->flags) ? map->source_page + done : 0;
}

static int map_chunk(struct hvp_partition *pt, union hvp_ioctl_buffer *buffer, u64 count,
		     u64 *done, u32 *status)
{
	const struct hvpersona_gpa_map *map = &buffer->gpa_map;
	u64 step = map->flags & HV_MAP_GPA_LARGE_PAGE ? HV_LARGE_PAGE_PAGES : 1;
	u64 end = *done + count;

	for (; *done < end; *done += step) {
		*status = hvp_gpa_map_page(pt, map->gpa_page + *done, source_at(map, *done),
					   map->flags);
		if (*status)
			return hvp_status_errno(*status);
	}
	return 0;
}

static int unmap_chunk(struct hvp_partition *pt, union hvp_ioctl_buffer *buffer, u64 count,
		       u64 *done, u32 *status)
{
	const struct hvpersona_gpa_map *map = &buffer->gpa_map;
	u64 step = map->flags & HV_UNMAP_GPA_LARGE_PAGE ? HV_LARGE_PAGE_PAGES : 1;
	u64 end = *done + count;

	for (; *done < end; *done += step) {
		*status = hvp_gpa_unmap_page(pt, map->gpa_page + *done, map->flags);
		if (*status)
			return hvp_status_errno(*status);
	}
	return 0;
}

/* Page numbers must not wrap, and large pages be whole ones */
static int check_range(struct hvpersona_gpa_map *map, bool large, bool source)
{
	u64 end;

	map->out_done = 0;
	map->out_status = HV_STATUS_SUCCESS;
	if (map->__reserved || check_add_overflow(map->gpa_page, map->count, &end) ||
	    (source && check_add_overflow(map->source_page, map->count, &end)))
		return -EINVAL;
	return large && map->count % HV_LARGE_PAGE_PAGES ? -EINVAL : 0;
}

static long change_map(struct file *file, union hvp_ioctl_buffer *buffer, enum hvp_act what,
		       chunk_fn *fn)
{
	struct hvpersona_gpa_map *map = &buffer->gpa_map;

	BUILD_BUG_ON(CHUNK % HV_LARGE_PAGE_PAGES);
	if (signal_pending(current))
		return -ERESTARTSYS;
	return in_chunks(file, buffer, what, fn, map->count, &map->out_done, &map->out_status);
}

long hvp_ioctl_gpa_map(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_gpa_map *map = &buffer->gpa_map;
	int err;

	err = check_range(map, map->flags & HV_MAP_GPA_LARGE_PAGE, needs_source(map->flags));
	if (err)
		return err;
	map->out_status = hvp_gpa_check_flags(map->flags);
	if (map->out_status)
		return hvp_status_errno(map->out_status);
	return change_map(file, buffer, HVP_AS_MAP, map_chunk);
}

long hvp_ioctl_gpa_unmap(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_gpa_map *map = &buffer->gpa_map;
	int err;

	err = check_range(map, map->flags & HV_UNMAP_GPA_LARGE_PAGE, false);
	return err ?: change_map(file, buffer, HVP_AS_UNMAP, unmap_chunk);
}

long hvp_ioctl_gpa_next(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_gpa_next *next = &buffer->gpa_next;
	struct hvp_acting acting;
	struct hvp_gpa_range range;
	u64 skipped;
	u32 status;
	bool found;
	int err;

	if (next->__reserved)
		return -EINVAL;
	err = hvp_act(hvp_partition_of(file), HVP_AS_LOOK, &status, &acting);
	if (err)
		return err;
	found = hvp_gpa_map_next(acting.pt, next->gpa_page, &range);
	hvp_act_end(&acting);
	if (!found)
		return -ENOENT;
	/* The range may have begun before the page that was asked for */
	skipped = next->gpa_page > range.gfn ? next->gpa_page - range.gfn : 0;
	next->out_gpa_page = range.gfn + skipped;
	next->out_count = range.count - skipped;
	next->out_source_page = range.source + skipped;
	next->out_flags = range.flags;
	next->out_state = (range.accessed ? HVPERSONA_GPA_ACCESSED : 0) |
			  (range.dirty ? HVPERSONA_GPA_DIRTY : 0);
	return 0;
}
