// SPDX-License-Identifier: GPL-2.0
/*
 * A child's VP stops at an intercept, its parent is told, and lets it go on. The sheet's
 * section "Intercepts"; linux-clients, sections 6.6 and 6.7; TLFS 2.0, section 14.2.6.
 *
 * Each VP has one buffer, in its file, so that there is never more than one message of it. It is
 * queued to SINT0 of the VP of the parent that acts on the child, which needs no kick, or of the
 * one with the lowest index that can take it. If none can, or that VP goes before it has
 * taken it, the message is offered to all of them again and again, some milliseconds apart: that
 * is the interval at which TLFS 2.0, section 14.2.4, has messages tried again.
 *
 * A parent that lets a VP go on before it has received the message makes a mistake; the
 * message stays queued until the VP stops again (TLFS 2.0, section 14.2.6). The host gets no
 * message: it asks what a VP has stopped for.
 */
#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "child.h"
#include "events.h"
#include "hv_abi/registers.h"
#include "intercept.h"
#include "reg_checks.h"
#include "stats/stats.h"
#include "synic/synic.h"
#include "vp_file.h"

/* Intercept messages go to this SINT */
#define INTERCEPT_SINT	0

#define RETRY_JIFFIES	msecs_to_jiffies(20)

static void retry(struct work_struct *work);

/* Messages that no VP of the parent could take: struct hvp_pending_intercept.unsent */
static LIST_HEAD(unsent);
static DEFINE_SPINLOCK(unsent_lock);
static DECLARE_DELAYED_WORK(retry_work, retry);

/* In any context: under struct hvp_synic.lock */
static void try_again_later(struct hvp_pending_intercept *pending)
{
	scoped_guard(spinlock_irqsave, &unsent_lock)
		list_move_tail(&pending->unsent, &unsent);
	/* It waits for children on which somebody acts */
	queue_delayed_work(system_long_wq, &retry_work, RETRY_JIFFIES);
}

/* Is it to be tried again? If so the caller does */
static bool claim_unsent(struct hvp_pending_intercept *pending)
{
	bool was_there;

	scoped_guard(spinlock_irqsave, &unsent_lock) {
		was_there = !list_empty(&pending->unsent);
		list_del_init(&pending->unsent);
	}
	return was_there;
}

/* The message has been delivered, or the VP in whose queue it was is going */
static void message_done(struct hvp_message *buffer)
{
	if (buffer->at->dead)
		try_again_later(container_of(buffer, struct hvp_pending_intercept, buffer));
}

static void take_back(struct hvp_pending_intercept *pending)
{
	/* In this order: until it is in no queue it can come into the list */
	hvp_synic_unqueue(&pending->buffer);
	claim_unsent(pending);
}

static bool post(struct hvp_partition *pt, struct hvp_message *buffer)
{
	return hvp_synic_post_any(pt->parent, pt->actor, INTERCEPT_SINT, buffer);
}

static void send(struct hvp_vp *vp, struct hvp_pending_intercept *pending)
{
	/* The host comes and looks */
	if (!vp->partition->parent)
		return;
	if (!post(vp->partition, &pending->buffer))
		try_again_later(pending);
}

/*
 * Those that nobody waits for any more have missed their time. If the parent cannot take one it
 * cannot take the others: all its VPs are asked once, not once for each message.
 */
static void send_unsent(struct hvp_partition *pt)
{
	struct hvp_pending_intercept *pending;
	unsigned long index;
	bool taken = true;
	struct hvp_vp *vp;

	xa_for_each(&pt->vps, index, vp) {
		pending = hvp_file_pending(vp);
		if (!claim_unsent(pending) || !pending->message.type)
			continue;
		taken = taken && post(pt, &pending->buffer);
		if (!taken)
			try_again_later(pending);
	}
}

/* The child that is first in the list, with a reference */
static struct hvp_partition *first_child_in(struct list_head *list)
{
	struct hvp_pending_intercept *pending;
	struct hvp_partition *pt = NULL;

	scoped_guard(spinlock_irqsave, &unsent_lock) {
		pending = list_first_entry_or_null(list, struct hvp_pending_intercept, unsent);
		if (pending)
			pt = hvp_partition_get(pending->vp->partition);
	}
	return pt;
}

/* Those that fail again are in the list again, and it is tried once more, later */
static void retry(struct work_struct *work)
{
	struct hvp_partition *pt;
	LIST_HEAD(now);

	scoped_guard(spinlock_irqsave, &unsent_lock)
		list_splice_init(&unsent, &now);
	while ((pt = first_child_in(&now))) {
		/* Of one that has been deleted nothing is in the list any more */
		if (hvp_child_lock(pt, NULL)) {
			send_unsent(pt);
			hvp_child_unlock(pt);
		}
		cond_resched();
	}
}

/**
 * hvp_intercept_vp_init - Prepare what a new VP needs for its intercepts
 * @vp: VP of a child, with a file
 */
