/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites of the guest physical address space share: a root with an active child,
 * the calls on the child's space, and what is expected of its map.
 */
#ifndef HVP_KUNIT_GPA_FIXTURE_H
#define HVP_KUNIT_GPA_FIXTURE_H

#include <linux/maple_tree.h>
#include <linux/string.h>

#include "../hvpersona/child.h"
#include "../hvpersona/hv_abi/gpa.h"
#include "fake_table.h"

#define CREATE		0x0040
#define INITIALIZE	0x0041
#define SET_PROPERTY	0x0045
#define DEPOSIT		0x0048
#define MAP		0x004b
#define UNMAP		0x004c
#define MAP_SPARSE	0x006e
#define MODIFY		0x0090
#define FLUSH_NESTED	0x00af
#define FLUSH_NESTED_LIST 0x00b0
#define PRECOMMIT	0x00be
#define UNCOMMIT	0x00bf
#define ACCESS_STATE	0x00c9
#define ACCESS_STATE_SPARSE 0x00ca
#define ACQUIRE_GPA	0x00d2
#define RELEASE_GPA	0x00d3
#define ACQUIRE_SPA	0x00d7
#define RELEASE_SPA	0x00d8

/* Values of 15.5, HV_MAP_GPA_FLAGS */
#define R		0x1
#define RW		0x3
#define RWX		0xf
#define RX		0xd
#define ADJUSTABLE	0x8000
#define NO_ACCESS	0x10000
#define ZEROED		0x20000
#define ONES		0x30000
#define NO_OVERLAY	0x100000
#define NOT_CACHED	0x200000
#define LARGE		0x80000000
#define LINUX_RAM	(RWX | ADJUSTABLE)

/* A space as large as the fake's addresses reach, all of it RAM */
#define SPACE_PAGES	(1ULL << (FAKE_PA_BITS - 12))
#define SELF		HV_PARTITION_ID_SELF

/* The child of the machine of each case, a reference */
static struct hvp_partition *child;

static inline struct hvp_gpa_map *map_of_child(void)
{
	return &child->child->map;
}

/* To act on the child as its parent's VP does */
static inline void lock_child(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(child), vm->vp));
}

static inline void unlock_child(void)
{
	hvp_child_unlock(child);
}

static inline u64 give(struct hvp_partition *pt, u64 pages)
{
	u64 done = 0;

	return hvp_pool_deposit_host(&pt->pool, pages, &done) ? 0 : done;
}

static inline u64 new_child(struct fake_vm *vm)
{
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	u64 id = 0;

	EXPECT_STATUS(vm->test, fake_call(vm, CREATE, &in, sizeof(in), &id, 8), SUCCESS);
	return id;
}

static inline void initialize(struct fake_vm *vm, u64 id)
{
	EXPECT_STATUS(vm->test, fake_call(vm, INITIALIZE, &id, 8, NULL, 0), SUCCESS);
}

/* A root with an active child whose pool is never too small */
static inline int gpa_init(struct kunit *test)
{
	struct fake_vm *vm;
	bool descendant;
	u64 id;

	fake_init_root(test);
	vm = test->priv;
	vm->ram_pages = SPACE_PAGES;
	KUNIT_ASSERT_EQ(test, give(vm->pt, 16), 16ULL);
	id = new_child(vm);
	child = hvp_child_find(vm->pt, id, &descendant);
	KUNIT_ASSERT_NOT_NULL(test, child);
	KUNIT_ASSERT_EQ(test, give(child, 4), 4ULL);
	child->pool.unlimited = true;
	/* As wide as an address can be, wider than the fake machine */
	child->child->map.limit = BIT_ULL(40);
	initialize(vm, id);
	return 0;
}

static inline void gpa_exit(struct kunit *test)
{
	fake_fail_nth(0);
	if (child)
		hvp_partition_put(child);
	child = NULL;
	fake_exit(test);
}

