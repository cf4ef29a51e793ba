// SPDX-License-Identifier: GPL-2.0
/*
 * What dispatch does for all calls. Sections named below are those of the sheet,
 * "Hypercall mechanism" (3.1 to 3.8), unless another source is given. table_kunit.c
 * applies the negative cases to each row of the table; here are values, order and effects.
 */
#include <linux/prandom.h>

#include "fake_table.h"
#include "../hvpersona/trace.h"

#define SPIN		0x0008	/* 8 bytes in, no privilege */
#define FLUSH		0x0002	/* 24 bytes in */
#define PARTITION_ID	0x0046	/* 8 bytes out, a privilege */
#define UNMAP		0x004c	/* rep, 24 bytes in, no list */
#define GET_REGISTERS	0x0050	/* rep, 16 + 4 * n bytes in, 16 * n out */
#define POST		0x005c	/* 256 bytes in, KVM's */
#define SIGNAL		0x005d	/* 8 bytes in, KVM's */
#define INDEX		0x009a	/* rep, 16 + 4 * n bytes in, 4 * n out */

static const u64 self[32] = { HV_PARTITION_ID_SELF };

/* Replace the handler of a call by the stub */
static void use_stub(struct kunit *test, u16 code)
{
	hvp_handler_fn stub;

	fake_table_serve_all();
	stub = fake_table_row(code)->handler;
	fake_table_reset();
	fake_table_row(code)->handler = stub;
	fake_table_row(code)->prepare = NULL;
	fake_table_row(code)->list = 0;
}

static struct hvp_counters *counters(struct fake_vm *vm, u16 code)
{
	const struct hvp_hypercall *row = hvp_hypercall_lookup(code);

	return &vm->vp->counters[row ? row - hvp_hypercalls : hvp_hypercall_count];
}

/* Memory form with operands at @in and @out; the status */
static u32 call_at(struct fake_vm *vm, u64 control, u64 in, u64 out)
{
	struct hvp_call call = { .control = control, .fast = { in, out }, .long_mode = true };

	KUNIT_EXPECT_EQ(vm->test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	return HV_STATUS(call.result);
}

static void simple_call_writes_its_output_and_no_more(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 out[2], result;

	result = fake_call(vm, PARTITION_ID, NULL, 0, out, sizeof(out));
	KUNIT_EXPECT_EQ(test, result, 0ULL);	/* 3.2: every other bit is reserved */
	KUNIT_EXPECT_EQ(test, out[0], vm->pt->id);
	KUNIT_EXPECT_EQ(test, out[1], 0xa5a5a5a5a5a5a5a5ULL);
}

/* 3.5: a block that a call does not have is ignored */
static void operands_that_a_call_lacks_are_ignored(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, call_at(vm, PARTITION_ID, ~0ULL, FAKE_OUT), 0);
	KUNIT_EXPECT_EQ(test, call_at(vm, SPIN, FAKE_IN, ~0ULL), 0);
}

/* 3.5: 8-byte alignment, no page crossing, inside the GPA space */
static void input_block_must_lie_in_one_page(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 in[3] = { 0, HV_PARTITION_ID_SELF, 1 };
	u32 offset;

	for (offset = 1; offset < 8; offset++)
		KUNIT_EXPECT_EQ(test, call_at(vm, FLUSH, FAKE_IN + offset, 0),
				HV_STATUS_INVALID_ALIGNMENT);
	fake_write(vm, FAKE_IN + PAGE_SIZE - 24, in, 24);
	vm->ram[FAKE_IN + PAGE_SIZE - 16] = 3;	/* all VPs, all spaces */
	memset(vm->ram + FAKE_IN + PAGE_SIZE - 15, 0, 7);
	KUNIT_EXPECT_EQ(test, call_at(vm, FLUSH, FAKE_IN + PAGE_SIZE - 24, 0),
			HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, call_at(vm, FLUSH, FAKE_IN + PAGE_SIZE - 16, 0),
			HV_STATUS_INVALID_ALIGNMENT);
	KUNIT_EXPECT_EQ(test, call_at(vm, FLUSH, FAKE_IN + PAGE_SIZE - 8, 0),
			HV_STATUS_INVALID_ALIGNMENT);
	KUNIT_EXPECT_EQ(test, call_at(vm, FLUSH, BIT_ULL(FAKE_PA_BITS), 0),
			HV_STATUS_INVALID_ALIGNMENT);
	KUNIT_EXPECT_EQ(test, call_at(vm, FLUSH, ~0ULL << PAGE_SHIFT, 0),
			HV_STATUS_INVALID_ALIGNMENT);
	KUNIT_EXPECT_EQ(test, vm->flushes, 1);
}

static void output_block_must_lie_in_one_page(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 offset;

	for (offset = 1; offset < 8; offset++)
		KUNIT_EXPECT_EQ(test, call_at(vm, PARTITION_ID, 0, FAKE_OUT + offset),
				HV_STATUS_INVALID_ALIGNMENT);
	KUNIT_EXPECT_EQ(test, call_at(vm, PARTITION_ID, 0, FAKE_OUT + PAGE_SIZE - 8),
			HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, call_at(vm, PARTITION_ID, 0, BIT_ULL(FAKE_PA_BITS)),
			HV_STATUS_INVALID_ALIGNMENT);
	KUNIT_EXPECT_EQ(test, fake_read64(vm, FAKE_OUT + PAGE_SIZE - 8), vm->pt->id);
}

