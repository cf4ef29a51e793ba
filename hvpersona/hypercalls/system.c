// SPDX-License-Identifier: GPL-2.0
/* Calls on the hypervisor as a whole. */
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
