// SPDX-License-Identifier: GPL-2.0
/*
 * Properties of child partitions. Codes, values and ranges are those of the sheet's section
 * 14, statuses those of 15.3 (0x0044, 0x0045, 0x0101, 0x010a); defaults that it does not tell
 * are those of TLFS 2.0, "Partition Properties", or of Documentation/differences.rst.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "../hvpersona/child.h"
#include "../hvpersona/vp_file.h"
#include "expected_properties.h"
#include "fake_table.h"

#define CREATE		0x0040
#define INITIALIZE	0x0041
#define FINALIZE	0x0042
#define GET		0x0044
#define SET		0x0045
#define GET_EX		0x0101
#define SET_EX		0x010a

#define POISON		0xa5a5a5a5a5a5a5a5ULL

/* First code that needs the Ex forms */
#define LARGE		0x00090000

/* Room for the longest value */
static u64 values[512];

/* A child of VP 0's machine, its memory paid for */
static struct hvp_partition *child_create(struct fake_vm *vm)
{
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct hvp_partition *pt;
	u64 id;

	vm->pt->pool.unlimited = true;
	EXPECT_STATUS(vm->test, fake_call(vm, CREATE, &in, sizeof(in), &id, 8), SUCCESS);
	pt = xa_load(&vm->pt->instance->partitions, id);
	KUNIT_ASSERT_NOT_NULL(vm->test, pt);
	pt->pool.unlimited = true;
	return pt;
}

static void act(struct fake_vm *vm, u64 call, const struct hvp_partition *pt)
{
	EXPECT_STATUS(vm->test, fake_call(vm, call, &pt->id, 8, NULL, 0), SUCCESS);
}

static struct hvp_partition *active_child(struct fake_vm *vm)
{
	struct hvp_partition *pt = child_create(vm);

	act(vm, INITIALIZE, pt);
	return pt;
}

static struct hvp_vp *add_vp(struct fake_vm *vm, struct hvp_partition *pt, u32 index)
{
	KUNIT_ASSERT_NOT_NULL(vm->test, hvp_child_lock(hvp_partition_get(pt), NULL));
	KUNIT_EXPECT_EQ(vm->test, (u32)hvp_child_vp_create(pt, index), 0);
	hvp_child_unlock(pt);
	KUNIT_ASSERT_NOT_NULL(vm->test, hvp_vp_find(pt, index));
	return hvp_vp_find(pt, index);
}

static u32 get(struct fake_vm *vm, u64 id, u32 code, u64 *value)
{
	const struct hv_get_property in = { id, code };

	return HV_STATUS(fake_call(vm, GET, &in, sizeof(in), value, 8));
}

static u32 set(struct fake_vm *vm, u64 id, u32 code, u64 value)
{
	const struct hv_set_property in = { id, code, 0, value };

	return HV_STATUS(fake_call(vm, SET, &in, sizeof(in), NULL, 0));
}

static u32 get_ex(struct fake_vm *vm, u64 id, u32 code, u64 argument, u64 *to, u32 count)
{
	const struct hv_get_property_ex in = { id, code, 0, argument };

	return HV_STATUS(fake_call(vm, GET_EX, &in, sizeof(in), to, count * 8));
}

static u32 set_ex(struct fake_vm *vm, u64 id, u32 code, u64 argument, const u64 *from, u32 count)
{
	static u64 in[3 + 509];

	in[0] = id;
	in[1] = code;
	in[2] = argument;
	memcpy(&in[3], from, count * 8);
	return HV_STATUS(fake_call(vm, SET_EX | HV_VAR(count), in, 24 + count * 8, NULL, 0));
}

/* Set by the call that the code needs, to a value that takes one qword, or a bank */
static u32 set_any(struct fake_vm *vm, u64 id, u32 code, u64 value)
{
	if (code == 0x00090007)
		return set_ex(vm, id, code, 0, (u64[]) { 1, value }, 2);
	return code < LARGE ? set(vm, id, code, value) : set_ex(vm, id, code, 0, &value, 1);
}

static u64 value_of(struct fake_vm *vm, const struct hvp_partition *pt, u32 code)
{
	u64 value;

	KUNIT_EXPECT_EQ_MSG(vm->test, get(vm, pt->id, code, &value), 0, "property 0x%08x", code);
	return value;
}

/* 15.3: "The early properties" */
static bool is_early(u32 code)
{
	switch (code) {
	case 0x00010000:
	case 0x00010001:
	case 0x00050012:
	case 0x00050026:
	case 0x00060006:
	case 0x00090007:
		return true;
	default:
		return false;
	}
}

