// SPDX-License-Identifier: GPL-2.0
/*
 * Enabling VTLs, switching them, and the registers that tell of them. Rules are those of the
 * sheet's section "Virtual trust levels (VSM)" and of TLFS "Virtual Secure Mode".
 */
#include <linux/prandom.h>
#include <asm/processor-flags.h>

#include "../hvpersona/hv_abi/registers.h"
#include "../hvpersona/hv_abi/translate.h"
#include "../hvpersona/hv_abi/vtl.h"
#include "../hvpersona/hv_abi/interrupt.h"
#include "vtl_fixture.h"

static void machine_begins_in_vtl0(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x10000ULL);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_STATUS), 0x20001ULL);
}

static void vtls_are_enabled_in_order(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, enable_vp(vm, 0, 1), INVALID_VTL_STATE);
	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->vtl, 1);
	EXPECT_STATUS(test, enable(vm, 1), VTL_ALREADY_ENABLED);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_STATUS), 0x20003ULL);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x10000ULL);
	EXPECT_STATUS(test, enable_vp(vm, 0, 1), SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, vm->started, vm->vp);
	KUNIT_EXPECT_EQ(test, vm->context.rip, 0x1234ULL);
	EXPECT_STATUS(test, enable_vp(vm, 0, 1), VTL_ALREADY_ENABLED);
	/* The active VTL does not change */
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x30000ULL);
}

static void operands_are_checked(struct kunit *test)
{
	struct hv_partition_vtl in = { HV_PARTITION_ID_SELF, 1, 0, { 0, 0, 0, 0, 0, 1 } };
	struct hv_start_vp vp = { HV_PARTITION_ID_SELF, 0, 1, { 0, 0, 1 } };
	struct hv_disable_vp_vtl off = { HV_PARTITION_ID_SELF, 0, 1, { 1 } };
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, fake_call(vm, ENABLE, &in, sizeof(in), NULL, 0), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, DISABLE, &in, sizeof(in), NULL, 0), INVALID_PARAMETER);
	EXPECT_STATUS(test, enable(vm, 3), INVALID_PARAMETER);
	EXPECT_STATUS(test, enable(vm, 255), INVALID_PARAMETER);
	EXPECT_STATUS(test, partition_vtl(vm, ENABLE, 1, 8), INVALID_PARAMETER);
	EXPECT_STATUS(test, partition_vtl(vm, ENABLE, 1, 1), FEATURE_UNAVAILABLE);
	EXPECT_STATUS(test, partition_vtl(vm, DISABLE, 1, 1), INVALID_PARAMETER);
	in = (struct hv_partition_vtl) { 0x1234, 1 };
	EXPECT_STATUS(test, fake_call(vm, ENABLE, &in, sizeof(in), NULL, 0),
		      INVALID_PARTITION_ID);
	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	EXPECT_STATUS(test, fake_call(vm, ENABLE_VP, &vp, sizeof(vp), NULL, 0),
		      INVALID_PARAMETER);
	vp = (struct hv_start_vp) { HV_PARTITION_ID_SELF, 0, 1 };
	/* Real mode */
	EXPECT_STATUS(test, fake_call(vm, ENABLE_VP, &vp, sizeof(vp), NULL, 0),
		      INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, enable_vp(vm, 4, 1), INVALID_VP_INDEX);
	EXPECT_STATUS(test, enable_vp(vm, 0, 3), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, DISABLE_VP, &off, sizeof(off), NULL, 0),
		      INVALID_PARAMETER);
	EXPECT_STATUS(test, disable_vp(vm, 4, 1), INVALID_VP_INDEX);
}

/* "the highest VTL enabled for a partition can enable a higher target VTL" */
static void higher_vtl_is_enabled_by_the_next_below(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	EXPECT_STATUS(test, enable(vm, 2), ACCESS_DENIED);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, enable(vm, 2), SUCCESS);
	EXPECT_STATUS(test, enable(vm, 0), VTL_ALREADY_ENABLED);
}

