// SPDX-License-Identifier: GPL-2.0
/* HvCallAssertVirtualInterrupt and HvCallClearVirtualInterrupt. */
#include <linux/bitfield.h>
#include <linux/limits.h>

#include "../hv_abi/interrupt.h"
#include "../interrupt.h"
#include "hypercalls.h"

/* A vector below 16 is an exception's to a local APIC, but an external interrupt may have any */
static bool vector_fits(u32 type, u32 vector)
{
	if (vector == HV_INTERRUPT_VECTOR_NONE)
		return true;
	switch (type) {
	case HV_INTERRUPT_FIXED:
	case HV_INTERRUPT_LOWEST_PRIORITY:
		return vector >= 16 && vector <= U8_MAX;
	case HV_INTERRUPT_SIPI:
	case HV_INTERRUPT_EXTINT:
		return vector <= U8_MAX;
	default:
		return !vector;
	}
}

static enum hv_status check_destination(u32 type, u64 destination)
{
	if (type == HV_INTERRUPT_EXTINT)
		return destination ? HV_STATUS_INVALID_VP_INDEX : HV_STATUS_SUCCESS;
	return destination > U32_MAX ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS;
}

/* The VTL is a plain number. A child has but VTL0 */
static enum hv_status check_vtl(const struct hvp_vp *vp, const struct hvp_partition *pt, u8 vtl)
{
	if (vtl > HVP_MAX_VTL || !(hvp_vtls_of(pt) & BIT(vtl)))
		return HV_STATUS_INVALID_VTL_STATE;
	return pt == vp->partition && vtl > vp->vtl ? HV_STATUS_ACCESS_DENIED : HV_STATUS_SUCCESS;
}

static enum hv_status check_operands(const struct hv_assert_virtual_interrupt *in)
{
	u32 type = FIELD_GET(HV_INTERRUPT_TYPE, in->control);

	if ((in->control & HV_INTERRUPT_RESERVED) || type > HV_INTERRUPT_LINT1 || in->rsvd ||
	    in->rsvd2 || !vector_fits(type, in->vector))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_assert_virtual_interrupt(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_assert_virtual_interrupt *in = args->in;
	const struct hvp_interrupt irq = {
		.type = FIELD_GET(HV_INTERRUPT_TYPE, in->control),
		.level = in->control & HV_INTERRUPT_LEVEL,
		.logical = in->control & HV_INTERRUPT_LOGICAL,
		.destination = in->destination,
		.vtl = in->vtl,
		.vector = in->vector,
		.none = in->vector == HV_INTERRUPT_VECTOR_NONE,
	};
	enum hv_status status;

	status = check_operands(in) ?: check_vtl(vp, args->target, in->vtl);
	status = status ?: check_destination(irq.type, in->destination);
	return status ?: hvp_interrupt_assert(args->target, &irq);
}

enum hv_status hvp_clear_virtual_interrupt(struct hvp_vp *vp, struct hvp_args *args)
{
	return hvp_child_clear_extint(args->target);
}
