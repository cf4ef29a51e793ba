// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall table, row by row: against the specification's list of calls, and through
 * dispatch with everything that can be wrong with a control word or an operand. Each case
 * runs for each of the 123 rows. Rows are given stub handlers, so that calls that are not
 * served yet are held to their shape as well. Shapes come from expected_calls.h, rules
 * from the sheet, "Hypercall mechanism"; numbers are its sections.
 */
#include <linux/string.h>

#include "expected_calls.h"
#include "fake_table.h"

static void describe(const struct expected_call *call, char *name)
{
	strscpy(name, call->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(calls, expected_calls, describe);

/* All cases share a machine: there are thousands of them */
static struct fake_vm *shared;

/* A root with every privilege, whose calls all reach the stub */
static int row_init(struct kunit *test)
{
	struct fake_vm *vm = shared;

	if (!vm)
		vm = shared = fake_vm_create(test, HVPERSONA_ROLE_ROOT, 0, 1);
	vm->test = test;
	vm->step = 0;
	vm->stub_calls = 0;
	vm->stub_status = HV_STATUS_SUCCESS;
	vm->stub_fails_at = 0;
	vm->pt->role = HVPERSONA_ROLE_ROOT;
	vm->pt->privileges = HV_PRIVILEGES_DEFINED;
	vm->pt->xmm_input = true;
	vm->pt->xmm_output = true;
	memset(vm->vp->counters, 0, (hvp_hypercall_count + 1) * sizeof(*vm->vp->counters));
	fake_table_serve_all();
	test->priv = vm;
	return 0;
}

static void row_suite_exit(struct kunit_suite *suite)
{
	fake_table_reset();
	if (shared)
		fake_vm_destroy(shared);
	shared = NULL;
}

static const struct hvp_hypercall *row_of(const struct expected_call *call)
{
	return hvp_hypercall_lookup(call->code);
}

/* A valid control word, with one element for rep calls */
static u64 control_of(const struct expected_call *call)
{
	return call->code | (call->rep ? HV_REPS(1) : 0);
}

static u32 in_size(const struct expected_call *call, u32 reps)
{
	return call->input + reps * call->rep_input;
}

static u32 out_size(const struct expected_call *call, u32 reps)
{
	return row_of(call)->output + reps * call->rep_output;
}

/* 3.4: a block with output behind it is rounded up to 16 */
static bool fits_registers(const struct expected_call *call, u32 reps)
{
	u32 in = in_size(call, reps), out = out_size(call, reps);

	return (out ? round_up(in, 16) + out : in) <= 112;
}

static enum hvp_outcome execute(struct fake_vm *vm, u64 control, u64 in, u64 out, u64 *result)
{
	struct hvp_call call = { .control = control, .fast = { in, out }, .long_mode = true };
	enum hvp_outcome outcome = fake_dispatch(vm, &call);

	*result = call.result;
	return outcome;
}

static u32 status_at(struct fake_vm *vm, u64 control, u64 in, u64 out)
{
	const struct hvp_hypercall *row = hvp_hypercall_lookup(FIELD_GET(HV_CONTROL_CODE, control));
	enum hvp_outcome outcome;
	u64 result;

	outcome = execute(vm, control, in, out, &result);
	/* A VTL switch has no result; what the stub answers is none, which is #UD */
	if (row && row->vtl_switch && outcome == HVP_UD)
		return vm->stub_status;
	KUNIT_EXPECT_EQ(vm->test, (u32)outcome, (u32)HVP_DONE);
	return HV_STATUS(result);
}

static u32 status(struct fake_vm *vm, u64 control)
{
	return status_at(vm, control, FAKE_IN, FAKE_OUT);
}

static void row_agrees_with_the_specification(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	const struct hvp_hypercall *row = row_of(call);

	KUNIT_ASSERT_NOT_NULL(test, row);
	KUNIT_EXPECT_STREQ(test, row->name, call->name);
	KUNIT_EXPECT_EQ(test, row->code, call->code);
	KUNIT_EXPECT_EQ(test, row->origin, call->origin);
	KUNIT_EXPECT_EQ(test, row->seen, call->seen | call->unsure << 4);
	KUNIT_EXPECT_EQ(test, (bool)row->rep, call->rep);
	KUNIT_EXPECT_EQ(test, (bool)row->var, call->var);
	KUNIT_EXPECT_EQ(test, row->input, call->input);
	KUNIT_EXPECT_GE(test, row->output, call->output_min);
	KUNIT_EXPECT_LE(test, row->output, call->output_max);
	KUNIT_EXPECT_EQ(test, row->rep_input, call->rep_input);
	KUNIT_EXPECT_EQ(test, row->rep_output, call->rep_output);
	KUNIT_EXPECT_EQ(test, (bool)row->own_layout, call->own_layout);
}

static void row_has_the_privileges_of_the_specification(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	const struct hvp_hypercall *row = row_of(call);
	u64 more = row->privilege & ~call->privilege;

	KUNIT_EXPECT_EQ(test, row->privilege & call->privilege, call->privilege);
	KUNIT_EXPECT_EQ(test, row->self_privilege & call->self_privilege, call->self_privilege);
	/* "root" stands for CpuManagement where no other privilege is named */
	if (call->root)
		more &= ~HV_PRIV(CPU_MANAGEMENT);
	/* A VTL to return from there is only with VTLs */
	if (call->code == 0x0012)
		more &= ~HV_PRIV(ACCESS_VSM);
	/* "Privilege AccessVsm together with AccessVpRegisters and AccessSynicRegs is required" */
	if (row->privilege & HV_PRIV(ACCESS_VSM))
		more &= ~(HV_PRIV(ACCESS_VP_REGISTERS) | HV_PRIV(ACCESS_SYNIC_MSRS));
	KUNIT_EXPECT_EQ(test, more, 0ULL);
	/*
	 * Whatever may be called on oneself without a word in the list needs some privilege, but
	 * for what one's own devices do: "owner of the device (SELF)"
	 */
	if ((row->target & HVP_SELF) && row->handler && !row->root_only && call->code != 0x007e)
		KUNIT_EXPECT_NE(test, row->self_privilege | row->privilege, 0ULL);
}

static void well_formed_call_reaches_its_handler(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, status(vm, control_of(call)), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 1);
}

/* 3.8: unknown and unimplemented codes, after the reserved bits */
static void row_without_handler_is_an_invalid_code(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	const struct hvp_hypercall *row = row_of(call);
	struct fake_vm *vm = test->priv;
	struct hvp_counters *counters = &vm->vp->counters[row - hvp_hypercalls];

	fake_table_reset();
	if (row->handler || row->kvm)
		return;
	vm->pt->privileges = 0;
	KUNIT_EXPECT_EQ(test, status(vm, control_of(call)), HV_STATUS_INVALID_HYPERCALL_CODE);
	KUNIT_EXPECT_EQ(test, status(vm, call->code | HV_CONTROL_FAST),
			HV_STATUS_INVALID_HYPERCALL_CODE);
	KUNIT_EXPECT_EQ(test, status_at(vm, call->code, 1, 1), HV_STATUS_INVALID_HYPERCALL_CODE);
	KUNIT_EXPECT_EQ(test, status(vm, call->code | BIT_ULL(60)),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, counters->calls, 4);
	KUNIT_EXPECT_EQ(test, counters->errors, 4);
}

/* 3.1 */
static void reserved_control_bits_are_rejected(struct kunit *test)
{
	static const u8 reserved[] = { 27, 28, 29, 30, 44, 45, 46, 47, 60, 61, 62, 63 };
	const struct expected_call *call = test->param_value;
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		KUNIT_EXPECT_EQ_MSG(test, status(vm, control_of(call) | BIT_ULL(reserved[i])),
				    HV_STATUS_INVALID_HYPERCALL_INPUT, "bit %u", reserved[i]);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 0);
}

