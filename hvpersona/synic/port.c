// SPDX-License-Identifier: GPL-2.0
/*
 * The life of ports and connections, and the properties of ports.
 *
 * Senders find a port through a connection alone, so that a port whose connection is cut is
 * out of their reach one grace period later.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <uapi/linux/hvpersona.h>

#include "port.h"

/* At worst a port or a connection is alone in all nodes of the index of its 24-bit id */
#define INDEX_COST	(4 * sizeof(struct xa_node))

static u32 *port_count_of(struct hvp_instance *instance, struct hvp_partition *pt)
{
	return pt ? &pt->port_count : &instance->port_count;
}

static u32 *connection_count_of(struct hvp_instance *instance, struct hvp_partition *pt)
{
	return pt ? &pt->connection_count : &instance->connection_count;
}

static u32 handle_of(struct hvp_partition *pt)
{
	return pt ? pt->handle : 0;
}

/* The VTL of one end of a channel. There is but VTL0 */
static enum hv_status check_vtl(u8 vtl)
{
	if (vtl >= HVP_VTLS)
		return HV_STATUS_INVALID_PARAMETER;
	return vtl ? HV_STATUS_INVALID_VTL_STATE : HV_STATUS_SUCCESS;
}

static enum hv_status check_active(struct hvp_partition *pt)
{
	return READ_ONCE(pt->state) == HVPERSONA_STATE_ACTIVE ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARTITION_STATE;
}

/*
 * A partition that is the other end. It stays in place under RCU, and its ports under
 * ports_lock; NULL is the host.
 */
static enum hv_status find_partition(struct hvp_instance *instance, u64 id,
				     struct hvp_partition **pt)
{
	*pt = NULL;
	if (id == 1 && instance == hvp_host_instance())
		return HV_STATUS_SUCCESS;
	*pt = id <= INT_MAX ? xa_load(&instance->partitions, id) : NULL;
	if (!*pt)
		return HV_STATUS_INVALID_PARTITION_ID;
	return check_active(*pt);
}

static enum hv_status check_target(struct hvp_partition *pt, const struct hv_port_info *info)
{
	/* The host has neither SINTs nor VPs */
	if (!pt)
		return HV_STATUS_SUCCESS;
	if (!info->sint || info->sint >= HVP_SINTS)
		return HV_STATUS_INVALID_PARAMETER;
	if (info->vp != HV_VP_INDEX_ANY && !hvp_vp_find(pt, info->vp))
		return HV_STATUS_INVALID_VP_INDEX;
	return HV_STATUS_SUCCESS;
}

