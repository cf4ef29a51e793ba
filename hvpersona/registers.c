// SPDX-License-Identifier: GPL-2.0
/*
 * HV_REGISTER_NAME to the place where the register is kept: one table of ranges, in order
 * of the name. The sheet's section "Registers" lists all names; those without a row here
 * belong to features that are not offered (performance monitoring, LBR, isolation, nested
 * virtualization and so on) and are rejected like unknown ones.
 */
#include <linux/bsearch.h>
#include <linux/kernel.h>
#include <linux/nospec.h>

#include "hv_abi/cpuid.h"
#include "hv_abi/msr.h"
#include "hv_abi/registers.h"
#include "registers.h"

/* Registers @first to @last; the argument grows by @step with each name */
struct reg_range {
	u32 first;
	u32 last;
	u8 kind;
	u8 access;
	u8 step;
	u32 arg;
};

#define R	HVP_REG_READ
#define W	HVP_REG_WRITE
#define RW	(R | W)

/* Local APIC registers: name and offset as in x2APIC mode */
#define APIC_REGS(first, last, access) \
	{ HV_REG_APIC_BASE_NAME + (first), HV_REG_APIC_BASE_NAME + (last), HVP_REG_APIC, access, \
	  16, (first) << 4 }

static const struct reg_range reg_ranges[] = {
	/* A VP that reads its own suspend registers is not suspended */
	{ HV_REG_EXPLICIT_SUSPEND, HV_REG_INTERCEPT_SUSPEND, HVP_REG_CONST, R, 0, 0 },
	{ HV_REG_DISPATCH_SUSPEND, HV_REG_INTERNAL_ACTIVITY, HVP_REG_CONST, R, 0, 0 },
	{ HV_REG_HYPERVISOR_VERSION, HV_REG_HYPERVISOR_VERSION, HVP_REG_CPUID, R, 1,
	  HV_CPUID_VERSION },
	{ HV_REG_PRIVILEGES_AND_FEATURES, HV_REG_IPT_FEATURES, HVP_REG_CPUID, R, 1,
	  HV_CPUID_FEATURES },
	{ HV_REG_GUEST_CRASH_P0, HV_REG_GUEST_CRASH_CTL, HVP_REG_MSR, RW, 1, HV_MSR_CRASH_P0 },
	{ HV_REG_PROCESSOR_CLOCK, HV_REG_INTERRUPT_CLOCK, HVP_REG_MSR, R, 1, HV_MSR_TSC_FREQUENCY },
	/* Nothing is being delivered to a VP that executes a hypercall */
	{ HV_REG_PENDING_INTERRUPTION, HV_REG_PENDING_INTERRUPTION, HVP_REG_CONST, R, 0, 0 },
	{ HV_REG_INTERRUPT_STATE, HV_REG_INTERRUPT_STATE, HVP_REG_INTERRUPT_STATE, RW, 1, 0 },
	{ HV_REG_PENDING_EVENT0, HV_REG_PENDING_EVENT0, HVP_REG_PENDING_EVENT, RW, 0, 0 },
	{ HV_REG_PENDING_EVENT1, HV_REG_PENDING_EVENT1, HVP_REG_CONST, R, 0, 0 },
	{ HV_REG_RAX, HV_REG_R15, HVP_REG_GPR, RW, 1, 0 },
	{ HV_REG_RIP, HV_REG_RIP, HVP_REG_RIP, RW, 1, 0 },
	{ HV_REG_RFLAGS, HV_REG_RFLAGS, HVP_REG_RFLAGS, RW, 1, 0 },
	{ HV_REG_XMM0, HV_REG_XMM15, HVP_REG_XMM, RW, 1, 0 },
	{ HV_REG_FPMMX0, HV_REG_FPMMX7, HVP_REG_FPMMX, RW, 1, 0 },
	{ HV_REG_FP_CONTROL, HV_REG_FP_CONTROL, HVP_REG_FP_CONTROL, RW, 1, 0 },
	{ HV_REG_XMM_CONTROL, HV_REG_XMM_CONTROL, HVP_REG_XMM_CONTROL, RW, 1, 0 },
	{ HV_REG_CR0, HV_REG_CR0, HVP_REG_CR, RW, 1, 0 },
	{ HV_REG_CR2, HV_REG_CR4, HVP_REG_CR, RW, 1, 2 },
	{ HV_REG_CR8, HV_REG_CR8, HVP_REG_CR, RW, 1, 8 },
	{ HV_REG_XFEM, HV_REG_XFEM, HVP_REG_XFEM, RW, 1, 0 },
	{ HV_REG_INTERMEDIATE_CR0, HV_REG_INTERMEDIATE_CR0, HVP_REG_CR, RW, 1, 0 },
	{ HV_REG_INTERMEDIATE_CR3, HV_REG_INTERMEDIATE_CR4, HVP_REG_CR, RW, 1, 3 },
	{ HV_REG_INTERMEDIATE_CR8, HV_REG_INTERMEDIATE_CR8, HVP_REG_CR, RW, 1, 8 },
	{ HV_REG_DR0, HV_REG_DR0 + 3, HVP_REG_DR, RW, 1, 0 },
	{ HV_REG_DR0 + 4, HV_REG_DR7, HVP_REG_DR, RW, 1, 6 },
	{ HV_REG_ES, HV_REG_TR, HVP_REG_SEGMENT, RW, 1, 0 },
	{ HV_REG_IDTR, HV_REG_GDTR, HVP_REG_TABLE, RW, 1, 0 },
	{ 0x00080000, 0x00080000, HVP_REG_MSR, RW, 1, 0x00000010 },	/* TSC */
	{ 0x00080001, 0x00080001, HVP_REG_MSR, RW, 1, 0xc0000080 },	/* EFER */
	{ 0x00080002, 0x00080002, HVP_REG_MSR, RW, 1, 0xc0000102 },	/* KERNEL_GS_BASE */
	{ 0x00080003, 0x00080003, HVP_REG_MSR, RW, 1, 0x0000001b },	/* APIC_BASE */
	{ 0x00080004, 0x00080004, HVP_REG_MSR, RW, 1, 0x00000277 },	/* PAT */
	{ 0x00080005, 0x00080005, HVP_REG_MSR, RW, 1, 0x00000174 },	/* SYSENTER_CS */
	{ 0x00080006, 0x00080006, HVP_REG_MSR, RW, 1, 0x00000176 },	/* SYSENTER_EIP */
	{ 0x00080007, 0x00080007, HVP_REG_MSR, RW, 1, 0x00000175 },	/* SYSENTER_ESP */
	{ 0x00080008, 0x0008000b, HVP_REG_MSR, RW, 1, 0xc0000081 },	/* STAR to SFMASK */
	{ HV_REG_INITIAL_APIC_ID, HV_REG_INITIAL_APIC_ID, HVP_REG_APIC, R, 1, 0x020 },
	{ 0x0008000d, 0x0008000d, HVP_REG_MSR, R, 1, 0x000000fe },		/* MTRRcap */
	{ 0x0008000e, 0x0008000e, HVP_REG_MSR, RW, 1, 0x000002ff },	/* MTRRdefType */
	{ 0x00080010, 0x00080017, HVP_REG_MSR, RW, 2, 0x00000200 },	/* MTRRphysBase */
	{ 0x00080040, 0x00080047, HVP_REG_MSR, RW, 2, 0x00000201 },	/* MTRRphysMask */
	{ 0x00080070, 0x00080070, HVP_REG_MSR, RW, 1, 0x00000250 },	/* MTRRfix64K_00000 */
	{ 0x00080071, 0x00080072, HVP_REG_MSR, RW, 1, 0x00000258 },	/* MTRRfix16K */
	{ 0x00080073, 0x0008007a, HVP_REG_MSR, RW, 1, 0x00000268 },	/* MTRRfix4K */
	{ 0x0008007b, 0x0008007b, HVP_REG_MSR, RW, 1, 0xc0000103 },	/* TSC_AUX */
	{ 0x0008007d, 0x0008007d, HVP_REG_MSR, RW, 1, 0x000001d9 },	/* DEBUGCTL */
	{ 0x00080084, 0x00080084, HVP_REG_MSR, RW, 1, 0x00000048 },	/* SPEC_CTRL */
	{ 0x00080085, 0x00080085, HVP_REG_MSR, W, 1, 0x00000049 },		/* PRED_CMD */
	{ 0x00080086, 0x00080086, HVP_REG_MSR, RW, 1, 0xc001011f },	/* VIRT_SPEC_CTRL */
	{ 0x00080088, 0x00080088, HVP_REG_MSR, RW, 1, 0x00000122 },	/* TSX_CTRL */
	{ 0x00080089, 0x00080089, HVP_REG_MSR, R, 1, 0x0000008b },		/* microcode level */
	{ 0x0008008b, 0x0008008b, HVP_REG_MSR, RW, 1, 0x00000da0 },	/* XSS */
	{ 0x00080095, 0x00080095, HVP_REG_MSR, RW, 1, 0x000006e0 },	/* TSC_DEADLINE */
	{ 0x00080096, 0x00080096, HVP_REG_MSR, RW, 1, 0x0000003b },	/* TSC_ADJUST */
	{ 0x000800a0, 0x000800a0, HVP_REG_MSR, RW, 1, 0x000001a0 },	/* MISC_ENABLE */
	APIC_REGS(0x02, 0x03, R),
	APIC_REGS(0x08, 0x08, RW),			/* TPR */
	APIC_REGS(0x0a, 0x0a, R),
	APIC_REGS(0x0b, 0x0b, W),			/* EOI */
	APIC_REGS(0x0d, 0x0d, R),
	APIC_REGS(0x0f, 0x0f, RW),			/* spurious vector */
	APIC_REGS(0x10, 0x27, R),
	APIC_REGS(0x28, 0x28, RW),			/* error status */
	APIC_REGS(0x30, 0x30, RW),			/* ICR */
	APIC_REGS(0x32, 0x38, RW),			/* LVT, initial count */
	APIC_REGS(0x39, 0x39, R),
	APIC_REGS(0x3e, 0x3e, RW),			/* divide configuration */
	APIC_REGS(0x3f, 0x3f, W),			/* self IPI */
	{ HV_REG_VP_RUNTIME, HV_REG_VP_RUNTIME, HVP_REG_MSR, R, 1, HV_MSR_VP_RUNTIME },
	{ HV_REG_HYPERCALL, HV_REG_HYPERCALL, HVP_REG_MSR, RW, 1, HV_MSR_HYPERCALL },
	{ HV_REG_GUEST_OS_ID, HV_REG_GUEST_OS_ID, HVP_REG_MSR, RW, 1, HV_MSR_GUEST_OS_ID },
	{ HV_REG_VP_INDEX, HV_REG_VP_INDEX, HVP_REG_INDEX, R, 1, 0 },
	{ HV_REG_TIME_REF_COUNT, HV_REG_TIME_REF_COUNT, HVP_REG_MSR, R, 1, HV_MSR_TIME_REF_COUNT },
	{ HV_REG_EOI, HV_REG_EOI, HVP_REG_MSR, W, 1, HV_MSR_EOI },
	{ HV_REG_ICR, HV_REG_TPR, HVP_REG_MSR, RW, 1, HV_MSR_ICR },
	{ HV_REG_VP_ASSIST_PAGE, HV_REG_VP_ASSIST_PAGE, HVP_REG_MSR, RW, 1, HV_MSR_VP_ASSIST_PAGE },
	{ HV_REG_REFERENCE_TSC, HV_REG_REFERENCE_TSC, HVP_REG_MSR, RW, 1, HV_MSR_REFERENCE_TSC },
	{ HV_REG_REGISTER_PAGE, HV_REG_REGISTER_PAGE, HVP_REG_VSM, RW, 0, 0 },
	{ HV_REG_SINT0, HV_REG_SINT15, HVP_REG_MSR, RW, 1, HV_MSR_SINT0 },
	{ HV_REG_SCONTROL, HV_REG_SCONTROL, HVP_REG_MSR, RW, 1, HV_MSR_SCONTROL },
	{ HV_REG_SVERSION, HV_REG_SVERSION, HVP_REG_MSR, R, 1, HV_MSR_SVERSION },
	{ HV_REG_SIEFP, HV_REG_SIMP, HVP_REG_MSR, RW, 1, HV_MSR_SIEFP },
	{ HV_REG_EOM, HV_REG_EOM, HVP_REG_MSR, W, 1, HV_MSR_EOM },
	{ HV_REG_STIMER0_CONFIG, HV_REG_STIMER3_COUNT, HVP_REG_MSR, RW, 1, HV_MSR_STIMER0_CONFIG },
	{ HV_REG_VSM_CODE_PAGE_OFFSETS, HV_REG_VSM_PARTITION_STATUS, HVP_REG_VSM, R, 1, 0 },
	{ HV_REG_VSM_VINA, HV_REG_VSM_VINA, HVP_REG_VSM, RW, 0, 0 },
	{ HV_REG_VSM_CAPABILITIES, HV_REG_VSM_CAPABILITIES, HVP_REG_VSM, R, 0, 0 },
	{ HV_REG_VSM_PARTITION_CONFIG, HV_REG_VSM_PARTITION_CONFIG, HVP_REG_VSM, RW, 0, 0 },
	{ HV_REG_CR_INTERCEPT_CONTROL, HV_REG_CR_INTERCEPT_MISC_ENABLE_MASK, HVP_REG_VSM, RW, 0, 0 },
};

