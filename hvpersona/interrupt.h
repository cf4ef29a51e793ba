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
 * @level: Level triggered: its EOI is reported to the parent
 * @logical: @destination is a logical one
 * @destination: APIC id or logical destination
 * @vector: Vector; of a SIPI the page to start at
 * @none: There is no vector: de-assert
 */
struct hvp_interrupt {
	u32 type;
	bool level;
	bool logical;
	u32 destination;
	u8 vector;
	bool none;
};

/*
 * child_apic.c: the local APICs of a child's VPs, in their files. @pt's op_lock is held.
 * hvp_child_assert() returns SUCCESS, INVALID_VP_INDEX, ACKNOWLEDGED, INVALID_PARAMETER
 */
enum hv_status hvp_child_assert(struct hvp_partition *pt, const struct hvp_interrupt *irq);
enum hv_status hvp_child_clear_extint(struct hvp_partition *pt);
/* The processor takes the external interrupt that is asserted; -1 if there is none */
int hvp_child_acknowledge_extint(struct hvp_partition *pt);
void hvp_child_apic_set_irr(struct hvp_vp *vp, u8 vector, bool level);

#endif
