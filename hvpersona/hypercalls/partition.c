// SPDX-License-Identifier: GPL-2.0
/* Calls on partitions: identity and properties. */
#include <linux/bits.h>
#include <linux/string.h>

#include "../hv_abi/cpuid.h"
#include "../hv_abi/partition.h"
#include "../hv_abi/registers.h"
#include "../registers.h"
#include "hypercalls.h"

enum { EAX, EBX, ECX, EDX };

enum hv_status hvp_get_partition_id(struct hvp_vp *vp, struct hvp_args *args)
{
	*(u64 *)args->out = vp->partition->id;
	return HV_STATUS_SUCCESS;
}

/*
 * Processor features as CPUID bits; the sheet's section "Processor feature banks". A bit
 * that CPUID does not tell, or that depends on the machine underneath, reads as zero.
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
	{ 43, EBX, 10, 7 },		/* invpcid */
	{ 49, EDX,  4, 7 },		/* fast_short_rep_mov */
	{ 57, ECX, 22, 7 },		/* rd_pid */
	{ 58, ECX,  2, 7 },		/* umip */
};

static const struct cpuid_feature features1[] = {
	{  1, EDX,  8, 0x80000007 },	/* tsc_invariant */
	{  2, EBX,  0, 0x80000008 },	/* cl_zero */
	{  3, EBX,  4, 0x80000008 },	/* rdpru */
	{  4, ECX, 16, 7 },		/* la57 */
	{  8, ECX,  7, 7 },		/* cet_ss */
	{  9, EDX, 20, 7 },		/* cet_ibt */
	{ 12, ECX,  5, 7 },		/* umwait_tpause */
	{ 13, ECX, 27, 7 },		/* movdiri */
	{ 14, ECX, 28, 7 },		/* movdir64b */
	{ 15, ECX, 25, 7 },		/* cldemote */
	{ 16, EDX, 14, 7 },		/* serialize */
	{ 17, ECX, 24, 1 },		/* tsc_deadline_tmr */
	{ 18, EBX,  1, 7 },		/* tsc_adjust */
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

static u64 feature_bank(struct hvp_vp *vp, const struct cpuid_feature *features, u32 count)
{
	u32 regs[4], i;
	u64 bank = 0;

	for (i = 0; i < count; i++) {
		hvp_cpuid_lookup(vp, features[i].function, features[i].index, regs);
		if (regs[features[i].reg] & BIT(features[i].cpuid_bit))
			bank |= BIT_ULL(features[i].bit);
	}
	return bank;
}

static u64 processor_vendor(struct hvp_vp *vp)
{
	u32 regs[4];

	hvp_cpuid_lookup(vp, 0, 0, regs);
	switch (regs[EBX]) {
	case 0x756e6547:	/* "Genu" */
		return HV_PROCESSOR_VENDOR_INTEL;
	case 0x6f677948:	/* "Hygo" */
		return HV_PROCESSOR_VENDOR_HYGON;
	default:
		return HV_PROCESSOR_VENDOR_AMD;
	}
}

/* Privileges and their counterparts in the sheet's section "Synthetic processor features" */
static u64 synthetic_features(const struct hvp_partition *pt)
{
	static const struct {
		u8 bit;
		u8 privilege;
	} map[] = {
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
	/* Hypervisor present, Hv#1, extended masks, flush, cluster IPI, long spin wait */
	u64 features = BIT_ULL(0) | BIT_ULL(1) | BIT_ULL(24) | BIT_ULL(25) | BIT_ULL(26) |
		       BIT_ULL(27);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(map); i++)
		if (pt->privileges & BIT_ULL(map[i].privilege))
			features |= BIT_ULL(map[i].bit);
	return features;
}

/* A 64-bit register of the calling VP */
static enum hv_status read_register(struct hvp_vp *vp, u32 name, u64 *value)
{
	union hvp_register_value reg_value = {};
	enum hv_status status;
	struct hvp_reg reg;

	if (!hvp_reg_lookup(name, &reg))
		return HV_STATUS_UNKNOWN_PROPERTY;
	status = vp->ops->get_reg(vp, &reg, &reg_value);
	*value = reg_value.low;
	return status ? HV_STATUS_UNKNOWN_PROPERTY : HV_STATUS_SUCCESS;
}

static enum hv_status get_property(struct hvp_vp *vp, u32 code, u64 *value)
{
	struct hvp_partition *pt = vp->partition;
	u32 regs[4];

	switch (code) {
	case HV_PROPERTY_PRIVILEGE_FLAGS:
		*value = pt->privileges;
		break;
	case HV_PROPERTY_SYNTHETIC_FEATURES:
		*value = synthetic_features(pt);
		break;
	case HV_PROPERTY_SUSPEND:
	case HV_PROPERTY_CPU_RESERVE:
	case HV_PROPERTY_TIME_FREEZE:
	case HV_PROPERTY_UNIMPLEMENTED_MSR_ACTION:
		*value = 0;
		break;
	case HV_PROPERTY_CPU_CAP:
		*value = HV_CPU_CAP_MAX;
		break;
	case HV_PROPERTY_CPU_WEIGHT:
		*value = HV_CPU_WEIGHT_DEFAULT;
		break;
	case HV_PROPERTY_REFERENCE_TIME:
		return read_register(vp, HV_REG_TIME_REF_COUNT, value);
	case HV_PROPERTY_PHYSICAL_ADDRESS_BITS:
	case HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH:
		*value = vp->pa_bits;
		break;
	case HV_PROPERTY_PROCESSOR_VENDOR:
		*value = processor_vendor(vp);
		break;
	case HV_PROPERTY_CLFLUSH_SIZE:
		hvp_cpuid_lookup(vp, 1, 0, regs);
		*value = regs[EBX] >> 8 & 0xff;
		break;
	case HV_PROPERTY_XSAVE_STATES:
		hvp_cpuid_lookup(vp, 0xd, 0, regs);
		*value = regs[EAX] | (u64)regs[EDX] << 32;
		break;
	case HV_PROPERTY_MAX_XSAVE_DATA_SIZE:
		hvp_cpuid_lookup(vp, 0xd, 0, regs);
		*value = regs[ECX];
		break;
	case HV_PROPERTY_PROCESSOR_CLOCK:
		return read_register(vp, HV_REG_PROCESSOR_CLOCK, value);
	case HV_PROPERTY_XSAVE_FEATURES:
		*value = feature_bank(vp, xsave_features, ARRAY_SIZE(xsave_features));
		break;
	case HV_PROPERTY_PROCESSOR_FEATURES0:
		*value = feature_bank(vp, features0, ARRAY_SIZE(features0));
		break;
	case HV_PROPERTY_PROCESSOR_FEATURES1:
		*value = feature_bank(vp, features1, ARRAY_SIZE(features1));
		break;
	case HV_PROPERTY_GUEST_OS_ID:
		*value = vp->ops->guest_os_id(vp);
		break;
	default:
		return HV_STATUS_UNKNOWN_PROPERTY;
	}
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_get_partition_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_get_property *in = args->in;

	return get_property(vp, in->code, args->out);
}

enum hv_status hvp_get_partition_property_ex(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_get_property_ex *in = args->in;
	struct hv_property_banks *banks = args->out;

	switch (in->code) {
	case HV_PROPERTY_VMM_CAPABILITIES:
		/* None of the capabilities is offered */
		banks->count = 1;
		args->out_size = sizeof(*banks);
		return HV_STATUS_SUCCESS;
	case HV_PROPERTY_ASSIGNABLE_FEATURES:
		banks->count = 1;
		banks->bank0 = synthetic_features(vp->partition);
		args->out_size = sizeof(*banks);
		return HV_STATUS_SUCCESS;
	default:
		args->out_size = sizeof(u64);
		return get_property(vp, in->code, args->out);
	}
}