/* 3.1, 3.7 */
static void rep_fields_are_checked(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	struct fake_vm *vm = test->priv;
	const u64 rep[] = { 0, HV_START(1), HV_REPS(1) | HV_START(1), HV_REPS(1) | HV_START(2),
			    HV_REPS(4) | HV_START(4), HV_START(4095) };
	const u64 simple[] = { HV_REPS(1), HV_START(1), HV_REPS(2) | HV_START(1), HV_REPS(4095) };
	const u64 *bad = call->rep ? rep : simple;
	u32 i, count = call->rep ? ARRAY_SIZE(rep) : ARRAY_SIZE(simple);

	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_EQ_MSG(test, status(vm, call->code | bad[i]),
				    HV_STATUS_INVALID_HYPERCALL_INPUT, "0x%llx", bad[i]);
		/* Before the operands are looked at */
		KUNIT_EXPECT_EQ(test, status_at(vm, call->code | bad[i], 1, 1),
				HV_STATUS_INVALID_HYPERCALL_INPUT);
	}
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 0);
}

/* 3.6 */
static void stray_variable_header_is_rejected(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	u32 expected = call->var ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_HYPERCALL_INPUT;
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, status(vm, control_of(call) | HV_VAR(1)), expected);
	KUNIT_EXPECT_EQ(test, status(vm, control_of(call) | HV_VAR(16)), expected);
	/* 1023 qwords do not fit a page */
	KUNIT_EXPECT_EQ(test, status(vm, control_of(call) | HV_VAR(1023)),
			call->var ? HV_STATUS_INVALID_ALIGNMENT :
				    HV_STATUS_INVALID_HYPERCALL_INPUT);
	if (!call->var)
		KUNIT_EXPECT_EQ(test, vm->stub_calls, 0);
}

