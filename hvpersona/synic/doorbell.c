// SPDX-License-Identifier: GPL-2.0
/*
 * Doorbells: what a child writes to certain addresses becomes entries of its parent's event
 * ring instead of intercepts.
 *
 * A child's doorbell connections are in a hash table by address and value, so that each of
 * its writes costs two short looks. A port that is rung goes into the queue of one SINT of the
 * receiving VP. It is in there once, however often it is rung: a doorbell says that there is
 * something to do, not how much, and nothing has to be allocated. The VP's thread takes the
 * ports out and writes their ids into the guest's ring.
 */
#include <linux/bitfield.h>
#include <linux/cleanup.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/nospec.h>

#include "../child.h"
#include "../stats/stats.h"
#include "port.h"

/* Trigger sizes: any, and 1, 2, 4, 8 bytes */
#define SIZE_CODES	5

/* Bytes that a trigger of this size takes at least */
static u32 trigger_bytes(u64 flags)
{
	u32 code = FIELD_GET(HV_DOORBELL_SIZE, flags);

	return code ? BIT(code - 1) : 1;
}

/**
 * hvp_doorbell_check - Does HV_CONNECTION_INFO of a doorbell make sense?
 * @info: From a guest
 *
 * Return: SUCCESS, INVALID_PARAMETER.
 */
enum hv_status hvp_doorbell_check(const struct hv_connection_info *info)
{
	if ((info->flags & ~(HV_DOORBELL_SIZE | HV_DOORBELL_ANY_VALUE)) ||
	    FIELD_GET(HV_DOORBELL_SIZE, info->flags) >= SIZE_CODES ||
	    offset_in_page(info->gpa) + trigger_bytes(info->flags) > PAGE_SIZE)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/* Key of the doorbells at an address that wait for any value */
static u64 any_key(u64 gpa)
{
	return gpa;
}

/* Key of those that wait for one */
static u64 value_key(u64 gpa, u64 value)
{
	return gpa ^ (value + 1) * GOLDEN_RATIO_64;
}

/**
 * hvp_doorbell_connected - Let writes ring
 * @connection: New doorbell connection of a partition that hvp_doorbell_check() finds right
 *
 * Return: SUCCESS; INVALID_PARTITION_ID if the sender is no child, since nobody sees what a
 * machine's own VPs write.
 */
enum hv_status hvp_doorbell_connected(struct hvp_connection *connection)
{
	const struct hv_connection_info *info = &connection->info;
	struct hvp_partition *pt = connection->partition;

	if (!pt->child)
		return HV_STATUS_INVALID_PARTITION_ID;
	hash_add_rcu(pt->child->doorbells, &connection->doorbell,
		     info->flags & HV_DOORBELL_ANY_VALUE ? any_key(info->gpa) :
		     value_key(info->gpa, info->trigger));
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_doorbell_disconnected - Undo hvp_doorbell_connected()
 * @connection: Connection of any type; to be freed after a grace period
 *
 * What has rung already still arrives.
 */
void hvp_doorbell_disconnected(struct hvp_connection *connection)
{
	hash_del_rcu(&connection->doorbell);
}

/**
 * hvp_doorbell_port_init - Make a new port one that can be rung
 * @port: Port that nobody can find yet
 */
void hvp_doorbell_port_init(struct hvp_port *port)
{
	spin_lock_init(&port->rung.lock);
	INIT_LIST_HEAD(&port->rung.link);
}

/* Take a port out of the queue that it is in; that SynIC's lock is held */
static void unqueue(struct hvp_rung *rung)
{
	lockdep_assert_held(&rung->at->lock);
	list_del(&rung->link);
	WRITE_ONCE(rung->at, NULL);
}

/* Take a port out of the queue at @at if it still is there; RCU is held */
static void leave(struct hvp_rung *rung, struct hvp_synic *at)
{
	lockdep_assert_held(&rung->lock);
	scoped_guard(spinlock, &at->lock)
		if (rung->at)
			unqueue(rung);
}

/**
 * hvp_doorbell_port_gone - A port is being deleted
 * @port: Port; to be freed after a grace period
 *
 * That it has been rung is forgotten.
 */
void hvp_doorbell_port_gone(struct hvp_port *port)
{
	struct hvp_rung *rung = &port->rung;
	struct hvp_synic *at;

	rcu_read_lock();
	scoped_guard(spinlock_irqsave, &rung->lock) {
		rung->gone = true;
		at = READ_ONCE(rung->at);
		if (at)
			leave(rung, at);
	}
	rcu_read_unlock();
}

/* The SynIC of @vp if it has a ring for the port and lets its SINT in */
static struct hvp_synic *listening(struct hvp_vp *vp, const struct hvp_port *port)
{
	struct hvp_synic *synic = vp ? hvp_first_synic(vp) : NULL;
	struct hvp_sint sint;

