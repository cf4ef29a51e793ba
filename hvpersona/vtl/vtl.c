// SPDX-License-Identifier: GPL-2.0
/*
 * Which VTLs a machine has, which each of its VPs has, and who may change that: TLFS, "VTL
 * Enablement", and the sheet's section "Virtual trust levels (VSM)".
 *
 * A VTL may do with lower ones as it likes. A higher one can be enabled by the one that is the
 * highest below it; once it is on a VP it alone decides where else it begins, and with what.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <asm/processor-flags.h>
#include <uapi/linux/hvpersona.h>

#include "../core.h"
#include "../hv_abi/registers.h"
#include "../hv_abi/vtl.h"
#include "../hypercalls/hypercalls.h"
#include "protect.h"
#include "register_intercept.h"
#include "register_page.h"
#include "vina.h"

/**
 * hvp_vsm_offered - May a machine have VTLs at all?
 * @pt: Machine
 */
bool hvp_vsm_offered(const struct hvp_partition *pt)
{
	return (pt->privileges & HVP_VSM) == HVP_VSM && !pt->child;
}

/**
 * hvp_vtls_of - VTLs of a partition
 * @pt: Partition
 *
 * Return: a bit for each. VTL0 is always among them.
 */
u16 hvp_vtls_of(const struct hvp_partition *pt)
{
	return READ_ONCE(pt->vtls.enabled) | BIT(pt->vtls.first) | BIT(0);
}

/**
 * hvp_vtls_of_vp - VTLs of a VP
 * @vp: Any VP
 *
 * Return: as hvp_vtls_of().
 */
u16 hvp_vtls_of_vp(const struct hvp_vp *vp)
{
	/* Pairs with the release in hvp_vp_vtls_alloc() */
	const struct hvp_vp_vtls *vtls = smp_load_acquire(&vp->vtls);

	return (vtls ? READ_ONCE(vtls->enabled) : 0) | BIT(vp->partition->vtls.first) | BIT(0);
}

/**
 * hvp_vtl_has_state - Does a VP have the state of a VTL?
 * @vp: Any VP
 * @vtl: VTL
 *
 * The VTL0 of a machine that begins in VTL2 has none until it is needed.
 */
bool hvp_vtl_has_state(const struct hvp_vp *vp, u8 vtl)
{
	/* Pairs with the release in hvp_vp_vtls_alloc() */
	const struct hvp_vp_vtls *vtls = smp_load_acquire(&vp->vtls);

	return vtl == vp->partition->vtls.first || (vtls && (READ_ONCE(vtls->enabled) & BIT(vtl)));
}

/* Is @vp's VTL the highest of @enabled below @vtl? */
static bool is_next_below(const struct hvp_vp *vp, u16 enabled, u8 vtl)
{
	return vp->vtl < vtl && !(enabled & GENMASK(vtl - 1, 0) & ~GENMASK(vp->vtl, 0));
}

/*
 * See to it that the machine can have a VTL. Without op_lock: what the monitor waits for here may be
 * VPs in their exits, which wait for it.
 */
static enum hv_status make_vtl(struct hvp_vp *vp, u8 vtl)
{
	int err;

	if (READ_ONCE(vp->partition->vtls.enabled) & BIT(vtl))
		return HV_STATUS_SUCCESS;
	err = vp->ops->make_vtl(vp, vtl);
	if (err == -EINTR)
		return HVP_STATUS_AGAIN;
	if (err)
		return err == -ENOMEM ? HV_STATUS_INSUFFICIENT_MEMORY : HV_STATUS_OPERATION_DENIED;
	return HV_STATUS_SUCCESS;
}

/* It has it from now on, if it has not yet */
static void add_vtl(struct hvp_vp *vp, u8 vtl)
{
	struct hvp_partition *pt = vp->partition;

	lockdep_assert_held(&pt->op_lock);
	if (pt->vtls.enabled & BIT(vtl))
		return;
	vp->ops->reset_vtl(vp, vtl);
	WRITE_ONCE(pt->vtls.enabled, pt->vtls.enabled | BIT(vtl));
}

/* May the caller enable a VTL for the partition? */
static enum hv_status check_enable(const struct hvp_vp *vp, u8 vtl, u8 flags)
{
	u16 enabled = hvp_vtls_of(vp->partition);

