// SPDX-License-Identifier: GPL-2.0
/*
 * Secure register intercepts: what a VTL has asked for to be told of accesses that lower ones make to
 * control registers and MSRs. TLFS, "Secure Register Intercepts".
 *
 * The registers are those of the VTL that is told; of several it is the lowest.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/nospec.h>
#include <asm/msr-index.h>

#include "../core.h"
#include "../hv_abi/registers.h"
#include "../hv_abi/vtl.h"
#include "../hypercalls/hypercalls.h"
#include "register_intercept.h"

/* Accesses to MSRs; those that KVM may leave to the guest have to be taken from it first */
static const struct watched_msr {
	u32 index;
	u8 read;	/* bit number of CrInterceptControl, or NONE */
	u8 write;
	bool take;
} watched_msrs[] = {
#define NONE	63
	{ MSR_IA32_MISC_ENABLE,		3,	4 },
	{ MSR_LSTAR,			5,	6,	true },
	{ MSR_STAR,			7,	8,	true },
	{ MSR_CSTAR,			9,	10,	true },
	{ MSR_IA32_APICBASE,		11,	12 },
	{ MSR_EFER,			13,	14 },
	{ MSR_IA32_SYSENTER_CS,		NONE,	19,	true },
	{ MSR_IA32_SYSENTER_EIP,	NONE,	20,	true },
	{ MSR_IA32_SYSENTER_ESP,	NONE,	21,	true },
	{ MSR_SYSCALL_MASK,		NONE,	22,	true },
	{ MSR_TSC_AUX,			NONE,	23 },
	{ MSR_IA32_XSS,			NONE,	25 },
};

/* The rest is not offered: descriptor tables, of which KVM does not hear, SGX and shadow stacks */
#define CONTROL_BITS	(GENMASK_ULL(14, 0) | GENMASK_ULL(23, 19) | BIT_ULL(25))

static u64 msr_bits_to_take(void)
{
	u64 bits = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(watched_msrs); i++)
		if (watched_msrs[i].take)
			bits |= BIT_ULL(watched_msrs[i].read) | BIT_ULL(watched_msrs[i].write);
	return bits & CONTROL_BITS;
}

static const struct hvp_register_intercepts *of_vtl(const struct hvp_vp *vp, u8 vtl)
{
	/* Pairs with the release in hvp_vp_vtls_alloc() */
	const struct hvp_vp_vtls *vtls = smp_load_acquire(&vp->vtls);

	return vtls ? &vtls->intercepts[vtl] : NULL;
}

static u64 *field(struct hvp_register_intercepts *regs, u32 name)
{
	switch (name) {
	case HV_REG_CR_INTERCEPT_CONTROL:
		return &regs->control;
	case HV_REG_CR_INTERCEPT_CR0_MASK:
		return &regs->cr0_mask;
	case HV_REG_CR_INTERCEPT_CR4_MASK:
		return &regs->cr4_mask;
	default:
		return &regs->misc_enable_mask;
	}
}

/**
 * hvp_register_intercepts_get - Read a register of secure register intercepts
 * @vp: The caller
 * @vtl: VTL whose register it is
 * @name: HV_REG_CR_INTERCEPT_*
 */
u64 hvp_register_intercepts_get(const struct hvp_vp *vp, u8 vtl, u32 name)
{
	const struct hvp_register_intercepts *regs = of_vtl(vp, vtl);

	return regs ? READ_ONCE(*field((struct hvp_register_intercepts *)regs, name)) : 0;
}

/* Of control registers the processor may leave bits to the guest */
static bool is_valid(struct hvp_vp *vp, u32 name, u64 value)
{
	switch (name) {
	case HV_REG_CR_INTERCEPT_CONTROL:
		return !(value & ~CONTROL_BITS);
	case HV_REG_CR_INTERCEPT_CR0_MASK:
		return !(value & ~vp->ops->watchable_bits(vp, 0));
	case HV_REG_CR_INTERCEPT_CR4_MASK:
		return !(value & ~vp->ops->watchable_bits(vp, 4));
	default:
		return true;
	}
}

/**
 * hvp_register_intercepts_set - Write a register of secure register intercepts
 * @vp: The caller
 * @vtl: VTL whose register it is
 * @name: HV_REG_CR_INTERCEPT_*
 * @value: From a guest
 *
 * Return: SUCCESS, INVALID_PARAMETER for VTL0, which has no lower one, INVALID_REGISTER_VALUE for what
 * cannot be intercepted, INSUFFICIENT_MEMORY, OPERATION_DENIED if the host cannot.
 */
