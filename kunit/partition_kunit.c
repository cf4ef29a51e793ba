// SPDX-License-Identifier: GPL-2.0
/*
 * Identity and properties of partitions. Rules are those of the sheet's entries 0x0044,
 * 0x0046 and 0x0101, codes and values those of its section 14.
 */
#include <linux/string.h>

#include "fake_table.h"

#define GET		0x0044
#define ID		0x0046
#define GET_EX		0x0101

static u32 get(struct fake_vm *vm, u64 id, u32 code, u64 *value)
{
	const struct {
		u64 id;
		u32 code, pad;
	} in = { id, code };

	return HV_STATUS(fake_call(vm, GET, &in, sizeof(in), value, 8));
}

static void expect_property(struct fake_vm *vm, u32 code, u64 expected)
{
	const struct {
		u64 id;
		u32 code, pad;
		u64 argument;
	} in = { HV_PARTITION_ID_SELF, code };
	u64 value, out[2];

	KUNIT_EXPECT_EQ_MSG(vm->test, get(vm, HV_PARTITION_ID_SELF, code, &value), 0,
			    "property 0x%08x", code);
	KUNIT_EXPECT_EQ_MSG(vm->test, value, expected, "property 0x%08x", code);
	/* The Ex form gives the same 8 bytes and no more */
	EXPECT_STATUS(vm->test, fake_call(vm, GET_EX, &in, sizeof(in), out, 16), SUCCESS);
	KUNIT_EXPECT_EQ(vm->test, out[0], expected);
	KUNIT_EXPECT_EQ(vm->test, out[1], 0xa5a5a5a5a5a5a5a5ULL);
}

static void partition_id_is_the_callers(struct kunit *test)
{
	struct fake_vm *guest = fake_vm_create(test, HVPERSONA_ROLE_GUEST,
					       HV_PRIV(ACCESS_PARTITION_ID), 1);
	struct fake_vm *root = test->priv;
	u64 id;

	EXPECT_STATUS(test, fake_call(root, ID, NULL, 0, &id, 8), SUCCESS);
	KUNIT_EXPECT_EQ(test, id, 1ULL);	/* the root of its own instance */
	EXPECT_STATUS(test, fake_call(guest, ID, NULL, 0, &id, 8), SUCCESS);
	KUNIT_EXPECT_EQ(test, id, guest->pt->id);
	KUNIT_EXPECT_GE(test, id, 2ULL);	/* 1 is the host */
	guest->pt->privileges = 0;
	EXPECT_STATUS(test, fake_call(guest, ID, NULL, 0, &id, 8), ACCESS_DENIED);
	fake_vm_destroy(guest);
}

/* "Neither parent nor root-on-itself" */
static void properties_are_for_parent_and_root(struct kunit *test)
{
	struct fake_vm *guest = fake_vm_create(test, HVPERSONA_ROLE_GUEST,
					       HV_PRIVILEGES_DEFINED & ~HV_PRIV(CREATE_PARTITIONS), 1);
	struct fake_vm *parent = fake_vm_create(test, HVPERSONA_ROLE_GUEST,
						HV_PRIVILEGES_DEFINED, 1);
	u64 value;

	KUNIT_EXPECT_EQ(test, get(guest, HV_PARTITION_ID_SELF, 0x00010000, &value),
			HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, get(guest, 99, 0x00010000, &value), HV_STATUS_ACCESS_DENIED);
	/* A parent that is no root may ask for itself, and for its children: it has none */
	KUNIT_EXPECT_EQ(test, get(parent, HV_PARTITION_ID_SELF, 0x00010000, &value),
			HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, get(parent, 99, 0x00010000, &value),
			HV_STATUS_INVALID_PARTITION_ID);
	fake_vm_destroy(parent);
	fake_vm_destroy(guest);
}

static void unknown_partitions_and_properties_are_rejected(struct kunit *test)
{
	static const u32 unknown[] = {
		0, 1, 0x00010002, 0x0000ffff, 0x00020004, 0x00060004, 0x0006000c, 0x00090007,
		0x10001000, 0xffffffff,
	};
	struct fake_vm *vm = test->priv;
	u64 value;
	u32 i;

	KUNIT_EXPECT_EQ(test, get(vm, 2, 0x00010000, &value), HV_STATUS_INVALID_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, get(vm, 0, 0x00010000, &value), HV_STATUS_INVALID_PARTITION_ID);
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		KUNIT_EXPECT_EQ_MSG(test, get(vm, HV_PARTITION_ID_SELF, unknown[i], &value),
				    HV_STATUS_UNKNOWN_PROPERTY, "0x%08x", unknown[i]);
		KUNIT_EXPECT_EQ(test, value, 0xa5a5a5a5a5a5a5a5ULL);
	}
}