/* 3.5: KVM's answer for pages that are not there */
static void operands_must_be_memory(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, call_at(vm, SPIN, FAKE_ROM, 0), HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, call_at(vm, SPIN, FAKE_HOLE, 0), HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, call_at(vm, PARTITION_ID, 0, FAKE_ROM),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, call_at(vm, PARTITION_ID, 0, FAKE_HOLE),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, vm->spins, 1);
}

static void bad_output_page_keeps_the_call_from_having_an_effect(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	use_stub(test, PARTITION_ID);
	KUNIT_EXPECT_EQ(test, call_at(vm, PARTITION_ID, 0, FAKE_ROM),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 0);
}

/* 3.5: "fetch once into a private copy" */
static void input_is_fetched_once(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	use_stub(test, GET_REGISTERS);
	fake_write(vm, FAKE_IN, self, sizeof(self));
	KUNIT_EXPECT_EQ(test, call_at(vm, GET_REGISTERS | HV_REPS(8), FAKE_IN, FAKE_OUT), 0);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 8);
	KUNIT_EXPECT_EQ(test, vm->reads, 1);
	KUNIT_EXPECT_EQ(test, vm->writes, 1);
}

static enum hv_status meddle(struct hvp_vp *vp, struct hvp_args *args)
{
	struct fake_vm *vm = ((struct fake_vp *)vp->backend)->vm;

	*(u32 *)args->rep_out = *(const u32 *)args->rep_in;
	memset(vm->ram + FAKE_IN, 0xff, PAGE_SIZE);
	return HV_STATUS_SUCCESS;
}

static void guest_cannot_change_input_under_the_call(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 in[4 + 3] = { ~0, ~0, 0, 0, 7, 8, 9 }, out[3];

	fake_table_row(INDEX)->prepare = NULL;
	fake_table_row(INDEX)->handler = meddle;
	EXPECT_STATUS(test, fake_call(vm, INDEX | HV_REPS(3), in, sizeof(in), out, sizeof(out)),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, out[0], 7);
	KUNIT_EXPECT_EQ(test, out[1], 8);
	KUNIT_EXPECT_EQ(test, out[2], 9);
}

/* 3.1 */
static void every_reserved_control_bit_is_rejected(struct kunit *test)
{
	static const u8 reserved[] = { 27, 28, 29, 30, 44, 45, 46, 47, 60, 61, 62, 63 };
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(reserved); i++)
		KUNIT_EXPECT_EQ_MSG(test, call_at(vm, SPIN | BIT_ULL(reserved[i]), FAKE_IN, 0),
				    HV_STATUS_INVALID_HYPERCALL_INPUT, "bit %u", reserved[i]);
	KUNIT_EXPECT_EQ(test, vm->spins, 0);
}

static void nested_bit_is_not_reserved(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, call_at(test->priv, SPIN | HV_CONTROL_NESTED, FAKE_IN, 0), 0);
}

/* 3.8 and 4 */
static void unknown_codes_are_rejected_and_counted_together(struct kunit *test)
{
	static const u16 codes[] = { 0x0000, 0x0001, 0x0055, 0x0078, 0x0132, 0x0fff, 0x7fff,
				     0x8000, 0x8002, 0x8003, 0xffff };
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		KUNIT_EXPECT_EQ_MSG(test, call_at(vm, codes[i], FAKE_IN, FAKE_OUT),
				    HV_STATUS_INVALID_HYPERCALL_CODE, "code 0x%04x", codes[i]);
	KUNIT_EXPECT_EQ(test, counters(vm, 0x0000)->calls, ARRAY_SIZE(codes));
	KUNIT_EXPECT_EQ(test, counters(vm, 0x0000)->errors, ARRAY_SIZE(codes));
}

static void calls_that_are_not_served_are_counted_under_their_name(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	/* A row as the table has it before its handler is written */
	fake_table_row(0x0040)->handler = NULL;
	KUNIT_EXPECT_EQ(test, call_at(vm, 0x0040, FAKE_IN, FAKE_OUT),
			HV_STATUS_INVALID_HYPERCALL_CODE);
	KUNIT_EXPECT_EQ(test, counters(vm, 0x0040)->calls, 1);
	KUNIT_EXPECT_EQ(test, counters(vm, 0x0040)->last_status,
			(u64)HV_STATUS_INVALID_HYPERCALL_CODE);
	KUNIT_EXPECT_EQ(test, counters(vm, 0x0000)->calls, 0);
}

