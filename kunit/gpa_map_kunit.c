// SPDX-License-Identifier: GPL-2.0
/*
 * The map of a child's address space as a data structure: merging, splitting, what it costs,
 * failures, tearing down. Limits are those of the sheet's section 15.5; what the map costs,
 * of gpa_map.h.
 */
#include <linux/minmax.h>
#include <linux/prandom.h>

#include "gpa_fixture.h"

static void unmapping_splits_and_mapping_merges(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 i;

	KUNIT_ASSERT_EQ(test, set(test, 100, 10, 200, RW), HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, unmap(vm, 104, 0, 2), SUCCESS);
	expect_counts(test, 2, 8, 0);
	expect_page(test, 103, 203, RW, 4);
	expect_page(test, 106, 206, RW, 4);
	KUNIT_EXPECT_FALSE(test, lent(test, 204) || lent(test, 205));
	KUNIT_EXPECT_TRUE(test, lent(test, 203) && lent(test, 206));
	EXPECT_STATUS(test, map_one(vm, 104, 204, RW), SUCCESS);
	expect_counts(test, 2, 9, 0);
	EXPECT_STATUS(test, map_one(vm, 105, 205, RW), SUCCESS);
	expect_counts(test, 1, 10, 0);
	/* A source out of line, rights that differ */
	EXPECT_STATUS(test, map_one(vm, 105, 206, RW), SUCCESS);
	expect_counts(test, 3, 10, 0);
	EXPECT_STATUS(test, map_one(vm, 105, 205, R), SUCCESS);
	expect_counts(test, 3, 10, 0);
	EXPECT_STATUS(test, map_one(vm, 105, 205, RW), SUCCESS);
	expect_counts(test, 1, 10, 0);
	/* A range over everything, also over holes */
	KUNIT_EXPECT_EQ(test, clear(test, 107, 1), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, set(test, 98, 20, 1000, RW), HV_STATUS_SUCCESS);
	expect_counts(test, 1, 20, 0);
	for (i = 200; i < 210; i++)
		KUNIT_EXPECT_FALSE(test, lent(test, i));
	/* Over the end of one, and of what is not mapped */
	KUNIT_EXPECT_EQ(test, clear(test, 110, 100), HV_STATUS_SUCCESS);
	expect_counts(test, 1, 12, 0);
	KUNIT_EXPECT_EQ(test, clear(test, 0, 1000), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, clear(test, 0, 1000), HV_STATUS_SUCCESS);
	expect_counts(test, 0, 0, 0);
}

/* Equal distances that pass zero are not consecutive sources */
static void sources_below_their_targets_are_told_apart(struct kunit *test)
{
	const u64 top = 1ULL << 40;
	struct fake_vm *vm = test->priv;

	vm->vp->pa_bits = 52;
	vm->ram_pages = top;
	KUNIT_EXPECT_EQ(test, set(test, 5, 1, top - 1, 0), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, set(test, 6, 1, 0, 0), HV_STATUS_SUCCESS);
	expect_page(test, 5, top - 1, 0, 1);
	expect_page(test, 6, 0, 0, 1);
	KUNIT_EXPECT_EQ(test, set(test, top - 1, 1, 0, 0), HV_STATUS_SUCCESS);
	expect_page(test, top - 1, 0, 0, 1);
	vm->vp->pa_bits = FAKE_PA_BITS;
}

