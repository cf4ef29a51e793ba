// SPDX-License-Identifier: GPL-2.0
/* Calls on logical processors: the vCPUs of a root's machine, see lp.h. */
#include <linux/bitops.h>
#include <asm/msr-index.h>

#include "../hv_abi/system.h"
#include "../lp.h"
#include "../stats/stats.h"
#include "hypercalls.h"

/* Banks of the machine-check architecture that an LP can have */
#define MC_BANKS	32
#define MC_MSRS		4	/* CTL, STATUS, ADDR, MISC of each */

/*
 * HvCallParkedVirtualProcessors: advice about the processors that the root's power manager
 * wants idle. Each call replaces the set; HVPERSONA_PARTITION_INFO shows it.
 */
enum hv_status hvp_parked_vps(struct hvp_vp *vp, struct hvp_args *args)
{
	WRITE_ONCE(vp->partition->parked_mask, *(const u64 *)args->in);
	return HV_STATUS_SUCCESS;
}

/* HvCallAddLogicalProcessor. Linux leaves what was on the page in the proximity's upper half */
enum hv_status hvp_add_lp(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_add_lp *in = args->in;

	return hvp_lp_add(vp->partition, in->lp_index, in->apic_id, in->proximity);
}

enum hv_status hvp_remove_lp(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_lp *in = args->in;
	const struct hvp_stats_object object = {
		.type = HV_STATS_LP,
		.partition = vp->partition,
		.vp = hvp_lp_vp(vp->partition, in->lp_index),
		.index = in->lp_index,
	};
	enum hv_status status;

	if (in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	status = hvp_lp_remove(vp->partition, in->lp_index);
	if (!status)
		hvp_stats_unmap(vp->partition, &object, HV_STATS_SELF);
	return status;
}

/*
 * HvCallGetLogicalProcessorRunTime, by which Linux asks whether an LP exists. Times are those
 * of the vCPU's thread, as exact as the host accounts them: in ticks.
 */
enum hv_status hvp_lp_run_time(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_lp *in = args->in;
	struct hvp_lp_run_time *out = args->out;
	struct hvp_run_time time;
	struct hvp_vp *target;

	target = hvp_lp_vp(vp->partition, in->lp_index);
	if (!target)
		return HV_STATUS_INVALID_LP_INDEX;
	target->ops->run_time(target, &time);
	out->global_time = (vp->ops->time_ns() - vp->partition->since_ns) / 100;
	out->local_run_time = time.guest_ns / 100;
	out->hypervisor_time = time.host_ns / 100;
	return HV_STATUS_SUCCESS;
}

/* Width of the APIC id's part below @level: 0 threads of a core, 1 cores of a package */
static u32 apic_id_shift(struct hvp_vp *vp, u32 level)
{
	u32 regs[4];

	return hvp_cpuid_lookup(vp, 0xb, level, regs) ? regs[0] & 0x1f : 0;
}

/* Intel SDM volume 3, "Hierarchical Mapping of Shared Resources": parts of the APIC id */
static u64 topology(struct hvp_vp *vp, u32 apic_id)
{
	u32 thread_bits = apic_id_shift(vp, 0);
	u32 core_bits = max(apic_id_shift(vp, 1), thread_bits);
	u64 package = apic_id >> core_bits;
	u64 core = (apic_id & (BIT_ULL(core_bits) - 1)) >> thread_bits;
	u64 thread = apic_id & (BIT_ULL(thread_bits) - 1);

	return (package & U16_MAX) | (core & U16_MAX) << 16 | (thread & U16_MAX) << 32;
}

enum hv_status hvp_get_lp_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_lp_property *in = args->in;
	u64 *value = args->out;
	struct hvp_vp *target;
	struct hvp_apic apic;

	target = hvp_lp_vp(vp->partition, in->lp_index);
	if (!target)
		return HV_STATUS_INVALID_LP_INDEX;
	if (in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	target->ops->apic(target, 0, &apic);
	switch (in->property) {
	case HVP_LP_APIC_ID:
		*value = apic.id;
		return HV_STATUS_SUCCESS;
	case HVP_LP_TOPOLOGY:
		*value = topology(target, apic.id);
		return HV_STATUS_SUCCESS;
	case HVP_LP_PROXIMITY:
		*value = hvp_lp_domain(vp->partition, in->lp_index);
		return HV_STATUS_SUCCESS;
	case HVP_LP_STATE:
		*value = 1;	/* One that is offline has been removed */
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_UNKNOWN_PROPERTY;
	}
}

/* All of them are what the vCPU is, so none can be written */
enum hv_status hvp_set_lp_property(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_lp_property *in = args->in;

	if (!hvp_lp_vp(vp->partition, in->lp_index))
		return HV_STATUS_INVALID_LP_INDEX;
	return in->property >= HVP_LP_APIC_ID && in->property <= HVP_LP_STATE ?
	       HV_STATUS_INVALID_PARAMETER : HV_STATUS_UNKNOWN_PROPERTY;
}

enum hv_status hvp_lp_registers_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_lp_registers *in = args->in;

	args->priv = hvp_lp_vp(vp->partition, in->lp_index);
	if (!args->priv)
		return HV_STATUS_INVALID_LP_INDEX;
	return in->rsvd || in->rsvd2 ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS;
}

static bool is_bank(u32 name)
{
	return name >= MSR_IA32_MC0_CTL && name < MSR_IA32_MC0_CTL + MC_BANKS * MC_MSRS;
}

/*
 * The registers of an LP that can be reached: those of its machine-check architecture, which
 * are the vCPU's own. Never the host's.
 */
static bool is_readable(u32 name)
{
	return is_bank(name) || name == MSR_IA32_MCG_CAP || name == MSR_IA32_MCG_STATUS;
}

static bool is_writable(u32 name)
{
	return is_bank(name) || name == MSR_IA32_MCG_STATUS;
}

enum hv_status hvp_get_lp_registers(struct hvp_vp *vp, struct hvp_args *args)
{
	u32 name = *(const u32 *)args->rep_in;
	struct hvp_vp *target = args->priv;
	u64 *value = args->rep_out;

	if (!is_readable(name) || target->ops->mce_msr(target, name, value, false))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_set_lp_registers(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_set_register *in = args->rep_in;
	struct hvp_vp *target = args->priv;
	u64 value = in->value.low;

	if (in->pad[0] || in->pad[1] || in->pad[2] || in->value.high || !is_writable(in->name) ||
	    target->ops->mce_msr(target, in->name, &value, true))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/* HvCallQueryAssociatedLpsForMca: each vCPU has banks of its own */
enum hv_status hvp_query_mca_lps(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_lp *in = args->in;
	struct hv_vp_set *set = args->out;

	if (!hvp_lp_vp(vp->partition, in->lp_index))
		return HV_STATUS_INVALID_LP_INDEX;
	if (in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	set->format = HV_VP_SET_SPARSE_4K;
	set->valid_banks = BIT_ULL(in->lp_index / 64);
	set->banks[0] = BIT_ULL(in->lp_index % 64);
	args->out_size = sizeof(*set) + sizeof(u64);
	return HV_STATUS_SUCCESS;
}
