// SPDX-License-Identifier: GPL-2.0
/*
 * The register file of a child's VP after reset and after INIT.
 *
 * A new VP is as a processor after power-up (Intel SDM volume 3, "Processor State After
 * Reset"), explicitly suspended; all but VP 0 wait for INIT and SIPI besides. INIT leaves the
 * floating-point and SSE state alone, the caches, time stamp and MTRRs, most MSRs, and of the
 * local APIC its id and its mode.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "hv_abi/registers.h"
#include "reg_checks.h"
#include "vp_file.h"

/* Segments after reset: present and accessed; data, code, LDT, busy TSS */
#define SEGMENT(type)	(0xffffULL | (u64)(0x80 | (type)) << 48)
#define TABLE_LIMIT	(0xffffULL << 48)
#define LVT_MASKED	0x10000
#define MXCSR_MASK	(0xffffULL << 32)

struct reset_value {
	u32 name;
	u64 low;
	u64 high;
};

/* What is not 0 after either */
static const struct reset_value init_values[] = {
	{ HV_REG_RIP, 0xfff0 },
	{ HV_REG_RFLAGS, X86_EFLAGS_FIXED },
	{ HV_REG_DR6, 0xffff0ff0 },
	{ HV_REG_DR7, 0x400 },
	{ HV_REG_ES, 0, SEGMENT(0x13) },
	{ HV_REG_CS, 0xffff0000, SEGMENT(0x1b) | 0xf000ULL << 32 },
	{ HV_REG_SS, 0, SEGMENT(0x13) },
	{ HV_REG_ES + HVP_DS, 0, SEGMENT(0x13) },
	{ HV_REG_ES + HVP_FS, 0, SEGMENT(0x13) },
	{ HV_REG_ES + HVP_GS, 0, SEGMENT(0x13) },
	{ HV_REG_LDTR, 0, SEGMENT(0x2) },
	{ HV_REG_TR, 0, SEGMENT(0xb) },
	{ HV_REG_IDTR, TABLE_LIMIT },
	{ HV_REG_GDTR, TABLE_LIMIT },
	{ HV_REG_APIC_DFR, 0xffffffff },
	{ HV_REG_APIC_SPURIOUS, 0xff },
	{ HV_REG_APIC_LVT_CMCI, LVT_MASKED },
	{ HV_REG_APIC_LVT_TIMER, LVT_MASKED },
	{ HV_REG_APIC_LVT_THERMAL, LVT_MASKED },
	{ HV_REG_APIC_LVT_PERF, LVT_MASKED },
	{ HV_REG_APIC_LVT_LINT0, LVT_MASKED },
	{ HV_REG_APIC_LVT_LINT1, LVT_MASKED },
	{ HV_REG_APIC_LVT_ERROR, LVT_MASKED },
};

/* What else is not 0 after reset; INIT does not change it */
static const struct reset_value reset_values[] = {
	{ HV_REG_EXPLICIT_SUSPEND, HV_SUSPENDED },
	{ HV_REG_FP_CONTROL, 0x000000ff00000040 },	/* all tags "zero", thus in use */
	{ HV_REG_XMM_CONTROL, 0, 0x1f80 | MXCSR_MASK },
	{ HV_REG_CR0, X86_CR0_CD | X86_CR0_NW | X86_CR0_ET },
	{ HV_REG_XFEM, 1 },
	{ HV_REG_APIC_BASE, 0xfee00000 | HVP_APIC_BASE_ENABLE },
	{ HV_REG_PAT, 0x0007040600070406 },
	{ HV_REG_MTRR_CAP, 0x508 },	/* eight ranges, fixed ranges, write combining */
	{ HV_REG_MISC_ENABLE, 0x1801 },	/* fast strings; neither BTS nor PEBS */
	{ HV_REG_APIC_VERSION, 0x50014 },
	{ HV_REG_SVERSION, 1 },
	{ HV_REG_NESTED_SVERSION, 1 },
};

