// SPDX-License-Identifier: GPL-2.0
/* Calls on ports and connections, and those that post and signal through them. */
#include "../synic/port.h"
#include "hypercalls.h"

/* The partition at the other end, which the caller may call SELF as well */
static u64 resolve(const struct hvp_vp *vp, u64 id)
{
	return id == HV_PARTITION_ID_SELF ? vp->partition->id : id;
}

enum hv_status hvp_create_port(struct hvp_vp *vp, struct hvp_args *args)
{
	struct hv_create_port in = *(const struct hv_create_port *)args->in;
	const struct hvp_port_request request = { .in = &in, .charged = true };
	struct hvp_port *port;

	in.connection_partition = resolve(vp, in.connection_partition);
	return hvp_port_create(vp->partition->instance, args->target, &request, &port);
}

/* HvCallDeletePort; the last word is padding */
enum hv_status hvp_delete_port(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_port_operands *in = args->in;

	return hvp_port_delete(vp->partition->instance, args->target, in->id);
}

enum hv_status hvp_connect_port(struct hvp_vp *vp, struct hvp_args *args)
{
	struct hv_connect_port in = *(const struct hv_connect_port *)args->in;

	in.port_partition = resolve(vp, in.port_partition);
	return hvp_port_connect(vp->partition->instance, args->target, &in, true);
}

/* HvCallDisconnectPort. Doorbells have their ids among the others: the flag tells nothing new */
enum hv_status hvp_disconnect_port(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_port_operands *in = args->in;

	if (in->flags & ~HV_DISCONNECT_DOORBELL)
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_port_disconnect(vp->partition->instance, args->target, in->id);
}

enum hv_status hvp_get_port_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_port_property *in = args->in;

	return hvp_port_property_get(vp->partition->instance, args->target, in->port, in->code,
				     args->out);
}

enum hv_status hvp_set_port_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_port_property *in = args->in;

	return hvp_port_property_set(vp->partition->instance, args->target, in->port, in->code,
				     *(const u64 *)(in + 1));
}

/* Connections of a machine's that we do not know are the VMM's or KVM's */
static enum hv_status unless_unknown(const struct hvp_vp *vp, enum hv_status status)
{
	if (likely(status != HVP_STATUS_UNKNOWN_CONNECTION))
		return status;
	return vp->partition->child ? HV_STATUS_INVALID_CONNECTION_ID : HVP_STATUS_PASS;
}

enum hv_status hvp_post_message_call(struct hvp_vp *vp, struct hvp_args *args)
{
	struct hvp_partition *pt = vp->partition;

	return unless_unknown(vp, hvp_post_message(pt->instance, pt, vp, args->in));
}

/* The reserved bits behind the flag number make one that no port has */
static enum hv_status signal_event(struct hvp_vp *vp, u64 operand)
{
	struct hvp_partition *pt = vp->partition;

	return hvp_signal_event(pt->instance, pt, vp, operand, operand >> 32);
}

enum hv_status hvp_signal_event_call(struct hvp_vp *vp, struct hvp_args *args)
{
	return unless_unknown(vp, signal_event(vp, *(const u64 *)args->in));
}

enum hv_status hvp_root_signal_event(struct hvp_vp *vp, struct hvp_args *args)
{
	enum hv_status status = signal_event(vp, *(const u64 *)args->in);

	return status == HVP_STATUS_UNKNOWN_CONNECTION ? HV_STATUS_INVALID_CONNECTION_ID : status;
}
