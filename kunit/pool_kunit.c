// SPDX-License-Identifier: GPL-2.0
/*
 * Memory pools: the calls of the sheet's section "Memory pool", and the account behind
 * them. Rules are those of that section, of TLFS 2.0 chapter 7 and of linux-clients.md,
 * "Deposited memory".
 */
#include <linux/prandom.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "../hvpersona/child.h"
#include "../hvpersona/hv_abi/gpa.h"
#include "fake_table.h"

#define CREATE		0x0040
#define INITIALIZE	0x0041
#define FINALIZE	0x0042
#define DELETE		0x0043
#define DEPOSIT		0x0048
#define WITHDRAW	0x0049
#define BALANCE		0x004a

#define SELF		HV_PARTITION_ID_SELF
#define UNTOUCHED	0xa5a5a5a5a5a5a5a5ULL

/* Pages that tests deposit: FIRST to FIRST + PAGES - 1 */
#define FIRST		16
#define PAGES		40

static u64 deposit_list(struct fake_vm *vm, u64 id, const u64 *pages, u32 count)
{
	u64 in[1 + PAGES] = { id };
	u64 nothing;

	memcpy(&in[1], pages, count * sizeof(u64));
	return fake_call(vm, DEPOSIT | HV_REPS(count), in, (1 + count) * sizeof(u64), &nothing, 0);
}

static u32 deposit(struct fake_vm *vm, u64 id, u64 page)
{
	return HV_STATUS(deposit_list(vm, id, &page, 1));
}

/* Pages FIRST to FIRST + @count - 1; the test ends if they are not accepted */
static void feed(struct fake_vm *vm, u64 id, u32 count)
{
	u64 pages[PAGES], result;
	u32 i;

	for (i = 0; i < count; i++)
		pages[i] = FIRST + i;
	result = deposit_list(vm, id, pages, count);
	KUNIT_ASSERT_EQ(vm->test, HV_STATUS(result), (u32)HV_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(vm->test, HV_DONE(result), count);
}

static u64 withdraw_list(struct fake_vm *vm, u64 id, u64 *pages, u32 count)
{
	const struct hv_memory_pool in = { id };

	return fake_call(vm, WITHDRAW | HV_REPS(count), &in, sizeof(in), pages,
			 count * sizeof(u64));
}

static u32 withdraw(struct fake_vm *vm, u64 id, u64 *page)
{
	return HV_STATUS(withdraw_list(vm, id, page, 1));
}

static void expect_balance(struct fake_vm *vm, u64 id, u64 available, u64 in_use)
{
	const struct hv_memory_pool in = { id };
	struct hv_memory_balance out;

	EXPECT_STATUS(vm->test, fake_call(vm, BALANCE, &in, sizeof(in), &out, sizeof(out)),
		      SUCCESS);
	KUNIT_EXPECT_EQ(vm->test, out.available, available);
	KUNIT_EXPECT_EQ(vm->test, out.in_use, in_use);
}

/* No page of the machine is anything but its own */
static void expect_all_given_back(struct fake_vm *vm)
{
	KUNIT_EXPECT_FALSE(vm->test, hvp_space_any(vm->pt, 0, HVP_SPACE_PAGES));
	KUNIT_EXPECT_EQ(vm->test, vm->pt->space.restricted, 0UL);
}

/* linux-clients.md, "ioctl -> hypercalls" */
static u32 create_status(struct fake_vm *vm, u64 *id)
{
	const struct hv_create_partition in = { .flags = 0x482110, .compatibility = 0x609 };

	return HV_STATUS(fake_call(vm, CREATE, &in, sizeof(in), id, sizeof(*id)));
}

/* A child that the root's pool has paid for beforehand */
static u64 create(struct fake_vm *vm)
{
	u64 id = 0;

	vm->pt->pool.unlimited = true;
	KUNIT_ASSERT_EQ(vm->test, create_status(vm, &id), (u32)HV_STATUS_SUCCESS);
	return id;
}

static struct hvp_partition *child_of(struct fake_vm *vm, u64 id)
{
	struct hvp_partition *pt = xa_load(&vm->pt->instance->partitions, id);

	KUNIT_ASSERT_NOT_NULL(vm->test, pt);
	return pt;
}

static u32 act(struct fake_vm *vm, u16 code, u64 id)
{
	u64 nothing;

	return HV_STATUS(fake_call_fast(vm, code, &id, sizeof(id), &nothing, 0));
}

static void deposit_takes_pages_from_the_caller(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	expect_balance(vm, SELF, 0, 0);
	feed(vm, SELF, 3);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, FIRST - 1), (u32)HVP_GPA_ALL);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, FIRST), 0);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, FIRST + 2), 0);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, FIRST + 3), (u32)HVP_GPA_ALL);
	KUNIT_EXPECT_EQ(test, vm->space_changes, 3);
	KUNIT_EXPECT_EQ(test, vm->space_changed_gfn, FIRST + 2ULL);
	expect_balance(vm, SELF, 3, 0);
	expect_balance(vm, vm->pt->id, 3, 0);
}