static bool is_known(u32 code)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(expected_properties); i++)
		if (expected_properties[i].code == code)
			return true;
	return false;
}

static void every_property_can_be_read(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 value;
	u32 i, code;

	add_vp(vm, pt, 0);
	for (i = 0; i < ARRAY_SIZE(expected_properties); i++) {
		code = expected_properties[i].code;
		KUNIT_EXPECT_EQ_MSG(test, get_ex(vm, pt->id, code, 0, values, 509), 0, "%s",
				    expected_properties[i].name);
		KUNIT_EXPECT_NE_MSG(test, values[0], POISON, "%s", expected_properties[i].name);
		if (code >= LARGE) {
			KUNIT_EXPECT_EQ(test, get(vm, pt->id, code, &value),
					HV_STATUS_UNKNOWN_PROPERTY);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, get(vm, pt->id, code, &value), 0, "%s",
				    expected_properties[i].name);
		KUNIT_EXPECT_EQ_MSG(test, values[1], POISON, "%s", expected_properties[i].name);
		if (code != 0x00030005)
			KUNIT_EXPECT_EQ(test, value, values[0]);
	}
}

static void codes_between_are_unknown(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u32 i, code;
	u64 value;
	s32 step;

	for (i = 0; i < ARRAY_SIZE(expected_properties); i++) {
		for (step = -1; step <= 1; step += 2) {
			code = expected_properties[i].code + step;
			if (is_known(code))
				continue;
			KUNIT_EXPECT_EQ(test, get(vm, pt->id, code, &value),
					HV_STATUS_UNKNOWN_PROPERTY);
			KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, code, 0, &value, 1),
					HV_STATUS_UNKNOWN_PROPERTY);
			KUNIT_EXPECT_EQ(test, value, POISON);
			KUNIT_EXPECT_EQ(test, set(vm, pt->id, code, 0), HV_STATUS_UNKNOWN_PROPERTY);
			KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, code, 0, &value, 1),
					HV_STATUS_UNKNOWN_PROPERTY);
		}
	}
}

/* INVALID_PARTITION_STATE: "partition not active (early properties excepted)" */
static void only_early_properties_are_there_before_initialization(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm);
	u32 i, code;

	for (i = 0; i < ARRAY_SIZE(expected_properties); i++) {
		code = expected_properties[i].code;
		KUNIT_EXPECT_EQ_MSG(test, get_ex(vm, pt->id, code, 0, values, 509),
				    is_early(code) ? 0 : HV_STATUS_INVALID_PARTITION_STATE,
				    "%s", expected_properties[i].name);
		KUNIT_EXPECT_EQ_MSG(test, set_any(vm, pt->id, code, is_early(code) && code ==
						  0x00060006 ? 36 : 0),
				    is_early(code) ? 0 : HV_STATUS_INVALID_PARTITION_STATE,
				    "%s", expected_properties[i].name);
	}
}

/* "an early property set after initialization" */
static void early_properties_are_fixed_by_initialization(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u32 i, code;

	for (i = 0; i < ARRAY_SIZE(expected_properties); i++) {
		code = expected_properties[i].code;
		if (!is_early(code))
			continue;
		KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, code, 0, values, 2), 0);
		KUNIT_EXPECT_EQ(test, set_any(vm, pt->id, code, 0),
				HV_STATUS_INVALID_PARTITION_STATE);
	}
}

static void finalized_partition_has_no_properties(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 value;
	u32 i;

	act(vm, FINALIZE, pt);
	for (i = 0; i < ARRAY_SIZE(expected_properties); i++) {
		KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, expected_properties[i].code, 0, &value, 1),
				HV_STATUS_INVALID_PARTITION_STATE);
		KUNIT_EXPECT_EQ(test, set_any(vm, pt->id, expected_properties[i].code, 0),
				HV_STATUS_INVALID_PARTITION_STATE);
		/* The host finds the same without the table of calls */
		KUNIT_EXPECT_EQ(test, (u32)hvp_property_set(pt, expected_properties[i].code, 0,
							    &value, 1),
				(u32)HV_STATUS_INVALID_PARTITION_STATE);
	}
}

