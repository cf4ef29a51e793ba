// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual processors: spin waits, starting, APIC addressing, CPUID. Rules are those of the
 * sheet's entries for the calls and, for HV_INPUT_VTL and VP indexes, its section 15.6.
 */
#include <linux/string.h>

#include "fake_table.h"
#include "../hvpersona/hv_abi/registers.h"

#define SPIN	0x0008
#define START	0x0099
#define INDEX	0x009a
#define MDA	0x00e5
#define CPUID	0x00f4

/* SUCCESS "always; the call is advisory" */
static void spin_wait_yields_whatever_the_count(struct kunit *test)
{
	static const u64 inputs[] = { 0, 1, 0xffffffff, ~0ULL };
	struct fake_vm *vm = test->priv;
	u64 out;
	u32 i;

	vm->pt->privileges = 0;
	for (i = 0; i < ARRAY_SIZE(inputs); i++) {
		EXPECT_STATUS(test, fake_call(vm, SPIN, &inputs[i], 8, &out, 0), SUCCESS);
		EXPECT_STATUS(test, fake_call_fast(vm, SPIN, &inputs[i], 8, &out, 0), SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, vm->spins, 2 * ARRAY_SIZE(inputs));
}

static u32 start(struct fake_vm *vm, struct hv_start_vp *in)
{
	u64 out;

	return HV_STATUS(fake_call(vm, START, in, sizeof(*in), &out, 0));
}

static void vp_starts_with_the_given_context(struct kunit *test)
{
	struct hv_start_vp in = { .partition_id = HV_PARTITION_ID_SELF, .vp_index = 2 };
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < sizeof(in.context); i++)
		((u8 *)&in.context)[i] = i;
	KUNIT_EXPECT_EQ(test, start(vm, &in), 0);
	KUNIT_EXPECT_EQ(test, vm->starts, 1);
	KUNIT_EXPECT_PTR_EQ(test, vm->started, vm->vps[2].vp);
	KUNIT_EXPECT_EQ(test, memcmp(&vm->context, &in.context, sizeof(in.context)), 0);

	in.partition_id = vm->pt->id;
	in.vp_index = 3;
	KUNIT_EXPECT_EQ(test, start(vm, &in), 0);
	KUNIT_EXPECT_PTR_EQ(test, vm->started, vm->vps[3].vp);
}

static void start_rejects_unknown_vps(struct kunit *test)
{
	static const u32 unknown[] = { FAKE_VPS, 63, 4095, 4096, 0x7fffffff, 0xffffffff };
	struct hv_start_vp in = { .partition_id = HV_PARTITION_ID_SELF };
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		in.vp_index = unknown[i];
		KUNIT_EXPECT_EQ_MSG(test, start(vm, &in), HV_STATUS_INVALID_VP_INDEX, "VP 0x%x",
				    unknown[i]);
	}
	KUNIT_EXPECT_EQ(test, vm->starts, 0);
}

static void start_checks_vtl_and_reserved_fields(struct kunit *test)
{
	struct hv_start_vp in = { .partition_id = HV_PARTITION_ID_SELF, .vp_index = 1 };
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(in.rsvd); i++) {
		in.rsvd[i] = 1;
		KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_PARAMETER);
		in.rsvd[i] = 0;
	}
	in.target_vtl = 1;	/* "target VTL not enabled on the VP" */
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_VTL_STATE);
	in.target_vtl = 2;
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_VTL_STATE);
	KUNIT_EXPECT_EQ(test, vm->starts, 0);
}

/* A VP that runs already, the caller among them; a context that cannot be loaded */
static void start_passes_the_monitors_refusal_on(struct kunit *test)
{
	struct hv_start_vp in = { .partition_id = HV_PARTITION_ID_SELF,
				  .vp_index = HV_VP_INDEX_SELF };
	struct fake_vm *vm = test->priv;

	vm->start_status = HV_STATUS_INVALID_VP_STATE;
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_VP_STATE);
	vm->start_status = HV_STATUS_INVALID_REGISTER_VALUE;
	in.vp_index = 1;
	KUNIT_EXPECT_EQ(test, start(vm, &in), HV_STATUS_INVALID_REGISTER_VALUE);
	KUNIT_EXPECT_EQ(test, vm->starts, 2);
	KUNIT_EXPECT_NULL(test, vm->started);
}

