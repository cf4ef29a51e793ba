// SPDX-License-Identifier: GPL-2.0
/* TLB flushes. Rules are those of the sheet's entries 0x0002, 0x0003, 0x0013, 0x0014 and 9. */
#include "fake_table.h"
#include "../hvpersona/hv_abi/tlb.h"

#define SPACE		0x0002
#define LIST		0x0003
#define SPACE_EX	0x0013
#define LIST_EX		0x0014

static const u16 list_codes[] = { LIST, LIST_EX };
static const u16 space_codes[] = { SPACE, SPACE_EX };
static const u16 all_codes[] = { SPACE, LIST, SPACE_EX, LIST_EX };

/* Any of the four calls with the same meaning: VPs of bank 0, one range in the list forms */
static u32 flush(struct fake_vm *vm, u16 code, u64 space, u64 flags, u64 mask)
{
	const u64 plain[] = { space, flags, mask, 0x7f0000000000 };
	const u64 ex[] = { space, flags, HV_VP_SET_SPARSE_4K, 1, mask, 0x7f0000000000 };
	bool list = code == LIST || code == LIST_EX;
	u64 out, result;

	if (code == SPACE || code == LIST)
		result = fake_call(vm, code | HV_REPS(list), plain, sizeof(plain), &out, 0);
	else
		result = fake_call(vm, code | HV_REPS(list) | HV_VAR(1), ex, sizeof(ex), &out, 0);
	if (list && !HV_STATUS(result))
		KUNIT_EXPECT_EQ(vm->test, HV_DONE(result), 1);
	return HV_STATUS(result);
}

/* An Ex call with a set of its own */
static u32 flush_set(struct fake_vm *vm, u16 code, u64 flags, u64 format, u64 valid, u32 banks,
		     const u64 *bank)
{
	u64 in[4 + 64 + 1] = { 0, flags | HV_FLUSH_ALL_ADDRESS_SPACES, format, valid };
	u64 out;

	memcpy(in + 4, bank, banks * sizeof(u64));
	return HV_STATUS(fake_call(vm, code | HV_VAR(banks) | HV_REPS(code == LIST_EX), in,
				   (4 + banks + 1) * sizeof(u64), &out, 0));
}

static void expect_flushed(struct fake_vm *vm, u64 mask)
{
	KUNIT_EXPECT_EQ(vm->test, vm->flushed[0], mask);
}

static void flush_reaches_the_vps_of_the_mask(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(all_codes); i++) {
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], 0x1000, 0, 0x6), 0);
		expect_flushed(vm, 0x6);
		KUNIT_EXPECT_EQ(test, vm->flushes, i + 1);
	}
}

/* Bit n is VP index n, whatever the APIC id and the order of creation */
static void mask_means_vp_indexes(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	fake_vp_add(vm, 63);
	fake_vp_add(vm, 40);
	KUNIT_EXPECT_EQ(test, flush(vm, SPACE, 0, 0, BIT_ULL(63) | BIT_ULL(40)), 0);
	expect_flushed(vm, BIT_ULL(63) | BIT_ULL(40));
}

static void unknown_vps_are_ignored(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(all_codes); i++) {
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], 0, 0, BIT_ULL(50) | 2), 0);
		expect_flushed(vm, 2);
	}
}

static void all_processors_makes_the_mask_irrelevant(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(all_codes); i++) {
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], 0, HV_FLUSH_ALL_PROCESSORS, 0), 0);
		expect_flushed(vm, 0xf);
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], 0, HV_FLUSH_ALL_PROCESSORS, 2), 0);
		expect_flushed(vm, 0xf);
	}
}

