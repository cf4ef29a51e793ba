// SPDX-License-Identifier: GPL-2.0
/* Calls on devices and their interrupts. */
#include <linux/string.h>

#include "../device_interrupt.h"
#include "../hv_abi/interrupt.h"
#include "hypercalls.h"

/*
 * HV_DEVICE_INTERRUPT_TARGET: with a processor set the variable header is ValidBankMask and the
 * banks, else it is empty and @bank holds the mask. Interrupts for several VPs at once and for a
 * proxy need a device that can send them.
 */
static enum hv_status parse_target(const struct hvp_interrupt_target *target,
				   const struct hvp_args *args, u64 *bank, struct hvp_vp_set *set)
{
	struct hvp_args banks = {};

	if (target->vector < 16 || target->vector > U8_MAX || (target->flags & ~HVP_TARGET_SET))
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
 * HvCallMapDeviceInterrupt. A device of a child would need a host's IOMMU, so there is none. The
 * second half of the output is deprecated and stays zero.
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
	status = parse_target(&in->target, args, &bank, &set);
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
