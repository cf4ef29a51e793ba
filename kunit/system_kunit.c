// SPDX-License-Identifier: GPL-2.0
/* Calls on logical processors and on the hypervisor as a whole; the sheet's entries. */
#include "fake_table.h"

#define PARKED		0x0009
#define CAPABILITIES	0x8001

/* "Replaces the previous set" */
static void parked_set_is_replaced(struct kunit *test)
{
	static const u64 masks[] = { 0xc, 0x3, ~0ULL, 0 };
	struct fake_vm *vm = test->priv;
	u64 out;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		EXPECT_STATUS(test, fake_call(vm, PARKED, &masks[i], 8, &out, 0), SUCCESS);
		KUNIT_EXPECT_EQ(test, vm->pt->parked_mask, masks[i]);
	}
	EXPECT_STATUS(test, fake_call_fast(vm, PARKED, masks, 8, &out, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->pt->parked_mask, masks[0]);
}

static void parking_is_cpu_management(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 in = 0xf;
	u64 out;

	vm->pt->privileges &= ~HV_PRIV(CPU_MANAGEMENT);
	EXPECT_STATUS(test, fake_call(vm, PARKED, &in, 8, &out, 0), ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, vm->pt->parked_mask, 0ULL);
}

/* "0 = none", which keeps guests from trying others */
static void no_extended_call_is_offered(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 out;

	EXPECT_STATUS(test, fake_call(vm, CAPABILITIES, NULL, 0, &out, 8), SUCCESS);
	KUNIT_EXPECT_EQ(test, out, 0ULL);
	EXPECT_STATUS(test, fake_call_fast(vm, CAPABILITIES, NULL, 0, &out, 8), SUCCESS);
	KUNIT_EXPECT_EQ(test, out, 0ULL);
	EXPECT_STATUS(test, fake_call(vm, 0x8002, NULL, 0, &out, 8), INVALID_HYPERCALL_CODE);
}

static void extended_calls_need_their_privilege(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 out;

	vm->pt->privileges &= ~HV_PRIV(ENABLE_EXTENDED_HYPERCALLS);
	EXPECT_STATUS(test, fake_call(vm, CAPABILITIES, NULL, 0, &out, 8), ACCESS_DENIED);
}

static struct kunit_case system_cases[] = {
	HVP_CASE(parked_set_is_replaced, 0x0009),
	HVP_CASE(parking_is_cpu_management, 0x0009),
	HVP_CASE(no_extended_call_is_offered, 0x8001),
	HVP_CASE(extended_calls_need_their_privilege, 0x8001),
	{}
};

static struct kunit_suite system_suite = {
	.name = "hvpersona_system",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = system_cases,
};

kunit_test_suites(&system_suite);
