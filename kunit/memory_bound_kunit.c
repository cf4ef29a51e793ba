// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest can have the host allocate: objects of each kind are made until the pool
 * refuses, and what the kernel has really taken by then, slab pages with nodes of trees and all,
 * is compared with what was deposited. Documentation/design.rst, "Memory pools".
 *
 * Counted are pages of the whole kernel, so that what is measured is large, and a case
 * begins and ends with nothing of its own. Kernels whose allocator adds to each object for
 * debugging are no measure.
 */
#include <linux/kconfig.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/vmstat.h>

#include "../hvpersona/child.h"
#include "../hvpersona/hv_abi/gpa.h"
#include "../hvpersona/intercept.h"
#include "../hvpersona/synic/port.h"
#include "../hvpersona/vp_file.h"
#include "fake_backend.h"

/* Documentation/design.rst: what deposits do not pay for */
#define DOCUMENTED_CONSTANT	(128 * SZ_1K)

/* What the allocator keeps at hand for objects of each size when all are freed */
#define EMPTY_SLABS		(512 * SZ_1K)

/* Deposited pages lie far apart, and beyond what children map */
#define DEPOSITS		BIT_ULL(30)
#define RWX			(HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE | HV_MAP_GPA_EXECUTABLE)

#define VNUMA_TOPOLOGY		0x00090004
#define AFFINITY		0x10001000

/* A case's machine: how much it has deposited, and what the kernel had before */
struct bound {
	struct kunit *test;
	struct fake_vm *vm;
	s64 deposited;
	s64 before;
};

/* Bytes that the kernel has in slabs, large blocks of kmalloc(), and nowhere else for us */
static s64 kernel_bytes(void)
{
	/* What is freed after a grace period is free */
	rcu_barrier();
	return (s64)(global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) +
		     global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B)) << PAGE_SHIFT;
}

static s64 growth(const struct bound *b)
{
	return kernel_bytes() - b->before;
}

static void start(struct bound *b, struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	if (!IS_ENABLED(CONFIG_UML) || IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_SLUB_DEBUG_ON))
		kunit_skip(test, "the allocator of this kernel is no measure");
	vm->ram_pages = BIT_ULL(FAKE_PA_BITS - PAGE_SHIFT) * 8;
	*b = (struct bound) { .test = test, .vm = vm, .before = kernel_bytes() };
}

/*
 * Between calls a guest runs, and nodes of trees that have been replaced are freed. Without that
 * a few that are in use would keep many slabs
 */
static void next_call(void)
{
	cond_resched();
}

/* Every other page, or neighbours */
static void deposit(struct bound *b, struct hvp_partition *pt, u32 pages, bool scattered)
{
	u64 gfn = DEPOSITS + b->deposited;
	u32 i;

	for (i = 0; i < pages; i++, gfn += 1 + scattered) {
		KUNIT_ASSERT_EQ(b->test, (u32)hvp_pool_deposit(&pt->pool, gfn),
				(u32)HV_STATUS_SUCCESS);
		next_call();
	}
	b->deposited += (1 + scattered) * pages;
}

static struct hvp_partition *new_child(struct bound *b, enum hv_status *status)
{
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct hvp_partition *pt = NULL;

	*status = hvp_child_create(b->vm->pt, b->vm->pt->instance, &in, &pt);
	if (*status)
		return NULL;
	hvp_partition_put(pt);
	return hvp_child_lock(hvp_partition_get(pt), b->vm->vp);
}

/* An active child, locked */
static struct hvp_partition *active_child(struct bound *b)
{
	enum hv_status status;
	struct hvp_partition *pt = new_child(b, &status);

	KUNIT_ASSERT_NOT_NULL(b->test, pt);
	pt->child->map.limit = BIT_ULL(36);
	hvp_child_initialize(pt);
	return pt;
}

/* The kernel has not taken more than @pages of deposits are worth */
static void expect_bound(struct bound *b, const char *what, u64 made, u64 pages)
{
	s64 bytes = growth(b);

	kunit_info(b->test, "%s: %llu made, %lld KiB taken, %llu KiB deposited", what, made,
		   bytes >> 10, pages << (PAGE_SHIFT - 10));
	KUNIT_EXPECT_LE(b->test, bytes, (s64)(pages << PAGE_SHIFT) + DOCUMENTED_CONSTANT);
}

