// SPDX-License-Identifier: GPL-2.0
/* The root's end of doorbells. */
#include "../synic/port.h"
#include "hypercalls.h"

/* HvCallNotifyPortRingEmpty */
enum hv_status hvp_notify_port_ring_empty(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_notify_port_ring_empty *in = args->in;

	if (in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_ring_emptied(vp, in->sint);
}