/* "Note that VTLs need not be consecutive", and a VTL can enable lower ones */
static void lower_vtl_is_enabled_by_a_higher_one(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, enable(vm, 2), SUCCESS);
	EXPECT_STATUS(test, enable_vp(vm, 0, 2), SUCCESS);
	vm->vp->vtl = 2;
	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	EXPECT_STATUS(test, enable_vp(vm, 3, 1), SUCCESS);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x50002ULL);
}

/* "Once the target VTL is enabled on a VP, all other calls to enable [it] must come from [it]" */
static void vtl_spreads_by_itself(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	EXPECT_STATUS(test, enable_vp(vm, 0, 1), SUCCESS);
	EXPECT_STATUS(test, enable_vp(vm, 1, 1), ACCESS_DENIED);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, enable_vp(vm, 1, 1), SUCCESS);
	KUNIT_EXPECT_PTR_EQ(test, vm->started, vm->vps[1].vp);
	EXPECT_STATUS(test, enable_vp(vm, 1, 1), VTL_ALREADY_ENABLED);
}

static void what_the_monitor_cannot_is_told(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->vtl_error = -ENOMEM;
	EXPECT_STATUS(test, enable(vm, 1), INSUFFICIENT_MEMORY);
	vm->vtl_error = -EOPNOTSUPP;
	EXPECT_STATUS(test, enable(vm, 1), OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_STATUS), 0x20001ULL);
	vm->vtl_error = 0;
	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	vm->vtl_status = HV_STATUS_INVALID_REGISTER_VALUE;
	EXPECT_STATUS(test, enable_vp(vm, 0, 1), INVALID_REGISTER_VALUE);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x10000ULL);
}

/* A signal waits: the VMM has its turn, and the call is made again */
static void call_is_made_again_after_a_signal(struct kunit *test)
{
	struct hv_partition_vtl in = { HV_PARTITION_ID_SELF, 1 };
	struct fake_vm *vm = test->priv;
	struct hvp_call call = { .control = ENABLE, .fast = { FAKE_IN }, .long_mode = true };

	fake_write(vm, FAKE_IN, &in, sizeof(in));
	vm->vtl_error = -EINTR;
	KUNIT_EXPECT_EQ(test, fake_dispatch(vm, &call), HVP_CONTINUE);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_STATUS), 0x20001ULL);
}

static void vtls_are_disabled(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, partition_vtl(vm, DISABLE, 1, 0), INVALID_VTL_STATE);
	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	/* On no VP yet: whoever may enable it may take that back */
	EXPECT_STATUS(test, partition_vtl(vm, DISABLE, 1, 0), SUCCESS);
	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	EXPECT_STATUS(test, enable_vp(vm, 0, 1), SUCCESS);
	EXPECT_STATUS(test, partition_vtl(vm, DISABLE, 1, 0), ACCESS_DENIED);
	EXPECT_STATUS(test, disable_vp(vm, 0, 1), ACCESS_DENIED);
	EXPECT_STATUS(test, disable_vp(vm, 0, 0), INVALID_VTL_STATE);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, partition_vtl(vm, DISABLE, 1, 0), INVALID_VTL_STATE);
	/* Active here, not enabled there */
	EXPECT_STATUS(test, disable_vp(vm, 0, 1), INVALID_VTL_STATE);
	EXPECT_STATUS(test, disable_vp(vm, 1, 1), INVALID_VTL_STATE);
	EXPECT_STATUS(test, enable_vp(vm, 1, 1), SUCCESS);
	EXPECT_STATUS(test, disable_vp(vm, 1, 1), SUCCESS);
	EXPECT_STATUS(test, disable_vp(vm, 1, 1), INVALID_VTL_STATE);
	EXPECT_STATUS(test, enable_vp(vm, 1, 1), SUCCESS);
}

static void switches_go_to_the_next_vtl(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_CALL, 0), HVP_UD);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 0), HVP_UD);
	enable(vm, 1);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_CALL, 0), HVP_UD);
	enable_vp(vm, 0, 1);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_CALL, 1), HVP_UD);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 0);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_CALL, 0), HVP_STAY);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 1);
	KUNIT_EXPECT_EQ(test, vm->vtl_reason, HV_VTL_ENTRY_CALL);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_CALL, 0), HVP_UD);
	enable(vm, 2);
	enable_vp(vm, 0, 2);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_CALL, 0), HVP_STAY);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 2);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 2), HVP_UD);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 1), HVP_SKIP);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 1);
	KUNIT_EXPECT_TRUE(test, vm->vtl_fast);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 0), HVP_SKIP);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 0);
	KUNIT_EXPECT_FALSE(test, vm->vtl_fast);
}