/* TLFS 2.0, against KVM's reading */
static void empty_mask_is_an_error(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, flush(vm, SPACE, 0, 0, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, flush(vm, LIST, 0, 0, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, flush_set(vm, SPACE_EX, 0, 0, 0, 0, NULL),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, flush_set(vm, LIST_EX, 0, 0, 0, 0, NULL),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->flushes, 0);
}

static void reserved_flags_are_rejected(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 bit, i;

	for (bit = 4; bit < 64; bit++) {
		for (i = 0; i < ARRAY_SIZE(all_codes); i++)
			KUNIT_EXPECT_EQ_MSG(test, flush(vm, all_codes[i], 0, BIT_ULL(bit), 1),
					    HV_STATUS_INVALID_PARAMETER, "bit %u", bit);
	}
	KUNIT_EXPECT_EQ(test, vm->flushes, 0);
}

/* "Address-space calls only; in list calls it is an invalid option" */
static void non_global_only_is_for_address_space_calls(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(space_codes); i++)
		KUNIT_EXPECT_EQ(test, flush(vm, space_codes[i], 0, HV_FLUSH_NON_GLOBAL_ONLY, 1), 0);
	for (i = 0; i < ARRAY_SIZE(list_codes); i++)
		KUNIT_EXPECT_EQ(test, flush(vm, list_codes[i], 0, HV_FLUSH_NON_GLOBAL_ONLY, 1),
				HV_STATUS_INVALID_PARAMETER);
}

/* Privilege bit 47; ranges are in list calls only */
static void extended_ranges_need_their_privilege(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(list_codes); i++) {
		vm->pt->privileges |= HV_PRIV(EXTENDED_GVA_RANGES);
		KUNIT_EXPECT_EQ(test, flush(vm, list_codes[i], 0, HV_FLUSH_EXTENDED_RANGE, 1), 0);
		KUNIT_EXPECT_EQ(test, flush(vm, space_codes[i], 0, HV_FLUSH_EXTENDED_RANGE, 1),
				HV_STATUS_INVALID_PARAMETER);
		vm->pt->privileges &= ~HV_PRIV(EXTENDED_GVA_RANGES);
		KUNIT_EXPECT_EQ(test, flush(vm, list_codes[i], 0, HV_FLUSH_EXTENDED_RANGE, 1),
				HV_STATUS_INVALID_PARAMETER);
	}
}

static void address_space_must_be_a_legal_cr3(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 legal = BIT_ULL(FAKE_PA_BITS) - 1, illegal = BIT_ULL(FAKE_PA_BITS);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(all_codes); i++) {
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], legal, 0, 1), 0);
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], illegal, 0, 1),
				HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], ~0ULL, 0, 1),
				HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], illegal,
					    HV_FLUSH_ALL_ADDRESS_SPACES, 1), 0);
	}
}

static void set_reaches_vps_beyond_64(struct kunit *test)
{
	const u64 banks[] = { 0x2, 0x0, BIT_ULL(2) | BIT_ULL(63) };	/* banks 0, 1, 2 */
	struct fake_vm *vm = test->priv;

	fake_vp_add(vm, 70);
	fake_vp_add(vm, 130);
	fake_vp_add(vm, 191);
	KUNIT_EXPECT_EQ(test, flush_set(vm, SPACE_EX, 0, HV_VP_SET_SPARSE_4K, 0x7, 3, banks), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(vm->flushed, HVP_MAX_VPS), 3);
	KUNIT_EXPECT_TRUE(test, test_bit(1, vm->flushed));
	KUNIT_EXPECT_TRUE(test, test_bit(130, vm->flushed));
	KUNIT_EXPECT_TRUE(test, test_bit(191, vm->flushed));

	/* Banks 1 and 63 */
	fake_vp_add(vm, 4095);
	KUNIT_EXPECT_EQ(test, flush_set(vm, LIST_EX, 0, HV_VP_SET_SPARSE_4K,
					BIT_ULL(1) | BIT_ULL(63), 2,
					(u64[]) { BIT_ULL(6), BIT_ULL(63) }), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(vm->flushed, HVP_MAX_VPS), 2);
	KUNIT_EXPECT_TRUE(test, test_bit(70, vm->flushed));
	KUNIT_EXPECT_TRUE(test, test_bit(4095, vm->flushed));
}

