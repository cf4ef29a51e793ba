// SPDX-License-Identifier: GPL-2.0
/*
 * What became of a machine's own guest pages.
 *
 * Pages that are simply the machine's, which is nearly all of them, cost nothing. The others
 * stand in a maple tree that can be read in any context, as the monitor does when it maps a
 * page.
 *
 * struct hvp_backend_ops.space_changed is called with struct hvp_space.lock held, after the
 * tree has changed: two changes of one page then reach the monitor in the order in which they
 * were made, and a page that is being deposited cannot be lent before it is out of the
 * guest's reach. So the monitor must not wait there for a thread that may want the lock: it
 * may wait for VPs to leave the guest, not for them to finish a hypercall.
 */
#include <linux/cleanup.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "core.h"
#include "runs.h"

/* Pages that are given back in one step, if all are: 1 GiB */
#define STEP_PAGES	262144

/* Counters of lent pages in one allocation */
#define CHUNK_PAGES	4096

/* The hypervisor has the page: its owner decides nothing about it */
#define HELD		(HVP_SPACE_DEPOSITED | HVP_SPACE_IN_USE)

/**
 * hvp_space_init - All pages are simply the machine's
 * @space: Space
 */
void hvp_space_init(struct hvp_space *space)
{
	mutex_init(&space->lock);
	mt_init_flags(&space->pages, MT_FLAGS_USE_RCU);
	xa_init_flags(&space->lent, XA_FLAGS_ACCOUNT);
}

/**
 * hvp_space_destroy - Undo hvp_space_init(); the machine is gone
 * @space: Space
 */
void hvp_space_destroy(struct hvp_space *space)
{
	unsigned long index;
	u16 *chunk;

	xa_for_each(&space->lent, index, chunk)
		kvfree(chunk);
	xa_destroy(&space->lent);
	mtree_destroy(&space->pages);
	mutex_destroy(&space->lock);
}

static void *entry_of(u32 state)
{
	return state == HVP_GPA_ALL ? NULL : xa_mk_value(state);
}

static u32 state_of(const void *entry)
{
	return entry ? xa_to_value(entry) : HVP_GPA_ALL;
}

static bool in_space(u64 gfn, u64 count)
{
	return count && gfn < HVP_SPACE_PAGES && count <= HVP_SPACE_PAGES - gfn;
}

/**
 * hvp_space_state - What became of a page
 * @pt: Machine
 * @gfn: Page number
 *
 * Any context.
 *
 * Return: rights, with HVP_SPACE_DEPOSITED or HVP_SPACE_IN_USE; HVP_GPA_ALL alone if it is
 * simply the machine's.
 */
u32 hvp_space_state(const struct hvp_partition *pt, u64 gfn)
{
	/* Reading changes nothing, but mtree_load() does not say so */
	return state_of(mtree_load((struct maple_tree *)&pt->space.pages, gfn));
}

/**
 * hvp_space_rights - What the machine may do with a page
 * @pt: Machine
 * @gfn: Page number
 *
 * Any context.
 *
 * Return: HVP_GPA_*. The monitor has to know itself whether there is memory.
 */
u32 hvp_space_rights(const struct hvp_partition *pt, u64 gfn)
{
	return hvp_space_state(pt, gfn) & HVP_SPACE_RIGHTS;
}

/**
 * hvp_space_any - Is any page of a range not simply the machine's?
 * @pt: Machine
 * @gfn: First page
 * @count: Number of pages
 *
 * Any context. Lent pages are the machine's.
 */
bool hvp_space_any(const struct hvp_partition *pt, u64 gfn, u64 count)
{
	unsigned long index = gfn;

	return count && mt_find((struct maple_tree *)&pt->space.pages, &index, gfn + count - 1);
}

/* How many pages of a range have less than full rights? @states: all their bits together */
static unsigned long survey(struct hvp_space *space, u64 gfn, u64 last, u32 *states)
{
	unsigned long restricted = 0;
	struct hvp_run run;

	*states = 0;
	for (; gfn <= last; gfn = run.last + 1) {
		hvp_run_at(&space->pages, gfn, last, &run);
		*states |= state_of(run.value);
		if ((state_of(run.value) & HVP_SPACE_RIGHTS) != HVP_GPA_ALL)
			restricted += run.last - gfn + 1;
	}
	return restricted;
}

static void recount(struct hvp_space *space, unsigned long less, unsigned long more)
{
	WRITE_ONCE(space->restricted, space->restricted - less + more);
}