/* 3.5 */
static void operands_must_be_aligned(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	struct fake_vm *vm = test->priv;
	u32 offset;

	for (offset = 1; offset < 8; offset++) {
		if (in_size(call, 1))
			KUNIT_EXPECT_EQ(test, status_at(vm, control_of(call), FAKE_IN + offset,
							FAKE_OUT), HV_STATUS_INVALID_ALIGNMENT);
		if (out_size(call, 1))
			KUNIT_EXPECT_EQ(test, status_at(vm, control_of(call), FAKE_IN,
							FAKE_OUT + offset),
					HV_STATUS_INVALID_ALIGNMENT);
	}
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 0);
}

/* 3.5: sizes round up to 8, and a block that ends with the page does not cross it */
static void operands_must_not_cross_a_page(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	struct fake_vm *vm = test->priv;
	u64 in = FAKE_IN + PAGE_SIZE - round_up(in_size(call, 1), 8);
	u64 out = FAKE_OUT + PAGE_SIZE - round_up(out_size(call, 1), 8);

	KUNIT_EXPECT_EQ(test, status_at(vm, control_of(call), in, out), HV_STATUS_SUCCESS);
	if (in_size(call, 1) > 8)
		KUNIT_EXPECT_EQ(test, status_at(vm, control_of(call), in + 8, out),
				HV_STATUS_INVALID_ALIGNMENT);
	if (out_size(call, 1) > 8)
		KUNIT_EXPECT_EQ(test, status_at(vm, control_of(call), in, out + 8),
				HV_STATUS_INVALID_ALIGNMENT);
}

