// SPDX-License-Identifier: GPL-2.0
/*
 * Secure register intercepts: TLFS, "Secure Register Intercepts", and the sheet's sections "Value
 * formats" and "Payloads".
 */
#include <linux/bitfield.h>

#include "../hvpersona/hv_abi/intercept.h"
#include "../hvpersona/hv_abi/synic.h"
#include "../hvpersona/vtl/intercept.h"
#include "../hvpersona/vtl/register_intercept.h"
#include "vtl_fixture.h"

#define CONTROL		0x000e0000
#define CR0_MASK	0x000e0001
#define CR4_MASK	0x000e0002
#define MISC_MASK	0x000e0003

/* Bits of CrInterceptControl, in the order of TLFS */
static const struct {
	u32 msr;
	int read, write;
} msrs[] = {
	{ 0x1a0, 3, 4 }, { 0xc0000082, 5, 6 }, { 0xc0000081, 7, 8 }, { 0xc0000083, 9, 10 },
	{ 0x1b, 11, 12 }, { 0xc0000080, 13, 14 }, { 0x174, -1, 19 }, { 0x176, -1, 20 },
	{ 0x175, -1, 21 }, { 0xc0000084, -1, 22 }, { 0xc0000103, -1, 23 }, { 0xda0, -1, 25 },
};

static void vtl1_sets(struct fake_vm *vm, u32 name, u64 value)
{
	u8 before = vm->vp->vtl;

	vm->vp->vtl = 1;
	EXPECT_STATUS(vm->test, set(vm, 0, name, value), SUCCESS);
	vm->vp->vtl = before;
}

static void registers_are_those_of_the_higher_vtl(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 value;
	u32 bit;

	EXPECT_STATUS(test, set(vm, 0, CONTROL, 1), INVALID_PARAMETER);
	EXPECT_STATUS(test, set(vm, HV_INPUT_VTL_USE_TARGET | 1, CONTROL, 1), ACCESS_DENIED);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, set(vm, HV_INPUT_VTL_USE_TARGET, CONTROL, 1), INVALID_PARAMETER);
	/* Descriptor tables, SGX, shadow stacks, reserved */
	for (bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_EQ_MSG(test, set(vm, 0, CONTROL, BIT_ULL(bit)),
				    bit <= 14 || (bit >= 19 && bit <= 23) || bit == 25 ?
				    HV_STATUS_SUCCESS : HV_STATUS_INVALID_REGISTER_VALUE,
				    "bit %u", bit);
	EXPECT_STATUS(test, set(vm, 0, CR0_MASK, 0x10000), SUCCESS);
	EXPECT_STATUS(test, set(vm, 0, CR0_MASK, 0x10008), INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, set(vm, 0, CR4_MASK, ~0ULL), SUCCESS);
	EXPECT_STATUS(test, set(vm, 0, MISC_MASK, 7), SUCCESS);
	get(vm, 0, CR0_MASK, &value);
	KUNIT_EXPECT_EQ(test, value, 0x10000ULL);
	get(vm, 0, CR4_MASK, &value);
	KUNIT_EXPECT_EQ(test, value, ~0ULL);
	get(vm, 0, MISC_MASK, &value);
	KUNIT_EXPECT_EQ(test, value, 7ULL);
	get(vm, HV_INPUT_VTL_USE_TARGET, CR4_MASK, &value);
	KUNIT_EXPECT_EQ(test, value, 0ULL);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, hvp_register_intercepts_get(vm->vp, 1, CR4_MASK), 0ULL);
}

static void each_bit_is_its_msr(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i, j, write;

	vtl1_sets(vm, MISC_MASK, ~0ULL);
	for (i = 0; i < 2 * ARRAY_SIZE(msrs); i++) {
		int bit = i % 2 ? msrs[i / 2].write : msrs[i / 2].read;

		vtl1_sets(vm, CONTROL, bit < 0 ? 0 : BIT_ULL(bit));
		for (j = 0; j < ARRAY_SIZE(msrs); j++)
			for (write = 0; write < 2; write++)
				KUNIT_EXPECT_EQ_MSG(test, hvp_msr_interceptor(vm->vp, msrs[j].msr,
									      write, 1),
						    bit >= 0 && j == i / 2 && write == i % 2,
						    "bit %d, MSR 0x%x", bit, msrs[j].msr);
		KUNIT_EXPECT_EQ(test, hvp_msr_interceptor(vm->vp, 0x10, true, 1), 0);
	}
}

