// SPDX-License-Identifier: GPL-2.0
/*
 * Ports whose receiver is the host. What arrives waits here until somebody reads it from the
 * port's descriptor: whole messages in their order, or the numbers of event flags.
 *
 * A port may be deleted while its descriptor is open and read from, and senders may still be
 * about to deliver to one that is: so the receiving end outlives the port, and is marked gone.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/eventfd.h>
#include <linux/minmax.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "port.h"

/* Numbers of flags that one read returns at most */
#define FLAGS_PER_READ	128

/**
 * hvp_host_port_create - Make the receiving end of a port
 * @id: Id of the port
 * @flag_count: Of an event port, number of its flags; 0 for a message port
 * @eventfd: What is signaled when something arrives, or NULL. Taken over on success
 *
 * Return: a reference, or NULL without memory.
 */
struct hvp_host_port *hvp_host_port_create(u32 id, u32 flag_count,
					   struct eventfd_ctx *eventfd)
{
	struct hvp_host_port *host;

	host = kzalloc(struct_size(host, flags, BITS_TO_LONGS(flag_count)), GFP_KERNEL_ACCOUNT);
	if (!host)
		return NULL;
	refcount_set(&host->refs, 1);
	init_waitqueue_head(&host->wait);
	spin_lock_init(&host->lock);
	INIT_LIST_HEAD(&host->queue);
	host->id = id;
	host->eventfd = eventfd;
	host->flag_count = flag_count;
	return host;
}

/**
 * hvp_host_port_get - Take a reference
 * @host: Receiving end
 *
 * Return: @host.
 */
struct hvp_host_port *hvp_host_port_get(struct hvp_host_port *host)
{
	refcount_inc(&host->refs);
	return host;
}

/**
 * hvp_host_port_put - Drop a reference
 * @host: Receiving end
 */
void hvp_host_port_put(struct hvp_host_port *host)
{
	if (!refcount_dec_and_test(&host->refs))
		return;
	/* Still there if no port was made with it */
	if (host->eventfd)
		eventfd_ctx_put(host->eventfd);
	kfree_rcu(host, rcu);
}

/* Nothing arrives any more, and buffers are the port's again, which is going */
static struct eventfd_ctx *close_queue(struct hvp_host_port *host)
{
	struct hvp_message *message, *next;
	struct eventfd_ctx *eventfd;

	spin_lock_irq(&host->lock);
	WRITE_ONCE(host->gone, true);
	eventfd = host->eventfd;
	host->eventfd = NULL;
	list_for_each_entry_safe(message, next, &host->queue, link) {
		list_del(&message->link);
		message->done(message);
	}
	spin_unlock_irq(&host->lock);
	return eventfd;
}

/**
 * hvp_host_port_gone - The port is being deleted
 * @host: Its receiving end; the port's reference is dropped
 *
 * Messages that nobody has read are lost. On return no message of the port's is in the queue,
 * and none gets there: once senders in flight are done (RCU), buffers may go.
 */
void hvp_host_port_gone(struct hvp_host_port *host)
{
	struct eventfd_ctx *eventfd = close_queue(host);

	wake_up_interruptible_poll(&host->wait, EPOLLHUP | EPOLLERR);
	if (eventfd)
		eventfd_ctx_put(eventfd);
	hvp_host_port_put(host);
}

static void signal_eventfd(struct eventfd_ctx *eventfd)
{
#ifdef HVP_HAVE_EVENTFD_COUNT
	eventfd_signal(eventfd, 1);
#else
	eventfd_signal(eventfd);
#endif
}

/* A message or, if that is NULL, a flag has arrived. The lock keeps the eventfd */
static enum hv_status arrived(struct hvp_host_port *host, struct hvp_message *message)
{
	unsigned long irq;
	bool gone;

	spin_lock_irqsave(&host->lock, irq);
	gone = host->gone;
	if (!gone && message)
		list_add_tail(&message->link, &host->queue);
	if (!gone && host->eventfd)
		signal_eventfd(host->eventfd);
	spin_unlock_irqrestore(&host->lock, irq);
	if (gone)
		return HV_STATUS_INVALID_PORT_ID;
	wake_up_interruptible_poll(&host->wait, EPOLLIN | EPOLLRDNORM);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_host_port_post - Deliver a message to the host
 * @port: Message port of the host, found under RCU
 * @message: Buffer of the port, filled. Its done() is called when it has been read
 *
 * Any context.
 *
 * Return: SUCCESS; INVALID_PORT_ID if the port is being deleted: the buffer stays with the
 * caller then.
 */
enum hv_status hvp_host_port_post(struct hvp_port *port, struct hvp_message *message)
{
	return arrived(port->host, message);
}

/**
 * hvp_host_port_signal - Set an event flag of the host's
 * @port: Event port of the host, found under RCU
 * @flag: Number below the port's flag count, clamped by the caller
 *
 * Any context. A flag that is set already stays so, and nobody is told again.
 *
 * Return: SUCCESS, INVALID_PORT_ID if the port is being deleted.
 */
enum hv_status hvp_host_port_signal(struct hvp_port *port, u32 flag)
{
	if (test_and_set_bit(flag, port->host->flags))
		return HV_STATUS_SUCCESS;
	return arrived(port->host, NULL);
}

/* The first flag from @from on, flag_count if there is none */
static u32 next_flag(struct hvp_host_port *host, u32 from)
{
	/* One that is set meanwhile may be seen or not: it wakes readers, and to take it is atomic */
	return data_race(find_next_bit(host->flags, host->flag_count, from));
}

static bool has_arrived(struct hvp_host_port *host)
{
	return host->flag_count ? next_flag(host, 0) < host->flag_count :
				  !list_empty_careful(&host->queue);
}

/**
 * hvp_host_port_ready - Does a reader get an answer at once?
 * @host: Receiving end
 *
 * Return: whether something is there to read, or the port is gone.
 */
bool hvp_host_port_ready(struct hvp_host_port *host)
{
	return READ_ONCE(host->gone) || has_arrived(host);
}

/* Take the oldest message out of the queue; its buffer is not free yet */
static struct hvp_message *take_message(struct hvp_host_port *host, struct hvp_hv_message *copy)
{
	struct hvp_message *message = NULL;