/* What is called padding in HV_PORT_INFO may hold anything */
static enum hv_status check_port_info(struct hvp_partition *pt, const struct hv_port_info *info)
{
	switch (info->type) {
	case HV_PORT_DOORBELL:
		/* Its events are in a ring that only a root has */
		if (!pt || pt->role != HVPERSONA_ROLE_ROOT)
			return HV_STATUS_INVALID_PARAMETER;
		fallthrough;
	case HV_PORT_MESSAGE:
		if (info->base_flag || info->flag_count || info->rsvd2)
			return HV_STATUS_INVALID_PARAMETER;
		return check_target(pt, info);
	case HV_PORT_EVENT:
		if (!info->flag_count || info->rsvd2 ||
		    info->base_flag + info->flag_count > HVP_EVENT_FLAGS)
			return HV_STATUS_INVALID_PARAMETER;
		return check_target(pt, info);
	case HV_PORT_MONITOR:
		if (!pt || info->rsvd3)
			return HV_STATUS_INVALID_PARAMETER;
		return offset_in_page(info->monitor_page) ? HV_STATUS_INVALID_ALIGNMENT :
							    HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

static enum hv_status check_port(struct hvp_partition *pt, const struct hv_create_port *in)
{
	enum hv_status status;

	if (in->rsvd || in->min_connection_vtl >= HVP_VTLS || !hvp_proximity_valid(in->proximity))
		return HV_STATUS_INVALID_PARAMETER;
	status = check_vtl(in->vtl);
	if (status)
		return status;
	/* Number 0 in the ring of doorbells is no doorbell */
	if (in->port > HV_PORT_ID_MAX || (in->info.type == HV_PORT_DOORBELL && !in->port))
		return HV_STATUS_INVALID_PORT_ID;
	return check_port_info(pt, &in->info);
}

static void buffer_done(struct hvp_message *message)
{
	struct hvp_port *port = message->port;

	clear_bit_unlock(message - port->buffers, &port->busy);
}

static void init_buffers(struct hvp_port *port)
{
	u32 i;

	for (i = 0; i < HV_PORT_BUFFERS; i++) {
		port->buffers[i].port = port;
		port->buffers[i].done = buffer_done;
		INIT_LIST_HEAD(&port->buffers[i].link);
	}
}

static void fill_port(struct hvp_port *port, const struct hv_create_port *in)
{
	port->id = in->port;
	port->vtl = in->vtl;
	port->min_connection_vtl = in->min_connection_vtl;
	port->connection_partition = in->connection_partition;
	port->info = in->info;
	if (in->info.type == HV_PORT_MESSAGE)
		init_buffers(port);
	hvp_doorbell_port_init(port);
	if (in->info.type != HV_PORT_MONITOR && in->info.vp != HV_VP_INDEX_ANY)
		port->preferred_vp = in->info.vp;
}

/* An object for which @pool pays, and for its place in the index; nobody if that is NULL */
static void *object_alloc(struct hvp_pool *pool, size_t size, size_t *charge)
{
	void *object;

	*charge = pool ? hvp_pool_cost(size) + INDEX_COST : 0;
	if (pool && !hvp_pool_charge(pool, *charge))
		return ERR_PTR(-ENOSPC);
	object = kzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!object && pool)
		hvp_pool_uncharge(pool, *charge);
	return object ?: ERR_PTR(-ENOMEM);
}

/* A port that nobody can find yet */
static struct hvp_port *port_alloc(struct hvp_instance *instance, struct hvp_partition *pt,
				   const struct hvp_port_request *request)
{
	u32 buffers = request->in->info.type == HV_PORT_MESSAGE ? HV_PORT_BUFFERS : 0;
	struct hvp_port *port;
	size_t charge;

	port = object_alloc(request->charged ? &pt->pool : NULL,
			    struct_size(port, buffers, buffers), &charge);
	if (IS_ERR(port))
		return port;
	port->instance = instance;
	port->partition = pt;
	port->charge = charge;
	fill_port(port, request->in);
	return port;
}

/*
 * No sender has it any more. What delivers one of its messages, under a spinlock, may be
 * about to call buffer_done().
 */
static void port_free(struct hvp_port *port)
{
	u32 i;

	if (port->host)
		hvp_host_port_gone(port->host);
	else if (port->info.type == HV_PORT_MESSAGE)
		for (i = 0; i < HV_PORT_BUFFERS; i++)
			hvp_synic_unqueue(&port->buffers[i]);
	hvp_doorbell_port_gone(port);
	if (port->charge)
		hvp_pool_uncharge(&port->partition->pool, port->charge);
	kfree_rcu(port, rcu);
}

static enum hv_status port_publish(struct hvp_port *port)
{
	u32 *count = port_count_of(port->instance, port->partition);