/* And all is back, but for what the allocator keeps at hand: some empty slabs of each size */
static void expect_all_back(struct bound *b)
{
	s64 bytes = growth(b);

	kunit_info(b->test, "%lld KiB left when all is deleted", bytes >> 10);
	KUNIT_EXPECT_LE(b->test, bytes, (s64)EMPTY_SLABS);
}

static void empty_pool(struct bound *b, struct hvp_pool *pool)
{
	u64 gfn;

	while (hvp_pool_withdraw(pool, b->vm->vp, &gfn) == HV_STATUS_SUCCESS)
		;
	KUNIT_EXPECT_TRUE(b->test, hvp_pool_empty(pool));
}

static void finish(struct bound *b, struct hvp_partition *child)
{
	if (child) {
		hvp_child_destroy(child);
		hvp_child_unlock(child);
	}
	empty_pool(b, &b->vm->pt->pool);
	expect_all_back(b);
}

/* The overhead of a page is all that its deposit takes, however pages lie */
static void deposits_pay_for_themselves(struct kunit *test)
{
	const u32 pages = 20000;
	struct bound b;

	start(&b, test);
	deposit(&b, b.vm->pt, pages, true);
	expect_bound(&b, "scattered deposits", pages, pages * HVP_PAGE_OVERHEAD / PAGE_SIZE);
	finish(&b, NULL);
}

