// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID of a child's VPs: what flags, disabled features and properties make of the leaves of
 * its parent. Bits of hypervisor leaves are those of the sheet's section 5, features those of
 * 14.1 and 14.2, creation flags those of 0x0040; other leaves are in the Intel SDM (volume 2)
 * and AMD APM (volume 3), "CPUID".
 */
#include <linux/string.h>

#include "../hvpersona/child.h"
#include "../hvpersona/vp_file.h"
#include "fake_table.h"

enum { EAX, EBX, ECX, EDX };

#define CREATE		0x0040
#define INITIALIZE	0x0041
#define GET		0x0044
#define SET		0x0045
#define CPUID		0x00f4

/* Creation flags */
#define SMT		BIT_ULL(0)
#define NESTED		BIT_ULL(1)
#define LAPIC		BIT_ULL(13)
#define PMU		BIT_ULL(15)
#define LBR		BIT_ULL(16)
#define X2APIC		BIT_ULL(22)

/* An Intel processor with all there is, as a VMM gives it to a root */
static const struct hvp_cpuid parent_leaves[] = {
	{ .function = 0, .regs = { 0x1f, 0x756e6547, 0x6c65746e, 0x49656e69 } },
	{ .function = 1, .regs = { 0x806f8, 0x07400800, 0xfffffffb, 0xffffffff } },
	{ .function = 4, .index = 0, .indexed = true, .regs = { 0xfc1fc121, 1, 2, 3 } },
	{ .function = 4, .index = 1, .indexed = true, .regs = { 0xfc1fc163, 1, 2, 3 } },
	{ .function = 4, .index = 2, .indexed = true, .regs = { 0 } },
	{ .function = 7, .index = 0, .indexed = true, .regs = { 1, ~0, ~0, ~0 } },
	{ .function = 7, .index = 1, .indexed = true, .regs = { ~0, 0, 0, ~0 } },
	{ .function = 0xa, .regs = { 0x7300805, 0, 0, 0x603 } },
	{ .function = 0xb, .index = 0, .indexed = true, .regs = { 1, 2, 0x100, 7 } },
	{ .function = 0xb, .index = 1, .indexed = true, .regs = { 6, 64, 0x201, 7 } },
	{ .function = 0xd, .index = 0, .indexed = true, .regs = { 0x602e7, 2696, 11008, 0 } },
	{ .function = 0xd, .index = 1, .indexed = true, .regs = { 0x1f, 2568, 0x9900, 0 } },
	{ .function = 0xd, .index = 2, .indexed = true, .regs = { 256, 576, 0, 0 } },
	{ .function = 0xd, .index = 5, .indexed = true, .regs = { 64, 1088, 0, 0 } },
	{ .function = 0xd, .index = 6, .indexed = true, .regs = { 512, 1152, 0, 0 } },
	{ .function = 0xd, .index = 7, .indexed = true, .regs = { 1024, 1664, 0, 0 } },
	{ .function = 0xd, .index = 9, .indexed = true, .regs = { 8, 2688, 0, 0 } },
	{ .function = 0xd, .index = 11, .indexed = true, .regs = { 16, 0, 1, 0 } },
	{ .function = 0xd, .index = 15, .indexed = true, .regs = { 808, 0, 1, 0 } },
	{ .function = 0xd, .index = 17, .indexed = true, .regs = { 64, 2752, 2, 0 } },
	{ .function = 0xd, .index = 18, .indexed = true, .regs = { 8192, 2816, 6, 0 } },
	{ .function = 0x12, .indexed = true, .regs = { 1, 2, 3, 4 } },
	{ .function = 0x14, .indexed = true, .regs = { 1, 2, 3, 4 } },
	{ .function = 0x1c, .regs = { 1, 2, 3, 4 } },
	{ .function = 0x1f, .index = 0, .indexed = true, .regs = { 1, 2, 0x100, 7 } },
	{ .function = 0x40000000, .regs = { 0x4000000c, 0x7263694d, 0x666f736f, 0x76482074 } },
	{ .function = 0x40000003, .regs = { ~0, ~0, 0, ~0 } },
	{ .function = 0x40000100, .regs = { 0x40000101, 0x4b4d564b, 0x564b4d56, 0x4d } },
	{ .function = 0x80000000, .regs = { 0x80000021 } },
	{ .function = 0x80000001, .regs = { 0, 0, ~0, ~0 } },
	{ .function = 0x80000007, .regs = { 0, 0, 0, 0x100 } },
	{ .function = 0x80000008, .regs = { 0x002e3928, ~0, 0x3007, 0 } },
	{ .function = 0x8000000a, .regs = { 1, 8, 0, ~0 } },
	{ .function = 0x8000001d, .indexed = true, .regs = { 0x1fc163, 1, 2, 3 } },
	{ .function = 0x8000001e, .regs = { 9, 9, 9, 9 } },
	{ .function = 0x8000001f, .regs = { 1, 2, 3, 4 } },
	{ .function = 0x80000021, .regs = { ~0, 0, 0, 0 } },
};