/* What stands beside the code in the control word has no meaning */
static void control_word_of_a_switch_is_its_code(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = { .control = VTL_CALL | HV_CONTROL_FAST, .long_mode = true };

	enable(vm, 1);
	enable_vp(vm, 0, 1);
	KUNIT_EXPECT_EQ(test, fake_dispatch(vm, &call), HVP_UD);
	call.control = VTL_CALL | HV_REPS(1);
	KUNIT_EXPECT_EQ(test, fake_dispatch(vm, &call), HVP_DONE);
	EXPECT_STATUS(test, call.result, INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 0);
}

static void want_of_memory_leaves_nothing(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 nth, status;
	bool failed;

	enable(vm, 1);
	for (nth = 1; nth < 20; nth++) {
		fake_fail_nth(nth);
		status = enable_vp(vm, 0, 1);
		failed = fake_has_failed();
		fake_fail_nth(0);
		if (!failed)
			break;
		KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_INSUFFICIENT_MEMORY);
		KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x10000ULL);
	}
	KUNIT_EXPECT_GT(test, nth, 1);
	KUNIT_EXPECT_EQ(test, status, 0);
}

static void registers_of_a_lower_vtl_are_apart(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 value;

	enable(vm, 1);
	enable_vp(vm, 0, 1);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_RIP, 0x1000), SUCCESS);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_RAX, 0x11), SUCCESS);
	EXPECT_STATUS(test, get(vm, HV_INPUT_VTL_USE_TARGET | 1, HV_REG_RIP, &value),
		      ACCESS_DENIED);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, set(vm, HV_INPUT_VTL_USE_TARGET, HV_REG_RIP, 0x2000), SUCCESS);
	EXPECT_STATUS(test, get(vm, HV_INPUT_VTL_USE_TARGET, HV_REG_RIP, &value), SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0x2000ULL);
	EXPECT_STATUS(test, get(vm, 0, HV_REG_RIP, &value), SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0x1000ULL);
	/* RAX is shared */
	EXPECT_STATUS(test, get(vm, HV_INPUT_VTL_USE_TARGET, HV_REG_RAX, &value), SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0x11ULL);
	EXPECT_STATUS(test, get(vm, HV_INPUT_VTL_USE_TARGET | 2, HV_REG_RIP, &value),
		      ACCESS_DENIED);
	vm->vp->vtl = 2;
	vm->vp->vtls->enabled = BIT(2);
	EXPECT_STATUS(test, get(vm, HV_INPUT_VTL_USE_TARGET | 1, HV_REG_RIP, &value),
		      INVALID_VTL_STATE);
}

static u32 set_event(struct fake_vm *vm, u8 input_vtl, const struct hv_exception_event *event)
{
	struct {
		struct hv_vp_registers header;
		struct hv_set_register set;
	} in = { { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, input_vtl },
		 { .name = HV_REG_PENDING_EVENT0 } };

	memcpy(in.set.value.bytes, event, sizeof(in.set.value.bytes));
	return HV_STATUS(fake_call(vm, SET | HV_REPS(1), &in, sizeof(in), NULL, 0));
}

