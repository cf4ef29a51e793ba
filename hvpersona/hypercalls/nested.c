// SPDX-License-Identifier: GPL-2.0
/*
 * Flushes that a nested hypervisor asks for. They are for a guest to which the VMM offers them
 * (CPUID 0x4000000A EAX bit 18) together with VMX or SVM; the personality does not add the
 * offer. Such a guest gets what it asks for and more: all its nested translations are
 * dropped, whichever address space and ranges it named.
 */
#include <linux/bits.h>

#include "../hv_abi/cpuid.h"
#include "../hv_abi/tlb.h"
#include "hypercalls.h"

#define CPUID_1_ECX_VMX			BIT(5)
#define CPUID_80000001_ECX_SVM		BIT(2)

static bool may_flush(struct hvp_vp *vp)
{
	u32 regs[4];

	if (!hvp_cpuid_lookup(vp, HV_CPUID_NESTED, 0, regs) ||
	    !(regs[0] & HV_NESTED_GUEST_MAPPING_FLUSH))
		return false;
	if (hvp_cpuid_lookup(vp, 1, 0, regs) && (regs[2] & CPUID_1_ECX_VMX))
		return true;
	return hvp_cpuid_lookup(vp, 0x80000001, 0, regs) && (regs[2] & CPUID_80000001_ECX_SVM);
}

static enum hv_status check(struct hvp_vp *vp, const struct hv_flush_nested *in)
{
	if (!may_flush(vp))
		return HV_STATUS_OPERATION_DENIED;
	return in->flags ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS;
}

enum hv_status hvp_flush_nested_space(struct hvp_vp *vp, struct hvp_args *args)
{
	enum hv_status status = check(vp, args->in);

	if (!status)
		vp->ops->flush_nested(vp);
	return status;
}

enum hv_status hvp_flush_nested_list(struct hvp_vp *vp, struct hvp_args *args)
{
	enum hv_status status = check(vp, args->in);
	const u64 *range = args->rep_in;
	u32 i;

	for (i = 0; !status && i < args->reps; i++)
		if ((range[i] & HV_GPA_RANGE_LARGE) && (range[i] & HV_GPA_RANGE_LARGE_RESERVED))
			status = HV_STATUS_INVALID_PARAMETER;
	if (!status)
		vp->ops->flush_nested(vp);
	return status;
}