	if (*count >= HVP_MAX_PORTS ||
	    xa_insert(hvp_ports_of(port->instance, port->partition), port->id, port,
		      GFP_KERNEL_ACCOUNT))
		return HV_STATUS_NO_RESOURCES;
	++*count;
	return HV_STATUS_SUCCESS;
}

/* Which partition may connect, by its handle */
static enum hv_status find_sender(struct hvp_instance *instance, struct hvp_partition *pt, u64 id,
				  u32 *handle)
{
	struct hvp_partition *sender;
	enum hv_status status;

	rcu_read_lock();
	status = find_partition(instance, id, &sender);
	if (!status) {
		*handle = handle_of(sender);
		if (sender == pt)
			status = HV_STATUS_INVALID_PARTITION_ID;
	}
	rcu_read_unlock();
	return status;
}

/**
 * hvp_port_create - HvCallCreatePort
 * @instance: Instance of both ends
 * @pt: Receiver, NULL for the host
 * @request: What it is to be; of its operands the connection partition is an id, never SELF
 * @port: Result; it stays until it is deleted
 *
 * Return: SUCCESS; INVALID_PARAMETER, INVALID_ALIGNMENT, INVALID_VTL_STATE, INVALID_PORT_ID,
 * INVALID_VP_INDEX, INVALID_PARTITION_ID, INVALID_PARTITION_STATE, INSUFFICIENT_MEMORY,
 * NO_RESOURCES.
 */
enum hv_status hvp_port_create(struct hvp_instance *instance, struct hvp_partition *pt,
			       const struct hvp_port_request *request, struct hvp_port **port)
{
	const struct hv_create_port *in = request->in;
	enum hv_status status;
	struct hvp_port *new;
	u32 handle;

	status = check_port(pt, in);
	if (status)
		return status;

	guard(mutex)(&instance->ports_lock);
	/* A machine that the host acts on may be detached any moment: see hvp_partition_gone() */
	status = pt ? check_active(pt) : HV_STATUS_SUCCESS;
	if (status)
		return status;
	status = find_sender(instance, pt, in->connection_partition, &handle);
	if (status)
		return status;
	if (xa_load(hvp_ports_of(instance, pt), in->port))
		return HV_STATUS_INVALID_PORT_ID;
	new = port_alloc(instance, pt, request);
	if (IS_ERR(new))
		return hvp_pool_status(PTR_ERR(new));
	new->connection_handle = handle;
	status = port_publish(new);
	if (status) {
		port_free(new);
		return status;
	}
	if (request->host)
		new->host = hvp_host_port_get(request->host);
	*port = new;
	return HV_STATUS_SUCCESS;
}

/* Let a connection lead nowhere */
static void cut(struct hvp_connection *connection)
{
	struct hvp_port *port = rcu_dereference_protected(connection->port, true);

	if (!port)
		return;
	if (connection->monitor)
		hvp_monitor_stop(connection);
	hvp_doorbell_disconnected(connection);
	port->connection = NULL;
	RCU_INIT_POINTER(connection->port, NULL);
}

/* The port is nobody's any more; no sender will find it, but some may have */
static void port_unpublish(struct hvp_port *port)
{
	lockdep_assert_held(&port->instance->ports_lock);
	if (port->connection)
		cut(port->connection);
	xa_erase(hvp_ports_of(port->instance, port->partition), port->id);
	--*port_count_of(port->instance, port->partition);
}

/**
 * hvp_port_delete - HvCallDeletePort
 * @instance: Instance
 * @pt: Receiver, NULL for the host
 * @id: Port id
 *
 * Messages that are not delivered yet are lost; the connection stays but leads nowhere. Of a
 * message port, waits for senders, which may be about to queue one.
 *
 * Return: SUCCESS, INVALID_PORT_ID.
 */
enum hv_status hvp_port_delete(struct hvp_instance *instance, struct hvp_partition *pt, u32 id)
{
	struct hvp_port *port;

