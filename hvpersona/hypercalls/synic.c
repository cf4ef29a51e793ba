// SPDX-License-Identifier: GPL-2.0
/*
 * Messages and events that go to a SINT of a VP directly, without a port: from a parent to its
 * child, or of a root within itself. The sheet's entries for 0x00c0 and 0x00c1.
 */
#include <linux/string.h>

#include "../hv_abi/synic.h"
#include "../synic/synic.h"
#include "hypercalls.h"

/* The VTL is a plain number. It is that in which the VPs begin */
static enum hv_status find_synic(struct hvp_vp *vp, const struct hvp_args *args, u32 index,
				 u8 vtl, struct hvp_synic **synic)
{
	enum hv_status status;
	struct hvp_vp *target;

	status = hvp_target_vp(vp, args, index, &target);
	if (status)
		return status;
	if (vtl != target->partition->vtls.first)
		return HV_STATUS_INVALID_VTL_STATE;
	*synic = hvp_first_synic(target);
	return HV_STATUS_SUCCESS;
}

/* A child's VP has no thread of its own that would */
static void deliver_to_child(const struct hvp_vp *vp, struct hvp_vp *target)
{
	if (target->partition != vp->partition)
		hvp_synic_deliver(target);
}

/* The message goes as it is, but for its flags. Padding is not looked at */
enum hv_status hvp_post_message_direct(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_post_message_direct *in = args->in;
	struct hvp_hv_message message;
	struct hvp_synic *synic;
	enum hv_status status;

	status = find_synic(vp, args, in->vp, in->vtl, &synic);
	if (status)
		return status;
	memcpy(&message, in->message, sizeof(message));
	if (in->sint >= HVP_SINTS || message.type == HV_MESSAGE_NONE ||
	    message.size > HV_MESSAGE_PAYLOAD)
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_synic_post_direct(synic, in->sint, &message);
	if (!status)
		deliver_to_child(vp, synic->vp);
	return status;
}

/*
 * The caller reaches the page, of its own partition or as the actor on its child, so that what
 * it is told of the flag is exact.
 */
enum hv_status hvp_signal_event_direct(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_signal_event_direct *in = args->in;
	struct hv_signal_event_direct_out *out = args->out;
	struct hvp_synic *synic;
	enum hv_status status;
	bool newly = false;
	struct hvp_vp *by;

	status = find_synic(vp, args, in->vp, in->vtl, &synic);
	if (status)
		return status;
	by = synic->vp->partition == vp->partition ? vp : synic->vp;
	status = hvp_synic_signal_at_once(synic, by, in->sint, in->flag, &newly);
	if (status)
		return status;
	deliver_to_child(vp, synic->vp);
	out->newly_signaled = newly;
	return HV_STATUS_SUCCESS;
}