/* Numbers that are set while the partition is active: least, greatest and first value */
static const struct number {
	u32 code;
	u64 min;
	u64 max;
	u64 initial;
} numbers[] = {
	{ 0x00010002, 0, U64_MAX, 0 },		/* AllowedParentUserModeHypercalls */
	{ 0x00020000, 0, 1, 0 },		/* Suspend */
	{ 0x00020001, 0, 0x10000, 0 },		/* CpuReserve */
	{ 0x00020002, 0, 0x10000, 0x10000 },	/* CpuCap */
	{ 0x00020003, 1, 10000, 100 },		/* CpuWeight */
	{ 0x00020004, 0, 0, 0 },		/* CpuGroupId: there are no groups */
	{ 0x00030003, 0, 1, 0 },		/* TimeFreeze */
	{ 0x00040000, 0, 0xffff, 0 },		/* DebugChannelId: 16 bits, TLFS 2.0 20.1.1 */
	{ 0x00040001, 0, 0xffff, 0 },
	{ 0x00040002, 0, 0xffff, 0 },
	{ 0x00040003, 0, 0xffff, 0 },
	{ 0x00050002, 0, 1, 0 },		/* ZeroMemoryOnReset */
	{ 0x00050003, 1, 256, 256 },		/* ProcessorsPerSocket */
	{ 0x00050005, 0, 1, 0 },		/* GpaPageAccessTracking */
	{ 0x0005000e, 0, U64_MAX, 0 },		/* AllocationId */
	{ 0x0005000f, 0, U64_MAX, 0 },		/* MonitoringId */
	{ 0x00050013, 0, U64_MAX, 0 },		/* CppcRequestValue */
	{ 0x00050016, 0, 256, 0 },		/* ProcessorsPerL3 */
	{ 0x00050017, 0, 1, 0 },		/* UnimplementedMsrAction */
	{ 0x00050018, 1, 8, 1 },		/* AmdNodesPerSocket */
	{ 0x0005001a, 0, 1, 0 },		/* AutoEoiEnabled */
	{ 0x0005001b, 0, U32_MAX, 0 },		/* L3CacheWays */
	{ 0x00050021, 0, U32_MAX, 0 },		/* MgmtVtlMaxMemorySections */
	{ 0x00050023, 0, 1, 0 },		/* PenalizeBusLock */
	{ 0x00050024, 0, 1, 0 },		/* TopologyApicIdOptIn */
	{ 0x00050025, 0, U64_MAX, 0 },		/* CppcResourcePrioritiesValue */
	{ 0x00050030, 0, 1, 0 },		/* AutoSuspend */
	{ 0x00060004, 0, U64_MAX, 0 },		/* EnlightenmentModifications */
	{ 0x00080103, 0, U32_MAX, 0 },		/* StateTransferMode */
};

static bool is_writable(u32 code)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].code == code)
			return true;
	/* ReferenceTime, VirtualTlbPageCount, NestedTlbSize, VNUMATopologyConfig, affinity */
	return is_early(code) || code == 0x00030005 || code == 0x00050000 || code == 0x00050004 ||
	       code == 0x00090004 || code == 0x10001000;
}

static void numbers_have_their_defaults_and_ranges(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	const struct number *number;
	u64 value = 0;

	for (number = numbers; number < numbers + ARRAY_SIZE(numbers); number++) {
		KUNIT_EXPECT_EQ_MSG(test, value_of(vm, pt, number->code), number->initial, "0x%08x",
				    number->code);
		KUNIT_EXPECT_EQ(test, set(vm, pt->id, number->code, number->max), 0);
		KUNIT_EXPECT_EQ(test, value_of(vm, pt, number->code), number->max);
		if (number->max != U64_MAX)
			KUNIT_EXPECT_EQ_MSG(test, set(vm, pt->id, number->code, number->max + 1),
					    HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE, "0x%08x",
					    number->code);
		if (number->min)
			KUNIT_EXPECT_EQ_MSG(test, set(vm, pt->id, number->code, number->min - 1),
					    HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE, "0x%08x",
					    number->code);
		KUNIT_EXPECT_EQ(test, value_of(vm, pt, number->code), number->max);
		KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, number->code, 0, &number->min, 1), 0);
		KUNIT_EXPECT_EQ(test, value_of(vm, pt, number->code), number->min);
		KUNIT_EXPECT_EQ(test, hvp_property_stored(pt, number->code), number->min);
		/* Lengths other than one qword */
		KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, number->code, 0, &value, 0),
				HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, number->code, 0, (u64[2]) {}, 2),
				HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, set(vm, pt->id, number->code, number->initial), 0);
	}
}

