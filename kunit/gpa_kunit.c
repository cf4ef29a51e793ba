// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on guest physical address spaces. Rules are those of the sheet's section 15.5 and
 * of linux-clients 6.3 to 6.5, those of the nested flushes of its section 15.1.
 */
#include <linux/unaligned.h>

#include "gpa_fixture.h"

static void mapped_pages_have_their_sources(struct kunit *test)
{
	const u64 sources[] = { 100, 101, 300 };
	struct fake_vm *vm = test->priv;
	u64 result;

	result = map_list(vm, child->id, 0x50, LINUX_RAM, 3, sources);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3U);
	expect_page(test, 0x50, 100, LINUX_RAM, 2);
	expect_page(test, 0x51, 101, LINUX_RAM, 2);
	expect_page(test, 0x52, 300, LINUX_RAM, 1);
	expect_unmapped(test, 0x4f);
	expect_unmapped(test, 0x53);
	expect_counts(test, 2, 3, 0);
	KUNIT_EXPECT_TRUE(test, lent(test, 100) && lent(test, 101) && lent(test, 300));
	KUNIT_EXPECT_FALSE(test, lent(test, 99) || lent(test, 102));
}

/* 6.5: the range first as NO_ACCESS with zero PFNs, later pages of it for real */
static void no_access_needs_no_source(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 none[64] = {};

	vm->ram_pages = 0;
	EXPECT_STATUS(test, map_list(vm, child->id, 0, NO_ACCESS, 64, none), SUCCESS);
	expect_counts(test, 1, 0, 0);
	expect_page(test, 63, 0, NO_ACCESS, 64);
	/* Ignored whatever it is; and so are rights */
	EXPECT_STATUS(test, map_one(vm, 64, ~0ULL, NO_ACCESS), SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 65, ~0ULL, NO_ACCESS | RW), SUCCESS);
	expect_page(test, 0, 0, NO_ACCESS, 66);
	KUNIT_EXPECT_FALSE(test, lent(test, 0));

	EXPECT_STATUS(test, map_one(vm, 10, 7, LINUX_RAM), SUCCESS);
	expect_counts(test, 3, 1, 0);
	expect_page(test, 10, 7, LINUX_RAM, 1);
	expect_page(test, 9, 0, NO_ACCESS, 10);
	expect_page(test, 11, 0, NO_ACCESS, 55);
	KUNIT_EXPECT_TRUE(test, lent(test, 7));
	/* An MMU notifier takes it away again */
	EXPECT_STATUS(test, map_one(vm, 10, 0, NO_ACCESS), SUCCESS);
	expect_counts(test, 1, 0, 0);
	KUNIT_EXPECT_FALSE(test, lent(test, 7));
}

static void zeroed_and_ones_need_no_source(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, map_one(vm, 1, ~0ULL, ZEROED | R), SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 2, ~0ULL, ZEROED | R), SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 3, 5, ONES | RX), SUCCESS);
	expect_page(test, 1, 0, ZEROED | R, 2);
	expect_page(test, 3, 0, ONES | RX, 1);
	expect_counts(test, 2, 3, 0);
	KUNIT_EXPECT_FALSE(test, lent(test, 5));
}

/* 15.5: none, R, R+X, R+W, R+W+X; X is both unless MBEC is in use; all other bits */
static void flags_are_checked(struct kunit *test)
{
	const u32 defined = 0xf | 0x8000 | 0x30000 | 0x300000 | 0x1f000000 | LARGE;
	struct fake_vm *vm = test->priv;
	u32 flags;

	for (flags = 0; flags < 16; flags++) {
		bool legal = flags == 0 || flags == R || flags == RX || flags == RW ||
			     flags == RWX;

		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(map_one(vm, 0, 0, flags)), legal ? 0 : 5,
				    "access 0x%x", flags);
	}
	for (flags = 1; flags; flags <<= 1) {
		if (defined & flags)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(map_one(vm, 0, 0, RW | flags)), 5,
				    "flag 0x%x", flags);
		KUNIT_EXPECT_EQ(test, HV_STATUS(map_sparse(vm, child->id, 0, 0, RW | flags)), 5);
		KUNIT_EXPECT_EQ(test, HV_STATUS(modify(vm, child->id, 0, RW | flags)), 5);
	}
	/* To set and to clear at once is nonsense; either is legal */
	EXPECT_STATUS(test, map_one(vm, 0, 0, RW | 0x3000000), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0, 0, RW | 0xc000000), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0, 0, RW | 0x16000000), SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 0, 0, RW | 0x9000000), SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 0, 0, RW | NO_OVERLAY), SUCCESS);
	expect_page(test, 0, 0, RW | NO_OVERLAY, 1);
}

static void pages_outside_of_the_spaces_are_rejected(struct kunit *test)
{
	const u64 two[2] = { 1, 2 }, wrapping[3] = { child->id, ~0ULL };
	struct fake_vm *vm = test->priv;

	/* 52-bit addresses, until the property lowers it */
	EXPECT_STATUS(test, map_one(vm, (1ULL << 40) - 1, 1, RW), SUCCESS);
	expect_page(test, (1ULL << 40) - 1, 1, RW, 1);
	EXPECT_STATUS(test, map_one(vm, 1ULL << 40, 1, RW), INVALID_PARAMETER);
	map_of_child()->limit = 0x1000;
	EXPECT_STATUS(test, map_one(vm, 0x1000, 1, RW), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0x1000, 0, NO_ACCESS), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_sparse(vm, child->id, 0x1000, 1, RW), INVALID_PARAMETER);
	EXPECT_STATUS(test, unmap(vm, 0x1000, 0, 1), INVALID_PARAMETER);
	EXPECT_STATUS(test, modify(vm, child->id, 0x1000, RW), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0xfff, 1, RW), SUCCESS);

	/* The source, by the caller's addresses */
	EXPECT_STATUS(test, map_one(vm, 0, SPACE_PAGES - 1, RW), SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 0, SPACE_PAGES, RW), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0, ~0ULL, RW), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0, SPACE_PAGES, RW | NOT_CACHED), INVALID_PARAMETER);

	/* The base must not wrap around to a legal page */
	EXPECT_STATUS(test, map_list(vm, child->id, ~0ULL, RW, 2, two), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, UNMAP | HV_REPS(2) | HV_START(1),
				      wrapping, sizeof(wrapping), NULL, 0), INVALID_PARAMETER);
}

