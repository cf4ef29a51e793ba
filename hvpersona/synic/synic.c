// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic interrupt controller of a VP: queues of messages, event flags, and their way
 * into the guest's pages. See synic.h for who does what. TLFS, "Inter-Partition Communication".
 *
 * A message stays in its queue until it is in its slot, so that what cannot be delivered keeps
 * its place. Only one thread at a time delivers; it writes to the guest without the lock, and
 * looks afterwards whether the message was taken out of the queue meanwhile.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stddef.h>

#include "../events.h"
#include "../stats/stats.h"
#include "message.h"
#include "port.h"
#include "synic.h"

/* Attempts at a word that the guest may change all the time */
#define TRIES		64

#define FLAG_WORDS	(HVP_EVENT_FLAGS / BITS_PER_LONG)	/* of one SINT */
#define FLAGS_SIZE	(HVP_SINTS * HVP_EVENT_FLAGS / BITS_PER_BYTE)

/* The second word of a message: size, flags, reserved */
#define WORD_SIZE_FLAGS	offsetof(struct hvp_hv_message, size)
#define WORD_PENDING	(HV_MESSAGE_PENDING << BITS_PER_BYTE)
static_assert(offsetof(struct hvp_hv_message, flags) == WORD_SIZE_FLAGS + 1);

/* One object, as both are charged to a pool */
struct synic_memory {
	struct hvp_synic synic;
	struct hvp_message direct[HVP_DIRECT_BUFFERS];
};

/* A child's pool pays for what its VPs have */
static void *synic_zalloc(struct hvp_vp *vp, size_t size)
{
	if (vp->partition->child)
		return hvp_pool_zalloc(&vp->partition->pool, size);
	return kzalloc(size, GFP_KERNEL_ACCOUNT) ?: ERR_PTR(-ENOMEM);
}

static void synic_kfree(struct hvp_vp *vp, void *object, size_t size)
{
	if (vp->partition->child)
		hvp_pool_free(&vp->partition->pool, object, size);
	else
		kfree(object);
}

/**
 * hvp_synic_create - Give a VP the SynIC of a VTL
 * @vp: VP
 * @vtl: VTL, which has none and is not known to others yet
 *
 * Return: 0, -ENOMEM; of a child also -ENOSPC if its pool has too little.
 */
int hvp_synic_create(struct hvp_vp *vp, u8 vtl)
{
	struct synic_memory *memory;
	struct hvp_synic *synic;
	void *flags;
	u32 sint;

	memory = synic_zalloc(vp, sizeof(*memory));
	if (IS_ERR(memory))
		return PTR_ERR(memory);
	flags = synic_zalloc(vp, FLAGS_SIZE);
	if (IS_ERR(flags)) {
		synic_kfree(vp, memory, sizeof(*memory));
		return PTR_ERR(flags);
	}
	synic = &memory->synic;
	synic->vp = vp;
	synic->vtl = vtl;
	synic->flags = flags;
	synic->direct = memory->direct;
	spin_lock_init(&synic->lock);
	for (sint = 0; sint < HVP_SINTS; sint++)
		INIT_LIST_HEAD(&synic->queues[sint]);
	hvp_rings_create(synic);
	/* Senders look for it */
	smp_store_release(&vp->synic[vtl], synic);
	return 0;
}

/**
 * hvp_synic_free - Free the SynICs of a VP
 * @vp: VP that nobody can know any more: a grace period has passed since hvp_synic_stop(), or
 *	it was never published
 */
void hvp_synic_free(struct hvp_vp *vp)
{
	struct hvp_synic *synic;
	u32 vtl;

	for (vtl = 0; vtl < HVP_VTLS; vtl++) {
		synic = vp->synic[vtl];
		if (!synic)
			continue;
		vp->synic[vtl] = NULL;
		synic_kfree(vp, synic->flags, FLAGS_SIZE);
		synic_kfree(vp, container_of(synic, struct synic_memory, synic),
			    sizeof(struct synic_memory));
	}
}

static void enqueue(struct hvp_synic *synic, u32 sint, struct hvp_message *message)
{
	lockdep_assert_held(&synic->lock);
	list_add_tail(&message->link, &synic->queues[sint]);
	WRITE_ONCE(synic->waiting, synic->waiting | BIT(sint));
	message->at = synic;
	message->sint = sint;
	/* Who sees that it is queued sees where */
	smp_store_release(&message->queued, true);
}

