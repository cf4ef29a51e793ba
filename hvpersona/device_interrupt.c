// SPDX-License-Identifier: GPL-2.0
/*
 * The book of mapped device interrupts. A mapping is a message or a redirection table entry that
 * the guest programs into its device; the VMM's model of the device then sends it as any other,
 * and KVM delivers it. So nothing has to be done but to name the VP in the way that the local
 * APICs of this machine understand, and to know what was given. Only one that is retargeted needs
 * more, see redirect.c.
 *
 * An ordinary guest maps nothing: what its devices send was agreed on with its VMM.
 */
#include <linux/bitfield.h>
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <uapi/linux/hvpersona.h>

#include "device_interrupt.h"
#include "hypercalls/hypercalls.h"

/**
 * struct mapping - One mapped interrupt
 * @node: In the partition's list
 * @device: HV_DEVICE_ID
 * @entry: What the guest was given
 * @count: Times that it was: entries of a device that have the same vector and target are equal
 * @vps: Bitmap of the VPs that were given as targets each time: it may be retargeted to these
 */
struct mapping {
	struct list_head node;
	u64 device;
	struct hvp_interrupt_entry entry;
	u32 count;
	DECLARE_BITMAP(vps, HVP_MAX_VPS);
};

/**
 * hvp_device_id_valid - Can a device of a machine have this id?
 * @device: HV_DEVICE_ID
 *
 * Which devices there are is the VMM's, so every PCI device and IOAPIC exists.
 */
bool hvp_device_id_valid(u64 device)
{
	switch (FIELD_GET(HVP_DEVICE_TYPE, device)) {
	case HVP_DEVICE_PCI:
		return !(device & HVP_DEVICE_PCI_RESERVED);
	case HVP_DEVICE_IOAPIC:
		return !(device & HVP_DEVICE_IOAPIC_RESERVED);
	default:
		return false;
	}
}

/**
 * hvp_device_id_known - Can a device of this machine have this id?
 * @pt: Machine
 * @device: HV_DEVICE_ID
 *
 * An ordinary guest knows its devices by logical ids, which it has agreed on with its VMM, too.
 */
bool hvp_device_id_known(const struct hvp_partition *pt, u64 device)
{
	u64 type = FIELD_GET(HVP_DEVICE_TYPE, device);

	if (pt->role == HVPERSONA_ROLE_ROOT)
		return hvp_device_id_valid(device);
	return type == HVP_DEVICE_LOGICAL ||
	       (type == HVP_DEVICE_PCI && hvp_device_id_valid(device));
}

static struct mapping *find(struct hvp_partition *pt, u64 device,
			    const struct hvp_interrupt_entry *entry)
{
	struct mapping *mapping;

	list_for_each_entry(mapping, &pt->device_interrupts, node)
		if (mapping->device == device && mapping->entry.source == entry->source &&
		    mapping->entry.data == entry->data)
			return mapping;
	return NULL;
}

/*
 * Physical destination mode, fixed delivery. Linux takes vector and destination from an RTE and
 * brings trigger mode, polarity and mask itself. Vectors are not 0, so no RTE is either, which
 * Linux would take for "not mapped".
 */
static void make_entry(const struct hvp_device_interrupt *irq, u32 apic_id,
		       struct hvp_interrupt_entry *entry)
{
	if (FIELD_GET(HVP_DEVICE_TYPE, irq->device) == HVP_DEVICE_IOAPIC) {
		entry->source = HVP_INTERRUPT_IOAPIC;
		entry->data = FIELD_PREP(HVP_RTE_VECTOR, irq->vector) |
			      FIELD_PREP(HVP_RTE_DESTINATION, apic_id) |
			      (irq->level ? HVP_RTE_LEVEL : 0);
		return;
	}
	entry->source = HVP_INTERRUPT_MSI;
	entry->data = HVP_MSI_ADDRESS | FIELD_PREP(HVP_MSI_DESTINATION, apic_id) |
		      FIELD_PREP(HVP_MSI_DATA, irq->vector) |
		      (irq->level ? HVP_MSI_LEVEL | HVP_MSI_ASSERT : 0);
}

/* The VPs of the set that there are */
static void list_vps(struct hvp_partition *pt, const struct hvp_vp_set *set, unsigned long *vps)
{
	unsigned long index;
	struct hvp_vp *vp;

	bitmap_zero(vps, HVP_MAX_VPS);
	xa_for_each(&pt->vps, index, vp)
		if (hvp_vp_set_has(set, index))
			__set_bit(index, vps);
}