static void read_only_properties_cannot_be_written(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 before[4], after[4];
	u32 i, code;

	for (i = 0; i < ARRAY_SIZE(expected_properties); i++) {
		code = expected_properties[i].code;
		if (is_writable(code))
			continue;
		KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, code, 0, before, 4), 0);
		KUNIT_EXPECT_EQ_MSG(test, set_any(vm, pt->id, code, before[0]),
				    HV_STATUS_INVALID_PARAMETER, "%s", expected_properties[i].name);
		KUNIT_EXPECT_EQ_MSG(test, set_any(vm, pt->id, code, ~before[0]),
				    HV_STATUS_INVALID_PARAMETER, "%s", expected_properties[i].name);
		KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, code, 0, after, 4), 0);
		KUNIT_EXPECT_MEMEQ(test, before, after, sizeof(before));
	}
}

/* "clamped to limits, never fails" */
static void tlb_sizes_are_clamped(struct kunit *test)
{
	static const u32 codes[] = { 0x00050000, 0x00050004 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 least, most;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		KUNIT_EXPECT_EQ(test, set(vm, pt->id, codes[i], 0), 0);
		least = value_of(vm, pt, codes[i]);
		KUNIT_EXPECT_EQ(test, set(vm, pt->id, codes[i], U64_MAX), 0);
		most = value_of(vm, pt, codes[i]);
		KUNIT_EXPECT_LT(test, least, most);
		KUNIT_EXPECT_EQ(test, set(vm, pt->id, codes[i], least + 1), 0);
		KUNIT_EXPECT_EQ(test, value_of(vm, pt, codes[i]), least + 1);
	}
}

/* TLFS 2.0, 18.2.1 and 18.2.2 */
static void reserve_and_cap_do_not_cross(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);

	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00020002, 0x8000), 0);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00020001, 0x8001),
			HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00020001, 0x8000), 0);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00020002, 0x7fff),
			HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00020002), 0x8000ULL);
}

/*
 * TLFS 2.0 18.2.1: "the total reserves for all virtual processors cannot exceed the number of
 * logical processors", for which the root's VPs stand; 0x0045, 0x004e: the statuses.
 */
static void reserves_do_not_exceed_the_processors(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm), *other = active_child(vm);
	struct hv_create_vp create = { .partition_id = pt->id, .vp_index = FAKE_VPS - 1 };
	u32 i;

	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00020001, 0x10000), 0);
	for (i = 0; i < FAKE_VPS - 1; i++)
		add_vp(vm, pt, i);
	add_vp(vm, other, 0);
	KUNIT_EXPECT_EQ(test, set(vm, other->id, 0x00020001, 0x10000), 0);
	EXPECT_STATUS(test, fake_call(vm, 0x004e, &create, sizeof(create), NULL, 0),
		      OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, pt->vp_count, FAKE_VPS - 1);
	/* Half a processor for the other one is not enough, none is */
	KUNIT_EXPECT_EQ(test, set(vm, other->id, 0x00020001, 0x8000), 0);
	EXPECT_STATUS(test, fake_call(vm, 0x004e, &create, sizeof(create), NULL, 0),
		      OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, set(vm, other->id, 0x00020001, 0), 0);
	EXPECT_STATUS(test, fake_call(vm, 0x004e, &create, sizeof(create), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, set(vm, other->id, 0x00020001, 1),
			HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE);
	KUNIT_EXPECT_EQ(test, value_of(vm, other, 0x00020001), 0ULL);
	/* VPs without a reserve are not limited, and VPs that go leave room */
	add_vp(vm, other, 1);
	act(vm, FINALIZE, pt);
	KUNIT_EXPECT_EQ(test, set(vm, other->id, 0x00020001, 0x10000), 0);
}

/* TLFS 2.0 20.1.1: "either zero or a non-zero value that is unique on the target system" */
static void debug_channel_has_one_partition(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm), *other = active_child(vm);

	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00040000, 7), 0);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00040000, 7), 0);
	KUNIT_EXPECT_EQ(test, set(vm, other->id, 0x00040000, 7), HV_STATUS_OBJECT_IN_USE);
	KUNIT_EXPECT_EQ(test, value_of(vm, other, 0x00040000), 0ULL);
	KUNIT_EXPECT_EQ(test, set(vm, other->id, 0x00040000, 8), 0);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00040000, 0), 0);
	KUNIT_EXPECT_EQ(test, set(vm, other->id, 0x00040000, 7), 0);
	/* A partition that is finalized has no session any more */
	act(vm, FINALIZE, other);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00040000, 7), 0);
}

