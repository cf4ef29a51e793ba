// SPDX-License-Identifier: GPL-2.0
/* Calls on the machine's power. */
#include "../hv_abi/system.h"
#include "hypercalls.h"

static bool property_known(u32 property)
{
	return property == HVP_POWER_PERFORMANCE_OWNER || property == HVP_POWER_C_STATE_OWNER;
}

/* The hypervisor controls neither frequencies nor C states of a vCPU: both are the root's */
enum hv_status hvp_get_power_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_power_property *in = args->in;

	if (!property_known(in->property))
		return HV_STATUS_UNKNOWN_PROPERTY;
	if (in->rsvd || in->argument)
		return HV_STATUS_INVALID_PARAMETER;
	*(u64 *)args->out = HVP_POWER_OWNER_ROOT;
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_set_power_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_power_property *in = args->in;

	if (!property_known(in->property))
		return HV_STATUS_UNKNOWN_PROPERTY;
	if (in->rsvd || in->argument || in->value != HVP_POWER_OWNER_ROOT)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/*
 * HvCallEnterSleepState: the VMM is told that the guest has shut down, and the call does not
 * return. S1 to S4 need the machine's ACPI registers, which only the VMM has.
 */
enum hv_status hvp_enter_sleep_state(struct hvp_vp *vp, struct hvp_args *args)
{
	u32 state = *(const u32 *)args->in;

	if (state != HVP_SLEEP_S5 || !(READ_ONCE(vp->partition->sleep_states) & BIT(state)))
		return HV_STATUS_INVALID_PARAMETER;
	vp->ops->power_off(vp);
	return HV_STATUS_SUCCESS;
}