static struct hvp_partition *child_create(struct fake_vm *vm, const struct hv_create_partition *in)
{
	struct hvp_partition *pt;
	u64 id;

	vm->pt->pool.unlimited = true;
	EXPECT_STATUS(vm->test, fake_call(vm, CREATE, in, sizeof(*in), &id, 8), SUCCESS);
	pt = xa_load(&vm->pt->instance->partitions, id);
	KUNIT_ASSERT_NOT_NULL(vm->test, pt);
	pt->pool.unlimited = true;
	return pt;
}

static u32 set(struct fake_vm *vm, struct hvp_partition *pt, u32 code, u64 value)
{
	const struct hv_set_property in = { pt->id, code, 0, value };

	return HV_STATUS(fake_call(vm, SET, &in, sizeof(in), NULL, 0));
}

static u64 get(struct fake_vm *vm, struct hvp_partition *pt, u32 code)
{
	const struct hv_get_property in = { pt->id, code };
	u64 value;

	EXPECT_STATUS(vm->test, fake_call(vm, GET, &in, sizeof(in), &value, 8), SUCCESS);
	return value;
}

static void initialize(struct fake_vm *vm, struct hvp_partition *pt)
{
	EXPECT_STATUS(vm->test, fake_call(vm, INITIALIZE, &pt->id, 8, NULL, 0), SUCCESS);
}

static struct hvp_vp *add_vp(struct kunit *test, struct hvp_partition *pt, u32 index)
{
	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(pt), NULL));
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_vp_create(pt, index), 0);
	hvp_child_unlock(pt);
	KUNIT_ASSERT_NOT_NULL(test, hvp_vp_find(pt, index));
	return hvp_vp_find(pt, index);
}

/* VP 0 of an active child made with these flags and features */
static struct hvp_vp *vp_with(struct kunit *test, u64 flags, u64 hidden0, u64 hidden1, u64 xsave)
{
	const struct hv_create_partition in = {
		.flags = flags,
		.compatibility = 0x0609,
		.disabled_features = { hidden0, hidden1 },
		.disabled_xsave = xsave,
	};
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt;

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, parent_leaves, ARRAY_SIZE(parent_leaves)),
			0);
	pt = child_create(vm, &in);
	initialize(vm, pt);
	return add_vp(test, pt, 0);
}

static u32 reg(struct hvp_vp *vp, u32 function, u32 index, u32 which)
{
	u32 regs[4];

	hvp_cpuid_lookup(vp, function, index, regs);
	return regs[which];
}

static bool all_zero(struct hvp_vp *vp, u32 function, u32 index)
{
	u32 regs[4];

	hvp_cpuid_lookup(vp, function, index, regs);
	return !memchr_inv(regs, 0, sizeof(regs));
}

