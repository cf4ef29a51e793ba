// SPDX-License-Identifier: GPL-2.0
/*
 * What goes through connections: messages and event flags.
 *
 * Everything that a sender looks up - connection, port, partition, VP - it looks up under RCU,
 * and what it hands to the receiver's SynIC is delivered by the receiver's own thread. A child
 * that has no thread yet gets it from its parent, when that is who sent it; what others send
 * waits until the parent acts on the child.
 */
#include <linux/bitops.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <uapi/linux/hvpersona.h>

#include "../child.h"
#include "../events.h"
#include "port.h"

/**
 * struct parcel - What is on its way to a VP
 * @sint: SINT
 * @message: A message, or NULL for an event
 * @flag: The event's flag
 */
struct parcel {
	u32 sint;
	struct hvp_message *message;
	u32 flag;
};

static enum hv_status find_port(struct hvp_instance *instance, struct hvp_partition *pt, u32 id,
				u32 type, struct hvp_port **port)
{
	struct hvp_connection *connection = xa_load(hvp_connections_of(instance, pt), id);

	if (!connection)
		return HVP_STATUS_UNKNOWN_CONNECTION;
	*port = rcu_dereference(connection->port);
	if (!*port || (*port)->info.type != type ||
	    ((*port)->partition && READ_ONCE((*port)->partition->state) != HVPERSONA_STATE_ACTIVE))
		return HV_STATUS_INVALID_PORT_ID;
	return HV_STATUS_SUCCESS;
}

static enum hv_status hand_over(struct hvp_vp *vp, const struct parcel *parcel)
{
	bool newly;

	if (parcel->message)
		return hvp_synic_post(hvp_first_synic(vp), parcel->sint, parcel->message);
	return hvp_synic_signal(hvp_first_synic(vp), parcel->sint, parcel->flag, &newly);
}

static enum hv_status send_to(struct hvp_partition *pt, u32 index, const struct parcel *parcel,
			      struct hvp_vp **to)
{
	*to = hvp_vp_find(pt, index);
	return *to ? hand_over(*to, parcel) : HV_STATUS_INVALID_VP_INDEX;
}

/* The VP is not there, or takes nothing */
static bool refused(enum hv_status status)
{
	return status == HV_STATUS_INVALID_SYNIC_STATE || status == HV_STATUS_INVALID_VP_INDEX;
}

/*
 * The preferred VP, otherwise the first that takes it. There are HVP_MAX_VPS at most. That no VP
 * takes anything is told rather than that one of them is going.
 */
static enum hv_status send_to_any(struct hvp_partition *pt, u32 preferred,
				  const struct parcel *parcel, struct hvp_vp **to)
{
	enum hv_status status = send_to(pt, preferred, parcel, to), other;
	unsigned long index;

	if (likely(!refused(status)))
		return status;
	xa_for_each(&pt->vps, index, *to) {
		other = hand_over(*to, parcel);
		if (!refused(other))
			return other;
		if (other == HV_STATUS_INVALID_SYNIC_STATE)
			status = other;
	}
	return status;
}

static enum hv_status send(struct hvp_port *port, const struct parcel *parcel, struct hvp_vp **to)
{
	if (port->info.vp == HV_VP_INDEX_ANY)
		return send_to_any(port->partition, READ_ONCE(port->preferred_vp), parcel, to);
	return send_to(port->partition, port->info.vp, parcel, to);
}

/* A child to whom nobody will deliver unless the caller does; a reference, or NULL */
static struct hvp_partition *waiting_child(struct hvp_vp *to, struct hvp_vp *caller)
{
	struct hvp_partition *pt;

	if (!to || likely(to->ops->synic_kick) || !caller)
		return NULL;
	pt = to->partition;
	if (pt->parent != caller->partition || !refcount_inc_not_zero(&pt->refs))
		return NULL;
	return pt;
}

static void deliver(struct hvp_partition *child, u32 index, struct hvp_vp *caller)
{
	struct hvp_vp *vp;

	/* Takes over the reference */
	if (!hvp_child_lock(child, caller))
		return;
	vp = hvp_vp_find(child, index);
	if (vp)
		hvp_synic_deliver(vp);
	hvp_child_unlock(child);
}

/* The end of both calls: @to, found under RCU, gets what it was sent if nobody else delivers it */
static void unlock_and_deliver(struct hvp_vp *to, struct hvp_vp *caller) __releases(RCU)
{
	struct hvp_partition *child = waiting_child(to, caller);
	u32 index = child ? to->index : 0;

	rcu_read_unlock();
	if (child)
		deliver(child, index, caller);
}