/* 240 bytes do not fit registers */
static void start_has_no_fast_form(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 in[2] = { HV_PARTITION_ID_SELF, 1 };
	u64 out;

	EXPECT_STATUS(test, fake_call_fast(vm, START, in, sizeof(in), &out, 0),
		      INVALID_HYPERCALL_INPUT);
}

static void apic_ids_become_vp_indexes(struct kunit *test)
{
	struct hv_vp_index_from_apic_id header = { .partition_id = HV_PARTITION_ID_SELF };
	static const u32 ids[] = { 18, 0, 0x12345678, 6, 4 };
	struct fake_vm *vm = test->priv;
	u32 in[4 + 5], out[5];
	u64 result;

	fake_vp_add(vm, 9);
	vm->vps[1].apic.id = 0x12345678;	/* x2APIC ids are 32 bits wide */
	memcpy(in, &header, sizeof(header));
	memcpy(in + 4, ids, sizeof(ids));
	result = fake_call(vm, INDEX | HV_REPS(5), in, sizeof(in), out, sizeof(out));
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 5ULL));
	KUNIT_EXPECT_EQ(test, memcmp(out, (u32[]) { 9, 0, 1, 3, 2 }, 20), 0);
}

static void unknown_apic_id_ends_the_list(struct kunit *test)
{
	struct hv_vp_index_from_apic_id header = { .partition_id = HV_PARTITION_ID_SELF };
	static const u32 ids[] = { 2, 1, 0 };
	struct fake_vm *vm = test->priv;
	u32 in[4 + 3], out[3];
	u64 result;

	memcpy(in, &header, sizeof(header));
	memcpy(in + 4, ids, sizeof(ids));
	result = fake_call(vm, INDEX | HV_REPS(3), in, sizeof(in), out, sizeof(out));
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 1);
	KUNIT_EXPECT_EQ(test, out[0], 1);
	KUNIT_EXPECT_EQ(test, out[1], 0xa5a5a5a5);
}

static void apic_id_header_is_checked(struct kunit *test)
{
	struct {
		struct hv_vp_index_from_apic_id header;
		u64 id;
	} in = { .header.partition_id = HV_PARTITION_ID_SELF };
	static const struct {
		u8 vtl;
		u16 status;
	} vtls[] = {
		{ 0x10, HV_STATUS_SUCCESS }, { 0x11, HV_STATUS_ACCESS_DENIED },
		{ 0x20, HV_STATUS_INVALID_PARAMETER }, { 0x80, HV_STATUS_INVALID_PARAMETER },
	};
	struct fake_vm *vm = test->priv;
	u64 out, result;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(in.header.rsvd); i++) {
		in.header.rsvd[i] = 1;
		result = fake_call(vm, INDEX | HV_REPS(1), &in, 20, &out, 0);
		EXPECT_STATUS(test, result, INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, HV_DONE(result), 0);
		in.header.rsvd[i] = 0;
	}
	for (i = 0; i < ARRAY_SIZE(vtls); i++) {
		in.header.target_vtl = vtls[i].vtl;
		result = fake_call(vm, INDEX | HV_REPS(1), &in, 20, &out, 0);
		KUNIT_EXPECT_EQ(test, HV_STATUS(result), vtls[i].status);
	}
}

/* The set of VPs that a destination addresses, as one word; ~0 for INVALID_PARAMETER */
static u64 addressed(struct fake_vm *vm, u64 mda, bool logical)
{
	struct hv_vp_set_from_mda in = {
		.partition_id = HV_PARTITION_ID_SELF,
		.destination = mda,
		.logical = logical,
	};
	u64 out[4], result;

	result = fake_call(vm, MDA, &in, sizeof(in), out, sizeof(out));
	if (HV_STATUS(result) == HV_STATUS_INVALID_PARAMETER)
		return ~0ULL;
	EXPECT_STATUS(vm->test, result, SUCCESS);
	KUNIT_EXPECT_EQ(vm->test, out[0], 0ULL);	/* sparse */
	KUNIT_EXPECT_EQ(vm->test, out[1], 1ULL);	/* bank 0 */
	KUNIT_EXPECT_EQ(vm->test, out[3], 0xa5a5a5a5a5a5a5a5ULL);
	return out[2];
}

