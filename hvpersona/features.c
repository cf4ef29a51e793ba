// SPDX-License-Identifier: GPL-2.0
/*
 * Feature banks as CPUID bits, synthetic features as privileges; both directions of each
 * table. The sheet's sections "Processor feature banks", "XSAVE features" and "Synthetic
 * processor features"; CPUID bits are those of the Intel SDM and the AMD APM.
 */
#include <linux/bits.h>
#include <linux/kernel.h>

#include "features.h"

enum { EAX, EBX, ECX, EDX };

/*
 * A bit that CPUID does not tell, or that depends on the machine underneath, has no row: it
 * reads as zero and cannot be hidden. One that vendors tell in different places has several.
 */
struct cpuid_feature {
	u8 bit;
	u8 reg;
	u8 cpuid_bit;
	u32 function;
	u32 index;
};

static const struct cpuid_feature features0[] = {
	{  0, ECX,  0, 1 },		/* sse3 */
	{  1, ECX,  0, 0x80000001 },	/* lahf_sahf */
	{  2, ECX,  9, 1 },		/* ssse3 */
	{  3, ECX, 19, 1 },		/* sse4_1 */
	{  4, ECX, 20, 1 },		/* sse4_2 */
	{  5, ECX,  6, 0x80000001 },	/* sse4a */
	{  6, ECX, 11, 0x80000001 },	/* xop */
	{  7, ECX, 23, 1 },		/* pop_cnt */
	{  8, ECX, 13, 1 },		/* cmpxchg16b */
	{  9, ECX,  4, 0x80000001 },	/* altmovcr8 */
	{ 10, ECX,  5, 0x80000001 },	/* lzcnt */
	{ 11, ECX,  7, 0x80000001 },	/* mis_align_sse */
	{ 12, EDX, 22, 0x80000001 },	/* mmx_ext */
	{ 13, EDX, 31, 0x80000001 },	/* amd3d_now */
	{ 14, EDX, 30, 0x80000001 },	/* extended_amd3d_now */
	{ 15, EDX, 26, 0x80000001 },	/* page_1gb */
	{ 16, ECX, 25, 1 },		/* aes */
	{ 17, ECX,  1, 1 },		/* pclmulqdq */
	{ 18, ECX, 17, 1 },		/* pcid */
	{ 19, ECX, 16, 0x80000001 },	/* fma4 */
	{ 20, ECX, 29, 1 },		/* f16c */
	{ 21, ECX, 30, 1 },		/* rd_rand */
	{ 22, EBX,  0, 7 },		/* rd_wr_fs_gs */
	{ 23, EBX,  7, 7 },		/* smep */
	{ 24, EBX,  9, 7 },		/* enhanced_fast_string */
	{ 25, EBX,  3, 7 },		/* bmi1 */
	{ 26, EBX,  8, 7 },		/* bmi2 */
	{ 29, ECX, 22, 1 },		/* movbe */
	{ 31, EBX, 13, 7 },		/* dep_x87_fpu_save */
	{ 32, EBX, 18, 7 },		/* rd_seed */
	{ 33, EBX, 19, 7 },		/* adx */
	{ 34, ECX,  8, 0x80000001 },	/* intel_prefetch */
	{ 35, EBX, 20, 7 },		/* smap */
	{ 36, EBX,  4, 7 },		/* hle */
	{ 37, EBX, 11, 7 },		/* rtm */
	{ 38, EDX, 27, 0x80000001 },	/* rdtscp */
	{ 39, EBX, 23, 7 },		/* clflushopt */
	{ 40, EBX, 24, 7 },		/* clwb */
	{ 41, EBX, 29, 7 },		/* sha */
	{ 42, EBX,  2, 0x80000008 },	/* x87_pointers_saved */
	{ 43, EBX, 10, 7 },		/* invpcid */
	{ 44, EDX, 26, 7 },		/* ibrs */
	{ 44, EBX, 14, 0x80000008 },
	{ 45, EDX, 27, 7 },		/* stibp */
	{ 45, EBX, 15, 0x80000008 },
	{ 46, EDX, 26, 7 },		/* ibpb */
	{ 46, EBX, 12, 0x80000008 },
	{ 48, EDX, 31, 7 },		/* mdd */
	{ 48, EBX, 24, 0x80000008 },
	{ 49, EDX,  4, 7 },		/* fast_short_rep_mov */
	{ 50, EDX, 28, 7 },		/* l1d_cache_flush */
	{ 56, EBX, 25, 0x80000008 },	/* virt_spec_ctrl */
	{ 57, ECX, 22, 7 },		/* rd_pid */
	{ 58, ECX,  2, 7 },		/* umip */
	{ 60, EDX, 10, 7 },		/* mb_clear */
};

