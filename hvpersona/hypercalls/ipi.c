// SPDX-License-Identifier: GPL-2.0
/* HvCallSendSyntheticClusterIpi and its Ex form. */
#include "../hv_abi/tlb.h"
#include "../stats/stats.h"
#include "hypercalls.h"

static enum hv_status check_ipi(const struct hvp_vp *vp, u32 vector, u8 input_vtl, u8 flags,
				u16 rsvd, u8 *vtl)
{
	enum hv_status status;

	status = hvp_input_vtl(vp, input_vtl, vtl);
	if (status)
		return status;
	if (vector < HV_IPI_LOW_VECTOR || vector > U8_MAX || flags || rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static void send(struct hvp_vp *vp, const struct hvp_vp_set *set, u8 vtl, u8 vector)
{
	hvp_stat_inc(vp, HVP_VpApicIpisSent);
	vp->ops->send_ipi(vp, set, vtl, vector);
}

enum hv_status hvp_send_ipi(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_send_ipi *in = args->in;
	const struct hvp_vp_set set = { .valid_banks = BIT_ULL(0), .banks = &in->processor_mask };
	enum hv_status status;
	u8 vtl;

	status = check_ipi(vp, in->vector, in->target_vtl, in->flags, in->rsvd, &vtl);
	if (!status)
		send(vp, &set, vtl, in->vector);
	return status;
}

enum hv_status hvp_send_ipi_ex(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_send_ipi_ex *in = args->in;
	struct hvp_vp_set set;
	enum hv_status status;
	u8 vtl;

	status = check_ipi(vp, in->vector, in->target_vtl, in->flags, in->rsvd, &vtl);
	if (status)
		return status;
	status = hvp_vp_set_parse(&set, in->format, in->valid_banks, args);
	if (!status)
		send(vp, &set, vtl, in->vector);
	return status;
}
