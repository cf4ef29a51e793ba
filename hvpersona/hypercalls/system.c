// SPDX-License-Identifier: GPL-2.0
/* Calls on the hypervisor and the machine as a whole. */
#include "../hv_abi/system.h"
#include "../lp.h"
#include "hypercalls.h"

/*
 * HvExtCallQueryCapabilities: no extended call beyond this one is served, and the answer
 * keeps guests from trying.
 */
enum hv_status hvp_ext_query_capabilities(struct hvp_vp *vp, struct hvp_args *args)
{
	*(u64 *)args->out = 0;
	return HV_STATUS_SUCCESS;
}

/* A dynamic processor feature: nothing is encrypted here */
static enum hv_status get_feature(u64 feature, u64 *value)
{
	if (feature != HVP_FEATURE_MAX_ENCRYPTED && feature != HVP_FEATURE_SNP_STATUS)
		return HV_STATUS_INVALID_PARAMETER;
	*value = 0;
	return HV_STATUS_SUCCESS;
}

/*
 * HvCallGetSystemProperty. There is no crash dump area, for which no value stands: its
 * properties are unknown.
 */
enum hv_status hvp_get_system_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_get_system_property *in = args->in;
	u64 *value = args->out;

	if (in->property == HVP_SYSTEM_DYNAMIC_FEATURE)
		return get_feature(in->argument, value);
	switch (in->property) {
	case HVP_SYSTEM_SCHEDULER_TYPE:
		*value = HVP_SCHEDULER_ROOT;
		return HV_STATUS_SUCCESS;
	case HVP_SYSTEM_DIAGNOSTICS_BUFFERS:
		*value = 0;	/* none, of no pages */
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_UNKNOWN_PROPERTY;
	}
}

/* The values for the machine's PM1 registers are the VMM's, so they are not kept */
static enum hv_status register_sleep_state(struct hvp_partition *pt, u32 state)
{
	if (!state || state > HVP_SLEEP_LOCK)
		return HV_STATUS_INVALID_PARAMETER;
	guard(mutex)(&pt->lock);
	if (pt->sleep_states & BIT(HVP_SLEEP_LOCK))
		return HV_STATUS_OPERATION_DENIED;
	WRITE_ONCE(pt->sleep_states, pt->sleep_states | BIT(state));
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_set_system_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_set_system_property *in = args->in;

	switch (in->property) {
	case HVP_SYSTEM_SLEEP_STATE:
		return register_sleep_state(vp->partition, in->sleep.state);
	case HVP_SYSTEM_SCHEDULER_TYPE:
	case HVP_SYSTEM_DYNAMIC_FEATURE:
	case HVP_SYSTEM_DIAGNOSTICS_BUFFERS:
		return HV_STATUS_INVALID_PARAMETER;
	default:
		return HV_STATUS_UNKNOWN_PROPERTY;
	}
}

static bool event_valid(struct hvp_partition *pt, const struct hvp_partition_event *in)
{
	switch (in->event) {
	case HVP_EVENT_ROOT_CRASHDUMP:
		return in->input < HVP_CRASHDUMP_ACTIONS;
	case HVP_EVENT_COMMIT_LP_INDICES:
		return in->input <= hvp_lp_count(pt);
	default:
		return in->event >= HVP_EVENT_DEBUG_DEVICE_AVAILABLE &&
		       in->event <= HVP_EVENT_ALL_LPS_STARTED;
	}
}

/*
 * HvCallNotifyPartitionEvent: what a root tells of its platform is kept for
 * HVPERSONA_PARTITION_INFO. Events other than 2 and 5 have no input; Linux does not clear it.
 */
enum hv_status hvp_notify_partition_event(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_partition_event *in = args->in;
	struct hvp_partition *pt = vp->partition;

	if (!event_valid(pt, in))
		return HV_STATUS_INVALID_PARAMETER;
	guard(mutex)(&pt->lock);
	pt->events_seen |= BIT(in->event);
	pt->last_event = in->event;
	pt->last_event_input = in->input;
	return HV_STATUS_SUCCESS;
}