static const struct cpuid_feature features1[] = {
	{  1, EDX,  8, 0x80000007 },	/* tsc_invariant */
	{  2, EBX,  0, 0x80000008 },	/* cl_zero */
	{  3, EBX,  4, 0x80000008 },	/* rdpru */
	{  4, ECX, 16, 7 },		/* la57 */
	{  6, ECX,  5, 1 },		/* nested_virt */
	{  6, ECX,  2, 0x80000001 },
	{  7, EBX, 28, 0x80000008 },	/* psfd */
	{  8, ECX,  7, 7 },		/* cet_ss */
	{  9, EDX, 20, 7 },		/* cet_ibt */
	{ 11, ECX, 29, 7 },		/* enqcmd */
	{ 12, ECX,  5, 7 },		/* umwait_tpause */
	{ 13, ECX, 27, 7 },		/* movdiri */
	{ 14, ECX, 28, 7 },		/* movdir64b */
	{ 15, ECX, 25, 7 },		/* cldemote */
	{ 16, EDX, 14, 7 },		/* serialize */
	{ 17, ECX, 24, 1 },		/* tsc_deadline_tmr */
	{ 18, EBX,  1, 7 },		/* tsc_adjust */
	{ 19, EAX, 10, 7, 1 },		/* fz_l_rep_movsb */
	{ 20, EAX, 11, 7, 1 },		/* fs_rep_stosb */
	{ 21, EAX, 12, 7, 1 },		/* fs_rep_cmpsb */
	{ 22, EDX, 16, 7 },		/* tsx_ld_trk */
	{ 29, EBX, 29, 0x80000008 },	/* btc_no */
	{ 31, EBX, 17, 0x80000008 },	/* stibp_always_on */
	{ 40, EAX,  7, 7, 1 },		/* cmpccxadd */
	{ 45, EDX, 14, 7, 1 },		/* prefetch_i */
	{ 46, EAX,  0, 7, 1 },		/* sha512 */
	{ 50, EAX,  1, 7, 1 },		/* sm3 */
	{ 51, EAX,  2, 7, 1 },		/* sm4 */
	{ 54, EAX, 27, 0x80000021 },	/* sbpb */
	{ 55, EAX, 28, 0x80000021 },	/* ibpb_br_type */
	{ 56, EAX, 29, 0x80000021 },	/* srso_no */
	{ 57, EAX, 30, 0x80000021 },	/* srso_user_kernel_no */
	{ 61, EAX,  6, 7, 1 },		/* lass */
};

/* The sheet's section "XSAVE features" */
static const struct cpuid_feature xsave_features[] = {
	{  0, ECX, 26, 1 },		/* xsave */
	{  1, EAX,  0, 0xd, 1 },	/* xsaveopt */
	{  2, ECX, 28, 1 },		/* avx */
	{  3, EBX,  5, 7 },		/* avx2 */
	{  4, ECX, 12, 1 },		/* fma */
	{  5, EBX, 14, 7 },		/* mpx */
	{  6, EBX, 16, 7 },		/* avx512 */
	{  7, EBX, 17, 7 },		/* avx512_dq */
	{  8, EBX, 28, 7 },		/* avx512_cd */
	{  9, EBX, 30, 7 },		/* avx512_bw */
	{ 10, EBX, 31, 7 },		/* avx512_vl */
	{ 11, EAX,  1, 0xd, 1 },	/* xsave_comp */
	{ 12, EAX,  3, 0xd, 1 },	/* xsave_supervisor */
	{ 13, EAX,  2, 0xd, 1 },	/* xcr1 */
	{ 14, ECX, 12, 7 },		/* avx512_bitalg */
	{ 15, EBX, 21, 7 },		/* avx512_ifma */
	{ 16, ECX,  1, 7 },		/* avx512_vbmi */
	{ 17, ECX,  6, 7 },		/* avx512_vbmi2 */
	{ 18, ECX, 11, 7 },		/* avx512_vnni */
	{ 19, ECX,  8, 7 },		/* gfni */
	{ 20, ECX,  9, 7 },		/* vaes */
	{ 21, ECX, 14, 7 },		/* avx512_vpopcntdq */
	{ 22, ECX, 10, 7 },		/* vpclmulqdq */
	{ 23, EAX,  5, 7, 1 },		/* avx512_bf16 */
	{ 24, EDX,  8, 7 },		/* avx512_vp2_intersect */
	{ 25, EDX, 23, 7 },		/* avx512_fp16 */
	{ 26, EAX,  4, 0xd, 1 },	/* xfd */
	{ 27, EDX, 24, 7 },		/* amx_tile */
	{ 28, EDX, 22, 7 },		/* amx_bf16 */
	{ 29, EDX, 25, 7 },		/* amx_int8 */
	{ 30, EAX,  4, 7, 1 },		/* avx_vnni */
	{ 31, EAX, 23, 7, 1 },		/* avx_ifma */
	{ 32, EDX,  5, 7, 1 },		/* avx_ne_convert */
	{ 33, EDX,  4, 7, 1 },		/* avx_vnni_int8 */
	{ 34, EDX, 10, 7, 1 },		/* avx_vnni_int16 */
	{ 37, EAX, 21, 7, 1 },		/* amx_fp16 */
};

static const struct {
	const struct cpuid_feature *features;
	u32 count;
} banks[HVP_BANKS] = {
	[HVP_BANK_FEATURES0] = { features0, ARRAY_SIZE(features0) },
	[HVP_BANK_FEATURES1] = { features1, ARRAY_SIZE(features1) },
	[HVP_BANK_XSAVE] = { xsave_features, ARRAY_SIZE(xsave_features) },
};

