// SPDX-License-Identifier: GPL-2.0
/*
 * The map of a child's guest physical address space: which ranges of it there are, what they
 * cost the child's pool, and which pages of a machine they lend to the child.
 *
 * What a call may put into the map is not decided here but in gpa_rules.c.
 *
 * A change is worked out first, without effect: how far the new entry reaches when it is
 * merged with neighbours that agree, how many entries there will be, which lent pages go.
 * Then everything that can fail is done, the store into the tree last, and what has been
 * replaced is given back after it. So a change that fails leaves all as it was.
 */
#include <linux/bitfield.h>
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "child.h"
#include "events.h"
#include "hv_abi/gpa.h"

/*
 * The value of an entry. The distance from target to source, a number with sign, is the same
 * for all pages of a run; without a source it is 0.
 */
#define VALUE_DISTANCE		GENMASK_ULL(40, 0)
#define VALUE_PERMISSIONS	GENMASK_ULL(44, 41)
#define VALUE_ATTRIBUTES	GENMASK_ULL(51, 45)
#define VALUE_LARGE		BIT_ULL(52)
#define VALUE_ACCESSED		BIT_ULL(53)
#define VALUE_DIRTY		BIT_ULL(54)
#define VALUE_DEVICE		BIT_ULL(55)
#define VALUE_ALL		GENMASK_ULL(55, 0)
static_assert(VALUE_ALL <= LONG_MAX);	/* xa_mk_value() */
static_assert(VALUE_DISTANCE / 2 + 1 >= HVP_GPA_MAX_PAGES);

/* VALUE_ATTRIBUTES are these bits of HV_MAP_GPA_FLAGS */
#define ATTRIBUTES		GENMASK(21, 15)
static_assert(!((HV_MAP_GPA_ADJUSTABLE | HV_MAP_GPA_KIND | HV_MAP_GPA_NO_OVERLAY |
		 HV_MAP_GPA_NOT_CACHED) & ~ATTRIBUTES));

/* Runs of lent pages that one change replaces without memory of its own */
#define FEW_RUNS		16

/* Changes that one call of hvp_gpa_map_teardown() makes, of as many ranges each */
#define TEARDOWN_CHANGES	64

/* An entry of the tree */
struct entry {
	u64 first;
	u64 last;
	u64 value;
};

/* Source pages that were lent */
struct run {
	u64 source;
	u64 count;
};

/**
 * struct change - A change of the map, worked out before it is made
 * @first: First page that gets a new meaning
 * @last: Last one
 * @value: What they get, NULL to be unmapped
 * @store_first: First page of the new entry: @first, or a neighbour's that it merges with
 * @store_last: Last page of it
 * @ranges: How the number of entries changes
 * @pages: How the number of mapped pages does
 * @large: How the number of those mapped as large pages does
 * @runs: Runs of lent pages that are replaced
 * @unchanged: The pages have this meaning already
 */
struct change {
	u64 first;
	u64 last;
	void *value;
	u64 store_first;
	u64 store_last;
	s64 ranges;
	s64 pages;
	s64 large;
	u64 runs;
	bool unchanged;
};

static u64 pack(const struct hvp_gpa_range *range)
{
	u64 distance = range->flags & HV_MAP_GPA_KIND ? 0 : range->source - range->gfn;

	return FIELD_PREP(VALUE_DISTANCE, distance & VALUE_DISTANCE) |
	       FIELD_PREP(VALUE_PERMISSIONS, FIELD_GET(HV_MAP_GPA_PERMISSIONS, range->flags)) |
	       FIELD_PREP(VALUE_ATTRIBUTES, FIELD_GET(ATTRIBUTES, range->flags)) |
	       (range->flags & HV_MAP_GPA_LARGE_PAGE ? VALUE_LARGE : 0) |
	       FIELD_PREP(VALUE_ACCESSED, range->accessed) |
	       FIELD_PREP(VALUE_DIRTY, range->dirty) |
	       FIELD_PREP(VALUE_DEVICE, range->device);
}

static u32 flags_of(u64 value)
{
	return FIELD_PREP(HV_MAP_GPA_PERMISSIONS, FIELD_GET(VALUE_PERMISSIONS, value)) |
	       FIELD_PREP(ATTRIBUTES, FIELD_GET(VALUE_ATTRIBUTES, value)) |
	       (value & VALUE_LARGE ? HV_MAP_GPA_LARGE_PAGE : 0);
}