static int remember(struct hvp_space *space, u64 gfn, u64 last, struct maple_tree *old)
{
	struct hvp_run run;
	int err = 0;

	for (; !err && gfn <= last; gfn = run.last + 1) {
		hvp_run_at(&space->pages, gfn, last, &run);
		if (run.value)
			err = hvp_runs_store(old, gfn, run.last, run.value, GFP_KERNEL_ACCOUNT);
	}
	return err;
}

/* Page by page from one state to the other: a reader never sees rights that neither has */
static void put_back(struct hvp_space *space, u64 gfn, u64 last, struct maple_tree *old)
{
	struct hvp_run run;

	for (; gfn <= last; gfn = run.last + 1) {
		hvp_run_at(old, gfn, last, &run);
		hvp_runs_store_surely(&space->pages, gfn, run.last, run.value);
	}
}

/* A machine that is gone or on its way has no monitor that would care */
static int tell(struct hvp_partition *pt, u64 gfn, u64 last)
{
	return READ_ONCE(pt->backend) ? pt->ops->space_changed(pt, gfn, last - gfn + 1) : 0;
}

static int change(struct hvp_partition *pt, u64 gfn, u64 last, u32 state)
{
	bool restricts = (state & HVP_SPACE_RIGHTS) != HVP_GPA_ALL;
	struct hvp_space *space = &pt->space;
	unsigned long before, after;
	struct maple_tree old;
	u32 states;
	int err;

	lockdep_assert_held(&space->lock);
	mt_init(&old);
	before = survey(space, gfn, last, &states);
	after = restricts ? last - gfn + 1 : 0;
	err = remember(space, gfn, last, &old);
	if (!err)
		err = hvp_runs_store(&space->pages, gfn, last, entry_of(state), GFP_KERNEL_ACCOUNT);
	if (err)
		goto out;
	recount(space, before, after);
	err = tell(pt, gfn, last);
	if (err) {
		put_back(space, gfn, last, &old);
		recount(space, after, before);
	} else {
		atomic64_inc(&pt->space_changes);
	}
out:
	mtree_destroy(&old);
	return err;
}

static void clear(struct hvp_partition *pt, u64 gfn, u64 last)
{
	struct hvp_space *space = &pt->space;
	unsigned long before;
	u32 states;

	lockdep_assert_held(&space->lock);
	if (!hvp_space_any(pt, gfn, last - gfn + 1))
		return;
	before = survey(space, gfn, last, &states);
	hvp_runs_store_surely(&space->pages, gfn, last, NULL);
	recount(space, before, 0);
	tell(pt, gfn, last);
	atomic64_inc(&pt->space_changes);
}

/**
 * hvp_space_set - Change the state of pages
 * @pt: Machine
 * @gfn: First page
 * @count: Number of pages
 * @state: New state of all; HVP_GPA_ALL makes them simply the machine's
 *
 * Return: 0; -EBUSY if @state is a plain set of rights and one of the pages is deposited or
 * in use; -EINVAL beyond the space; -ENOMEM; what the monitor says. If not 0, nothing has
 * changed.
 */
int hvp_space_set(struct hvp_partition *pt, u64 gfn, u64 count, u32 state)
{
	u32 states;

	if (!in_space(gfn, count))
		return -EINVAL;
	guard(mutex)(&pt->space.lock);
	survey(&pt->space, gfn, gfn + count - 1, &states);
	if ((states & HELD) && !(state & HELD))
		return -EBUSY;
	return change(pt, gfn, gfn + count - 1, state);
}

/* Restricted by the machine itself? */
static bool is_own(const struct hvp_run *run)
{
	return run->value && !(state_of(run->value) & HELD);
}

/* By how much the number of runs that the machine has restricted itself will change */
static s64 more_runs(struct hvp_space *space, u64 gfn, u64 last, u32 rights)
{
	s64 more = rights != HVP_GPA_ALL;
	u64 at = gfn ? gfn - 1 : 0;
	struct hvp_run run;

	for (; at <= last + 1; at = run.last + 1) {
		hvp_run_at(&space->pages, at, HVP_SPACE_PAGES, &run);
		if (!is_own(&run))
			continue;
		more--;
		/* What is left of it outside, unless it becomes one with the new run */
		if (state_of(run.value) != rights)
			more += (run.first < gfn) + (run.last > last);
	}
	return more;
}