/* Without flags: no nested virtualization, APIC, PMU, LBR; never SMX, SGX, trace, SEV */
static void plain_child_lacks_what_flags_ask_for(struct kunit *test)
{
	struct hvp_vp *vp = vp_with(test, 0, 0, 0, 0);

	/* Less VMX, SMX, PDCM, x2APIC, TSC deadline, OSXSAVE; hypervisor present */
	KUNIT_EXPECT_EQ(test, reg(vp, 1, 0, ECX),
			0xfffffffbU & ~(BIT(5) | BIT(6) | BIT(15) | BIT(21) | BIT(24) | BIT(27)));
	KUNIT_EXPECT_EQ(test, reg(vp, 1, 0, EDX), ~BIT(9) & U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 7, 0, EBX), ~(BIT(2) | BIT(25)) & U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 7, 0, ECX), ~(BIT(4) | BIT(30)) & U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 7, 0, EDX), ~BIT(19) & U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x80000001, 0, ECX),
			~(BIT(2) | BIT(3) | BIT(23) | BIT(24) | BIT(28)) & U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x80000001, 0, EDX), ~BIT(9) & U32_MAX);
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0xa, 0));
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0x12, 0));
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0x14, 0));
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0x1c, 0));
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0x8000000a, 0));
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0x8000001f, 0));
	/* The rest is the parent's */
	KUNIT_EXPECT_EQ(test, reg(vp, 0, 0, EBX), 0x756e6547U);
	KUNIT_EXPECT_EQ(test, reg(vp, 1, 0, EAX), 0x806f8U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x80000007, 0, EDX), 0x100U);
}

static void flags_ask_for_features(struct kunit *test)
{
	struct hvp_vp *vp = vp_with(test, NESTED | LAPIC | PMU | LBR | X2APIC, 0, 0, 0);

	KUNIT_EXPECT_EQ(test, reg(vp, 1, 0, ECX), 0xfffffffbU & ~(BIT(6) | BIT(27)));
	KUNIT_EXPECT_EQ(test, reg(vp, 1, 0, EDX), U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x80000001, 0, ECX), U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x80000001, 0, EDX), U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 7, 0, EDX), U32_MAX);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xa, 0, EAX), 0x7300805U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x1c, 0, EAX), 1U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x8000000a, 0, EBX), 8U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xd, 1, ECX), 0x9800U);	/* LBR and CET */
}

static void x2apic_needs_both_flags(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, reg(vp_with(test, X2APIC, 0, 0, 0), 1, 0, ECX) & BIT(21));
	KUNIT_EXPECT_FALSE(test, reg(vp_with(test, LAPIC, 0, 0, 0), 1, 0, ECX) & BIT(21));
	KUNIT_EXPECT_TRUE(test, reg(vp_with(test, LAPIC | X2APIC, 0, 0, 0), 1, 0, ECX) & BIT(21));
}

/* 14.1 and 14.2: feature, where CPUID tells it */
static const struct feature {
	u8 bank, bit;	/* bank 2: XSAVE */
	u32 function, index;
	u8 reg, cpuid_bit;
} features[] = {
	{ 0, 0, 1, 0, ECX, 0 },		/* SSE3 */
	{ 0, 15, 0x80000001, 0, EDX, 26 },	/* 1 GiB pages */
	{ 0, 16, 1, 0, ECX, 25 },		/* AES */
	{ 0, 42, 0x80000008, 0, EBX, 2 },	/* XSaveErPtr */
	{ 0, 44, 7, 0, EDX, 26 },		/* IBRS, on AMD beside it */
	{ 0, 44, 0x80000008, 0, EBX, 14 },
	{ 0, 45, 7, 0, EDX, 27 },		/* STIBP */
	{ 0, 45, 0x80000008, 0, EBX, 15 },
	{ 0, 46, 0x80000008, 0, EBX, 12 },	/* IBPB */
	{ 0, 48, 7, 0, EDX, 31 },		/* SSBD */
	{ 0, 48, 0x80000008, 0, EBX, 24 },
	{ 0, 50, 7, 0, EDX, 28 },		/* L1D_FLUSH */
	{ 0, 56, 0x80000008, 0, EBX, 25 },	/* VIRT_SSBD */
	{ 0, 58, 7, 0, ECX, 2 },		/* UMIP */
	{ 0, 60, 7, 0, EDX, 10 },		/* MD_CLEAR */
	{ 1, 1, 0x80000007, 0, EDX, 8 },	/* invariant TSC */
	{ 1, 4, 7, 0, ECX, 16 },		/* LA57 */
	{ 1, 6, 1, 0, ECX, 5 },		/* VMX */
	{ 1, 6, 0x80000001, 0, ECX, 2 },	/* SVM */
	{ 1, 7, 0x80000008, 0, EBX, 28 },	/* PSFD */
	{ 1, 11, 7, 0, ECX, 29 },		/* ENQCMD */
	{ 1, 17, 1, 0, ECX, 24 },		/* TSC deadline */
	{ 1, 19, 7, 1, EAX, 10 },		/* FZRM */
	{ 1, 20, 7, 1, EAX, 11 },		/* FSRS */
	{ 1, 21, 7, 1, EAX, 12 },		/* FSRC */
	{ 1, 22, 7, 0, EDX, 16 },		/* TSXLDTRK */
	{ 1, 29, 0x80000008, 0, EBX, 29 },	/* BTC_NO */
	{ 1, 31, 0x80000008, 0, EBX, 17 },	/* STIBP always on */
	{ 1, 40, 7, 1, EAX, 7 },		/* CMPccXADD */
	{ 1, 45, 7, 1, EDX, 14 },		/* PREFETCHI */
	{ 1, 46, 7, 1, EAX, 0 },		/* SHA512 */
	{ 1, 50, 7, 1, EAX, 1 },		/* SM3 */
	{ 1, 51, 7, 1, EAX, 2 },		/* SM4 */
	{ 1, 54, 0x80000021, 0, EAX, 27 },	/* SBPB */
	{ 1, 55, 0x80000021, 0, EAX, 28 },	/* IBPB_BRTYPE */
	{ 1, 56, 0x80000021, 0, EAX, 29 },	/* SRSO_NO */
	{ 1, 57, 0x80000021, 0, EAX, 30 },	/* SRSO_USER_KERNEL_NO */
	{ 1, 61, 7, 1, EAX, 6 },		/* LASS */
	{ 2, 1, 0xd, 1, EAX, 0 },		/* XSAVEOPT */
	{ 2, 3, 7, 0, EBX, 5 },		/* AVX2 */
	{ 2, 4, 1, 0, ECX, 12 },		/* FMA */
	{ 2, 11, 0xd, 1, EAX, 1 },		/* XSAVEC */
	{ 2, 19, 7, 0, ECX, 8 },		/* GFNI */
	{ 2, 23, 7, 1, EAX, 5 },		/* AVX512_BF16 */
	{ 2, 29, 7, 0, EDX, 25 },		/* AMX-INT8 */
	{ 2, 30, 7, 1, EAX, 4 },		/* AVX-VNNI */
};