/* Section 9; but a set without any VP is as bad as an empty mask */
static void present_bank_may_be_empty(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, flush_set(vm, SPACE_EX, 0, HV_VP_SET_SPARSE_4K, 0x7, 3,
					(u64[]) { 0, 0, 1 }), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(vm->flushed, HVP_MAX_VPS), 0);
	KUNIT_EXPECT_EQ(test, vm->flushes, 1);
	KUNIT_EXPECT_EQ(test, flush_set(vm, SPACE_EX, 0, HV_VP_SET_SPARSE_4K, 0x7, 3,
					(u64[]) { 0, 0, 0 }), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, flush_set(vm, LIST_EX, 0, HV_VP_SET_SPARSE_4K, 0x1, 1,
					(u64[]) { 0 }), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->flushes, 1);
}

/* "Variable header size != number of bits in ValidBankMask (for the sparse format)" */
static void number_of_banks_must_agree_with_their_mask(struct kunit *test)
{
	const u64 banks[] = { 1, 1, 1 };
	struct fake_vm *vm = test->priv;
	static const u16 codes[] = { SPACE_EX, LIST_EX };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		KUNIT_EXPECT_EQ(test, flush_set(vm, codes[i], 0, 0, 0x3, 1, banks),
				HV_STATUS_INVALID_HYPERCALL_INPUT);
		KUNIT_EXPECT_EQ(test, flush_set(vm, codes[i], 0, 0, 0x3, 3, banks),
				HV_STATUS_INVALID_HYPERCALL_INPUT);
		KUNIT_EXPECT_EQ(test, flush_set(vm, codes[i], 0, 0, 0x1, 0, banks),
				HV_STATUS_INVALID_HYPERCALL_INPUT);
		KUNIT_EXPECT_EQ(test, flush_set(vm, codes[i], 0, 0, 0, 1, banks),
				HV_STATUS_INVALID_HYPERCALL_INPUT);
	}
	KUNIT_EXPECT_EQ(test, vm->flushes, 0);
}

static void set_of_all_vps_has_no_banks(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, flush_set(vm, SPACE_EX, 0, HV_VP_SET_ALL, 0, 0, NULL), 0);
	expect_flushed(vm, 0xf);
	KUNIT_EXPECT_EQ(test, flush_set(vm, LIST_EX, 0, HV_VP_SET_ALL, 0x5, 0, NULL), 0);
	expect_flushed(vm, 0xf);
}

static void unknown_set_format_is_rejected(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, flush_set(vm, SPACE_EX, 0, 2, 1, 1, (u64[]) { 1 }),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, flush_set(vm, LIST_EX, 0, BIT_ULL(32), 1, 1, (u64[]) { 1 }),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->flushes, 0);
}

/* The sheet's example in section 9: {0, 5, 130} */
static void sets_contain_what_they_say(struct kunit *test)
{
	const u64 banks[] = { 0x21, 0x4 };
	const struct hvp_vp_set set = { .valid_banks = 0x5, .banks = banks };
	u32 i;

	for (i = 0; i < 5000; i++)
		KUNIT_EXPECT_EQ_MSG(test, hvp_vp_set_has(&set, i), i == 0 || i == 5 || i == 130,
				    "VP %u", i);
	KUNIT_EXPECT_FALSE(test, hvp_vp_set_has(&set, HV_VP_INDEX_SELF));
}

static void full_set_contains_4096_vps(struct kunit *test)
{
	u64 banks[HV_VP_SET_BANKS];
	const struct hvp_vp_set set = { .valid_banks = ~0ULL, .banks = banks };
	u32 i;

	memset(banks, 0xff, sizeof(banks));
	for (i = 0; i < 4096; i++)
		KUNIT_EXPECT_TRUE(test, hvp_vp_set_has(&set, i));
	KUNIT_EXPECT_FALSE(test, hvp_vp_set_has(&set, 4096));
	KUNIT_EXPECT_FALSE(test, hvp_vp_set_has(&set, U32_MAX));
}