static struct hvp_message *take_buffer(struct hvp_port *port)
{
	u32 i;

	for (i = 0; i < HV_PORT_BUFFERS; i++)
		if (!test_bit(i, &port->busy) && !test_and_set_bit_lock(i, &port->busy))
			return &port->buffers[i];
	return NULL;
}

static void fill(struct hvp_hv_message *to, u32 port, const struct hv_post_message *in)
{
	to->type = in->type;
	to->size = in->size;
	to->flags = 0;
	to->port = port;
	memcpy(to->payload, in->payload, in->size);
	memset(to->payload + in->size, 0, sizeof(to->payload) - in->size);
}

static enum hv_status post(struct hvp_instance *instance, struct hvp_partition *pt,
			   const struct hv_post_message *in, struct hvp_vp **to)
{
	struct hvp_message *message;
	enum hv_status status;
	struct hvp_port *port;

	status = find_port(instance, pt, in->connection, HV_PORT_MESSAGE, &port);
	if (status)
		return status;
	if (!in->type || (in->type & HV_MESSAGE_OF_HYPERVISOR) || in->size > HV_MESSAGE_PAYLOAD)
		return HV_STATUS_INVALID_PARAMETER;
	message = take_buffer(port);
	if (!message)
		return HV_STATUS_INSUFFICIENT_BUFFERS;
	fill(&message->message, port->id, in);
	if (port->partition)
		status = send(port, &(struct parcel) { port->info.sint, message }, to);
	else
		status = hvp_host_port_post(port, message);
	if (status)
		message->done(message);
	else
		atomic64_inc(&port->posts);
	return status;
}

/**
 * hvp_post_message - HvCallPostMessage
 * @instance: Instance
 * @pt: Sender, NULL for the host
 * @caller: VP of the sender in whose thread this runs, or NULL
 * @in: Operands, which stay as they are
 *
 * May sleep if there is a @caller.
 *
 * Return: SUCCESS, HVP_STATUS_UNKNOWN_CONNECTION, INVALID_PORT_ID, INVALID_PARAMETER,
 * INSUFFICIENT_BUFFERS, INVALID_VP_INDEX, INVALID_SYNIC_STATE.
 */
enum hv_status hvp_post_message(struct hvp_instance *instance, struct hvp_partition *pt,
				struct hvp_vp *caller, const struct hv_post_message *in)
{
	struct hvp_vp *to = NULL;
	enum hv_status status;

	rcu_read_lock();
	status = post(instance, pt, in, &to);
	hvp_tell_sent(instance, pt, caller, HVP_EVENT_MESSAGE_POSTED, in->connection, in->type,
		      status);
	unlock_and_deliver(status ? NULL : to, caller);
	return status;
}

static enum hv_status signal(struct hvp_instance *instance, struct hvp_partition *pt,
			     u32 connection, u32 flag, struct hvp_vp **to)
{
	enum hv_status status;
	struct hvp_port *port;

	status = find_port(instance, pt, connection, HV_PORT_EVENT, &port);
	if (status)
		return status;
	if (flag >= port->info.flag_count)
		return HV_STATUS_INVALID_PARAMETER;
	flag = array_index_nospec(flag, port->info.flag_count);
	if (!port->partition)
		return hvp_host_port_signal(port, flag);
	flag += port->info.base_flag;
	return send(port, &(struct parcel) { .sint = port->info.sint, .flag = flag }, to);
}

/**
 * hvp_signal_event - HvCallSignalEvent
 * @instance: Instance
 * @pt: Sender, NULL for the host
 * @caller: VP of the sender in whose thread this runs, or NULL
 * @connection: Connection id
 * @flag: Flag number, relative to those of the port
 *
 * May sleep if there is a @caller.
 *
 * Return: SUCCESS, HVP_STATUS_UNKNOWN_CONNECTION, INVALID_PORT_ID, INVALID_PARAMETER,
 * INVALID_VP_INDEX, INVALID_SYNIC_STATE.
 */
enum hv_status hvp_signal_event(struct hvp_instance *instance, struct hvp_partition *pt,
				struct hvp_vp *caller, u32 connection, u32 flag)
{
	struct hvp_vp *to = NULL;
	enum hv_status status;

	rcu_read_lock();
	status = signal(instance, pt, connection, flag, &to);
	hvp_tell_sent(instance, pt, caller, HVP_EVENT_EVENT_SIGNALED, connection, flag, status);
	unlock_and_deliver(status ? NULL : to, caller);
	return status;
}