/* fast: y xmm: 8 + 8 * 13 bytes fill the registers */
static void deposit_works_from_registers(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hv_memory_balance out;
	u64 in[14] = { SELF }, nothing;
	u32 i;

	for (i = 1; i < ARRAY_SIZE(in); i++)
		in[i] = FIRST + i;
	EXPECT_STATUS(test, fake_call_fast(vm, DEPOSIT | HV_REPS(13), in, sizeof(in), &nothing, 0),
		      SUCCESS);
	in[1] = 0;
	EXPECT_STATUS(test, fake_call_fast(vm, BALANCE, in, 16, &out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out.available, 13ULL);
	KUNIT_EXPECT_EQ(test, out.in_use, 0ULL);
}

/* Status tables of 0x0048, TLFS 2.0 7.3.1 */
static void pages_that_cannot_be_deposited(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm);

	/* Not mapped, not writable, no page number at all */
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, FAKE_PAGES), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, FAKE_ROM / SZ_4K),
			(u32)HV_STATUS_OPERATION_DENIED);
	vm->ram_pages = ~0ULL;
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, BIT_ULL(40)), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, ~0ULL), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, BIT_ULL(40) - 1), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, 0), (u32)HV_STATUS_SUCCESS);
	/* Already deposited, into whichever pool */
	KUNIT_EXPECT_EQ(test, deposit(vm, id, FIRST), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, FIRST), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, FIRST), (u32)HV_STATUS_OPERATION_DENIED);
	/* The caller has taken rights from itself */
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 20, 1, HVP_GPA_READ | HVP_GPA_WRITE), 0);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, 20), (u32)HV_STATUS_OPERATION_DENIED);
	/* Accessible to a child */
	KUNIT_ASSERT_EQ(test, hvp_space_lend(vm->pt, 21, 1), 0);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, 21), (u32)HV_STATUS_OPERATION_DENIED);
	hvp_space_return(vm->pt, 21, 1);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, 21), (u32)HV_STATUS_SUCCESS);
	/* Used otherwise */
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 22, 1, HVP_GPA_ALL | HVP_SPACE_IN_USE), 0);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, 22), (u32)HV_STATUS_OBJECT_IN_USE);
	expect_balance(vm, id, 2, 0);
}

static void deposit_stops_at_the_first_bad_page(struct kunit *test)
{
	static const u64 pages[] = { FIRST, FIRST + 1, FAKE_ROM / SZ_4K, FIRST + 2 };
	struct fake_vm *vm = test->priv;
	u64 result = deposit_list(vm, SELF, pages, ARRAY_SIZE(pages));

	EXPECT_STATUS(test, result, OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2);
	expect_balance(vm, SELF, 2, 0);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, FIRST + 2), (u32)HVP_GPA_ALL);
}

static void monitor_may_refuse(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->space_error = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, FIRST), (u32)HV_STATUS_OPERATION_DENIED);
	vm->space_error = -ENOMEM;
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, FIRST), (u32)HV_STATUS_NO_RESOURCES);
	expect_balance(vm, SELF, 0, 0);
	expect_all_given_back(vm);
}

static void deposit_survives_every_allocation_failure(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 nth, status = HV_STATUS_NO_RESOURCES;

	feed(vm, SELF, 2);
	for (nth = 1; nth < 100; nth++) {
		fake_fail_nth(nth);
		status = deposit(vm, SELF, 30);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, hvp_space_state(vm->pt, 30), (u32)HVP_GPA_ALL);
		expect_balance(vm, SELF, 2, 0);
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_SUCCESS);
	/* One for the space, one for the pool */
	KUNIT_EXPECT_EQ(test, nth, 3);
	expect_balance(vm, SELF, 3, 0);
}

/* "Neither parent with AccessMemoryPool nor root on itself" */
static void calls_are_for_parent_and_root(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hv_memory_pool in = { SELF };
	struct hv_memory_balance out;
	u64 page;

	vm->pt->privileges &= ~HV_PRIV(ACCESS_MEMORY_POOL);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, FIRST), (u32)HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_ACCESS_DENIED);
	EXPECT_STATUS(test, fake_call(vm, BALANCE, &in, 16, &out, 16), ACCESS_DENIED);
	vm->pt->privileges |= HV_PRIV(ACCESS_MEMORY_POOL);
	KUNIT_EXPECT_EQ(test, deposit(vm, 77, FIRST), (u32)HV_STATUS_INVALID_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, withdraw(vm, 77, &page), (u32)HV_STATUS_INVALID_PARTITION_ID);
	in.partition_id = 77;
	EXPECT_STATUS(test, fake_call(vm, BALANCE, &in, 16, &out, 16), INVALID_PARTITION_ID);
	in.partition_id = SELF;
	vm->pt->role = HVPERSONA_ROLE_GUEST;
	vm->pt->privileges &= ~HV_PRIV(CREATE_PARTITIONS);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, FIRST), (u32)HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_ACCESS_DENIED);
	EXPECT_STATUS(test, fake_call(vm, BALANCE, &in, 16, &out, 16), ACCESS_DENIED);
	vm->pt->privileges |= HV_PRIV(CREATE_PARTITIONS);
	vm->pt->role = HVPERSONA_ROLE_ROOT;
	expect_all_given_back(vm);
}

/*
 * linux-clients.md 6.1, 6.3: a parent that is no root (L1VH) makes "same calls" for its
 * children, so it deposits to itself until 0x0040 has the memory that it asks for.
 */