static u64 source_of(u64 value, u64 gfn)
{
	return (gfn + FIELD_GET(VALUE_DISTANCE, value)) & VALUE_DISTANCE;
}

static void unpack(const struct entry *entry, struct hvp_gpa_range *range)
{
	u32 flags = flags_of(entry->value);

	*range = (struct hvp_gpa_range) {
		.gfn = entry->first,
		.count = entry->last - entry->first + 1,
		.source = flags & HV_MAP_GPA_KIND ? 0 : source_of(entry->value, entry->first),
		.flags = flags,
		.accessed = entry->value & VALUE_ACCESSED,
		.dirty = entry->value & VALUE_DIRTY,
		.device = entry->value & VALUE_DEVICE,
	};
}

/* Does the child reach pages of its parent through this entry? */
static bool is_lent(u64 value)
{
	u32 flags = flags_of(value);

	return !(flags & HV_MAP_GPA_KIND) && (flags & HV_MAP_GPA_PERMISSIONS) &&
	       !(value & VALUE_DEVICE);
}

/* Only machines have pages of their own that they could deposit */
static bool parent_lends(const struct hvp_partition *pt)
{
	return pt->parent && !pt->parent->child;
}

/* Counts of hvp_gpa_map: does a page of this value count as mapped? */
static bool counts(u64 value)
{
	return (flags_of(value) & HV_MAP_GPA_KIND) != HV_MAP_GPA_NO_ACCESS;
}

/* The first entry that has a page of @first to @last */
static bool find_entry(struct hvp_gpa_map *map, u64 first, u64 last, struct entry *entry)
{
	MA_STATE(mas, &map->tree, first, first);
	void *value;

	rcu_read_lock();
	value = mas_find(&mas, last);
	rcu_read_unlock();
	if (!value)
		return false;
	*entry = (struct entry) { mas.index, mas.last, xa_to_value(value) };
	return true;
}

/* Go through the entries that have a page of @at to @end; advances @at */
#define for_each_entry(map, at, end, found)						\
	for (; (at) <= (end) && find_entry(map, at, end, &(found)); (at) = (found).last + 1)

static void weigh_pages(struct change *change, u64 value, s64 count)
{
	if (!counts(value))
		return;
	change->pages += count;
	if (value & VALUE_LARGE)
		change->large += count;
}

/* What the change means for an entry that it overlaps or touches */
static void weigh_entry(struct change *change, const struct entry *entry)
{
	bool same = xa_mk_value(entry->value) == change->value;
	bool overlaps = entry->first <= change->last && entry->last >= change->first;

	if (!overlaps && !same)
		return;
	change->ranges--;
	if (entry->first < change->first) {
		if (same)
			change->store_first = entry->first;
		else
			change->ranges++;
	}
	if (entry->last > change->last) {
		if (same)
			change->store_last = entry->last;
		else
			change->ranges++;
	}
	if (!overlaps)
		return;
	change->unchanged = same && entry->first <= change->first && entry->last >= change->last;
	weigh_pages(change, entry->value, -(s64)(min(entry->last, change->last) -
						 max(entry->first, change->first) + 1));
	change->runs += is_lent(entry->value);
}

static void work_out(struct hvp_gpa_map *map, struct change *change)
{
	u64 at = change->first ? change->first - 1 : 0;
	struct entry entry;

	change->store_first = change->first;
	change->store_last = change->last;
	if (change->value) {
		change->ranges = 1;
		weigh_pages(change, xa_to_value(change->value), change->last - change->first + 1);
	}
	for_each_entry(map, at, change->last + 1, entry)
		weigh_entry(change, &entry);
}

/* List the lent pages that are replaced, as many runs as have been counted */
static void list_runs(struct hvp_gpa_map *map, const struct change *change, struct run *runs)
{
	u64 at = change->first, first;
	struct entry entry;

	for_each_entry(map, at, change->last, entry) {
		if (!is_lent(entry.value))
			continue;
		first = max(entry.first, change->first);
		*runs++ = (struct run) {
			.source = source_of(entry.value, first),
			.count = min(entry.last, change->last) - first + 1,
		};
	}
}

static void return_runs(struct hvp_partition *pt, const struct run *runs, u64 count)
{
	for (; count--; runs++)
		hvp_space_return(pt->parent, runs->source, runs->count);
}

