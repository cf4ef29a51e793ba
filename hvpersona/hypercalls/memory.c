// SPDX-License-Identifier: GPL-2.0
/* Calls on the memory pool of a child, or of the root itself. */
#include "../events.h"
#include "../hv_abi/gpa.h"
#include "hypercalls.h"

enum hv_status hvp_deposit_memory(struct hvp_vp *vp, struct hvp_args *args)
{
	enum hv_status status;

	status = hvp_pool_deposit(&args->target->pool, *(const u64 *)args->rep_in);
	if (!status)
		hvp_tell_pool(vp->partition->instance, args->target, vp, HVP_EVENT_DEPOSITED, 1);
	return status;
}

enum hv_status hvp_withdraw_memory_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_memory_pool *in = args->in;

	return hvp_proximity_valid(in->proximity) ? HV_STATUS_SUCCESS :
						    HV_STATUS_INVALID_PARAMETER;
}

/*
 * The list ends with NO_RESOURCES when the pool does: Linux asks until it sees that, and
 * frees as many pages as the result value says.
 */
enum hv_status hvp_withdraw_memory(struct hvp_vp *vp, struct hvp_args *args)
{
	enum hv_status status;

	status = hvp_pool_withdraw(&args->target->pool, vp, args->rep_out);
	if (!status)
		hvp_tell_pool(vp->partition->instance, args->target, vp, HVP_EVENT_WITHDRAWN, 1);
	return status;
}

enum hv_status hvp_get_memory_balance(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_memory_pool *in = args->in;
	struct hv_memory_balance *out = args->out;

	if (!hvp_proximity_valid(in->proximity))
		return HV_STATUS_INVALID_PARAMETER;
	hvp_pool_balance(&args->target->pool, &out->available, &out->in_use);
	return HV_STATUS_SUCCESS;
}