	if (enabled & BIT(vtl))
		return HV_STATUS_VTL_ALREADY_ENABLED;
	if (vtl > vp->vtl && !is_next_below(vp, enabled, vtl))
		return HV_STATUS_ACCESS_DENIED;
	return flags ? HV_STATUS_FEATURE_UNAVAILABLE : HV_STATUS_SUCCESS;
}

/**
 * hvp_vtl_enable - HvCallEnablePartitionVtl for the caller's own partition
 * @vp: The caller
 * @vtl: VTL, from a guest
 * @flags: HV_ENABLE_VTL_*, from a guest
 *
 * Return: SUCCESS, INVALID_PARAMETER, VTL_ALREADY_ENABLED, ACCESS_DENIED, FEATURE_UNAVAILABLE,
 * OPERATION_DENIED if the host cannot, INSUFFICIENT_MEMORY, HVP_STATUS_AGAIN.
 */
enum hv_status hvp_vtl_enable(struct hvp_vp *vp, u8 vtl, u8 flags)
{
	enum hv_status status;

	if (vtl > HVP_MAX_VTL ||
	    (flags & ~(HV_ENABLE_VTL_MBEC | HV_ENABLE_VTL_SHADOW_STACK | HV_ENABLE_VTL_HVPT)))
		return HV_STATUS_INVALID_PARAMETER;
	status = check_enable(vp, vtl, flags) ?: make_vtl(vp, vtl);
	if (status)
		return status;
	guard(mutex)(&vp->partition->op_lock);
	/* Another VP may have come first */
	status = check_enable(vp, vtl, flags);
	if (!status)
		add_vtl(vp, vtl);
	return status;
}

/**
 * hvp_vp_vtls_alloc - What is kept of a VP's VTLs
 * @vp: VP of a machine, whose op_lock is held
 *
 * Return: NULL without memory.
 */
struct hvp_vp_vtls *hvp_vp_vtls_alloc(struct hvp_vp *vp)
{
	struct hvp_vp_vtls *vtls = vp->vtls;

	lockdep_assert_held(&vp->partition->op_lock);
	if (!vtls) {
		vtls = kzalloc(sizeof(*vtls), GFP_KERNEL_ACCOUNT);
		/* Pairs with the acquires of those who read it */
		smp_store_release(&vp->vtls, vtls);
	}
	return vtls;
}

/* A VP gets the state of a VTL that the machine has; without @context that after reset */
static enum hv_status make_state(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				 const struct hvp_initial_vp_context *context)
{
	struct hvp_vp_vtls *vtls = hvp_vp_vtls_alloc(target);
	enum hv_status status;

	if (!vtls || (!target->synic[vtl] && hvp_synic_create(target, vtl)))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	status = vp->ops->enable_vp_vtl(vp, target, vtl, context);
	if (status)
		return status;
	vp->partition->vtls.on_any_vp |= BIT(vtl);
	/* It has all that belongs to it */
	smp_store_release(&vtls->enabled, vtls->enabled | BIT(vtl));
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_vtl_need - See to it that a VP has the state of a VTL
 * @vp: The caller
 * @target: VP of its machine
 * @vtl: VTL that @target has
 *
 * Below the VTL in which a machine begins there is a VTL0 as after reset. It is made when somebody
 * asks for it.
 *
 * Return: SUCCESS, HVP_STATUS_AGAIN, INSUFFICIENT_MEMORY, OPERATION_DENIED if the host cannot.
 */
enum hv_status hvp_vtl_need(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl)
{
	enum hv_status status;

	if (hvp_vtl_has_state(target, vtl))
		return HV_STATUS_SUCCESS;
	status = make_vtl(vp, vtl);
	if (status)
		return status;
	guard(mutex)(&vp->partition->op_lock);
	add_vtl(vp, vtl);
	return hvp_vtl_has_state(target, vtl) ? HV_STATUS_SUCCESS : make_state(vp, target, vtl, NULL);
}

/*
 * A VP is about to return to a VTL. If that is the VTL0 below the one in which the machine begins, all
 * VPs are to have it: to those that run there the local APICs of others are there. One is made at a
 * time, so that the caller takes its interrupts in between. Other VTLs are where they were enabled.
 */
static enum hv_status need_everywhere(struct hvp_vp *vp, u8 vtl)
{
	struct hvp_partition *pt = vp->partition;
	enum hv_status status;
	struct hvp_vp *target;
	unsigned long index;
	u32 count = 0;

