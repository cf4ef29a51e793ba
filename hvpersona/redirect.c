// SPDX-License-Identifier: GPL-2.0
/*
 * Device interrupts that have been retargeted. The device goes on to send the message that it was
 * programmed with, the IOAPIC what its entry says: there is no remapping hardware in between that
 * could be told otherwise. So the monitor asks here for each interrupt that a device sends.
 *
 * What is asked for is the message as a local APIC understands it, not the bits of the entry: two
 * entries that mean the same are one interrupt, as they are to the monitor.
 */
#include <linux/bitfield.h>
#include <linux/slab.h>

#include "core.h"
#include "hv_abi/device.h"

/**
 * hvp_redirects_init - No interrupt of a new machine is redirected
 * @redirects: Its redirects
 */
void hvp_redirects_init(struct hvp_redirects *redirects)
{
	xa_init(&redirects->targets);
}

/**
 * hvp_sent_irq_of - What does a device send that is programmed with this entry?
 * @entry: Entry, of a known source
 * @irq: Filled
 */
void hvp_sent_irq_of(const struct hvp_interrupt_entry *entry, struct hvp_sent_irq *irq)
{
	u64 data = entry->data;

	if (entry->source == HVP_INTERRUPT_IOAPIC)
		*irq = (struct hvp_sent_irq) {
			.destination = FIELD_GET(HVP_RTE_DESTINATION, data),
			.vector = FIELD_GET(HVP_RTE_VECTOR, data),
			.mode = FIELD_GET(HVP_RTE_MODE, data),
			.logical = data & HVP_RTE_LOGICAL,
		};
	else
		*irq = (struct hvp_sent_irq) {
			.destination = FIELD_GET(HVP_MSI_DESTINATION, data),
			.vector = FIELD_GET(HVP_MSI_DATA_VECTOR, data),
			.mode = FIELD_GET(HVP_MSI_DATA_MODE, data),
			.logical = data & HVP_MSI_LOGICAL,
		};
}

/**
 * hvp_redirect_key - Two interrupts are told apart by this
 * @irq: Interrupt
 *
 * Vectors of a destination lie side by side in the array.
 */
unsigned long hvp_redirect_key(const struct hvp_sent_irq *irq)
{
	return irq->vector | irq->mode << 8 | irq->logical << 11 |
	       (unsigned long)irq->destination << 12;
}

static unsigned long key_of(const struct hvp_interrupt_entry *entry)
{
	struct hvp_sent_irq irq;

	hvp_sent_irq_of(entry, &irq);
	return hvp_redirect_key(&irq);
}

/**
 * hvp_redirect_find - Does an interrupt go elsewhere?
 * @pt: Machine
 * @irq: What the device sends
 *
 * Any context; the caller is in an RCU read section.
 *
 * Return: where, or NULL.
 */
const struct hvp_redirect *hvp_redirect_find(struct hvp_partition *pt,
					     const struct hvp_sent_irq *irq)
{
	return xa_load(&pt->redirects.targets, hvp_redirect_key(irq));
}

static enum hv_status make(struct hvp_partition *pt, const unsigned long *vps, u8 vector,
			   bool multicast, struct hvp_redirect **redirect)
{
	u32 bits = find_last_bit(vps, HVP_MAX_VPS) + 1;
	struct hvp_redirect *made;
	struct hvp_apic apic;
	struct hvp_vp *vp;

	vp = hvp_vp_find(pt, find_first_bit(vps, HVP_MAX_VPS));
	if (!vp)
		return HV_STATUS_INVALID_PARAMETER;
	vp->ops->apic(vp, vp->partition->vtls.first, &apic);
	if (apic.id == U8_MAX)	/* that is all of them */
		return HV_STATUS_NO_RESOURCES;
	made = kzalloc(struct_size(made, vps, BITS_TO_LONGS(bits)), GFP_KERNEL_ACCOUNT);
	if (!made)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	made->apic_id = apic.id;
	made->vector = vector;
	made->multicast = multicast && bitmap_weight(vps, bits) > 1;
	made->bits = bits;
	bitmap_copy(made->vps, vps, bits);
	*redirect = made;
	return HV_STATUS_SUCCESS;
}