/* 3.8: access list, reserved bits, code, XMM feature, rep and header rules, parameters */
static void status_precedence_follows_the_check_order(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = { .long_mode = true };
	u64 bad = HV_REPS(1) | BIT_ULL(60);

	vm->pt->privileges &= ~HV_PRIV(ACCESS_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, call_at(vm, PARTITION_ID | bad, 0, FAKE_OUT + 1),
			HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, call_at(vm, 0x0fff | bad, FAKE_IN, FAKE_OUT),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, call_at(vm, FLUSH | bad, FAKE_IN + 1, 0),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, call_at(vm, FLUSH | HV_REPS(1), FAKE_IN + 1, 0),
			HV_STATUS_INVALID_HYPERCALL_INPUT);

	/* #UD comes after reserved bits and before the rep rules */
	vm->pt->xmm_input = false;
	call.control = FLUSH | HV_CONTROL_FAST | HV_REPS(1);
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_UD);
	call.control = FLUSH | HV_CONTROL_FAST | bad;
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	EXPECT_STATUS(test, call.result, INVALID_HYPERCALL_INPUT);

	/* Operands before the partition that they name, that before parameters */
	memset(vm->ram + FAKE_IN, 0x77, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, call_at(vm, GET_REGISTERS | HV_REPS(1), FAKE_IN, FAKE_ROM),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, call_at(vm, GET_REGISTERS | HV_REPS(1), FAKE_IN, FAKE_OUT),
			HV_STATUS_INVALID_PARTITION_ID);
}

/* 3.8: prefer the error that reveals least */
static void missing_privilege_hides_whether_the_partition_exists(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 in[3] = { 99, 0, 0 }, out[2];

	vm->pt->privileges &= ~HV_PRIV(ACCESS_VP_REGISTERS);
	EXPECT_STATUS(test, fake_call(vm, GET_REGISTERS | HV_REPS(1), in, 20, out, 16),
		      ACCESS_DENIED);
	in[0] = HV_PARTITION_ID_SELF;
	EXPECT_STATUS(test, fake_call(vm, GET_REGISTERS | HV_REPS(1), in, 20, out, 16),
		      ACCESS_DENIED);
}

static void own_partition_is_named_by_self_or_by_id(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 in[3] = { HV_PARTITION_ID_SELF }, out[2];

	use_stub(test, GET_REGISTERS);
	EXPECT_STATUS(test, fake_call(vm, GET_REGISTERS | HV_REPS(1), in, 20, out, 16), SUCCESS);
	in[0] = vm->pt->id;
	EXPECT_STATUS(test, fake_call(vm, GET_REGISTERS | HV_REPS(1), in, 20, out, 16), SUCCESS);
	in[0] = vm->pt->id + 1;
	EXPECT_STATUS(test, fake_call(vm, GET_REGISTERS | HV_REPS(1), in, 20, out, 16),
		      INVALID_PARTITION_ID);
	in[0] = HV_PARTITION_ID_INVALID;
	EXPECT_STATUS(test, fake_call(vm, GET_REGISTERS | HV_REPS(1), in, 20, out, 16),
		      INVALID_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 2);
}

/* Another partition of the same instance is as unknown as one that does not exist */
static void neighbour_partition_cannot_be_named(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct fake_vm *other = fake_vm_create(test, HVPERSONA_ROLE_GUEST, 0, 1);
	u64 in[3] = { other->pt->id }, out[2];

	EXPECT_STATUS(test, fake_call(vm, GET_REGISTERS | HV_REPS(1), in, 20, out, 16),
		      INVALID_PARTITION_ID);
	fake_vm_destroy(other);
}

/* 3.7 */
static void rep_call_reports_all_elements(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 out[6], result;
	u32 i;

	use_stub(test, GET_REGISTERS);
	result = fake_call(vm, GET_REGISTERS | HV_REPS(2), self, 24, out, sizeof(out));
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 2ULL));
	KUNIT_EXPECT_EQ(test, vm->stub_seen, HV_PARTITION_ID_SELF);
	KUNIT_EXPECT_EQ(test, out[0] & 0xff, 1);
	KUNIT_EXPECT_EQ(test, out[2] & 0xff, 2);
	for (i = 4; i < 6; i++)
		KUNIT_EXPECT_EQ(test, out[i], 0xa5a5a5a5a5a5a5a5ULL);
}

/* 3.7: start 5, count 10, all done -> 10 */
static void rep_call_starts_at_the_start_index(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 control = INDEX | HV_REPS(10) | HV_START(5), result;
	struct hvp_call call = { .control = control, .fast = { FAKE_IN, FAKE_OUT },
				 .long_mode = true };
	u32 out[11];

	use_stub(test, INDEX);
	result = fake_call(vm, control, self, 16 + 40, out, sizeof(out));
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 10ULL));
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 5);
	KUNIT_EXPECT_EQ(test, out[4], 0xa5a5a5a5);	/* below the start index: not written */
	KUNIT_EXPECT_EQ(test, out[5] & 0xff, 1);
	KUNIT_EXPECT_EQ(test, out[9] & 0xff, 5);
	KUNIT_EXPECT_EQ(test, out[10], 0xa5a5a5a5);

	/* 3.3: the control word is left with the new start index */
	fake_dispatch(vm, &call);
	KUNIT_EXPECT_EQ(test, call.control, INDEX | HV_REPS(10) | HV_START(10));
}