/**
 * hvp_bank_read - What a feature bank says of a processor
 * @leaves: Its CPUID leaves
 * @bank: Which bank
 */
u64 hvp_bank_read(const struct hvp_leaves *leaves, enum hvp_bank bank)
{
	const struct cpuid_feature *feature = banks[bank].features;
	const struct cpuid_feature *end = feature + banks[bank].count;
	const struct hvp_cpuid *leaf;
	u64 value = 0;

	for (; feature < end; feature++) {
		leaf = hvp_leaf_find(leaves, feature->function, feature->index);
		if (leaf && (leaf->regs[feature->reg] & BIT(feature->cpuid_bit)))
			value |= BIT_ULL(feature->bit);
	}
	return value;
}

/**
 * hvp_bank_hide - Hide features from a processor
 * @leaves: Its CPUID leaves
 * @bank: Which bank
 * @hidden: Features of that bank that it shall not have
 */
void hvp_bank_hide(struct hvp_leaves *leaves, enum hvp_bank bank, u64 hidden)
{
	const struct cpuid_feature *feature = banks[bank].features;
	const struct cpuid_feature *end = feature + banks[bank].count;
	struct hvp_cpuid *leaf;

	for (; feature < end; feature++) {
		if (!(hidden & BIT_ULL(feature->bit)))
			continue;
		leaf = hvp_leaf_find(leaves, feature->function, feature->index);
		if (leaf)
			leaf->regs[feature->reg] &= ~BIT(feature->cpuid_bit);
	}
}

/**
 * hvp_xsave_dependents - XSAVE features that cannot be without others
 * @missing: Features of HVP_BANK_XSAVE that a processor does not have
 *
 * Return: @missing and all that builds on it.
 */
u64 hvp_xsave_dependents(u64 missing)
{
	/* In this order: what depends on AVX-512 depends on AVX */
	if (missing & HVP_XSAVE)
		return ~0ULL;
	if (missing & HVP_XSAVE_AVX)
		missing |= BIT_ULL(3) | BIT_ULL(4) | HVP_XSAVE_AVX512 | BIT_ULL(20) | BIT_ULL(22) |
			   GENMASK_ULL(36, 30);
	if (missing & HVP_XSAVE_AVX512)
		missing |= GENMASK_ULL(10, 7) | GENMASK_ULL(18, 14) | BIT_ULL(21) |
			   GENMASK_ULL(25, 23) | BIT_ULL(36);
	if (missing & HVP_XSAVE_AMX_TILE)
		missing |= BIT_ULL(28) | BIT_ULL(29) | BIT_ULL(37);
	return missing;
}

/* Synthetic features that are privileges under another number */
static const struct {
	u8 bit;
	u8 privilege;
} synthetic[] = {
	{  2, HV_PRIVILEGE_ACCESS_VP_RUNTIME_MSR },
	{  3, HV_PRIVILEGE_ACCESS_PARTITION_REFERENCE_COUNTER },
	{  4, HV_PRIVILEGE_ACCESS_SYNIC_MSRS },
	{  5, HV_PRIVILEGE_ACCESS_SYNTHETIC_TIMER_MSRS },
	{  6, HV_PRIVILEGE_ACCESS_APIC_MSRS },
	{  7, HV_PRIVILEGE_ACCESS_HYPERCALL_MSRS },
	{  8, HV_PRIVILEGE_ACCESS_VP_INDEX },
	{  9, HV_PRIVILEGE_ACCESS_PARTITION_REFERENCE_TSC },
	{ 10, HV_PRIVILEGE_ACCESS_GUEST_IDLE_MSR },
	{ 11, HV_PRIVILEGE_ACCESS_FREQUENCY_MSRS },
	{ 18, HV_PRIVILEGE_FAST_HYPERCALL_OUTPUT },
	{ 20, HV_PRIVILEGE_START_VIRTUAL_PROCESSOR },
	{ 29, HV_PRIVILEGE_SIGNAL_EVENTS },
	{ 38, HV_PRIVILEGE_ACCESS_VP_REGISTERS },
};

/**
 * hvp_synthetic_of_privileges - Synthetic processor features that privileges amount to
 * @privileges: HV_PARTITION_PRIVILEGE_MASK
 */
u64 hvp_synthetic_of_privileges(u64 privileges)
{
	u64 features = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(synthetic); i++)
		if (privileges & BIT_ULL(synthetic[i].privilege))
			features |= BIT_ULL(synthetic[i].bit);
	return features;
}

/**
 * hvp_privileges_of_synthetic - Privileges that synthetic processor features amount to
 * @features: HV_PARTITION_SYNTHETIC_PROCESSOR_FEATURES
 */
u64 hvp_privileges_of_synthetic(u64 features)
{
	u64 privileges = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(synthetic); i++)
		if (features & BIT_ULL(synthetic[i].bit))
			privileges |= BIT_ULL(synthetic[i].privilege);
	return privileges;
}