static void defaults_are_those_of_the_specification(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	expect_property(vm, 0x00020000, 0);		/* Suspend: running */
	expect_property(vm, 0x00020001, 0);		/* CpuReserve */
	expect_property(vm, 0x00020002, 0x10000);	/* CpuCap */
	expect_property(vm, 0x00020003, 100);		/* CpuWeight */
	expect_property(vm, 0x00030003, 0);		/* TimeFreeze: running */
	expect_property(vm, 0x00050017, 0);		/* UnimplementedMsrAction: fault */
}

static void properties_tell_the_partitions_state(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->guest_os_id = 0x8100060c00000000;	/* a Linux 6.12, 3.9 */
	fake_reg(&vm->vps[0], HVP_REG_MSR, 0x40000020)->low = 123456789;
	fake_reg(&vm->vps[0], HVP_REG_MSR, 0x40000022)->low = 2800000000;
	expect_property(vm, 0x00010000, HV_PRIVILEGES_DEFINED);	/* PrivilegeFlags */
	expect_property(vm, 0x00070000, 0x8100060c00000000);	/* GuestOsId */
	expect_property(vm, 0x00030005, 123456789);		/* ReferenceTime */
	expect_property(vm, 0x00060009, 2800000000);		/* ProcessorClockFrequency */
	expect_property(vm, 0x00050010, FAKE_PA_BITS);		/* ImplementedPhysicalAddressBits */
	expect_property(vm, 0x00060006, FAKE_PA_BITS);		/* PhysicalAddressWidth */
}

static void property_that_the_monitor_lacks_is_unknown(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 value;

	vm->reg_status = HV_STATUS_INVALID_PARAMETER;
	KUNIT_EXPECT_EQ(test, get(vm, HV_PARTITION_ID_SELF, 0x00030005, &value),
			HV_STATUS_UNKNOWN_PROPERTY);
	KUNIT_EXPECT_EQ(test, get(vm, HV_PARTITION_ID_SELF, 0x00060009, &value),
			HV_STATUS_UNKNOWN_PROPERTY);
}

static void publish(struct kunit *test, const struct hvp_cpuid *leaves, u32 count)
{
	struct fake_vm *vm = test->priv;

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, leaves, count), 0);
}

/* 14: 0 AMD, 1 Intel, 2 Hygon; CLFLUSH in CPUID's units; 14.1 banks by CPUID bits */
static void processor_properties_come_from_cpuid(struct kunit *test)
{
	static const struct {
		const char *name;
		u64 vendor;
	} vendors[] = { { "GenuineIntel", 1 }, { "AuthenticAMD", 0 }, { "HygonGenuine", 2 } };
	struct hvp_cpuid leaves[] = {
		{ .function = 0 },
		/* CLFLUSH 64 bytes; SSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT, AES */
		{ .function = 1, .regs = { 0, 8 << 8, BIT(0) | BIT(13) | BIT(19) | BIT(20) |
					   BIT(23) | BIT(25) } },
		/* FSGSBASE, BMI1, SMEP, BMI2, SMAP; UMIP, LA57 */
		{ .function = 7, .indexed = true, .regs = { 0, BIT(0) | BIT(3) | BIT(7) | BIT(8) |
							     BIT(20), BIT(2) | BIT(16) } },
		{ .function = 0xd, .indexed = true, .regs = { 0x7, 832, 2696, 0x1 } },
		/* LAHF, LZCNT; 1 GiB pages, RDTSCP */
		{ .function = 0x80000001, .regs = { 0, 0, BIT(0) | BIT(5), BIT(26) | BIT(27) } },
		{ .function = 0x80000007, .regs = { 0, 0, 0, BIT(8) } },
	};
	struct fake_vm *vm = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(vendors); i++) {
		memcpy(&leaves[0].regs[1], vendors[i].name, 4);
		memcpy(&leaves[0].regs[3], vendors[i].name + 4, 4);
		memcpy(&leaves[0].regs[2], vendors[i].name + 8, 4);
		publish(test, leaves, ARRAY_SIZE(leaves));
		expect_property(vm, 0x00060000, vendors[i].vendor);
	}
	expect_property(vm, 0x00060003, 8);			/* ProcessorCLFlushSize */
	expect_property(vm, 0x00060007, 0x100000007);		/* XsaveStates */
	expect_property(vm, 0x00060008, 2696);			/* MaxXsaveDataSize */
	expect_property(vm, 0x0006000a,				/* ProcessorFeatures0 */
			BIT_ULL(0) | BIT_ULL(1) | BIT_ULL(3) | BIT_ULL(4) | BIT_ULL(7) |
			BIT_ULL(8) | BIT_ULL(10) | BIT_ULL(15) | BIT_ULL(16) | BIT_ULL(22) |
			BIT_ULL(23) | BIT_ULL(25) | BIT_ULL(26) | BIT_ULL(35) | BIT_ULL(38) |
			BIT_ULL(58));
	expect_property(vm, 0x0006000b, BIT_ULL(1) | BIT_ULL(4));	/* ProcessorFeatures1 */
}

