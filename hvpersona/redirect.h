/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts of devices that go elsewhere than their message or redirection table entry says. */
#ifndef HVP_REDIRECT_H
#define HVP_REDIRECT_H

#include <linux/bitmap.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "hv_abi/hypercall.h"

struct hvp_interrupt_entry;
struct hvp_partition;

/**
 * struct hvp_redirects - The redirected interrupts of a machine
 * @targets: struct hvp_redirect by what the device sends; changed under the partition's lock,
 *	looked up under RCU
 * @count: Their number, at most HVP_MAX_DEVICE_INTERRUPTS
 * @pins: Vectors of IOAPIC pins that have been redirected. A bit once set stays until the machine
 *	is reset: that a VP tells the IOAPIC of one EOI too many does no harm. Read without the lock
 */
struct hvp_redirects {
	struct xarray targets;
	u32 count;
	DECLARE_BITMAP(pins, 256);
};

/**
 * struct hvp_sent_irq - An interrupt as a device sends it
 * @destination: APIC id, or logical destination
 * @vector: Vector
 * @mode: Delivery mode, 0 to 7
 * @logical: @destination is a logical one
 */
struct hvp_sent_irq {
	u32 destination;
	u8 vector;
	u8 mode;
	bool logical;
};

/**
 * struct hvp_redirect - Where it goes instead: fixed, edge or level as it was
 * @rcu: For freeing it
 * @apic_id: Of the first VP of @vps
 * @vector: Vector
 * @multicast: To all of @vps, not to the first
 * @bits: Length of @vps
 * @vps: By VP index
 */
struct hvp_redirect {
	struct rcu_head rcu;
	u32 apic_id;
	u8 vector;
	bool multicast;
	u32 bits;
	unsigned long vps[];
};

void hvp_redirects_init(struct hvp_redirects *redirects);
void hvp_redirects_clear(struct hvp_partition *pt);
void hvp_sent_irq_of(const struct hvp_interrupt_entry *entry, struct hvp_sent_irq *irq);
unsigned long hvp_redirect_key(const struct hvp_sent_irq *irq);
const struct hvp_redirect *hvp_redirect_find(struct hvp_partition *pt,
					     const struct hvp_sent_irq *irq);
enum hv_status hvp_redirect_set(struct hvp_partition *pt, const struct hvp_interrupt_entry *entry,
				const unsigned long *vps, u8 vector, bool multicast);
bool hvp_redirect_leaves(struct hvp_partition *pt, const struct hvp_interrupt_entry *entry,
			 const unsigned long *vps);
void hvp_redirect_remove(struct hvp_partition *pt, const struct hvp_interrupt_entry *entry);

#endif