static void large_pages_are_aligned_512_pages(struct kunit *test)
{
	const u64 sources[] = { 0x400, 0x600, 0xa00 };
	struct fake_vm *vm = test->priv;
	u64 result;

	result = map_list(vm, child->id, 0x200, LARGE | LINUX_RAM, 3, sources);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3U);
	expect_counts(test, 2, 3 * 512, 3 * 512);
	expect_page(test, 0x200, 0x400, LARGE | LINUX_RAM, 1024);
	expect_page(test, 0x7ff, 0xbff, LARGE | LINUX_RAM, 512);
	expect_unmapped(test, 0x800);
	KUNIT_EXPECT_TRUE(test, lent(test, 0x5ff) && lent(test, 0xbff));

	EXPECT_STATUS(test, map_one(vm, 0x201, 0x400, LARGE | RW), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0x200, 0x401, LARGE | RW), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0x1001, 0, LARGE | NO_ACCESS), INVALID_PARAMETER);
	EXPECT_STATUS(test, map_one(vm, 0x1000, 0x401, LARGE | NO_ACCESS), SUCCESS);
	expect_page(test, 0x1000, 0, LARGE | NO_ACCESS, 512);
	map_of_child()->limit = 0x3000 - 1;
	EXPECT_STATUS(test, map_one(vm, 0x2e00, 0x400, LARGE | RW), INVALID_PARAMETER);
	/* RAM that ends within the large page is not enough */
	vm->ram_pages = 0x5ff;
	EXPECT_STATUS(test, map_one(vm, 0, 0x400, LARGE | RW), OPERATION_DENIED);
	vm->ram_pages = 0x600;
	EXPECT_STATUS(test, map_one(vm, 0, 0x400, LARGE | RW), SUCCESS);
}

/* "source page unmapped or deposited"; OBJECT_IN_USE for what the hypervisor lays there */
static void sources_must_be_the_parents_to_give(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->ram_pages = 0;
	EXPECT_STATUS(test, map_one(vm, 0, FAKE_PAGES, RW), OPERATION_DENIED);
	EXPECT_STATUS(test, map_one(vm, 0, FAKE_ROM >> 12, R), OPERATION_DENIED);
	EXPECT_STATUS(test, map_sparse(vm, child->id, 0, FAKE_PAGES, RW), OPERATION_DENIED);
	vm->ram_pages = SPACE_PAGES;
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 20, 1, HVP_SPACE_DEPOSITED), 0);
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 21, 1, HVP_SPACE_IN_USE | HVP_GPA_ALL), 0);
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 22, 1, 0), 0);
	EXPECT_STATUS(test, map_one(vm, 0, 20, RW), OPERATION_DENIED);
	EXPECT_STATUS(test, map_one(vm, 0, 20, RW | NOT_CACHED), OPERATION_DENIED);
	EXPECT_STATUS(test, map_one(vm, 0, 0, LARGE | RW), OPERATION_DENIED);
	EXPECT_STATUS(test, map_one(vm, 0, 21, RW), OBJECT_IN_USE);
	/* What rights the parent itself has does not matter (TLFS 2.0, 8.1.1) */
	EXPECT_STATUS(test, map_one(vm, 0, 22, RW), SUCCESS);
	expect_counts(test, 1, 1, 0);
	hvp_space_clear(vm->pt, 20, 3);
}

/* 6.3: R|W|NOT_CACHED with PFNs that are no RAM */
static void device_memory_is_mapped_but_not_lent(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->ram_pages = 0x300;
	EXPECT_STATUS(test, map_one(vm, 0, 0x100000, 0x200003), SUCCESS);
	expect_page(test, 0, 0x100000, 0x200003, 1);
	KUNIT_EXPECT_FALSE(test, lent(test, 0x100000));
	EXPECT_STATUS(test, map_one(vm, 0x200, 0x100200, LARGE | 0x200003), SUCCESS);
	/* Half RAM, half not */
	EXPECT_STATUS(test, map_one(vm, 0x200, 0x200, LARGE | 0x200003), OPERATION_DENIED);
	/* RAM without cache is RAM all the same */
	EXPECT_STATUS(test, map_one(vm, 1, 0x2ff, 0x200003), SUCCESS);
	KUNIT_EXPECT_TRUE(test, lent(test, 0x2ff));
	/* A device's page stays one, and needs the flag */
	EXPECT_STATUS(test, modify(vm, child->id, 0, 0x200001), SUCCESS);
	expect_page(test, 0, 0x100000, 0x200001, 1);
	EXPECT_STATUS(test, modify(vm, child->id, 0, RW), OPERATION_DENIED);
	EXPECT_STATUS(test, unmap(vm, 0, 0, 2), SUCCESS);
	KUNIT_EXPECT_FALSE(test, lent(test, 0x100000) || lent(test, 0x2ff));
}