/* Intel SDM volume 3, "Determining IPI Destination", also for the next three cases */
static void physical_destination_is_an_apic_id(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, addressed(vm, 0, false), 0x1ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 6, false), 0x8ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0xff, false), 0xfULL);	/* broadcast */
	KUNIT_EXPECT_EQ(test, addressed(vm, 5, false), ~0ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x100000002, false), ~0ULL);
}

static void flat_logical_destination_is_a_mask(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < FAKE_VPS; i++)
		vm->vps[i].apic.ldr = BIT(24 + i);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x1, true), 0x1ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0xa, true), 0xaULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0xff, true), 0xfULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x10, true), ~0ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0, true), ~0ULL);
}

static void cluster_logical_destination_names_cluster_and_members(struct kunit *test)
{
	static const u32 ldrs[FAKE_VPS] = { 0x11000000, 0x12000000, 0x21000000, 0x22000000 };
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < FAKE_VPS; i++) {
		vm->vps[i].apic.flat = false;
		vm->vps[i].apic.ldr = ldrs[i];
	}
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x11, true), 0x1ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x1f, true), 0x3ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x23, true), 0xcULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0xff, true), 0xfULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x24, true), ~0ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x31, true), ~0ULL);
}

static void x2apic_destinations_are_32_bits_wide(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < FAKE_VPS; i++) {
		vm->vps[i].apic.x2apic = true;
		vm->vps[i].apic.id = 0xff + 16 * i;	/* 0xff is no broadcast here */
		vm->vps[i].apic.ldr = (i / 2) << 16 | BIT(i % 2);
	}
	KUNIT_EXPECT_EQ(test, addressed(vm, 0xff, false), 0x1ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x10f, false), 0x2ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0xffffffff, false), 0xfULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0xffffffff, true), 0xfULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x00003, true), 0x3ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x10002, true), 0x8ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x20001, true), ~0ULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 0x10000, true), ~0ULL);
}

static void disabled_apic_is_not_addressed(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->vps[1].apic.enabled = false;
	KUNIT_EXPECT_EQ(test, addressed(vm, 0xff, false), 0xdULL);
	KUNIT_EXPECT_EQ(test, addressed(vm, 2, false), ~0ULL);
}