/* 5.1 with the defaults of TLFS 2.0, 5.2.3, for what is served */
static void privileges_are_a_subset_of_the_parents(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm);
	u32 bit;

	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00010000), GENMASK_ULL(6, 0));
	for (bit = 0; bit < 64; bit++) {
		bool may = bit <= 6 || bit == 9 || bit == 11 || (bit >= 32 && bit <= 34) ||
			   (bit >= 36 && bit <= 40) || bit == 49 || (bit >= 51 && bit <= 53);

		vm->pt->privileges = HV_PRIVILEGES_DEFINED;
		KUNIT_EXPECT_EQ_MSG(test, set(vm, pt->id, 0x00010000, BIT_ULL(bit)),
				    may ? 0 : HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE, "bit %u", bit);
		if (!may)
			continue;
		KUNIT_EXPECT_EQ(test, pt->privileges, BIT_ULL(bit));
		KUNIT_EXPECT_EQ(test, pt->xmm_output, bit == 51);
		if (bit == 32)
			continue;
		/* What the parent lacks itself it cannot give */
		vm->pt->privileges &= ~BIT_ULL(bit);
		KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00010000, BIT_ULL(bit)),
				HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE);
	}
}

/* 14.3 beside 5.1; what is no privilege is kept beside */
static void synthetic_features_are_privileges(struct kunit *test)
{
	static const struct {
		u8 privilege, feature;
	} map[] = {
		{ 0, 2 }, { 1, 3 }, { 2, 4 }, { 3, 5 }, { 4, 6 }, { 5, 7 }, { 6, 8 }, { 9, 9 },
		{ 11, 11 }, { 51, 18 }, { 53, 20 }, { 37, 29 }, { 49, 38 },
	};
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm);
	u64 assignable[2];
	u32 i;

	KUNIT_EXPECT_EQ(test, get_ex(vm, HV_PARTITION_ID_SELF, 0x00090009, 0, assignable, 2), 0);
	for (i = 0; i < ARRAY_SIZE(map); i++) {
		KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00010001, BIT_ULL(map[i].feature)), 0);
		KUNIT_EXPECT_EQ(test, pt->privileges, BIT_ULL(map[i].privilege));
		KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00010001), BIT_ULL(map[i].feature));
	}
	/* Privileges that are no features stay */
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00010000, BIT_ULL(38) | BIT_ULL(0)), 0);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00010001, assignable[1]), 0);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00010001), assignable[1]);
	KUNIT_EXPECT_TRUE(test, pt->privileges & BIT_ULL(38));
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00010001, BIT_ULL(i)),
				assignable[1] & BIT_ULL(i) ? 0 :
				HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE);
}

static void grandchildren_have_less(struct kunit *test)
{
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm), *deep[2], *up = pt;
	u64 privileges = BIT_ULL(32) | BIT_ULL(5), value;
	u32 i, count;

	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00010000, privileges), 0);
	for (i = 0; i < ARRAY_SIZE(deep); i++, up = deep[i - 1]) {
		KUNIT_ASSERT_EQ(test, (u32)hvp_child_create(up, up->instance, &in, &deep[i]), 0);
		deep[i]->pool.unlimited = true;
		KUNIT_EXPECT_EQ(test, deep[i]->privileges, BIT_ULL(5));
		value = BIT_ULL(0);
		KUNIT_EXPECT_EQ(test, (u32)hvp_property_set(deep[i], 0x00010000, 0, &value, 1),
				(u32)HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE);
		/* HVP_MAX_DEPTH: the last cannot have children */
		KUNIT_EXPECT_EQ(test, (u32)hvp_property_set(deep[i], 0x00010000, 0, &privileges, 1),
				i ? (u32)HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE : 0);
		KUNIT_EXPECT_EQ(test, (u32)hvp_property_get(deep[i], NULL, 0x00010000, 0, &value,
							    &count), 0);
		KUNIT_EXPECT_EQ(test, value, i ? BIT_ULL(5) : privileges);
	}
	for (i = 0; i < ARRAY_SIZE(deep); i++)
		hvp_partition_put(deep[i]);
}

static void address_width_limits_the_space(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm);

	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00060006), (u64)FAKE_PA_BITS);
	KUNIT_EXPECT_EQ(test, pt->child->map.limit, BIT_ULL(FAKE_PA_BITS - 12));
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00060006, 31), HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00060006, FAKE_PA_BITS + 1),
			HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00060006, 36), 0);
	KUNIT_EXPECT_EQ(test, pt->child->map.limit, BIT_ULL(24));
	act(vm, INITIALIZE, pt);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00060006), 36ULL);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00050010), 36ULL);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00060014), (u64)FAKE_PA_BITS);
	KUNIT_EXPECT_EQ(test, add_vp(vm, pt, 0)->pa_bits, 36);
}