/* What INIT makes 0 before it sets init_values[]; the sizes of the registers, in qwords */
static const struct cleared_range {
	u32 first;
	u32 last;
	u32 size;
} cleared_ranges[] = {
	{ HV_REG_PENDING_INTERRUPTION, HV_REG_INTERRUPT_STATE, 1 },
	{ HV_REG_PENDING_EVENT0, HV_REG_PENDING_EVENT1, 2 },
	{ HV_REG_PENDING_DEBUG, HV_REG_PENDING_DEBUG, 1 },
	{ HV_REG_PENDING_EVENT2, HV_REG_PENDING_EVENT3, 2 },
	{ HV_REG_PENDING_NMI, HV_REG_PENDING_NMI, 1 },
	{ HV_REG_RAX, HV_REG_R15, 1 },
	{ HV_REG_CR2, HV_REG_CR4, 1 },
	{ HV_REG_DR0, HV_REG_DR3, 1 },
	{ HV_REG_ES, HV_REG_TR, 2 },
	{ HV_REG_IDTR, HV_REG_GDTR, 2 },
	{ HV_REG_EFER, HV_REG_EFER, 1 },
	{ HV_REG_TSC_DEADLINE, HV_REG_TSC_DEADLINE, 1 },
	{ HV_REG_APIC_TPR, HV_REG_APIC_TPR, 1 },
	{ HV_REG_APIC_REMOTE_READ, HV_REG_APIC_REMOTE_READ, 1 },
	{ HV_REG_APIC_ISR0, HV_REG_APIC_ERROR_STATUS, 1 },
	{ HV_REG_APIC_ICR, HV_REG_APIC_ICR, 1 },
	{ HV_REG_APIC_INITIAL_COUNT, HV_REG_APIC_CURRENT_COUNT, 1 },
	{ HV_REG_APIC_DIVIDE, HV_REG_APIC_DIVIDE, 1 },
	{ HV_REG_APIC_LEVEL, HV_REG_APIC_LEVEL, 1 },
};

static void set_values(struct hvp_vp *vp, const struct reset_value *values, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		u64 *place = hvp_file_place(vp, values[i].name);

		place[0] = values[i].low;
		if (values[i].high)
			place[1] = values[i].high;
	}
}

static void set_value(struct hvp_vp *vp, u32 name, u64 value)
{
	*hvp_file_place(vp, name) = value;
}

/* The processor's signature is in RDX */
static void set_signature(struct hvp_vp *vp)
{
	u32 regs[4];

	hvp_cpuid_lookup(vp, 1, 0, regs);
	set_value(vp, HV_REG_RDX, regs[0]);
}

/* What depends on which VP it is */
static void set_identity(struct hvp_vp *vp)
{
	set_value(vp, HV_REG_INITIAL_APIC_ID, vp->index);
	set_value(vp, HV_REG_APIC_ID, vp->index);
	if (vp->index)
		set_value(vp, HV_REG_INTERNAL_ACTIVITY, HV_STARTUP_SUSPEND);
	else
		*hvp_file_place(vp, HV_REG_APIC_BASE) |= HVP_APIC_BASE_BSP;
}

/**
 * hvp_file_reset - A VP's file after power-up
 * @vp: VP of a child whose file is all zeros
 */
void hvp_file_reset(struct hvp_vp *vp)
{
	struct hv_xsave_area *area;
	u32 i, size;

	set_values(vp, init_values, ARRAY_SIZE(init_values));
	set_values(vp, reset_values, ARRAY_SIZE(reset_values));
	for (i = 0; i < 16; i++) {
		set_value(vp, HV_REG_SINT0 + i, 0x10000);
		set_value(vp, HV_REG_NESTED_SINT0 + i, 0x10000);
	}
	/* x87 and SSE state is there, all else is in its initial configuration */
	area = hvp_file_xsave(vp, &size);
	area->xstate_bv = HV_XSTATE_LEGACY;
	set_signature(vp);
	set_identity(vp);
}

/* Intel SDM volume 3, "Local APIC State After It Receives an INIT-Deassert IPI" and "x2APIC" */
static void clear_ldr(struct hvp_vp *vp)
{
	if (!(hvp_file_get64(vp, HV_REG_APIC_BASE) & HVP_APIC_BASE_X2APIC))
		set_value(vp, HV_REG_APIC_LDR, 0);
}

/**
 * hvp_file_init - A VP's file after INIT
 * @vp: VP of a child; op_lock is held
 *
 * It waits for a SIPI, unless it is the boot processor, which starts at the reset vector. What
 * the parent suspends it for does not change.
 */
void hvp_file_init(struct hvp_vp *vp)
{
	u64 cache = hvp_file_get64(vp, HV_REG_CR0) & (X86_CR0_CD | X86_CR0_NW);
	const struct cleared_range *range;
	u32 name, i;

	for (i = 0; i < ARRAY_SIZE(cleared_ranges); i++) {
		range = &cleared_ranges[i];
		for (name = range->first; name <= range->last; name++)
			memset(hvp_file_place(vp, name), 0, range->size * sizeof(u64));
	}
	set_values(vp, init_values, ARRAY_SIZE(init_values));
	set_value(vp, HV_REG_CR0, cache | X86_CR0_ET);
	clear_ldr(vp);
	set_signature(vp);
	set_value(vp, HV_REG_INTERNAL_ACTIVITY,
		  hvp_file_get64(vp, HV_REG_APIC_BASE) & HVP_APIC_BASE_BSP ? 0 :
									     HV_STARTUP_SUSPEND);
}
