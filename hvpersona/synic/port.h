/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports and connections. A port belongs to the partition that receives, and says on which SINT
 * of which VP; a connection belongs to the partition that sends, and leads to one port. Both
 * are found by 24-bit ids of their partition's. The host has ports and connections like
 * a partition: it is the root of its own instance.
 *
 * Making and deleting is serialized by struct hvp_instance.ports_lock (inside op_lock, outside
 * of pool.lock). Senders look connections up under RCU and take no lock before the
 * receiving SynIC's.
 */
#ifndef HVP_PORT_H
#define HVP_PORT_H

#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "../core.h"
#include "../hv_abi/port.h"
#include "message.h"
#include "synic.h"

struct eventfd_ctx;
struct iov_iter;
struct hvp_connection;
struct hvp_monitor;

/* Limits, per partition; documented in Documentation/uapi.rst */
#define HVP_MAX_PORTS		4096
#define HVP_MAX_CONNECTIONS	4096
#define HVP_MAX_MONITORS	16	/* connections that are monitor connections */

/**
 * struct hvp_host_port - The receiving end of a port whose receiver is the host
 * @id: Id of the port
 * @refs: References: its descriptor, and the port while that is there
 * @wait: Readers of its descriptor
 * @lock: Protects @gone, @queue and @eventfd
 * @gone: The port has been deleted: nothing is accepted any more
 * @queue: Messages that nobody has read yet, struct hvp_message.link
 * @eventfd: Signaled with each flag that is newly set, and with each message; or NULL
 * @rcu: For freeing it: senders find it through the port
 * @flag_count: Of an event port, number of its flags; 0 makes it a message port
 * @flags: Event flags set and not read yet. Atomic
 */
struct hvp_host_port {
	u32 id;
	refcount_t refs;
	wait_queue_head_t wait;
	spinlock_t lock;
	bool gone;
	struct list_head queue;
	struct eventfd_ctx *eventfd;
	struct rcu_head rcu;
	u32 flag_count;
	unsigned long flags[];
};

/**
 * struct hvp_rung - Has a doorbell port been rung without its guest's event ring saying so yet?
 * @lock: Taken to ring, outside of struct hvp_synic.lock
 * @gone: The port is going: it is not rung any more; under @lock
 * @at: SynIC in whose ring it is to be written, or NULL; becomes NULL under @at->lock, and
 *	something else under @lock too
 * @link: In struct hvp_ring.rung of @at; under @at->lock
 */
struct hvp_rung {
	spinlock_t lock;
	bool gone;
	struct hvp_synic *at;
	struct list_head link;
};

/**
 * struct hvp_port - A port
 * @id: Its id in its partition
 * @partition: Receiver; NULL if that is the host. Valid as long as the port is found
 * @instance: Instance of both ends
 * @vtl: VTL that receives
 * @min_connection_vtl: Lowest VTL that may connect
 * @connection_partition: Id of the partition that may connect
 * @connection_handle: Its handle, 0 for the host: the id may be another partition's by now
 * @info: As it was created
 * @preferred_vp: With HV_VP_INDEX_ANY, the VP that is tried first
 * @posts: Messages accepted. Atomic
 * @connection: The connection to it, or NULL; under ports_lock
 * @charge: Bytes charged to the receiver's pool
 * @busy: Bit b is set if @buffers[b] is in use. Atomic
 * @host: If the receiver is the host
 * @next: Of those that are freed together
 * @rung: Of a doorbell port
 * @rcu: For freeing it
 * @buffers: HV_PORT_BUFFERS of a message port, otherwise none
 */
struct hvp_port {
	u32 id;
	struct hvp_partition *partition;
	struct hvp_instance *instance;
	u8 vtl;
	u8 min_connection_vtl;
	u64 connection_partition;
	u32 connection_handle;
	struct hv_port_info info;
	u32 preferred_vp;
	atomic64_t posts;
	struct hvp_connection *connection;
	size_t charge;
	unsigned long busy;
	struct hvp_host_port *host;
	struct hvp_port *next;
	struct hvp_rung rung;
	struct rcu_head rcu;
	struct hvp_message buffers[];
};

/**
 * struct hvp_connection - A connection
 * @id: Its id in its partition
 * @partition: Sender; NULL if that is the host
 * @vtl: VTL of the sender
 * @port: The port; NULL once that is deleted. Under ports_lock, or read under RCU
 * @info: As it was connected
 * @charge: Bytes charged to the sender's pool
 * @monitor: Of a monitor connection: see monitor.c
 * @doorbell: Of a doorbell connection: in struct hvp_child.doorbells of @partition
 * @rcu: For freeing it
 */
