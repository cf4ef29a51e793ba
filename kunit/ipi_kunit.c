// SPDX-License-Identifier: GPL-2.0
/* Synthetic IPIs. Rules are those of the sheet's entries 0x000b and 0x0015. */
#include "fake_table.h"

#define IPI	0x000b
#define IPI_EX	0x0015

/* Vector, HV_INPUT_VTL, flags, reserved */
static u64 word(u32 vector, u8 vtl, u8 flags, u16 rsvd)
{
	return vector | (u64)vtl << 32 | (u64)flags << 40 | (u64)rsvd << 48;
}

static u32 send(struct fake_vm *vm, u64 word, u64 mask)
{
	const u64 in[] = { word, mask };
	u64 out;

	return HV_STATUS(fake_call(vm, IPI, in, sizeof(in), &out, 0));
}

static u32 send_ex(struct fake_vm *vm, u64 word, u64 format, u64 valid, u32 banks,
		   const u64 *bank)
{
	u64 in[3 + 64] = { word, format, valid }, out;

	memcpy(in + 3, bank, banks * sizeof(u64));
	return HV_STATUS(fake_call(vm, IPI_EX | HV_VAR(banks), in, (3 + banks) * sizeof(u64),
				   &out, 0));
}

/* Either form with VPs of bank 0 */
static u32 either(struct fake_vm *vm, bool ex, u64 word)
{
	return ex ? send_ex(vm, word, 0, 1, 1, (u64[]) { 0x2 }) : send(vm, word, 0x2);
}

static void ipi_reaches_the_vps_of_the_mask(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, send(vm, word(0xec, 0, 0, 0), 0xc), 0);
	KUNIT_EXPECT_EQ(test, vm->ipis, 1);
	KUNIT_EXPECT_EQ(test, vm->ipi_vector, 0xec);
	KUNIT_EXPECT_EQ(test, vm->ipi_targets[0], 0xcUL);
}

/* "No self exclusion: a set bit for the caller sends a self IPI" */
static void caller_can_be_among_the_targets(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, send(vm, word(0x40, 0, 0, 0), 0x1), 0);
	KUNIT_EXPECT_EQ(test, vm->ipi_targets[0], 0x1UL);
	KUNIT_EXPECT_EQ(test, send_ex(vm, word(0x40, 0, 0, 0), HV_VP_SET_ALL, 0, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, vm->ipi_targets[0], 0xfUL);
}

static void vector_must_be_an_interrupt(struct kunit *test)
{
	static const u32 bad[] = { 0, 2, 0xf, 0x100, 0x1ec, U32_MAX };
	struct fake_vm *vm = test->priv;
	u32 i, ex;

	for (ex = 0; ex < 2; ex++) {
		for (i = 0; i < ARRAY_SIZE(bad); i++)
			KUNIT_EXPECT_EQ_MSG(test, either(vm, ex, word(bad[i], 0, 0, 0)),
					    HV_STATUS_INVALID_PARAMETER, "vector 0x%x", bad[i]);
		KUNIT_EXPECT_EQ(test, vm->ipis, 2 * ex);
		KUNIT_EXPECT_EQ(test, either(vm, ex, word(0x10, 0, 0, 0)), 0);
		KUNIT_EXPECT_EQ(test, either(vm, ex, word(0xff, 0, 0, 0)), 0);
	}
	KUNIT_EXPECT_EQ(test, vm->ipi_vector, 0xff);
}

static void flags_and_reserved_bits_must_be_zero(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 bit, ex;

	for (ex = 0; ex < 2; ex++) {
		for (bit = 0; bit < 8; bit++)
			KUNIT_EXPECT_EQ(test, either(vm, ex, word(0x40, 0, BIT(bit), 0)),
					HV_STATUS_INVALID_PARAMETER);
		for (bit = 0; bit < 16; bit++)
			KUNIT_EXPECT_EQ(test, either(vm, ex, word(0x40, 0, 0, BIT(bit))),
					HV_STATUS_INVALID_PARAMETER);
	}
	KUNIT_EXPECT_EQ(test, vm->ipis, 0);
}

