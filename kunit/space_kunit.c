// SPDX-License-Identifier: GPL-2.0
/* What became of a machine's own pages: states, what the monitor is told, lending. */
#include <linux/maple_tree.h>
#include <linux/preempt.h>

#include "fake_backend.h"

#define READ_ONLY	HVP_GPA_READ
#define IN_USE		(HVP_GPA_ALL | HVP_SPACE_IN_USE)
#define DEPOSITED	HVP_SPACE_DEPOSITED
#define GIB		BIT_ULL(30 - 12)

/* Entries of the tree, that is runs of equal pages */
static u32 runs(struct fake_vm *vm)
{
	unsigned long page = 0;
	u32 count = 0;

	while (mt_find(&vm->pt->space.pages, &page, ULONG_MAX))
		count++;
	return count;
}

static void expect_states(struct fake_vm *vm, u64 gfn, const u32 *states, u32 count)
{
	unsigned long restricted = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_EQ_MSG(vm->test, hvp_space_state(vm->pt, gfn + i), states[i],
				    "page %llu", gfn + i);
		KUNIT_EXPECT_EQ(vm->test, hvp_space_rights(vm->pt, gfn + i),
				states[i] & HVP_GPA_ALL);
		restricted += (states[i] & HVP_GPA_ALL) != HVP_GPA_ALL;
	}
	KUNIT_EXPECT_EQ(vm->test, vm->pt->space.restricted, restricted);
}

/* Own, read-only, in use, deposited twice, own: from page 16 on */
static const u32 mixed[] = { HVP_GPA_ALL, READ_ONLY, IN_USE, DEPOSITED, DEPOSITED, HVP_GPA_ALL };

static void make_mixed(struct fake_vm *vm)
{
	KUNIT_ASSERT_EQ(vm->test, hvp_space_set(vm->pt, 17, 1, READ_ONLY), 0);
	KUNIT_ASSERT_EQ(vm->test, hvp_space_set(vm->pt, 18, 1, IN_USE), 0);
	KUNIT_ASSERT_EQ(vm->test, hvp_space_deposit(vm->pt, 20), 0);
	KUNIT_ASSERT_EQ(vm->test, hvp_space_deposit(vm->pt, 19), 0);
	expect_states(vm, 16, mixed, ARRAY_SIZE(mixed));
}

static void pages_are_the_machines_at_first(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, hvp_space_state(vm->pt, 0), (u32)HVP_GPA_ALL);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, ~0ULL), (u32)HVP_GPA_ALL);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, HVP_SPACE_PAGES));
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 0));
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 0UL);
	hvp_space_clear(vm->pt, 0, HVP_SPACE_PAGES);
	KUNIT_EXPECT_EQ(test, vm->space_changes, 0);
}

static void monitor_is_told_of_changes(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 8, 512, READ_ONLY), 0);
	KUNIT_EXPECT_EQ(test, vm->space_changes, 1);
	KUNIT_EXPECT_EQ(test, vm->space_changed_gfn, 8ULL);
	KUNIT_EXPECT_EQ(test, vm->space_changed_count, 512ULL);
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 512UL);
	hvp_space_clear(vm->pt, 9, 3);
	KUNIT_EXPECT_EQ(test, vm->space_changes, 2);
	KUNIT_EXPECT_EQ(test, vm->space_changed_gfn, 9ULL);
	KUNIT_EXPECT_EQ(test, vm->space_changed_count, 3ULL);
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 509UL);
	KUNIT_EXPECT_EQ(test, runs(vm), 2);
	/* Full rights are nothing special */
	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 8, 512, HVP_GPA_ALL), 0);
	KUNIT_EXPECT_EQ(test, vm->space_changes, 3);
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 0UL);
	KUNIT_EXPECT_EQ(test, runs(vm), 0);
}

static void equal_neighbours_are_one_run(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	for (gfn = 0; gfn < 40; gfn += 2)
		KUNIT_ASSERT_EQ(test, hvp_space_deposit(vm->pt, gfn), 0);
	KUNIT_EXPECT_EQ(test, runs(vm), 20);
	for (gfn = 39; gfn < 40; gfn -= 2)
		KUNIT_ASSERT_EQ(test, hvp_space_deposit(vm->pt, gfn), 0);
	KUNIT_EXPECT_EQ(test, runs(vm), 1);
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 40UL);
	hvp_space_clear(vm->pt, 20, 1);
	KUNIT_EXPECT_EQ(test, runs(vm), 2);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 20, 1));
	KUNIT_EXPECT_TRUE(test, hvp_space_any(vm->pt, 20, 2));
	KUNIT_EXPECT_TRUE(test, hvp_space_any(vm->pt, 19, 2));
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 40, HVP_SPACE_PAGES - 40));
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, 0));
	/* A machine's rights are another run than a deposit */
	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 20, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, runs(vm), 3);
}