static void set_of_addressed_vps_can_have_several_banks(struct kunit *test)
{
	struct hv_vp_set_from_mda in = { .partition_id = HV_PARTITION_ID_SELF,
					 .destination = 0xff };
	struct fake_vm *vm = test->priv;
	u64 out[6];

	fake_vp_add(vm, 70);
	fake_vp_add(vm, 4095);
	EXPECT_STATUS(test, fake_call(vm, MDA, &in, sizeof(in), out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[0], 0ULL);
	KUNIT_EXPECT_EQ(test, out[1], BIT_ULL(0) | BIT_ULL(1) | BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, out[2], 0xfULL);
	KUNIT_EXPECT_EQ(test, out[3], BIT_ULL(6));
	KUNIT_EXPECT_EQ(test, out[4], BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, out[5], 0xa5a5a5a5a5a5a5a5ULL);
}

static void destination_header_is_checked(struct kunit *test)
{
	struct hv_vp_set_from_mda in = { .partition_id = HV_PARTITION_ID_SELF };
	struct fake_vm *vm = test->priv;
	u64 out[3];
	u32 i;

	in.logical = 2;
	EXPECT_STATUS(test, fake_call(vm, MDA, &in, sizeof(in), out, 0), INVALID_PARAMETER);
	in.logical = 0;
	for (i = 0; i < ARRAY_SIZE(in.rsvd); i++) {
		in.rsvd[i] = 0x80;
		EXPECT_STATUS(test, fake_call(vm, MDA, &in, sizeof(in), out, 0),
			      INVALID_PARAMETER);
		in.rsvd[i] = 0;
	}
	in.target_vtl = 0x11;
	EXPECT_STATUS(test, fake_call(vm, MDA, &in, sizeof(in), out, 0), ACCESS_DENIED);
	in.target_vtl = 0x10;
	EXPECT_STATUS(test, fake_call(vm, MDA, &in, sizeof(in), out, 0), SUCCESS);
}

/* XSAVE: x87 and SSE, AVX at 576, a user component 9 at 2688, a supervisor component 11 */
static const struct hvp_cpuid leaves[] = {
	{ .function = 0, .regs = { 0x20, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ .function = 1, .regs = { 1, 2, 3, 4 } },
	{ .function = 4, .index = 0, .indexed = true, .regs = { 40, 41, 42, 43 } },
	{ .function = 4, .index = 1, .indexed = true, .regs = { 50, 51, 52, 53 } },
	{ .function = 0xd, .index = 0, .indexed = true, .regs = { 0x207, 0x111, 2696, 0 } },
	{ .function = 0xd, .index = 1, .indexed = true, .regs = { 0xf, 0x222, 0x800, 0 } },
	{ .function = 0xd, .index = 2, .indexed = true, .regs = { 256, 576, 0, 0 } },
	{ .function = 0xd, .index = 9, .indexed = true, .regs = { 8, 2688, 0, 0 } },
	{ .function = 0xd, .index = 11, .indexed = true, .regs = { 16, 0, 3, 0 } },
	{ .function = 0x80000001, .regs = { 5, 6, 7, 8 } },
};

struct cpuid_call {
	struct hv_vp_cpuid_values header;
	struct hv_vp_cpuid_query query;
};

/* One query; the status */
static u32 ask_cpuid(struct fake_vm *vm, struct cpuid_call *in, u32 out[4])
{
	u64 result = fake_call(vm, CPUID | HV_REPS(1), in, sizeof(*in), out, 16);

	return HV_STATUS(result);
}

static int cpuid_init(struct kunit *test)
{
	struct fake_vm *vm;
	u32 i;

	fake_init(test);
	vm = test->priv;
	for (i = 0; i < FAKE_VPS; i++)
		KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vps[i].vp, leaves,
							ARRAY_SIZE(leaves)), 0);
	return 0;
}

static void cpuid_values_are_the_vps_leaves(struct kunit *test)
{
	struct cpuid_call in = { .header.partition_id = HV_PARTITION_ID_SELF };
	struct fake_vm *vm = test->priv;
	u32 out[4];

	in.query.eax = 1;
	in.query.ecx = 77;	/* a leaf without index */
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, memcmp(out, (u32[]) { 1, 2, 3, 4 }, 16), 0);
	in.query.eax = 4;
	in.query.ecx = 1;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, memcmp(out, (u32[]) { 50, 51, 52, 53 }, 16), 0);
	in.query.ecx = 2;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, memcmp(out, (u32[]) { 0, 0, 0, 0 }, 16), 0);
	in.query.eax = 0x40000100;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, memcmp(out, (u32[]) { 0, 0, 0, 0 }, 16), 0);
}

static void cpuid_values_of_any_vp_can_be_asked_for(struct kunit *test)
{
	struct cpuid_call in = { .header.partition_id = HV_PARTITION_ID_SELF, .query.eax = 1 };
	const struct hvp_cpuid other = { .function = 1, .regs = { 9, 9, 9, 9 } };
	struct fake_vm *vm = test->priv;
	u32 out[4];

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vps[3].vp, &other, 1), 0);
	in.header.vp_index = 3;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, out[0], 9);
	in.header.vp_index = HV_VP_INDEX_SELF;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, out[0], 1);
	in.header.vp_index = FAKE_VPS;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), HV_STATUS_INVALID_VP_INDEX);
}