	if (!synic || !vp->ops->sint(vp, synic->vtl, port->info.sint, &sint) ||
	    !(sint.control & HV_SYNIC_ENABLE) ||
	    (sint.sint & (HV_SINT_MASKED | HV_SINT_POLLING)) == HV_SINT_MASKED ||
	    !(vp->ops->sirbp(vp) & HV_SYNIC_ENABLE))
		return NULL;
	return synic;
}

/*
 * Whom a port rings: the one who is to be told already; otherwise its VP, or any, the preferred
 * one if possible
 */
static struct hvp_synic *receiver(const struct hvp_port *port)
{
	struct hvp_synic *synic = READ_ONCE(port->rung.at);
	struct xarray *vps = &port->partition->vps;
	unsigned long index;
	struct hvp_vp *vp;

	if (synic && listening(synic->vp, port))
		return synic;
	if (port->info.vp != HV_VP_INDEX_ANY)
		return listening(xa_load(vps, port->info.vp), port);
	synic = listening(xa_load(vps, READ_ONCE(port->preferred_vp)), port);
	if (synic)
		return synic;
	xa_for_each(vps, index, vp) {
		synic = listening(vp, port);
		if (synic)
			return synic;
	}
	return NULL;
}

/* Queue a port if it is not in this queue yet. False if the port or its VP is going */
static bool queue(struct hvp_port *port, struct hvp_synic *synic)
{
	struct hvp_rung *rung = &port->rung;
	bool goes = false;
	struct hvp_synic *at;

	scoped_guard(spinlock_irqsave, &rung->lock) {
		at = READ_ONCE(rung->at);
		if (at && at != synic)
			leave(rung, at);
		scoped_guard(spinlock, &synic->lock) {
			goes = rung->gone || synic->dead;
			if (!goes && !READ_ONCE(rung->at)) {
				WRITE_ONCE(rung->at, synic);
				list_add_tail(&rung->link, &synic->ring[port->info.sint].rung);
			}
		}
	}
	return !goes;
}

/* Ring a port. False if nobody hears it. RCU is held */
static bool ring(struct hvp_port *port)
{
	struct hvp_synic *synic = receiver(port);

	if (!synic || !queue(port, synic))
		return false;
	set_bit(port->info.sint, &synic->rings);
	hvp_synic_kick(synic);
	return true;
}

static bool matches(const struct hv_connection_info *info, u64 gpa, u64 value, u32 size, bool any)
{
	return info->gpa == gpa && any == !!(info->flags & HV_DOORBELL_ANY_VALUE) &&
	       (any || info->trigger == value) &&
	       (!(info->flags & HV_DOORBELL_SIZE) || trigger_bytes(info->flags) == size);
}

/* Ring the first doorbell of the child @pt that fits and that somebody hears. RCU is held */
static bool ring_one(struct hvp_partition *pt, u64 gpa, u64 value, u32 size, bool any)
{
	struct hvp_connection *connection;
	struct hvp_port *port;

	hash_for_each_possible_rcu(pt->child->doorbells, connection, doorbell,
				   any ? any_key(gpa) : value_key(gpa, value)) {
		if (!matches(&connection->info, gpa, value, size, any))
			continue;
		port = rcu_dereference(connection->port);
		if (port && ring(port))
			return true;
	}
	return false;
}

/**
 * hvp_doorbell_ring - A child writes to memory that is not there
 * @vp: VP of the child
 * @gpa: Where
 * @value: What
 * @size: Bytes: 1, 2, 4 or 8; all others ring no doorbell
 *
 * If several doorbells fit, one is rung: one that waits for the value rather than one that
 * waits for any.
 *
 * Return: true if the write is done with; false if there is no such doorbell, or the VP that
 * it rings is not there or its SynIC, SINT or ring is off. The write then is an intercept like
 * others: nothing is lost.
 */
bool hvp_doorbell_ring(struct hvp_vp *vp, u64 gpa, u64 value, u32 size)
{
	struct hvp_partition *pt = vp->partition;
	bool rung;

	if (size > sizeof(value) || !is_power_of_2(size))
		return false;
	value &= GENMASK_ULL(8 * size - 1, 0);
	rcu_read_lock();
	rung = ring_one(pt, gpa, value, size, false) || ring_one(pt, gpa, value, size, true);
	rcu_read_unlock();
	return rung;
}

/**
 * hvp_rings_create - Prepare the rings of a new SynIC
 * @synic: SynIC
 */
void hvp_rings_create(struct hvp_synic *synic)
{
	u32 sint;

	for (sint = 0; sint < HVP_SINTS; sint++)
		INIT_LIST_HEAD(&synic->ring[sint].rung);
}

/**
 * hvp_rings_drop - Forget what has rung
 * @synic: SynIC that is reset or going
 */
void hvp_rings_drop(struct hvp_synic *synic)
{
	struct hvp_rung *rung, *next;
	u32 sint;

	scoped_guard(spinlock_irqsave, &synic->lock) {
		for (sint = 0; sint < HVP_SINTS; sint++)
			list_for_each_entry_safe(rung, next, &synic->ring[sint].rung, link)
				unqueue(rung);
		xchg(&synic->rings, 0);
	}
}

static void try_again(struct hvp_synic *synic, u32 sint)
{
	set_bit(sint, &synic->rings);
	hvp_synic_kick(synic);
}

/**
 * hvp_rings_reset - SIRBP has been written
 * @vp: VP; this is its thread
 *
 * There is another page, or another owner of the same one who begins with the first entry.
 */
void hvp_rings_reset(struct hvp_vp *vp)
{
	struct hvp_synic *synic = hvp_first_synic(vp);
	u32 sint;

	if (!synic)
		return;
	for (sint = 0; sint < HVP_SINTS; sint++) {
		synic->ring[sint].next = 0;
		synic->ring[sint].full = false;
		synic->ring[sint].unsignaled = false;
		/* What has waited for a page may have one now */
		if (!list_empty_careful(&synic->ring[sint].rung))
			try_again(synic, sint);
	}
}

/* The port that was rung first, 0 if there is none */
static u32 first_rung(struct hvp_synic *synic, u32 sint, struct hvp_rung **first)
{
	u32 id = 0;

	scoped_guard(spinlock_irqsave, &synic->lock) {
		*first = list_first_entry_or_null(&synic->ring[sint].rung, struct hvp_rung, link);
		if (*first)
			id = container_of(*first, struct hvp_port, rung)->id;
	}
	return id;
}

/*
 * That port's id has been written: it can be rung again. If it has been deleted meanwhile,
 * it is not the first any more; it is not looked into before that is known.
 */
static void written(struct hvp_synic *synic, u32 sint, struct hvp_rung *rung, u32 id)
{
	struct hvp_rung *first;

	scoped_guard(spinlock_irqsave, &synic->lock) {
		first = list_first_entry_or_null(&synic->ring[sint].rung, struct hvp_rung, link);
		if (first == rung && container_of(first, struct hvp_port, rung)->id == id)
			unqueue(rung);
	}
}

/*
 * Write ids until there are no more, or no free entry. That is so after a ring of them, unless
 * other VPs of the guest clear them meanwhile. False if the guest's ring cannot be reached.
 *
 * The guest takes an entry after this, when the VP runs again. So a doorbell that rings
 * between the two steps, and finds its port queued, is not missed.
 */
static bool fill(struct hvp_synic *synic, u32 sint, u64 gpa)
{
	struct hvp_ring *ring = &synic->ring[sint];
	const u8 full = 1;
	struct hvp_rung *rung;
	u64 entry;
	u32 i, id;
	int err;

	for (i = 0; i <= HV_EVENT_RING_ENTRIES && !ring->full; i++) {
		id = first_rung(synic, sint, &rung);
		if (!id)
			return true;
		entry = gpa + offsetof(struct hvp_event_ring, data[ring->next]);
		err = synic->vp->ops->cmpxchg_gpa(synic->vp, entry, 0, id, sizeof(u32));
		if (err == -EFAULT)
			return false;
		/* Even if nothing was written: who sees the flag tells when there is room */
		ring->unsignaled = true;
		if (err) {
			ring->full = true;
			return !synic->vp->ops->write_gpa(synic->vp, gpa +
							  offsetof(struct hvp_event_ring,
								   ring_full),
							  &full, sizeof(full));
		}
		ring->next = (ring->next + 1) % HV_EVENT_RING_ENTRIES;
		written(synic, sint, rung, id);
	}
	if (!ring->full)
		try_again(synic, sint);
	return true;
}

/* Tell by a message in SINT0 that a SINT would be raised */
static enum hv_status raise_intercept(struct hvp_synic *synic, u32 sint)
{
	struct hvp_hv_message message = {
		.type = HV_MESSAGE_SYNIC_SINT_INTERCEPT,
		.size = sizeof(u32),
	};