enum hv_status hvp_register_intercepts_set(struct hvp_vp *vp, u8 vtl, u32 name, u64 value)
{
	struct hvp_vp_vtls *vtls;
	enum hv_status status;

	if (!vtl)
		return HV_STATUS_INVALID_PARAMETER;
	if (!is_valid(vp, name, value))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	vtl = array_index_nospec(vtl, HVP_VTLS);
	if (name == HV_REG_CR_INTERCEPT_CONTROL && (value & msr_bits_to_take())) {
		status = vp->ops->watch_msrs(vp, vtl);
		if (status)
			return status;
	}
	guard(mutex)(&vp->partition->op_lock);
	vtls = hvp_vp_vtls_alloc(vp);
	if (!vtls)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	WRITE_ONCE(*field(&vtls->intercepts[vtl], name), value);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_watches_registers - Does a VTL above the active one intercept any access to registers?
 * @vp: The VP
 */
bool hvp_watches_registers(const struct hvp_vp *vp)
{
	u32 vtl;

	for (vtl = vp->vtl + 1; vtl <= HVP_MAX_VTL; vtl++)
		if (hvp_register_intercepts_get(vp, vtl, HV_REG_CR_INTERCEPT_CONTROL))
			return true;
	return false;
}

static const struct watched_msr *find_msr(u32 index)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(watched_msrs); i++)
		if (watched_msrs[i].index == index)
			return &watched_msrs[i];
	return NULL;
}

/**
 * hvp_msr_is_taken - Is an MSR one that hvp_backend_ops.watch_msrs takes from guests?
 * @index: From a guest
 */
bool hvp_msr_is_taken(u32 index)
{
	const struct watched_msr *msr = find_msr(index);

	return msr && msr->take;
}

/**
 * hvp_msr_interceptor - Which higher VTL intercepts an access to an MSR?
 * @vp: The VP, which has not made it yet
 * @index: MSR, from a guest
 * @write: Whether it is a write
 * @changed: If so, the bits that it changes
 *
 * Return: the lowest that the VP has, 0 if none.
 */
u8 hvp_msr_interceptor(const struct hvp_vp *vp, u32 index, bool write, u64 changed)
{
	const struct watched_msr *msr = find_msr(index);
	const struct hvp_register_intercepts *regs;
	u32 vtl, enabled = hvp_vtls_of_vp(vp);

	for (vtl = vp->vtl + 1; msr && vtl <= HVP_MAX_VTL; vtl++) {
		regs = of_vtl(vp, vtl);
		if (!regs || !(enabled & BIT(vtl)) ||
		    !(READ_ONCE(regs->control) & BIT_ULL(write ? msr->write : msr->read)))
			continue;
		/* Reads are not masked */
		if (!write || index != MSR_IA32_MISC_ENABLE ||
		    (changed & READ_ONCE(regs->misc_enable_mask)))
			return vtl;
	}
	return 0;
}

static bool is_intercepted(const struct hvp_register_intercepts *regs, u32 name, u64 changed)
{
	u64 control = READ_ONCE(regs->control);

	switch (name) {
	case HV_REG_CR0:
		return (control & HV_CR_INTERCEPT_CR0_WRITE) && (changed & READ_ONCE(regs->cr0_mask));
	case HV_REG_CR4:
		return (control & HV_CR_INTERCEPT_CR4_WRITE) && (changed & READ_ONCE(regs->cr4_mask));
	default:
		return control & HV_CR_INTERCEPT_XCR0_WRITE;
	}
}

/**
 * hvp_control_interceptor - Which higher VTL intercepts a write to a control register?
 * @vp: The VP
 * @name: HV_REG_CR0, HV_REG_CR4 or HV_REG_XFEM
 * @changed: Bits that it changes; of XCR0 any write counts
 *
 * Return: the lowest that the VP has, 0 if none.
 */
u8 hvp_control_interceptor(const struct hvp_vp *vp, u32 name, u64 changed)
{
	const struct hvp_register_intercepts *regs;
	u32 vtl, enabled = hvp_vtls_of_vp(vp);

	for (vtl = vp->vtl + 1; vtl <= HVP_MAX_VTL; vtl++) {
		regs = of_vtl(vp, vtl);
		if (regs && (enabled & BIT(vtl)) && is_intercepted(regs, name, changed))
			return vtl;
	}
	return 0;
}