void hvp_intercept_vp_init(struct hvp_vp *vp)
{
	struct hvp_pending_intercept *pending = hvp_file_pending(vp);

	pending->vp = vp;
	pending->buffer.done = message_done;
	INIT_LIST_HEAD(&pending->unsent);
}

/**
 * hvp_intercept_vp_gone - Take back the message of a VP that is going
 * @vp: VP of a child, with a file; op_lock is held, or nobody has ever found it
 *
 * Its parent sees no message of it any more. A message that waits at this VP for a
 * child of its own moves to another one when hvp_synic_stop() drops it.
 */
void hvp_intercept_vp_gone(struct hvp_vp *vp)
{
	take_back(hvp_file_pending(vp));
}

/**
 * hvp_intercept_exit - The module goes: no message is tried again
 */
void hvp_intercept_exit(void)
{
	cancel_delayed_work_sync(&retry_work);
}

/* Put the message into the page from which the parent reads it; false if that cannot be */
static bool put_in_page(struct hvp_vp *vp, const struct hvp_hv_message *message)
{
	const struct hvp_state_page *page =
		hvp_file_state_page(vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE);
	struct hvp_vp *actor = vp->partition->actor;

	return page->mapped && actor &&
	       !actor->ops->write_gpa(actor, page->gfn << PAGE_SHIFT, message, sizeof(*message));
}

/* "Look into the page": all that the SynIC has to carry then */
static void compose_opaque(struct hvp_vp *vp, struct hvp_hv_message *message)
{
	struct hv_opaque_intercept *payload = (void *)message->payload;

	*message = (struct hvp_hv_message) {
		.type = HV_MESSAGE_OPAQUE_INTERCEPT,
		.size = sizeof(*payload),
		.sender = vp->partition->id,
	};
	payload->vp = vp->index;
}

static void count_message(struct hvp_vp *vp, u32 type)
{
	switch (type) {
	case HV_MESSAGE_X64_IO_PORT_INTERCEPT:
		hvp_stat_inc(vp, HVP_VpIoInterceptMessages);
		break;
	case HV_MESSAGE_GPA_INTERCEPT:
	case HV_MESSAGE_UNMAPPED_GPA:
		hvp_stat_inc(vp, HVP_VpMemoryInterceptMessages);
		break;
	default:
		hvp_stat_inc(vp, HVP_VpOtherMessages);
	}
}

/**
 * hvp_intercept_deliver - Stop a VP at an intercept and tell its parent
 * @vp: VP of a child, out of the guest; op_lock is held
 * @exit: What it exited for
 */
void hvp_intercept_deliver(struct hvp_vp *vp, const struct hvp_exit *exit)
{
	struct hvp_pending_intercept *pending = hvp_file_pending(vp);
	u64 *suspend = hvp_file_place(vp, HV_REG_INTERCEPT_SUSPEND);

	lockdep_assert_held(&vp->partition->op_lock);
	if (WARN_ON_ONCE(*suspend & HV_SUSPENDED))
		return;
	take_back(pending);
	*suspend |= HV_SUSPENDED;
	pending->length = exit->length;
	hvp_intercept_message(vp, exit, &pending->message);
	count_message(vp, pending->message.type);
	hvp_tell_intercept(vp, pending->message.type);
	hvp_register_page_fill(vp);
	if (put_in_page(vp, &pending->message))
		compose_opaque(vp, &pending->buffer.message);
	else
		pending->buffer.message = pending->message;
	send(vp, pending);
}

/**
 * hvp_intercept_pending - What a VP has stopped for
 * @vp: VP of a child; op_lock is held
 * @message: Result: the message, if there is one
 *
 * Return: whether it is stopped at an intercept.
 */
bool hvp_intercept_pending(struct hvp_vp *vp, struct hvp_hv_message *message)
{
	const struct hvp_pending_intercept *pending = hvp_file_pending(vp);

	lockdep_assert_held(&vp->partition->op_lock);
	if (!pending->message.type)
		return false;
	*message = pending->message;
	return true;
}

/**
 * hvp_intercept_resumed - HvRegisterInterceptSuspend has been written
 * @vp: VP of a child; op_lock is held
 */
void hvp_intercept_resumed(struct hvp_vp *vp)
{
	struct hvp_pending_intercept *pending = hvp_file_pending(vp);

	if (hvp_file_get64(vp, HV_REG_INTERCEPT_SUSPEND) & HV_SUSPENDED)
		return;
	pending->message.type = HV_MESSAGE_NONE;
	pending->length = 0;
}