/* HV_INPUT_VTL in 15.6: 3:0 VTL, 4 use it, 7:5 zero */
static void target_vtl_must_not_be_above_the_callers(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 ex;

	for (ex = 0; ex < 2; ex++) {
		KUNIT_EXPECT_EQ(test, either(vm, ex, word(0x40, 0x10, 0, 0)), 0);
		KUNIT_EXPECT_EQ(test, either(vm, ex, word(0x40, 0x11, 0, 0)),
				HV_STATUS_ACCESS_DENIED);
		KUNIT_EXPECT_EQ(test, either(vm, ex, word(0x40, 0x1f, 0, 0)),
				HV_STATUS_ACCESS_DENIED);
		KUNIT_EXPECT_EQ(test, either(vm, ex, word(0x40, 0x20, 0, 0)),
				HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, either(vm, ex, word(0x40, 0x90, 0, 0)),
				HV_STATUS_INVALID_PARAMETER);
	}
	KUNIT_EXPECT_EQ(test, vm->ipis, 2);
}

static void unknown_vps_are_ignored(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, send(vm, word(0x40, 0, 0, 0), BIT_ULL(63) | 0x8), 0);
	KUNIT_EXPECT_EQ(test, vm->ipi_targets[0], 0x8UL);
	KUNIT_EXPECT_EQ(test, send(vm, word(0x40, 0, 0, 0), 0), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(vm->ipi_targets, HVP_MAX_VPS), 0);
}

static void set_reaches_vps_beyond_64(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	fake_vp_add(vm, 65);
	fake_vp_add(vm, 200);
	KUNIT_EXPECT_EQ(test, send_ex(vm, word(0x40, 0, 0, 0), 0, BIT_ULL(3) | 0x2, 2,
				      (u64[]) { 0x2, BIT_ULL(8) }), 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(vm->ipi_targets, HVP_MAX_VPS), 2);
	KUNIT_EXPECT_TRUE(test, test_bit(65, vm->ipi_targets));
	KUNIT_EXPECT_TRUE(test, test_bit(200, vm->ipi_targets));
}

static void set_of_all_ignores_the_bank_mask(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, send_ex(vm, word(0x40, 0, 0, 0), HV_VP_SET_ALL, 0xff, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, vm->ipi_targets[0], 0xfUL);
}

static void bad_sets_are_rejected(struct kunit *test)
{
	const u64 banks[] = { 1, 1 };
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, send_ex(vm, word(0x40, 0, 0, 0), 2, 1, 1, banks),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, send_ex(vm, word(0x40, 0, 0, 0), 0, 1, 2, banks),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, send_ex(vm, word(0x40, 0, 0, 0), 0, 3, 1, banks),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, send_ex(vm, word(0x40, 0, 0, 0), 0, 1, 0, banks),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, vm->ipis, 0);
}

static void ipi_works_from_registers(struct kunit *test)
{
	const u64 plain[] = { 0xec, 0x2 }, ex[] = { 0xfc, 0, 1, 0x4 };
	struct fake_vm *vm = test->priv;
	u64 out;

	EXPECT_STATUS(test, fake_call_fast(vm, IPI, plain, sizeof(plain), &out, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->ipi_targets[0], 0x2UL);
	EXPECT_STATUS(test, fake_call_fast(vm, IPI_EX | HV_VAR(1), ex, sizeof(ex), &out, 0),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->ipi_vector, 0xfc);
	KUNIT_EXPECT_EQ(test, vm->ipi_targets[0], 0x4UL);
}

static struct kunit_case ipi_cases[] = {
	HVP_CASE(ipi_reaches_the_vps_of_the_mask, 0x000b),
	HVP_CASE(caller_can_be_among_the_targets, 0x000b, 0x0015),
	HVP_CASE(vector_must_be_an_interrupt, 0x000b, 0x0015),
	HVP_CASE(flags_and_reserved_bits_must_be_zero, 0x000b, 0x0015),
	HVP_CASE(target_vtl_must_not_be_above_the_callers, 0x000b, 0x0015),
	HVP_CASE(unknown_vps_are_ignored, 0x000b),
	HVP_CASE(set_reaches_vps_beyond_64, 0x0015),
	HVP_CASE(set_of_all_ignores_the_bank_mask, 0x0015),
	HVP_CASE(bad_sets_are_rejected, 0x0015),
	HVP_CASE(ipi_works_from_registers, 0x000b, 0x0015),
	{}
};

static struct kunit_suite ipi_suite = {
	.name = "hvpersona_ipi",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = ipi_cases,
};

kunit_test_suites(&ipi_suite);