/* The parent may have deposited the pages, or got them to use, since they were looked at */
static enum hv_status lend_status(int err)
{
	switch (err) {
	case 0:
		return HV_STATUS_SUCCESS;
	case -ENOMEM:
	case -ENOSPC:	/* lent as often as can be counted */
		return HV_STATUS_NO_RESOURCES;
	case -EBUSY:
		return HV_STATUS_OBJECT_IN_USE;
	default:
		return HV_STATUS_OPERATION_DENIED;
	}
}

/* Lend the pages that become accessible by the change, or undo that */
static enum hv_status lend(struct hvp_partition *pt, const struct change *change, bool undo)
{
	u64 count = change->last - change->first + 1;
	u64 source;

	if (!change->value || !parent_lends(pt) || !is_lent(xa_to_value(change->value)))
		return HV_STATUS_SUCCESS;
	source = source_of(xa_to_value(change->value), change->first);
	if (undo) {
		hvp_space_return(pt->parent, source, count);
		return HV_STATUS_SUCCESS;
	}
	return lend_status(hvp_space_lend(pt->parent, source, count));
}

static enum hv_status lend_and_store(struct hvp_partition *pt, const struct change *change)
{
	struct maple_tree *tree = &pt->child->map.tree;
	enum hv_status status;

	status = lend(pt, change, false);
	if (status)
		return status;
	if (mtree_store_range(tree, change->store_first, change->store_last, change->value,
			      GFP_KERNEL_ACCOUNT)) {
		lend(pt, change, true);
		return HV_STATUS_NO_RESOURCES;
	}
	return HV_STATUS_SUCCESS;
}

/* Make the change, all but giving back what was lent before */
static enum hv_status pay_and_store(struct hvp_partition *pt, const struct change *change)
{
	struct hvp_gpa_map *map = &pt->child->map;
	u64 more = max_t(s64, change->ranges, 0) * HVP_GPA_RANGE_COST;
	u64 less = max_t(s64, -change->ranges, 0) * HVP_GPA_RANGE_COST;
	enum hv_status status;

	if (more && !hvp_pool_charge(&pt->pool, more))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	status = lend_and_store(pt, change);
	if (status)
		less = more;
	if (less)
		hvp_pool_uncharge(&pt->pool, less);
	if (status)
		return status;
	map->ranges += change->ranges;
	map->pages += change->pages;
	map->large += change->large;
	atomic64_inc(&pt->space_changes);
	return HV_STATUS_SUCCESS;
}

static enum hv_status make_change(struct hvp_partition *pt, struct change *change)
{
	struct run few[FEW_RUNS], *runs = few;
	enum hv_status status;

	lockdep_assert_held(&pt->op_lock);
	work_out(&pt->child->map, change);
	if (change->unchanged)
		return HV_STATUS_SUCCESS;
	if (!parent_lends(pt))
		change->runs = 0;
	/* A fraction of what the entries themselves took, and were charged for */
	if (change->runs > FEW_RUNS) {
		runs = kvmalloc_array(change->runs, sizeof(*runs), GFP_KERNEL_ACCOUNT);
		if (!runs)
			return HV_STATUS_NO_RESOURCES;
	}
	if (change->runs)
		list_runs(&pt->child->map, change, runs);
	status = pay_and_store(pt, change);
	if (!status)
		return_runs(pt, runs, change->runs);
	if (runs != few)
		kvfree(runs);
	return status;
}

/**
 * hvp_gpa_map_init - Make an empty map of the largest space
 * @map: Map
 */
void hvp_gpa_map_init(struct hvp_gpa_map *map)
{
	mt_init_flags(&map->tree, MT_FLAGS_USE_RCU);
	map->limit = HVP_GPA_MAX_PAGES;
}

/**
 * hvp_gpa_map_set - Give a range of pages a meaning, whatever they had before
 * @pt: Child, locked
 * @range: Pages inside the space and their meaning, which gpa_rules.c has found good
 *
 * Merges with neighbours that agree. On failure nothing has changed.
 *
 * Return: SUCCESS; INVALID_PARAMETER if it is outside the space; INSUFFICIENT_MEMORY;
 * NO_RESOURCES; OPERATION_DENIED or OBJECT_IN_USE if the source has just been taken away.
 */
enum hv_status hvp_gpa_map_set(struct hvp_partition *pt, const struct hvp_gpa_range *range)
{
	struct change change = {
		.first = range->gfn,
		.last = range->gfn + range->count - 1,
		.value = xa_mk_value(pack(range)),
	};
	enum hv_status status;