/* An empty pool: INSUFFICIENT_MEMORY, exact reps, and on it goes after a deposit (6.5) */
static void ranges_are_paid_from_the_childs_pool(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &child->pool;
	u64 *sources = kunit_kmalloc_array(test, 509, 8, GFP_KERNEL);
	u64 result, before;
	u32 i, done;

	KUNIT_ASSERT_NOT_NULL(test, sources);
	for (i = 0; i < 509; i++)
		sources[i] = 10000 - i;
	pool->unlimited = false;
	before = pool->charged;
	result = map_list(vm, child->id, 0, RW, 509, sources);
	done = HV_DONE(result);
	EXPECT_STATUS(test, result, INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, done, (u32)((4 * HVP_PAGE_CREDIT - before) / HVP_GPA_RANGE_COST));
	KUNIT_EXPECT_EQ(test, pool->charged, before + (u64)done * HVP_GPA_RANGE_COST);
	expect_counts(test, done, done, 0);
	expect_unmapped(test, done);
	KUNIT_EXPECT_FALSE(test, lent(test, 10000 - done));
	/* What needs no range more is free */
	EXPECT_STATUS(test, map_one(vm, 0, 20000, RW), SUCCESS);
	EXPECT_STATUS(test, map_one(vm, done, 10000 - done, RW), INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, give(child, 16), 16ULL);
	result = map_list(vm, child->id, done, RW, 509 - done, sources + done);
	EXPECT_STATUS(test, result, SUCCESS);
	expect_counts(test, 509, 509, 0);
	EXPECT_STATUS(test, unmap(vm, 0, 0, 509), SUCCESS);
	KUNIT_EXPECT_EQ(test, pool->charged, before);
}

static void splitting_a_range_is_paid_for(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &child->pool;
	u64 page = 0, before;

	KUNIT_ASSERT_EQ(test, set(test, 0, 1000, 1000, RW), HV_STATUS_SUCCESS);
	pool->unlimited = false;
	before = pool->charged;
	while (!HV_STATUS(unmap(vm, page + 1, 0, 1)))
		page += 2;
	KUNIT_EXPECT_EQ(test, pool->charged, before + page / 2 * HVP_GPA_RANGE_COST);
	expect_counts(test, page / 2 + 1, 1000 - page / 2, 0);
	expect_page(test, page + 1, 1000 + page + 1, RW, 1000 - page);
	/* The whole of it can always be unmapped */
	KUNIT_EXPECT_EQ(test, clear(test, 0, 1000), HV_STATUS_SUCCESS);
	expect_counts(test, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, pool->charged, before - HVP_GPA_RANGE_COST);
}

/* What each attempt may change */
struct snapshot {
	struct hvp_gpa_map map;
	u64 charged;
};

static struct snapshot snapshot(void)
{
	return (struct snapshot) { *map_of_child(), child->pool.charged };
}

static void expect_unchanged(struct kunit *test, const struct snapshot *old)
{
	struct snapshot now = snapshot();

	KUNIT_EXPECT_EQ(test, now.map.ranges, old->map.ranges);
	KUNIT_EXPECT_EQ(test, now.map.pages, old->map.pages);
	KUNIT_EXPECT_EQ(test, now.map.large, old->map.large);
	KUNIT_EXPECT_EQ(test, now.charged, old->charged);
	expect_counts(test, now.map.ranges, now.map.pages, now.map.large);
}

/* At each allocation that can fail: the status says so, and all is as it was */
static void failed_allocations_change_nothing(struct kunit *test)
{
	enum hv_status status = HV_STATUS_NO_RESOURCES;
	struct snapshot old;
	u32 nth, i;

	/* Many runs of lent pages, so that the list of them must be allocated too */
	for (i = 0; i < 100; i++)
		KUNIT_ASSERT_EQ(test, set(test, 10 + i, 1, 5000 - i, RW), HV_STATUS_SUCCESS);
	old = snapshot();
	for (nth = 1; nth < 20; nth++) {
		fake_fail_nth(nth);
		status = set(test, 0, 200, 100000, RW);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, status, HV_STATUS_NO_RESOURCES);
		expect_unchanged(test, &old);
		KUNIT_EXPECT_FALSE(test, lent(test, 100000));
		KUNIT_EXPECT_TRUE(test, lent(test, 5000) && lent(test, 4901));
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, status, HV_STATUS_SUCCESS);
	KUNIT_EXPECT_GT(test, nth, 2U);
	expect_counts(test, 1, 200, 0);
	KUNIT_EXPECT_TRUE(test, lent(test, 100199));
	KUNIT_EXPECT_FALSE(test, lent(test, 5000) || lent(test, 4901));

	old = snapshot();
	for (nth = 1; nth < 20; nth++) {
		fake_fail_nth(nth);
		status = clear(test, 50, 10);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, status, HV_STATUS_NO_RESOURCES);
		expect_unchanged(test, &old);
		KUNIT_EXPECT_TRUE(test, lent(test, 100055));
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_GT(test, nth, 1U);
	expect_counts(test, 2, 190, 0);
	KUNIT_EXPECT_FALSE(test, lent(test, 100055));
}