/* 0x0048: a page "also accessible to another partition" is OPERATION_DENIED */
static void lent_pages_cannot_be_deposited(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 deposit[] = { child->id, 50 };

	EXPECT_STATUS(test, map_one(vm, 5, 50, R), SUCCESS);
	EXPECT_STATUS(test, fake_call(vm, DEPOSIT | HV_REPS(1), deposit, sizeof(deposit), NULL, 0),
		      OPERATION_DENIED);
	EXPECT_STATUS(test, modify(vm, child->id, 5, NO_ACCESS), SUCCESS);
	EXPECT_STATUS(test, fake_call(vm, DEPOSIT | HV_REPS(1), deposit, sizeof(deposit), NULL, 0),
		      SUCCESS);
	EXPECT_STATUS(test, modify(vm, child->id, 5, R), OPERATION_DENIED);
	EXPECT_STATUS(test, map_one(vm, 6, 50, R), OPERATION_DENIED);
	EXPECT_STATUS(test, map_one(vm, 5, 51, R), SUCCESS);
}

/* 3.7: status of the element that fails, and how many were done before it */
static void completed_reps_are_exact(struct kunit *test)
{
	const u64 sources[] = { 100, 101, SPACE_PAGES, 103 };
	struct fake_vm *vm = test->priv;
	const struct {
		struct hv_map_sparse header;
		u64 pages[3];
	} in = { { child->id, R }, { 11, 10, 12 } };
	u64 result;

	result = map_list(vm, child->id, 10, RW, 4, sources);
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2U);
	expect_page(test, 10, 100, RW, 2);
	expect_unmapped(test, 12);
	expect_unmapped(test, 13);
	result = fake_call(vm, MODIFY | HV_REPS(3), &in, sizeof(in), NULL, 0);
	EXPECT_STATUS(test, result, OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2U);
	expect_page(test, 10, 100, R, 2);
	map_of_child()->limit = 14;
	result = unmap(vm, 11, 0, 4);
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3U);
	expect_page(test, 10, 100, R, 1);
	expect_counts(test, 1, 1, 0);
}

static u32 continue_to_the_end(struct fake_vm *vm, struct hvp_call *call)
{
	u32 left = 0;

	while (fake_dispatch(vm, call) == HVP_CONTINUE)
		left++;
	EXPECT_STATUS(vm->test, call->result, SUCCESS);
	return left;
}

/* 3.7: out of time, the call is left with the new start index and executed again */
static void long_lists_are_continued_where_they_stopped(struct kunit *test)
{
	struct hv_map_gpa header = { child->id, 0x1000, RW };
	struct fake_vm *vm = test->priv;
	struct hvp_call call = {
		.control = MAP | HV_REPS(500),
		.fast = { FAKE_IN, FAKE_OUT },
		.long_mode = true,
	};
	u64 i, source;

	vm->step = 1000000;
	fake_write(vm, FAKE_IN, &header, sizeof(header));
	for (i = 0; i < 500; i++) {
		source = 0x8000 + i;
		fake_write(vm, FAKE_IN + 24 + i * 8, &source, 8);
	}
	KUNIT_EXPECT_GT(test, continue_to_the_end(vm, &call), 50U);
	KUNIT_EXPECT_EQ(test, HV_DONE(call.result), 500U);
	expect_page(test, 0x1000 + 499, 0x8000 + 499, RW, 500);
	expect_counts(test, 1, 500, 0);

	header.flags = 0;
	call = (struct hvp_call) {
		.control = UNMAP | HV_REPS(499),
		.fast = { FAKE_IN, FAKE_OUT },
		.long_mode = true,
	};
	fake_write(vm, FAKE_IN, &header, sizeof(header));
	KUNIT_EXPECT_GT(test, continue_to_the_end(vm, &call), 50U);
	expect_counts(test, 1, 1, 0);
	expect_page(test, 0x1000 + 499, 0x8000 + 499, RW, 1);
}

static void remapping_replaces_source_and_rights(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, map_one(vm, 5, 50, RWX), SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 5, 60, R), SUCCESS);
	expect_page(test, 5, 60, R, 1);
	KUNIT_EXPECT_FALSE(test, lent(test, 50));
	KUNIT_EXPECT_TRUE(test, lent(test, 60));
	/* Mapped to two places a page is lent until both are gone */
	EXPECT_STATUS(test, map_one(vm, 6, 60, R), SUCCESS);
	EXPECT_STATUS(test, unmap(vm, 5, 0, 1), SUCCESS);
	KUNIT_EXPECT_TRUE(test, lent(test, 60));
	/* Without any right it is not lent */
	EXPECT_STATUS(test, map_one(vm, 6, 60, 0), SUCCESS);
	KUNIT_EXPECT_FALSE(test, lent(test, 60));
	expect_page(test, 6, 60, 0, 1);
	expect_counts(test, 1, 1, 0);
}

static void unmapping_takes_what_is_there(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 result;

	/* "Unmapping an unmapped page succeeds silently"; 0x1 keep precommitted */
	result = unmap(vm, 0, 0, 512);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 512U);
	EXPECT_STATUS(test, unmap(vm, 0, 1, 1), SUCCESS);
	EXPECT_STATUS(test, unmap(vm, 0, 4, 1), INVALID_PARAMETER);
	EXPECT_STATUS(test, unmap(vm, 0, 0x80000000, 1), INVALID_PARAMETER);

	/* 0x2: reps are large pages */
	KUNIT_ASSERT_EQ(test, set(test, 0, 2048, 4096, LARGE | RW), HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, unmap(vm, 0x100, 2, 1), INVALID_PARAMETER);
	result = unmap(vm, 0x200, 2, 2);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2U);
	expect_counts(test, 2, 1024, 1024);
	expect_unmapped(test, 0x200);
	expect_unmapped(test, 0x5ff);
	/* A page in a large one */
	EXPECT_STATUS(test, unmap(vm, 0x610, 0, 1), SUCCESS);
	expect_counts(test, 3, 1023, 1023);
	expect_page(test, 0x60f, 4096 + 0x60f, LARGE | RW, 16);
	KUNIT_EXPECT_FALSE(test, lent(test, 4096 + 0x610));
}

