/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The synthetic interrupt controller of a VP: messages that wait for their slot, event flags
 * that are not in the guest's page yet.
 *
 * Whoever sends - another VP, another machine's VP, the host - leaves what it sends in struct
 * hvp_synic and kicks the VP. The VP's own thread puts it into the guest's pages and
 * raises the interrupt (hvp_synic_deliver), so that these pages have one writer in the kernel,
 * are reached through the right address space, and are marked dirty. KVM's synthetic timers
 * and QEMU's devices post to the same slots from that same thread. For a child that does not
 * run, the VP of the parent that acts on it does so.
 *
 * SCONTROL, SIMP, SIEFP and the SINTs are the monitor's (KVM's MSRs, a child's file).
 */
#ifndef HVP_SYNIC_H
#define HVP_SYNIC_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "../hv_abi/hypercall.h"

#define HVP_SINTS		16
#define HVP_EVENT_FLAGS		2048	/* per SINT */

struct hvp_partition;
struct hvp_vp;
struct hvp_message;
struct hvp_hv_message;

/**
 * struct hvp_sint - What a sender has to know of a VP's SynIC and one of its SINTs
 * @control: SCONTROL
 * @simp: SIMP
 * @siefp: SIEFP
 * @sint: SINTx
 */
struct hvp_sint {
	u64 control;
	u64 simp;
	u64 siefp;
	u64 sint;
};

/**
 * struct hvp_ring - What is to be written into the event ring of a SINT
 * @rung: Doorbell ports in the order in which they were rung, struct hvp_rung.link; under
 *	struct hvp_synic.lock
 * @next: Entry that is written next. This and the rest are the VP's thread's
 * @full: The ring was full: nothing is written until the guest has said that it is empty
 * @unsignaled: Entries have been written for which the SINT has not been raised
 */
struct hvp_ring {
	struct list_head rung;
	u8 next;
	bool full;
	bool unsignaled;
};

/**
 * struct hvp_synic - The SynIC of one VTL of a VP
 * @vp: The VP
 * @vtl: The VTL
 * @lock: Protects @queues and @dead; taken in any context
 * @dead: The VP is going: nothing is queued any more
 * @queues: Of each SINT, messages in the order in which they were posted (struct
 *	hvp_message.link)
 * @delivering: First of a queue, while it is written to its slot; NULL again if it was taken
 *	out meanwhile. Under @lock
 * @waiting: Bit s is set if @queues[s] is not empty. Read without the lock
 * @signaled: Bit s is set if @flags of SINT s may have bits set. Atomic
 * @interrupts: Bit s is set if a flag of SINT s was set in the guest's page by another VP, and
 *	the interrupt is still to be raised. Atomic
 * @rings: Bit s is set if the event ring of SINT s has entries to write, see doorbell.c. Atomic
 * @ring: What they are, by SINT
 * @monitors: Not 0 if the partition has monitor pages to look at, see monitor.c. Atomic
 * @flags: HVP_EVENT_FLAGS bits of each SINT that are not in the guest's page yet. Atomic
 * @direct: Buffers for messages that come without a port, see HVP_DIRECT_BUFFERS
 */
struct hvp_synic {
	struct hvp_vp *vp;
	u8 vtl;
	bool dead;
	spinlock_t lock;
	struct list_head queues[HVP_SINTS];
	struct hvp_message *delivering;
	unsigned long waiting;
	unsigned long signaled;
	unsigned long interrupts;
	unsigned long rings;
	struct hvp_ring ring[HVP_SINTS];
	unsigned long monitors;
	unsigned long *flags;
	struct hvp_message *direct;
};

/* Messages without a port (HvCallPostMessageDirect and the hypervisor's own) per SynIC */
#define HVP_DIRECT_BUFFERS	16

int hvp_synic_create(struct hvp_vp *vp, u8 vtl);
void hvp_synic_reset(struct hvp_vp *vp);
void hvp_synic_stop(struct hvp_vp *vp);
void hvp_synic_free(struct hvp_vp *vp);

enum hv_status hvp_synic_post(struct hvp_synic *synic, u32 sint, struct hvp_message *message);
bool hvp_synic_post_any(struct hvp_partition *pt, struct hvp_vp *first, u32 sint,
			struct hvp_message *message);
void hvp_synic_unqueue(struct hvp_message *message);
enum hv_status hvp_synic_post_direct(struct hvp_synic *synic, u32 sint,
				     const struct hvp_hv_message *message);
enum hv_status hvp_synic_signal(struct hvp_synic *synic, u32 sint, u32 flag, bool *newly);
enum hv_status hvp_synic_signal_at_once(struct hvp_synic *synic, struct hvp_vp *by, u32 sint,
					u32 flag, bool *newly);
void hvp_synic_kick(struct hvp_synic *synic);
void hvp_synic_deliver(struct hvp_vp *vp);

/* Is there anything that hvp_synic_deliver() might do? Any context */
static inline bool hvp_synic_has_work(const struct hvp_synic *synic)
{
	return synic && (READ_ONCE(synic->waiting) | READ_ONCE(synic->signaled) |
			 READ_ONCE(synic->interrupts) | READ_ONCE(synic->rings) |
			 READ_ONCE(synic->monitors));
}

/* doorbell.c: the VP's SIRBP has been written, in its thread */
void hvp_rings_reset(struct hvp_vp *vp);

#endif