static void masks_choose_bits(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_FALSE(test, hvp_watches_registers(vm->vp));
	vtl1_sets(vm, CONTROL, 0x17);
	KUNIT_EXPECT_TRUE(test, hvp_watches_registers(vm->vp));
	/* Masks are zero until they are set */
	KUNIT_EXPECT_EQ(test, hvp_control_interceptor(vm->vp, HV_REG_CR0, ~0ULL), 0);
	KUNIT_EXPECT_EQ(test, hvp_control_interceptor(vm->vp, HV_REG_CR4, ~0ULL), 0);
	KUNIT_EXPECT_EQ(test, hvp_msr_interceptor(vm->vp, 0x1a0, true, ~0ULL), 0);
	/* XCR0 has none */
	KUNIT_EXPECT_EQ(test, hvp_control_interceptor(vm->vp, HV_REG_XFEM, 4), 1);
	vtl1_sets(vm, CR0_MASK, 0x10000);
	vtl1_sets(vm, CR4_MASK, 0x100000);
	vtl1_sets(vm, MISC_MASK, 0x400000);
	KUNIT_EXPECT_EQ(test, hvp_control_interceptor(vm->vp, HV_REG_CR0, 0x10000), 1);
	KUNIT_EXPECT_EQ(test, hvp_control_interceptor(vm->vp, HV_REG_CR0, 0x20000), 0);
	KUNIT_EXPECT_EQ(test, hvp_control_interceptor(vm->vp, HV_REG_CR4, 0x100000), 1);
	KUNIT_EXPECT_EQ(test, hvp_control_interceptor(vm->vp, HV_REG_CR4, 0x10000), 0);
	KUNIT_EXPECT_EQ(test, hvp_msr_interceptor(vm->vp, 0x1a0, true, 0x400000), 1);
	KUNIT_EXPECT_EQ(test, hvp_msr_interceptor(vm->vp, 0x1a0, true, 1), 0);
	/* VTL1 itself is not below VTL1 */
	vm->vp->vtl = 1;
	KUNIT_EXPECT_EQ(test, hvp_control_interceptor(vm->vp, HV_REG_CR0, 0x10000), 0);
	KUNIT_EXPECT_FALSE(test, hvp_watches_registers(vm->vp));
}

/* TLFS, "Nested Intercepts" */
static void lower_vtl_comes_first(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	enable(vm, 2);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, enable(vm, 2), SUCCESS);
	EXPECT_STATUS(test, enable_vp(vm, 0, 2), SUCCESS);
	vm->vp->vtl = 2;
	EXPECT_STATUS(test, set(vm, 0, CONTROL, BIT(6) | BIT(14)), SUCCESS);
	vm->vp->vtl = 0;
	vtl1_sets(vm, CONTROL, BIT(6));
	KUNIT_EXPECT_EQ(test, hvp_msr_interceptor(vm->vp, 0xc0000082, true, 0), 1);
	KUNIT_EXPECT_EQ(test, hvp_msr_interceptor(vm->vp, 0xc0000080, true, 0), 2);
	vm->vp->vtl = 1;
	KUNIT_EXPECT_EQ(test, hvp_msr_interceptor(vm->vp, 0xc0000082, true, 0), 2);
}

