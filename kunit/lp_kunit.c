// SPDX-License-Identifier: GPL-2.0
/*
 * A root's logical processors, the system's properties and its power. Rules are those of the
 * sheet's section "System, logical processors and power".
 */
#include "../hvpersona/hv_abi/system.h"
#include "../hvpersona/lp.h"
#include "fake_table.h"

#define RUN_TIME	0x0004
#define CREATE_VP	0x004e
#define SET_SYSTEM	0x006f
#define ADD		0x0076
#define REMOVE		0x0077
#define SET_PROPERTY	0x0079
#define GET_PROPERTY	0x007a
#define GET_SYSTEM	0x007b
#define SLEEP		0x0084
#define NOTIFY		0x0087
#define GET_REGS	0x0088
#define SET_REGS	0x0089
#define MCA_LPS		0x008a
#define GET_POWER	0x009b
#define SET_POWER	0x009c

/* APIC ids unlike indexes, so that nobody takes one for the other */
#define APIC_ID(vp)	(10 + 2 * (vp))

static int lp_init(struct kunit *test)
{
	struct fake_vm *vm;
	int err = fake_init_root(test);
	u32 i;

	if (err)
		return err;
	vm = test->priv;
	for (i = 0; i < vm->vp_count; i++)
		vm->vps[i].apic.id = APIC_ID(i);
	return 0;
}

static u32 add(struct fake_vm *vm, u32 index, u32 apic_id, u64 proximity)
{
	const struct hvp_add_lp in = { index, apic_id, proximity };
	struct hvp_add_lp_result out;
	u32 status = HV_STATUS(fake_call(vm, ADD, &in, sizeof(in), &out, sizeof(out)));

	if (!status)
		KUNIT_EXPECT_TRUE(vm->test, !memchr_inv(&out, 0, sizeof(out)));
	return status;
}

static u32 remove(struct fake_vm *vm, u32 index, u32 rsvd)
{
	const struct hvp_lp in = { index, rsvd };

	return HV_STATUS(fake_call_fast(vm, REMOVE, &in, sizeof(in), NULL, 0));
}

static u32 run_time(struct fake_vm *vm, u32 index, struct hvp_lp_run_time *out)
{
	const struct hvp_lp in = { index, 0xdeadbeef /* padding */ };

	return HV_STATUS(fake_call(vm, RUN_TIME, &in, sizeof(in), out, sizeof(*out)));
}

static bool exists(struct fake_vm *vm, u32 index)
{
	struct hvp_lp_run_time out;
	u32 status = run_time(vm, index, &out);

	/* Linux takes any other for a reason to crash */
	KUNIT_EXPECT_TRUE(vm->test, !status || status == HV_STATUS_INVALID_LP_INDEX);
	return !status;
}

static u32 create_vp(struct fake_vm *vm, u32 vp_index, u64 lp_index)
{
	const u64 in[5] = { vm->pt->id, vp_index, 0, 0, lp_index };

	return HV_STATUS(fake_call(vm, CREATE_VP, in, sizeof(in), NULL, 0));
}

static u32 get_property(struct fake_vm *vm, u32 index, u32 code, u64 rsvd, u64 *value)
{
	const struct hvp_lp_property in = { .lp_index = index, .property = code, .rsvd = rsvd };

	value[1] = 0xa5;
	return HV_STATUS(fake_call_fast(vm, GET_PROPERTY, &in, 16, value, 16));
}

static void boot_processor_is_lp_0(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	KUNIT_EXPECT_TRUE(test, exists(vm, 0));
	for (i = 1; i < 8; i++)
		KUNIT_EXPECT_FALSE(test, exists(vm, i));
	KUNIT_EXPECT_FALSE(test, exists(vm, U32_MAX));
	KUNIT_EXPECT_EQ(test, hvp_lp_count(vm->pt), 1);
}

static void added_lp_exists(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 value[2];

	KUNIT_EXPECT_EQ(test, add(vm, 7, APIC_ID(2), 0xffffffff00000003), 0);
	KUNIT_EXPECT_TRUE(test, exists(vm, 7));
	KUNIT_EXPECT_FALSE(test, exists(vm, 2));
	KUNIT_EXPECT_EQ(test, hvp_lp_count(vm->pt), 2);
	KUNIT_EXPECT_EQ(test, get_property(vm, 7, HVP_LP_APIC_ID, 0, value), 0);
	KUNIT_EXPECT_EQ(test, value[0], APIC_ID(2));
	KUNIT_EXPECT_EQ(test, value[1], 0);
	KUNIT_EXPECT_EQ(test, get_property(vm, 7, HVP_LP_PROXIMITY, 0, value), 0);
	KUNIT_EXPECT_EQ(test, value[0], 3);
	KUNIT_EXPECT_EQ(test, get_property(vm, 7, HVP_LP_STATE, 0, value), 0);
	KUNIT_EXPECT_EQ(test, value[0], 1);
}