	if (vtl || !pt->vtls.first || READ_ONCE(pt->vtls.lower_vps) == pt->vp_count)
		return hvp_vtl_need(vp, vp, vtl);
	xa_for_each(&pt->vps, index, target) {
		count++;
		if (hvp_vtl_has_state(target, vtl))
			continue;
		status = hvp_vtl_need(vp, target, vtl);
		return status ?: HVP_STATUS_AGAIN;
	}
	WRITE_ONCE(pt->vtls.lower_vps, count);
	return HV_STATUS_SUCCESS;
}

/* May the caller enable this VTL on a VP? */
static bool may_enable(const struct hvp_vp *vp, const struct hvp_vp *target, u8 vtl)
{
	const struct hvp_partition *pt = vp->partition;

	if (vp->vtl >= vtl)
		return true;
	return !(pt->vtls.on_any_vp & BIT(vtl)) && is_next_below(vp, hvp_vtls_of_vp(target), vtl);
}

/**
 * hvp_vtl_enable_vp - HvCallEnableVpVtl for a VP of the caller's partition
 * @vp: The caller
 * @target: VP that gets the VTL
 * @vtl: VTL, from a guest
 * @context: Where it begins, from a guest
 *
 * Return: SUCCESS, INVALID_PARAMETER, INVALID_VTL_STATE, VTL_ALREADY_ENABLED, ACCESS_DENIED,
 * INVALID_REGISTER_VALUE, INSUFFICIENT_MEMORY, HVP_STATUS_AGAIN.
 */
enum hv_status hvp_vtl_enable_vp(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				 const struct hvp_initial_vp_context *context)
{
	struct hvp_partition *pt = vp->partition;

	if (vtl > HVP_MAX_VTL)
		return HV_STATUS_INVALID_PARAMETER;
	guard(mutex)(&pt->op_lock);
	if (!(hvp_vtls_of(pt) & BIT(vtl)))
		return HV_STATUS_INVALID_VTL_STATE;
	if (hvp_vtls_of_vp(target) & BIT(vtl))
		return HV_STATUS_VTL_ALREADY_ENABLED;
	if (!may_enable(vp, target, vtl))
		return HV_STATUS_ACCESS_DENIED;
	/* Above VTL0 there is no real mode */
	if (!(context->cr0 & X86_CR0_PE))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	return make_state(vp, target, vtl, context);
}

/**
 * hvp_vtl_startable - May the caller start a VP in a VTL?
 * @vp: The caller
 * @target: VP to be started
 * @vtl: VTL, from a guest
 *
 * Return: SUCCESS, INVALID_VTL_STATE if the VP does not have it, ACCESS_DENIED if it is above the
 * caller's own, or if a higher VTL does not want lower ones to start VPs.
 */
enum hv_status hvp_vtl_startable(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl)
{
	u32 higher;

	if (vtl > HVP_MAX_VTL || !(hvp_vtls_of_vp(target) & BIT(vtl)))
		return HV_STATUS_INVALID_VTL_STATE;
	if (target->partition != vp->partition)
		return HV_STATUS_SUCCESS;
	if (vtl > vp->vtl)
		return HV_STATUS_ACCESS_DENIED;
	for (higher = vp->vtl + 1; higher <= HVP_MAX_VTL; higher++)
		if (READ_ONCE(vp->partition->vtls.config[higher]) & HV_VSM_DENY_STARTUP)
			return HV_STATUS_ACCESS_DENIED;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_vtl_start_below - HvCallStartVirtualProcessor in a VTL below the first
 * @vp: The caller
 * @target: VP of its machine
 * @vtl: VTL that @target has
 * @context: Where it begins, from a guest
 *
 * It runs when the VTLs above return to it, so it can be started until they have.
 *
 * Return: SUCCESS, INVALID_VP_STATE, as hvp_vtl_enable_vp().
 */
enum hv_status hvp_vtl_start_below(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				   const struct hvp_initial_vp_context *context)
{
	enum hv_status status = make_vtl(vp, vtl);