static void failed_allocations_in_calls_are_no_resources(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u8 state;

	set_tracking(vm, 1);
	fake_fail_nth(1);
	EXPECT_STATUS(test, map_one(vm, 1, 1, RW), NO_RESOURCES);
	expect_unmapped(test, 1);
	fake_fail_nth(0);
	KUNIT_ASSERT_EQ(test, set(test, 0, 3, 0, RW), HV_STATUS_SUCCESS);
	fake_fail_nth(1);
	EXPECT_STATUS(test, modify(vm, child->id, 1, R), NO_RESOURCES);
	fake_fail_nth(1);
	EXPECT_STATUS(test, unmap(vm, 1, 0, 1), NO_RESOURCES);
	fake_fail_nth(1);
	EXPECT_STATUS(test, access_state(vm, 2, 1, 1, &state), NO_RESOURCES);
	fake_fail_nth(1);
	EXPECT_STATUS(test, modify(vm, SELF, 1, R), NO_RESOURCES);
	fake_fail_nth(0);
	expect_page(test, 1, 1, RW, 3);
}

static bool teardown(struct kunit *test, u64 max_pages)
{
	bool empty;

	lock_child(test);
	empty = hvp_gpa_map_teardown(child, max_pages);
	unlock_child();
	return empty;
}

static void teardown_goes_in_steps(struct kunit *test)
{
	u64 charged = child->pool.charged;
	u32 i;

	KUNIT_EXPECT_TRUE(test, teardown(test, 1));
	KUNIT_ASSERT_EQ(test, set(test, 0, 1000, 5000, RW), HV_STATUS_SUCCESS);
	for (i = 0; i < 100; i++)
		KUNIT_ASSERT_EQ(test, set(test, 2000 + 3 * i, 2, 9000 - 2 * i, R),
				HV_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, set(test, (1ULL << 40) - 512, 512, 0, LARGE | NO_ACCESS),
			HV_STATUS_SUCCESS);
	KUNIT_EXPECT_FALSE(test, teardown(test, 400));
	expect_counts(test, 102, 800, 0);
	expect_unmapped(test, 399);
	KUNIT_EXPECT_FALSE(test, lent(test, 5399));
	KUNIT_EXPECT_TRUE(test, lent(test, 5400));
	/* No memory: later then */
	fake_fail_nth(1);
	KUNIT_EXPECT_FALSE(test, teardown(test, 400));
	fake_fail_nth(0);
	expect_counts(test, 102, 800, 0);
	KUNIT_EXPECT_FALSE(test, teardown(test, 799));
	expect_counts(test, 2, 1, 0);
	KUNIT_EXPECT_FALSE(test, teardown(test, 512));
	KUNIT_EXPECT_TRUE(test, teardown(test, 1));
	expect_counts(test, 0, 0, 0);
	KUNIT_EXPECT_TRUE(test, mtree_empty(&map_of_child()->tree));
	KUNIT_EXPECT_EQ(test, child->pool.charged, charged);
	for (i = 0; i < 10000; i++)
		KUNIT_EXPECT_FALSE(test, lent(test, i));
}

static void children_that_go_return_what_was_lent(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_ASSERT_EQ(test, set(test, 0, 100000, 5000, RW), HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 200000, 5000, R), SUCCESS);
	lock_child(test);
	hvp_child_destroy(child);
	unlock_child();
	KUNIT_EXPECT_FALSE(test, lent(test, 5000) || lent(test, 104999));
}

/* A plain list of what each page of a small space is */
#define MODEL_PAGES	64
#define MODEL_SHIFT	3	/* of the sources, in one of two ways */

struct model_page {
	bool mapped;
	u64 source;
	u32 flags;
};

static bool model_same(const struct model_page *page, const struct model_page *next)
{
	return page->mapped && next->mapped && page->flags == next->flags &&
	       ((page->flags & 0x30000) || next->source == page->source + 1);
}