static void each_processor_is_one_lp(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, add(vm, 1, APIC_ID(1), 0), 0);
	/* The index is in use, is the boot processor's, or out of range */
	KUNIT_EXPECT_EQ(test, add(vm, 1, APIC_ID(2), 0), HV_STATUS_INVALID_LP_INDEX);
	KUNIT_EXPECT_EQ(test, add(vm, 0, APIC_ID(2), 0), HV_STATUS_INVALID_LP_INDEX);
	KUNIT_EXPECT_EQ(test, add(vm, HVP_MAX_VPS, APIC_ID(2), 0), HV_STATUS_INVALID_LP_INDEX);
	/* The processor is an LP, is the boot processor, or does not exist */
	KUNIT_EXPECT_EQ(test, add(vm, 2, APIC_ID(1), 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, add(vm, 2, APIC_ID(0), 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, add(vm, 2, 1, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, hvp_lp_count(vm->pt), 2);
}

static void lp_without_memory(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, add(vm, 1, APIC_ID(1), 0), HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_TRUE(test, fake_has_failed());
	fake_fail_nth(0);
	KUNIT_EXPECT_FALSE(test, exists(vm, 1));
	KUNIT_EXPECT_EQ(test, add(vm, 1, APIC_ID(1), 0), 0);
}

static void vp_needs_its_lp(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, create_vp(vm, 1, 5), HV_STATUS_INVALID_LP_INDEX);
	KUNIT_EXPECT_EQ(test, create_vp(vm, 1, 1ULL << 32), HV_STATUS_INVALID_LP_INDEX);
	KUNIT_EXPECT_EQ(test, add(vm, 5, APIC_ID(1), 0), 0);
	/* The boot VP exists, VP 2 is another processor, the machine has no VP 4 */
	KUNIT_EXPECT_EQ(test, create_vp(vm, 0, 5), HV_STATUS_INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, create_vp(vm, 2, 5), HV_STATUS_INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, create_vp(vm, FAKE_VPS, 5), HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, create_vp(vm, HVP_MAX_VPS, 5), HV_STATUS_INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, create_vp(vm, 1, 5), 0);
	/* It exists now */
	KUNIT_EXPECT_EQ(test, create_vp(vm, 1, 5), HV_STATUS_INVALID_VP_INDEX);
}

static void lp_in_use_stays(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, add(vm, 1, APIC_ID(1), 0), 0);
	KUNIT_EXPECT_EQ(test, add(vm, 2, APIC_ID(2), 0), 0);
	KUNIT_EXPECT_EQ(test, create_vp(vm, 1, 1), 0);
	KUNIT_EXPECT_EQ(test, remove(vm, 0, 0), HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, remove(vm, 1, 0), HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, remove(vm, 3, 0), HV_STATUS_INVALID_LP_INDEX);
	KUNIT_EXPECT_EQ(test, remove(vm, 2, 1), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, remove(vm, 2, 0), 0);
	KUNIT_EXPECT_FALSE(test, exists(vm, 2));
	KUNIT_EXPECT_EQ(test, remove(vm, 2, 0), HV_STATUS_INVALID_LP_INDEX);
	/* Its processor can be added again, at another index */
	KUNIT_EXPECT_EQ(test, add(vm, 9, APIC_ID(2), 0), 0);
}

/* linux-clients.md 5.1: otherwise the next boot silently skips bring-up by hypercall */
static void reset_empties_the_list(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 round;

	for (round = 0; round < 2; round++) {
		KUNIT_EXPECT_FALSE(test, exists(vm, 1));
		KUNIT_EXPECT_EQ(test, add(vm, 1, APIC_ID(1), 0), 0);
		KUNIT_EXPECT_EQ(test, create_vp(vm, 1, 1), 0);
		hvp_partition_reset(vm->pt);
	}
	KUNIT_EXPECT_EQ(test, hvp_lp_count(vm->pt), 1);
}

