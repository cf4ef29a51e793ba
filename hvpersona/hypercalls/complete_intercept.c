// SPDX-License-Identifier: GPL-2.0
/* HvCallCompleteIntercept. */
#include <linux/string.h>

#include "../intercept.h"
#include "hypercalls.h"

enum hv_status hvp_complete_intercept(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_complete_intercept *in = args->in;
	struct hvp_vp *target;
	enum hv_status status;

	status = hvp_target_vp(vp, args, in->vp, &target);
	if (status)
		return status;
	if (memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_target_vtl_check(vp, args, in->vtl);
	if (status)
		return status;
	return hvp_intercept_complete(target, in->type, in->flags);
}