static void sparse_pages_are_mapped_where_they_say(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const struct {
		struct hv_map_sparse header;
		struct hv_sparse_page pages[3];
	} in = { { child->id, RW }, { { 9, 90 }, { 7, 70 }, { 8, 71 } } };
	u64 result;

	result = fake_call(vm, MAP_SPARSE | HV_REPS(3), &in, sizeof(in), NULL, 0);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3U);
	expect_page(test, 9, 90, RW, 1);
	expect_page(test, 7, 70, RW, 2);
	EXPECT_STATUS(test, map_sparse(vm, child->id, 0x200, 0x400, LARGE | RW), SUCCESS);
	expect_page(test, 0x3ff, 0x5ff, LARGE | RW, 512);
	EXPECT_STATUS(test, map_sparse(vm, child->id, 0x201, 0x400, LARGE | RW),
		      INVALID_PARAMETER);
	EXPECT_STATUS(test, map_sparse(vm, child->id, 1, 0, NO_ACCESS), SUCCESS);
	expect_page(test, 1, 0, NO_ACCESS, 1);
}

static void modifying_keeps_the_source(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, modify(vm, child->id, 5, R), OPERATION_DENIED);
	EXPECT_STATUS(test, map_one(vm, 5, 50, LINUX_RAM), SUCCESS);
	EXPECT_STATUS(test, modify(vm, child->id, 5, R | NO_OVERLAY), SUCCESS);
	expect_page(test, 5, 50, R | NO_OVERLAY, 1);
	KUNIT_EXPECT_TRUE(test, lent(test, 50));
	/* No access is no rights: the source is still there for the next call */
	EXPECT_STATUS(test, modify(vm, child->id, 5, NO_ACCESS), SUCCESS);
	expect_page(test, 5, 50, 0, 1);
	KUNIT_EXPECT_FALSE(test, lent(test, 50));
	EXPECT_STATUS(test, modify(vm, child->id, 5, ZEROED | R), INVALID_PARAMETER);
	/* Meanwhile it can be deposited, and then does not come back */
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 50, 1, HVP_SPACE_DEPOSITED), 0);
	EXPECT_STATUS(test, modify(vm, child->id, 5, RW), OPERATION_DENIED);
	expect_page(test, 5, 50, 0, 1);
	hvp_space_clear(vm->pt, 50, 1);
	EXPECT_STATUS(test, modify(vm, child->id, 5, RW), SUCCESS);
	expect_page(test, 5, 50, RW, 1);
	KUNIT_EXPECT_TRUE(test, lent(test, 50));

	/* What has no source has none to be given access to */
	EXPECT_STATUS(test, map_one(vm, 6, 0, ZEROED | RW), SUCCESS);
	EXPECT_STATUS(test, modify(vm, child->id, 6, RW), OPERATION_DENIED);
	EXPECT_STATUS(test, modify(vm, child->id, 6, ONES | R), SUCCESS);
	expect_page(test, 6, 0, ONES | R, 1);
	EXPECT_STATUS(test, modify(vm, child->id, 6, NO_ACCESS), SUCCESS);
	expect_page(test, 6, 0, NO_ACCESS, 1);
}

static void large_pages_are_modified_as_one(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_ASSERT_EQ(test, set(test, 0, 300, 4096, RW), HV_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, set(test, 300, 211, 8192, RW), HV_STATUS_SUCCESS);
	/* One page lacks: nothing happens */
	EXPECT_STATUS(test, modify(vm, child->id, 0, LARGE | R), OPERATION_DENIED);
	expect_page(test, 0, 4096, RW, 300);
	KUNIT_ASSERT_EQ(test, set(test, 511, 2, 20000, RW), HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, modify(vm, child->id, 0, LARGE | R), SUCCESS);
	expect_page(test, 0, 4096, R, 300);
	expect_page(test, 510, 8192 + 210, R, 211);
	expect_page(test, 511, 20000, R, 1);
	expect_page(test, 512, 20001, RW, 1);
	EXPECT_STATUS(test, modify(vm, child->id, 1, LARGE | R), INVALID_PARAMETER);
	/* A page of a large one */
	KUNIT_ASSERT_EQ(test, set(test, 1024, 512, 1024, LARGE | RW), HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, modify(vm, child->id, 1030, R), SUCCESS);
	expect_page(test, 1030, 1030, LARGE | R, 1);
	expect_page(test, 1031, 1031, LARGE | RW, 505);
}