static void parent_that_is_no_root_pays_for_its_children(struct kunit *test)
{
	const struct hv_create_partition in = { .flags = HV_CREATE_EXO, .compatibility = 0x0609 };
	struct fake_vm *vm = test->priv;
	u64 id = 0, page, result;
	u32 deposits = 0;

	vm->pt->role = HVPERSONA_ROLE_GUEST;
	while (HV_STATUS(result = fake_call(vm, CREATE, &in, sizeof(in), &id, 8)) ==
	       HV_STATUS_INSUFFICIENT_MEMORY && deposits < 16)
		KUNIT_ASSERT_EQ(test, deposit(vm, SELF, FIRST + deposits++),
				(u32)HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_GT(test, deposits, 0);
	EXPECT_STATUS(test, fake_call(vm, DELETE, &id, 8, NULL, 0), SUCCESS);
	expect_balance(vm, SELF, deposits, 0);
	while (deposits--)
		KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_NO_RESOURCES);
	vm->pt->role = HVPERSONA_ROLE_ROOT;
	expect_all_given_back(vm);
}

/* 0x0049: "it frees every returned page number", so each must be one that was deposited */
static void withdraw_returns_each_page_once(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 pages[8], result;
	u32 i;

	feed(vm, SELF, 5);
	memset(vm->ram + FIRST * SZ_4K, 0xcc, 6 * SZ_4K);
	result = withdraw_list(vm, SELF, pages, 2);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2);
	KUNIT_EXPECT_EQ(test, pages[0], FIRST + 0ULL);
	KUNIT_EXPECT_EQ(test, pages[1], FIRST + 1ULL);
	expect_balance(vm, SELF, 3, 0);

	result = withdraw_list(vm, SELF, pages, 8);
	EXPECT_STATUS(test, result, NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, pages[i], FIRST + 2ULL + i);
	for (; i < 8; i++)
		KUNIT_EXPECT_EQ(test, pages[i], UNTOUCHED);
	expect_all_given_back(vm);
	expect_balance(vm, SELF, 0, 0);
	/* "the contents of the withdrawn page are zeroed", and no other's */
	KUNIT_EXPECT_NULL(test, memchr_inv(vm->ram + FIRST * SZ_4K, 0, 5 * SZ_4K));
	KUNIT_EXPECT_EQ(test, fake_read64(vm, (FIRST + 5) * SZ_4K), 0xccccccccccccccccULL);

	/* Linux goes on asking until it sees this */
	result = withdraw_list(vm, SELF, pages, 8);
	EXPECT_STATUS(test, result, NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 0);
	KUNIT_EXPECT_EQ(test, pages[0], UNTOUCHED);
}

static void page_whose_memory_is_gone_is_withdrawn(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 page;

	feed(vm, SELF, 1);
	vm->access[FIRST] = 0;
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, page, FIRST + 0ULL);
	expect_all_given_back(vm);
}

/* Run a call to its end, with the time of an entry used up at each look; returns the entries */
static u32 run_in_pieces(struct fake_vm *vm, struct hvp_call *call)
{
	u32 entries = 1;

	vm->step = NSEC_PER_SEC;
	while (fake_dispatch(vm, call) == HVP_CONTINUE && entries < 100)
		entries++;
	vm->step = 1;
	return entries;
}

static void long_lists_are_continued(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = {
		.control = DEPOSIT | HV_REPS(PAGES),
		.fast = { FAKE_IN, FAKE_OUT },
		.long_mode = true,
	};
	const struct hv_memory_pool header = { SELF };
	u64 in[1 + PAGES] = { SELF }, pages[PAGES + 10];
	u32 i;

	for (i = 0; i < PAGES; i++)
		in[1 + i] = FIRST + i;
	fake_write(vm, FAKE_IN, in, sizeof(in));
	KUNIT_EXPECT_GT(test, run_in_pieces(vm, &call), 3);
	EXPECT_STATUS(test, call.result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(call.result), PAGES);
	expect_balance(vm, SELF, PAGES, 0);

	fake_write(vm, FAKE_IN, &header, sizeof(header));
	memset(vm->ram + FAKE_OUT, FAKE_POISON, PAGE_SIZE);
	call.control = WITHDRAW | HV_REPS(PAGES + 10);
	KUNIT_EXPECT_GT(test, run_in_pieces(vm, &call), 3);
	EXPECT_STATUS(test, call.result, NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, HV_DONE(call.result), PAGES);
	fake_read(vm, FAKE_OUT, pages, sizeof(pages));
	for (i = 0; i < PAGES + 10; i++)
		KUNIT_EXPECT_EQ(test, pages[i], i < PAGES ? FIRST + i + 0ULL : UNTOUCHED);
	expect_all_given_back(vm);
}