	if (status)
		return status;
	guard(mutex)(&vp->partition->op_lock);
	if (target->vtls && (READ_ONCE(target->vtls->ran) & BIT(vtl)))
		return HV_STATUS_INVALID_VP_STATE;
	add_vtl(vp, vtl);
	return make_state(vp, target, vtl, context);
}

/**
 * hvp_vtl_disable_vp - HvCallDisableVpVtl for a VP of the caller's partition
 * @vp: The caller
 * @target: VP that loses the VTL
 * @vtl: VTL, from a guest
 *
 * Return: SUCCESS, ACCESS_DENIED, INVALID_VTL_STATE, HVP_STATUS_AGAIN.
 */
enum hv_status hvp_vtl_disable_vp(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl)
{
	struct hvp_partition *pt = vp->partition;
	enum hv_status status;

	if (vtl > vp->vtl)
		return HV_STATUS_ACCESS_DENIED;
	guard(mutex)(&pt->op_lock);
	if (!vtl || vtl == pt->vtls.first || !(hvp_vtls_of_vp(target) & BIT(vtl)))
		return HV_STATUS_INVALID_VTL_STATE;
	status = vp->ops->disable_vp_vtl(vp, target, vtl);
	if (status)
		return status;
	WRITE_ONCE(target->vtls->enabled, target->vtls->enabled & ~BIT(vtl));
	return HV_STATUS_SUCCESS;
}

static bool on_any_vp(const struct hvp_partition *pt, u8 vtl)
{
	unsigned long index;
	struct hvp_vp *vp;

	xa_for_each(&((struct hvp_partition *)pt)->vps, index, vp)
		if (hvp_vtls_of_vp(vp) & BIT(vtl))
			return true;
	return false;
}

/**
 * hvp_vtl_disable - HvCallDisablePartitionVtl for the caller's own partition
 * @vp: The caller
 * @vtl: VTL, from a guest
 *
 * Return: SUCCESS, ACCESS_DENIED, INVALID_VTL_STATE if it is not enabled, or still is on a VP.
 */
enum hv_status hvp_vtl_disable(struct hvp_vp *vp, u8 vtl)
{
	struct hvp_partition *pt = vp->partition;

	guard(mutex)(&pt->op_lock);
	if (vtl > HVP_MAX_VTL || !(pt->vtls.enabled & BIT(vtl)))
		return HV_STATUS_INVALID_VTL_STATE;
	/* Who may enable it may take that back as long as it has been on no VP */
	if (vtl > vp->vtl && ((pt->vtls.on_any_vp & BIT(vtl)) ||
			      !is_next_below(vp, hvp_vtls_of(pt) & ~BIT(vtl), vtl)))
		return HV_STATUS_ACCESS_DENIED;
	if (on_any_vp(pt, vtl))
		return HV_STATUS_INVALID_VTL_STATE;
	WRITE_ONCE(pt->vtls.enabled, pt->vtls.enabled & ~BIT(vtl));
	pt->vtls.on_any_vp &= ~BIT(vtl);
	hvp_vtl_unprotect(pt, vtl);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_vtl_call - HvCallVtlCall
 * @vp: The caller
 * @input: Control input
 *
 * Return: whether the VP is in the next higher VTL now; if not #UD is due.
 */
bool hvp_vtl_call(struct hvp_vp *vp, u64 input)
{
	u32 higher = hvp_vtls_of_vp(vp) & ~GENMASK(vp->vtl, 0);

	if (input || !higher)
		return false;
	vp->ops->switch_vtl(vp, __ffs(higher), HV_VTL_ENTRY_CALL);
	return true;
}

/**
 * hvp_vtl_return - HvCallVtlReturn
 * @vp: The caller
 * @input: Control input
 *
 * Return: HVP_STATUS_SKIP if the VTL has been left, even if it is entered again at once;
 * HVP_STATUS_STAY to try again; otherwise #UD is due: INVALID_VTL_STATE, or as hvp_vtl_need().
 */
enum hv_status hvp_vtl_return(struct hvp_vp *vp, u64 input)
{
	enum hv_status status;
	u8 lower;