/* 0x00be: "validates its arguments and reports all reps"; 0x00bf mirrors it */
static void committing_ahead_checks_its_operands(struct kunit *test)
{
	static const u16 codes[] = { PRECOMMIT, UNCOMMIT };
	struct fake_vm *vm = test->priv;
	u64 result;
	u32 i;

	map_of_child()->limit = 0x1000;
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		struct hv_precommit in = { child->id, 0, 0xdeadbeef, 0xff0 };

		result = fake_call(vm, codes[i] | HV_REPS(16), &in, 24, NULL, 0);
		EXPECT_STATUS(test, result, SUCCESS);
		KUNIT_EXPECT_EQ(test, HV_DONE(result), 16U);
		result = fake_call(vm, codes[i] | HV_REPS(17), &in, 24, NULL, 0);
		EXPECT_STATUS(test, result, INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, HV_DONE(result), 16U);
		in.flags = 1;
		EXPECT_STATUS(test, fake_call(vm, codes[i] | HV_REPS(1), &in, 24, NULL, 0),
			      INVALID_PARAMETER);
		in.flags = 2;
		EXPECT_STATUS(test, fake_call(vm, codes[i] | HV_REPS(1), &in, 24, NULL, 0),
			      INVALID_PARAMETER);
		in.gpa_base = 0xe00;
		EXPECT_STATUS(test, fake_call_fast(vm, codes[i] | HV_REPS(1), &in, 24, NULL, 0),
			      SUCCESS);
		in.partition_id = SELF;
		in.flags = 0;
		in.gpa_base = SPACE_PAGES - 1;
		EXPECT_STATUS(test, fake_call(vm, codes[i] | HV_REPS(1), &in, 24, NULL, 0),
			      SUCCESS);
		EXPECT_STATUS(test, fake_call(vm, codes[i] | HV_REPS(2), &in, 24, NULL, 0),
			      INVALID_PARAMETER);
		in.partition_id = 77;
		EXPECT_STATUS(test, fake_call(vm, codes[i] | HV_REPS(1), &in, 24, NULL, 0),
			      INVALID_PARTITION_ID);
	}
	expect_counts(test, 0, 0, 0);
}

static void access_states_are_those_before_the_change(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u8 states[4];
	u64 result;

	set_tracking(vm, 1);
	KUNIT_ASSERT_EQ(test, set(test, 10, 3, 20, RW), HV_STATUS_SUCCESS);
	/* SET_DIRTY with 0x90; bit 3 set dirty, bit 2 clear dirty, 1 and 0 of accessed */
	EXPECT_STATUS(test, modify(vm, child->id, 11, RW | 0x8000000), SUCCESS);
	result = access_state(vm, 2, 10, 4, states);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 4U);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)states), 0x00000200U);
	EXPECT_STATUS(test, access_state(vm, 4, 10, 4, states), SUCCESS);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)states), 0x00010301U);
	EXPECT_STATUS(test, access_state(vm, 1 | 8, 10, 4, states), SUCCESS);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)states), 0x00010101U);
	EXPECT_STATUS(test, access_state(vm, 4, 10, 4, states), SUCCESS);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)states), 0x00020202U);
	EXPECT_STATUS(test, access_state(vm, 0, 10, 4, states), SUCCESS);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)states), 0U);
	/* All alike again: one range, and the child reaches its pages as before */
	expect_page(test, 10, 20, RW, 3);
	KUNIT_EXPECT_TRUE(test, lent(test, 20) && lent(test, 21) && lent(test, 22));
	/* CLEAR_ and SET_ACCESSED with 0x4b, and what a new mapping begins with */
	EXPECT_STATUS(test, map_one(vm, 10, 20, RW | 0xa000000), SUCCESS);
	EXPECT_STATUS(test, access_state(vm, 0, 10, 1, states), SUCCESS);
	KUNIT_EXPECT_EQ(test, states[0], 3);
	EXPECT_STATUS(test, map_one(vm, 10, 20, RW), SUCCESS);
	EXPECT_STATUS(test, access_state(vm, 0, 10, 1, states), SUCCESS);
	KUNIT_EXPECT_EQ(test, states[0], 0);
}

static void access_states_check_their_operands(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u8 states[4];
	u64 result;

	set_tracking(vm, 1);
	EXPECT_STATUS(test, access_state(vm, 16, 0, 1, states), INVALID_PARAMETER);
	EXPECT_STATUS(test, access_state(vm, BIT_ULL(63), 0, 1, states), INVALID_PARAMETER);
	EXPECT_STATUS(test, access_state(vm, 3, 0, 1, states), INVALID_PARAMETER);
	EXPECT_STATUS(test, access_state(vm, 12, 0, 1, states), INVALID_PARAMETER);
	map_of_child()->limit = 0x1000;
	result = access_state(vm, 0, 0xffe, 4, states);
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2U);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)states), 0xa5a50000U);
	EXPECT_STATUS(test, access_state(vm, 0, ~0ULL, 1, states), INVALID_PARAMETER);
}

/* 0x00ca: as 0x00c9 for a list; for the root itself tracking is off */
static void access_states_of_listed_pages(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct {
		u64 id, flags, pages[3];
	} in = { child->id, 2, { 30, 10, 20 } };
	u8 states[4];
	u64 result;

	set_tracking(vm, 1);
	KUNIT_ASSERT_EQ(test, set(test, 10, 1, 20, RW), HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, modify(vm, child->id, 10, RW | 0x8000000), SUCCESS);
	result = fake_call(vm, ACCESS_STATE_SPARSE | HV_REPS(3), &in, sizeof(in), states, 4);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3U);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)states), 0xa5000200U);
	in.pages[1] = 1ULL << 40;
	result = fake_call(vm, ACCESS_STATE_SPARSE | HV_REPS(3), &in, sizeof(in), states, 4);
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 1U);
	in.flags = 16;
	EXPECT_STATUS(test, fake_call(vm, ACCESS_STATE_SPARSE | HV_REPS(3), &in, sizeof(in),
				      states, 4), INVALID_PARAMETER);
	in.flags = 0;
	in.id = SELF;
	EXPECT_STATUS(test, fake_call(vm, ACCESS_STATE_SPARSE | HV_REPS(3), &in, sizeof(in),
				      states, 4), OPERATION_DENIED);
	/* Its own are not for 0x00c9 */
	EXPECT_STATUS(test, fake_call(vm, ACCESS_STATE | HV_REPS(1), &in, 24, states, 4),
		      ACCESS_DENIED);
}