static void dequeue(struct hvp_synic *synic, struct hvp_message *message)
{
	u32 sint = message->sint;

	lockdep_assert_held(&synic->lock);
	list_del(&message->link);
	if (list_empty(&synic->queues[sint]))
		WRITE_ONCE(synic->waiting, synic->waiting & ~BIT(sint));
	if (synic->delivering == message)
		synic->delivering = NULL;
}

/*
 * A message is delivered or dropped. From the moment it is no longer queued somebody may
 * post it elsewhere, under another lock; hvp_synic_unqueue() waits until @ending is 0 again.
 */
static void finish(struct hvp_synic *synic, struct hvp_message *message)
{
	dequeue(synic, message);
	atomic_inc(&message->ending);
	/* Who sees that it is not queued sees that it is ending */
	smp_store_release(&message->queued, false);
	if (message->done)
		message->done(message);
	atomic_dec_return_release(&message->ending);
}

/* Drop one message; false if there is none */
static bool drop_message(struct hvp_synic *synic)
{
	u32 sint;

	scoped_guard(spinlock_irqsave, &synic->lock) {
		if (!synic->waiting)
			return false;
		sint = __ffs(synic->waiting);
		finish(synic, list_first_entry(&synic->queues[sint], struct hvp_message, link));
	}
	return true;
}

static void drop_flags(struct hvp_synic *synic, u32 sint)
{
	u32 i;

	for (i = 0; i < FLAG_WORDS; i++)
		xchg(&synic->flags[sint * FLAG_WORDS + i], 0);
}

static void reset(struct hvp_synic *synic)
{
	u32 sint;

	hvp_rings_drop(synic);
	while (drop_message(synic))
		cond_resched();
	/* As in hvp_synic_deliver(): a flag that is set while they go leaves its bit here set */
	xchg(&synic->signaled, 0);
	xchg(&synic->interrupts, 0);
	for (sint = 0; sint < HVP_SINTS; sint++)
		drop_flags(synic, sint);
}

/**
 * hvp_synic_reset - Drop all that is on its way to a VP
 * @vp: VP that was reset, or is going; any thread
 *
 * TLFS, "Message Buffer Queues": all queues are empty after a reset.
 */
void hvp_synic_reset(struct hvp_vp *vp)
{
	u32 vtl;

	for (vtl = 0; vtl < HVP_VTLS; vtl++)
		if (vp->synic[vtl])
			reset(vp->synic[vtl]);
}

/**
 * hvp_synic_stop - Let nothing be sent to a VP any more
 * @vp: VP that is going; it delivers no more
 *
 * Messages that wait are dropped.
 */
void hvp_synic_stop(struct hvp_vp *vp)
{
	struct hvp_synic *synic;
	u32 vtl;

	for (vtl = 0; vtl < HVP_VTLS; vtl++) {
		synic = vp->synic[vtl];
		if (!synic)
			continue;
		scoped_guard(spinlock_irqsave, &synic->lock)
			WRITE_ONCE(synic->dead, true);
		reset(synic);
	}
}

/* SCONTROL and the registers of the pages have their enable bit at the same place */
static bool enabled(u64 control, u64 page)
{
	return control & page & HV_SYNIC_ENABLE;
}

/* Polling unmasks, but for the interrupt */
static bool masked(u64 sint)
{
	return (sint & HV_SINT_MASKED) && !(sint & HV_SINT_POLLING);
}

/* May a message be queued? *@sint is safe to use as an index then */
static enum hv_status check_post(struct hvp_synic *synic, u32 *sint)
{
	struct hvp_sint state;