/* 7.2: pending, exception; error codes where the processor has them */
static void higher_vtl_injects_exceptions(struct kunit *test)
{
	static const struct hv_exception_event bad[] = {
		{ 0x3, 0, 6 }, { 0x81, 0, 6 }, { 0x1, 2, 6 }, { 0x1, 0, 32 }, { 0x1, 0, 2 },
		{ 0x1, 0, 15 }, { 0x1, 0, 13 }, { 0x1, 1, 6 }, { 0, 0, 6 },
	};
	struct hv_exception_event event = { 0x1, 1, 14, 0x7, 0x1234000 };
	struct fake_vm *vm = test->priv;
	u32 i, before;

	enable(vm, 1);
	enable_vp(vm, 0, 1);
	EXPECT_STATUS(test, set_event(vm, 0, &event), INVALID_PARAMETER);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, set_event(vm, 0, &event), INVALID_PARAMETER);
	before = vm->vtl_calls;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, set_event(vm, HV_INPUT_VTL_USE_TARGET, &bad[i]),
				    HV_STATUS_INVALID_REGISTER_VALUE, "%u", i);
	KUNIT_EXPECT_EQ(test, vm->vtl_calls, before);
	EXPECT_STATUS(test, set_event(vm, HV_INPUT_VTL_USE_TARGET, &event), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->vtl, 0);
	KUNIT_EXPECT_EQ(test, memcmp(&vm->injected, &event, sizeof(event)), 0);
	event = (struct hv_exception_event) { 0x1, 0, 6 };
	EXPECT_STATUS(test, set_event(vm, HV_INPUT_VTL_USE_TARGET, &event), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->injected.vector, 6);
}

/* The page tables and the rights are those of the VTL that is asked about */
static void translation_is_of_a_vtl(struct kunit *test)
{
	struct hv_translate in = { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, 0,
				   HV_TRANSLATE_VALIDATE_WRITE, 5 };
	struct hv_translate_out out;
	struct fake_vm *vm = test->priv;

	enable(vm, 1);
	enable_vp(vm, 0, 1);
	vm->vp->vtl = 1;
	/* VTL1 has paging, with empty tables; VTL0 has none */
	vm->paging = (struct hvp_paging) { .cr0 = 0x80000001, .cr3 = FAKE_TABLES,
					   .pa_bits = FAKE_PA_BITS };
	vm->vtl_paging = (struct hvp_paging) { .cr0 = 1, .pa_bits = FAKE_PA_BITS };
	EXPECT_STATUS(test, fake_call(vm, 0x0052, &in, sizeof(in), &out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out.result, HV_TRANSLATE_PAGE_NOT_PRESENT);
	in.flags |= (u64)HV_INPUT_VTL_USE_TARGET << 56;
	EXPECT_STATUS(test, fake_call(vm, 0x0052, &in, sizeof(in), &out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out.result, HV_TRANSLATE_SUCCESS);
	KUNIT_EXPECT_EQ(test, out.gpa_page, 5ULL);
	vm->ram_pages = 64;
	vm->pt->vtls.config[1] = HV_VSM_ENABLE_PROTECTION | FIELD_PREP(HV_VSM_DEFAULT_PROTECTION, 1);
	vm->pt->vtls.protecting = BIT(1);
	EXPECT_STATUS(test, fake_call(vm, 0x0052, &in, sizeof(in), &out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out.result, HV_TRANSLATE_GPA_NO_WRITE_ACCESS);
	in.flags ^= HV_TRANSLATE_VALIDATE_WRITE | HV_TRANSLATE_VALIDATE_READ;
	EXPECT_STATUS(test, fake_call(vm, 0x0052, &in, sizeof(in), &out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out.result, HV_TRANSLATE_SUCCESS);
	vm->vp->vtl = 0;
	in.flags |= 1ULL << 56;
	EXPECT_STATUS(test, fake_call(vm, 0x0052, &in, sizeof(in), &out, sizeof(out)),
		      ACCESS_DENIED);
}

static void ipis_go_to_a_vtl(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 in[] = { 0x40, 1 };

	enable(vm, 1);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, fake_call(vm, 0x000b, in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->ipi_vtl, 1);
	in[0] |= (u64)HV_INPUT_VTL_USE_TARGET << 32;
	EXPECT_STATUS(test, fake_call(vm, 0x000b, in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->ipi_vtl, 0);
	in[0] |= 2ULL << 32;
	EXPECT_STATUS(test, fake_call(vm, 0x000b, in, sizeof(in), NULL, 0), ACCESS_DENIED);
	vm->vp->vtl = 0;
	in[0] = 0x40 | (u64)(HV_INPUT_VTL_USE_TARGET | 1) << 32;
	EXPECT_STATUS(test, fake_call(vm, 0x000b, in, sizeof(in), NULL, 0), ACCESS_DENIED);
}

/* 0x0094 requires a parent, a root, or a higher VTL */
static void interrupts_are_asserted_in_a_vtl(struct kunit *test)
{
	struct hv_assert_virtual_interrupt in = {
		.partition = HV_PARTITION_ID_SELF, .destination = 2, .vector = 0x41,
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < 4; i++)
		vm->vps[i].apic = (struct hvp_apic) { .enabled = true, .x2apic = true, .id = i };
	enable(vm, 1);
	enable_vp(vm, 0, 1);
	EXPECT_STATUS(test, fake_call(vm, 0x0094, &in, sizeof(in), NULL, 0), ACCESS_DENIED);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, fake_call(vm, 0x0094, &in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->irqs, 1U);
	KUNIT_EXPECT_EQ(test, vm->irq.vtl, 0);
	in.vtl = 1;
	EXPECT_STATUS(test, fake_call(vm, 0x0094, &in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->irq.vtl, 1);
	in.vtl = 2;
	EXPECT_STATUS(test, fake_call(vm, 0x0094, &in, sizeof(in), NULL, 0), INVALID_VTL_STATE);
	EXPECT_STATUS(test, enable(vm, 2), SUCCESS);
	EXPECT_STATUS(test, fake_call(vm, 0x0094, &in, sizeof(in), NULL, 0), ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, vm->irqs, 2U);
}

static void reset_leaves_one_vtl(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	enable(vm, 1);
	enable_vp(vm, 0, 1);
	hvp_vtls_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_STATUS), 0x20001ULL);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x10000ULL);
	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	EXPECT_STATUS(test, enable_vp(vm, 0, 1), SUCCESS);
}

/* All three privileges are needed; the registers say that there is nothing */
static void without_a_privilege_there_is_no_vsm(struct kunit *test)
{
	static const u64 privileges[] = {
		HV_PRIV(ACCESS_VSM), HV_PRIV(ACCESS_VP_REGISTERS), HV_PRIV(ACCESS_SYNIC_MSRS),
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(privileges); i++) {
		vm->pt->privileges = VSM & ~privileges[i];
		EXPECT_STATUS(test, enable(vm, 1), ACCESS_DENIED);
		EXPECT_STATUS(test, enable_vp(vm, 0, 1), ACCESS_DENIED);
		if (privileges[i] == HV_PRIV(ACCESS_VP_REGISTERS))
			continue;
		KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_CAPABILITIES), 0ULL);
		KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_CODE_PAGE_OFFSETS), 0ULL);
		KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_STATUS), 1ULL);
	}
	vm->pt->privileges = VSM;
	KUNIT_EXPECT_TRUE(test, reg(vm, HV_REG_VSM_CAPABILITIES) & HV_VSM_DR6_SHARED);
	KUNIT_EXPECT_NE(test, reg(vm, HV_REG_VSM_CODE_PAGE_OFFSETS), 0ULL);
}