static void access_states_need_tracking(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct {
		u64 id, flags, page;
	} in = { child->id };
	u8 state;

	/* For the merger: goes as soon as properties.c is there */
	if (set_tracking(vm, 0) == HV_STATUS_INVALID_HYPERCALL_CODE)
		kunit_skip(test, "properties cannot be set yet");
	EXPECT_STATUS(test, access_state(vm, 0, 0, 1, &state), OPERATION_DENIED);
	EXPECT_STATUS(test, fake_call(vm, ACCESS_STATE_SPARSE | HV_REPS(1), &in, sizeof(in),
				      &state, 1), OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, set_tracking(vm, 1), HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, access_state(vm, 0, 0, 1, &state), SUCCESS);
}

static u64 host_access(struct fake_vm *vm, u16 code, u32 access, u32 flags, u64 id, u64 page)
{
	const struct {
		struct hv_host_access header;
		u64 page;
	} in = { { access, flags, id }, page };

	return fake_call(vm, code | HV_REPS(1), &in, sizeof(in), NULL, 0);
}

/* 0x00d2, 0x00d3: 1 read, 3 read and write; not isolated */
static void host_access_is_acquired_and_released(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 id = child->id;
	u32 access;

	KUNIT_ASSERT_EQ(test, set(test, 10, 1, 20, 0), HV_STATUS_SUCCESS);
	EXPECT_STATUS(test, map_one(vm, 11, 0, NO_ACCESS), SUCCESS);
	for (access = 0; access < 8; access++) {
		u32 expected = access == 1 || access == 3 ? 0 : 5;

		KUNIT_EXPECT_EQ(test, HV_STATUS(host_access(vm, ACQUIRE_GPA, access, 0, id, 10)),
				expected);
		KUNIT_EXPECT_EQ(test, HV_STATUS(host_access(vm, RELEASE_GPA, access, 0, id, 10)),
				expected);
	}
	EXPECT_STATUS(test, host_access(vm, RELEASE_GPA, 3, 0, id, 10), OPERATION_DENIED);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_GPA, 3, 1, id, 10), INVALID_PARAMETER);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_GPA, 3, 0, id, 11), OPERATION_DENIED);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_GPA, 3, 0, id, 12), OPERATION_DENIED);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_GPA, 3, 0, id, 1ULL << 40),
		      INVALID_PARAMETER);
	EXPECT_STATUS(test, host_access(vm, RELEASE_GPA, 3, 0, id, 1ULL << 40),
		      INVALID_PARAMETER);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_GPA, 3, 0, SELF, 10), ACCESS_DENIED);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_GPA, 3, 0, 0, 10), INVALID_PARTITION_ID);
	/* Acquired twice, released twice, even if it has been unmapped meanwhile */
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_GPA, 3, 0, id, 10), SUCCESS);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_GPA, 1, 0, id, 10), SUCCESS);
	EXPECT_STATUS(test, unmap(vm, 10, 0, 1), SUCCESS);
	EXPECT_STATUS(test, host_access(vm, RELEASE_GPA, 1, 0, id, 10), SUCCESS);
	EXPECT_STATUS(test, host_access(vm, RELEASE_GPA, 3, 0, id, 10), SUCCESS);
	EXPECT_STATUS(test, host_access(vm, RELEASE_GPA, 3, 0, id, 10), OPERATION_DENIED);
}

/* 0x00d7, 0x00d8: Linux shares with access 3, flag 2 and partition 0 */
static void system_pages_are_shared_and_made_exclusive(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 id = child->id;
	u32 flags;

	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2, 0, 5), SUCCESS);
	EXPECT_STATUS(test, host_access(vm, RELEASE_SPA, 0, 1, id, 5), SUCCESS);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2, id, 5), SUCCESS);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 1, 0, 5), INVALID_PARTITION_ID);
	EXPECT_STATUS(test, host_access(vm, RELEASE_SPA, 0, 1, 0, 5), INVALID_PARTITION_ID);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2, 77, 5), INVALID_PARTITION_ID);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2, SELF, 5), ACCESS_DENIED);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 4, 2, 0, 5), INVALID_PARAMETER);
	EXPECT_STATUS(test, host_access(vm, RELEASE_SPA, 3, 1, id, 5), INVALID_PARAMETER);
	for (flags = 0; flags < 32; flags++) {
		/* One of 1 and 2; 4 large or 8 huge */
		bool legal = ((flags & 3) == 1 || (flags & 3) == 2) && (flags & 12) != 12 &&
			     flags < 16;

		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(host_access(vm, ACQUIRE_SPA, 3, flags, id, 0)),
				    legal ? 0 : 5, "flags 0x%x", flags);
	}
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2 | 4, 0, 0x201), INVALID_PARAMETER);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2 | 8, 0, 0x200), INVALID_PARAMETER);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2 | 8, 0, 0x40000), SUCCESS);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2, 0, SPACE_PAGES),
		      INVALID_PARAMETER);
	vm->ram_pages = 0x10000;
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2, 0, 0x10000), OPERATION_DENIED);
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 5, 1, HVP_SPACE_DEPOSITED), 0);
	EXPECT_STATUS(test, host_access(vm, ACQUIRE_SPA, 3, 2, 0, 5), OPERATION_DENIED);
	EXPECT_STATUS(test, host_access(vm, RELEASE_SPA, 0, 1, id, 5), OPERATION_DENIED);
	hvp_space_clear(vm->pt, 5, 1);
}