/* 0x00030003: 1 freeze, 0 run; 0x00030005 in units of 100 ns */
static void reference_time_runs_freezes_and_is_set(struct kunit *test)
{
	const u64 second = 10000000, restored = 0x123456789abcdefULL;
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 time, host;

	host = ktime_get_ns();
	time = value_of(vm, pt, 0x00030005);
	KUNIT_EXPECT_LT(test, time, 60 * second);
	while (ktime_get_ns() - host < 2 * NSEC_PER_MSEC)
		cpu_relax();
	KUNIT_EXPECT_GE(test, value_of(vm, pt, 0x00030005) - time, second / 1000);

	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00030003, 1), 0);
	time = value_of(vm, pt, 0x00030005);
	host = ktime_get_ns();
	while (ktime_get_ns() - host < NSEC_PER_MSEC)
		cpu_relax();
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00030005), time);
	KUNIT_EXPECT_EQ(test, hvp_child_reference_time(pt), time);

	/* Migration: set while frozen, then let go from there */
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00030005, restored), 0);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00030005), restored);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00030003, 1), 0);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00030005), restored);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00030003, 0), 0);
	time = value_of(vm, pt, 0x00030005) - restored;
	KUNIT_EXPECT_LT(test, time, 60 * second);
	/* And while it runs */
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00030005, 0), 0);
	KUNIT_EXPECT_LT(test, hvp_child_reference_time(pt), 60 * second);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00030003, 0), 0);
	KUNIT_EXPECT_LT(test, hvp_child_reference_time(pt), 60 * second);
}

static void properties_tell_of_the_child(struct kunit *test)
{
	const union hvp_register_value os = { .low = 0x8100060c00000000 }, on = { .low = 1 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	struct hvp_vp *vp;

	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00060005), 0x0609ULL);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00060009), FAKE_TSC_HZ);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00030004), FAKE_APIC_HZ);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00060015), 2ULL);	/* banks */
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00070000), 0ULL);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00050019), 0ULL);
	vp = add_vp(vm, pt, 0);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00070000), 0ULL);
	KUNIT_EXPECT_EQ(test, (u32)hvp_file_set(vp, 0x00090002, &os), 0);
	KUNIT_EXPECT_EQ(test, (u32)hvp_file_set(vp, 0x00090017, &on), 0);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00070000), os.low);
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00050019), 1ULL);
}

/* 0x0101: u16 bank count, reserved, bank 0; bits 1 and 4 are offered */
static void vmm_capabilities_can_be_narrowed(struct kunit *test)
{
	static const struct {
		u64 value[3];
		u32 count;
		u32 status;
	} attempts[] = {
		{ { 1, 0x12 }, 2, 0 },
		{ { 1, 0x10 }, 2, 0 },
		{ { 1, 0x11 }, 2, HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE },
		{ { 0, 0x10 }, 2, HV_STATUS_INVALID_PARAMETER },
		{ { 2, 0x10 }, 2, HV_STATUS_INVALID_PARAMETER },
		{ { 0x10001, 0x10 }, 2, HV_STATUS_INVALID_PARAMETER },
		{ { 1 }, 1, HV_STATUS_INVALID_PARAMETER },
		{ { 1, 0x10, 0 }, 3, HV_STATUS_INVALID_PARAMETER },
	};
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm);
	u32 i;

	KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x00090007, 0, values, 3), 0);
	KUNIT_EXPECT_EQ(test, values[1], 0x12ULL);
	for (i = 0; i < ARRAY_SIZE(attempts); i++)
		KUNIT_EXPECT_EQ_MSG(test, set_ex(vm, pt->id, 0x00090007, 0, attempts[i].value,
						 attempts[i].count), attempts[i].status, "%u", i);
	KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x00090007, 0, values, 3), 0);
	KUNIT_EXPECT_EQ(test, values[0], 1ULL);
	KUNIT_EXPECT_EQ(test, values[1], 0x10ULL);
	KUNIT_EXPECT_EQ(test, values[2], POISON);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00090007, 1), HV_STATUS_UNKNOWN_PROPERTY);
}

/* A value of any length up to what fits beside the header in a page, 509 qwords */
static void large_values_keep_their_length(struct kunit *test)
{
	static const u32 counts[] = { 1, 3, 509, 2 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 *back = kunit_kcalloc(test, 512, 8, GFP_KERNEL);
	u32 i, j;

	KUNIT_ASSERT_NOT_NULL(test, back);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		for (j = 0; j < counts[i]; j++)
			values[j] = (u64)i << 32 | j;
		KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x00090004, 0, values, counts[i]), 0);
		KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x00090004, 0, back, 510), 0);
		KUNIT_EXPECT_MEMEQ(test, values, back, counts[i] * 8);
		KUNIT_EXPECT_EQ(test, back[counts[i]], POISON);
	}
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x00090004, 0, values, 0),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, (u32)hvp_property_set(pt, 0x00090004, 0, values, 510),
			(u32)HV_STATUS_INVALID_PARAMETER);
}