/* HV_PROXIMITY_DOMAIN_INFO: domain; bit 32 preferred, bit 63 valid, others zero */
static void proximity_is_checked(struct kunit *test)
{
	static const struct {
		u64 info;
		bool valid;
	} rows[] = {
		{ 0, true },
		{ BIT_ULL(63), true },			/* domain 0 required */
		{ BIT_ULL(63) | 1, false },		/* one that is not there */
		{ BIT_ULL(63) | U32_MAX, false },
		{ BIT_ULL(63) | BIT_ULL(32) | 1, true },	/* only preferred */
		{ 5, true },				/* not valid, so not looked at */
		{ BIT_ULL(32) | 5, true },
		{ BIT_ULL(33), false },
		{ BIT_ULL(62), false },
		{ BIT_ULL(63) | BIT_ULL(47), false },
	};
	struct fake_vm *vm = test->priv;
	struct hv_memory_balance out;
	u64 page;
	u32 i;

	feed(vm, SELF, ARRAY_SIZE(rows));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hv_memory_pool in = { SELF, rows[i].info };
		u32 want = rows[i].valid ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;

		KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(vm, BALANCE, &in, 16, &out, 16)), want);
		KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(vm, WITHDRAW | HV_REPS(1), &in, 16,
							  &page, 8)), want);
		KUNIT_EXPECT_EQ(test, page != UNTOUCHED, rows[i].valid);
	}
}

/* TLFS 2.0 7.1.1: "memory does not migrate between memory pools of different partitions" */
static void pools_are_apart(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm), other = create(vm), page;

	feed(vm, id, 4);
	KUNIT_EXPECT_EQ(test, deposit(vm, other, 30), (u32)HV_STATUS_SUCCESS);
	expect_balance(vm, id, 4, 0);
	expect_balance(vm, other, 1, 0);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, withdraw(vm, other, &page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, page, 30ULL);
	KUNIT_EXPECT_EQ(test, withdraw(vm, other, &page), (u32)HV_STATUS_NO_RESOURCES);
	expect_balance(vm, id, 4, 0);
}

/* Table of the section "Partitions" of the sheet, and INVALID_PARTITION_STATE of 0x0048 */
static void states_permit_what_they_should(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm), page;

	feed(vm, id, 4);
	KUNIT_EXPECT_EQ(test, withdraw(vm, id, &page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, act(vm, INITIALIZE, id), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, withdraw(vm, id, &page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, act(vm, FINALIZE, id), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, page), (u32)HV_STATUS_INVALID_PARTITION_STATE);
	expect_balance(vm, id, 3, 0);
	/* A pool has to be emptied before the child can be deleted */
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_OPERATION_DENIED);
	while (withdraw(vm, id, &page) == HV_STATUS_SUCCESS)
		;
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, FIRST), (u32)HV_STATUS_INVALID_PARTITION_ID);
	expect_all_given_back(vm);
}

/* As Linux does: deposit a page whenever the call wants memory, and repeat it */
static void child_is_paid_for_by_its_parent(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 cost = hvp_pool_cost(sizeof(struct hvp_partition)) +
		   hvp_pool_cost(sizeof(struct hvp_child)) + 8 * sizeof(struct xa_node);
	u64 id, page;
	u32 pages;

	for (pages = 0; create_status(vm, &id) == HV_STATUS_INSUFFICIENT_MEMORY; pages++)
		KUNIT_ASSERT_EQ(test, deposit(vm, SELF, FIRST + pages), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pages, DIV_ROUND_UP(cost, 4096 - 256));
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, cost);
	expect_balance(vm, SELF, 0, pages);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_SUCCESS);
	expect_balance(vm, SELF, pages, 0);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_SUCCESS);
}

static void charges_do_not_exceed_the_credit(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &vm->pt->pool;
	u64 page;

	KUNIT_EXPECT_FALSE(test, hvp_pool_charge(pool, 1));
	KUNIT_EXPECT_TRUE(test, hvp_pool_charge(pool, 0));
	feed(vm, SELF, 2);
	KUNIT_EXPECT_FALSE(test, hvp_pool_charge(pool, 2 * 3840 + 1));
	KUNIT_EXPECT_FALSE(test, hvp_pool_charge(pool, SIZE_MAX));
	KUNIT_EXPECT_TRUE(test, hvp_pool_charge(pool, 1));
	expect_balance(vm, SELF, 1, 1);
	KUNIT_EXPECT_TRUE(test, hvp_pool_charge(pool, 3839));
	expect_balance(vm, SELF, 1, 1);
	/* One page can be spared, and no more */
	KUNIT_EXPECT_TRUE(test, hvp_pool_charge(pool, 1));
	expect_balance(vm, SELF, 0, 2);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_hand_out(pool, HVP_GPA_ALL, &page),
			(u32)HV_STATUS_INSUFFICIENT_MEMORY);
	hvp_pool_uncharge(pool, 1);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_NO_RESOURCES);
	expect_balance(vm, SELF, 0, 1);
	hvp_pool_uncharge(pool, 3840);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_SUCCESS);
	expect_balance(vm, SELF, 0, 0);
}

static void objects_cost_what_kmalloc_takes(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &vm->pt->pool;
	void *small, *large;

	KUNIT_EXPECT_EQ(test, hvp_pool_cost(100), 128);
	KUNIT_EXPECT_EQ(test, hvp_pool_cost(1024), 1024);
	KUNIT_EXPECT_EQ(test, hvp_pool_cost(2100), 4096);
	KUNIT_EXPECT_EQ(test, hvp_pool_cost(9000), 16384);

	KUNIT_EXPECT_EQ(test, PTR_ERR(hvp_pool_zalloc(pool, 100)), -ENOSPC);
	feed(vm, SELF, 3);
	small = hvp_pool_zalloc(pool, 100);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, small);
	KUNIT_EXPECT_NULL(test, memchr_inv(small, 0, 100));
	KUNIT_EXPECT_EQ(test, pool->charged, 128ULL);
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(hvp_pool_zalloc(pool, 100)), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, fake_has_failed());
	KUNIT_EXPECT_EQ(test, pool->charged, 128ULL);
	large = hvp_pool_zalloc(pool, 5000);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, large);
	KUNIT_EXPECT_EQ(test, pool->charged, 128ULL + 8192);
	KUNIT_EXPECT_EQ(test, PTR_ERR(hvp_pool_zalloc(pool, 4000)), -ENOSPC);
	hvp_pool_free(pool, large, 5000);
	hvp_pool_free(pool, NULL, 5000);
	hvp_pool_free(pool, small, 100);
	KUNIT_EXPECT_EQ(test, pool->charged, 0ULL);
}