/* "Set bit = feature hidden from the partition": it goes from CPUID and from the bank */
static void disabled_features_are_hidden(struct kunit *test)
{
	static const u32 codes[] = { 0x0006000a, 0x0006000b, 0x00060002 };
	const struct feature *feature;
	struct fake_vm *vm = test->priv;
	u64 hidden[3], all[3], shown;
	struct hvp_vp *vp;
	u32 i, bank;

	vp = vp_with(test, NESTED | LAPIC, 0, 0, 0);
	for (i = 0; i < 3; i++)
		all[i] = get(vm, vp->partition, codes[i]);
	for (feature = features; feature < features + ARRAY_SIZE(features); feature++) {
		for (i = 0; i < 3; i++)
			hidden[i] = feature->bank == i ? BIT_ULL(feature->bit) : 0;
		KUNIT_EXPECT_TRUE_MSG(test, all[feature->bank] & BIT_ULL(feature->bit),
				      "bank %u bit %u", feature->bank, feature->bit);
		vp = vp_with(test, NESTED | LAPIC, hidden[0], hidden[1], hidden[2]);
		KUNIT_EXPECT_FALSE_MSG(test, reg(vp, feature->function, feature->index,
						 feature->reg) & BIT(feature->cpuid_bit),
				       "bank %u bit %u", feature->bank, feature->bit);
		for (bank = 0; bank < 3; bank++) {
			shown = get(vm, vp->partition, codes[bank]);
			KUNIT_EXPECT_FALSE(test, shown & hidden[bank]);
			/* Intel tells IBRS and IBPB by one bit, AMD by one each */
			KUNIT_EXPECT_EQ(test, shown, all[bank] & ~hidden[bank]);
		}
	}
}

