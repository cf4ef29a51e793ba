// SPDX-License-Identifier: GPL-2.0
/*
 * Which values of registers a processor refuses: Intel SDM volume 3, "Checks on the Guest
 * State Area" and the descriptions of the registers; formats of synthetic ones are those
 * of the sheet's section "Value formats".
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "reg_checks.h"

/* Bits that a control register may have if CPUID has another */
struct feature_bit {
	u64 bit;
	u32 function;
	u8 index;
	u8 reg;
	u8 cpuid_bit;
};

enum { EAX, EBX, ECX, EDX };

static u64 offered_bits(struct hvp_vp *vp, const struct feature_bit *features, u32 count)
{
	u32 regs[4], i;
	u64 bits = 0;

	for (i = 0; i < count; i++) {
		hvp_cpuid_lookup(vp, features[i].function, features[i].index, regs);
		if (regs[features[i].reg] & BIT(features[i].cpuid_bit))
			bits |= features[i].bit;
	}
	return bits;
}

/* Every processor with long mode has these */
#define CR4_ALWAYS	(X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_PSE | \
			 X86_CR4_PAE | X86_CR4_MCE | X86_CR4_PGE | X86_CR4_PCE | \
			 X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT)

static const struct feature_bit cr4_features[] = {
	{ BIT_ULL(11), 7, 0, ECX, 2 },		/* UMIP */
	{ BIT_ULL(12), 7, 0, ECX, 16 },		/* LA57 */
	{ BIT_ULL(13), 1, 0, ECX, 5 },		/* VMXE */
	{ BIT_ULL(16), 7, 0, EBX, 0 },		/* FSGSBASE */
	{ BIT_ULL(17), 1, 0, ECX, 17 },		/* PCIDE */
	{ BIT_ULL(18), 1, 0, ECX, 26 },		/* OSXSAVE */
	{ BIT_ULL(20), 7, 0, EBX, 7 },		/* SMEP */
	{ BIT_ULL(21), 7, 0, EBX, 20 },		/* SMAP */
	{ BIT_ULL(22), 7, 0, ECX, 3 },		/* PKE */
	{ BIT_ULL(23), 7, 0, ECX, 7 },		/* CET: shadow stacks */
	{ BIT_ULL(23), 7, 0, EDX, 20 },		/* CET: branch tracking */
	{ BIT_ULL(24), 7, 0, ECX, 31 },		/* PKS */
	{ BIT_ULL(28), 7, 1, EAX, 26 },		/* LAM_SUP */
};

static const struct feature_bit efer_features[] = {
	{ HVP_EFER_SCE, 0x80000001, 0, EDX, 11 },
	{ HVP_EFER_LME | HVP_EFER_LMA, 0x80000001, 0, EDX, 29 },
	{ HVP_EFER_NXE, 0x80000001, 0, EDX, 20 },
	{ HVP_EFER_SVME, 0x80000001, 0, ECX, 2 },
	{ HVP_EFER_FFXSR, 0x80000001, 0, EDX, 25 },
	{ HVP_EFER_TCE, 0x80000001, 0, ECX, 17 },
	{ BIT_ULL(21), 0x80000021, 0, EAX, 8 },	/* automatic IBRS */
};

/* What HvCallStartVirtualProcessor may switch on */
#define EFER_STARTABLE	(HVP_EFER_SCE | HVP_EFER_LME | HVP_EFER_LMA | HVP_EFER_NXE)

#define CR0_BITS	((u64)(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_ET | \
			       X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | X86_CR0_NW | X86_CR0_CD | \
			       X86_CR0_PG))

static bool efer_offered(struct hvp_vp *vp, u64 efer)
{
	return !(efer & ~offered_bits(vp, efer_features, ARRAY_SIZE(efer_features)));
}

static bool cr0_valid(u64 cr0)
{
	return !(cr0 & ~CR0_BITS) && !((cr0 & X86_CR0_PG) && !(cr0 & X86_CR0_PE)) &&
	       !((cr0 & X86_CR0_NW) && !(cr0 & X86_CR0_CD));
}