/* Random calls against a model of who may what */
static void random_calls_agree_with_a_model(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u16 machine = BIT(0), any = 0, vps[2] = { BIT(0), BIT(0) };
	struct rnd_state rnd;
	u32 round, status, expected, vp, caller, vtl;
	bool next;

	prandom_seed_state(&rnd, 7);
	for (round = 0; round < 5000; round++) {
		caller = prandom_u32_state(&rnd) % 3;
		if (!(vps[0] & BIT(caller)))
			continue;
		vm->vp->vtl = caller;
		vtl = prandom_u32_state(&rnd) % 3;
		vp = prandom_u32_state(&rnd) % 2;
		switch (prandom_u32_state(&rnd) % 4) {
		case 0:
			status = enable(vm, vtl);
			next = vtl > caller && fls(machine & (BIT(vtl) - 1)) - 1 == caller;
			expected = machine & BIT(vtl) ? HV_STATUS_VTL_ALREADY_ENABLED :
				   vtl < caller || next ? 0 : HV_STATUS_ACCESS_DENIED;
			if (!expected)
				machine |= BIT(vtl);
			break;
		case 1:
			status = enable_vp(vm, vp, vtl);
			next = vtl > caller && fls(vps[vp] & (BIT(vtl) - 1)) - 1 <= (int)caller;
			expected = !(machine & BIT(vtl)) ? HV_STATUS_INVALID_VTL_STATE :
				   vps[vp] & BIT(vtl) ? HV_STATUS_VTL_ALREADY_ENABLED :
				   vtl <= caller || (next && !(any & BIT(vtl))) ? 0 :
				   HV_STATUS_ACCESS_DENIED;
			if (!expected) {
				vps[vp] |= BIT(vtl);
				any |= BIT(vtl);
			}
			break;
		case 2:
			status = disable_vp(vm, vp, vtl);
			expected = vtl > caller ? HV_STATUS_ACCESS_DENIED :
				   !vtl || !(vps[vp] & BIT(vtl)) || (!vp && vtl == caller) ?
				   HV_STATUS_INVALID_VTL_STATE : 0;
			if (!expected)
				vps[vp] &= ~BIT(vtl);
			break;
		default:
			status = partition_vtl(vm, DISABLE, vtl, 0);
			next = vtl > caller && !(any & BIT(vtl)) &&
			       fls(machine & (BIT(vtl) - 1)) - 1 == caller;
			expected = !vtl || !(machine & BIT(vtl)) ? HV_STATUS_INVALID_VTL_STATE :
				   vtl > caller && !next ? HV_STATUS_ACCESS_DENIED :
				   (vps[0] | vps[1]) & BIT(vtl) ? HV_STATUS_INVALID_VTL_STATE : 0;
			if (!expected) {
				machine &= ~BIT(vtl);
				any &= ~BIT(vtl);
			}
			break;
		}
		KUNIT_ASSERT_EQ_MSG(test, status, expected, "round %u: VTL%u on VTL%u", round,
				    caller, vtl);
		KUNIT_ASSERT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), caller | (u64)vps[0] << 16);
		KUNIT_ASSERT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_STATUS), machine | 0x20000ULL);
	}
}