/* "the root acting on itself, which may only change access rights of its identity map" */
static void roots_change_only_their_rights(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 unmap_own[3] = { SELF, 8 };
	u64 own[2] = { 8, 9 };

	EXPECT_STATUS(test, map_list(vm, SELF, 8, RX, 2, own), SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, 9), (u32)(HVP_GPA_READ | HVP_GPA_EXECUTE));
	EXPECT_STATUS(test, map_sparse(vm, vm->pt->id, 8, 8, R), SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, 8), (u32)HVP_GPA_READ);
	EXPECT_STATUS(test, modify(vm, SELF, 9, NO_ACCESS), SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, 9), 0U);
	EXPECT_STATUS(test, map_list(vm, SELF, 8, LINUX_RAM, 2, own), SUCCESS);
	KUNIT_EXPECT_FALSE(test, hvp_space_any(vm->pt, 0, SPACE_PAGES));
	EXPECT_STATUS(test, modify(vm, SELF, 0x200, LARGE | R), SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, 0x3ff), (u32)HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, hvp_space_rights(vm->pt, 0x400), (u32)HVP_GPA_ALL);
	EXPECT_STATUS(test, modify(vm, SELF, 0x200, LARGE | RWX), SUCCESS);

	own[1] = 10;
	EXPECT_STATUS(test, map_list(vm, SELF, 8, RWX, 2, own), ACCESS_DENIED);
	EXPECT_STATUS(test, map_sparse(vm, SELF, 8, 9, RWX), ACCESS_DENIED);
	EXPECT_STATUS(test, map_sparse(vm, SELF, 8, 8, ZEROED | R), ACCESS_DENIED);
	EXPECT_STATUS(test, modify(vm, SELF, 8, NOT_CACHED | R), ACCESS_DENIED);
	EXPECT_STATUS(test, modify(vm, SELF, 8, 0x10), INVALID_PARAMETER);
	EXPECT_STATUS(test, modify(vm, SELF, SPACE_PAGES, R), INVALID_PARAMETER);
	EXPECT_STATUS(test, modify(vm, SELF, 1, LARGE | R), INVALID_PARAMETER);
	/* Unmapping is not for oneself */
	EXPECT_STATUS(test, fake_call(vm, UNMAP | HV_REPS(1), unmap_own, 24, NULL, 0),
		      ACCESS_DENIED);
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 8, 1, HVP_SPACE_DEPOSITED), 0);
	KUNIT_ASSERT_EQ(test, hvp_space_set(vm->pt, 9, 1, HVP_SPACE_IN_USE | HVP_GPA_ALL), 0);
	EXPECT_STATUS(test, modify(vm, SELF, 8, R), OPERATION_DENIED);
	EXPECT_STATUS(test, modify(vm, SELF, 9, R), OBJECT_IN_USE);
	hvp_space_clear(vm->pt, 8, 2);
	vm->ram_pages = 0;
	EXPECT_STATUS(test, modify(vm, SELF, FAKE_PAGES, R), OPERATION_DENIED);
}

static void only_parents_map_and_only_into_active_children(struct kunit *test)
{
	struct fake_vm *vm = test->priv, *other, *plain;
	const u64 page = 1, fresh = new_child(vm);

	other = fake_vm_create(test, HVPERSONA_ROLE_GUEST, HV_PRIVILEGES_DEFINED, 1);
	plain = fake_vm_create(test, HVPERSONA_ROLE_GUEST, 0, 1);
	EXPECT_STATUS(test, map_list(vm, fresh, 0, RW, 1, &page), INVALID_PARTITION_STATE);
	EXPECT_STATUS(test, map_list(vm, 77, 0, RW, 1, &page), INVALID_PARTITION_ID);
	EXPECT_STATUS(test, map_list(vm, 0, 0, RW, 1, &page), INVALID_PARTITION_ID);
	EXPECT_STATUS(test, map_list(other, SELF, 0, RW, 1, &page), ACCESS_DENIED);
	EXPECT_STATUS(test, map_list(other, 77, 0, RW, 1, &page), INVALID_PARTITION_ID);
	EXPECT_STATUS(test, map_list(plain, child->id, 0, RW, 1, &page), ACCESS_DENIED);
	fake_vm_destroy(plain);
	fake_vm_destroy(other);
}

/* A child's child: sources are what is mapped in the child's own map, and not lent */
static void childrens_children_take_from_their_parents_map(struct kunit *test)
{
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct hvp_partition *grandchild;

	lock_child(test);
	KUNIT_ASSERT_EQ(test, hvp_child_create(child, child->instance, &in, &grandchild),
			HV_STATUS_SUCCESS);
	unlock_child();
	KUNIT_ASSERT_EQ(test, give(grandchild, 1), 1ULL);
	KUNIT_ASSERT_EQ(test, set(test, 5, 3, 500, 0), HV_STATUS_SUCCESS);
	map_of_child()->limit = 0x1000;

	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(grandchild, NULL));
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(grandchild, 0, 4, RW), HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(grandchild, 0, 5, RW), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(grandchild, 1, 7, RW), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(grandchild, 1, 8, RW), HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(grandchild, 0, 0, LARGE | RW),
			HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(grandchild, 0, 0x1000, RW),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_FALSE(test, lent(test, 5) || lent(test, 500));
	KUNIT_EXPECT_EQ(test, grandchild->child->map.pages, 2ULL);
	hvp_child_unlock(grandchild);
}