/* Intel SDM volume 1, 13.2 and 13.4: components, offsets and sizes of the XSAVE area */
static void xsave_area_shrinks_with_the_features(struct kunit *test)
{
	static const struct {
		u64 hidden;
		u32 components;
		u32 size;
	} cases[] = {
		{ 0, 0x602e7, 11008 },
		{ BIT_ULL(27), 0x002e7, 2696 },			/* AMX */
		{ BIT_ULL(6), 0x60207, 11008 },			/* AVX-512 */
		{ BIT_ULL(2) | BIT_ULL(27), 0x00203, 2696 },	/* AVX takes AVX-512 along */
		{ BIT_ULL(0), 0, 0 },				/* XSAVE takes all */
	};
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vp = vp_with(test, 0, 0, 0, cases[i].hidden);
		KUNIT_EXPECT_EQ_MSG(test, reg(vp, 0xd, 0, EAX), cases[i].components, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, reg(vp, 0xd, 0, ECX), cases[i].size, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, reg(vp, 0xd, 0, EBX), min(cases[i].size, 576U), "%u",
				    i);
		KUNIT_EXPECT_EQ(test, get(vm, vp->partition, 0x00060007), cases[i].components);
		KUNIT_EXPECT_EQ(test, get(vm, vp->partition, 0x00060008), cases[i].size);
		KUNIT_EXPECT_EQ(test, !(cases[i].components & BIT(18)), all_zero(vp, 0xd, 18));
		KUNIT_EXPECT_EQ(test, !(cases[i].components & BIT(5)), all_zero(vp, 0xd, 5));
		KUNIT_EXPECT_EQ(test, !(cases[i].components & BIT(2)), all_zero(vp, 0xd, 2));
	}
}

static void features_go_with_what_they_need(struct kunit *test)
{
	struct hvp_vp *vp = vp_with(test, 0, 0, 0, BIT_ULL(2));		/* AVX */

	KUNIT_EXPECT_FALSE(test, reg(vp, 1, 0, ECX) & (BIT(28) | BIT(12) | BIT(29)));	/* F16C */
	KUNIT_EXPECT_FALSE(test, reg(vp, 7, 0, EBX) & (BIT(5) | BIT(16) | BIT(30)));
	KUNIT_EXPECT_FALSE(test, reg(vp, 0x80000001, 0, ECX) & (BIT(11) | BIT(16)));
	KUNIT_EXPECT_TRUE(test, reg(vp, 1, 0, ECX) & BIT(26));
	KUNIT_EXPECT_TRUE(test, reg(vp, 7, 0, ECX) & BIT(3));		/* PKU needs XSAVE alone */
	/* CET hidden: its supervisor state goes too */
	KUNIT_EXPECT_EQ(test, reg(vp_with(test, 0, 0, BIT(8) | BIT(9), 0), 0xd, 1, ECX), 0U);
	vp = vp_with(test, 0, 0, 0, BIT_ULL(0));
	KUNIT_EXPECT_FALSE(test, reg(vp, 7, 0, ECX) & BIT(3));
	KUNIT_EXPECT_FALSE(test, reg(vp, 1, 0, ECX) & (BIT(26) | BIT(28)));
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0xd, 1));
}

/* APIC id = VP index; ProcessorsPerSocket, SMT and ProcessorsPerL3 shape the rest */
static void topology_follows_the_properties(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = vp_with(test, SMT, 0, 0, 0)->partition;
	struct hvp_vp *vp;

	KUNIT_EXPECT_EQ(test, set(vm, pt, 0x00050003, 6), 0);
	KUNIT_EXPECT_EQ(test, set(vm, pt, 0x00050016, 2), 0);
	vp = add_vp(test, pt, 13);
	KUNIT_EXPECT_EQ(test, reg(vp, 1, 0, EBX), 13U << 24 | 6 << 16 | 0x0800);
	KUNIT_EXPECT_TRUE(test, reg(vp, 1, 0, EDX) & BIT(28));
	/* L1 for the threads of a core, L3 for two; four cores by APIC ids */
	KUNIT_EXPECT_EQ(test, reg(vp, 4, 0, EAX), 3U << 26 | 1 << 14 | 0x121);
	KUNIT_EXPECT_EQ(test, reg(vp, 4, 1, EAX), 3U << 26 | 1 << 14 | 0x163);
	KUNIT_EXPECT_EQ(test, reg(vp, 4, 1, EBX), 1U);
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 4, 2));
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 0, EAX), 1U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 0, EBX), 2U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 0, ECX), 0x100U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 0, EDX), 13U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 1, EAX), 3U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 1, EBX), 6U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 1, ECX), 0x201U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 2, EBX), 0U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x1f, 1, EDX), 13U);
	/* AMD's: core 2 of socket 1; caches have no cores in EAX */
	KUNIT_EXPECT_EQ(test, reg(vp, 0x8000001d, 0, EAX), 1U << 14 | 0x163);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x8000001e, 0, EAX), 13U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x8000001e, 0, EBX), 0x102U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x8000001e, 0, ECX), 1U);
	/* One processor: no hyper-threading */
	KUNIT_EXPECT_EQ(test, set(vm, pt, 0x00050003, 1), 0);
	vp = vp_with(test, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, set(vm, vp->partition, 0x00050003, 1), 0);
	vp = add_vp(test, vp->partition, 1);
	KUNIT_EXPECT_FALSE(test, reg(vp, 1, 0, EDX) & BIT(28));
	KUNIT_EXPECT_EQ(test, reg(vp, 1, 0, EBX), 0x01010800U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xb, 1, EAX), 0U);
}