/**
 * hvp_cr4_reserved - Bits of CR4 that a VP's CPUID does not offer
 * @vp: VP
 */
u64 hvp_cr4_reserved(struct hvp_vp *vp)
{
	return ~(CR4_ALWAYS | offered_bits(vp, cr4_features, ARRAY_SIZE(cr4_features)));
}

/* Each byte a memory type, Intel SDM volume 3, "Page Attribute Table" */
static bool pat_valid(u64 pat)
{
	u32 i;

	for (i = 0; i < 64; i += 8)
		if (pat >> i & 0xf8 || (pat >> i & 6) == 2)
			return false;
	return true;
}

/* Is the type one that the segment register can hold? */
static bool segment_type_valid(u32 index, const struct hv_segment *segment)
{
	u8 type = FIELD_GET(HVP_SEGMENT_TYPE, segment->attributes);
	bool s = segment->attributes & HVP_SEGMENT_S;

	switch (index) {
	case HVP_CS:
		/* Accessed code; in real mode also data that may be written */
		return s && ((type & 9) == 9 || type == 3);
	case HVP_SS:
		return s && (type & 0xb) == 3;
	case HVP_LDTR:
		return !s && type == 2 && !(segment->selector & 4);
	case HVP_TR:
		return !s && (type == 11 || type == 3) && !(segment->selector & 4);
	default:
		/* Accessed, and readable if it is a code segment */
		return s && (type & 1) && (!(type & 8) || (type & 2));
	}
}

/**
 * hvp_segment_valid - Can a segment register hold this in any mode?
 * @index: HVP_ES to HVP_TR
 * @segment: Segment, from a guest
 *
 * Intel SDM volume 3, "Checks on Guest Segment Registers", as far as they concern one
 * register alone; canonical bases apart.
 */
bool hvp_segment_valid(u32 index, const struct hv_segment *segment)
{
	bool wide = index == HVP_FS || index == HVP_GS || index == HVP_LDTR || index == HVP_TR;
	u16 attributes = segment->attributes;

	if (attributes & HVP_SEGMENT_RESERVED)
		return false;
	if (!(attributes & HVP_SEGMENT_P))
		return index != HVP_CS && index != HVP_TR;
	if (!wide && segment->base >> 32)
		return false;
	/* Granularity must fit the limit */
	if (attributes & HVP_SEGMENT_G ? (segment->limit & 0xfff) != 0xfff : segment->limit >> 20)
		return false;
	if (index == HVP_CS && (attributes & HVP_SEGMENT_L) && (attributes & HVP_SEGMENT_DB))
		return false;
	return segment_type_valid(index, segment);
}

/**
 * hvp_segment_valid_at_cpl0 - Would VM entry accept this segment at CPL 0?
 * @index: HVP_ES to HVP_TR
 * @segment: Segment, from a guest
 * @efer: EFER that goes with it
 * @cr4: CR4 that goes with it
 *
 * Intel SDM volume 3, "Checks on Guest Segment Registers", without virtual-8086 mode.
 */
bool hvp_segment_valid_at_cpl0(u32 index, const struct hv_segment *segment, u64 efer, u64 cr4)
{
	u8 type = FIELD_GET(HVP_SEGMENT_TYPE, segment->attributes);
	bool lma = efer & HVP_EFER_LMA;

	if (!hvp_segment_valid(index, segment) || !hvp_canonical(cr4, segment->base))
		return false;
	switch (index) {
	case HVP_CS:
		return type != 3 && !(segment->attributes & HVP_SEGMENT_DPL) &&
		       (!(segment->attributes & HVP_SEGMENT_L) || lma);
	case HVP_SS:
		return !(segment->attributes & HVP_SEGMENT_P) ||
		       !(segment->attributes & HVP_SEGMENT_DPL);
	case HVP_TR:
		return type == 11 || !lma;
	default:
		return true;
	}
}