/* A child of the host: sources are pages of its memory file, if it has one */
static void children_of_the_host_take_from_their_file(struct kunit *test)
{
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct hvp_partition *pt;

	KUNIT_ASSERT_EQ(test, hvp_child_create(NULL, hvp_host_instance(), &in, &pt),
			HV_STATUS_SUCCESS);
	KUNIT_ASSERT_EQ(test, give(pt, 1), 1ULL);
	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(pt, NULL));
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(pt, 0, 0, RW), HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(pt, 0, 0, RW | NOT_CACHED),
			HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(pt, 0, 0, NO_ACCESS), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(pt, 1, 0, ZEROED | R), HV_STATUS_SUCCESS);
	pt->child->host_pages = 512;
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(pt, 0, 511, RW), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(pt, 0, 512, RW), HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(pt, 0, 0, LARGE | RW), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_gpa_map_page(pt, 0, 512, LARGE | RW),
			HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, pt->child->map.ranges, 1ULL);
	hvp_child_destroy(pt);
	hvp_child_unlock(pt);
}

static void publish_features(struct kunit *test, u32 nested, u32 ecx1, u32 ecx80000001)
{
	const struct hvp_cpuid leaves[] = {
		{ .function = 0x4000000a, .regs = { nested } },
		{ .function = 1, .regs = { 0, 0, ecx1 } },
		{ .function = 0x80000001, .regs = { 0, 0, ecx80000001 } },
	};
	struct fake_vm *vm = test->priv;

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, leaves, ARRAY_SIZE(leaves)), 0);
}

/*
 * 15.1: OPERATION_DENIED without nested virtualization or where CPUID 0x4000000A EAX bit 18
 * does not offer them; flags zero; formats of ranges
 */
static void nested_flushes_drop_everything(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 in[] = { 0x1234000, 0, 0x5000 | 3, 0x40000000 | 0x1000 | 0x800 | 7 };

	publish_features(test, BIT(18), ~(u32)BIT(5), ~(u32)BIT(2));
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED, in, 16, NULL, 0), OPERATION_DENIED);
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED_LIST | HV_REPS(2), in, 32, NULL, 0),
		      OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, vm->nested_flushes, 0U);
	publish_features(test, ~(u32)BIT(18), BIT(5), BIT(2));
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED, in, 16, NULL, 0), OPERATION_DENIED);
	publish_features(test, BIT(18), BIT(5), 0);	/* VMX */
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED, in, 16, NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->nested_flushes, 1U);
	publish_features(test, BIT(18), 0, BIT(2));	/* SVM */
	EXPECT_STATUS(test, fake_call_fast(vm, FLUSH_NESTED, in, 16, NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->nested_flushes, 2U);
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED_LIST | HV_REPS(2), in, 32, NULL, 0),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->nested_flushes, 3U);
	/* With bit 11: bit 12 page size, 63:21 base, nothing between */
	in[3] |= BIT(13);
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED_LIST | HV_REPS(2), in, 32, NULL, 0),
		      INVALID_PARAMETER);
	in[3] = 0xfffffffffffff7ff;
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED_LIST | HV_REPS(2), in, 32, NULL, 0),
		      SUCCESS);
	in[1] = 1;
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED, in, 16, NULL, 0), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, FLUSH_NESTED_LIST | HV_REPS(2), in, 32, NULL, 0),
		      INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->nested_flushes, 4U);
}

static struct kunit_case gpa_cases[] = {
	HVP_CASE(mapped_pages_have_their_sources, 0x004b),
	HVP_CASE(no_access_needs_no_source, 0x004b),
	HVP_CASE(zeroed_and_ones_need_no_source, 0x004b),
	HVP_CASE(flags_are_checked, 0x004b, 0x006e, 0x0090),
	HVP_CASE(pages_outside_of_the_spaces_are_rejected, 0x004b, 0x004c, 0x006e, 0x0090),
	HVP_CASE(large_pages_are_aligned_512_pages, 0x004b),
	HVP_CASE(sources_must_be_the_parents_to_give, 0x004b, 0x006e),
	HVP_CASE(device_memory_is_mapped_but_not_lent, 0x004b, 0x0090),
	HVP_CASE(lent_pages_cannot_be_deposited, 0x004b, 0x0048, 0x0090),
	HVP_CASE(completed_reps_are_exact, 0x004b, 0x004c, 0x0090),
	HVP_CASE(long_lists_are_continued_where_they_stopped, 0x004b, 0x004c),
	HVP_CASE(remapping_replaces_source_and_rights, 0x004b),
	HVP_CASE(unmapping_takes_what_is_there, 0x004c),
	HVP_CASE(sparse_pages_are_mapped_where_they_say, 0x006e),
	HVP_CASE(modifying_keeps_the_source, 0x0090),
	HVP_CASE(large_pages_are_modified_as_one, 0x0090),
	HVP_CASE(committing_ahead_checks_its_operands, 0x00be, 0x00bf),
	HVP_CASE(access_states_are_those_before_the_change, 0x00c9, 0x0090),
	HVP_CASE(access_states_check_their_operands, 0x00c9),
	HVP_CASE(access_states_of_listed_pages, 0x00ca),
	HVP_CASE(access_states_need_tracking, 0x00c9, 0x00ca),
	HVP_CASE(host_access_is_acquired_and_released, 0x00d2, 0x00d3),
	HVP_CASE(system_pages_are_shared_and_made_exclusive, 0x00d7, 0x00d8),
	HVP_CASE(roots_change_only_their_rights, 0x004b, 0x004c, 0x006e, 0x0090),
	HVP_CASE(only_parents_map_and_only_into_active_children, 0x004b),
	HVP_CASE(childrens_children_take_from_their_parents_map),
	HVP_CASE(children_of_the_host_take_from_their_file),
	HVP_CASE(nested_flushes_drop_everything, 0x00af, 0x00b0),
	{}
};

static struct kunit_suite gpa_suite = {
	.name = "hvpersona_gpa",
	.init = gpa_init,
	.exit = gpa_exit,
	.test_cases = gpa_cases,
};

kunit_test_suites(&gpa_suite);