static void elements_keep_their_place_when_the_call_is_resumed(struct kunit *test)
{
	/* APIC ids 6, 4, 2, 0 of VPs 3, 2, 1, 0 */
	const u32 in[4 + 4] = { ~0, ~0, 0, 0, 6, 4, 2, 0 };
	struct fake_vm *vm = test->priv;
	u32 out[4];

	EXPECT_STATUS(test, fake_call(vm, INDEX | HV_REPS(4) | HV_START(1), in, sizeof(in), out,
				      sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[0], 0xa5a5a5a5);
	KUNIT_EXPECT_EQ(test, out[1], 2);
	KUNIT_EXPECT_EQ(test, out[2], 1);
	KUNIT_EXPECT_EQ(test, out[3], 0);

	EXPECT_STATUS(test, fake_call_fast(vm, INDEX | HV_REPS(4) | HV_START(2), in, sizeof(in),
					   out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[2], 1);
	KUNIT_EXPECT_EQ(test, out[3], 0);
}

/* 3.7: status of the failing element k, reps completed = k; 3.5: output of the others */
static void failing_element_ends_the_call(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 out[6];
	u64 result;

	use_stub(test, INDEX);
	vm->stub_status = HV_STATUS_INVALID_PARAMETER;
	vm->stub_fails_at = 4;
	result = fake_call(vm, INDEX | HV_REPS(6), self, 16 + 24, out, sizeof(out));
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3);
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 4);
	KUNIT_EXPECT_EQ(test, out[2] & 0xff, 3);
	KUNIT_EXPECT_EQ(test, out[3], 0xa5a5a5a5);

	vm->stub_calls = 0;
	vm->stub_fails_at = 1;
	result = fake_call(vm, INDEX | HV_REPS(6) | HV_START(2), self, 16 + 24, out, sizeof(out));
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2);
}

/* 3.7: 50 us, RIP stays, start index moves on, the caller re-executes */
static void long_rep_call_is_continued(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = {
		.control = UNMAP | HV_REPS(1000),
		.fast = { FAKE_IN },
		.long_mode = true,
	};
	u32 entries = 0, start = 0, last = 0;
	enum hvp_outcome outcome;

	use_stub(test, UNMAP);
	fake_table_row(UNMAP)->target = 0;
	vm->step = 10 * NSEC_PER_USEC;
	do {
		outcome = fake_dispatch(vm, &call);
		entries++;
		start = FIELD_GET(HV_CONTROL_REP_START, call.control);
		EXPECT_STATUS(test, call.result, SUCCESS);
		KUNIT_EXPECT_EQ(test, HV_DONE(call.result), start);
		KUNIT_EXPECT_EQ(test, vm->stub_calls, start);
		KUNIT_ASSERT_GT(test, start, last);
		last = start;
	} while (outcome == HVP_CONTINUE && entries < 1000);

	KUNIT_EXPECT_EQ(test, (u32)outcome, (u32)HVP_DONE);
	KUNIT_EXPECT_EQ(test, call.control, UNMAP | HV_REPS(1000) | HV_START(1000));
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 1000);
	KUNIT_EXPECT_GT(test, entries, 2);
	KUNIT_EXPECT_EQ(test, counters(vm, UNMAP)->calls, 1);
	KUNIT_EXPECT_EQ(test, counters(vm, UNMAP)->continuations, entries - 1);
	KUNIT_EXPECT_EQ(test, counters(vm, UNMAP)->reps, 1000);
}

static void quick_rep_call_is_not_continued(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = { .control = UNMAP | HV_REPS(4095), .fast = { FAKE_IN },
				 .long_mode = true };

	use_stub(test, UNMAP);
	fake_table_row(UNMAP)->target = 0;
	vm->step = 1;
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	KUNIT_EXPECT_EQ(test, HV_DONE(call.result), 4095);
	KUNIT_EXPECT_LT(test, vm->looks, 1000);
}

/* Output of elements before the continuation is there when the guest sees it */
static void continued_call_keeps_its_output(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = {
		.control = INDEX | HV_REPS(64),
		.fast = { FAKE_IN, FAKE_OUT },
		.long_mode = true,
	};
	u32 i, entries = 1;
	u32 out[64];

	use_stub(test, INDEX);
	vm->step = 40 * NSEC_PER_USEC;
	fake_write(vm, FAKE_IN, self, sizeof(self));
	while (fake_dispatch(vm, &call) == HVP_CONTINUE && entries < 64)
		entries++;
	KUNIT_EXPECT_GT(test, entries, 1);
	fake_read(vm, FAKE_OUT, out, sizeof(out));
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, out[i] & 0xff, i + 1);
}

static void error_after_a_continuation_reports_the_total(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = { .control = UNMAP | HV_REPS(100), .fast = { FAKE_IN },
				 .long_mode = true };

	use_stub(test, UNMAP);
	fake_table_row(UNMAP)->target = 0;
	vm->step = NSEC_PER_MSEC;
	vm->stub_fails_at = 51;
	vm->stub_status = HV_STATUS_INSUFFICIENT_MEMORY;
	while (fake_dispatch(vm, &call) == HVP_CONTINUE)
		;
	EXPECT_STATUS(test, call.result, INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, HV_DONE(call.result), 50);
}