static void amd_counts_cores_in_its_own_leaf(struct kunit *test)
{
	static const struct hvp_cpuid leaves[] = {
		{ .function = 0, .regs = { 1, 0x68747541, 0x444d4163, 0x69746e65 } },
		{ .function = 0x80000008, .regs = { 0x3030, 0, 0x700f, 0 } },
	};
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm, &in);
	struct hvp_vp *vp;

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, leaves, ARRAY_SIZE(leaves)), 0);
	initialize(vm, pt);
	KUNIT_EXPECT_EQ(test, set(vm, pt, 0x00050003, 6), 0);
	vp = add_vp(test, pt, 0);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x80000008, 0, ECX), 0x3005U);
	KUNIT_EXPECT_EQ(test, get(vm, pt, 0x00060000), 0ULL);
}

static void address_width_is_the_property(struct kunit *test)
{
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm, &in);
	struct hvp_vp *vp;

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, parent_leaves, ARRAY_SIZE(parent_leaves)),
			0);
	KUNIT_EXPECT_EQ(test, set(vm, pt, 0x00060006, 37), 0);
	initialize(vm, pt);
	vp = add_vp(test, pt, 0);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x80000008, 0, EAX), 0x3925U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000004, 0, ECX), 37U);
}

/* 0x40000000 and following: a guest's, with the child's privileges and no other hypervisor's */
static void hypervisor_leaves_are_the_childs_own(struct kunit *test)
{
	const u64 privileges = BIT_ULL(0) | BIT_ULL(5) | BIT_ULL(6) | BIT_ULL(32) | BIT_ULL(51);
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = child_create(vm, &in);
	struct hvp_vp *vp;

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, parent_leaves, ARRAY_SIZE(parent_leaves)),
			0);
	KUNIT_EXPECT_EQ(test, set(vm, pt, 0x00010000, privileges), 0);
	initialize(vm, pt);
	vp = add_vp(test, pt, 0);
	KUNIT_EXPECT_GE(test, reg(vp, 0x40000000, 0, EAX), 0x40000005U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000000, 0, EBX), 0x7263694dU);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000001, 0, EAX), 0x31237648U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000003, 0, EAX), lower_32_bits(privileges));
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000003, 0, EBX), upper_32_bits(privileges));
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000003, 0, EDX), BIT(4) | BIT(15));
	KUNIT_EXPECT_EQ(test, pt->privileges, privileges);
	/* Flush 2, relaxed timing 5, no auto EOI 9, cluster IPI 10, extended masks 11 */
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000004, 0, EAX),
			BIT(2) | BIT(5) | BIT(9) | BIT(10) | BIT(11));
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000005, 0, EAX), 256U);
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0x40000007, 0));
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0x40000100, 0));
}