	if (*sint >= HVP_SINTS)
		return HV_STATUS_INVALID_PARAMETER;
	*sint = array_index_nospec(*sint, HVP_SINTS);
	if (!synic || !synic->vp->ops->sint(synic->vp, synic->vtl, *sint, &state) ||
	    !enabled(state.control, state.simp))
		return HV_STATUS_INVALID_SYNIC_STATE;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_synic_post - Queue a message
 * @synic: SynIC of any VP, alive under RCU or by the caller's
 * @sint: SINT
 * @message: Message that is in no queue; its owner posts it only once at a time
 *
 * In any context. Its ->done is called sometime, unless it is taken out by
 * hvp_synic_unqueue().
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such SINT; INVALID_SYNIC_STATE if the SynIC
 * or its SIM page is disabled; INVALID_VP_INDEX if the VP is going.
 */
enum hv_status hvp_synic_post(struct hvp_synic *synic, u32 sint, struct hvp_message *message)
{
	enum hv_status status;

	status = check_post(synic, &sint);
	if (status)
		return status;
	scoped_guard(spinlock_irqsave, &synic->lock) {
		if (synic->dead)
			return HV_STATUS_INVALID_VP_INDEX;
		enqueue(synic, sint, message);
	}
	hvp_synic_kick(synic);
	return HV_STATUS_SUCCESS;
}

/* Where nobody looks for a message it would be lost */
static bool listens(struct hvp_vp *vp, u32 sint)
{
	struct hvp_sint state;

	return vp->ops->sint(vp, vp->partition->vtls.first, sint, &state) &&
	       (!(state.sint & HV_SINT_MASKED) || (state.sint & HV_SINT_POLLING));
}

static bool post_to(struct hvp_vp *vp, u32 sint, struct hvp_message *message)
{
	return listens(vp, sint) && !hvp_synic_post(hvp_first_synic(vp), sint, message);
}

/**
 * hvp_synic_post_any - Queue a message to whichever VP looks for messages at a SINT
 * @pt: Partition that gets it
 * @first: A VP of it, to be preferred because it is here and needs no kick; or NULL
 * @sint: SINT, below HVP_SINTS
 * @message: As for hvp_synic_post()
 *
 * In any context. Otherwise it is the VP with the lowest index.
 *
 * Return: whether it was queued.
 */
bool hvp_synic_post_any(struct hvp_partition *pt, struct hvp_vp *first, u32 sint,
			struct hvp_message *message)
{
	struct hvp_vp *vp;
	unsigned long index;
	bool taken;

	rcu_read_lock();
	taken = first && post_to(first, sint, message);
	if (!taken) {
		xa_for_each(&pt->vps, index, vp) {
			taken = post_to(vp, sint, message);
			if (taken)
				break;
		}
	}
	rcu_read_unlock();
	return taken;
}

/**
 * hvp_synic_unqueue - Take a message out of whatever queue it is in
 * @message: Message that nobody posts any more
 *
 * Its ->done is not called, and no longer runs on return: the owner may free it. Not from
 * ->done.
 */
void hvp_synic_unqueue(struct hvp_message *message)
{
	struct hvp_synic *synic;

	/* As long as it is queued the SynIC has not been stopped, and is freed by RCU after that */
	rcu_read_lock();
	/* Pairs with enqueue() and finish() */
	if (smp_load_acquire(&message->queued)) {
		synic = message->at;
		scoped_guard(spinlock_irqsave, &synic->lock) {
			if (message->queued)
				dequeue(synic, message);
			message->queued = false;
		}
	}
	while (atomic_read_acquire(&message->ending))
		cpu_relax();
	rcu_read_unlock();
}

static struct hvp_message *free_direct(struct hvp_synic *synic)
{
	u32 i;