static bool model_lends(const struct model_page *model, u64 source)
{
	u32 i;

	for (i = 0; i < MODEL_PAGES; i++)
		if (model[i].mapped && model[i].source == source && (model[i].flags & 0xf) &&
		    !(model[i].flags & 0x30000))
			return true;
	return false;
}

static void expect_model(struct kunit *test, const struct model_page *model)
{
	u64 i, ranges = 0, pages = 0, large = 0;
	struct hvp_gpa_range range;
	bool mapped;

	lock_child(test);
	for (i = 0; i < MODEL_PAGES; i++) {
		mapped = hvp_gpa_map_find(child, i, &range);
		KUNIT_ASSERT_EQ_MSG(test, mapped, model[i].mapped, "page %llu", i);
		if (!mapped)
			continue;
		KUNIT_EXPECT_EQ(test, range.flags, model[i].flags);
		if (!(range.flags & 0x30000))
			KUNIT_EXPECT_EQ(test, range.source + i - range.gfn, model[i].source);
		ranges += !i || !model_same(&model[i - 1], &model[i]);
		if ((range.flags & 0x30000) == NO_ACCESS)
			continue;
		pages++;
		large += !!(range.flags & LARGE);
	}
	unlock_child();
	expect_counts(test, ranges, pages, large);
	for (i = 0; i < MODEL_PAGES + MODEL_SHIFT; i++)
		KUNIT_EXPECT_EQ_MSG(test, lent(test, i), model_lends(model, i), "source %llu", i);
}

/* Random ranges set and cleared, with and without memory: always as few entries as can be */
static void map_agrees_with_a_model(struct kunit *test)
{
	static const u32 flags[] = { RW, RW, R, 0, NO_ACCESS, ZEROED | R, LARGE | RW };
	struct model_page model[MODEL_PAGES] = {}, page;
	u64 charged = child->pool.charged;
	enum hv_status status;
	struct rnd_state rnd;
	u64 i, first, count;
	u32 n, value;

	prandom_seed_state(&rnd, 1);
	for (n = 0; n < 2000; n++) {
		value = prandom_u32_state(&rnd);
		first = value % MODEL_PAGES;
		count = 1 + (value >> 8) % min(MODEL_PAGES - first, 20ULL);
		page.mapped = (value >> 16) % 4;
		page.flags = flags[(value >> 18) % ARRAY_SIZE(flags)];
		page.source = first + (value >> 24) % 2 * MODEL_SHIFT;
		fake_fail_nth((value >> 26) % 4 == 1);
		status = page.mapped ? set(test, first, count, page.source, page.flags) :
				       clear(test, first, count);
		if (fake_has_failed()) {
			KUNIT_EXPECT_EQ(test, status, HV_STATUS_NO_RESOURCES);
			count = 0;
		} else {
			KUNIT_EXPECT_EQ(test, status, HV_STATUS_SUCCESS);
		}
		fake_fail_nth(0);
		for (i = first; i < first + count; i++, page.source++)
			model[i] = page;
		expect_model(test, model);
		KUNIT_EXPECT_EQ(test, child->pool.charged,
				charged + map_of_child()->ranges * HVP_GPA_RANGE_COST);
	}
}

/* Levels of the tree, which is what looking up and changing a page takes */
static u32 height(void)
{
	return mt_height(&map_of_child()->tree);
}

static void sixty_four_gib_are_one_entry(struct kunit *test)
{
	const u64 pages = SZ_64G >> 12;
	u64 *sources = kunit_kmalloc_array(test, 509, 8, GFP_KERNEL);
	struct fake_vm *vm = test->priv;
	u64 charged, at;
	u32 i, count;

	KUNIT_ASSERT_NOT_NULL(test, sources);
	charged = child->pool.charged;
	for (at = 0; at < pages; at += count * 512) {
		count = min(509ULL, (pages - at) / 512);
		for (i = 0; i < count; i++)
			sources[i] = 0x100000 + at + i * 512;
		EXPECT_STATUS(test, map_list(vm, child->id, at, LARGE | LINUX_RAM, count, sources),
			      SUCCESS);
	}
	expect_counts(test, 1, pages, pages);
	expect_page(test, pages - 1, 0x100000 + pages - 1, LARGE | LINUX_RAM, pages);
	KUNIT_EXPECT_EQ(test, child->pool.charged, charged + HVP_GPA_RANGE_COST);
	KUNIT_EXPECT_LE(test, height(), 1U);
	/* One large page of it elsewhere */
	EXPECT_STATUS(test, map_one(vm, 0x200, 0x200, LARGE | LINUX_RAM), SUCCESS);
	expect_counts(test, 3, pages, pages);
	EXPECT_STATUS(test, map_one(vm, 0x200, 0x100200, LARGE | LINUX_RAM), SUCCESS);
	expect_counts(test, 1, pages, pages);
}