struct hvp_connection {
	u32 id;
	struct hvp_partition *partition;
	u8 vtl;
	struct hvp_port __rcu *port;
	struct hv_connection_info info;
	size_t charge;
	struct hvp_monitor *monitor;
	struct hlist_node doorbell;
	struct rcu_head rcu;
};

/**
 * struct hvp_port_request - What a port is to be, for hvp_port_create()
 * @in: Operands of HvCallCreatePort; the partition ids are not looked at again
 * @host: Receiving end of a host port, of which the port takes a reference; otherwise NULL
 * @charged: The receiver's pool pays for it
 */
struct hvp_port_request {
	const struct hv_create_port *in;
	struct hvp_host_port *host;
	bool charged;
};

/*
 * port.c. A partition of NULL is the host. The caller keeps the partition in place: it is its
 * own, or its op_lock is held
 */
enum hv_status hvp_port_create(struct hvp_instance *instance, struct hvp_partition *pt,
			       const struct hvp_port_request *request, struct hvp_port **port);
enum hv_status hvp_port_delete(struct hvp_instance *instance, struct hvp_partition *pt, u32 id);
enum hv_status hvp_port_connect(struct hvp_instance *instance, struct hvp_partition *pt,
				const struct hv_connect_port *in, bool charged);
enum hv_status hvp_port_disconnect(struct hvp_instance *instance, struct hvp_partition *pt,
				   u32 id);
enum hv_status hvp_port_property_get(struct hvp_instance *instance, struct hvp_partition *pt,
				     u32 id, u32 code, u64 *value);
enum hv_status hvp_port_property_set(struct hvp_instance *instance, struct hvp_partition *pt,
				     u32 id, u32 code, u64 value);
void hvp_ports_gone(struct hvp_instance *instance, struct hvp_partition *pt);

/* The ports and connections of a partition, or of the host */
static inline struct xarray *hvp_ports_of(struct hvp_instance *instance, struct hvp_partition *pt)
{
	return pt ? &pt->ports : &instance->ports;
}

static inline struct xarray *hvp_connections_of(struct hvp_instance *instance,
						struct hvp_partition *pt)
{
	return pt ? &pt->connections : &instance->connections;
}

/*
 * send.c: what goes through connections. @pt is the sender, NULL for the host. No lock is held.
 * Return HVP_STATUS_UNKNOWN_CONNECTION for a connection that does not exist
 */
enum hv_status hvp_post_message(struct hvp_instance *instance, struct hvp_partition *pt,
				struct hvp_vp *caller, const struct hv_post_message *in);
enum hv_status hvp_signal_event(struct hvp_instance *instance, struct hvp_partition *pt,
				struct hvp_vp *caller, u32 connection, u32 flag);

/* doorbell.c. What makes and deletes ports and connections is called with ports_lock held */
void hvp_doorbell_port_init(struct hvp_port *port);
void hvp_doorbell_port_gone(struct hvp_port *port);
enum hv_status hvp_doorbell_check(const struct hv_connection_info *info);
enum hv_status hvp_doorbell_connected(struct hvp_connection *connection);
void hvp_doorbell_disconnected(struct hvp_connection *connection);
bool hvp_doorbell_ring(struct hvp_vp *vp, u64 gpa, u64 value, u32 size);
void hvp_rings_create(struct hvp_synic *synic);
void hvp_rings_drop(struct hvp_synic *synic);
void hvp_rings_deliver(struct hvp_vp *vp);
enum hv_status hvp_ring_emptied(struct hvp_vp *vp, u32 sint);

/* monitor.c. Start and stop are called with ports_lock held */
enum hv_status hvp_monitor_start(struct hvp_connection *connection);
void hvp_monitor_stop(struct hvp_connection *connection);
void hvp_monitor_due(struct hvp_monitor *monitor);
void hvp_monitors_deliver(struct hvp_vp *vp);

/* host_port.c: the receiving end of host ports */
struct hvp_host_port *hvp_host_port_create(u32 id, u32 flag_count,
					   struct eventfd_ctx *eventfd);
struct hvp_host_port *hvp_host_port_get(struct hvp_host_port *host);
void hvp_host_port_put(struct hvp_host_port *host);
void hvp_host_port_gone(struct hvp_host_port *host);
enum hv_status hvp_host_port_post(struct hvp_port *port, struct hvp_message *message);
enum hv_status hvp_host_port_signal(struct hvp_port *port, u32 flag);
bool hvp_host_port_ready(struct hvp_host_port *host);
ssize_t hvp_host_port_read(struct hvp_host_port *host, struct iov_iter *to, bool wait);

/* A status that no guest sees: the personality has no such connection */
#define HVP_STATUS_UNKNOWN_CONNECTION	((enum hv_status)0x10001)

#endif