/* 14.1, each bit that CPUID tells of alone. Numbers: Intel SDM and AMD APM, "CPUID" */
static void each_processor_feature_has_its_bit(struct kunit *test)
{
	static const struct {
		u8 bank, bit;
		u32 function;
		u8 reg, cpuid_bit;	/* 0 to 3: EAX to EDX */
	} features[] = {
		{ 0, 2, 1, 2, 9 },	/* SSSE3 */
		{ 0, 5, 0x80000001, 2, 6 },	/* SSE4A */
		{ 0, 6, 0x80000001, 2, 11 },	/* XOP */
		{ 0, 9, 0x80000001, 2, 4 },	/* AltMovCr8 */
		{ 0, 11, 0x80000001, 2, 7 },	/* MisAlignSse */
		{ 0, 12, 0x80000001, 3, 22 },	/* MmxExt */
		{ 0, 13, 0x80000001, 3, 31 },	/* 3DNow */
		{ 0, 14, 0x80000001, 3, 30 },	/* 3DNowExt */
		{ 0, 17, 1, 2, 1 },	/* PCLMULQDQ */
		{ 0, 18, 1, 2, 17 },	/* PCID */
		{ 0, 19, 0x80000001, 2, 16 },	/* FMA4 */
		{ 0, 20, 1, 2, 29 },	/* F16C */
		{ 0, 21, 1, 2, 30 },	/* RDRAND */
		{ 0, 24, 7, 1, 9 },	/* ERMSB */
		{ 0, 29, 1, 2, 22 },	/* MOVBE */
		{ 0, 32, 7, 1, 18 },	/* RDSEED */
		{ 0, 33, 7, 1, 19 },	/* ADX */
		{ 0, 36, 7, 1, 4 },	/* HLE */
		{ 0, 37, 7, 1, 11 },	/* RTM */
		{ 0, 39, 7, 1, 23 },	/* CLFLUSHOPT */
		{ 0, 40, 7, 1, 24 },	/* CLWB */
		{ 0, 41, 7, 1, 29 },	/* SHA */
		{ 0, 43, 7, 1, 10 },	/* INVPCID */
		{ 0, 49, 7, 3, 4 },	/* FSRM */
		{ 0, 57, 7, 2, 22 },	/* RDPID */
		{ 1, 2, 0x80000008, 1, 0 },	/* CLZERO */
		{ 1, 3, 0x80000008, 1, 4 },	/* RDPRU */
		{ 1, 8, 7, 2, 7 },	/* CET_SS */
		{ 1, 9, 7, 3, 20 },	/* CET_IBT */
		{ 1, 12, 7, 2, 5 },	/* WAITPKG */
		{ 1, 13, 7, 2, 27 },	/* MOVDIRI */
		{ 1, 14, 7, 2, 28 },	/* MOVDIR64B */
		{ 1, 15, 7, 2, 25 },	/* CLDEMOTE */
		{ 1, 16, 7, 3, 14 },	/* SERIALIZE */
		{ 1, 17, 1, 2, 24 },	/* TSC deadline */
		{ 1, 18, 7, 1, 1 },	/* TSC_ADJUST */
	};
	struct fake_vm *vm = test->priv;
	u64 value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct hvp_cpuid leaf = {
			.function = features[i].function,
			.indexed = features[i].function == 7,
		};

		leaf.regs[features[i].reg] = BIT(features[i].cpuid_bit);
		publish(test, &leaf, 1);
		KUNIT_EXPECT_EQ(test, get(vm, HV_PARTITION_ID_SELF, 0x0006000a + features[i].bank,
					  &value), 0);
		KUNIT_EXPECT_EQ_MSG(test, value, BIT_ULL(features[i].bit), "bank %u bit %u",
				    features[i].bank, features[i].bit);
		KUNIT_EXPECT_EQ(test, get(vm, HV_PARTITION_ID_SELF, 0x0006000b - features[i].bank,
					  &value), 0);
		KUNIT_EXPECT_EQ(test, value, 0ULL);
	}
}