	memcpy(message.payload, &sint, sizeof(sint));
	return hvp_synic_post_direct(synic, 0, &message);
}

/*
 * Raise the SINT of a ring, unless the guest is reading it and looks again by itself. False if
 * that is to be tried again.
 */
static bool raise(struct hvp_synic *synic, u32 sint, u64 ring)
{
	u64 at = ring + offsetof(struct hvp_event_ring, signal_masked);
	struct hvp_vp *vp = synic->vp;
	enum hv_status status;
	struct hvp_sint state;
	u8 masked;

	if (vp->ops->read_gpa(vp, at, &masked, sizeof(masked)) || masked ||
	    !vp->ops->sint(vp, synic->vtl, sint, &state) || !(state.control & HV_SYNIC_ENABLE) ||
	    (state.sint & (HV_SINT_MASKED | HV_SINT_POLLING)))
		return true;
	if (!(state.sint & HV_SINT_AS_INTERCEPT)) {
		hvp_stat_inc(vp, HVP_VpSyntheticInterrupts);
		vp->ops->sint_irq(vp, synic->vtl, FIELD_GET(HV_SINT_VECTOR, state.sint));
		return true;
	}
	status = raise_intercept(synic, sint);
	/* One message is enough until the guest has read the ring; it clears this then */
	masked = 1;
	if (!status)
		vp->ops->write_gpa(vp, at, &masked, sizeof(masked));
	return status != HV_STATUS_INSUFFICIENT_BUFFERS;
}

/* What cannot be written stays until the next ring, or until SIRBP is written */
static void deliver(struct hvp_synic *synic, u32 sint, u64 sirbp)
{
	struct hvp_ring *ring = &synic->ring[sint];
	u64 gpa = (sirbp & HV_SYNIC_PAGE) + sint * sizeof(struct hvp_event_ring);

	if (!(sirbp & HV_SYNIC_ENABLE) || !fill(synic, sint, gpa) || !ring->unsignaled)
		return;
	ring->unsignaled = !raise(synic, sint, gpa);
	if (ring->unsignaled)
		set_bit(sint, &synic->rings);
}

/**
 * hvp_rings_deliver - Write what has rung into the guest's rings
 * @vp: VP; this is its thread, or that of whoever acts on it
 */
void hvp_rings_deliver(struct hvp_vp *vp)
{
	struct hvp_synic *synic = hvp_first_synic(vp);
	unsigned long rings;
	u32 sint;

	if (!synic || !READ_ONCE(synic->rings))
		return;
	rings = xchg(&synic->rings, 0);
	for_each_set_bit(sint, &rings, HVP_SINTS)
		deliver(synic, sint, vp->ops->sirbp(vp));
}

/**
 * hvp_ring_emptied - HvCallNotifyPortRingEmpty
 * @vp: The caller
 * @sint: SINT, from a guest
 *
 * What has waited is in the ring on return: Linux looks at once, and without being signaled.
 *
 * Return: SUCCESS, INVALID_PARAMETER.
 */
enum hv_status hvp_ring_emptied(struct hvp_vp *vp, u32 sint)
{
	struct hvp_synic *synic = hvp_first_synic(vp);

	if (sint >= HVP_SINTS)
		return HV_STATUS_INVALID_PARAMETER;
	if (!synic)
		return HV_STATUS_SUCCESS;
	sint = array_index_nospec(sint, HVP_SINTS);
	synic->ring[sint].full = false;
	set_bit(sint, &synic->rings);
	hvp_rings_deliver(vp);
	return HV_STATUS_SUCCESS;
}