/* linux-clients.md, "Deposited memory": state and statistics pages are of the pool */
static void pages_are_handed_out_and_taken_back(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm), a, b, page;
	struct hvp_pool *pool = &child_of(vm, id)->pool;

	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_hand_out(pool, HVP_GPA_ALL, &a),
			(u32)HV_STATUS_INSUFFICIENT_MEMORY);
	feed(vm, id, 3);
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_hand_out(pool, HVP_GPA_ALL, &a),
			(u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_hand_out(pool, HVP_GPA_ALL, &b),
			(u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, a, FIRST + 0ULL);
	KUNIT_EXPECT_EQ(test, b, FIRST + 1ULL);
	expect_balance(vm, id, 1, 2);
	/* The parent may use it but not deposit or lend it */
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, a), (u32)HVP_GPA_ALL);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, a), (u32)HV_STATUS_OBJECT_IN_USE);
	KUNIT_EXPECT_EQ(test, hvp_space_lend(vm->pt, a, 1), -EBUSY);
	/* It pays for nothing and cannot be withdrawn */
	KUNIT_EXPECT_FALSE(test, hvp_pool_charge(pool, 3841));
	KUNIT_EXPECT_EQ(test, withdraw(vm, id, &page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, page, FIRST + 2ULL);
	KUNIT_EXPECT_EQ(test, withdraw(vm, id, &page), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_OPERATION_DENIED);

	hvp_pool_take_back(pool, a);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, a), 0);
	KUNIT_EXPECT_EQ(test, deposit(vm, id, a), (u32)HV_STATUS_OPERATION_DENIED);
	expect_balance(vm, id, 1, 1);
	hvp_pool_take_back(pool, b);
	expect_balance(vm, id, 2, 0);
	KUNIT_EXPECT_EQ(test, withdraw(vm, id, &page), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, withdraw(vm, id, &page), (u32)HV_STATUS_SUCCESS);
	expect_all_given_back(vm);
}

static void handing_out_survives_every_allocation_failure(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &vm->pt->pool;
	enum hv_status status = HV_STATUS_NO_RESOURCES;
	u64 page;
	u32 nth;

	feed(vm, SELF, 3);
	for (nth = 1; nth < 100; nth++) {
		fake_fail_nth(nth);
		status = hvp_pool_hand_out(pool, HVP_GPA_ALL, &page);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, (u32)status, (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, FIRST), 0);
		expect_balance(vm, SELF, 3, 0);
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_GT(test, nth, 2);
	KUNIT_EXPECT_EQ(test, (u32)status, (u32)HV_STATUS_SUCCESS);
	expect_balance(vm, SELF, 2, 1);

	/* Taking back comes to an end in any case, at worst with rights that do no harm */
	for (nth = 1; nth < 100; nth++) {
		fake_fail_nth(nth);
		hvp_pool_take_back(pool, page);
		expect_balance(vm, SELF, 3, 0);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, FIRST), (u32)HVP_GPA_ALL);
		KUNIT_EXPECT_EQ(test, deposit(vm, SELF, page), (u32)HV_STATUS_OBJECT_IN_USE);
		KUNIT_EXPECT_EQ(test, (u32)hvp_pool_hand_out(pool, HVP_GPA_ALL, &page),
				(u32)HV_STATUS_SUCCESS);
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_GT(test, nth, 1);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, FIRST), 0);
}

static void page_that_cannot_be_taken_from_the_guest_stays_usable(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &vm->pt->pool;
	u64 page;

	feed(vm, SELF, 1);
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_hand_out(pool, HVP_GPA_ALL, &page),
			(u32)HV_STATUS_SUCCESS);
	vm->space_error = -ENOMEM;
	hvp_pool_take_back(pool, page);
	expect_balance(vm, SELF, 1, 0);
	KUNIT_EXPECT_EQ(test, hvp_space_state(vm->pt, page),
			(u32)(HVP_GPA_ALL | HVP_SPACE_IN_USE));
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_SUCCESS);
	expect_all_given_back(vm);
}