static void state_can_be_read_in_any_context(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 state, rights;

	make_mixed(vm);
	preempt_disable();
	state = hvp_space_state(vm->pt, 18);
	rights = hvp_space_rights(vm->pt, 17);
	preempt_enable();
	KUNIT_EXPECT_EQ(test, state, (u32)IN_USE);
	KUNIT_EXPECT_EQ(test, rights, (u32)READ_ONLY);
}

/* TLFS 2.0, "HvDepositMemory": "future mapping changes to the pages will be prohibited" */
static void machine_decides_nothing_about_held_pages(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	make_mixed(vm);
	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 16, 6, HVP_GPA_ALL), -EBUSY);
	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 16, 3, READ_ONLY), -EBUSY);
	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 20, 1, HVP_GPA_READ), -EBUSY);
	expect_states(vm, 16, mixed, ARRAY_SIZE(mixed));
	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 16, 2, HVP_GPA_READ | HVP_GPA_WRITE), 0);
}

static void refusal_of_the_monitor_changes_nothing(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	make_mixed(vm);
	vm->space_error = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 16, 6, DEPOSITED), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, 21), -EOPNOTSUPP);
	expect_states(vm, 16, mixed, ARRAY_SIZE(mixed));
	KUNIT_EXPECT_EQ(test, runs(vm), 3);
	/* Rights can be given back all the same */
	hvp_space_clear(vm->pt, 16, 6);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, HVP_SPACE_PAGES));
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 0UL);
}

static void change_survives_every_allocation_failure(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	int err = -ENOMEM;
	u32 nth;

	make_mixed(vm);
	for (nth = 1; err && nth < 100; nth++) {
		fake_fail_nth(nth);
		err = hvp_space_set(vm->pt, 16, 6, DEPOSITED);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		expect_states(vm, 16, mixed, ARRAY_SIZE(mixed));
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_GT(test, nth, 1);
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 6UL);
	KUNIT_EXPECT_EQ(test, runs(vm), 1);
}

static void ranges_are_checked(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	static const struct {
		u64 gfn, count;
	} bad[] = {
		{ 16, 0 }, { HVP_SPACE_PAGES, 1 }, { HVP_SPACE_PAGES - 1, 2 }, { 1, HVP_SPACE_PAGES },
		{ 1, ~0ULL }, { ~0ULL, 2 }, { ~0ULL, 1 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, bad[i].gfn, bad[i].count, 0), -EINVAL);
		KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, bad[i].gfn, bad[i].count), -EINVAL);
		hvp_space_clear(vm->pt, bad[i].gfn, bad[i].count);
	}
	KUNIT_EXPECT_EQ(test, vm->space_changes, 0);
	KUNIT_EXPECT_EQ(test, hvp_space_set(vm->pt, 0, HVP_SPACE_PAGES, 0), 0);
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, (unsigned long)HVP_SPACE_PAGES);
	hvp_space_clear(vm->pt, 0, HVP_SPACE_PAGES);
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 0UL);
}

/* TLFS 2.0 7.3.1, return values */
static void page_is_deposited_only_if_it_is_simply_the_machines(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	make_mixed(vm);
	KUNIT_ASSERT_EQ(test, hvp_space_lend(vm->pt, 21, 1), 0);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, 17), -EPERM);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, 18), -EBUSY);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, 19), -EPERM);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, 21), -EPERM);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, FAKE_ROM / SZ_4K), -EPERM);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, FAKE_PAGES), -EPERM);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, HVP_SPACE_PAGES), -EPERM);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, ~0ULL), -EPERM);
	expect_states(vm, 16, mixed, ARRAY_SIZE(mixed));
	hvp_space_return(vm->pt, 21, 1);
	KUNIT_EXPECT_EQ(test, hvp_space_deposit(vm->pt, 21), 0);
}

