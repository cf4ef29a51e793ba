// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallFlushVirtualAddressSpace, -List and their Ex forms.
 *
 * Target VPs drop all their guest translations, whatever the address space or the list
 * says: the specification allows to flush too much, and what a running VP has in CR3 is
 * not known outside of its thread. The list is checked for its form alone.
 */
#include "../hv_abi/tlb.h"
#include "../stats/stats.h"
#include "hypercalls.h"

static enum hv_status check_flush(const struct hvp_vp *vp, u64 address_space, u64 flags, bool list)
{
	/* Extended ranges and other VTLs are features that are not offered */
	u64 legal = HV_FLUSH_ALL_PROCESSORS | HV_FLUSH_ALL_ADDRESS_SPACES;

	if (!list)
		legal |= HV_FLUSH_NON_GLOBAL_ONLY;
	else if (vp->partition->privileges & HV_PRIV(EXTENDED_GVA_RANGES))
		legal |= HV_FLUSH_EXTENDED_RANGE;
	if (flags & ~legal)
		return HV_STATUS_INVALID_PARAMETER;
	/* Bits below the physical address width may all be set in a CR3 value */
	if (!(flags & HV_FLUSH_ALL_ADDRESS_SPACES) && address_space >> vp->pa_bits)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static void count_flush(struct hvp_vp *vp, u64 flags, bool list)
{
	if (list)
		hvp_stat_inc(vp, HVP_VpGlobalGvaRangeFlushes);
	else if (flags & HV_FLUSH_NON_GLOBAL_ONLY)
		hvp_stat_inc(vp, HVP_VpLocalGvaRangeFlushes);
	else if (flags & HV_FLUSH_ALL_ADDRESS_SPACES)
		hvp_stat_inc(vp, HVP_VpAddressDomainFlushes);
	else
		hvp_stat_inc(vp, HVP_VpAddressSpaceFlushes);
}

static enum hv_status flush(struct hvp_vp *vp, struct hvp_args *args, bool list)
{
	const struct hv_flush *in = args->in;
	struct hvp_vp_set set = {
		.all = in->flags & HV_FLUSH_ALL_PROCESSORS,
		.valid_banks = BIT_ULL(0),
		.banks = &in->processor_mask,
	};
	enum hv_status status;

	status = check_flush(vp, in->address_space, in->flags, list);
	if (status)
		return status;
	/* TLFS 2.0: an empty set is an error, although KVM takes it for "all" */
	if (hvp_vp_set_empty(&set))
		return HV_STATUS_INVALID_PARAMETER;
	count_flush(vp, in->flags, list);
	vp->ops->flush_tlb(vp, &set);
	return HV_STATUS_SUCCESS;
}

static enum hv_status flush_ex(struct hvp_vp *vp, struct hvp_args *args, bool list)
{
	const struct hv_flush_ex *in = args->in;
	struct hvp_vp_set set;
	enum hv_status status;

	status = check_flush(vp, in->address_space, in->flags, list);
	if (status)
		return status;
	if (in->flags & HV_FLUSH_ALL_PROCESSORS) {
		set.all = true;
	} else {
		status = hvp_vp_set_parse(&set, in->format, in->valid_banks, args);
		if (status)
			return status;
		if (hvp_vp_set_empty(&set))
			return HV_STATUS_INVALID_PARAMETER;
	}
	count_flush(vp, in->flags, list);
	vp->ops->flush_tlb(vp, &set);
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_flush_space(struct hvp_vp *vp, struct hvp_args *args)
{
	return flush(vp, args, false);
}

enum hv_status hvp_flush_space_ex(struct hvp_vp *vp, struct hvp_args *args)
{
	return flush_ex(vp, args, false);
}

enum hv_status hvp_flush_list(struct hvp_vp *vp, struct hvp_args *args)
{
	return flush(vp, args, true);
}

enum hv_status hvp_flush_list_ex(struct hvp_vp *vp, struct hvp_args *args)
{
	return flush_ex(vp, args, true);
}