	if (!vp->vtl || (input & ~HV_VTL_RETURN_FAST))
		return HV_STATUS_INVALID_VTL_STATE;
	lower = __fls(hvp_vtls_of_vp(vp) & GENMASK(vp->vtl - 1, 0));
	status = need_everywhere(vp, lower) ?: hvp_register_page_take(vp, lower);
	if (status)
		return status == HVP_STATUS_AGAIN ? HVP_STATUS_STAY : status;
	if (vp->vtls && !(vp->vtls->ran & BIT(lower)))
		WRITE_ONCE(vp->vtls->ran, vp->vtls->ran | BIT(lower));
	vp->ops->return_vtl(vp, lower, input & HV_VTL_RETURN_FAST);
	return HVP_STATUS_SKIP;
}

/**
 * hvp_vtls_init - A partition has no VTLs yet but the first
 * @pt: Partition that nobody knows, with its flags
 */
void hvp_vtls_init(struct hvp_partition *pt)
{
	u32 vtl;

	pt->vtls.first = pt->flags & HVPERSONA_CLAIM_VTL2 ? 2 : 0;
	for (vtl = 0; vtl <= HVP_MAX_VTL; vtl++)
		xa_init_flags(&pt->vtls.pages[vtl], XA_FLAGS_ACCOUNT);
}

/**
 * hvp_vtls_destroy - Undo hvp_vtls_init(); the machine is gone
 * @pt: Partition
 */
void hvp_vtls_destroy(struct hvp_partition *pt)
{
	u32 vtl;

	for (vtl = 1; vtl <= HVP_MAX_VTL; vtl++)
		hvp_vtl_unprotect(pt, vtl);
}

static void forget(struct hvp_vp_vtls *vtls)
{
	u32 vtl;

	WRITE_ONCE(vtls->enabled, 0);
	WRITE_ONCE(vtls->ran, 0);
	for (vtl = 0; vtl < HVP_VTLS; vtl++) {
		WRITE_ONCE(vtls->register_page[vtl], 0);
		WRITE_ONCE(vtls->vina[vtl], 0);
		vtls->intercepts[vtl] = (struct hvp_register_intercepts) {};
	}
}

/**
 * hvp_vtls_reset - A machine was reset: only the VTL is there in which it begins
 * @pt: Machine; its monitor has all VPs there
 */
void hvp_vtls_reset(struct hvp_partition *pt)
{
	unsigned long index;
	struct hvp_vp *vp;
	u32 vtl;

	guard(mutex)(&pt->op_lock);
	WRITE_ONCE(pt->vtls.enabled, 0);
	pt->vtls.on_any_vp = 0;
	WRITE_ONCE(pt->vtls.lower_vps, 0);
	for (vtl = 1; vtl <= HVP_MAX_VTL; vtl++)
		hvp_vtl_unprotect(pt, vtl);
	xa_for_each(&pt->vps, index, vp)
		if (vp->vtls)
			forget(vp->vtls);
}

/* Capabilities that the binding to the monitor has */
#define VSM_CAPABILITIES	(HV_VSM_DR6_SHARED | HV_VSM_DENY_LOWER_VTL_STARTUP |	\
				 HV_VSM_INTERCEPT_PAGE)

/**
 * hvp_vsm_get - Read a register of VTLs
 * @vp: The caller
 * @vtl: VTL whose register it is, not above the caller's
 * @name: HV_REG_VSM_*, HV_REG_CR_INTERCEPT_* or HV_REG_REGISTER_PAGE
 * @value: Result
 *
 * Return: SUCCESS, UNKNOWN_REGISTER_NAME for one that this VTL does not have.
 */
enum hv_status hvp_vsm_get(struct hvp_vp *vp, u8 vtl, u32 name, u64 *value)
{
	bool offered = hvp_vsm_offered(vp->partition);

