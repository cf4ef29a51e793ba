// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls on ports and connections, and the descriptors of the host's own ports.
 *
 * On a partition descriptor they are about that partition, on a device descriptor about the
 * host as the root of its instance: a partition of NULL, as synic/port.h has it.
 */
#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/eventfd.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "child.h"
#include "status.h"
#include "synic/port.h"
#include "uapi.h"

/* The host's id in its instance, and the handle that stands for it */
#define HOST_ID		1
#define HOST_HANDLE	0

/*
 * One at a time deletes the host's ports: a descriptor that is closed has to know whether the
 * port of that number is still its own. Outside of all other locks.
 */
static DEFINE_MUTEX(host_ports_lock);

/**
 * struct owner - Whose ports and connections an ioctl is about
 * @pt: The partition, NULL for the host
 * @instance: Its instance
 * @acting: Of a partition
 */
struct owner {
	struct hvp_partition *pt;
	struct hvp_instance *instance;
	struct hvp_acting acting;
};

/* A partition stays in place until end(), but a machine may be detached any moment */
static int begin(struct file *file, enum hvp_act what, u32 *status, struct owner *owner)
{
	int err;

	*status = HV_STATUS_SUCCESS;
	owner->pt = hvp_partition_of(file);
	owner->instance = hvp_host_instance();
	if (!owner->pt)
		return 0;
	err = hvp_act(owner->pt, what, status, &owner->acting);
	if (err)
		return err;
	owner->instance = hvp_instance_of(owner->pt);
	if (owner->instance)
		return 0;
	hvp_act_end(&owner->acting);
	return -ENODEV;
}

static void end(struct owner *owner)
{
	if (!owner->pt)
		return;
	hvp_instance_put(owner->instance);
	hvp_act_end(&owner->acting);
}

/**
 * struct peer - The other end of a port or a connection
 * @instance: Number of its instance
 * @id: Its id there
 */
struct peer {
	u64 instance;
	u64 id;
};

/* Done with no lock held: it may be the last to let go of a partition */
static int find_peer(u32 handle, struct peer *peer)
{
	struct hvp_instance *instance;
	struct hvp_partition *pt;

	*peer = (struct peer) { .id = HOST_ID };
	if (handle == HOST_HANDLE)
		return 0;
	pt = hvp_partition_by_handle(handle);
	if (!pt)
		return -ENOENT;
	instance = hvp_instance_of(pt);
	if (instance)
		*peer = (struct peer) { .instance = instance->number, .id = pt->id };
	hvp_instance_put(instance);
	hvp_partition_put(pt);
	return instance ? 0 : -ENOENT;
}

static bool is_neighbour(const struct owner *owner, const struct peer *peer)
{
	return peer->instance == owner->instance->number;
}

static u64 own_id(const struct owner *owner)
{
	return owner->pt ? owner->pt->id : HOST_ID;
}

static bool is_event(u32 type)
{
	return type == HV_PORT_EVENT;
}

/* Descriptors of the host's ports */

/* The host's port of this number goes, if it is still the one behind the descriptor */
static void close_host_port(struct hvp_host_port *host)
{
	mutex_lock(&host_ports_lock);
	if (!host->gone)
		hvp_port_delete(hvp_host_instance(), NULL, host->id);
	mutex_unlock(&host_ports_lock);
	hvp_host_port_put(host);
}

static int port_release(struct inode *inode, struct file *file)
{
	close_host_port(file->private_data);
	return 0;
}

static ssize_t port_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	bool wait = !(file->f_flags & O_NONBLOCK) && !(iocb->ki_flags & IOCB_NOWAIT);

	return hvp_host_port_read(file->private_data, to, wait);
}

