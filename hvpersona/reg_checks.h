/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which values of registers a processor refuses. Used for VPs that start in a given context
 * and for the registers of a child's VP, which no processor has seen yet.
 *
 * A check looks at one value and at the VP's CPUID. Registers are set one after the other
 * in any order, so that what only the combination of several makes illegal is found when
 * the VP is entered.
 */
#ifndef HVP_REG_CHECKS_H
#define HVP_REG_CHECKS_H

#include <asm/processor-flags.h>

#include "core.h"

/* In the order of HV_X64_REGISTER ES to TR */
enum { HVP_ES, HVP_CS, HVP_SS, HVP_DS, HVP_FS, HVP_GS, HVP_LDTR, HVP_TR };

/* Bits of RFLAGS that may be set from outside: all that exist but VM */
#define HVP_RFLAGS	(X86_EFLAGS_CF | X86_EFLAGS_FIXED | X86_EFLAGS_PF | X86_EFLAGS_AF | \
			 X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_IF | \
			 X86_EFLAGS_DF | X86_EFLAGS_OF | X86_EFLAGS_IOPL | X86_EFLAGS_NT | \
			 X86_EFLAGS_RF | X86_EFLAGS_AC | X86_EFLAGS_VIF | X86_EFLAGS_VIP | \
			 X86_EFLAGS_ID)

/* EFER; the architecture's header is not there for User Mode Linux */
#define HVP_EFER_SCE	BIT_ULL(0)
#define HVP_EFER_LME	BIT_ULL(8)
#define HVP_EFER_LMA	BIT_ULL(10)
#define HVP_EFER_NXE	BIT_ULL(11)
#define HVP_EFER_SVME	BIT_ULL(12)
#define HVP_EFER_FFXSR	BIT_ULL(14)
#define HVP_EFER_TCE	BIT_ULL(15)

/* IA32_APIC_BASE */
#define HVP_APIC_BASE_BSP	BIT_ULL(8)
#define HVP_APIC_BASE_X2APIC	BIT_ULL(10)
#define HVP_APIC_BASE_ENABLE	BIT_ULL(11)

/* Attributes of struct hv_segment */
#define HVP_SEGMENT_TYPE	GENMASK(3, 0)
#define HVP_SEGMENT_S		BIT(4)
#define HVP_SEGMENT_DPL		GENMASK(6, 5)
#define HVP_SEGMENT_P		BIT(7)
#define HVP_SEGMENT_RESERVED	GENMASK(11, 8)
#define HVP_SEGMENT_L		BIT(13)
#define HVP_SEGMENT_DB		BIT(14)
#define HVP_SEGMENT_G		BIT(15)

static inline bool hvp_canonical(u64 cr4, u64 address)
{
	u8 unused = cr4 & X86_CR4_LA57 ? 7 : 16;

	return (u64)((s64)(address << unused) >> unused) == address;
}

bool hvp_segment_valid(u32 index, const struct hv_segment *segment);
bool hvp_segment_valid_at_cpl0(u32 index, const struct hv_segment *segment, u64 efer, u64 cr4);
bool hvp_context_loadable(struct hvp_vp *vp, const struct hvp_initial_vp_context *context,
			  u64 cr4_reserved);
u64 hvp_cr4_reserved(struct hvp_vp *vp);

/**
 * typedef hvp_reg_check_fn - Does the VP's processor accept this value?
 * @vp: VP, for its CPUID
 * @arg: What the check is to know of the register, see each
 * @value: Value
 */
typedef bool (*hvp_reg_check_fn)(struct hvp_vp *vp, u64 arg,
				 const union hvp_register_value *value);

bool hvp_check_bits(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_canonical(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_flags(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_cr0(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_cr3(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_cr4(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_efer(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_xcr0(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_xss(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_segment(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_table(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_mxcsr(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_apic_base(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_pat(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_mtrr_types(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_mtrr_type(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_address(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_sint(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_interruption(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);
bool hvp_check_event(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value);

#endif