	spin_lock_irq(&host->lock);
	if (!host->gone)
		message = list_first_entry_or_null(&host->queue, struct hvp_message, link);
	if (message) {
		list_del(&message->link);
		*copy = message->message;
	}
	spin_unlock_irq(&host->lock);
	return message;
}

/* The message was read, or is to be read again. With a port that is gone it has gone, too */
static void settle_message(struct hvp_host_port *host, struct hvp_message *message, bool read)
{
	spin_lock_irq(&host->lock);
	if (!host->gone && read)
		message->done(message);
	else if (!host->gone)
		list_add(&message->link, &host->queue);
	spin_unlock_irq(&host->lock);
	if (!read)
		wake_up_interruptible_poll(&host->wait, EPOLLIN | EPOLLRDNORM);
}

static ssize_t read_message(struct hvp_host_port *host, struct iov_iter *to)
{
	struct hvp_message *message;
	struct hvp_hv_message copy;
	bool read;

	message = take_message(host, &copy);
	if (!message)
		return READ_ONCE(host->gone) ? -ENODEV : -EAGAIN;
	/* It has no slot, so no other one waits for this */
	copy.flags = 0;
	read = copy_to_iter(&copy, sizeof(copy), to) == sizeof(copy);
	settle_message(host, message, read);
	return read ? sizeof(copy) : -EFAULT;
}

/* As many whole messages as there are, and as fit. A sender that keeps up is not waited for */
static ssize_t read_messages(struct hvp_host_port *host, struct iov_iter *to)
{
	ssize_t ret, done = 0;
	u32 i;

	for (i = 0; i < HV_PORT_BUFFERS && iov_iter_count(to) >= HV_MESSAGE_SIZE; i++) {
		ret = read_message(host, to);
		if (ret < 0)
			return done ?: ret;
		done += ret;
	}
	return done;
}

static u32 take_flags(struct hvp_host_port *host, u16 *numbers, u32 room)
{
	u32 flag, count = 0;

	for (flag = next_flag(host, 0); flag < host->flag_count && count < room;
	     flag = next_flag(host, flag + 1))
		if (test_and_clear_bit(flag, host->flags))
			numbers[count++] = flag;
	return count;
}

static void put_flags_back(struct hvp_host_port *host, const u16 *numbers, u32 count)
{
	while (count--)
		set_bit(numbers[count], host->flags);
	wake_up_interruptible_poll(&host->wait, EPOLLIN | EPOLLRDNORM);
}

static ssize_t read_flags(struct hvp_host_port *host, struct iov_iter *to)
{
	u16 numbers[FLAGS_PER_READ];
	u32 count;

	if (READ_ONCE(host->gone))
		return -ENODEV;
	count = take_flags(host, numbers, min_t(size_t, iov_iter_count(to) / sizeof(*numbers),
						FLAGS_PER_READ));
	if (!count)
		return -EAGAIN;
	if (copy_to_iter(numbers, count * sizeof(*numbers), to) == count * sizeof(*numbers))
		return count * sizeof(*numbers);
	put_flags_back(host, numbers, count);
	return -EFAULT;
}

/**
 * hvp_host_port_read - Read what has arrived
 * @host: Receiving end
 * @to: Where to. Messages are 256 bytes each, numbers of flags two, in ascending order
 * @wait: Wait until there is something
 *
 * What could not be copied is there to be read again.
 *
 * Return: bytes; -EMSGSIZE if @to is smaller than what one takes, -EAGAIN, -ERESTARTSYS,
 * -EFAULT, -ENODEV if the port is deleted.
 */
ssize_t hvp_host_port_read(struct hvp_host_port *host, struct iov_iter *to, bool wait)
{
	ssize_t ret;

	if (iov_iter_count(to) < (host->flag_count ? sizeof(u16) : HV_MESSAGE_SIZE))
		return -EMSGSIZE;
	for (;;) {
		ret = host->flag_count ? read_flags(host, to) : read_messages(host, to);
		if (ret != -EAGAIN || !wait)
			return ret;
		if (wait_event_interruptible(host->wait, hvp_host_port_ready(host)))
			return -ERESTARTSYS;
	}
}