static int init(struct kunit *test)
{
	test->priv = fake_vm_create(test, HVPERSONA_ROLE_GUEST, VSM, 4);
	return 0;
}

static struct kunit_case cases[] = {
	HVP_CASE(machine_begins_in_vtl0, 0x0050),
	HVP_CASE(vtls_are_enabled_in_order, 0x000d, 0x000f),
	HVP_CASE(operands_are_checked, 0x000d, 0x000e, 0x000f, 0x0010),
	HVP_CASE(higher_vtl_is_enabled_by_the_next_below, 0x000d),
	HVP_CASE(lower_vtl_is_enabled_by_a_higher_one, 0x000d, 0x000f),
	HVP_CASE(vtl_spreads_by_itself, 0x000f),
	HVP_CASE(what_the_monitor_cannot_is_told, 0x000d, 0x000f),
	HVP_CASE(call_is_made_again_after_a_signal, 0x000d),
	HVP_CASE(vtls_are_disabled, 0x000e, 0x0010),
	HVP_CASE(switches_go_to_the_next_vtl, 0x0011, 0x0012),
	HVP_CASE(control_word_of_a_switch_is_its_code, 0x0011),
	HVP_CASE(want_of_memory_leaves_nothing, 0x000f),
	HVP_CASE(registers_of_a_lower_vtl_are_apart, 0x0050, 0x0051),
	HVP_CASE(higher_vtl_injects_exceptions, 0x0051),
	HVP_CASE(translation_is_of_a_vtl, 0x0052),
	HVP_CASE(ipis_go_to_a_vtl, 0x000b),
	HVP_CASE(interrupts_are_asserted_in_a_vtl, 0x0094),
	HVP_CASE(reset_leaves_one_vtl, 0x000d, 0x000f),
	HVP_CASE(without_a_privilege_there_is_no_vsm, 0x000d, 0x000f, 0x0050),
	HVP_CASE(random_calls_agree_with_a_model, 0x000d, 0x000e, 0x000f, 0x0010),
	{}
};

static struct kunit_suite suite = {
	.name = "hvpersona_vtl",
	.init = init,
	.exit = fake_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