/* Intel SDM volume 2 and AMD APM volume 3, "CPUID": leaves beyond the maximum */
static void leaves_beyond_the_maximum_follow_the_vendor(struct kunit *test)
{
	static const struct {
		u32 eax, ecx;
		u32 regs[2][4];		/* on Intel, on AMD */
	} cases[] = {
		{ 0x17, 0, { { 7, 7, 7, 7 } } },
		{ 0x7fffffff, 3, { { 7, 7, 7, 7 } } },
		{ 0x80000009, 0, { { 7, 7, 7, 7 } } },
		/* Below the maximum and without data */
		{ 0x0c, 0 },
		{ 0x80000003, 0 },
		/* Hypervisor leaves are nobody else's */
		{ 0x40000010, 0 },
		/* Topology: an invalid level tells its number and the APIC id */
		{ 0x0b, 5, { { 0, 0, 5, 9 }, { 0, 0, 5, 9 } } },
	};
	struct hvp_cpuid table[] = {
		{ .function = 0, .regs = { 0x16, 0x756e6547, 0x6c65746e, 0x49656e69 } },
		{ .function = 0xb, .index = 0, .indexed = true, .regs = { 0, 1, 0x100, 9 } },
		{ .function = 0xb, .index = 1, .indexed = true, .regs = { 1, 4, 0x201, 9 } },
		{ .function = 0x16, .regs = { 7, 7, 7, 7 } },
		{ .function = 0x80000000, .regs = { 0x80000008 } },
	};
	struct cpuid_call in = { .header.partition_id = HV_PARTITION_ID_SELF };
	struct fake_vm *vm = test->priv;
	u32 out[4], amd, i;

	for (amd = 0; amd < 2; amd++) {
		if (amd)
			table[0].regs[1] = 0x68747541;	/* "Auth" */
		KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, table, ARRAY_SIZE(table)), 0);
		for (i = 0; i < ARRAY_SIZE(cases); i++) {
			in.query.eax = cases[i].eax;
			in.query.ecx = cases[i].ecx;
			KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
			KUNIT_EXPECT_EQ_MSG(test, memcmp(out, cases[i].regs[amd], 16), 0,
					    "case %u, AMD %u", i, amd);
		}
	}
}

static void cpuid_list_is_answered_in_order(struct kunit *test)
{
	struct {
		struct hv_vp_cpuid_values header;
		struct hv_vp_cpuid_query query[3];
	} in = { .header.partition_id = HV_PARTITION_ID_SELF,
		 .query = { { .eax = 0x80000001 }, { .eax = 0x7fffffff }, { .eax = 1 } } };
	struct fake_vm *vm = test->priv;
	u32 out[12];
	u64 result;

	result = fake_call(vm, CPUID | HV_REPS(3), &in, sizeof(in), out, sizeof(out));
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 3ULL));
	KUNIT_EXPECT_EQ(test, memcmp(out, (u32[]) { 5, 6, 7, 8, 0, 0, 0, 0, 1, 2, 3, 4 }, 48), 0);
}

static void cpuid_header_is_checked(struct kunit *test)
{
	struct cpuid_call in = { .header.partition_id = HV_PARTITION_ID_SELF, .query.eax = 1 };
	struct fake_vm *vm = test->priv;
	u32 out[4], bit;

	for (bit = 2; bit < 32; bit++) {
		in.header.flags = BIT(bit);
		KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), HV_STATUS_INVALID_PARAMETER);
	}
	in.header.flags = 0;
	in.header.rsvd = 1;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), HV_STATUS_INVALID_PARAMETER);
	in.header.rsvd = 0;
	in.header.pad = 1;	/* padding is ignored */
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	in.header.flags = 3;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
}

/* Intel SDM volume 1, "XSAVE Area": legacy area and header are 576 bytes */
static void xsave_size_follows_the_features_assumed(struct kunit *test)
{
	static const struct {
		u32 ecx;
		u64 xfem, xss;
		u32 size;
	} cases[] = {
		{ 0, 0x3, 0, 576 },
		{ 0, 0x7, 0, 576 + 256 },
		{ 0, 0x207, 0, 2688 + 8 },
		{ 0, 0x203, 0x800, 2688 + 8 },	/* XSS does not count in sub-leaf 0 */
		{ 1, 0x3, 0, 576 },
		{ 1, 0x203, 0, 576 + 8 },
		{ 1, 0x207, 0, 576 + 256 + 8 },
		{ 1, 0x203, 0x800, 640 + 16 },	/* component 11 is aligned to 64 */
		{ 1, 0x207, 0x800, 896 + 16 },
	};
	struct cpuid_call in = { .header.partition_id = HV_PARTITION_ID_SELF, .query.eax = 0xd };
	struct fake_vm *vm = test->priv;
	u32 out[4], i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		in.query.ecx = cases[i].ecx;
		in.query.xfem = cases[i].xfem;
		in.query.xss = cases[i].xss;
		KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
		KUNIT_EXPECT_EQ_MSG(test, out[1], cases[i].size, "case %u", i);
	}
	in.query.ecx = 2;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, out[0], 256);
	KUNIT_EXPECT_EQ(test, out[1], 576);
}

