// SPDX-License-Identifier: GPL-2.0
/* Calls on logical processors. */
#include "hypercalls.h"

/*
 * HvCallParkedVirtualProcessors: advice about the processors that the root's power manager
 * wants idle. Each call replaces the set; HVPERSONA_PARTITION_INFO shows it.
 */
enum hv_status hvp_parked_vps(struct hvp_vp *vp, struct hvp_args *args)
{
	WRITE_ONCE(vp->partition->parked_mask, *(const u64 *)args->in);
	return HV_STATUS_SUCCESS;
}