	switch (name) {
	case HV_REG_VSM_CODE_PAGE_OFFSETS:
		*value = offered ? FIELD_PREP(HV_VSM_CALL_OFFSET, HVP_VTL_CALL_OFFSET) |
				   FIELD_PREP(HV_VSM_RETURN_OFFSET, HVP_VTL_RETURN_OFFSET) : 0;
		return HV_STATUS_SUCCESS;
	case HV_REG_VSM_VP_STATUS:
		*value = FIELD_PREP(HV_VSM_VP_ACTIVE, vp->vtl) |
			 FIELD_PREP(HV_VSM_VP_VTLS, hvp_vtls_of_vp(vp));
		return HV_STATUS_SUCCESS;
	case HV_REG_VSM_PARTITION_STATUS:
		*value = FIELD_PREP(HV_VSM_PARTITION_VTLS, hvp_vtls_of(vp->partition)) |
			 FIELD_PREP(HV_VSM_PARTITION_MAXIMUM, offered ? HVP_MAX_VTL : 0);
		return HV_STATUS_SUCCESS;
	case HV_REG_VSM_PARTITION_CONFIG:
		*value = READ_ONCE(vp->partition->vtls.config[vtl]);
		return HV_STATUS_SUCCESS;
	case HV_REG_CR_INTERCEPT_CONTROL ... HV_REG_CR_INTERCEPT_MISC_ENABLE_MASK:
		*value = hvp_register_intercepts_get(vp, vtl, name);
		return HV_STATUS_SUCCESS;
	case HV_REG_VSM_VINA:
		*value = hvp_vina(vp, vtl);
		return HV_STATUS_SUCCESS;
	case HV_REG_REGISTER_PAGE:
		*value = hvp_register_page_get(vp, vtl);
		return HV_STATUS_SUCCESS;
	case HV_REG_VSM_CAPABILITIES:
		*value = offered ? VSM_CAPABILITIES : 0;
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_UNKNOWN_REGISTER_NAME;
	}
}

/* Bits of VsmPartitionConfig that can be honoured */
#define CONFIG_BITS	(HV_VSM_ENABLE_PROTECTION | HV_VSM_DEFAULT_PROTECTION |	\
			 HV_VSM_ZERO_ON_RESET | HV_VSM_DENY_STARTUP |		\
			 HV_VSM_INTERCEPT_STARTUP | HV_VSM_INTERCEPT_CPUID |	\
			 HV_VSM_USE_INTERCEPT_PAGE)
/* And that stay as they are once protection is enabled */
#define CONFIG_FIXED	(HV_VSM_ENABLE_PROTECTION | HV_VSM_DEFAULT_PROTECTION)

static enum hv_status set_config(struct hvp_partition *pt, u8 vtl, u64 value)
{
	u64 old;

	if (!vtl)
		return HV_STATUS_INVALID_PARAMETER;
	guard(mutex)(&pt->op_lock);
	old = pt->vtls.config[vtl];
	if (value & ~CONFIG_BITS)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	if (old & HV_VSM_ENABLE_PROTECTION) {
		if ((old ^ value) & CONFIG_FIXED)
			return HV_STATUS_INVALID_REGISTER_VALUE;
	} else if (value & HV_VSM_ENABLE_PROTECTION) {
		return hvp_vtl_begin_protecting(pt, vtl, value);
	}
	WRITE_ONCE(pt->vtls.config[vtl], value);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_vsm_set - Write a register of VTLs
 * @vp: The caller
 * @vtl: VTL whose register it is, not above the caller's
 * @name: HV_REG_VSM_*, HV_REG_CR_INTERCEPT_* or HV_REG_REGISTER_PAGE
 * @value: Value, from a guest
 *
 * Return: SUCCESS, INVALID_PARAMETER, INVALID_REGISTER_VALUE, INSUFFICIENT_MEMORY, OPERATION_DENIED.
 */
enum hv_status hvp_vsm_set(struct hvp_vp *vp, u8 vtl, u32 name, u64 value)
{
	switch (name) {
	case HV_REG_VSM_PARTITION_CONFIG:
		return set_config(vp->partition, vtl, value);
	case HV_REG_CR_INTERCEPT_CONTROL ... HV_REG_CR_INTERCEPT_MISC_ENABLE_MASK:
		return hvp_register_intercepts_set(vp, vtl, name, value);
	case HV_REG_VSM_VINA:
		return hvp_vina_set(vp, vtl, value);
	case HV_REG_REGISTER_PAGE:
		return hvp_register_page_set(vp, vtl, value);
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}