static void run_times_are_in_100_ns(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_lp_run_time out;

	vm->pt->since_ns = 1000;
	vm->now = 1000 + 7700;
	vm->vps[0].run_time = (struct hvp_run_time) { .guest_ns = 5500, .host_ns = 1299 };
	KUNIT_EXPECT_EQ(test, run_time(vm, 0, &out), 0);
	KUNIT_EXPECT_EQ(test, out.global_time, 77);
	KUNIT_EXPECT_EQ(test, out.local_run_time, 55);
	KUNIT_EXPECT_EQ(test, out.rsvd, 0);
	KUNIT_EXPECT_EQ(test, out.hypervisor_time, 12);
}

static void run_time_is_cpu_management(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_lp_run_time out;

	vm->pt->privileges &= ~HV_PRIV(CPU_MANAGEMENT);
	KUNIT_EXPECT_EQ(test, run_time(vm, 0, &out), HV_STATUS_ACCESS_DENIED);
}

/* Leaf 0xb: one bit of threads, two more of cores. APIC id 14 is core 3, thread 0 of package 1 */
static void topology_is_that_of_the_apic_id(struct kunit *test)
{
	static const struct hvp_cpuid leaves[] = {
		{ .function = 0xb, .index = 0, .indexed = true, .regs = { 1, 2, 0x100, 0 } },
		{ .function = 0xb, .index = 1, .indexed = true, .regs = { 3, 8, 0x201, 0 } },
	};
	struct fake_vm *vm = test->priv;
	u64 value[2];

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vps[2].vp, leaves, ARRAY_SIZE(leaves)), 0);
	KUNIT_EXPECT_EQ(test, add(vm, 1, APIC_ID(2), 0), 0);
	KUNIT_EXPECT_EQ(test, get_property(vm, 1, HVP_LP_TOPOLOGY, 0, value), 0);
	KUNIT_EXPECT_EQ(test, value[0], 1ULL | 3ULL << 16);
	vm->vps[2].apic.id = 15;
	KUNIT_EXPECT_EQ(test, get_property(vm, 1, HVP_LP_TOPOLOGY, 0, value),
			HV_STATUS_INVALID_LP_INDEX);
}

static void lp_properties_have_limits(struct kunit *test)
{
	struct hvp_lp_property in = { .property = HVP_LP_STATE };
	struct fake_vm *vm = test->priv;
	u64 value[2];
	u32 code;

	for (code = 1; code <= 4; code++) {
		KUNIT_EXPECT_EQ(test, get_property(vm, 0, code, 0, value), 0);
		KUNIT_EXPECT_EQ(test, get_property(vm, 0, code, 1, value),
				HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, get_property(vm, 1, code, 0, value),
				HV_STATUS_INVALID_LP_INDEX);
		/* What the processor is cannot be written */
		in.property = code;
		EXPECT_STATUS(test, fake_call(vm, SET_PROPERTY, &in, sizeof(in), NULL, 0),
			      INVALID_PARAMETER);
	}
	for (code = 0; code <= 5; code += 5) {
		KUNIT_EXPECT_EQ(test, get_property(vm, 0, code, 0, value),
				HV_STATUS_UNKNOWN_PROPERTY);
		in.property = code;
		EXPECT_STATUS(test, fake_call(vm, SET_PROPERTY, &in, sizeof(in), NULL, 0),
			      UNKNOWN_PROPERTY);
	}
	in = (struct hvp_lp_property) { .lp_index = 1, .property = 1 };
	EXPECT_STATUS(test, fake_call(vm, SET_PROPERTY, &in, sizeof(in), NULL, 0),
		      INVALID_LP_INDEX);
}

static u64 get_regs(struct fake_vm *vm, u32 index, const u32 *names, u32 count, u64 *values)
{
	struct {
		struct hvp_lp_registers header;
		u32 names[8];
	} in = { .header.lp_index = index };

	memcpy(in.names, names, count * sizeof(u32));
	return fake_call(vm, GET_REGS | HV_REPS(count), &in, 16 + 4 * count, values, 16 * count);
}

static void lp_registers_are_the_vcpus(struct kunit *test)
{
	static const u32 names[] = { 0x179, 0x17a, 0x400, 0x401, 0x402, 0x403 };
	struct fake_vm *vm = test->priv;
	u64 values[2 * ARRAY_SIZE(names)], result;
	u32 i;

	KUNIT_EXPECT_EQ(test, add(vm, 3, APIC_ID(1), 0), 0);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		vm->vps[1].mce[i] = 0x1111111100ULL + i;
	result = get_regs(vm, 3, names, ARRAY_SIZE(names), values);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), (u32)ARRAY_SIZE(names));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ(test, values[2 * i], vm->vps[1].mce[i]);
		KUNIT_EXPECT_EQ(test, values[2 * i + 1], 0);
	}
}