/* The message that belongs to an intercept of each type */
static const u32 messages[HV_INTERCEPT_TYPES] = {
	[HV_INTERCEPT_IO_PORT] = HV_MESSAGE_X64_IO_PORT_INTERCEPT,
	[HV_INTERCEPT_MSR] = HV_MESSAGE_X64_MSR_INTERCEPT,
	[HV_INTERCEPT_CPUID] = HV_MESSAGE_X64_CPUID_INTERCEPT,
	[HV_INTERCEPT_EXCEPTION] = HV_MESSAGE_X64_EXCEPTION_INTERCEPT,
	[HV_INTERCEPT_MMIO] = HV_MESSAGE_GPA_INTERCEPT,
	[HV_INTERCEPT_GLOBAL_CPUID] = HV_MESSAGE_X64_CPUID_INTERCEPT,
	[HV_INTERCEPT_APIC_SMI] = HV_MESSAGE_X64_APIC_SMI,
	[HV_INTERCEPT_HYPERCALL] = HV_MESSAGE_HYPERCALL_INTERCEPT,
	[HV_INTERCEPT_APIC_INIT_SIPI] = HV_MESSAGE_X64_APIC_INIT_SIPI,
	[HV_INTERCEPT_MICROCODE_MSR] = HV_MESSAGE_X64_MSR_INTERCEPT,
	[HV_INTERCEPT_APIC_WRITE] = HV_MESSAGE_X64_APIC_WRITE,
	[HV_INTERCEPT_MSR_INDEX] = HV_MESSAGE_X64_MSR_INTERCEPT,
	[HV_INTERCEPT_UNKNOWN_CONNECTION] = HV_MESSAGE_HYPERCALL_INTERCEPT,
	[HV_INTERCEPT_APIC_EOI] = HV_MESSAGE_X64_APIC_EOI,
	[HV_INTERCEPT_UNKNOWN_DEVICE] = HV_MESSAGE_HYPERCALL_INTERCEPT,
	[HV_INTERCEPT_EXCEPTION_TRAP] = HV_MESSAGE_X64_EXCEPTION_TRAP,
	[HV_INTERCEPT_IO_PORT_RANGE] = HV_MESSAGE_X64_IO_PORT_INTERCEPT,
};

/* @type is one that exists */
static bool is_of_type(const struct hvp_hv_message *message, u32 type)
{
	if (type == HV_INTERCEPT_ANY)
		return true;
	if (type == HV_INTERCEPT_MMIO && message->type == HV_MESSAGE_UNMAPPED_GPA)
		return true;
	if (type == HV_INTERCEPT_APIC_INIT_SIPI && message->type == HV_MESSAGE_X64_SIPI_INTERCEPT)
		return true;
	return message->type == messages[array_index_nospec(type, HV_INTERCEPT_TYPES)];
}

static bool type_exists(u32 type)
{
	return type == HV_INTERCEPT_ANY ||
	       (type < HV_INTERCEPT_TYPES && messages[array_index_nospec(type, HV_INTERCEPT_TYPES)]);
}

/* The instruction counts as executed: it ends an interrupt shadow */
static void advance_rip(struct hvp_vp *vp, u8 length)
{
	const union hvp_register_value *cs = (void *)hvp_file_place(vp, HV_REG_CS);
	bool wide = (hvp_file_get64(vp, HV_REG_EFER) & HVP_EFER_LMA) &&
		    (cs->segment.attributes & HVP_SEGMENT_L);
	u64 *rip = hvp_file_place(vp, HV_REG_RIP);

	*rip = wide ? *rip + length : (u32)(*rip + length);
	*hvp_file_place(vp, HV_REG_INTERRUPT_STATE) &= ~HV_INTERRUPT_SHADOW;
}

/**
 * hvp_intercept_complete - HvCallCompleteIntercept
 * @vp: VP of a child; op_lock is held
 * @type: HV_INTERCEPT_*, from a guest
 * @flags: HV_COMPLETE_*, from a guest
 *
 * What the parent has left in the register page is taken over first.
 *
 * Return: SUCCESS; INVALID_PARAMETER for a type or a flag that does not exist, or if RIP is
 * to be advanced and the message has no instruction length; INVALID_VP_STATE if the VP
 * is not stopped at an intercept, or at one of another type.
 */
enum hv_status hvp_intercept_complete(struct hvp_vp *vp, u32 type, u32 flags)
{
	struct hvp_pending_intercept *pending = hvp_file_pending(vp);
	u64 *suspend = hvp_file_place(vp, HV_REG_INTERCEPT_SUSPEND);
	u8 length = pending->length;

	lockdep_assert_held(&vp->partition->op_lock);
	if ((flags & ~HV_COMPLETE_ADVANCE_RIP) || !type_exists(type))
		return HV_STATUS_INVALID_PARAMETER;
	if (!(*suspend & HV_SUSPENDED) || !is_of_type(&pending->message, type))
		return HV_STATUS_INVALID_VP_STATE;
	if ((flags & HV_COMPLETE_ADVANCE_RIP) && !length)
		return HV_STATUS_INVALID_PARAMETER;
	hvp_register_page_load(vp);
	if (flags & HV_COMPLETE_ADVANCE_RIP)
		advance_rip(vp, length);
	*suspend = 0;
	hvp_intercept_resumed(vp);
	hvp_register_page_fill(vp);
	return HV_STATUS_SUCCESS;
}