	mutex_lock(&instance->ports_lock);
	port = xa_load(hvp_ports_of(instance, pt), id);
	if (port)
		port_unpublish(port);
	mutex_unlock(&instance->ports_lock);
	if (!port)
		return HV_STATUS_INVALID_PORT_ID;
	if (pt && port->info.type == HV_PORT_MESSAGE)
		synchronize_rcu();
	port_free(port);
	return HV_STATUS_SUCCESS;
}

static enum hv_status check_connection_info(struct hvp_partition *pt,
					    const struct hv_connection_info *info)
{
	switch (info->type) {
	case HV_PORT_MESSAGE:
	case HV_PORT_EVENT:
		return info->zero[0] ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS;
	case HV_PORT_MONITOR:
		/* The host has no guest physical pages */
		if (!pt)
			return HV_STATUS_INVALID_PARAMETER;
		return offset_in_page(info->monitor_page) ? HV_STATUS_INVALID_ALIGNMENT :
							    HV_STATUS_SUCCESS;
	case HV_PORT_DOORBELL:
		return pt ? hvp_doorbell_check(info) : HV_STATUS_INVALID_PARAMETER;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

static enum hv_status check_connection(struct hvp_partition *pt, const struct hv_connect_port *in)
{
	enum hv_status status;

	if (in->rsvd || in->rsvd2 || in->rsvd3 || !hvp_proximity_valid(in->proximity))
		return HV_STATUS_INVALID_PARAMETER;
	status = check_vtl(in->vtl);
	if (status)
		return status;
	if (in->connection > HV_PORT_ID_MAX)
		return HV_STATUS_INVALID_CONNECTION_ID;
	if (in->port > HV_PORT_ID_MAX)
		return HV_STATUS_INVALID_PORT_ID;
	return check_connection_info(pt, &in->info);
}

static struct hvp_port *port_of(struct hvp_instance *instance, u64 partition, u32 id,
				enum hv_status *status)
{
	struct hvp_port *port = NULL;
	struct hvp_partition *pt;

	rcu_read_lock();
	*status = find_partition(instance, partition, &pt);
	if (!*status) {
		port = xa_load(hvp_ports_of(instance, pt), id);
		if (!port)
			*status = HV_STATUS_INVALID_PORT_ID;
	}
	rcu_read_unlock();
	return port;
}

/* The port that the connection is to lead to */
static enum hv_status find_port(struct hvp_instance *instance, struct hvp_partition *pt,
				const struct hv_connect_port *in, struct hvp_port **port)
{
	enum hv_status status;

	*port = port_of(instance, in->port_partition, in->port, &status);
	if (status)
		return status;
	/* Made for somebody else, perhaps for one that had the same id */
	if ((*port)->connection_handle != handle_of(pt))
		return HV_STATUS_INVALID_PARTITION_ID;
	if ((*port)->connection)
		return HV_STATUS_INVALID_PORT_ID;
	if ((*port)->min_connection_vtl > in->vtl)
		return HV_STATUS_ACCESS_DENIED;
	return (*port)->info.type == in->info.type ? HV_STATUS_SUCCESS :
						     HV_STATUS_INVALID_PARAMETER;
}

static struct hvp_connection *connection_alloc(struct hvp_partition *pt,
					       const struct hv_connect_port *in, bool charged)
{
	struct hvp_connection *connection;
	size_t charge;

	connection = object_alloc(charged ? &pt->pool : NULL, sizeof(*connection), &charge);
	if (IS_ERR(connection))
		return connection;
	connection->id = in->connection;
	connection->partition = pt;
	connection->vtl = in->vtl;
	connection->info = in->info;
	connection->charge = charge;
	return connection;
}

static void connection_free(struct hvp_connection *connection)
{
	cut(connection);
	if (connection->charge)
		hvp_pool_uncharge(&connection->partition->pool, connection->charge);
	kfree_rcu(connection, rcu);
}

/* Make it findable, and what it needs besides */
static enum hv_status connection_publish(struct hvp_instance *instance,
					 struct hvp_connection *connection)
{
	u32 *count = connection_count_of(instance, connection->partition);
	struct xarray *connections = hvp_connections_of(instance, connection->partition);
	enum hv_status status = HV_STATUS_SUCCESS;

	if (*count >= HVP_MAX_CONNECTIONS ||
	    xa_insert(connections, connection->id, connection, GFP_KERNEL_ACCOUNT))
		return HV_STATUS_NO_RESOURCES;
	if (connection->info.type == HV_PORT_MONITOR)
		status = hvp_monitor_start(connection);
	else if (connection->info.type == HV_PORT_DOORBELL)
		status = hvp_doorbell_connected(connection);
	if (status)
		xa_erase(connections, connection->id);
	else
		++*count;
	return status;
}

/**
 * hvp_port_connect - HvCallConnectPort
 * @instance: Instance of both ends
 * @pt: Sender, NULL for the host
 * @in: Operands; the port partition is an id, never SELF
 * @charged: The sender's pool pays for it
 *
 * Return: SUCCESS; INVALID_PARAMETER, INVALID_ALIGNMENT, INVALID_VTL_STATE,
 * INVALID_CONNECTION_ID, INVALID_PORT_ID, INVALID_PARTITION_ID, INVALID_PARTITION_STATE,
 * ACCESS_DENIED, INSUFFICIENT_MEMORY, NO_RESOURCES.
 */
enum hv_status hvp_port_connect(struct hvp_instance *instance, struct hvp_partition *pt,
				const struct hv_connect_port *in, bool charged)
{
	struct hvp_connection *connection;
	struct hvp_port *port;
	enum hv_status status;

	status = check_connection(pt, in);
	if (status)
		return status;

	guard(mutex)(&instance->ports_lock);
	status = pt ? check_active(pt) : HV_STATUS_SUCCESS;
	if (!status)
		status = find_port(instance, pt, in, &port);
	if (status)
		return status;
	if (xa_load(hvp_connections_of(instance, pt), in->connection))
		return HV_STATUS_INVALID_CONNECTION_ID;
	connection = connection_alloc(pt, in, charged);
	if (IS_ERR(connection))
		return hvp_pool_status(PTR_ERR(connection));
	port->connection = connection;
	RCU_INIT_POINTER(connection->port, port);
	status = connection_publish(instance, connection);
	if (status)
		connection_free(connection);
	return status;
}

static void connection_delete(struct hvp_instance *instance, struct hvp_connection *connection)
{
	lockdep_assert_held(&instance->ports_lock);
	xa_erase(hvp_connections_of(instance, connection->partition), connection->id);
	--*connection_count_of(instance, connection->partition);
	connection_free(connection);
}

/**
 * hvp_port_disconnect - HvCallDisconnectPort
 * @instance: Instance
 * @pt: Sender, NULL for the host
 * @id: Connection id
 *
 * Messages that the port has accepted are delivered.
 *
 * Return: SUCCESS, INVALID_CONNECTION_ID.
 */
enum hv_status hvp_port_disconnect(struct hvp_instance *instance, struct hvp_partition *pt,
				   u32 id)
{
	struct hvp_connection *connection;

	guard(mutex)(&instance->ports_lock);
	connection = xa_load(hvp_connections_of(instance, pt), id);
	if (!connection)
		return HV_STATUS_INVALID_CONNECTION_ID;
	connection_delete(instance, connection);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_port_property_get - HvCallGetPortProperty
 * @instance: Instance
 * @pt: Receiver, NULL for the host
 * @id: Port id
 * @code: HV_PORT_PROPERTY_*
 * @value: Result
 *
 * Return: SUCCESS, INVALID_PORT_ID, UNKNOWN_PROPERTY.
 */
enum hv_status hvp_port_property_get(struct hvp_instance *instance, struct hvp_partition *pt,
				     u32 id, u32 code, u64 *value)
{
	struct hvp_port *port;

	guard(mutex)(&instance->ports_lock);
	port = xa_load(hvp_ports_of(instance, pt), id);
	if (!port)
		return HV_STATUS_INVALID_PORT_ID;
	switch (code) {
	case HV_PORT_PROPERTY_POST_COUNT:
		*value = atomic64_read(&port->posts);
		return HV_STATUS_SUCCESS;
	case HV_PORT_PROPERTY_PREFERRED_TARGET_VP:
		*value = port->preferred_vp;
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_UNKNOWN_PROPERTY;
	}
}

static enum hv_status set_preferred_vp(struct hvp_port *port, u64 index)
{
	if (index >= HVP_MAX_VPS || !port->partition || !hvp_vp_find(port->partition, index))
		return HV_STATUS_INVALID_PARAMETER;
	WRITE_ONCE(port->preferred_vp, index);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_port_property_set - HvCallSetPortProperty
 * @instance: Instance
 * @pt: Receiver, NULL for the host
 * @id: Port id
 * @code: HV_PORT_PROPERTY_*
 * @value: New value
 *
 * Return: SUCCESS, INVALID_PORT_ID, UNKNOWN_PROPERTY; INVALID_PARAMETER for a VP that does not
 * exist, and for the post count, which cannot be set.
 */
enum hv_status hvp_port_property_set(struct hvp_instance *instance, struct hvp_partition *pt,
				     u32 id, u32 code, u64 value)
{
	struct hvp_port *port;

	guard(mutex)(&instance->ports_lock);
	port = xa_load(hvp_ports_of(instance, pt), id);
	if (!port)
		return HV_STATUS_INVALID_PORT_ID;
	switch (code) {
	case HV_PORT_PROPERTY_POST_COUNT:
		return HV_STATUS_INVALID_PARAMETER;
	case HV_PORT_PROPERTY_PREFERRED_TARGET_VP:
		return set_preferred_vp(port, value);
	default:
		return HV_STATUS_UNKNOWN_PROPERTY;
	}
}

/* Everything of a partition's that others can find. Return: its ports, to be freed */
static struct hvp_port *unpublish_all(struct hvp_instance *instance, struct hvp_partition *pt)
{
	struct hvp_connection *connection;
	struct hvp_port *port, *ports = NULL;
	unsigned long id;

	guard(mutex)(&instance->ports_lock);
	xa_for_each(hvp_connections_of(instance, pt), id, connection)
		connection_delete(instance, connection);
	xa_for_each(hvp_ports_of(instance, pt), id, port) {
		port_unpublish(port);
		port->next = ports;
		ports = port;
	}
	return ports;
}

/**
 * hvp_ports_gone - A partition dies or begins anew: delete its ports and connections
 * @instance: Its instance
 * @pt: Partition; nobody makes ports or connections of it meanwhile
 *
 * On return no sender knows it any more.
 */
void hvp_ports_gone(struct hvp_instance *instance, struct hvp_partition *pt)
{
	struct hvp_port *port, *next;

	port = unpublish_all(instance, pt);
	if (!port)
		return;
	synchronize_rcu();
	for (; port; port = next) {
		next = port->next;
		port_free(port);
		cond_resched();
	}
}