/* A list of what may be read, not of what may not: no other MSR, and no bank there is not */
static void other_registers_are_unknown(struct kunit *test)
{
	static const u32 others[] = { 0, 0x10, 0x1b, 0x178, 0x17b, 0x3ff, 0x404, 0x47f, 0x480,
				      0xc0000080, 0x40000000, U32_MAX };
	struct fake_vm *vm = test->priv;
	struct {
		struct hvp_lp_registers header;
		struct hv_set_register reg;
	} in = {};
	u64 values[2], result;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		result = get_regs(vm, 0, &others[i], 1, values);
		EXPECT_STATUS(test, result, INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, HV_DONE(result), 0);
		in.reg.name = others[i];
		EXPECT_STATUS(test, fake_call(vm, SET_REGS | HV_REPS(1), &in, sizeof(in), NULL, 0),
			      INVALID_PARAMETER);
	}
	KUNIT_EXPECT_EQ(test, HV_STATUS(get_regs(vm, 1, &others[0], 1, values)),
			HV_STATUS_INVALID_LP_INDEX);
}

static void lp_registers_are_written(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct {
		struct hvp_lp_registers header;
		struct hv_set_register reg[2];
	} in = { .reg = { { .name = 0x17a, .value.low = 5 }, { .name = 0x400, .value.low = ~0ULL } } };
	u64 result;

	result = fake_call(vm, SET_REGS | HV_REPS(2), &in, sizeof(in), NULL, 0);
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 2);
	KUNIT_EXPECT_EQ(test, vm->vps[0].mce[1], 5);
	KUNIT_EXPECT_EQ(test, vm->vps[0].mce[2], ~0ULL);
	/* The second of them is read-only, has an upper half, or reserved bytes */
	in.reg[1].name = 0x179;
	result = fake_call(vm, SET_REGS | HV_REPS(2), &in, sizeof(in), NULL, 0);
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 1);
	in.reg[1] = (struct hv_set_register) { .name = 0x400, .value.high = 1 };
	EXPECT_STATUS(test, fake_call(vm, SET_REGS | HV_REPS(2), &in, sizeof(in), NULL, 0),
		      INVALID_PARAMETER);
	in.reg[1] = (struct hv_set_register) { .name = 0x400, .pad[2] = 1 };
	EXPECT_STATUS(test, fake_call(vm, SET_REGS | HV_REPS(2), &in, sizeof(in), NULL, 0),
		      INVALID_PARAMETER);
	in.header.rsvd = 1;
	EXPECT_STATUS(test, fake_call(vm, SET_REGS | HV_REPS(2), &in, sizeof(in), NULL, 0),
		      INVALID_PARAMETER);
}

static void machine_checks_concern_one_lp(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_lp in = { .lp_index = 70 };
	u64 out[4];

	KUNIT_EXPECT_EQ(test, add(vm, 70, APIC_ID(3), 0), 0);
	EXPECT_STATUS(test, fake_call(vm, MCA_LPS, &in, sizeof(in), out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[0], 0);
	KUNIT_EXPECT_EQ(test, out[1], 2);
	KUNIT_EXPECT_EQ(test, out[2], 0x40);
	/* And no byte more */
	KUNIT_EXPECT_EQ(test, out[3], 0xa5a5a5a5a5a5a5a5);
	in.rsvd = 1;
	EXPECT_STATUS(test, fake_call(vm, MCA_LPS, &in, sizeof(in), out, 0), INVALID_PARAMETER);
	in = (struct hvp_lp) { .lp_index = 2 };
	EXPECT_STATUS(test, fake_call(vm, MCA_LPS, &in, sizeof(in), out, 0), INVALID_LP_INDEX);
}

static u32 set_sleep_state(struct fake_vm *vm, u32 state)
{
	struct hvp_set_system_property in = {
		.property = HVP_SYSTEM_SLEEP_STATE,
		.sleep = { .state = state, .pm1a_slp_typ = 5, .pm1b_slp_typ = 5 },
	};

	return HV_STATUS(fake_call(vm, SET_SYSTEM, &in, sizeof(in), NULL, 0));
}

static u32 sleep(struct fake_vm *vm, u32 state)
{
	return HV_STATUS(fake_call_fast(vm, SLEEP, &state, sizeof(state), NULL, 0));
}

static void registered_s5_powers_off(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 state;

	KUNIT_EXPECT_EQ(test, sleep(vm, 5), HV_STATUS_INVALID_PARAMETER);
	for (state = 1; state <= 5; state++)
		KUNIT_EXPECT_EQ(test, set_sleep_state(vm, state), 0);
	/* S1 to S4 cannot be entered */
	for (state = 0; state <= 6; state++)
		if (state != 5)
			KUNIT_EXPECT_EQ(test, sleep(vm, state), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->power_offs, 0);
	KUNIT_EXPECT_EQ(test, sleep(vm, 5), 0);
	KUNIT_EXPECT_EQ(test, vm->power_offs, 1);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, sleep(vm, 5), HV_STATUS_INVALID_PARAMETER);
}

