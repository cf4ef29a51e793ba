// SPDX-License-Identifier: GPL-2.0
/* Calls on devices and their interrupts. */
#include <linux/bitfield.h>

#include "../device.h"
#include "../device_interrupt.h"
#include "../hv_abi/interrupt.h"
#include "hypercalls.h"

/*
 * HV_DEVICE_INTERRUPT_TARGET: with a processor set the variable header is ValidBankMask and the
 * banks, else it is empty and @bank holds the mask. Other flags than @flags are refused; that for a
 * proxy needs a device that has one.
 */
static enum hv_status parse_target(const struct hvp_interrupt_target *target, u32 flags,
				   const struct hvp_args *args, u64 *bank, struct hvp_vp_set *set)
{
	struct hvp_args banks = {};

	if (target->vector < 16 || target->vector > U8_MAX || (target->flags & ~flags))
		return HV_STATUS_INVALID_PARAMETER;
	if (!(target->flags & HVP_TARGET_SET)) {
		if (args->var_count)
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
		*bank = target->mask_or_format;
		*set = (struct hvp_vp_set) { .valid_banks = 1, .banks = bank };
	} else {
		if (!args->var_count)
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
		banks.var = args->var + 1;
		banks.var_count = args->var_count - 1;
		if (hvp_vp_set_parse(set, target->mask_or_format, args->var[0], &banks))
			return HV_STATUS_INVALID_PARAMETER;
	}
	return hvp_vp_set_empty(set) ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS;
}

/*
 * HvCallMapDeviceInterrupt. A device of a child would need a host's IOMMU, so there is none. What
 * is programmed into a device names one VP. The second half of the output is deprecated and stays
 * zero.
 */
enum hv_status hvp_map_device_interrupt(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_map_device_interrupt *in = args->in;
	const struct hvp_device_interrupt irq = {
		.device = in->device_id,
		.vector = in->target.vector,
		.level = in->trigger == HVP_TRIGGER_LEVEL,
	};
	enum hv_status status;
	struct hvp_vp_set set;
	u64 bank;

	if (args->target != vp->partition || !hvp_device_id_valid(in->device_id))
		return HV_STATUS_INVALID_DEVICE_ID;
	if (in->flags || in->base_irt_index || in->rsvd || in->type != HV_INTERRUPT_FIXED ||
	    in->trigger > HVP_TRIGGER_LEVEL || in->vector_count != 1)
		return HV_STATUS_INVALID_PARAMETER;
	status = parse_target(&in->target, HVP_TARGET_SET, args, &bank, &set);
	return status ?: hvp_device_interrupt_map(vp->partition, &irq, &set, args->out);
}

enum hv_status hvp_unmap_device_interrupt(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_unmap_device_interrupt *in = args->in;

	if (args->target != vp->partition || !hvp_device_id_valid(in->device_id))
		return HV_STATUS_INVALID_DEVICE_ID;
	if (in->flags || in->entry.rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_device_interrupt_unmap(vp->partition, in->device_id, &in->entry);
}

/* Something that a device can be programmed with */
static bool is_entry(const struct hvp_interrupt_entry *entry, u64 device)
{
	if (FIELD_GET(HVP_DEVICE_TYPE, device) == HVP_DEVICE_IOAPIC)
		return entry->source == HVP_INTERRUPT_IOAPIC;
	return entry->source == HVP_INTERRUPT_MSI &&
	       (entry->data & HVP_MSI_BASE) == HVP_MSI_ADDRESS;
}

/* HvCallRetargetDeviceInterrupt, and HvCallRetargetRootDeviceInterrupt of a root */
enum hv_status hvp_retarget_device_interrupt(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_retarget_device_interrupt *in = args->in;
	enum hv_status status;
	struct hvp_vp_set set;
	u64 bank;

	if (args->target != vp->partition || !hvp_device_id_known(vp->partition, in->device_id))
		return HV_STATUS_INVALID_DEVICE_ID;
	if (in->rsvd || in->entry.rsvd || !is_entry(&in->entry, in->device_id))
		return HV_STATUS_INVALID_PARAMETER;
	status = parse_target(&in->target, HVP_TARGET_SET | HVP_TARGET_MULTICAST, args, &bank, &set);
	if (status)
		return status;
	return hvp_device_interrupt_retarget(vp->partition, in->device_id, &in->entry, &set,
					     in->target.vector,
					     in->target.flags & HVP_TARGET_MULTICAST);
}

static bool is_pci(u64 device)
{
	return FIELD_GET(HVP_DEVICE_TYPE, device) == HVP_DEVICE_PCI && hvp_device_id_valid(device);
}

/* HvCallAttachDevice. Nothing can be attached to a child without an IOMMU of the host's */
enum hv_status hvp_attach_device(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_attach_device *in = args->in;

	if (args->target != vp->partition || !is_pci(in->device_id))
		return HV_STATUS_INVALID_DEVICE_ID;
	if ((in->flags & ~HVP_ATTACH_FLAGS) || in->rsvd || in->rsvd2 || in->rsvd3)
		return HV_STATUS_INVALID_PARAMETER;
	if (in->vtl)
		return HV_STATUS_INVALID_VTL_STATE;
	return hvp_device_attach(vp->partition, in->device_id,
				 in->flags & HVP_ATTACH_LOGICAL_ID ? in->logical_id : in->device_id);
}

enum hv_status hvp_detach_device(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_detach_device *in = args->in;

	if (args->target != vp->partition)
		return HV_STATUS_INVALID_DEVICE_ID;
	return hvp_device_detach(vp->partition, in->logical_id);
}

enum hv_status hvp_get_device_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_device_property *in = args->in;
	u64 *value = args->out;

	if (!is_pci(in->device_id))
		return HV_STATUS_INVALID_DEVICE_ID;
	if (in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	switch (in->property) {
	case HVP_DEVICE_PARTITION:
		*value = hvp_device_attached(vp->partition, in->device_id) ? vp->partition->id : 0;
		return HV_STATUS_SUCCESS;
	case HVP_DEVICE_DMA_REMAPPED:
	case HVP_DEVICE_INTERRUPTS_REMAPPED:
		*value = 0;
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_UNKNOWN_PROPERTY;
	}
}

enum hv_status hvp_set_device_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_device_property *in = args->in;

	if (!is_pci(in->device_id))
		return HV_STATUS_INVALID_DEVICE_ID;
	return in->property >= HVP_DEVICE_PARTITION &&
	       in->property <= HVP_DEVICE_INTERRUPTS_REMAPPED ?
	       HV_STATUS_INVALID_PARAMETER : HV_STATUS_UNKNOWN_PROPERTY;
}

/* HvCallPersistDeviceInterrupt is about servicing, which this hypervisor does without */
enum hv_status hvp_persist_device_interrupt(struct hvp_vp *vp, struct hvp_args *args)
{
	return HV_STATUS_FEATURE_UNAVAILABLE;
}