/**
 * hvp_space_restrict - A machine changes its rights to its own pages
 * @pt: Machine
 * @gfn: First page
 * @count: Number of pages
 * @rights: HVP_GPA_*
 *
 * Each run of pages that are restricted is charged to its pool.
 *
 * Return: as hvp_space_set(); -ENOSPC if the pool is too small.
 */
int hvp_space_restrict(struct hvp_partition *pt, u64 gfn, u64 count, u32 rights)
{
	s64 more;
	int err;

	if (!in_space(gfn, count))
		return -EINVAL;
	/* Nobody else makes or changes such runs, and a pool is not charged under space.lock */
	guard(mutex)(&pt->op_lock);
	more = more_runs(&pt->space, gfn, gfn + count - 1, rights);
	if (more > 0 && !hvp_pool_charge(&pt->pool, more * HVP_GPA_RANGE_COST))
		return -ENOSPC;
	err = hvp_space_set(pt, gfn, count, rights);
	if (!err)
		pt->space.own_runs += more;
	if (err && more > 0)
		hvp_pool_uncharge(&pt->pool, more * HVP_GPA_RANGE_COST);
	else if (!err && more < 0)
		hvp_pool_uncharge(&pt->pool, -more * HVP_GPA_RANGE_COST);
	return err;
}

/**
 * hvp_space_clear - Pages are simply the machine's again, whatever they were
 * @pt: Machine, may be gone
 * @gfn: First page
 * @count: Number of pages
 */
void hvp_space_clear(struct hvp_partition *pt, u64 gfn, u64 count)
{
	if (!in_space(gfn, count))
		return;
	guard(mutex)(&pt->space.lock);
	clear(pt, gfn, gfn + count - 1);
}

/* Give a page a new state if it is simply the machine's */
static int take(struct hvp_partition *pt, u64 gfn, u32 new)
{
	u32 state;

	if (!in_space(gfn, 1) || !pt->ops->space_is_ram(pt, gfn, 1))
		return -EPERM;
	guard(mutex)(&pt->space.lock);
	state = hvp_space_state(pt, gfn);
	if (state & HVP_SPACE_IN_USE)
		return -EBUSY;
	if (state != HVP_GPA_ALL || hvp_space_is_lent(pt, gfn))
		return -EPERM;
	return change(pt, gfn, gfn, new);
}

/**
 * hvp_space_deposit - Take a page from the machine if it is simply the machine's
 * @pt: Machine
 * @gfn: Page number, from a guest
 *
 * Return: 0; -EBUSY if the hypervisor uses the page; -EPERM if it is no RAM, not readable,
 * writable and executable for the machine, deposited, or lent to a child; -ENOMEM; what the
 * monitor says. If not 0, nothing has changed.
 */
int hvp_space_deposit(struct hvp_partition *pt, u64 gfn)
{
	return take(pt, gfn, HVP_SPACE_DEPOSITED);
}

/**
 * hvp_space_overlay - Mark a page as in use if it is simply the machine's
 * @pt: Machine
 * @gfn: Page number, from a guest
 * @rights: HVP_GPA_*, what the machine may still do with it
 *
 * Undone by hvp_space_clear().
 *
 * Return: as hvp_space_deposit().
 */
int hvp_space_overlay(struct hvp_partition *pt, u64 gfn, u32 rights)
{
	return take(pt, gfn, rights | HVP_SPACE_IN_USE);
}

/* The first page from @gfn on that is not simply the machine's */
static bool next_special(struct hvp_space *space, unsigned long *gfn)
{
	MA_STATE(mas, &space->pages, *gfn, *gfn);
	void *entry;

	rcu_read_lock();
	entry = mas_find(&mas, HVP_SPACE_PAGES - 1);
	rcu_read_unlock();
	*gfn = max(*gfn, mas.index);
	return entry;
}

/**
 * hvp_space_clear_all - All pages are simply the machine's again
 * @pt: Machine that is gone, no longer ours, or was reset
 *
 * However its pages are scattered, the monitor is told once per GiB.
 */
void hvp_space_clear_all(struct hvp_partition *pt)
{
	unsigned long gfn = 0, last;

	guard(mutex)(&pt->op_lock);
	while (next_special(&pt->space, &gfn)) {
		last = gfn | (STEP_PAGES - 1);
		hvp_space_clear(pt, gfn, last - gfn + 1);
		gfn = last + 1;
		cond_resched();
	}
	hvp_pool_uncharge(&pt->pool, pt->space.own_runs * HVP_GPA_RANGE_COST);
	pt->space.own_runs = 0;
}