static void synthetic_features_shape_the_leaves(struct kunit *test)
{
	static const struct {
		u64 features;
		u32 ecx;	/* 1 ECX 31 */
		u32 interface;
		u32 edx;	/* 0x40000003 */
		u32 eax;	/* 0x40000004 */
	} cases[] = {
		{ 0, 0, 0, 0, 0 },
		{ BIT_ULL(0), BIT(31), 0, BIT(4), BIT(5) | BIT(9) },
		{ GENMASK_ULL(1, 0) | BIT_ULL(11) | BIT_ULL(22), BIT(31), 0x31237648,
		  BIT(4) | BIT(8) | BIT(19), BIT(5) | BIT(9) },
		{ GENMASK_ULL(1, 0) | BIT_ULL(25), BIT(31), 0x31237648, BIT(4),
		  BIT(2) | BIT(5) | BIT(9) },
		{ GENMASK_ULL(1, 0) | BIT_ULL(24) | BIT_ULL(26), BIT(31), 0x31237648, BIT(4),
		  BIT(5) | BIT(9) | BIT(10) | BIT(11) },
	};
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt;
	struct hvp_vp *vp;
	u32 i;

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, parent_leaves, ARRAY_SIZE(parent_leaves)),
			0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		pt = child_create(vm, &in);
		KUNIT_EXPECT_EQ(test, set(vm, pt, 0x00010001, cases[i].features), 0);
		initialize(vm, pt);
		vp = add_vp(test, pt, 0);
		KUNIT_EXPECT_EQ_MSG(test, reg(vp, 1, 0, ECX) & BIT(31), cases[i].ecx, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, reg(vp, 0x40000001, 0, EAX), cases[i].interface, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, reg(vp, 0x40000003, 0, EDX), cases[i].edx, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, reg(vp, 0x40000004, 0, EAX), cases[i].eax, "%u", i);
		KUNIT_EXPECT_EQ(test, all_zero(vp, 0x40000000, 0), !cases[i].ecx);
	}
}

/* A child of the host takes what the host offers to any VM */
static void child_of_the_host_has_the_hosts_leaves(struct kunit *test)
{
	const struct hv_create_partition in = { .compatibility = 0x0609 };
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt;
	struct hvp_vp *vp;
	u32 count;
	u64 value;

	fake_host_cpuid(parent_leaves, ARRAY_SIZE(parent_leaves));
	KUNIT_ASSERT_EQ(test, (u32)hvp_child_create(NULL, hvp_host_instance(), &in, &pt), 0);
	pt->pool.unlimited = true;
	KUNIT_EXPECT_EQ(test, pt->child->map.limit, BIT_ULL(28));	/* 40 bits */
	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(pt), NULL));
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_initialize(pt), 0);
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_vp_create(pt, 2), 0);
	vp = hvp_vp_find(pt, 2);
	KUNIT_ASSERT_NOT_NULL(test, vp);
	KUNIT_EXPECT_EQ(test, reg(vp, 1, 0, EBX) >> 24, 2U);
	KUNIT_EXPECT_EQ(test, reg(vp, 4, 1, EBX), 1U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xd, 0, EAX), 0x602e7U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0xd, 18, EAX), 8192U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x80000007, 0, EDX), 0x100U);
	KUNIT_EXPECT_EQ(test, reg(vp, 0x40000001, 0, EAX), 0x31237648U);
	KUNIT_EXPECT_TRUE(test, all_zero(vp, 0x40000100, 0));
	/* Its root is the host, from whose features nothing is hidden */
	KUNIT_EXPECT_EQ(test, (u32)hvp_property_get(pt, NULL, 0x00060010, 0, &value, &count), 0);
	KUNIT_EXPECT_TRUE(test, value & BIT_ULL(0));
	hvp_child_destroy(pt);
	hvp_child_unlock(pt);
	hvp_partition_put(pt);
	KUNIT_EXPECT_NOT_NULL(test, vm);
}

static void root_features_are_not_filtered(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = vp_with(test, 0, BIT_ULL(16), BIT_ULL(4), BIT_ULL(2))->partition;

	KUNIT_EXPECT_TRUE(test, get(vm, pt, 0x00060010) & BIT_ULL(16));
	KUNIT_EXPECT_FALSE(test, get(vm, pt, 0x0006000a) & BIT_ULL(16));
	KUNIT_EXPECT_TRUE(test, get(vm, pt, 0x00060011) & BIT_ULL(4));
	KUNIT_EXPECT_FALSE(test, get(vm, pt, 0x0006000b) & BIT_ULL(4));
	KUNIT_EXPECT_TRUE(test, get(vm, pt, 0x00060012) & BIT_ULL(2));
	KUNIT_EXPECT_FALSE(test, get(vm, pt, 0x00060002) & BIT_ULL(2));
	KUNIT_EXPECT_EQ(test, get(vm, pt, 0x00060000), 1ULL);
	KUNIT_EXPECT_EQ(test, get(vm, pt, 0x00060003), 8ULL);
}