/* 0x10001000: a set in the format of section 9, of the VP that the argument names */
static void affinity_is_a_vps_own(struct kunit *test)
{
	const u64 set_of_two[] = { 0, BIT(0) | BIT(3), 0x1, 0x2 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 back[5];

	KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x10001000, 0, back, 5),
			HV_STATUS_INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x10001000, 0, set_of_two, 4),
			HV_STATUS_INVALID_VP_INDEX);
	add_vp(vm, pt, 0);
	add_vp(vm, pt, 1);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x10001000, 1, set_of_two, 4), 0);
	KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x10001000, 1, back, 5), 0);
	KUNIT_EXPECT_MEMEQ(test, set_of_two, back, sizeof(set_of_two));
	KUNIT_EXPECT_EQ(test, back[4], POISON);
	/* A VP that could not be made leaves it alone */
	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(pt), NULL));
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_vp_create(pt, 1), (u32)HV_STATUS_INVALID_VP_INDEX);
	hvp_child_unlock(pt);
	KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x10001000, 1, back, 5), 0);
	KUNIT_EXPECT_MEMEQ(test, set_of_two, back, sizeof(set_of_two));
	/* The other may run anywhere */
	KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x10001000, 0, back, 5), 0);
	KUNIT_EXPECT_EQ(test, back[0], 1ULL);
	KUNIT_EXPECT_EQ(test, back[2], POISON);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x10001000, 0, set_of_two, 3),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x10001000, 0, (u64[2]) { 2 }, 2),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x10001000, 0, (u64[1]) { 1 }, 1),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x10001000, 2, set_of_two, 4),
			HV_STATUS_INVALID_VP_INDEX);
}

static void large_values_go_with_their_partition(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	const u64 all[] = { 1, 0 };

	add_vp(vm, pt, 3);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x10001000, 3, all, 2), 0);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x00090004, 0, all, 2), 0);
	KUNIT_EXPECT_NOT_NULL(test, pt->child->large_values);
	act(vm, FINALIZE, pt);
	KUNIT_EXPECT_NULL(test, pt->child->large_values);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, 0ULL);
}

/* "read-only for the root"; a root is active from the start */
static void root_cannot_change_its_own(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i, code, status;

	for (i = 0; i < ARRAY_SIZE(expected_properties); i++) {
		code = expected_properties[i].code;
		status = get_ex(vm, HV_PARTITION_ID_SELF, code, 0, values, 509);
		if (status)
			KUNIT_EXPECT_EQ(test, status, HV_STATUS_UNKNOWN_PROPERTY);
		else
			status = is_early(code) ? HV_STATUS_INVALID_PARTITION_STATE :
						  HV_STATUS_INVALID_PARAMETER;
		KUNIT_EXPECT_EQ_MSG(test, set_any(vm, HV_PARTITION_ID_SELF, code, 1), status, "%s",
				    expected_properties[i].name);
	}
	KUNIT_EXPECT_EQ(test, vm->pt->privileges, HV_PRIVILEGES_DEFINED);
}

/* The host reads a machine's properties, but for those that only its VPs' threads can */
static void host_reads_a_machines_properties(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 count;

	KUNIT_EXPECT_EQ(test, (u32)hvp_property_get(vm->pt, NULL, 0x00010000, 0, values, &count), 0);
	KUNIT_EXPECT_EQ(test, values[0], HV_PRIVILEGES_DEFINED);
	KUNIT_EXPECT_EQ(test, count, 1U);
	KUNIT_EXPECT_EQ(test, (u32)hvp_property_get(vm->pt, NULL, 0x00030005, 0, values, &count),
			(u32)HV_STATUS_UNKNOWN_PROPERTY);
	KUNIT_EXPECT_EQ(test, (u32)hvp_property_get(vm->pt, NULL, 0x00090010, 0, values, &count), 0);
	KUNIT_EXPECT_EQ(test, count, 3U);
}