static void msrs_of_the_guest_are_taken_from_it(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	/* EFER leaves the guest by itself */
	vtl1_sets(vm, CONTROL, BIT(14));
	KUNIT_EXPECT_EQ(test, vm->watched, 0);
	KUNIT_EXPECT_FALSE(test, hvp_msr_is_taken(0xc0000080));
	KUNIT_EXPECT_TRUE(test, hvp_msr_is_taken(0xc0000082));
	vtl1_sets(vm, CONTROL, BIT(6));
	KUNIT_EXPECT_EQ(test, vm->watched, 1);
	vm->vp->vtl = 1;
	vm->vtl_status = HV_STATUS_OPERATION_DENIED;
	EXPECT_STATUS(test, set(vm, 0, CONTROL, BIT(20)), OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, reg(vm, CONTROL), BIT_ULL(6));
}

static const struct hvp_hv_message *message_of(struct fake_vm *vm)
{
	return (void *)vm->assist + HV_ASSIST_INTERCEPT_MESSAGE;
}

static void messages_tell_all(struct kunit *test)
{
	const struct hv_register_intercept *r;
	const struct hv_msr_intercept *m;
	struct fake_vm *vm = test->priv;

	vtl1_sets(vm, HV_REG_VSM_PARTITION_CONFIG, HV_VSM_USE_INTERCEPT_PAGE);
	fake_reg(&vm->vps[0], HVP_REG_GPR, 0)->low = 0x89abcdef;
	fake_reg(&vm->vps[0], HVP_REG_GPR, 2)->low = 0x01234567;
	fake_reg(&vm->vps[0], HVP_REG_RIP, 0)->low = 0x1000;
	memcpy(vm->ram + 0x1000, "\x48\x0f\x30", 3);
	hvp_vtl_msr_intercept(vm->vp, 1, 0xc0000082, true);
	m = (void *)message_of(vm)->payload;
	KUNIT_EXPECT_EQ(test, message_of(vm)->type, 0x80010001);
	KUNIT_EXPECT_EQ(test, message_of(vm)->size, 64);
	KUNIT_EXPECT_EQ(test, m->header.access, 1);
	KUNIT_EXPECT_EQ(test, m->header.length_cr8, 3);
	KUNIT_EXPECT_EQ(test, m->msr, 0xc0000082);
	KUNIT_EXPECT_EQ(test, m->rdx, 0x01234567ULL);
	KUNIT_EXPECT_EQ(test, m->rax, 0x89abcdefULL);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 1);

	vm->vp->vtl = 0;
	hvp_vtl_msr_intercept(vm->vp, 1, 0xc0000082, false);
	KUNIT_EXPECT_EQ(test, m->header.access, 0);
	/* RDMSR does not stand there */
	KUNIT_EXPECT_EQ(test, m->header.length_cr8, 0);

	vm->vp->vtl = 0;
	hvp_vtl_register_intercept(vm->vp, 1, HV_REG_CR4, 0x1234, 3);
	r = (void *)message_of(vm)->payload;
	KUNIT_EXPECT_EQ(test, message_of(vm)->type, 0x80010006);
	KUNIT_EXPECT_EQ(test, message_of(vm)->size, 64);
	KUNIT_EXPECT_EQ(test, r->header.access, 1);
	KUNIT_EXPECT_EQ(test, r->header.length_cr8, 3);
	KUNIT_EXPECT_EQ(test, r->flags, 0);
	KUNIT_EXPECT_EQ(test, r->name, HV_REG_CR4);
	KUNIT_EXPECT_EQ(test, r->access.low, 0x1234ULL);
}

static int init(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST, VSM, 2);

	test->priv = vm;
	enable(vm, 1);
	enable_vp(vm, 0, 1);
	return 0;
}

static struct kunit_case cases[] = {
	HVP_CASE(registers_are_those_of_the_higher_vtl, 0x0050, 0x0051),
	HVP_CASE(each_bit_is_its_msr, 0x0051),
	HVP_CASE(masks_choose_bits, 0x0051),
	HVP_CASE(lower_vtl_comes_first, 0x0051),
	HVP_CASE(msrs_of_the_guest_are_taken_from_it, 0x0051),
	HVP_CASE(messages_tell_all, 0x0051),
	{}
};

static struct kunit_suite suite = {
	.name = "hvpersona_vtl_register",
	.init = init,
	.exit = fake_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