static bool segments_loadable(const struct hvp_initial_vp_context *c)
{
	static const u8 order[] = { HVP_CS, HVP_DS, HVP_ES, HVP_FS, HVP_GS, HVP_SS, HVP_TR,
				    HVP_LDTR };
	/* They lie side by side */
	const struct hv_segment *segment = &c->cs;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (!hvp_segment_valid_at_cpl0(order[i], segment + i, c->efer, c->cr4))
			return false;
	return true;
}

/**
 * hvp_context_loadable - Could a processor be in this state?
 * @vp: VP that is to start in it
 * @c: Context, from a guest
 * @cr4_reserved: Bits of CR4 that @vp may not set
 *
 * Intel SDM volume 3, "Checks on the Guest State Area".
 */
bool hvp_context_loadable(struct hvp_vp *vp, const struct hvp_initial_vp_context *c,
			  u64 cr4_reserved)
{
	bool paging = c->cr0 & X86_CR0_PG, lme = c->efer & HVP_EFER_LME;
	bool lma = c->efer & HVP_EFER_LMA, l = c->cs.attributes & HVP_SEGMENT_L;

	if (!cr0_valid(c->cr0))
		return false;
	if ((c->efer & ~EFER_STARTABLE) || !efer_offered(vp, c->efer) || lma != (lme && paging) ||
	    (lma && !(c->cr4 & X86_CR4_PAE)))
		return false;
	if ((c->cr4 & cr4_reserved) || c->cr3 >> vp->pa_bits)
		return false;
	if (!(c->rflags & X86_EFLAGS_FIXED) || (c->rflags & ~(u64)HVP_RFLAGS))
		return false;
	if (!hvp_canonical(c->cr4, c->rip) || (!l && c->rip >> 32) ||
	    !hvp_canonical(c->cr4, c->idtr.base) || !hvp_canonical(c->cr4, c->gdtr.base))
		return false;
	if ((c->cr0 & X86_CR0_PE) && !segments_loadable(c))
		return false;
	return pat_valid(c->pat);
}

/* Only the bits of @arg exist */
bool hvp_check_bits(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return !(value->low & ~arg);
}

/* The processor's width counts, as for WRMSR: CR4.LA57 may be set later */
static bool canonical(struct hvp_vp *vp, u64 address)
{
	u32 regs[4];

	hvp_cpuid_lookup(vp, 7, 0, regs);
	return hvp_canonical(regs[ECX] & BIT(16) ? X86_CR4_LA57 : 0, address);
}

/* An address, without the bits of @arg */
bool hvp_check_canonical(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return !(value->low & arg) && canonical(vp, value->low);
}

bool hvp_check_flags(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return !(value->low & ~(u64)(HVP_RFLAGS | X86_EFLAGS_VM));
}

bool hvp_check_cr0(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return cr0_valid(value->low);
}

/* Bits 62 and 61 select linear-address masking where there is such */
bool hvp_check_cr3(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	u64 cr3 = value->low;
	u32 regs[4];

	hvp_cpuid_lookup(vp, 7, 1, regs);
	if (regs[EAX] & BIT(26))
		cr3 &= ~GENMASK_ULL(62, 61);
	return !(cr3 >> vp->pa_bits);
}

bool hvp_check_cr4(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return !(value->low & hvp_cr4_reserved(vp));
}

bool hvp_check_efer(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return efer_offered(vp, value->low) &&
	       !((value->low & HVP_EFER_LMA) && !(value->low & HVP_EFER_LME));
}

/* All of @group or none of it */
static bool together(u64 features, u64 group)
{
	return !(features & group) || (features & group) == group;
}

/* Intel SDM volume 1, "XSETBV": x87 always, SSE before AVX before AVX-512, pairs */
bool hvp_check_xcr0(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	u64 xcr0 = value->low, offered = BIT_ULL(0);
	u32 regs[4];

	if (hvp_cpuid_lookup(vp, 0xd, 0, regs))
		offered = regs[EAX] | (u64)regs[EDX] << 32;
	if ((xcr0 & ~offered) || !(xcr0 & BIT_ULL(0)))
		return false;
	if ((xcr0 & BIT_ULL(2)) && !(xcr0 & BIT_ULL(1)))
		return false;
	if ((xcr0 & GENMASK_ULL(7, 5)) && !(xcr0 & BIT_ULL(2)))
		return false;
	return together(xcr0, GENMASK_ULL(4, 3)) && together(xcr0, GENMASK_ULL(7, 5)) &&
	       together(xcr0, GENMASK_ULL(18, 17));
}