static void sleep_states_can_be_locked(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, set_sleep_state(vm, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set_sleep_state(vm, 7), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set_sleep_state(vm, 5), 0);
	KUNIT_EXPECT_EQ(test, set_sleep_state(vm, HVP_SLEEP_LOCK), 0);
	KUNIT_EXPECT_EQ(test, set_sleep_state(vm, 5), HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, set_sleep_state(vm, HVP_SLEEP_LOCK), HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, sleep(vm, 5), 0);
}

static u32 get_system(struct fake_vm *vm, u32 property, u64 argument, u64 *value)
{
	const struct hvp_get_system_property in = { property, 0, argument };

	return HV_STATUS(fake_call(vm, GET_SYSTEM, &in, sizeof(in), value, sizeof(*value)));
}

static void system_properties(struct kunit *test)
{
	static const u32 known[] = { 15, 21, 28 }, unknown[] = { 0, 3, 14, 47, 52, U32_MAX };
	struct hvp_set_system_property in = {};
	struct fake_vm *vm = test->priv;
	u64 value;
	u32 i;

	KUNIT_EXPECT_EQ(test, get_system(vm, 15, 0, &value), 0);
	KUNIT_EXPECT_EQ(test, value, HVP_SCHEDULER_ROOT);
	KUNIT_EXPECT_EQ(test, get_system(vm, 28, 0, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 0);
	KUNIT_EXPECT_EQ(test, get_system(vm, 21, 13, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 0);
	KUNIT_EXPECT_EQ(test, get_system(vm, 21, 16, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 0);
	KUNIT_EXPECT_EQ(test, get_system(vm, 21, 14, &value), HV_STATUS_INVALID_PARAMETER);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		in.property = known[i];
		EXPECT_STATUS(test, fake_call(vm, SET_SYSTEM, &in, sizeof(in), NULL, 0),
			      INVALID_PARAMETER);
	}
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		KUNIT_EXPECT_EQ(test, get_system(vm, unknown[i], 0, &value),
				HV_STATUS_UNKNOWN_PROPERTY);
		if (unknown[i] == HVP_SYSTEM_SLEEP_STATE)
			continue;
		in.property = unknown[i];
		EXPECT_STATUS(test, fake_call(vm, SET_SYSTEM, &in, sizeof(in), NULL, 0),
			      UNKNOWN_PROPERTY);
	}
}

static u32 notify(struct fake_vm *vm, u32 event, u32 input)
{
	const struct hvp_partition_event in = { event, input };

	return HV_STATUS(fake_call_fast(vm, NOTIFY, &in, sizeof(in), NULL, 0));
}

static void events_are_recorded(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	/* Linux does not clear the input of event 4 */
	KUNIT_EXPECT_EQ(test, notify(vm, 4, 0xdeadbeef), 0);
	KUNIT_EXPECT_EQ(test, vm->pt->last_event, 4);
	KUNIT_EXPECT_EQ(test, notify(vm, 2, 4), 0);
	KUNIT_EXPECT_EQ(test, notify(vm, 5, 1), 0);
	KUNIT_EXPECT_EQ(test, vm->pt->events_seen, 0x34);
	KUNIT_EXPECT_EQ(test, vm->pt->last_event, 5);
	KUNIT_EXPECT_EQ(test, vm->pt->last_event_input, 1);
	/* Unknown events and actions, and more LPs than there are */
	KUNIT_EXPECT_EQ(test, notify(vm, 0, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, notify(vm, 6, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, notify(vm, 2, 5), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, notify(vm, 5, 2), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->pt->events_seen, 0x34);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, vm->pt->events_seen, 0);
	KUNIT_EXPECT_EQ(test, vm->pt->last_event, 0);
}

static void power_is_the_roots(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_power_property in = {};
	u64 value;
	u32 code;

	for (code = 0; code <= 3; code++) {
		bool known = code == 1 || code == 2;

		in = (struct hvp_power_property) { .property = code };
		KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(vm, GET_POWER, &in, 16, &value, 8)),
				known ? 0 : HV_STATUS_UNKNOWN_PROPERTY);
		if (known)
			KUNIT_EXPECT_EQ(test, value, HVP_POWER_OWNER_ROOT);
		KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(vm, SET_POWER, &in, 24, NULL, 0)),
				known ? 0 : HV_STATUS_UNKNOWN_PROPERTY);
		in.value = 1;
		KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(vm, SET_POWER, &in, 24, NULL, 0)),
				known ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_UNKNOWN_PROPERTY);
	}
	in = (struct hvp_power_property) { .property = 1, .rsvd = 1 };
	EXPECT_STATUS(test, fake_call(vm, GET_POWER, &in, 16, &value, 0), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, SET_POWER, &in, 24, NULL, 0), INVALID_PARAMETER);
	in = (struct hvp_power_property) { .property = 1, .argument = 1 };
	EXPECT_STATUS(test, fake_call(vm, GET_POWER, &in, 16, &value, 0), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, SET_POWER, &in, 24, NULL, 0), INVALID_PARAMETER);
}