/* A list that is shorter than two looks at the clock does not look at all */
static void short_rep_call_does_not_look_at_the_clock(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 out[2];

	use_stub(test, GET_REGISTERS);
	vm->step = NSEC_PER_SEC;
	EXPECT_STATUS(test, fake_call(vm, GET_REGISTERS | HV_REPS(1), self, 20, out, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->looks, 0);
}

static void list_call_is_handed_over_at_once(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 in[3 + 16] = { 0, 3 }, out, result;

	vm->step = NSEC_PER_MSEC;
	result = fake_call(vm, 0x0003 | HV_REPS(16) | HV_START(4), in, sizeof(in), &out, 0);
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 16ULL));
	KUNIT_EXPECT_EQ(test, vm->flushes, 1);
	KUNIT_EXPECT_EQ(test, vm->looks, 0);
}

/* 3.4: RDX, R8 */
static void fast_call_takes_its_input_from_registers(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 in[2] = { 0x40, 0xf };	/* vector, mask */
	u64 out;

	EXPECT_STATUS(test, fake_call_fast(vm, 0x000b, in, sizeof(in), &out, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->ipi_vector, 0x40);
	KUNIT_EXPECT_EQ(test, vm->reads, 0);
}

/* 3.4: XMM0 to XMM5 in that order */
static void xmm_call_takes_its_input_from_registers(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 in[14] = { 0, 0, 0, 0x3ff, 1, 2, 4, 8 };	/* 0x0013, 10 banks */
	u64 out;

	EXPECT_STATUS(test, fake_call_fast(vm, 0x0013 | HV_VAR(10), in, sizeof(in), &out, 0),
		      SUCCESS);
	KUNIT_EXPECT_TRUE(test, test_bit(0, vm->flushed));
	KUNIT_EXPECT_EQ(test, bitmap_weight(vm->flushed, HVP_MAX_VPS), 1);
}

static void fast_block_beyond_112_bytes_is_rejected(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 in[14] = { 0, 0, 0, 0x7ff };
	u64 out;

	EXPECT_STATUS(test, fake_call_fast(vm, 0x0013 | HV_VAR(11), in, sizeof(in), &out, 0),
		      INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, vm->flushes, 0);
}

/* 3.4: output follows at the input size rounded up to 16 */
static void fast_output_follows_the_input(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = {
		.control = INDEX | HV_REPS(1) | HV_CONTROL_FAST,
		.fast = { HV_PARTITION_ID_SELF, 0 },
		.long_mode = true,
	};

	/* 20 bytes of input: RDX, R8, part of XMM0; output begins in XMM1 */
	vm->vps[0].xmm[0][0] = 4;	/* APIC id of VP 2 */
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	KUNIT_EXPECT_EQ(test, call.result, FIELD_PREP(HV_RESULT_REPS, 1ULL));
	KUNIT_EXPECT_EQ(test, (u32)vm->vps[0].xmm[1][0], 2);
	KUNIT_EXPECT_FALSE(test, call.fast_out);
	KUNIT_EXPECT_EQ(test, vm->vps[0].xmm[0][0], 4);
	KUNIT_EXPECT_EQ(test, vm->vps[0].xmm[0][1], 0xa5a5a5a5a5a5a5a5ULL);
	KUNIT_EXPECT_EQ(test, vm->vps[0].xmm[2][0], 0xa5a5a5a5a5a5a5a5ULL);
	KUNIT_EXPECT_EQ(test, vm->writes, 0);
}

static void fast_output_without_input_comes_in_rdx(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = { .control = PARTITION_ID | HV_CONTROL_FAST,
				 .fast = { ~0ULL, 0x1234 }, .long_mode = true };

	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	EXPECT_STATUS(test, call.result, SUCCESS);
	KUNIT_EXPECT_TRUE(test, call.fast_out);
	KUNIT_EXPECT_EQ(test, call.fast[0], vm->pt->id);
	KUNIT_EXPECT_EQ(test, vm->vps[0].xmm[0][0], 0xa5a5a5a5a5a5a5a5ULL);
}

/* 24 of 112 bytes in, up to 80 bytes of output behind them */
static void fast_output_must_fit_behind_the_input(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 out[10], result;

	use_stub(test, GET_REGISTERS);
	/* n elements: 16 + 4n rounded up to 16, plus 16n: 4 fit (32 + 64), 5 do not (48 + 80) */
	result = fake_call_fast(vm, GET_REGISTERS | HV_REPS(4), self, 32, out, sizeof(out));
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 4ULL));
	KUNIT_EXPECT_EQ(test, out[6] & 0xff, 4);
	KUNIT_EXPECT_EQ(test, out[8], 0xa5a5a5a5a5a5a5a5ULL);
	EXPECT_STATUS(test, fake_call_fast(vm, GET_REGISTERS | HV_REPS(5), self, 36, out, 0),
		      INVALID_HYPERCALL_INPUT);
}