static int compare_range(const void *key, const void *elem)
{
	const struct reg_range *range = elem;
	u32 name = *(const u32 *)key;

	return name < range->first ? -1 : name > range->last;
}

/**
 * hvp_reg_lookup - Find a register by name
 * @name: HV_REGISTER_NAME, from a guest
 * @reg: Filled
 *
 * Return: whether there is such a register.
 */
bool hvp_reg_lookup(u32 name, struct hvp_reg *reg)
{
	const struct reg_range *range;

	range = bsearch(&name, reg_ranges, ARRAY_SIZE(reg_ranges), sizeof(*range), compare_range);
	if (!range)
		return false;
	reg->name = name;
	name = array_index_nospec(name - range->first, range->last - range->first + 1);
	reg->kind = range->kind;
	reg->access = range->access;
	reg->arg = range->arg + name * range->step;
	return true;
}

/**
 * hvp_reg_shared - Do all VTLs of a VP have the same register?
 * @reg: Register
 *
 * TLFS, "Virtual Processor State Isolation". DR6 is shared, as VsmCapabilities says. MSRs that are
 * shared are the same through any VTL, so they count as private.
 */
bool hvp_reg_shared(const struct hvp_reg *reg)
{
	switch (reg->kind) {
	case HVP_REG_GPR:
		return reg->name != HV_REG_RSP;
	case HVP_REG_CR:
		return reg->name == HV_REG_CR2;
	case HVP_REG_DR:
		return reg->name != HV_REG_DR7;
	case HVP_REG_XFEM:
	case HVP_REG_XMM:
	case HVP_REG_FPMMX:
	case HVP_REG_FP_CONTROL:
	case HVP_REG_XMM_CONTROL:
		return true;
	default:
		return false;
	}
}