static void host_deposits_pay_for_objects_only(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm), done, page;
	struct hvp_pool *pool = &child_of(vm, id)->pool;

	KUNIT_EXPECT_EQ(test, hvp_pool_deposit_host(pool, 5, &done), 0);
	KUNIT_EXPECT_EQ(test, done, 5ULL);
	expect_balance(vm, id, 5, 0);
	KUNIT_EXPECT_TRUE(test, hvp_pool_charge(pool, 3840 + 1));
	expect_balance(vm, id, 3, 2);
	/* They are nothing that a guest could be given */
	KUNIT_EXPECT_EQ(test, withdraw(vm, id, &page), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_hand_out(pool, HVP_GPA_ALL, &page),
			(u32)HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, hvp_pool_withdraw_host(pool, 1), 1ULL);
	KUNIT_EXPECT_EQ(test, hvp_pool_withdraw_host(pool, ~0ULL), 2ULL);
	KUNIT_EXPECT_EQ(test, hvp_pool_withdraw_host(pool, 1), 0ULL);
	expect_balance(vm, id, 0, 2);
	hvp_pool_uncharge(pool, 3841);
	/* Nor do they keep a guest from deleting its child */
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_SUCCESS);
}

/* Either kind pays; neither can be taken while it is needed */
static void deposits_of_both_kinds_are_one_credit(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &vm->pt->pool;
	u64 done, page;

	feed(vm, SELF, 1);
	KUNIT_EXPECT_EQ(test, hvp_pool_deposit_host(pool, 1, &done), 0);
	KUNIT_EXPECT_TRUE(test, hvp_pool_charge(pool, 3840));
	expect_balance(vm, SELF, 1, 1);
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_hand_out(pool, HVP_GPA_ALL, &page),
			(u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_pool_withdraw_host(pool, 1), 0ULL);
	hvp_pool_take_back(pool, page);
	KUNIT_EXPECT_EQ(test, hvp_pool_withdraw_host(pool, 1), 1ULL);
	KUNIT_EXPECT_EQ(test, withdraw(vm, SELF, &page), (u32)HV_STATUS_NO_RESOURCES);
	hvp_pool_uncharge(pool, 3840);
}

static void host_deposit_ends_early(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &vm->pt->pool;
	u64 done;

	fake_fail_nth(3);
	KUNIT_EXPECT_EQ(test, hvp_pool_deposit_host(pool, 5, &done), -ENOMEM);
	KUNIT_EXPECT_EQ(test, done, 2ULL);
	/* As if this thread were being killed */
	sigaddset(&current->pending.signal, SIGKILL);
	set_tsk_thread_flag(current, TIF_SIGPENDING);
	KUNIT_EXPECT_EQ(test, hvp_pool_deposit_host(pool, 5, &done), -EINTR);
	clear_tsk_thread_flag(current, TIF_SIGPENDING);
	sigdelset(&current->pending.signal, SIGKILL);
	KUNIT_EXPECT_EQ(test, done, 0ULL);
	expect_balance(vm, SELF, 2, 0);
}

static void pool_of_the_hosts_child_takes_no_guest_pages(struct kunit *test)
{
	const struct hv_create_partition in = { .compatibility = 0x609 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt;
	u64 done, page;

	/* Costs nobody anything: the host has given no memory either */
	KUNIT_ASSERT_EQ(test, (u32)hvp_child_create(NULL, hvp_host_instance(), &in, &pt),
			(u32)HV_STATUS_SUCCESS);
	pt = hvp_child_lock(pt, NULL);
	KUNIT_ASSERT_NOT_NULL(test, pt);
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_deposit(&pt->pool, FIRST),
			(u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_withdraw(&pt->pool, vm->vp, &page),
			(u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, hvp_pool_deposit_host(&pt->pool, 2, &done), 0);
	/* Here it is the host that has to empty it */
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_delete(pt), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, hvp_pool_withdraw_host(&pt->pool, 2), 2ULL);
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_delete(pt), (u32)HV_STATUS_SUCCESS);
	hvp_child_unlock(pt);
}

/* A child in @state with pages of both kinds, one handed out, and a charge */
static struct hvp_partition *full_child(struct fake_vm *vm, u32 state, u64 *page)
{
	u64 id = create(vm), done;
	struct hvp_partition *pt = hvp_partition_get(child_of(vm, id));

	feed(vm, id, 10);
	KUNIT_ASSERT_EQ(vm->test, hvp_pool_deposit_host(&pt->pool, 3, &done), 0);
	KUNIT_ASSERT_EQ(vm->test, (u32)hvp_pool_hand_out(&pt->pool, HVP_GPA_ALL, page), 0);
	KUNIT_ASSERT_TRUE(vm->test, hvp_pool_charge(&pt->pool, 100));
	if (state != HVPERSONA_STATE_CREATED)
		KUNIT_ASSERT_EQ(vm->test, act(vm, INITIALIZE, id), 0);
	if (state == HVPERSONA_STATE_FINALIZED)
		KUNIT_ASSERT_EQ(vm->test, act(vm, FINALIZE, id), 0);
	pt->state = state;
	return pt;
}

static void child_is_destroyed_in_any_state(struct kunit *test)
{
	static const u32 states[] = { HVPERSONA_STATE_CREATED, HVPERSONA_STATE_ACTIVE,
				      HVPERSONA_STATE_FINALIZING, HVPERSONA_STATE_FINALIZED };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt;
	u64 page;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		pt = full_child(vm, states[i], &page);
		KUNIT_ASSERT_PTR_EQ(test, hvp_child_lock(hvp_partition_get(pt), NULL), pt);
		hvp_child_destroy(pt);
		hvp_child_unlock(pt);
		expect_all_given_back(vm);
		KUNIT_EXPECT_EQ(test, pt->pool.guest_pages, 0ULL);
		KUNIT_EXPECT_EQ(test, pt->pool.host_count, 0ULL);
		/* Objects may be freed after it, and it may be destroyed once more */
		hvp_pool_uncharge(&pt->pool, 100);
		hvp_pool_destroy(&pt->pool);
		hvp_partition_put(pt);
	}
	/* The pages can be used again */
	feed(vm, SELF, 10);
}