/* Sources all over the place: an entry per large page, not per page */
static void scattered_large_pages_are_an_entry_each(struct kunit *test)
{
	const u64 count = SZ_64G >> 21;
	u64 charged = child->pool.charged;
	u64 i;

	for (i = 0; i < count; i++)
		KUNIT_ASSERT_EQ(test, set(test, i * 512, 512, (count - i) * 512, LARGE),
				HV_STATUS_SUCCESS);
	expect_counts(test, count, count * 512, count * 512);
	KUNIT_EXPECT_EQ(test, child->pool.charged, charged + count * HVP_GPA_RANGE_COST);
	/* At least eight entries in half-filled leaves of sixteen: 8^5 = 32768 */
	KUNIT_EXPECT_LE(test, height(), 5U + 1);
}

/* The worst case, no two pages alike: the cost per page is the same from 1 to a million */
static void cost_per_page_does_not_grow(struct kunit *test)
{
	const u64 total = 1000000;
	u64 charged = child->pool.charged;
	u64 i, check = 1, bound = 8;
	u32 levels = 1;

	lock_child(test);
	for (i = 0; i < total; i++) {
		const struct hvp_gpa_range page = { .gfn = i, .count = 1, .source = total - i };
		enum hv_status status = hvp_gpa_map_set(child, &page);

		if (status)
			KUNIT_FAIL(test, "page %llu: status %u", i, status);
		if (status || i + 1 != check)
			continue;
		KUNIT_EXPECT_EQ(test, map_of_child()->ranges, check);
		KUNIT_EXPECT_EQ(test, child->pool.charged,
				charged + check * HVP_GPA_RANGE_COST);
		/* Levels grow as the logarithm to the base of eight, half of a leaf */
		while (bound < check) {
			bound *= 8;
			levels++;
		}
		KUNIT_EXPECT_LE_MSG(test, height(), levels + 1, "%llu pages", check);
		check *= 10;
	}
	unlock_child();
	kunit_info(test, "%llu pages: %u levels", total, height());
	while (!teardown(test, 65536))
		;
	KUNIT_EXPECT_EQ(test, child->pool.charged, charged);
	expect_counts(test, 0, 0, 0);
}

static struct kunit_case gpa_map_cases[] = {
	HVP_CASE(unmapping_splits_and_mapping_merges, 0x004b, 0x004c),
	HVP_CASE(sources_below_their_targets_are_told_apart),
	HVP_CASE(ranges_are_paid_from_the_childs_pool, 0x004b, 0x004c),
	HVP_CASE(splitting_a_range_is_paid_for, 0x004c),
	HVP_CASE(failed_allocations_change_nothing, 0x004b, 0x004c),
	HVP_CASE(failed_allocations_in_calls_are_no_resources, 0x004b, 0x004c, 0x0090, 0x00c9),
	HVP_CASE(map_agrees_with_a_model),
	HVP_CASE(teardown_goes_in_steps),
	HVP_CASE(children_that_go_return_what_was_lent),
	HVP_CASE(sixty_four_gib_are_one_entry, 0x004b),
	HVP_CASE(scattered_large_pages_are_an_entry_each),
	HVP_CASE(cost_per_page_does_not_grow),
	{}
};

static struct kunit_suite gpa_map_suite = {
	.name = "hvpersona_gpa_map",
	.init = gpa_init,
	.exit = gpa_exit,
	.test_cases = gpa_map_cases,
};

kunit_test_suites(&gpa_map_suite);
