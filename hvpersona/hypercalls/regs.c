// SPDX-License-Identifier: GPL-2.0
/* HvCallGetVpRegisters and HvCallSetVpRegisters. */
#include <linux/string.h>

#include "../hv_abi/registers.h"
#include "../registers.h"
#include "hypercalls.h"

/* VTL0 is the only one enabled, on the VP and on the partition */
#define VSM_VP_STATUS		(BIT(0) << 16)
#define VSM_PARTITION_STATUS	BIT(0)

enum hv_status hvp_vp_registers_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_vp_registers *in = args->in;
	enum hv_status status;

	status = hvp_own_vp(vp, args, in->vp_index);
	if (status)
		return status;
	if (in->rsvd[0] || in->rsvd[1] || in->rsvd[2])
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_input_vtl_check(vp, in->input_vtl);
}

static enum hv_status get_register(struct hvp_vp *vp, u32 name, union hvp_register_value *value)
{
	struct hvp_reg reg;

	if (!hvp_reg_lookup(name, &reg))
		return HV_STATUS_UNKNOWN_REGISTER_NAME;
	if (!(reg.access & HVP_REG_READ))
		return HV_STATUS_ACCESS_DENIED;

	switch (reg.kind) {
	case HVP_REG_CONST:
		value->low = reg.arg;
		return HV_STATUS_SUCCESS;
	case HVP_REG_CPUID:
		hvp_cpuid_lookup(vp, reg.arg, 0, value->reg32);
		return HV_STATUS_SUCCESS;
	case HVP_REG_INDEX:
		value->low = vp->index;
		return HV_STATUS_SUCCESS;
	case HVP_REG_VSM_STATUS:
		value->low = name == HV_REG_VSM_VP_STATUS ? VSM_VP_STATUS | vp->vtl :
							    VSM_PARTITION_STATUS;
		return HV_STATUS_SUCCESS;
	default:
		return vp->ops->get_reg(vp, &reg, value);
	}
}

enum hv_status hvp_get_vp_registers(struct hvp_vp *vp, struct hvp_args *args)
{
	union hvp_register_value *value = args->rep_out;

	memset(value, 0, sizeof(*value));
	return get_register(vp, *(const u32 *)args->rep_in, value);
}

enum hv_status hvp_set_vp_registers(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_set_register *in = args->rep_in;
	enum hv_status status;
	struct hvp_reg reg;

	if (!hvp_reg_lookup(in->name, &reg))
		return HV_STATUS_UNKNOWN_REGISTER_NAME;
	if (!(reg.access & HVP_REG_WRITE))
		return HV_STATUS_INVALID_PARAMETER;
	status = vp->ops->set_reg(vp, &reg, &in->value);
	if (!status && reg.kind == HVP_REG_RIP)
		vp->rip_set = true;
	return status;
}