static __poll_t port_poll(struct file *file, poll_table *table)
{
	struct hvp_host_port *host = file->private_data;

	poll_wait(file, &host->wait, table);
	if (READ_ONCE(host->gone))
		return EPOLLHUP | EPOLLERR;
	return hvp_host_port_ready(host) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations port_fops = {
	.owner = THIS_MODULE,
	.release = port_release,
	.read_iter = port_read,
	.poll = port_poll,
};

/* Making ports */

static void to_port_info(const struct hvpersona_port_create *create, struct hv_port_info *info)
{
	*info = (struct hv_port_info) { .type = create->type };
	if (create->type == HV_PORT_MONITOR) {
		info->monitor_page = create->monitor_page;
		return;
	}
	info->sint = create->sint;
	info->vp = create->vp_index;
	info->base_flag = create->base_flag;
	info->flag_count = create->flag_count;
}

/* What does not apply to a port of this type has no place in what the hypervisor is given */
static bool fields_valid(const struct hvpersona_port_create *create)
{
	if (create->__reserved || create->__reserved2)
		return false;
	return create->type == HV_PORT_MONITOR ?
	       !create->sint && !create->vp_index && !create->base_flag && !create->flag_count :
	       !create->monitor_page;
}

static enum hv_status make_port(const struct owner *owner, const struct peer *peer,
				const struct hvpersona_port_create *create,
				struct hvp_host_port *host)
{
	struct hv_create_port in = {
		.partition = own_id(owner),
		.port = create->port,
		.vtl = create->vtl,
		.min_connection_vtl = create->min_connection_vtl,
		.connection_partition = peer->id,
	};
	const struct hvp_port_request request = {
		.in = &in, .host = host, .charged = !!owner->pt,
	};
	struct hvp_port *port;

	if (!is_neighbour(owner, peer))
		return HV_STATUS_INVALID_PARTITION_ID;
	to_port_info(create, &in.info);
	return hvp_port_create(owner->instance, owner->pt, &request, &port);
}

static struct hvp_host_port *make_receiver(const struct hvpersona_port_create *create)
{
	struct eventfd_ctx *eventfd = NULL;
	struct hvp_host_port *host;

	if (create->event_fd >= 0)
		eventfd = eventfd_ctx_fdget(create->event_fd);
	if (IS_ERR(eventfd))
		return ERR_CAST(eventfd);
	host = hvp_host_port_create(create->port, is_event(create->type) ? create->flag_count : 0,
				    eventfd);
	if (host)
		return host;
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return ERR_PTR(-ENOMEM);
}

/* What the host can receive; an event port without flags would be taken for a message port */
static int check_host_port(const struct hvpersona_port_create *create)
{
	if (!fields_valid(create) || create->sint || create->vp_index || create->base_flag ||
	    create->vtl || create->min_connection_vtl || create->event_fd < -1)
		return -EINVAL;
	if (create->flags || (create->type != HV_PORT_MESSAGE && !is_event(create->type)))
		return -EOPNOTSUPP;
	return is_event(create->type) == !!create->flag_count ? 0 : -EINVAL;
}

static int make_host_port(struct hvpersona_port_create *create, struct hvp_host_port *host)
{
	const struct owner owner = { .instance = hvp_host_instance() };
	struct peer peer;
	int err;

	err = find_peer(create->peer, &peer);
	if (err)
		return err;
	create->out_status = make_port(&owner, &peer, create, host);
	return hvp_status_errno(create->out_status);
}

long hvp_ioctl_host_port_create(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_port_create *create = &buffer->port_create;
	struct hvp_host_port *host;
	long ret;

	create->out_status = HV_STATUS_SUCCESS;
	ret = check_host_port(create);
	if (ret)
		return ret;
	host = make_receiver(create);
	if (IS_ERR(host))
		return PTR_ERR(host);
	ret = make_host_port(create, host);
	if (ret) {
		hvp_host_port_put(host);
		return ret;
	}
	ret = anon_inode_getfd("[hvpersona-port]", &port_fops, host, O_RDONLY | O_CLOEXEC);
	if (ret < 0)
		close_host_port(host);
	return ret;
}

long hvp_ioctl_port_create(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_port_create *create = &buffer->port_create;
	struct owner owner;
	struct peer peer;
	int err;

	create->out_status = HV_STATUS_SUCCESS;
	if (!fields_valid(create) || create->event_fd != -1)
		return -EINVAL;
	if (create->flags)
		return -EOPNOTSUPP;
	err = find_peer(create->peer, &peer) ?:
	      begin(file, HVP_AS_CREATE_PORT, &create->out_status, &owner);
	if (err)
		return err;
	create->out_status = make_port(&owner, &peer, create, NULL);
	end(&owner);
	return hvp_status_errno(create->out_status);
}

/* Deleting */

typedef enum hv_status delete_fn(struct hvp_instance *instance, struct hvp_partition *pt, u32 id);

static long delete(struct file *file, struct hvpersona_port_delete *del, enum hvp_act what,
		   delete_fn *fn)
{
	struct owner owner;
	int err;

	del->out_status = HV_STATUS_SUCCESS;
	if (del->__reserved)
		return -EINVAL;
	err = begin(file, what, &del->out_status, &owner);
	if (err)
		return err;
	del->out_status = fn(owner.instance, owner.pt, del->id);
	end(&owner);
	return hvp_status_errno(del->out_status);
}

long hvp_ioctl_port_delete(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_port_delete *del = &buffer->port_delete;

	if (hvp_partition_of(file))
		return delete(file, del, HVP_AS_DELETE_PORT, hvp_port_delete);
	guard(mutex)(&host_ports_lock);
	return delete(file, del, HVP_AS_DELETE_PORT, hvp_port_delete);
}

long hvp_ioctl_connection_delete(struct file *file, union hvp_ioctl_buffer *buffer)
{
	return delete(file, &buffer->port_delete, HVP_AS_DISCONNECT_PORT, hvp_port_disconnect);
}

/* Connecting */

static void to_connection_info(const struct hvpersona_connection_create *create,
			       struct hv_connection_info *info)
{
	*info = (struct hv_connection_info) { .type = create->type };
	if (create->type == HV_PORT_MONITOR) {
		info->monitor_page = create->address;
	} else if (create->type == HV_PORT_DOORBELL) {
		info->gpa = create->address;
		info->trigger = create->trigger;
		info->flags = create->doorbell_flags;
	}
}

static int check_connection(const struct hvpersona_connection_create *create, bool of_host)
{
	bool doorbell = create->type == HV_PORT_DOORBELL;
	bool monitor = create->type == HV_PORT_MONITOR;

	if (create->__reserved2 ||
	    memchr_inv(create->__reserved, 0, sizeof(create->__reserved)) ||
	    (create->address && !doorbell && !monitor) ||
	    (!doorbell && (create->trigger || create->doorbell_flags)))
		return -EINVAL;
	/* What comes in by memory has a guest on the sending side */
	return create->flags || (of_host && (doorbell || monitor)) ? -EOPNOTSUPP : 0;
}

static enum hv_status connect(const struct owner *owner, const struct peer *peer,
			      const struct hvpersona_connection_create *create)
{
	struct hv_connect_port in = {
		.partition = own_id(owner),
		.connection = create->connection,
		.vtl = create->vtl,
		.port_partition = peer->id,
		.port = create->port,
	};

	if (!is_neighbour(owner, peer))
		return HV_STATUS_INVALID_PARTITION_ID;
	to_connection_info(create, &in.info);
	return hvp_port_connect(owner->instance, owner->pt, &in, owner->pt);
}

long hvp_ioctl_connection_create(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_connection_create *create = &buffer->connection_create;
	struct owner owner;
	struct peer peer;
	int err;

	create->out_status = HV_STATUS_SUCCESS;
	err = check_connection(create, !hvp_partition_of(file)) ?:
	      find_peer(create->peer, &peer) ?:
	      begin(file, HVP_AS_CONNECT_PORT, &create->out_status, &owner);
	if (err)
		return err;
	create->out_status = connect(&owner, &peer, create);
	end(&owner);
	return hvp_status_errno(create->out_status);
}

/* Looking */

static void describe_port(const struct owner *owner, struct hvp_port *port,
			  struct hvpersona_port_next *next)
{
	const struct hv_port_info *info = &port->info;
	bool monitor = info->type == HV_PORT_MONITOR;
	bool at_vp = owner->pt && !monitor;

	next->out_port = port->id;
	next->out_type = info->type;
	next->out_sint = at_vp ? info->sint : 0;
	next->out_vp_index = at_vp ? info->vp : HV_VP_INDEX_ANY;
	next->out_base_flag = is_event(info->type) ? info->base_flag : 0;
	next->out_flag_count = is_event(info->type) ? info->flag_count : 0;
	next->out_vtl = port->vtl;
	next->out_min_connection_vtl = port->min_connection_vtl;
	next->out_preferred_vp = READ_ONCE(port->preferred_vp);
	next->out_peer = port->connection_handle;
	next->out_state = port->connection ? HVPERSONA_PORT_CONNECTED : 0;
	next->out_connection = port->connection ? port->connection->id : 0;
	next->out_queued = hweight_long(READ_ONCE(port->busy));
	next->out_peer_id = port->connection_partition;
	next->out_monitor_page = monitor ? info->monitor_page : 0;
	next->out_posts = atomic64_read(&port->posts);
}

static bool next_port(const struct owner *owner, struct hvpersona_port_next *next)
{
	unsigned long id = next->port;
	struct hvp_port *port;

	guard(mutex)(&owner->instance->ports_lock);
	port = xa_find(hvp_ports_of(owner->instance, owner->pt), &id, HV_PORT_ID_MAX, XA_PRESENT);
	if (port)
		describe_port(owner, port, next);
	return port;
}

/* To look at what there is: a claim has nothing yet */
static int begin_look(struct file *file, struct owner *owner)
{
	u32 status;
	int err;

	err = begin(file, HVP_AS_BALANCE, &status, owner);
	return err == -EBADFD ? -ENOENT : err;
}

long hvp_ioctl_port_next(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_port_next *next = &buffer->port_next;
	struct owner owner;
	bool found;
	int err;

	if (next->__reserved)
		return -EINVAL;
	err = begin_look(file, &owner);
	if (err)
		return err;
	found = next_port(&owner, next);
	end(&owner);
	return found ? 0 : -ENOENT;
}

static void describe_connection(const struct owner *owner, struct hvp_connection *connection,
				struct hvpersona_connection_next *next)
{
	const struct hv_connection_info *info = &connection->info;
	const struct hvp_port *port;
	bool doorbell = info->type == HV_PORT_DOORBELL;

	port = rcu_dereference_protected(connection->port,
					 lockdep_is_held(&owner->instance->ports_lock));
	next->out_connection = connection->id;
	next->out_type = info->type;
	next->out_state = port ? HVPERSONA_PORT_CONNECTED : 0;
	next->out_port = port ? port->id : 0;
	next->out_peer = port && port->partition ? port->partition->handle : HOST_HANDLE;
	next->out_vtl = connection->vtl;
	next->out_peer_id = !port ? 0 : port->partition ? port->partition->id : HOST_ID;
	next->out_address = doorbell ? info->gpa :
			    info->type == HV_PORT_MONITOR ? info->monitor_page : 0;
	next->out_trigger = doorbell ? info->trigger : 0;
	next->out_doorbell_flags = doorbell ? info->flags : 0;
}

static bool next_connection(const struct owner *owner, struct hvpersona_connection_next *next)
{
	unsigned long id = next->connection;
	struct hvp_connection *connection;

	guard(mutex)(&owner->instance->ports_lock);
	connection = xa_find(hvp_connections_of(owner->instance, owner->pt), &id, HV_PORT_ID_MAX,
			     XA_PRESENT);
	if (connection)
		describe_connection(owner, connection, next);
	return connection;
}

long hvp_ioctl_connection_next(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_connection_next *next = &buffer->connection_next;
	struct owner owner;
	bool found;
	int err;

	err = begin_look(file, &owner);
	if (err)
		return err;
	found = next_connection(&owner, next);
	end(&owner);
	return found ? 0 : -ENOENT;
}

/* Properties */

static long property(struct file *file, struct hvpersona_port_property *property,
		     enum hvp_act what)
{
	struct owner owner;
	u64 value = 0;
	int err;

	err = begin(file, what, &property->out_status, &owner);
	if (err)
		return err;
	property->out_status = what == HVP_AS_GET_PORT_PROPERTY ?
		hvp_port_property_get(owner.instance, owner.pt, property->port, property->code,
				      &value) :
		hvp_port_property_set(owner.instance, owner.pt, property->port, property->code,
				      property->value);
	end(&owner);
	if (what == HVP_AS_GET_PORT_PROPERTY)
		property->value = value;
	return hvp_status_errno(property->out_status);
}

long hvp_ioctl_port_property_get(struct file *file, union hvp_ioctl_buffer *buffer)
{
	return property(file, &buffer->port_property, HVP_AS_GET_PORT_PROPERTY);
}

long hvp_ioctl_port_property_set(struct file *file, union hvp_ioctl_buffer *buffer)
{
	return property(file, &buffer->port_property, HVP_AS_SET_PORT_PROPERTY);
}

/* Sending, by the host */

/* There is nobody else who might know the connection */
static long sent(enum hv_status status, u32 *out_status)
{
	if (status == HVP_STATUS_UNKNOWN_CONNECTION)
		status = HV_STATUS_INVALID_CONNECTION_ID;
	*out_status = status;
	return hvp_status_errno(status);
}

long hvp_ioctl_post_message(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_post_message *post = &buffer->post_message;
	struct hv_post_message in = {
		.connection = post->connection,
		.type = post->type,
		.size = post->payload_size,
	};

	BUILD_BUG_ON(HV_MESSAGE_PAYLOAD != HVPERSONA_MESSAGE_MAX);
	BUILD_BUG_ON(HV_MESSAGE_SIZE != HVPERSONA_MESSAGE_SIZE);
	post->out_status = HV_STATUS_SUCCESS;
	if (post->__reserved || post->payload_size > HV_MESSAGE_PAYLOAD)
		return -EINVAL;
	if (copy_from_user(in.payload, u64_to_user_ptr(post->payload), post->payload_size))
		return -EFAULT;
	return sent(hvp_post_message(hvp_host_instance(), NULL, NULL, &in), &post->out_status);
}

long hvp_ioctl_signal_event(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_signal_event *signal = &buffer->signal_event;

	signal->out_status = HV_STATUS_SUCCESS;
	if (signal->__reserved)
		return -EINVAL;
	return sent(hvp_signal_event(hvp_host_instance(), NULL, NULL, signal->connection,
				     signal->flag), &signal->out_status);
}