/* The hypervisor's pages are not lent */
static int may_lend(struct hvp_space *space, u64 gfn, u64 last)
{
	u32 states;

	survey(space, gfn, last, &states);
	if (states & HVP_SPACE_DEPOSITED)
		return -EPERM;
	return states & HVP_SPACE_IN_USE ? -EBUSY : 0;
}

/* The chunk of counters that @gfn is in; made if need be */
static u16 *chunk_get(struct hvp_space *space, u64 gfn)
{
	u16 *chunk = xa_load(&space->lent, gfn / CHUNK_PAGES);

	if (chunk)
		return chunk;
	chunk = kvcalloc(CHUNK_PAGES, sizeof(*chunk), GFP_KERNEL_ACCOUNT);
	if (chunk && xa_insert(&space->lent, gfn / CHUNK_PAGES, chunk, GFP_KERNEL_ACCOUNT)) {
		kvfree(chunk);
		chunk = NULL;
	}
	return chunk;
}

/* Can each page be lent once more? Afterwards nothing can fail */
static int prepare_lending(struct hvp_space *space, u64 gfn, u64 last)
{
	u16 *chunk = NULL;

	for (; gfn <= last; gfn++) {
		if (!chunk || gfn % CHUNK_PAGES == 0) {
			cond_resched();
			chunk = chunk_get(space, gfn);
			if (!chunk)
				return -ENOMEM;
		}
		if (chunk[gfn % CHUNK_PAGES] == U16_MAX)
			return -ENOSPC;
	}
	return 0;
}

/**
 * hvp_space_lend - Pages of a machine become accessible to a child, once more
 * @pt: Machine
 * @gfn: First page
 * @count: Number of pages
 *
 * Each page of RAM that was ever lent takes two bytes until the machine goes, and the caller
 * has made sure that it is RAM: so they are few.
 *
 * Return: 0; -EPERM if one of them is deposited; -EBUSY if the hypervisor uses one; -ENOSPC
 * if one is lent 65535 times; -EINVAL beyond the space; -ENOMEM. If not 0, none is lent.
 */
int hvp_space_lend(struct hvp_partition *pt, u64 gfn, u64 count)
{
	struct hvp_space *space = &pt->space;
	u64 last = gfn + count - 1;
	u16 *chunk = NULL;
	int err;

	if (!in_space(gfn, count))
		return -EINVAL;
	guard(mutex)(&space->lock);
	err = may_lend(space, gfn, last);
	if (!err)
		err = prepare_lending(space, gfn, last);
	if (err)
		return err;
	for (; gfn <= last; gfn++) {
		if (!chunk || gfn % CHUNK_PAGES == 0)
			chunk = xa_load(&space->lent, gfn / CHUNK_PAGES);
		WRITE_ONCE(chunk[gfn % CHUNK_PAGES], chunk[gfn % CHUNK_PAGES] + 1);
	}
	return 0;
}

/**
 * hvp_space_return - Undo one hvp_space_lend() of pages, or of some of them
 * @pt: Machine
 * @gfn: First page
 * @count: Number of pages
 */
void hvp_space_return(struct hvp_partition *pt, u64 gfn, u64 count)
{
	struct hvp_space *space = &pt->space;
	u16 *chunk = NULL;

	guard(mutex)(&space->lock);
	for (; count; count--, gfn++) {
		if (!chunk || gfn % CHUNK_PAGES == 0) {
			cond_resched();
			chunk = xa_load(&space->lent, gfn / CHUNK_PAGES);
		}
		if (WARN_ON_ONCE(!chunk || !chunk[gfn % CHUNK_PAGES]))
			return;
		WRITE_ONCE(chunk[gfn % CHUNK_PAGES], chunk[gfn % CHUNK_PAGES] - 1);
	}
}

/**
 * hvp_space_is_lent - Is a page accessible to a child?
 * @pt: Machine
 * @gfn: Page number
 *
 * Without the space's lock the answer may be old when it arrives.
 */
bool hvp_space_is_lent(struct hvp_partition *pt, u64 gfn)
{
	const u16 *chunk = xa_load(&pt->space.lent, gfn / CHUNK_PAGES);

	return chunk && READ_ONCE(chunk[gfn % CHUNK_PAGES]);
}