/* Is that where it goes anyway? */
static bool changes_nothing(const struct hvp_redirect *redirect, unsigned long key)
{
	const struct hvp_sent_irq same = {
		.destination = redirect->apic_id, .vector = redirect->vector,
	};

	return !redirect->multicast && hvp_redirect_key(&same) == key;
}

static void forget(struct hvp_redirects *redirects, unsigned long key)
{
	struct hvp_redirect *old = xa_erase(&redirects->targets, key);

	if (old) {
		redirects->count--;
		kfree_rcu(old, rcu);
	}
}

static enum hv_status store(struct hvp_redirects *redirects, unsigned long key,
			    struct hvp_redirect *redirect)
{
	struct hvp_redirect *old = xa_load(&redirects->targets, key);

	if (!old && redirects->count == HVP_MAX_DEVICE_INTERRUPTS)
		return HV_STATUS_NO_RESOURCES;
	if (xa_err(xa_store(&redirects->targets, key, redirect, GFP_KERNEL_ACCOUNT)))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	if (old)
		kfree_rcu(old, rcu);
	else
		redirects->count++;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_redirect_set - Send a device's interrupt elsewhere from now on
 * @pt: Machine, whose lock is held
 * @entry: What the device is programmed with; of an IOAPIC's @vector is that of the entry
 * @vps: Bitmap of HVP_MAX_VPS: VPs that exist, at least one
 * @vector: Vector
 * @multicast: To all of them, else to the first
 *
 * Each interrupt goes either where it went before or where it goes now. One that has been sent
 * stays where it is pending. An IOAPIC waits for the EOI of a level-triggered interrupt, which it
 * is told of by VPs that know that they have to: so they are told first.
 *
 * Return: SUCCESS; NO_RESOURCES if the VP cannot be addressed, or at the limit of
 * HVP_MAX_DEVICE_INTERRUPTS; INSUFFICIENT_MEMORY; OPERATION_FAILED if the monitor cannot do it.
 */
enum hv_status hvp_redirect_set(struct hvp_partition *pt, const struct hvp_interrupt_entry *entry,
				const unsigned long *vps, u8 vector, bool multicast)
{
	bool pin = entry->source == HVP_INTERRUPT_IOAPIC;
	unsigned long key = key_of(entry);
	struct hvp_redirect *redirect;
	enum hv_status status;

	lockdep_assert_held(&pt->lock);
	status = make(pt, vps, vector, multicast, &redirect);
	if (status)
		return status;
	if (changes_nothing(redirect, key)) {
		forget(&pt->redirects, key);
		kfree(redirect);
		return HV_STATUS_SUCCESS;
	}
	if (pin)
		set_bit(vector, pt->redirects.pins);
	status = pt->ops->redirect(pt, pin) ? HV_STATUS_OPERATION_FAILED :
					      store(&pt->redirects, key, redirect);
	if (status)
		kfree(redirect);
	return status;
}

/**
 * hvp_redirect_leaves - Does a redirected interrupt go to a VP that is not among these?
 * @pt: Machine, whose lock is held
 * @entry: What the device is programmed with
 * @vps: Bitmap of HVP_MAX_VPS
 */
bool hvp_redirect_leaves(struct hvp_partition *pt, const struct hvp_interrupt_entry *entry,
			 const unsigned long *vps)
{
	const struct hvp_redirect *redirect = xa_load(&pt->redirects.targets, key_of(entry));

	lockdep_assert_held(&pt->lock);
	return redirect && !bitmap_subset(redirect->vps, vps, redirect->bits);
}

/**
 * hvp_redirect_remove - Let an interrupt go where the device says
 * @pt: Machine, whose lock is held
 * @entry: What the device is programmed with
 */
void hvp_redirect_remove(struct hvp_partition *pt, const struct hvp_interrupt_entry *entry)
{
	lockdep_assert_held(&pt->lock);
	forget(&pt->redirects, key_of(entry));
}

/**
 * hvp_redirects_clear - The machine was reset or is going
 * @pt: Machine; nobody changes its redirects, but devices may still send
 */
void hvp_redirects_clear(struct hvp_partition *pt)
{
	struct hvp_redirects *redirects = &pt->redirects;
	struct hvp_redirect *redirect;
	unsigned long key;

	xa_for_each(&redirects->targets, key, redirect)
		forget(redirects, key);
	bitmap_zero(redirects->pins, 256);
}
