// SPDX-License-Identifier: GPL-2.0
/*
 * Which VPs of a partition an interrupt goes to. What their local APICs make of it is the
 * backend's: child_apic.c, kvm/interrupt.c.
 */
#include <linux/limits.h>

#include "hv_abi/interrupt.h"
#include "interrupt.h"

/**
 * hvp_apic_matches - Does a message destination address this APIC?
 * @apic: The APIC
 * @destination: APIC id or logical destination
 * @logical: Which of them it is
 *
 * Intel SDM volume 3, "Determining IPI Destination": physical and logical mode, flat and
 * cluster model, x2APIC clusters, broadcast.
 */
bool hvp_apic_matches(const struct hvp_apic *apic, u64 destination, bool logical)
{
	if (!apic->enabled)
		return false;
	if (apic->x2apic) {
		if (destination == U32_MAX)
			return true;
		if (!logical)
			return apic->id == destination;
		return destination >> 16 == apic->ldr >> 16 &&
		       (destination & apic->ldr & U16_MAX);
	}
	if (destination == U8_MAX)
		return true;
	if (!logical)
		return apic->id == destination;
	if (destination > U8_MAX)
		return false;
	if (apic->flat)
		return apic->ldr >> 24 & destination;
	return destination >> 4 == apic->ldr >> 28 && (apic->ldr >> 24 & destination & 0xf);
}

static bool is_addressed(struct hvp_vp *vp, const struct hvp_interrupt *irq)
{
	struct hvp_apic apic;

	vp->ops->apic(vp, irq->vtl, &apic);
	return hvp_apic_matches(&apic, irq->destination, irq->logical);
}

static enum hv_status send_to_all(struct hvp_partition *pt, const struct hvp_interrupt *irq)
{
	enum hv_status status = HV_STATUS_INVALID_VP_INDEX;
	unsigned long index;
	struct hvp_vp *vp;

	xa_for_each(&pt->vps, index, vp) {
		if (!is_addressed(vp, irq))
			continue;
		/* What is not served is not served at any of them */
		status = vp->ops->accept_irq(vp, irq);
		if (status)
			break;
	}
	return status;
}

/* Of several with the same priority it is the one with the lowest index */
static enum hv_status send_to_lowest(struct hvp_partition *pt, const struct hvp_interrupt *irq)
{
	struct hvp_vp *vp, *addressed = NULL, *lowest = NULL;
	int priority, least = INT_MAX;
	unsigned long index;

	xa_for_each(&pt->vps, index, vp) {
		if (!is_addressed(vp, irq))
			continue;
		addressed = addressed ?: vp;
		priority = vp->ops->priority(vp, irq->vtl);
		if (priority < 0 || priority >= least)
			continue;
		least = priority;
		lowest = vp;
	}
	if (!addressed)
		return HV_STATUS_INVALID_VP_INDEX;
	/* If none takes it, the first loses it */
	lowest = lowest ?: addressed;
	return lowest->ops->accept_irq(lowest, irq);
}

/**
 * hvp_interrupt_assert - HvCallAssertVirtualInterrupt
 * @pt: Partition: a child, its op_lock held, or the caller's own machine
 * @irq: Interrupt
 *
 * To take back a lowest priority interrupt all VPs are asked: one of them has it.
 *
 * Return: SUCCESS; INVALID_VP_INDEX if it is addressed to nobody; ACKNOWLEDGED if an external
 * interrupt was and has not been cleared; INVALID_PARAMETER if processors of this partition
 * have no such interrupts; OPERATION_DENIED if a machine's monitor leaves no way to serve it.
 */
enum hv_status hvp_interrupt_assert(struct hvp_partition *pt, const struct hvp_interrupt *irq)
{
	if (irq->type == HV_INTERRUPT_EXTINT)
		return pt->child ? hvp_child_assert_extint(pt, irq) : HV_STATUS_OPERATION_DENIED;
	if (irq->type == HV_INTERRUPT_LOWEST_PRIORITY && !irq->none)
		return send_to_lowest(pt, irq);
	return send_to_all(pt, irq);
}
