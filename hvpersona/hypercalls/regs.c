// SPDX-License-Identifier: GPL-2.0
/* HvCallGetVpRegisters and HvCallSetVpRegisters. */
#include <linux/string.h>

#include "../hv_abi/registers.h"
#include "../hv_abi/translate.h"
#include "../intercept.h"
#include "../registers.h"
#include "../vp_file.h"
#include "hypercalls.h"

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
	status = hvp_target_vtl(vp, args, in->input_vtl, target, &args->vtl);
	/* What the parent has left in the register page is older than this call */
	if (!status && target->file)
		hvp_register_page_load(target);
	return status;
}

static enum hv_status get_register(struct hvp_vp *vp, u8 vtl, u32 name,
				   union hvp_register_value *value)
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
	case HVP_REG_PENDING_EVENT:
		value->low = 0;
		return HV_STATUS_SUCCESS;
	case HVP_REG_VSM:
		return hvp_vsm_get(vp, vtl, name, &value->low);
	default:
		return vtl == vp->vtl || hvp_reg_shared(&reg) ?
		       vp->ops->get_reg(vp, &reg, value) :
		       vp->ops->get_vtl_reg(vp, vtl, &reg, value);
	}
}

enum hv_status hvp_get_vp_registers(struct hvp_vp *vp, struct hvp_args *args)
{
	union hvp_register_value *value = args->rep_out;
	u32 name = *(const u32 *)args->rep_in;
	struct hvp_vp *target = args->priv;

	memset(value, 0, sizeof(*value));
	return target->file ? hvp_file_get(target, name, value) :
			      get_register(vp, args->vtl, name, value);
}

/* Exceptions that a processor raises by itself, but for NMI; those with an error code */
#define EXCEPTIONS	(GENMASK(31, 0) & ~(BIT(2) | BIT(15) | GENMASK(27, 22) | BIT(31)))
#define WITH_ERROR_CODE	(BIT(8) | GENMASK(14, 10) | BIT(17) | BIT(21) | BIT(29) | BIT(30))

/*
 * A higher VTL has an exception delivered to a lower one when that goes on. It is gone from the
 * register at once, for it is on its way then.
 */
static enum hv_status inject(struct hvp_vp *vp, u8 vtl, const union hvp_register_value *value)
{
	struct hv_exception_event event = {};

	/* PendingEvent0 is the first half of it; the rest has no meaning */
	memcpy(&event, value->bytes, sizeof(value->bytes));
	if (vtl == vp->vtl)
		return HV_STATUS_INVALID_PARAMETER;
	if (!(event.type & HV_EVENT_PENDING))
		return value->low || value->high ? HV_STATUS_INVALID_REGISTER_VALUE :
						   HV_STATUS_SUCCESS;
	if (event.type != (HV_EVENT_PENDING | HV_EVENT_TYPE_EXCEPTION) ||
	    (event.flags & ~HV_EVENT_DELIVER_ERROR_CODE) || event.vector > 31 ||
	    !(EXCEPTIONS & BIT(event.vector)) ||
	    !(WITH_ERROR_CODE & BIT(event.vector)) != !(event.flags & HV_EVENT_DELIVER_ERROR_CODE))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	return vp->ops->inject(vp, vtl, &event) ? HV_STATUS_SUCCESS : HVP_STATUS_AGAIN;
}

static enum hv_status set_register(struct hvp_vp *vp, u8 vtl, u32 name,
				   const union hvp_register_value *value)
{
	enum hv_status status;
	struct hvp_reg reg;

	if (!hvp_reg_lookup(name, &reg))
		return HV_STATUS_UNKNOWN_REGISTER_NAME;
	if (!(reg.access & HVP_REG_WRITE))
		return HV_STATUS_INVALID_PARAMETER;
	if (reg.kind == HVP_REG_VSM)
		return hvp_vsm_set(vp, vtl, name, value->low);
	if (reg.kind == HVP_REG_PENDING_EVENT)
		return inject(vp, vtl, value);
	if (vtl != vp->vtl && !hvp_reg_shared(&reg))
		return vp->ops->set_vtl_reg(vp, vtl, &reg, value);
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
		return set_register(vp, args->vtl, in->name, &in->value);
	status = hvp_file_set(target, in->name, &in->value);
	/* The page follows once, when all registers are set */
	if (status || args->reps == 1)
		hvp_register_page_fill(target);
	return status;
}