/* All but 0x0004 and 0x007b are the root's, whatever privileges a guest has */
static void guests_are_refused(struct kunit *test)
{
	static const struct { u16 code; u8 size; bool rep; } calls[] = {
		{ SET_SYSTEM, 72 }, { ADD, 16 }, { REMOVE, 8 }, { SET_PROPERTY, 32 },
		{ GET_PROPERTY, 16 }, { SLEEP, 4 }, { NOTIFY, 8 }, { GET_REGS, 20, true },
		{ SET_REGS, 48, true }, { MCA_LPS, 8 }, { GET_POWER, 16 }, { SET_POWER, 24 },
	};
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST, ~0ULL, 2);
	static const u8 in[72];
	u64 out[8];
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		EXPECT_STATUS(test, fake_call(vm, calls[i].code | HV_REPS(calls[i].rep), in,
					      calls[i].size, out, 0), ACCESS_DENIED);
	EXPECT_STATUS(test, fake_call(vm, RUN_TIME, in, 8, out, 32), SUCCESS);
	KUNIT_EXPECT_EQ(test, get_system(vm, 15, 0, out), 0);
	fake_vm_destroy(vm);
}

static struct kunit_case lp_cases[] = {
	HVP_CASE(boot_processor_is_lp_0, 0x0004),
	HVP_CASE(added_lp_exists, 0x0076, 0x0004, 0x007a),
	HVP_CASE(each_processor_is_one_lp, 0x0076),
	HVP_CASE(lp_without_memory, 0x0076),
	HVP_CASE(vp_needs_its_lp, 0x004e),
	HVP_CASE(lp_in_use_stays, 0x0077),
	HVP_CASE(reset_empties_the_list, 0x0004, 0x0076, 0x004e),
	HVP_CASE(run_times_are_in_100_ns, 0x0004),
	HVP_CASE(run_time_is_cpu_management, 0x0004),
	HVP_CASE(topology_is_that_of_the_apic_id, 0x007a),
	HVP_CASE(lp_properties_have_limits, 0x0079, 0x007a),
	HVP_CASE(lp_registers_are_the_vcpus, 0x0088),
	HVP_CASE(other_registers_are_unknown, 0x0088, 0x0089),
	HVP_CASE(lp_registers_are_written, 0x0089),
	HVP_CASE(machine_checks_concern_one_lp, 0x008a),
	HVP_CASE(registered_s5_powers_off, 0x0084, 0x006f),
	HVP_CASE(sleep_states_can_be_locked, 0x006f),
	HVP_CASE(system_properties, 0x007b, 0x006f),
	HVP_CASE(events_are_recorded, 0x0087),
	HVP_CASE(power_is_the_roots, 0x009b, 0x009c),
	HVP_CASE(guests_are_refused, 0x006f, 0x0076, 0x0077, 0x0079, 0x007a, 0x0084, 0x0087,
		 0x0088, 0x0089, 0x008a, 0x009b, 0x009c),
	{}
};

static struct kunit_suite lp_suite = {
	.name = "hvpersona_lp",
	.init = lp_init,
	.exit = fake_exit,
	.test_cases = lp_cases,
};

kunit_test_suite(lp_suite);
