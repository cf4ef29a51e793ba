/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual interrupts that a parent asserts at the local APICs of a partition
 * (HvCallAssertVirtualInterrupt), and the state of its 8259-style external interrupt line.
 */
#ifndef HVP_INTERRUPT_H
#define HVP_INTERRUPT_H

#include "core.h"

/**
 * struct hvp_interrupt - A checked interrupt
 * @type: HV_INTERRUPT_*
 * @level: Level triggered: its EOI is reported to the parent. Of types that are fixed or lowest
 *	priority; the others have a trigger mode of their own
 * @logical: @destination is a logical one
 * @vtl: VTL to whose local APICs it goes; checked
 * @destination: APIC id or logical destination
 * @vector: Vector; of a SIPI the page to start at
 * @none: There is no vector: de-assert
 */
struct hvp_interrupt {
	u32 type;
	bool level;
	bool logical;
	u8 vtl;
	u32 destination;
	u8 vector;
	bool none;
};

/* interrupt.c: which VPs an interrupt goes to */
bool hvp_apic_matches(const struct hvp_apic *apic, u64 destination, bool logical);
enum hv_status hvp_interrupt_assert(struct hvp_partition *pt, const struct hvp_interrupt *irq);

/* child_apic.c: the local APICs of a child's VPs, in their files. Its op_lock is held */
enum hv_status hvp_child_accept_irq(struct hvp_vp *vp, const struct hvp_interrupt *irq);
int hvp_child_priority(struct hvp_vp *vp);
void hvp_child_apic_set_irr(struct hvp_vp *vp, u8 vector, bool level);
enum hv_status hvp_child_assert_extint(struct hvp_partition *pt, const struct hvp_interrupt *irq);
enum hv_status hvp_child_clear_extint(struct hvp_partition *pt);
int hvp_child_acknowledge_extint(struct hvp_partition *pt);

#endif