/* 3.5 */
static void operands_must_be_memory_inside_the_gpa_space(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	u64 control = control_of(call), beyond = BIT_ULL(FAKE_PA_BITS);
	struct fake_vm *vm = test->priv;

	if (in_size(call, 1)) {
		KUNIT_EXPECT_EQ(test, status_at(vm, control, beyond, FAKE_OUT),
				HV_STATUS_INVALID_ALIGNMENT);
		KUNIT_EXPECT_EQ(test, status_at(vm, control, FAKE_HOLE, FAKE_OUT),
				HV_STATUS_INVALID_HYPERCALL_INPUT);
	}
	if (out_size(call, 1)) {
		KUNIT_EXPECT_EQ(test, status_at(vm, control, FAKE_IN, beyond),
				HV_STATUS_INVALID_ALIGNMENT);
		KUNIT_EXPECT_EQ(test, status_at(vm, control, FAKE_IN, FAKE_HOLE),
				HV_STATUS_INVALID_HYPERCALL_INPUT);
		KUNIT_EXPECT_EQ(test, status_at(vm, control, FAKE_IN, FAKE_ROM),
				HV_STATUS_INVALID_HYPERCALL_INPUT);
	}
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 0);
	KUNIT_EXPECT_EQ(test, status_at(vm, control, FAKE_ROM, FAKE_OUT), HV_STATUS_SUCCESS);
	/* Operands that the call does not have are not looked at */
	if (!in_size(call, 1))
		KUNIT_EXPECT_EQ(test, status_at(vm, control, 1, FAKE_OUT), HV_STATUS_SUCCESS);
	if (!out_size(call, 1))
		KUNIT_EXPECT_EQ(test, status_at(vm, control, FAKE_IN, 1), HV_STATUS_SUCCESS);
}

/* 3.4: 112 bytes of registers */
static void fast_form_must_fit_the_registers(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	struct fake_vm *vm = test->priv;
	u32 reps;

	if (!call->rep) {
		KUNIT_EXPECT_EQ(test, status(vm, call->code | HV_CONTROL_FAST),
				fits_registers(call, 0) ? HV_STATUS_SUCCESS :
							  HV_STATUS_INVALID_HYPERCALL_INPUT);
		return;
	}
	for (reps = 1; reps < 100; reps++) {
		KUNIT_EXPECT_EQ_MSG(test, status(vm, call->code | HV_REPS(reps) | HV_CONTROL_FAST),
				    fits_registers(call, reps) ? HV_STATUS_SUCCESS :
				    HV_STATUS_INVALID_HYPERCALL_INPUT, "%u elements", reps);
	}
}

/* 3.4: #UD without the feature bits, and only if XMM registers or output are used */
static void xmm_form_without_the_feature_raises_ud(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	u64 control = control_of(call), result;
	struct fake_vm *vm = test->priv;
	bool ud;

	vm->pt->xmm_input = false;
	ud = in_size(call, call->rep) > 16 || row_of(call)->vtl_switch;
	KUNIT_EXPECT_EQ(test, execute(vm, control | HV_CONTROL_FAST, 0, 0, &result) == HVP_UD, ud);
	/* The memory form needs no feature, and reserved bits come first */
	KUNIT_EXPECT_EQ(test, status(vm, control), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, status(vm, control | HV_CONTROL_FAST | BIT_ULL(63)),
			HV_STATUS_INVALID_HYPERCALL_INPUT);

	vm->pt->xmm_input = true;
	vm->pt->xmm_output = false;
	ud = out_size(call, call->rep) || row_of(call)->vtl_switch;
	KUNIT_EXPECT_EQ(test, execute(vm, control | HV_CONTROL_FAST, 0, 0, &result) == HVP_UD, ud);
	KUNIT_EXPECT_EQ(test, status(vm, control), HV_STATUS_SUCCESS);
}

/* 3.1: up to 4095 elements, 3.5: in one page */
static void longest_list_fills_a_page(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	struct fake_vm *vm = test->priv;
	u32 reps = 4095;
	u64 result;

	if (!call->rep)
		return;
	if (call->rep_input)
		reps = min(reps, (4096U - call->input) / call->rep_input);
	if (call->rep_output)
		reps = min(reps, 4096U / call->rep_output);
	KUNIT_EXPECT_EQ(test, (u32)execute(vm, call->code | HV_REPS(reps), FAKE_IN, FAKE_OUT,
					   &result), (u32)HVP_DONE);
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, (u64)reps));
	KUNIT_EXPECT_EQ(test, vm->stub_calls, reps);
	if (reps < 4095)
		KUNIT_EXPECT_EQ(test, status(vm, call->code | HV_REPS(reps + 1)),
				HV_STATUS_INVALID_ALIGNMENT);
}