/* 3.4: #UD without the feature bit; the general registers need none */
static void xmm_form_without_the_feature_raises_ud(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call flush = { .control = FLUSH | HV_CONTROL_FAST, .fast = { 0, 3 },
				  .long_mode = true };
	struct hvp_call id = { .control = PARTITION_ID | HV_CONTROL_FAST, .long_mode = true };
	const u64 in[2] = { 0x40, 0xf };
	u64 out;

	vm->pt->xmm_input = false;
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &flush), (u32)HVP_UD);
	KUNIT_EXPECT_EQ(test, vm->flushes, 0);
	EXPECT_STATUS(test, fake_call_fast(vm, 0x000b, in, sizeof(in), &out, 0), SUCCESS);

	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &id), (u32)HVP_DONE);
	vm->pt->xmm_output = false;
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &id), (u32)HVP_UD);
}

/* TLFS, "XMM Fast Hypercall Output": 64-bit callers only */
static void fast_output_is_for_64_bit_callers(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = { .control = PARTITION_ID | HV_CONTROL_FAST };

	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	EXPECT_STATUS(test, call.result, INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_FALSE(test, call.fast_out);

	/* Memory form, and XMM input, work as for anyone */
	call = (struct hvp_call) { .control = PARTITION_ID, .fast = { 0, FAKE_OUT } };
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	EXPECT_STATUS(test, call.result, SUCCESS);
	KUNIT_EXPECT_EQ(test, fake_read64(vm, FAKE_OUT), vm->pt->id);
	call = (struct hvp_call) { .control = FLUSH | HV_CONTROL_FAST, .fast = { 0, 3 } };
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	EXPECT_STATUS(test, call.result, SUCCESS);
}

static void failed_call_writes_no_output(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call call = { .control = PARTITION_ID | HV_CONTROL_FAST,
				 .fast = { 0x1111, 0x2222 }, .long_mode = true };
	u64 out;

	use_stub(test, PARTITION_ID);
	vm->stub_status = HV_STATUS_OPERATION_DENIED;
	EXPECT_STATUS(test, fake_call(vm, PARTITION_ID, NULL, 0, &out, 8), OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, out, 0xa5a5a5a5a5a5a5a5ULL);
	fake_dispatch(vm, &call);
	EXPECT_STATUS(test, call.result, OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, call.fast[0], 0x1111ULL);
	KUNIT_EXPECT_EQ(test, call.fast[1], 0x2222ULL);
	KUNIT_EXPECT_FALSE(test, call.fast_out);
}

static void output_never_holds_leftovers_of_other_calls(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 out;

	memset(vm->vp->output, 0x5a, PAGE_SIZE);
	use_stub(test, PARTITION_ID);	/* writes nothing */
	EXPECT_STATUS(test, fake_call(vm, PARTITION_ID, NULL, 0, &out, 8), SUCCESS);
	KUNIT_EXPECT_EQ(test, out, 0ULL);
}

static enum hv_status write_little(struct hvp_vp *vp, struct hvp_args *args)
{
	memset(args->out, 0x11, 24);
	args->out_size = 24;
	return HV_STATUS_SUCCESS;
}

/* The sheet, 0x00e5: "write only what is needed" */
static void variable_output_may_end_at_the_page_end(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	fake_table_row(0x00e5)->handler = write_little;
	fake_write(vm, FAKE_IN, self, 24);
	KUNIT_EXPECT_EQ(test, call_at(vm, 0x00e5, FAKE_IN, FAKE_OUT + PAGE_SIZE - 24), 0);
	KUNIT_EXPECT_EQ(test, fake_read64(vm, FAKE_OUT + PAGE_SIZE - 8), 0x1111111111111111ULL);
	KUNIT_EXPECT_EQ(test, call_at(vm, 0x00e5, FAKE_IN, FAKE_OUT + PAGE_SIZE - 16),
			HV_STATUS_INVALID_ALIGNMENT);
}

/* Passed to KVM after privilege and form were checked */
static void kvm_calls_are_passed_on(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_call post = { .control = POST, .fast = { FAKE_IN }, .long_mode = true };
	struct hvp_call signal = { .control = SIGNAL | HV_CONTROL_FAST, .long_mode = true };

	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &post), (u32)HVP_PASS);
	KUNIT_EXPECT_EQ(test, post.control, (u64)POST);
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &signal), (u32)HVP_PASS);
	KUNIT_EXPECT_EQ(test, counters(vm, POST)->calls, 1);
	KUNIT_EXPECT_EQ(test, counters(vm, POST)->errors, 0);

	KUNIT_EXPECT_EQ(test, call_at(vm, POST | HV_REPS(1), FAKE_IN, 0),
			HV_STATUS_INVALID_HYPERCALL_INPUT);
	vm->pt->privileges &= ~(HV_PRIV(POST_MESSAGES) | HV_PRIV(SIGNAL_EVENTS));
	KUNIT_EXPECT_EQ(test, call_at(vm, POST, FAKE_IN, 0), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, call_at(vm, SIGNAL, FAKE_IN, 0), HV_STATUS_ACCESS_DENIED);
}