	status = hvp_gpa_check_pages(pt->child->map.limit, range->gfn, range->count);
	if (!status)
		status = make_change(pt, &change);
	if (!status)
		hvp_tell_mapping(pt, HVP_EVENT_MAPPED, range->gfn, range->count);
	return status;
}

/**
 * hvp_gpa_map_clear - Unmap a range of pages, mapped or not
 * @pt: Child, locked
 * @gfn: First page
 * @count: Number of pages
 *
 * Return: SUCCESS; INVALID_PARAMETER if it is outside the space; INSUFFICIENT_MEMORY or
 * NO_RESOURCES if a range is to be split. On failure nothing has changed.
 */
enum hv_status hvp_gpa_map_clear(struct hvp_partition *pt, u64 gfn, u64 count)
{
	struct change change = { .first = gfn, .last = gfn + count - 1 };
	struct hvp_gpa_map *map = &pt->child->map;
	enum hv_status status;
	struct entry entry;

	status = hvp_gpa_check_pages(map->limit, gfn, count);
	if (status || !find_entry(map, change.first, change.last, &entry))
		return status;
	status = make_change(pt, &change);
	if (!status)
		hvp_tell_mapping(pt, HVP_EVENT_UNMAPPED, gfn, count);
	return status;
}

/*
 * The pages that one step of tearing down can give up: from the first mapped one, no more
 * than @max_pages of them, and no more runs than fit on the stack
 */
static u64 next_step(struct hvp_gpa_map *map, u64 max_pages, struct change *change)
{
	u64 at = 0, pages = 0, part;
	struct entry entry;
	u32 runs = 0;

	for_each_entry(map, at, HVP_GPA_MAX_PAGES, entry) {
		if (!runs)
			change->first = entry.first;
		part = min(entry.last - entry.first + 1, max_pages - pages);
		change->last = entry.first + part - 1;
		pages += part;
		if (++runs == FEW_RUNS || pages == max_pages)
			break;
	}
	return pages;
}

/**
 * hvp_gpa_map_teardown - Unmap some of the pages that are mapped
 * @pt: Child, locked
 * @max_pages: At most so many, at least 1; and no more ranges than take about a millisecond
 *
 * Return: whether nothing is mapped any more. If not, or if there was no memory even to
 * unmap, the caller comes again.
 */
bool hvp_gpa_map_teardown(struct hvp_partition *pt, u64 max_pages)
{
	struct hvp_gpa_map *map = &pt->child->map;
	u64 pages;
	u32 i;

	for (i = 0; i < TEARDOWN_CHANGES && max_pages; i++) {
		struct change change = {};

		pages = next_step(map, max_pages, &change);
		if (!pages)
			return true;
		if (make_change(pt, &change))
			return false;
		max_pages -= pages;
	}
	return mtree_empty(&map->tree);
}

/**
 * hvp_gpa_map_find - What is a page of a child?
 * @pt: Child, locked
 * @gfn: Page
 * @range: Receives the range that it is in, whole
 *
 * Return: false if the page is not mapped.
 */
bool hvp_gpa_map_find(struct hvp_partition *pt, u64 gfn, struct hvp_gpa_range *range)
{
	struct entry entry;

	if (gfn >= pt->child->map.limit || !find_entry(&pt->child->map, gfn, gfn, &entry))
		return false;
	unpack(&entry, range);
	return true;
}

/**
 * hvp_gpa_map_next - Walk the ranges of a child
 * @pt: Child, locked
 * @gfn: Page to begin at
 * @range: Receives the first range that has this page or a higher one, whole
 *
 * Return: false if there is none.
 */
bool hvp_gpa_map_next(struct hvp_partition *pt, u64 gfn, struct hvp_gpa_range *range)
{
	struct entry entry;

	if (gfn >= pt->child->map.limit ||
	    !find_entry(&pt->child->map, gfn, HVP_GPA_MAX_PAGES, &entry))
		return false;
	unpack(&entry, range);
	return true;
}

/**
 * hvp_gpa_map_covers - Is each page of a range mapped, with whatever rights?
 * @map: Map; it may change meanwhile
 * @gfn: First page
 * @count: Number of pages
 */
bool hvp_gpa_map_covers(struct hvp_gpa_map *map, u64 gfn, u64 count)
{
	u64 at = gfn, last = gfn + count - 1;
	struct entry entry;

	for_each_entry(map, at, last, entry)
		if (entry.first > at)
			return false;
	return at > last;
}