/* A page holds 32 + 8 * n bytes, Linux fills it */
static void longest_lists_are_flushed_at_once(struct kunit *test)
{
	const u64 header[] = { 0, HV_FLUSH_ALL_ADDRESS_SPACES, 0, 1, 0x3 };
	u64 *in = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct fake_vm *vm = test->priv;
	u64 out, result;

	KUNIT_ASSERT_NOT_NULL(test, in);
	memcpy(in, header, sizeof(header));
	result = fake_call(vm, LIST_EX | HV_VAR(1) | HV_REPS(507), in, PAGE_SIZE, &out, 0);
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 507ULL));
	expect_flushed(vm, 0x3);
	KUNIT_EXPECT_EQ(test, vm->flushes, 1);

	in[2] = 0x5;	/* as a mask */
	result = fake_call(vm, LIST | HV_REPS(509) | HV_START(508), in, PAGE_SIZE, &out, 0);
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 509ULL));
	expect_flushed(vm, 0x5);
}

static void rejected_list_has_no_element_done(struct kunit *test)
{
	const u64 in[] = { 0, BIT_ULL(63), 1, 0, 0 };
	struct fake_vm *vm = test->priv;
	u64 out, result;

	result = fake_call(vm, LIST | HV_REPS(2), in, sizeof(in), &out, 0);
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 0);
}

/* Linux's usual form: three qwords in RDX, R8, XMM0 */
static void flush_works_from_registers(struct kunit *test)
{
	const u64 space[] = { 0x5000, 0, 0x4 }, list[] = { 0, 1, 0, 0x1000, 0x2000 };
	struct fake_vm *vm = test->priv;
	u64 out, result;

	EXPECT_STATUS(test, fake_call_fast(vm, SPACE, space, sizeof(space), &out, 0), SUCCESS);
	expect_flushed(vm, 0x4);
	result = fake_call_fast(vm, LIST | HV_REPS(2), list, sizeof(list), &out, 0);
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 2ULL));
	expect_flushed(vm, 0xf);
	KUNIT_EXPECT_EQ(test, vm->reads, 0);
}

static void flush_needs_no_privilege(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	vm->pt->privileges = 0;
	for (i = 0; i < ARRAY_SIZE(all_codes); i++)
		KUNIT_EXPECT_EQ(test, flush(vm, all_codes[i], 0, 0, 1), 0);
}

static struct kunit_case tlb_cases[] = {
	HVP_CASE(flush_reaches_the_vps_of_the_mask, 0x0002, 0x0003, 0x0013, 0x0014),
	HVP_CASE(mask_means_vp_indexes, 0x0002),
	HVP_CASE(unknown_vps_are_ignored, 0x0002, 0x0003, 0x0013, 0x0014),
	HVP_CASE(all_processors_makes_the_mask_irrelevant, 0x0002, 0x0003, 0x0013, 0x0014),
	HVP_CASE(empty_mask_is_an_error, 0x0002, 0x0003, 0x0013, 0x0014),
	HVP_CASE(reserved_flags_are_rejected, 0x0002, 0x0003, 0x0013, 0x0014),
	HVP_CASE(non_global_only_is_for_address_space_calls, 0x0002, 0x0003, 0x0013, 0x0014),
	HVP_CASE(extended_ranges_need_their_privilege, 0x0002, 0x0003, 0x0013, 0x0014),
	HVP_CASE(address_space_must_be_a_legal_cr3, 0x0002, 0x0003, 0x0013, 0x0014),
	HVP_CASE(set_reaches_vps_beyond_64, 0x0013, 0x0014),
	HVP_CASE(present_bank_may_be_empty, 0x0013),
	HVP_CASE(number_of_banks_must_agree_with_their_mask, 0x0013, 0x0014),
	HVP_CASE(set_of_all_vps_has_no_banks, 0x0013, 0x0014),
	HVP_CASE(unknown_set_format_is_rejected, 0x0013, 0x0014),
	KUNIT_CASE(sets_contain_what_they_say),
	KUNIT_CASE(full_set_contains_4096_vps),
	HVP_CASE(longest_lists_are_flushed_at_once, 0x0003, 0x0014),
	HVP_CASE(rejected_list_has_no_element_done, 0x0003),
	HVP_CASE(flush_works_from_registers, 0x0002, 0x0003),
	HVP_CASE(flush_needs_no_privilege, 0x0002, 0x0003, 0x0013, 0x0014),
	{}
};

static struct kunit_suite tlb_suite = {
	.name = "hvpersona_tlb",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = tlb_cases,
};

kunit_test_suites(&tlb_suite);