/* 14.3 beside 5.1 */
static void synthetic_features_follow_the_privileges(struct kunit *test)
{
	static const struct {
		u8 privilege, feature;
	} map[] = {
		{ 0, 2 }, { 1, 3 }, { 2, 4 }, { 3, 5 }, { 4, 6 }, { 5, 7 }, { 6, 8 }, { 9, 9 },
		{ 10, 10 }, { 11, 11 }, { 51, 18 }, { 53, 20 }, { 37, 29 }, { 49, 38 },
	};
	/* Present, Hv#1, extended masks, flush, IPI and spin wait calls */
	const u64 always = BIT_ULL(0) | BIT_ULL(1) | GENMASK_ULL(27, 24);
	struct fake_vm *vm = test->priv;
	u32 i;

	vm->pt->privileges = 0;
	expect_property(vm, 0x00010001, always);
	for (i = 0; i < ARRAY_SIZE(map); i++) {
		vm->pt->privileges = BIT_ULL(map[i].privilege);
		expect_property(vm, 0x00010001, always | BIT_ULL(map[i].feature));
	}
}

/* 0x0101: u16 bank count 1, bank 0 at 8: overlay locations (1), assignable features (4) */
static void vmm_capabilities_are_a_bank(struct kunit *test)
{
	const u64 in[] = { HV_PARTITION_ID_SELF, 0x00090007, 0 };
	struct fake_vm *vm = test->priv;
	u64 out[3];

	EXPECT_STATUS(test, fake_call(vm, GET_EX, in, sizeof(in), out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[0], 1ULL);
	KUNIT_EXPECT_EQ(test, out[1], 0x12ULL);
	KUNIT_EXPECT_EQ(test, out[2], 0xa5a5a5a5a5a5a5a5ULL);
}

static void assignable_features_are_a_bank(struct kunit *test)
{
	const u64 in[] = { HV_PARTITION_ID_SELF, 0x00090009, 0 };
	struct fake_vm *vm = test->priv;
	u64 out[3];

	EXPECT_STATUS(test, fake_call(vm, GET_EX, in, sizeof(in), out, sizeof(out)), SUCCESS);
	KUNIT_EXPECT_EQ(test, out[0], 1ULL);
	/* Those of 14.3 that are served: bits 0 to 9, 11, 18, 20, 22, 24 to 27, 29, 38 */
	KUNIT_EXPECT_EQ(test, out[1], GENMASK_ULL(9, 0) | BIT_ULL(11) | BIT_ULL(18) | BIT_ULL(20) |
				      BIT_ULL(22) | GENMASK_ULL(27, 24) | BIT_ULL(29) | BIT_ULL(38));
}

static void ex_form_rejects_what_it_does_not_know(struct kunit *test)
{
	u64 in[] = { HV_PARTITION_ID_SELF, 0x00090000, 0 };
	struct fake_vm *vm = test->priv;
	u64 out;

	EXPECT_STATUS(test, fake_call(vm, GET_EX, in, sizeof(in), &out, 8), UNKNOWN_PROPERTY);
	KUNIT_EXPECT_EQ(test, out, 0xa5a5a5a5a5a5a5a5ULL);
	in[0] = 77;
	EXPECT_STATUS(test, fake_call(vm, GET_EX, in, sizeof(in), &out, 8), INVALID_PARTITION_ID);
	vm->pt->role = HVPERSONA_ROLE_GUEST;
	vm->pt->privileges &= ~HV_PRIV(CREATE_PARTITIONS);
	in[0] = HV_PARTITION_ID_SELF;
	EXPECT_STATUS(test, fake_call(vm, GET_EX, in, sizeof(in), &out, 8), ACCESS_DENIED);
}

static struct kunit_case partition_cases[] = {
	HVP_CASE(partition_id_is_the_callers, 0x0046),
	HVP_CASE(properties_are_for_parent_and_root, 0x0044),
	HVP_CASE(unknown_partitions_and_properties_are_rejected, 0x0044),
	HVP_CASE(defaults_are_those_of_the_specification, 0x0044, 0x0101),
	HVP_CASE(properties_tell_the_partitions_state, 0x0044, 0x0101),
	HVP_CASE(property_that_the_monitor_lacks_is_unknown, 0x0044),
	HVP_CASE(processor_properties_come_from_cpuid, 0x0044, 0x0101),
	HVP_CASE(each_processor_feature_has_its_bit, 0x0044),
	HVP_CASE(synthetic_features_follow_the_privileges, 0x0044, 0x0101),
	HVP_CASE(vmm_capabilities_are_a_bank, 0x0101),
	HVP_CASE(assignable_features_are_a_bank, 0x0101),
	HVP_CASE(ex_form_rejects_what_it_does_not_know, 0x0101),
	{}
};

static struct kunit_suite partition_suite = {
	.name = "hvpersona_partition",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = partition_cases,
};

kunit_test_suites(&partition_suite);