static void pages_are_free_of_a_machine_that_lives_on(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, 1);
	struct hvp_partition *child, *pt = hvp_partition_get(vm->pt);
	u64 page;

	child = full_child(vm, HVPERSONA_STATE_ACTIVE, &page);
	KUNIT_EXPECT_EQ(test, deposit(vm, SELF, 40), (u32)HV_STATUS_SUCCESS);
	hvp_pool_uncharge(&child->pool, 100);
	hvp_partition_put(child);
	fake_vm_destroy(vm);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(pt, 0, HVP_SPACE_PAGES));
	KUNIT_EXPECT_TRUE(test, hvp_pool_empty(&pt->pool));
	hvp_partition_put(pt);
}

static void pages_go_back_to_a_dead_machine(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt;
	u64 page;

	pt = full_child(vm, HVPERSONA_STATE_ACTIVE, &page);
	hvp_pool_uncharge(&pt->pool, 100);
	vm->space_changes = 0;
	vm->pt->backend = NULL;
	hvp_pool_destroy(&pt->pool);
	vm->pt->backend = vm;
	KUNIT_EXPECT_EQ(test, vm->space_changes, 0);
	expect_all_given_back(vm);
	hvp_partition_put(pt);
}

/* The bookkeeping is runs, whatever the order */
static void runs_of_pages_are_cheap(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &vm->pt->pool;
	unsigned long page = 0;
	u32 i, runs = 0;
	u64 gfn;

	vm->ram_pages = BIT_ULL(30);
	/* 4099 is prime, so each of the pages is hit once */
	for (i = 0; i < 4099; i++)
		KUNIT_ASSERT_EQ(test, (u32)hvp_pool_deposit(pool, 1000 + i * 997 % 4099), 0);
	while (mt_find(&pool->pages, &page, ULONG_MAX))
		runs++;
	KUNIT_EXPECT_EQ(test, runs, 1);
	KUNIT_EXPECT_EQ(test, pool->guest_pages, 4099ULL);
	for (i = 0; i < 4099; i++) {
		KUNIT_ASSERT_EQ(test, (u32)hvp_pool_withdraw(pool, vm->vp, &gfn), 0);
		KUNIT_ASSERT_EQ(test, gfn, 1000ULL + i);
	}
	KUNIT_EXPECT_EQ(test, (u32)hvp_pool_withdraw(pool, vm->vp, &gfn),
			(u32)HV_STATUS_NO_RESOURCES);
	expect_all_given_back(vm);
}

static void errors_have_a_status(struct kunit *test)
{
	static const struct {
		int err;
		u32 status;
	} rows[] = {
		{ 0, HV_STATUS_SUCCESS },
		/* linux-clients.md: Linux deposits upon this one, so it is for pools only */
		{ -ENOSPC, HV_STATUS_INSUFFICIENT_MEMORY },
		{ -ENOMEM, HV_STATUS_NO_RESOURCES },
		{ -EBUSY, HV_STATUS_OBJECT_IN_USE },
		{ -EPERM, HV_STATUS_OPERATION_DENIED },
		{ -EOPNOTSUPP, HV_STATUS_OPERATION_DENIED },
		{ -EINVAL, HV_STATUS_INVALID_PARAMETER },
		{ -EIO, HV_STATUS_OPERATION_FAILED },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ(test, (u32)hvp_pool_status(rows[i].err), rows[i].status);
}

/* What the pool ought to be */
struct model {
	enum { OUTSIDE, FREE, OUT } pages[PAGES];
	u64 free, out, host, charged;
};

static void step(struct kunit *test, struct model *model, struct hvp_pool *pool,
		 struct rnd_state *rnd)
{
	struct fake_vm *vm = test->priv;
	u32 n = prandom_u32_state(rnd) % PAGES, bytes = prandom_u32_state(rnd) % 9000;
	u64 worth = model->free + model->host, done, page;
	bool spare = worth && model->charged <= (worth - 1) * 3840;
	enum hv_status status;
	u32 lowest;

	for (lowest = 0; lowest < PAGES && model->pages[lowest] != FREE; lowest++)
		;
	switch (prandom_u32_state(rnd) % 8) {
	case 0:
	case 1:
		KUNIT_ASSERT_EQ(test, hvp_pool_deposit(pool, FIRST + n) == HV_STATUS_SUCCESS,
				model->pages[n] == OUTSIDE);
		model->free += model->pages[n] == OUTSIDE;
		if (model->pages[n] == OUTSIDE)
			model->pages[n] = FREE;
		break;
	case 2:
	case 3:
		spare &= lowest < PAGES;
		status = n % 2 ? hvp_pool_withdraw(pool, vm->vp, &page) :
				 hvp_pool_hand_out(pool, HVP_GPA_ALL, &page);
		KUNIT_ASSERT_EQ(test, status == HV_STATUS_SUCCESS, spare);
		if (!spare)
			break;
		KUNIT_ASSERT_EQ(test, page, FIRST + (u64)lowest);
		model->free--;
		model->out += n % 2 == 0;
		model->pages[lowest] = n % 2 ? OUTSIDE : OUT;
		break;
	case 4:
		if (model->pages[n] != OUT)
			break;
		hvp_pool_take_back(pool, FIRST + n);
		model->pages[n] = FREE;
		model->free++;
		model->out--;
		break;
	case 5:
		KUNIT_ASSERT_EQ(test, hvp_pool_charge(pool, bytes),
				model->charged + bytes <= worth * 3840);
		if (model->charged + bytes <= worth * 3840)
			model->charged += bytes;
		break;
	case 6:
		bytes = min_t(u64, bytes, model->charged);
		hvp_pool_uncharge(pool, bytes);
		model->charged -= bytes;
		break;
	case 7:
		if (n % 2 && model->host < 5) {
			KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(pool, 1, &done), 0);
			model->host++;
			break;
		}
		spare &= model->host > 0;
		KUNIT_ASSERT_EQ(test, hvp_pool_withdraw_host(pool, 1), (u64)spare);
		model->host -= spare;
		break;
	}
}