/* The calls. Each returns the result value */
static inline u64 map_list(struct fake_vm *vm, u64 id, u64 base, u32 flags, u32 count,
			   const u64 *sources)
{
	/* Linux leaves the padding as it is */
	const struct hv_map_gpa header = { id, base, flags, 0xdeadbeef };
	u8 *in = kunit_kmalloc(vm->test, SZ_4K, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(vm->test, in);
	memcpy(in, &header, sizeof(header));
	memcpy(in + sizeof(header), sources, count * 8);
	return fake_call(vm, MAP | HV_REPS(count), in, sizeof(header) + count * 8, NULL, 0);
}

static inline u64 map_one(struct fake_vm *vm, u64 gfn, u64 source, u32 flags)
{
	return map_list(vm, child->id, gfn, flags, 1, &source);
}

static inline u64 unmap(struct fake_vm *vm, u64 base, u32 flags, u32 count)
{
	const struct hv_map_gpa in = { child->id, base, flags, 0xdeadbeef };

	return fake_call(vm, UNMAP | HV_REPS(count), &in, sizeof(in), NULL, 0);
}

static inline u64 map_sparse(struct fake_vm *vm, u64 id, u64 gfn, u64 source, u32 flags)
{
	const struct {
		struct hv_map_sparse header;
		struct hv_sparse_page page;
	} in = { { id, flags, 0xdeadbeef }, { gfn, source } };

	return fake_call(vm, MAP_SPARSE | HV_REPS(1), &in, sizeof(in), NULL, 0);
}

static inline u64 modify(struct fake_vm *vm, u64 id, u64 gfn, u32 flags)
{
	const struct {
		struct hv_map_sparse header;
		u64 gfn;
	} in = { { id, flags, 0xdeadbeef }, gfn };

	return fake_call(vm, MODIFY | HV_REPS(1), &in, sizeof(in), NULL, 0);
}

/* The page has this source and these flags, in a range of @count pages */
static inline void expect_page(struct kunit *test, u64 gfn, u64 source, u32 flags, u64 count)
{
	struct hvp_gpa_range range;
	bool found;

	lock_child(test);
	found = hvp_gpa_map_find(child, gfn, &range);
	unlock_child();
	KUNIT_EXPECT_TRUE_MSG(test, found, "page 0x%llx is not mapped", gfn);
	if (!found)
		return;
	KUNIT_EXPECT_EQ(test, range.flags, flags);
	KUNIT_EXPECT_EQ(test, range.count, count);
	if (!(flags & 0x30000))
		KUNIT_EXPECT_EQ(test, range.source + (gfn - range.gfn), source);
}

static inline void expect_unmapped(struct kunit *test, u64 gfn)
{
	struct hvp_gpa_range range;

	lock_child(test);
	KUNIT_EXPECT_FALSE_MSG(test, hvp_gpa_map_find(child, gfn, &range), "page 0x%llx", gfn);
	unlock_child();
}

/* The counts of the map, and what its entries cost */
static inline void expect_counts(struct kunit *test, u64 ranges, u64 pages, u64 large)
{
	struct hvp_gpa_map *map = map_of_child();
	struct hvp_gpa_range range;
	u64 entries = 0, gfn = 0;

	KUNIT_EXPECT_EQ(test, map->ranges, ranges);
	KUNIT_EXPECT_EQ(test, map->pages, pages);
	KUNIT_EXPECT_EQ(test, map->large, large);
	lock_child(test);
	for (; hvp_gpa_map_next(child, gfn, &range); gfn = range.gfn + range.count)
		entries++;
	unlock_child();
	KUNIT_EXPECT_EQ(test, entries, ranges);
}

static inline bool lent(struct kunit *test, u64 gfn)
{
	struct fake_vm *vm = test->priv;

	return hvp_space_is_lent(vm->pt, gfn);
}

/* Map directly, for what would take many calls */
static inline enum hv_status set(struct kunit *test, u64 gfn, u64 count, u64 source, u32 flags)
{
	const struct hvp_gpa_range range = {
		.gfn = gfn, .count = count, .source = source, .flags = flags,
	};
	enum hv_status status;

	lock_child(test);
	status = hvp_gpa_map_set(child, &range);
	unlock_child();
	return status;
}

static inline enum hv_status clear(struct kunit *test, u64 gfn, u64 count)
{
	enum hv_status status;

	lock_child(test);
	status = hvp_gpa_map_clear(child, gfn, count);
	unlock_child();
	return status;
}

/* Property GpaPageAccessTracking */
static inline u32 set_tracking(struct fake_vm *vm, u64 value)
{
	const struct hv_set_property in = { child->id, 0x00050005, 0, value };

	return HV_STATUS(fake_call(vm, SET_PROPERTY, &in, sizeof(in), NULL, 0));
}

static inline u64 access_state(struct fake_vm *vm, u64 flags, u64 gfn, u32 count, u8 *states)
{
	const struct hv_access_state in = { child->id, flags, gfn };

	return fake_call(vm, ACCESS_STATE | HV_REPS(count), &in, sizeof(in), states, count);
}

#endif