	for (i = 0; i < HVP_DIRECT_BUFFERS; i++)
		if (!synic->direct[i].queued)
			return &synic->direct[i];
	return NULL;
}

/**
 * hvp_synic_post_direct - Queue a message that comes from no port
 * @synic: As for hvp_synic_post()
 * @sint: SINT
 * @message: Message, copied. Its size and type are checked
 *
 * Return: as hvp_synic_post(), and INSUFFICIENT_BUFFERS if HVP_DIRECT_BUFFERS of them wait.
 */
enum hv_status hvp_synic_post_direct(struct hvp_synic *synic, u32 sint,
				     const struct hvp_hv_message *message)
{
	struct hvp_message *buffer;
	enum hv_status status;

	status = check_post(synic, &sint);
	if (status)
		return status;
	scoped_guard(spinlock_irqsave, &synic->lock) {
		if (synic->dead)
			return HV_STATUS_INVALID_VP_INDEX;
		buffer = free_direct(synic);
		if (!buffer)
			return HV_STATUS_INSUFFICIENT_BUFFERS;
		buffer->message = *message;
		enqueue(synic, sint, buffer);
	}
	hvp_synic_kick(synic);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_synic_kick - Have the VP deliver what waits
 * @synic: As for hvp_synic_post()
 *
 * In any context. A VP that has no thread waits for whoever acts on it next.
 */
void hvp_synic_kick(struct hvp_synic *synic)
{
	struct hvp_vp *vp = synic->vp;

	if (vp->ops->synic_kick)
		vp->ops->synic_kick(vp, synic->vtl);
}

static void interrupt(struct hvp_synic *synic, u64 sint)
{
	struct hvp_vp *vp = synic->vp;

	if (sint & (HV_SINT_MASKED | HV_SINT_POLLING))
		return;
	hvp_stat_inc(vp, HVP_VpSyntheticInterrupts);
	vp->ops->sint_irq(vp, synic->vtl, sint & HV_SINT_VECTOR);
}

/* Tell the guest that another message waits for the slot at @slot. 0, -EFAULT, -EAGAIN */
static int mark_pending(struct hvp_vp *vp, u64 slot)
{
	u64 at = slot + WORD_SIZE_FLAGS;
	u32 word, tries = TRIES;
	int err = -EAGAIN;

	while (err == -EAGAIN && tries--) {
		err = vp->ops->read_gpa(vp, at, &word, sizeof(word));
		if (err || (word & WORD_PENDING))
			return err;
		err = vp->ops->cmpxchg_gpa(vp, at, word, word | WORD_PENDING, sizeof(word));
	}
	return err;
}

/*
 * Is the slot free? 0; -EBUSY if not, then the guest will write EOM. It frees the slot before it
 * looks whether it has to, so that if it could not see that, the slot is free at the second look.
 */
static int find_free_slot(struct hvp_vp *vp, u64 slot)
{
	u32 type;
	int err;

	err = vp->ops->read_gpa(vp, slot, &type, sizeof(type));
	if (err || !type)
		return err;
	err = mark_pending(vp, slot);
	if (err)
		return err;
	/* The guest has one between freeing the slot and looking at the flag */
	smp_mb();
	err = vp->ops->read_gpa(vp, slot, &type, sizeof(type));
	return !err && type ? -EBUSY : err;
}

/*
 * Write to a free slot. The compare-and-exchange fails if a guest has put something there
 * itself.
 */
static int write_slot(struct hvp_vp *vp, u64 slot, const struct hvp_hv_message *message)
{
	u32 size = min_t(u32, message->size, HV_MESSAGE_PAYLOAD);
	int err;

	size += offsetof(struct hvp_hv_message, payload) - WORD_SIZE_FLAGS;
	err = vp->ops->write_gpa(vp, slot + WORD_SIZE_FLAGS, &message->size, size);
	if (err)
		return err;
	/* The type comes last: then the message is the guest's */
	smp_wmb();
	return vp->ops->cmpxchg_gpa(vp, slot, 0, message->type, sizeof(message->type));
}

/* Begin to deliver the first message of a queue, of which @copy is what the guest gets */
static bool begin(struct hvp_synic *synic, u32 sint, struct hvp_hv_message *copy)
{
	struct list_head *queue = &synic->queues[sint];

	scoped_guard(spinlock_irqsave, &synic->lock) {
		synic->delivering = list_first_entry_or_null(queue, struct hvp_message, link);
		if (!synic->delivering)
			return false;
		*copy = synic->delivering->message;
		copy->flags = list_is_singular(queue) ? 0 : HV_MESSAGE_PENDING;
	}
	return true;
}

/* It is in the slot, or @err. If it was taken out of the queue meanwhile that is not undone */
static void end(struct hvp_synic *synic, int err)
{
	scoped_guard(spinlock_irqsave, &synic->lock) {
		if (!err && synic->delivering)
			finish(synic, synic->delivering);
		synic->delivering = NULL;
	}
}

/* 0 if a message is in the slot now; -ENOENT if there was none */
static int fill_slot(struct hvp_synic *synic, u32 sint, u64 slot)
{
	struct hvp_hv_message message;
	int err;

	err = find_free_slot(synic->vp, slot);
	if (err)
		return err;
	if (!begin(synic, sint, &message))
		return -ENOENT;
	err = write_slot(synic->vp, slot, &message);
	end(synic, err);
	if (!err)
		hvp_tell_delivered(synic->vp, sint, message.type, message.sender);
	return err;
}

static void deliver_message(struct hvp_synic *synic, u32 sint)
{
	struct hvp_vp *vp = synic->vp;
	struct hvp_sint state;
	int err;

	if (!vp->ops->sint(vp, synic->vtl, sint, &state) || !enabled(state.control, state.simp))
		return;
	err = fill_slot(synic, sint, (state.simp & HV_SYNIC_PAGE) + sint * HV_MESSAGE_SIZE);
	if (!err)
		interrupt(synic, state.sint);
	/* The guest changes the slot all the time: another attempt, when others had their turn */
	else if (err == -EAGAIN)
		hvp_synic_kick(synic);
}

/* Set @bits of the guest's word; *@newly if any of them was clear */
static int set_flags(struct hvp_vp *vp, u64 at, u64 bits, bool *newly)
{
	u32 tries = TRIES;
	int err = -EAGAIN;
	u64 old;

	while (err == -EAGAIN && tries--) {
		err = vp->ops->read_gpa(vp, at, &old, sizeof(old));
		if (err || (old | bits) == old)
			return err;
		err = vp->ops->cmpxchg_gpa(vp, at, old, old | bits, sizeof(old));
	}
	*newly |= !err;
	return err;
}

/* A SINT's part of the SIEF page */
static u64 flags_at(const struct hvp_sint *state, u32 sint)
{
	return (state->siefp & HV_SYNIC_PAGE) + sint * (HVP_EVENT_FLAGS / BITS_PER_BYTE);
}

/* Flags that could not be set wait on */
static void keep_flags(struct hvp_synic *synic, u32 sint, unsigned long *word, unsigned long bits)
{
	atomic_long_or(bits, (atomic_long_t *)word);
	/* Who clears the bit sees the flags */
	smp_mb__after_atomic();
	set_bit(sint, &synic->signaled);
}

/* All flags of a SINT that wait, to its part of the SIEF page at @at; 0, -EFAULT, -EAGAIN */
static int write_flags(struct hvp_synic *synic, u32 sint, u64 at, bool *newly)
{
	unsigned long bits, *word = &synic->flags[sint * FLAG_WORDS];
	int err, result = 0;
	u32 i;

	for (i = 0; i < FLAG_WORDS; i++, word++, at += sizeof(u64)) {
		bits = READ_ONCE(*word) ? xchg(word, 0) : 0;
		if (!bits)
			continue;
		err = set_flags(synic->vp, at, bits, newly);
		if (err) {
			keep_flags(synic, sint, word, bits);
			result = err;
		}
	}
	return result;
}

/* An interrupt only if a flag was clear. Flags for a page that is disabled by now are lost */
static void deliver_flags(struct hvp_synic *synic, u32 sint)
{
	struct hvp_vp *vp = synic->vp;
	struct hvp_sint state;
	bool newly = false;

	if (!vp->ops->sint(vp, synic->vtl, sint, &state) ||
	    !enabled(state.control, state.siefp)) {
		drop_flags(synic, sint);
		return;
	}
	if (write_flags(synic, sint, flags_at(&state, sint), &newly) == -EAGAIN)
		hvp_synic_kick(synic);
	if (newly)
		interrupt(synic, state.sint);
}

static void deliver_interrupt(struct hvp_synic *synic, u32 sint)
{
	struct hvp_vp *vp = synic->vp;
	struct hvp_sint state;

	if (vp->ops->sint(vp, synic->vtl, sint, &state) && enabled(state.control, state.siefp))
		interrupt(synic, state.sint);
}

/* May this flag be set? *@sint and *@flag are safe to use as indexes then */
static enum hv_status check_signal(struct hvp_synic *synic, u32 *sint, u32 *flag,
				   struct hvp_sint *state)
{
	if (*sint >= HVP_SINTS || *flag >= HVP_EVENT_FLAGS)
		return HV_STATUS_INVALID_PARAMETER;
	*sint = array_index_nospec(*sint, HVP_SINTS);
	*flag = array_index_nospec(*flag, HVP_EVENT_FLAGS);
	if (!synic || !synic->vp->ops->sint(synic->vp, synic->vtl, *sint, state) ||
	    !enabled(state->control, state->siefp) || masked(state->sint))
		return HV_STATUS_INVALID_SYNIC_STATE;
	return READ_ONCE(synic->dead) ? HV_STATUS_INVALID_VP_INDEX : HV_STATUS_SUCCESS;
}

static bool queue_flag(struct hvp_synic *synic, u32 sint, u32 flag)
{
	if (test_and_set_bit(sint * HVP_EVENT_FLAGS + flag, synic->flags))
		return false;
	set_bit(sint, &synic->signaled);
	hvp_synic_kick(synic);
	return true;
}

/**
 * hvp_synic_signal - Set an event flag
 * @synic: As for hvp_synic_post()
 * @sint: SINT
 * @flag: Which one
 * @newly: Result: the flag did not wait to be set already. Whether it is set in the guest's
 *	page shows only when it is delivered
 *
 * In any context. It needs no memory.
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such SINT or flag; INVALID_SYNIC_STATE if
 * the SynIC or its SIEF page is disabled or the SINT masked; INVALID_VP_INDEX if the VP is
 * going.
 */
enum hv_status hvp_synic_signal(struct hvp_synic *synic, u32 sint, u32 flag, bool *newly)
{
	enum hv_status status;
	struct hvp_sint state;

	status = check_signal(synic, &sint, &flag, &state);
	if (!status)
		*newly = queue_flag(synic, sint, flag);
	return status;
}

/**
 * hvp_synic_signal_at_once - Set an event flag in the guest's page
 * @synic: As for hvp_synic_post()
 * @by: VP whose operations on memory reach that page from here: the calling one of the same
 *	partition; of a child that its parent acts on, the child's VP
 * @sint: SINT
 * @flag: Which one
 * @newly: Result: the flag was clear, and did not wait to be set
 *
 * May sleep. The interrupt is raised by hvp_synic_deliver(). If the page cannot be reached the
 * flag waits, as with hvp_synic_signal().
 *
 * Return: as hvp_synic_signal().
 */
enum hv_status hvp_synic_signal_at_once(struct hvp_synic *synic, struct hvp_vp *by, u32 sint,
					u32 flag, bool *newly)
{
	enum hv_status status;
	struct hvp_sint state;
	u64 word;

	*newly = false;
	status = check_signal(synic, &sint, &flag, &state);
	if (status || test_bit(sint * HVP_EVENT_FLAGS + flag, synic->flags))
		return status;
	word = flags_at(&state, sint) + flag / BITS_PER_LONG * sizeof(u64);
	if (set_flags(by, word, BIT_ULL(flag % BITS_PER_LONG), newly)) {
		*newly = queue_flag(synic, sint, flag);
	} else if (*newly) {
		set_bit(sint, &synic->interrupts);
		hvp_synic_kick(synic);
	}
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_synic_deliver - Put what waits for a VP's active VTL into its pages
 * @vp: The VP, in its own thread; of a child in the thread of the actor
 *
 * May sleep. What cannot be delivered waits: the guest writes EOM when a slot is free, or
 * enables a page.
 */
void hvp_synic_deliver(struct hvp_vp *vp)
{
	struct hvp_synic *synic = vp->synic[vp->vtl];
	unsigned long waiting, signaled, interrupts;
	u32 sint;

	if (!hvp_synic_has_work(synic))
		return;
	/* These may signal and post to the VP itself */
	hvp_monitors_deliver(vp);
	hvp_rings_deliver(vp);
	waiting = READ_ONCE(synic->waiting);
	for_each_set_bit(sint, &waiting, HVP_SINTS)
		deliver_message(synic, sint);
	signaled = xchg(&synic->signaled, 0);
	for_each_set_bit(sint, &signaled, HVP_SINTS)
		deliver_flags(synic, sint);
	interrupts = xchg(&synic->interrupts, 0);
	for_each_set_bit(sint, &interrupts, HVP_SINTS)
		deliver_interrupt(synic, sint);
}