static void lending_is_counted(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn;

	/* Across the end of a chunk of 4096 counters */
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, 4090, 10), 0);
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, 4095, 2), 0);
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4089));
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4100));
	for (gfn = 4090; gfn < 4100; gfn++)
		KUNIT_EXPECT_TRUE(test, hvp_space_is_lent(vm->pt, gfn));
	hvp_space_return(vm->pt, 4090, 10);
	for (gfn = 4090; gfn < 4100; gfn++)
		KUNIT_EXPECT_EQ(test, hvp_space_is_lent(vm->pt, gfn), gfn == 4095 || gfn == 4096);
	hvp_space_return(vm->pt, 4095, 1);
	hvp_space_return(vm->pt, 4096, 1);
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4095));
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4096));
	/* Nobody's rights have changed */
	KUNIT_EXPECT_EQ(test, vm->space_changes, 0);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, HVP_SPACE_PAGES));
}

static void counters_do_not_overflow(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < U16_MAX; i++)
		KUNIT_ASSERT_EQ(test, hvp_space_lend(vm->pt, 4100, 1), 0);
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, 4100, 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, 4090, 20), -ENOSPC);
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4090));
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4099));
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4101));
	for (i = 0; i < U16_MAX; i++)
		hvp_space_return(vm->pt, 4100, 1);
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4100));
}

/* The sheet's 0x004b: OPERATION_DENIED for a deposited page, OBJECT_IN_USE for one in use */
static void held_pages_are_not_lent(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	make_mixed(vm);
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, 16, 3), -EBUSY);
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, 16, 6), -EPERM);
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, 20, 2), -EPERM);
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 16));
	KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 21));
	/* What the machine may only read it may lend; how, the map knows */
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, 16, 2), 0);
	hvp_space_return(vm->pt, 16, 2);
}

static void lending_survives_every_allocation_failure(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	int err = -ENOMEM;
	u32 nth;

	for (nth = 1; nth < 100; nth++) {
		fake_fail_nth(nth);
		err = hvp_space_lend(vm->pt, 4000, 10000);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 4000));
		KUNIT_EXPECT_FALSE(test, hvp_space_is_lent(vm->pt, 13999));
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, err, 0);
	/* Of each of four chunks one of its two allocations failed, what was there stayed */
	KUNIT_EXPECT_GT(test, nth, 2);
	KUNIT_EXPECT_TRUE(test, hvp_space_is_lent(vm->pt, 13999));
	hvp_space_return(vm->pt, 4000, 10000);
}

static void all_is_the_machines_when_it_goes(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	make_mixed(vm);
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, GIB - 1, 2, READ_ONLY), 0);
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, HVP_SPACE_PAGES - 1, 1, READ_ONLY), 0);
	vm->space_changes = 0;
	hvp_space_clear_all(vm->pt);
	/* Once for each GiB that there is something in */
	KUNIT_EXPECT_EQ(test, vm->space_changes, 3);
	KUNIT_EXPECT_EQ(test, vm->space_changed_gfn, HVP_SPACE_PAGES - 1);
	KUNIT_EXPECT_EQ(test, vm->space_changed_count, 1ULL);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, HVP_SPACE_PAGES));
	KUNIT_EXPECT_EQ(test, vm->pt->space.restricted, 0UL);
	hvp_space_clear_all(vm->pt);
	KUNIT_EXPECT_EQ(test, vm->space_changes, 3);
}

static void nobody_is_told_of_a_dead_machine(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	make_mixed(vm);
	vm->space_changes = 0;
	vm->pt->backend = NULL;
	hvp_space_clear_all(vm->pt);
	vm->pt->backend = vm;
	KUNIT_EXPECT_EQ(test, vm->space_changes, 0);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, HVP_SPACE_PAGES));
}

static struct kunit_case space_cases[] = {
	KUNIT_CASE(pages_are_the_machines_at_first),
	KUNIT_CASE(monitor_is_told_of_changes),
	KUNIT_CASE(equal_neighbours_are_one_run),
	KUNIT_CASE(state_can_be_read_in_any_context),
	KUNIT_CASE(machine_decides_nothing_about_held_pages),
	KUNIT_CASE(refusal_of_the_monitor_changes_nothing),
	KUNIT_CASE(change_survives_every_allocation_failure),
	KUNIT_CASE(ranges_are_checked),
	KUNIT_CASE(page_is_deposited_only_if_it_is_simply_the_machines),
	KUNIT_CASE(lending_is_counted),
	KUNIT_CASE(counters_do_not_overflow),
	KUNIT_CASE(held_pages_are_not_lent),
	KUNIT_CASE(lending_survives_every_allocation_failure),
	KUNIT_CASE(all_is_the_machines_when_it_goes),
	KUNIT_CASE(nobody_is_told_of_a_dead_machine),
	{}
};

static struct kunit_suite space_suite = {
	.name = "hvpersona_space",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = space_cases,
};

kunit_test_suites(&space_suite);
