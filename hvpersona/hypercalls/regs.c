// SPDX-License-Identifier: GPL-2.0
/* HvCallGetVpRegisters and HvCallSetVpRegisters. */
#include <linux/string.h>

#include "../hv_abi/registers.h"
#include "../intercept.h"
#include "../registers.h"
#include "../vp_file.h"
#include "hypercalls.h"

/* VTL0 is the only one enabled, on the VP and on the partition */
#define VSM_VP_STATUS		(BIT(0) << 16)
#define VSM_PARTITION_STATUS	BIT(0)

enum hv_status hvp_vp_registers_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_vp_registers *in = args->in;
	struct hvp_vp *target;
	enum hv_status status;

	status = hvp_accessible_vp(vp, args, in->vp_index, &target);
	if (status)
		return status;
	if (in->rsvd[0] || in->rsvd[1] || in->rsvd[2])
		return HV_STATUS_INVALID_PARAMETER;
	args->priv = target;
	status = hvp_target_vtl_check(vp, args, in->input_vtl);
	/* What the parent has left in the register page is older than this call */
	if (!status && target->file)
		hvp_register_page_load(target);
	return status;
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
		hvp_cpuid_seen(vp, reg.arg, value->reg32);
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
	u32 name = *(const u32 *)args->rep_in;
	struct hvp_vp *target = args->priv;

	memset(value, 0, sizeof(*value));
	return target->file ? hvp_file_get(target, name, value) : get_register(vp, name, value);
}

static enum hv_status set_register(struct hvp_vp *vp, u32 name,
				   const union hvp_register_value *value)
{
	enum hv_status status;
	struct hvp_reg reg;

	if (!hvp_reg_lookup(name, &reg))
		return HV_STATUS_UNKNOWN_REGISTER_NAME;
	if (!(reg.access & HVP_REG_WRITE))
		return HV_STATUS_INVALID_PARAMETER;
	status = vp->ops->set_reg(vp, &reg, value);
	if (!status && reg.kind == HVP_REG_RIP)
		vp->rip_set = true;
	return status;
}

enum hv_status hvp_set_vp_registers(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_set_register *in = args->rep_in;
	struct hvp_vp *target = args->priv;
	enum hv_status status;

	if (!target->file)
		return set_register(vp, in->name, &in->value);
	status = hvp_file_set(target, in->name, &in->value);
	/* The page follows once, when all registers are set */
	if (status || args->reps == 1)
		hvp_register_page_fill(target);
	return status;
}