/**
 * hvp_device_interrupt_map - HvCallMapDeviceInterrupt
 * @pt: The caller's partition
 * @irq: Interrupt
 * @targets: VPs of which one gets it
 * @entry: Filled
 *
 * What is kept is not paid for by the pool, since Linux does not repeat this call for want of
 * memory: at most HVP_MAX_DEVICE_INTERRUPTS small objects.
 *
 * A message in physical mode has one destination: the lowest VP.
 *
 * Return: SUCCESS; INVALID_VP_INDEX if no such VP exists; NO_RESOURCES if its APIC id does not fit
 * the 8 bits of a message, if an equal interrupt has been retargeted to a VP that is not among
 * @targets, or at the limit; INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_device_interrupt_map(struct hvp_partition *pt,
					const struct hvp_device_interrupt *irq,
					const struct hvp_vp_set *targets,
					struct hvp_interrupt_entry *entry)
{
	DECLARE_BITMAP(vps, HVP_MAX_VPS);
	struct mapping *mapping;
	struct hvp_apic apic;
	struct hvp_vp *vp;

	list_vps(pt, targets, vps);
	vp = hvp_vp_find(pt, find_first_bit(vps, HVP_MAX_VPS));
	if (!vp)
		return HV_STATUS_INVALID_VP_INDEX;
	vp->ops->apic(vp, vp->partition->vtls.first, &apic);
	if (apic.id >= U8_MAX)	/* 255 is all of them */
		return HV_STATUS_NO_RESOURCES;
	make_entry(irq, apic.id, entry);

	guard(mutex)(&pt->lock);
	if (hvp_redirect_leaves(pt, entry, vps))
		return HV_STATUS_NO_RESOURCES;
	mapping = find(pt, irq->device, entry);
	if (mapping) {
		if (mapping->count == U32_MAX)
			return HV_STATUS_NO_RESOURCES;
		mapping->count++;
		bitmap_and(mapping->vps, mapping->vps, vps, HVP_MAX_VPS);
		return HV_STATUS_SUCCESS;
	}
	if (pt->device_interrupt_count == HVP_MAX_DEVICE_INTERRUPTS)
		return HV_STATUS_NO_RESOURCES;
	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	mapping->device = irq->device;
	mapping->entry = *entry;
	mapping->count = 1;
	bitmap_copy(mapping->vps, vps, HVP_MAX_VPS);
	list_add(&mapping->node, &pt->device_interrupts);
	pt->device_interrupt_count++;
	return HV_STATUS_SUCCESS;
}

/* A mapping of an interrupt that cannot be told from this one when it is sent */
static bool is_twin(const struct mapping *mapping, const struct hvp_interrupt_entry *entry)
{
	struct hvp_sent_irq one, other;

	hvp_sent_irq_of(&mapping->entry, &one);
	hvp_sent_irq_of(entry, &other);
	return hvp_redirect_key(&one) == hvp_redirect_key(&other);
}

/*
 * A mapped interrupt keeps its vector, and goes to no VP but those that it was mapped to. So all
 * that send the same can be moved together.
 */
static enum hv_status check_mapped(struct hvp_partition *pt, u64 device,
				   const struct hvp_interrupt_entry *entry,
				   const unsigned long *vps, u8 vector)
{
	struct hvp_sent_irq irq;
	struct mapping *mapping;

	if (!find(pt, device, entry))
		return HV_STATUS_INVALID_PARAMETER;
	hvp_sent_irq_of(entry, &irq);
	if (vector != irq.vector)
		return HV_STATUS_INVALID_PARAMETER;
	list_for_each_entry(mapping, &pt->device_interrupts, node)
		if (is_twin(mapping, entry) && !bitmap_subset(vps, mapping->vps, HVP_MAX_VPS))
			return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_device_interrupt_retarget - HvCallRetargetDeviceInterrupt
 * @pt: The caller's partition
 * @device: HV_DEVICE_ID of a device that it knows
 * @entry: What the device is programmed with: of a root, what hvp_device_interrupt_map() gave
 * @targets: VPs
 * @vector: Vector, 16 to 255
 * @multicast: To all of them, else to one
 *
 * Not paid for by the pool, which an ordinary guest does not have: at most
 * HVP_MAX_DEVICE_INTERRUPTS objects of some 600 bytes.
 *
 * Return: SUCCESS; INVALID_PARAMETER if none of the VPs exists; of a root also if there is no such
 * mapping, if the vector is not the mapped one, or if a VP is not among those that were mapped;
 * what hvp_redirect_set() returns.
 */
enum hv_status hvp_device_interrupt_retarget(struct hvp_partition *pt, u64 device,
					     const struct hvp_interrupt_entry *entry,
					     const struct hvp_vp_set *targets, u8 vector,
					     bool multicast)
{
	DECLARE_BITMAP(vps, HVP_MAX_VPS);
	enum hv_status status;

	list_vps(pt, targets, vps);
	if (bitmap_empty(vps, HVP_MAX_VPS))
		return HV_STATUS_INVALID_PARAMETER;
	guard(mutex)(&pt->lock);
	if (pt->role == HVPERSONA_ROLE_ROOT) {
		status = check_mapped(pt, device, entry, vps, vector);
		if (status)
			return status;
	}
	return hvp_redirect_set(pt, entry, vps, vector, multicast);
}

/* The last of those that sent the same is gone */
static void unmapped(struct hvp_partition *pt, const struct hvp_interrupt_entry *entry)
{
	struct mapping *mapping;

	list_for_each_entry(mapping, &pt->device_interrupts, node)
		if (is_twin(mapping, entry))
			return;
	hvp_redirect_remove(pt, entry);
}

/**
 * hvp_device_interrupt_unmap - HvCallUnmapDeviceInterrupt
 * @pt: The caller's partition
 * @device: HV_DEVICE_ID
 * @entry: What hvp_device_interrupt_map() gave
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such mapping.
 */
enum hv_status hvp_device_interrupt_unmap(struct hvp_partition *pt, u64 device,
					  const struct hvp_interrupt_entry *entry)
{
	struct mapping *mapping;

	guard(mutex)(&pt->lock);
	mapping = find(pt, device, entry);
	if (!mapping)
		return HV_STATUS_INVALID_PARAMETER;
	if (--mapping->count)
		return HV_STATUS_SUCCESS;
	list_del(&mapping->node);
	pt->device_interrupt_count--;
	unmapped(pt, entry);
	kfree(mapping);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_device_interrupts_clear - The machine was reset or is going: nothing is mapped or
 *	retargeted any more
 * @pt: Partition
 */
void hvp_device_interrupts_clear(struct hvp_partition *pt)
{
	struct mapping *mapping, *next;

	list_for_each_entry_safe(mapping, next, &pt->device_interrupts, node)
		kfree(mapping);
	INIT_LIST_HEAD(&pt->device_interrupts);
	pt->device_interrupt_count = 0;
	hvp_redirects_clear(pt);
}