static void xsave_size_can_follow_the_vps_own_features(struct kunit *test)
{
	struct cpuid_call in = {
		.header = { .partition_id = HV_PARTITION_ID_SELF, .flags = BIT(0) },
		.query = { .eax = 0xd, .xfem = 0x207 },
	};
	struct fake_vm *vm = test->priv;
	struct hvp_reg xss;
	u32 out[4];

	KUNIT_ASSERT_TRUE(test, hvp_reg_lookup(HV_REG_XSS, &xss));
	fake_reg(&vm->vps[0], HVP_REG_XFEM, 0)->low = 0x7;
	fake_reg(&vm->vps[0], xss.kind, xss.arg)->low = 0x800;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, out[1], 576 + 256);
	in.query.ecx = 1;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), 0);
	KUNIT_EXPECT_EQ(test, out[1], 832 + 16);

	/* Those of a VP that runs cannot be read */
	in.header.vp_index = 1;
	KUNIT_EXPECT_EQ(test, ask_cpuid(vm, &in, out), HV_STATUS_ACCESS_DENIED);
}

static struct kunit_case vp_cases[] = {
	HVP_CASE(spin_wait_yields_whatever_the_count, 0x0008),
	HVP_CASE(vp_starts_with_the_given_context, 0x0099),
	HVP_CASE(start_rejects_unknown_vps, 0x0099),
	HVP_CASE(start_checks_vtl_and_reserved_fields, 0x0099),
	HVP_CASE(start_passes_the_monitors_refusal_on, 0x0099),
	HVP_CASE(start_has_no_fast_form, 0x0099),
	HVP_CASE(apic_ids_become_vp_indexes, 0x009a),
	HVP_CASE(unknown_apic_id_ends_the_list, 0x009a),
	HVP_CASE(apic_id_header_is_checked, 0x009a),
	HVP_CASE(physical_destination_is_an_apic_id, 0x00e5),
	HVP_CASE(flat_logical_destination_is_a_mask, 0x00e5),
	HVP_CASE(cluster_logical_destination_names_cluster_and_members, 0x00e5),
	HVP_CASE(x2apic_destinations_are_32_bits_wide, 0x00e5),
	HVP_CASE(disabled_apic_is_not_addressed, 0x00e5),
	HVP_CASE(set_of_addressed_vps_can_have_several_banks, 0x00e5),
	HVP_CASE(destination_header_is_checked, 0x00e5),
	{}
};

static struct kunit_suite vp_suite = {
	.name = "hvpersona_vp",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = vp_cases,
};

static struct kunit_case cpuid_cases[] = {
	HVP_CASE(cpuid_values_are_the_vps_leaves, 0x00f4),
	HVP_CASE(cpuid_values_of_any_vp_can_be_asked_for, 0x00f4),
	HVP_CASE(leaves_beyond_the_maximum_follow_the_vendor, 0x00f4),
	HVP_CASE(cpuid_list_is_answered_in_order, 0x00f4),
	HVP_CASE(cpuid_header_is_checked, 0x00f4),
	HVP_CASE(xsave_size_follows_the_features_assumed, 0x00f4),
	HVP_CASE(xsave_size_can_follow_the_vps_own_features, 0x00f4),
	{}
};

static struct kunit_suite cpuid_suite = {
	.name = "hvpersona_vp_cpuid",
	.init = cpuid_init,
	.exit = fake_exit,
	.test_cases = cpuid_cases,
};

kunit_test_suites(&vp_suite, &cpuid_suite);