/* Of neither children nor a parent's own */
static void properties_of_others_are_out_of_reach(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 value;

	KUNIT_EXPECT_EQ(test, set(vm, pt->id + 1, 0x00020003, 1), HV_STATUS_INVALID_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id + 1, 0x00020003, 0, (u64[1]) { 1 }, 1),
			HV_STATUS_INVALID_PARTITION_ID);
	vm->pt->role = HVPERSONA_ROLE_GUEST;
	KUNIT_EXPECT_EQ(test, set(vm, HV_PARTITION_ID_SELF, 0x00020003, 1), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00020003, 7), 0);
	vm->pt->privileges &= ~BIT_ULL(32);
	KUNIT_EXPECT_EQ(test, set(vm, pt->id, 0x00020003, 8), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x00020003, 0, (u64[1]) { 8 }, 1),
			HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, get(vm, pt->id, 0x00020003, &value), HV_STATUS_ACCESS_DENIED);
	vm->pt->privileges |= BIT_ULL(32);
	vm->pt->role = HVPERSONA_ROLE_ROOT;
	KUNIT_EXPECT_EQ(test, value_of(vm, pt, 0x00020003), 7ULL);
}

/* Every allocation fails once; the value stays what it was, nothing is lost */
static void failing_allocations_leave_the_value(struct kunit *test)
{
	const u64 old[] = { 1, 2 }, new[] = { 3, 4, 5 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = active_child(vm);
	u64 back[3];
	u32 nth, status;
	bool failed;

	KUNIT_EXPECT_EQ(test, set_ex(vm, pt->id, 0x00090004, 0, old, 2), 0);
	for (nth = 1; nth < 10; nth++) {
		fake_fail_nth(nth);
		status = set_ex(vm, pt->id, 0x00090004, 0, new, 3);
		failed = fake_has_failed();
		fake_fail_nth(0);
		if (!failed)
			break;
		KUNIT_EXPECT_EQ(test, status, HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x00090004, 0, back, 3), 0);
		KUNIT_EXPECT_MEMEQ(test, back, old, sizeof(old));
	}
	KUNIT_EXPECT_GT(test, nth, 1U);
	KUNIT_EXPECT_EQ(test, status, 0U);
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, get(vm, pt->id, 0x0006000a, back), HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_TRUE(test, fake_has_failed());
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, get_ex(vm, pt->id, 0x00090010, 0, back, 3), HV_STATUS_NO_RESOURCES);
}

static struct kunit_case properties_cases[] = {
	HVP_CASE(every_property_can_be_read, 0x0044, 0x0101),
	HVP_CASE(codes_between_are_unknown, 0x0044, 0x0045, 0x0101, 0x010a),
	HVP_CASE(only_early_properties_are_there_before_initialization, 0x0045, 0x0101, 0x010a),
	HVP_CASE(early_properties_are_fixed_by_initialization, 0x0045, 0x0101, 0x010a),
	HVP_CASE(finalized_partition_has_no_properties, 0x0045, 0x0101, 0x010a),
	HVP_CASE(numbers_have_their_defaults_and_ranges, 0x0044, 0x0045, 0x010a),
	HVP_CASE(read_only_properties_cannot_be_written, 0x0045, 0x0101, 0x010a),
	HVP_CASE(tlb_sizes_are_clamped, 0x0044, 0x0045),
	HVP_CASE(reserve_and_cap_do_not_cross, 0x0044, 0x0045),
	HVP_CASE(reserves_do_not_exceed_the_processors, 0x0045, 0x004e),
	HVP_CASE(debug_channel_has_one_partition, 0x0045),
	HVP_CASE(privileges_are_a_subset_of_the_parents, 0x0044, 0x0045),
	HVP_CASE(synthetic_features_are_privileges, 0x0044, 0x0045, 0x0101),
	HVP_CASE(grandchildren_have_less, 0x0045),
	HVP_CASE(address_width_limits_the_space, 0x0044, 0x0045),
	HVP_CASE(reference_time_runs_freezes_and_is_set, 0x0044, 0x0045),
	HVP_CASE(properties_tell_of_the_child, 0x0044),
	HVP_CASE(vmm_capabilities_can_be_narrowed, 0x0101, 0x010a),
	HVP_CASE(large_values_keep_their_length, 0x0101, 0x010a),
	HVP_CASE(affinity_is_a_vps_own, 0x0101, 0x010a),
	HVP_CASE(large_values_go_with_their_partition, 0x010a),
	HVP_CASE(root_cannot_change_its_own, 0x0045, 0x0101, 0x010a),
	HVP_CASE(host_reads_a_machines_properties, 0x0044, 0x0101),
	HVP_CASE(properties_of_others_are_out_of_reach, 0x0044, 0x0045, 0x010a),
	HVP_CASE(failing_allocations_leave_the_value, 0x0044, 0x0101, 0x010a),
	{}
};

static struct kunit_suite properties_suite = {
	.name = "hvpersona_properties",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = properties_cases,
};

kunit_test_suites(&properties_suite);