static void check(struct kunit *test, struct model *model, struct hvp_pool *pool)
{
	static const u32 states[] = { HVP_GPA_ALL, HVP_SPACE_DEPOSITED,
				      HVP_GPA_ALL | HVP_SPACE_IN_USE };
	struct fake_vm *vm = test->priv;
	u64 available, in_use, used = model->out + DIV_ROUND_UP(model->charged, 3840);
	u32 i;

	hvp_pool_balance(pool, &available, &in_use);
	KUNIT_ASSERT_EQ(test, in_use, used);
	KUNIT_ASSERT_EQ(test, available, model->free + model->out + model->host - used);
	KUNIT_ASSERT_EQ(test, vm->pt->space.restricted, (unsigned long)model->free);
	for (i = 0; i < PAGES; i++)
		KUNIT_ASSERT_EQ(test, hvp_space_state(vm->pt, FIRST + i), states[model->pages[i]]);
}

static void random_operations_agree_with_a_model(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_pool *pool = &vm->pt->pool;
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	u64 seed = get_random_u64();
	struct rnd_state rnd;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, model);
	kunit_info(test, "seed %llu", seed);
	prandom_seed_state(&rnd, seed);
	for (i = 0; i < 50000; i++) {
		step(test, model, pool, &rnd);
		check(test, model, pool);
	}
	hvp_pool_uncharge(pool, model->charged);
	hvp_pool_destroy(pool);
	expect_all_given_back(vm);
}

static struct kunit_case pool_cases[] = {
	HVP_CASE(deposit_takes_pages_from_the_caller, 0x0048, 0x004a),
	HVP_CASE(deposit_works_from_registers, 0x0048, 0x004a),
	HVP_CASE(pages_that_cannot_be_deposited, 0x0048),
	HVP_CASE(deposit_stops_at_the_first_bad_page, 0x0048),
	HVP_CASE(monitor_may_refuse, 0x0048),
	HVP_CASE(deposit_survives_every_allocation_failure, 0x0048),
	HVP_CASE(calls_are_for_parent_and_root, 0x0048, 0x0049, 0x004a),
	HVP_CASE(parent_that_is_no_root_pays_for_its_children, 0x0040, 0x0048, 0x0049, 0x004a),
	HVP_CASE(withdraw_returns_each_page_once, 0x0049),
	HVP_CASE(page_whose_memory_is_gone_is_withdrawn, 0x0049),
	HVP_CASE(long_lists_are_continued, 0x0048, 0x0049),
	HVP_CASE(proximity_is_checked, 0x0049, 0x004a),
	HVP_CASE(pools_are_apart, 0x0048, 0x0049, 0x004a),
	HVP_CASE(states_permit_what_they_should, 0x0043, 0x0048, 0x0049, 0x004a),
	HVP_CASE(child_is_paid_for_by_its_parent, 0x0040, 0x0048, 0x0049, 0x004a),
	KUNIT_CASE(charges_do_not_exceed_the_credit),
	KUNIT_CASE(objects_cost_what_kmalloc_takes),
	HVP_CASE(pages_are_handed_out_and_taken_back, 0x0048, 0x0049, 0x004a),
	KUNIT_CASE(handing_out_survives_every_allocation_failure),
	KUNIT_CASE(page_that_cannot_be_taken_from_the_guest_stays_usable),
	KUNIT_CASE(host_deposits_pay_for_objects_only),
	KUNIT_CASE(deposits_of_both_kinds_are_one_credit),
	KUNIT_CASE(host_deposit_ends_early),
	KUNIT_CASE(pool_of_the_hosts_child_takes_no_guest_pages),
	KUNIT_CASE(child_is_destroyed_in_any_state),
	KUNIT_CASE(pages_are_free_of_a_machine_that_lives_on),
	KUNIT_CASE(pages_go_back_to_a_dead_machine),
	KUNIT_CASE(runs_of_pages_are_cheap),
	KUNIT_CASE(errors_have_a_status),
	KUNIT_CASE(random_operations_agree_with_a_model),
	{}
};

static struct kunit_suite pool_suite = {
	.name = "hvpersona_pool",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = pool_cases,
};

kunit_test_suites(&pool_suite);