bool hvp_check_xss(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	u32 regs[4];

	hvp_cpuid_lookup(vp, 0xd, 1, regs);
	return !(value->low & ~(regs[ECX] | (u64)regs[EDX] << 32));
}

/* @arg is HVP_ES to HVP_TR */
bool hvp_check_segment(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return hvp_segment_valid(arg, &value->segment) && canonical(vp, value->segment.base);
}

bool hvp_check_table(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return canonical(vp, value->table.base);
}

/* XmmControlStatus, of which MXCSR is a part; @arg is the mask of MXCSR */
bool hvp_check_mxcsr(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return !(value->reg32[2] & ~arg);
}

bool hvp_check_apic_base(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	u64 base = value->low;
	u32 regs[4];

	if (base >> vp->pa_bits || (base & (GENMASK_ULL(7, 0) | BIT_ULL(9))))
		return false;
	if (!(base & HVP_APIC_BASE_X2APIC))
		return true;
	hvp_cpuid_lookup(vp, 1, 0, regs);
	return (base & HVP_APIC_BASE_ENABLE) && (regs[ECX] & BIT(21));
}

bool hvp_check_pat(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return pat_valid(value->low);
}

/* Intel SDM volume 3, "Memory Types That Can Be Encoded in MTRRs" */
static bool mtrr_type_valid(u8 type)
{
	return type < 7 && type != 2 && type != 3;
}

/* A fixed-range MTRR: eight types */
bool hvp_check_mtrr_types(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	u32 i;

	for (i = 0; i < 8; i++)
		if (!mtrr_type_valid(value->bytes[i]))
			return false;
	return true;
}

/* A type in the lowest byte, then bits of @arg and of an address, if @arg has bit 12 */
bool hvp_check_mtrr_type(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	u64 bits = arg & ~BIT_ULL(12);

	if (arg & BIT_ULL(12))
		bits |= GENMASK_ULL(vp->pa_bits - 1, 12);
	return mtrr_type_valid(value->bytes[0]) && !(value->low & ~bits & ~0xffULL);
}

/* A physical page, and the bits of @arg below it */
bool hvp_check_address(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return !(value->low & ~(arg | GENMASK_ULL(vp->pa_bits - 1, 12)));
}

/* TLFS, "SINTx Registers": a source that is not masked has a vector of at least 16 */
bool hvp_check_sint(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	return (value->low & BIT_ULL(16)) || (value->low & 0xff) >= 16;
}

/* PendingInterruption: pending, type, error code, length, nested, vector, error code */
bool hvp_check_interruption(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	u32 type = value->low >> 1 & 7, vector = value->low >> 16 & 0xffff;

	if (value->low & GENMASK_ULL(15, 10))
		return false;
	if (!(value->low & BIT_ULL(0)))
		return true;
	switch (type) {
	case 0:	/* external interrupt */
	case 4:	/* software interrupt */
		return vector <= U8_MAX;
	case 2:	/* NMI */
		return vector == 2;
	case 3:	/* hardware exception */
	case 5:	/* privileged software exception: INT1 */
	case 6:	/* software exception: INT3 and INTO */
		return vector < 32;
	default:
		return false;
	}
}

/* PendingEvent0: its first byte tells what it is; the others depend on that */
bool hvp_check_event(struct hvp_vp *vp, u64 arg, const union hvp_register_value *value)
{
	u32 type = value->low >> 1 & 7, vector = value->low >> 16 & 0xffff;

	if (value->bytes[0] & 0xf0)
		return false;
	if (!(value->low & BIT_ULL(0)))
		return true;
	if (type == 0)	/* exception */
		return vector < 32;
	return type <= 6;	/* up to a shadow IPT */
}