static void root_calls_are_for_the_root(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	use_stub(test, 0x0068);
	KUNIT_EXPECT_EQ(test, call_at(vm, 0x0068, FAKE_IN, 0), HV_STATUS_ACCESS_DENIED);
	vm->pt->role = HVPERSONA_ROLE_ROOT;
	KUNIT_EXPECT_EQ(test, call_at(vm, 0x0068, FAKE_IN, 0), HV_STATUS_SUCCESS);
	vm->pt->role = HVPERSONA_ROLE_GUEST;
	KUNIT_EXPECT_EQ(test, vm->stub_calls, 1);
}

static void calls_errors_and_reps_are_counted(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 out[20];

	use_stub(test, GET_REGISTERS);
	fake_call(vm, GET_REGISTERS | HV_REPS(3), self, 28, out, 0);
	fake_call(vm, GET_REGISTERS | HV_REPS(4) | HV_START(2), self, 32, out, 0);
	fake_call(vm, GET_REGISTERS, self, 16, out, 0);
	KUNIT_EXPECT_EQ(test, counters(vm, GET_REGISTERS)->calls, 3);
	KUNIT_EXPECT_EQ(test, counters(vm, GET_REGISTERS)->reps, 5);
	KUNIT_EXPECT_EQ(test, counters(vm, GET_REGISTERS)->errors, 1);
	KUNIT_EXPECT_EQ(test, counters(vm, GET_REGISTERS)->last_status,
			(u64)HV_STATUS_INVALID_HYPERCALL_INPUT);
	fake_call(vm, GET_REGISTERS | HV_REPS(1), self, 20, out, 0);
	KUNIT_EXPECT_EQ(test, counters(vm, GET_REGISTERS)->last_status,
			(u64)HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, counters(vm, SPIN)->calls, 0);
}

static bool is_status(u32 status)
{
#define STATUS_ROW(_name, _value)	{ _value, #_name },
	static const struct {
		u16 value;
		const char *name;
	} rows[] = { HV_STATUSES(STATUS_ROW) };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].value == status)
			return true;
	return false;
}

/* A few words of input that let some calls come far */
static void random_input(struct fake_vm *vm, struct rnd_state *rnd)
{
	u64 *in = (u64 *)(vm->ram + FAKE_IN);
	u32 i;

	prandom_bytes_state(rnd, in, 256);
	for (i = 0; i < 32; i++)
		if (prandom_u32_state(rnd) & 1)
			in[i] &= 0x7;
	if (prandom_u32_state(rnd) & 3)
		in[0] = HV_PARTITION_ID_SELF;
}

/* Whatever a guest sends, it gets a status of the specification and no more than it asked for */
static void random_calls_are_answered(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct rnd_state rnd;
	u32 i, done, count;

	prandom_seed_state(&rnd, 20261123);
	memset(&vm->paging, 0, sizeof(vm->paging));
	vm->paging.pa_bits = FAKE_PA_BITS;
	vm->step = 100;
	for (i = 0; i < 20000; i++) {
		u64 random = (u64)prandom_u32_state(&rnd) << 32 | prandom_u32_state(&rnd);
		struct hvp_call call = { .long_mode = random & BIT(0) };
		enum hvp_outcome outcome;

		/* A known code mostly, and few bits above it */
		call.control = hvp_hypercalls[prandom_u32_state(&rnd) % hvp_hypercall_count].code;
		if (!(prandom_u32_state(&rnd) & 7))
			call.control = prandom_u32_state(&rnd) & U16_MAX;
		call.control |= random & prandom_u32_state(&rnd) & HV_CONTROL_FAST;
		if (prandom_u32_state(&rnd) & 1)
			call.control |= HV_REPS(1 + prandom_u32_state(&rnd) % 16);
		if (!(prandom_u32_state(&rnd) & 3))
			call.control |= HV_VAR(prandom_u32_state(&rnd) % 4);
		if (!(prandom_u32_state(&rnd) & 15))
			call.control ^= BIT_ULL(prandom_u32_state(&rnd) % 64);
		random_input(vm, &rnd);
		fake_read(vm, FAKE_IN, call.fast, HV_FAST_BYTES);
		fake_read(vm, FAKE_IN + 16, vm->vps[0].xmm, 96);
		if (!(call.control & HV_CONTROL_FAST)) {
			call.fast[0] = FAKE_IN + (random >> 32 & 0x38);
			call.fast[1] = random >> 48 & 1 ? FAKE_OUT : random >> 16;
		}
		vm->vps[0].reg_count = 0;
		count = FIELD_GET(HV_CONTROL_REP_COUNT, call.control);

		outcome = fake_dispatch(vm, &call);
		KUNIT_ASSERT_LE(test, (u32)outcome, (u32)HVP_UD);
		if (outcome != HVP_DONE)
			continue;
		done = HV_DONE(call.result);
		KUNIT_EXPECT_TRUE(test, is_status(HV_STATUS(call.result)));
		KUNIT_EXPECT_EQ(test, call.result & ~(HV_RESULT_STATUS | HV_RESULT_REPS), 0ULL);
		KUNIT_EXPECT_LE(test, done, count);
		if (!HV_STATUS(call.result))
			KUNIT_EXPECT_EQ(test, done, count);
	}
}

#ifdef CONFIG_TRACEPOINTS
struct traced {
	u32 calls, dones;
	u64 control, result, duration;
	u16 code;
	enum hvp_outcome outcome;
};