/* 3.7 */
static void failed_list_can_be_resumed(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	struct fake_vm *vm = test->priv;
	u64 result;

	if (!call->rep)
		return;
	vm->stub_status = HV_STATUS_INSUFFICIENT_MEMORY;
	vm->stub_fails_at = 3;
	execute(vm, call->code | HV_REPS(5), FAKE_IN, FAKE_OUT, &result);
	EXPECT_STATUS(test, result, INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2);
	execute(vm, call->code | HV_REPS(5) | HV_START(2), FAKE_IN, FAKE_OUT, &result);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 5);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 3 + 3);
}

/* 3.7: the budget is spent after some elements, never after none */
static void long_list_is_continued(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	struct hvp_call registers = {
		.control = call->code | HV_REPS(100),
		.fast = { FAKE_IN, FAKE_OUT },
		.long_mode = true,
	};
	struct fake_vm *vm = test->priv;
	u32 entries = 1;

	if (!call->rep)
		return;
	vm->step = HVP_REP_BUDGET_NS + 1;
	while (fake_dispatch(vm, &registers) == HVP_CONTINUE && entries < 100)
		entries++;
	EXPECT_STATUS(test, registers.result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(registers.result), 100);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 100);
	/* Writing RCX or memory operands would change a call that is executed again */
	if (call->code == 0x0051)
		KUNIT_EXPECT_EQ(test, entries, 1);
	else
		KUNIT_EXPECT_GT(test, entries, 1);
}

/* The list's privilege column; privilege comes before everything else (3.8) */
static void missing_privilege_is_denied(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	u64 privileges = call->privilege | call->self_privilege;
	struct fake_vm *vm = test->priv;
	u32 bit;

	fake_table_row(call->code)->target = row_of(call)->target;
	/* The caller is a guest and names itself: neither a parent nor a root */
	if (!row_of(call)->root_only)
		vm->pt->role = HVPERSONA_ROLE_GUEST;
	for (bit = 0; bit < 64; bit++) {
		if (!(privileges & BIT_ULL(bit)))
			continue;
		vm->pt->privileges = ~(BIT_ULL(bit) | HV_PRIV(CREATE_PARTITIONS));
		if (privileges & HV_PRIV(CREATE_PARTITIONS))
			vm->pt->privileges = ~BIT_ULL(bit);
		KUNIT_EXPECT_EQ_MSG(test, status(vm, control_of(call)), HV_STATUS_ACCESS_DENIED,
				    "bit %u", bit);
		KUNIT_EXPECT_EQ(test, status_at(vm, call->code | BIT_ULL(60) | HV_START(1), 1, 1),
				HV_STATUS_ACCESS_DENIED);
	}
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 0);
}

/* A call that only a parent or the root may make */
static void guest_cannot_act_as_parent_or_root(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	const struct hvp_hypercall *row = row_of(call);
	struct fake_vm *vm = test->priv;

	if (!row->root_only && (!row->target || (row->target & HVP_SELF)))
		return;
	fake_table_row(call->code)->target = row->target;
	vm->pt->role = HVPERSONA_ROLE_GUEST;
	vm->pt->privileges = HV_PRIVILEGES_DEFINED & ~HV_PRIV(CREATE_PARTITIONS);
	KUNIT_EXPECT_EQ(test, status(vm, control_of(call)), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 0);
}