static void children_are_paid_for(struct kunit *test)
{
	const u32 pages = 300;
	enum hv_status status;
	struct hvp_partition *pt;
	struct bound b;
	u32 made;

	start(&b, test);
	deposit(&b, b.vm->pt, pages, true);
	for (made = 0; (pt = new_child(&b, &status)); made++)
		hvp_child_unlock(pt);
	KUNIT_EXPECT_EQ(test, (u32)status, (u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_GT(test, made, 50);
	expect_bound(&b, "children", made, pages);
	hvp_children_gone(b.vm->pt);
	KUNIT_EXPECT_EQ(test, b.vm->pt->pool.charged, 0ULL);
	finish(&b, NULL);
}

/* VPs, each with a value of its own; then state pages until nothing is left to hand out */
static void vps_are_paid_for(struct kunit *test)
{
	const u64 everywhere[] = { 1, 0 };
	const u32 pages = 300;
	struct hvp_partition *pt;
	enum hv_status status;
	u32 made, handed = 0;
	struct bound b;
	u64 gfn;

	start(&b, test);
	deposit(&b, b.vm->pt, 4, false);
	pt = active_child(&b);
	deposit(&b, pt, pages, true);
	for (made = 0; !(status = hvp_child_vp_create(pt, HVP_MAX_CHILD_VPS - 1 - made)); made++)
		if (hvp_property_set(pt, AFFINITY, HVP_MAX_CHILD_VPS - 1 - made, everywhere, 2))
			break;
	KUNIT_EXPECT_GT(test, made, 50);
	while (!hvp_pool_hand_out(&pt->pool, HVP_GPA_ALL, &gfn))
		handed++;
	/* Less than one more would take */
	KUNIT_EXPECT_LE(test, handed, pages / made);
	expect_bound(&b, "VPs", made, pages + 4);
	KUNIT_EXPECT_NE(test, (u32)hvp_child_vp_create(pt, 0), (u32)HV_STATUS_SUCCESS);
	finish(&b, pt);
}

/* All that a parent can intercept; false once the pool refuses */
static bool intercept_all(struct hvp_partition *pt)
{
	struct hv_install_intercept in = { .access = HV_INTERCEPT_READ };
	enum hv_status status = HV_STATUS_SUCCESS;
	u32 i;

	in.type = HV_INTERCEPT_IO_PORT_RANGE;
	in.parameter = 1 << 16 | 1;
	if (hvp_intercept_install(pt, &in))
		return false;
	for (i = 0; !status && i < HVP_SORTED_MAX; i++) {
		in.type = HV_INTERCEPT_MSR_INDEX;
		in.parameter = i;
		status = hvp_intercept_install(pt, &in);
	}
	return !status;
}

/* All answers for a VP or for all; false once the pool refuses */
static bool answer_all(struct hvp_partition *pt, u32 vp, u64 *made)
{
	struct hv_register_intercept_result in = {
		.vp = vp, .type = HV_INTERCEPT_CPUID, .cpuid = { .leaf = 1 },
	};
	u32 i;

	for (i = 0; i < 2 * HVP_SORTED_MAX; i++, ++*made) {
		in.cpuid.subleaf_specific = i & 1;
		in.cpuid.subleaf = i;
		in.cpuid.leaf = i & 1 ? 1 : i;
		if (hvp_result_register(pt, &in))
			return false;
		next_call();
	}
	return true;
}

static void intercepts_and_results_are_paid_for(struct kunit *test)
{
	const u32 pages = 200;
	struct hvp_partition *pt;
	struct bound b;
	u64 made = 0;
	u32 vps = 0;

	start(&b, test);
	deposit(&b, b.vm->pt, 4, false);
	pt = active_child(&b);
	deposit(&b, pt, pages, true);
	KUNIT_EXPECT_TRUE(test, intercept_all(pt));
	KUNIT_EXPECT_TRUE(test, answer_all(pt, HV_ANY_VP, &made));
	while (!hvp_child_vp_create(pt, vps) && answer_all(pt, vps, &made))
		vps++;
	KUNIT_EXPECT_GT(test, vps, 4);
	expect_bound(&b, "answers", made, pages + 4);
	finish(&b, pt);
}

/* The @nth port of the root for @child, and a connection of the child to it; ids far apart */
static enum hv_status make_channel(struct bound *b, struct hvp_partition *child, u32 nth)
{
	const struct hv_create_port create = {
		.port = nth << 12,
		.connection_partition = child->id,
		.info = { .type = HV_PORT_MESSAGE, .sint = 1, .vp = HV_VP_INDEX_ANY },
	};
	const struct hv_connect_port connect = {
		.connection = nth << 12,
		.port_partition = b->vm->pt->id,
		.port = nth << 12,
		.info = { .type = HV_PORT_MESSAGE },
	};
	const struct hvp_port_request request = { .in = &create, .charged = true };
	enum hv_status status;
	struct hvp_port *port;

	status = hvp_port_create(child->instance, b->vm->pt, &request, &port);
	return status ?: hvp_port_connect(child->instance, child, &connect, true);
}

static void ports_are_paid_for(struct kunit *test)
{
	const u32 pages = 900, child_pages = 250;
	struct hvp_partition *pt;
	enum hv_status status;
	struct bound b;
	u32 made;

	start(&b, test);
	deposit(&b, b.vm->pt, pages, true);
	pt = active_child(&b);
	deposit(&b, pt, child_pages, true);
	for (made = 0; !(status = make_channel(&b, pt, made)); made++)
		next_call();
	KUNIT_EXPECT_EQ(test, (u32)status, (u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_GT(test, made, 100);
	expect_bound(&b, "channels", made, pages + child_pages);
	hvp_ports_gone(pt->instance, b.vm->pt);
	finish(&b, pt);
}

/* The longest values there are, as many as there can be */
static void long_values_are_paid_for(struct kunit *test)
{
	u64 *values = kunit_kzalloc(test, HV_PROPERTY_QWORDS * 8, GFP_KERNEL);
	struct hvp_partition *pt;
	struct bound b;

	KUNIT_ASSERT_NOT_NULL(test, values);
	start(&b, test);
	deposit(&b, b.vm->pt, 4, false);
	pt = active_child(&b);
	deposit(&b, pt, 1, false);
	KUNIT_EXPECT_EQ(test, (u32)hvp_property_set(pt, VNUMA_TOPOLOGY, 0, values,
						    HV_PROPERTY_QWORDS),
			(u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, 0ULL);
	deposit(&b, pt, 1, false);
	KUNIT_EXPECT_EQ(test, (u32)hvp_property_set(pt, VNUMA_TOPOLOGY, 0, values,
						    HV_PROPERTY_QWORDS),
			(u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, 4096ULL);
	finish(&b, pt);
}

/* Orders in which ranges are made: they leave the nodes of the tree more or less full */
enum order { UPWARDS, DOWNWARDS, SCRAMBLED, OUTWARDS, ORDERS };

static u64 place(enum order order, u64 i)
{
	switch (order) {
	case UPWARDS:
		return i;
	case DOWNWARDS:
		return BIT(22) - i;
	case SCRAMBLED:		/* a permutation of 22 bits */
		return i * 0x9e3779b1 & GENMASK(21, 0);
	default:
		return i & 1 ? BIT(22) - i : i;
	}
}

/* Like no neighbour of it */
static enum hv_status map_alone(struct hvp_partition *pt, u64 at, u32 apart)
{
	const struct hvp_gpa_range range = {
		.gfn = at * apart, .count = 1, .source = BIT_ULL(24) - at, .flags = RWX,
	};

	return hvp_gpa_map_set(pt, &range);
}

static u64 map_until_refused(struct bound *b, struct hvp_partition *pt, enum order order, u32 apart)
{
	enum hv_status status;
	u64 made = 0;

	for (; !(status = map_alone(pt, place(order, made), apart)); made++)
		next_call();
	KUNIT_EXPECT_EQ(b->test, (u32)status, (u32)HV_STATUS_INSUFFICIENT_MEMORY);
	return made;
}

static void order_to_desc(const enum order *order, char *desc)
{
	static const char * const names[] = { "upwards", "downwards", "scrambled", "outwards" };

	strscpy(desc, names[*order], KUNIT_PARAM_DESC_SIZE);
}

static const enum order orders[] = { UPWARDS, DOWNWARDS, SCRAMBLED, OUTWARDS };
KUNIT_ARRAY_PARAM(order, orders, order_to_desc);

/*
 * What a machine has ever lent is counted for as long as it lives, uncharged, in proportion to
 * its memory: lend it beforehand, so that only ranges are measured.
 */
static void lend_all(struct bound *b)
{
	const u64 pages = BIT_ULL(24) + 1;
	u64 at;

	for (at = BIT_ULL(24) - BIT_ULL(22); at < pages; at += SZ_4K) {
		KUNIT_ASSERT_EQ(b->test, hvp_space_lend(b->vm->pt, at, 1), 0);
		hvp_space_return(b->vm->pt, at, 1);
	}
	b->before = kernel_bytes();
}

/* Every other page, then pages side by side: an entry of the tree has its hole, or not */
static void ranges_are_paid_for(struct kunit *test)
{
	const enum order order = *(const enum order *)test->param_value;
	const u32 pages = 2000;
	struct hvp_partition *pt;
	struct bound b;
	u32 apart;
	u64 made;

	start(&b, test);
	deposit(&b, b.vm->pt, 4, false);
	pt = active_child(&b);
	deposit(&b, pt, pages, false);
	lend_all(&b);
	for (apart = 2; apart; apart--) {
		made = map_until_refused(&b, pt, order, apart);
		KUNIT_EXPECT_EQ(test, made, pages * HVP_PAGE_CREDIT / HVP_GPA_RANGE_COST);
		expect_bound(&b, apart == 2 ? "ranges and holes" : "ranges", made, pages);
		while (!hvp_gpa_map_teardown(pt, U64_MAX))
			;
		KUNIT_EXPECT_EQ(test, pt->pool.charged, 0ULL);
	}
	finish(&b, pt);
}

/* Leaves of a tree. Above eight of them at least is a node, and so on */
static u64 leaves(struct maple_tree *tree)
{
	MA_STATE(mas, tree, 0, 0);
	struct maple_enode *last = NULL;
	u64 count = 0;
	void *entry;

	rcu_read_lock();
	mas_for_each(&mas, entry, ULONG_MAX) {
		if (mas.node != last)
			count++;
		last = mas.node;
	}
	rcu_read_unlock();
	return count;
}

/*
 * Ranges are made and unmapped at random, more and more of them unmapped: the nodes that are
 * left must be paid for by the ranges that are left. Slabs do not shrink, so nodes are counted.
 */
static void thinned_ranges_are_paid_for(struct kunit *test)
{
	struct hvp_partition *pt;
	struct rnd_state rnd;
	u64 at, nodes, worst = 0;
	struct bound b;
	u32 i, keep;

	start(&b, test);
	deposit(&b, b.vm->pt, 4, false);
	pt = active_child(&b);
	deposit(&b, pt, 2000, false);
	prandom_seed_state(&rnd, 4711);
	for (i = 0; i < 20000; i++)
		KUNIT_ASSERT_EQ(test, (u32)map_alone(pt, i, 2), 0U);
	for (keep = 15; keep; keep--) {
		for (i = 0; i < 20000; i++) {
			at = prandom_u32_state(&rnd) % 20000;
			if (prandom_u32_state(&rnd) % 16 < keep)
				KUNIT_ASSERT_EQ(test, (u32)map_alone(pt, at, 2), 0U);
			else
				KUNIT_ASSERT_EQ(test, (u32)hvp_gpa_map_clear(pt, 2 * at, 1), 0U);
		}
		nodes = leaves(&pt->child->map.tree) * 8 / 7;
		worst = max(worst, nodes * sizeof(struct maple_node) / pt->child->map.ranges);
		KUNIT_EXPECT_LE(test, nodes * sizeof(struct maple_node),
				pt->child->map.ranges * HVP_GPA_RANGE_COST);
	}
	kunit_info(test, "at worst %llu bytes of nodes for a range", worst);
	finish(&b, pt);
}

/* A machine that takes rights from every other of its pages pays for it, too */
static void own_restrictions_are_paid_for(struct kunit *test)
{
	const u32 pages = 1000;
	struct hvp_partition *pt;
	struct bound b;
	int err = 0;
	u64 made;

	start(&b, test);
	pt = b.vm->pt;
	KUNIT_EXPECT_EQ(test, hvp_space_restrict(pt, 0, 1, HVP_GPA_READ), -ENOSPC);
	deposit(&b, pt, pages, false);
	for (made = 0; !err; made += !err) {
		err = hvp_space_restrict(pt, 2 * made, 1, HVP_GPA_READ);
		next_call();
	}
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	expect_bound(&b, "own runs", made, pages);

	/* Runs that become one, and one that becomes three; giving rights back never costs */
	pt->pool.charged -= 2 * HVP_GPA_RANGE_COST;
	KUNIT_EXPECT_EQ(test, hvp_space_restrict(pt, 1, 1, HVP_GPA_READ), 0);
	KUNIT_EXPECT_EQ(test, hvp_space_restrict(pt, 1, 1, 0), 0);
	pt->pool.charged += 2 * HVP_GPA_RANGE_COST;
	KUNIT_EXPECT_EQ(test, pt->pool.charged, (made + 1) * HVP_GPA_RANGE_COST);
	for (; made; made--)
		KUNIT_ASSERT_EQ(test, hvp_space_restrict(pt, 2 * made - 2, 2, HVP_GPA_ALL), 0);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, 0ULL);
	finish(&b, NULL);
}

/* All at once: pools of a machine and of children, each full of all kinds of things */
static void everything_is_paid_for(struct kunit *test)
{
	const u32 children = 20, pages = 100;
	struct hvp_partition *pt;
	struct bound b;
	u32 i, vps;

	start(&b, test);
	lend_all(&b);
	deposit(&b, b.vm->pt, 60, true);
	for (i = 0; i < children; i++) {
		pt = active_child(&b);
		deposit(&b, pt, pages, true);
		for (vps = 0; vps < 1 + i && !hvp_child_vp_create(pt, vps * 7); vps++)
			;
		map_until_refused(&b, pt, i % ORDERS, 2);
		hvp_child_unlock(pt);
	}
	for (i = 0; !hvp_space_restrict(b.vm->pt, 2 * i, 1, 0); i++)
		next_call();
	expect_bound(&b, "everything", children, 60 + children * pages);
	hvp_children_gone(b.vm->pt);
	KUNIT_EXPECT_EQ(test, hvp_space_restrict(b.vm->pt, 0, 2 * i, HVP_GPA_ALL), 0);
	KUNIT_EXPECT_EQ(test, b.vm->pt->pool.charged, 0ULL);
	finish(&b, NULL);
}

static struct kunit_case memory_bound_cases[] = {
	HVP_CASE(deposits_pay_for_themselves, 0x0048, 0x0049),
	HVP_CASE(children_are_paid_for, 0x0040),
	HVP_CASE(vps_are_paid_for, 0x004e, 0x00e1),
	HVP_CASE(intercepts_and_results_are_paid_for, 0x004d, 0x0091),
	HVP_CASE(ports_are_paid_for, 0x0095, 0x0096),
	HVP_CASE(long_values_are_paid_for, 0x010a),
	KUNIT_CASE_PARAM(ranges_are_paid_for, order_gen_params),
	HVP_CASE(thinned_ranges_are_paid_for, 0x004b, 0x004c),
	HVP_CASE(own_restrictions_are_paid_for, 0x004b, 0x0090),
	HVP_CASE(everything_is_paid_for, 0x0040, 0x0048, 0x004b, 0x004e),
	{}
};

static struct kunit_suite memory_bound_suite = {
	.name = "hvpersona_memory_bound",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = memory_bound_cases,
};

kunit_test_suites(&memory_bound_suite);