static void on_call(void *data, const struct hvp_vp *vp, const struct hvp_call *call)
{
	struct traced *traced = data;

	traced->calls++;
	traced->control = call->control;
}

static void on_done(void *data, const struct hvp_vp *vp, u16 code, enum hvp_outcome outcome,
		    u64 result, u64 duration)
{
	struct traced *traced = data;

	traced->dones++;
	traced->code = code;
	traced->outcome = outcome;
	traced->result = result;
	traced->duration = duration;
}

static void calls_are_traced_in_pairs(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct traced traced = {};

	KUNIT_ASSERT_EQ(test, register_trace_hvp_call(on_call, &traced), 0);
	KUNIT_ASSERT_EQ(test, register_trace_hvp_call_done(on_done, &traced), 0);
	vm->step = 5;
	fake_table_row(0x0040)->handler = NULL;
	call_at(vm, SPIN, FAKE_IN, 0);
	KUNIT_EXPECT_EQ(test, traced.control, (u64)SPIN);
	KUNIT_EXPECT_EQ(test, traced.duration, 5);
	call_at(vm, 0x0040, FAKE_IN, 0);
	unregister_trace_hvp_call(on_call, &traced);
	unregister_trace_hvp_call_done(on_done, &traced);
	tracepoint_synchronize_unregister();
	call_at(vm, SPIN, FAKE_IN, 0);

	KUNIT_EXPECT_EQ(test, traced.calls, 2);
	KUNIT_EXPECT_EQ(test, traced.dones, 2);
	KUNIT_EXPECT_EQ(test, traced.code, 0x0040);
	KUNIT_EXPECT_EQ(test, (u32)traced.outcome, (u32)HVP_DONE);
	EXPECT_STATUS(test, traced.result, INVALID_HYPERCALL_CODE);
}
#endif

static struct kunit_case dispatch_cases[] = {
	KUNIT_CASE(simple_call_writes_its_output_and_no_more),
	KUNIT_CASE(operands_that_a_call_lacks_are_ignored),
	KUNIT_CASE(input_block_must_lie_in_one_page),
	KUNIT_CASE(output_block_must_lie_in_one_page),
	KUNIT_CASE(operands_must_be_memory),
	KUNIT_CASE(bad_output_page_keeps_the_call_from_having_an_effect),
	KUNIT_CASE(input_is_fetched_once),
	KUNIT_CASE(guest_cannot_change_input_under_the_call),
	KUNIT_CASE(every_reserved_control_bit_is_rejected),
	KUNIT_CASE(nested_bit_is_not_reserved),
	KUNIT_CASE(unknown_codes_are_rejected_and_counted_together),
	KUNIT_CASE(calls_that_are_not_served_are_counted_under_their_name),
	KUNIT_CASE(status_precedence_follows_the_check_order),
	KUNIT_CASE(missing_privilege_hides_whether_the_partition_exists),
	KUNIT_CASE(own_partition_is_named_by_self_or_by_id),
	KUNIT_CASE(neighbour_partition_cannot_be_named),
	KUNIT_CASE(rep_call_reports_all_elements),
	KUNIT_CASE(rep_call_starts_at_the_start_index),
	KUNIT_CASE(elements_keep_their_place_when_the_call_is_resumed),
	KUNIT_CASE(failing_element_ends_the_call),
	KUNIT_CASE(long_rep_call_is_continued),
	KUNIT_CASE(quick_rep_call_is_not_continued),
	KUNIT_CASE(continued_call_keeps_its_output),
	KUNIT_CASE(error_after_a_continuation_reports_the_total),
	KUNIT_CASE(short_rep_call_does_not_look_at_the_clock),
	KUNIT_CASE(list_call_is_handed_over_at_once),
	KUNIT_CASE(fast_call_takes_its_input_from_registers),
	KUNIT_CASE(xmm_call_takes_its_input_from_registers),
	KUNIT_CASE(fast_block_beyond_112_bytes_is_rejected),
	KUNIT_CASE(fast_output_follows_the_input),
	KUNIT_CASE(fast_output_without_input_comes_in_rdx),
	KUNIT_CASE(fast_output_must_fit_behind_the_input),
	KUNIT_CASE(xmm_form_without_the_feature_raises_ud),
	KUNIT_CASE(fast_output_is_for_64_bit_callers),
	KUNIT_CASE(failed_call_writes_no_output),
	KUNIT_CASE(output_never_holds_leftovers_of_other_calls),
	KUNIT_CASE(variable_output_may_end_at_the_page_end),
	HVP_CASE(kvm_calls_are_passed_on, 0x005c, 0x005d),
	KUNIT_CASE(root_calls_are_for_the_root),
	KUNIT_CASE(calls_errors_and_reps_are_counted),
	KUNIT_CASE(random_calls_are_answered),
#ifdef CONFIG_TRACEPOINTS
	KUNIT_CASE(calls_are_traced_in_pairs),
#endif
	{}
};

static struct kunit_suite dispatch_suite = {
	.name = "hvpersona_dispatch",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = dispatch_cases,
};

kunit_test_suites(&dispatch_suite);