static struct kunit_case row_cases[] = {
	HVP_CASE_ROWS(row_agrees_with_the_specification, calls_gen_params),
	HVP_CASE_ROWS(row_has_the_privileges_of_the_specification, calls_gen_params),
	HVP_CASE_ROWS(well_formed_call_reaches_its_handler, calls_gen_params),
	HVP_CASE_ROWS(row_without_handler_is_an_invalid_code, calls_gen_params),
	HVP_CASE_ROWS(reserved_control_bits_are_rejected, calls_gen_params),
	HVP_CASE_ROWS(rep_fields_are_checked, calls_gen_params),
	HVP_CASE_ROWS(stray_variable_header_is_rejected, calls_gen_params),
	HVP_CASE_ROWS(operands_must_be_aligned, calls_gen_params),
	HVP_CASE_ROWS(operands_must_not_cross_a_page, calls_gen_params),
	HVP_CASE_ROWS(operands_must_be_memory_inside_the_gpa_space, calls_gen_params),
	HVP_CASE_ROWS(fast_form_must_fit_the_registers, calls_gen_params),
	HVP_CASE_ROWS(xmm_form_without_the_feature_raises_ud, calls_gen_params),
	HVP_CASE_ROWS(longest_list_fills_a_page, calls_gen_params),
	HVP_CASE_ROWS(failed_list_can_be_resumed, calls_gen_params),
	HVP_CASE_ROWS(long_list_is_continued, calls_gen_params),
	HVP_CASE_ROWS(missing_privilege_is_denied, calls_gen_params),
	HVP_CASE_ROWS(guest_cannot_act_as_parent_or_root, calls_gen_params),
	{}
};

static struct kunit_suite row_suite = {
	.name = "hvpersona_rows",
	.init = row_init,
	.suite_exit = row_suite_exit,
	.test_cases = row_cases,
};

static void table_has_all_calls_and_no_other(struct kunit *test)
{
	u32 i;

	KUNIT_EXPECT_EQ(test, hvp_hypercall_count, ARRAY_SIZE(expected_calls));
	KUNIT_EXPECT_EQ(test, hvp_hypercall_count, 123);	/* the sheet, "The call list" */
	for (i = 0; i < hvp_hypercall_count; i++)
		KUNIT_EXPECT_EQ(test, hvp_hypercalls[i].code, expected_calls[i].code);
}

static void every_code_finds_its_row_or_none(struct kunit *test)
{
	u32 code, i = 0;

	for (code = 0; code <= U16_MAX; code++) {
		const struct hvp_hypercall *row = hvp_hypercall_lookup(code);

		if (i < ARRAY_SIZE(expected_calls) && expected_calls[i].code == code)
			KUNIT_EXPECT_PTR_EQ(test, row, &hvp_hypercalls[i++]);
		else
			KUNIT_EXPECT_NULL(test, row);
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(expected_calls));
}

/* What this version promises to answer */
static void promised_calls_are_served(struct kunit *test)
{
	static const u16 promised[] = {
		0x0002, 0x0003, 0x0008, 0x0009, 0x000b, 0x0013, 0x0014, 0x0015, 0x0044, 0x0046,
		0x0050, 0x0051, 0x0052, 0x0099, 0x009a, 0x00ac, 0x00e5, 0x00f4, 0x0101, 0x8001,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(promised); i++)
		KUNIT_EXPECT_TRUE_MSG(test, hvp_hypercall_lookup(promised[i])->handler,
				      "0x%04x", promised[i]);
	KUNIT_EXPECT_TRUE(test, hvp_hypercall_lookup(0x005c)->kvm);
	KUNIT_EXPECT_TRUE(test, hvp_hypercall_lookup(0x005d)->kvm);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(table_has_all_calls_and_no_other),
	KUNIT_CASE(every_code_finds_its_row_or_none),
	KUNIT_CASE(promised_calls_are_served),
	{}
};

static struct kunit_suite table_suite = {
	.name = "hvpersona_table",
	.test_cases = table_cases,
};

kunit_test_suites(&table_suite, &row_suite);