/* Element of 0x00f4: EAX, ECX, Xfem, Xss */
static void parent_asks_for_the_childs_cpuid(struct kunit *test)
{
	struct {
		u64 id;
		u32 vp, flags, rsvd, pad;
		struct {
			u32 eax, ecx;
			u64 xfem, xss;
		} query[3];
	} in = { .query = { { 0x40000003 }, { 1 }, { 0xd, 0, 0x7 } } };
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp = vp_with(test, LAPIC, 0, 0, 0);
	u32 out[12];
	u64 result;

	in.id = vp->partition->id;
	result = fake_call(vm, CPUID | HV_REPS(3), &in, sizeof(in), out, sizeof(out));
	EXPECT_STATUS(test, result, SUCCESS);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3U);
	KUNIT_EXPECT_EQ(test, out[0], GENMASK(6, 0));
	KUNIT_EXPECT_EQ(test, out[4 + EDX] & BIT(9), BIT(9));
	KUNIT_EXPECT_EQ(test, out[8 + EBX], 832U);	/* x87, SSE, AVX */
	in.vp = 1;
	EXPECT_STATUS(test, fake_call(vm, CPUID | HV_REPS(1), &in, 48, out, 16), INVALID_VP_INDEX);

	/* Flag 0: the VP's own XCR0 and IA32_XSS */
	in.vp = 0;
	in.flags = 1;
	vp->ops = &fake_ops;
	vp->backend = &vm->vps[1];
	fake_reg(&vm->vps[1], HVP_REG_XFEM, 0)->low = 0x207;
	EXPECT_STATUS(test, fake_call(vm, CPUID | HV_REPS(3), &in, sizeof(in), out, sizeof(out)),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, out[8 + EBX], 2696U);	/* and PKRU */
}

/* Every allocation fails once */
static void vp_without_leaves_is_not_made(struct kunit *test)
{
	struct hvp_partition *pt = vp_with(test, 0, 0, 0, 0)->partition;
	u64 charged = pt->pool.charged;
	u32 nth, status;

	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(pt), NULL));
	for (nth = 1; nth < 20; nth++) {
		fake_fail_nth(nth);
		status = hvp_child_vp_create(pt, 1);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_NULL(test, hvp_vp_find(pt, 1));
		KUNIT_EXPECT_EQ(test, pt->pool.charged, charged);
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_GT(test, nth, 2U);
	KUNIT_EXPECT_EQ(test, status, 0U);
	/* The leaves are paid for, and no longer when the VP is gone */
	KUNIT_EXPECT_GT(test, pt->pool.charged, charged + 60 * sizeof(struct hvp_cpuid));
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_vp_delete(pt, 1), 0U);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, charged);
	hvp_child_unlock(pt);
}

static struct kunit_case child_cpuid_cases[] = {
	HVP_CASE(plain_child_lacks_what_flags_ask_for, 0x0040, 0x00f4),
	HVP_CASE(flags_ask_for_features, 0x0040),
	HVP_CASE(x2apic_needs_both_flags, 0x0040),
	HVP_CASE(disabled_features_are_hidden, 0x0040, 0x0044),
	HVP_CASE(xsave_area_shrinks_with_the_features, 0x0040, 0x0044),
	HVP_CASE(features_go_with_what_they_need, 0x0040),
	HVP_CASE(topology_follows_the_properties, 0x0045),
	HVP_CASE(amd_counts_cores_in_its_own_leaf, 0x0045),
	HVP_CASE(address_width_is_the_property, 0x0045),
	HVP_CASE(hypervisor_leaves_are_the_childs_own, 0x0045),
	HVP_CASE(synthetic_features_shape_the_leaves, 0x0045),
	KUNIT_CASE(child_of_the_host_has_the_hosts_leaves),
	HVP_CASE(root_features_are_not_filtered, 0x0044),
	HVP_CASE(parent_asks_for_the_childs_cpuid, 0x00f4),
	KUNIT_CASE(vp_without_leaves_is_not_made),
	{}
};

static struct kunit_suite child_cpuid_suite = {
	.name = "hvpersona_child_cpuid",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = child_cpuid_cases,
};

kunit_test_suites(&child_cpuid_suite);
