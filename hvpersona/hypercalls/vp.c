// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on virtual processors other than their life and their registers: spin waits, halts,
 * APIC addressing, CPUID.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/string.h>

#include "../hv_abi/cpuid.h"
#include "../hv_abi/registers.h"
#include "../hv_abi/vp_state.h"
#include "../intercept.h"
#include "../interrupt.h"
#include "../registers.h"
#include "hypercalls.h"

/* HvCallNotifyLongSpinWait is advice: it succeeds whatever the spin count */
enum hv_status hvp_long_spin_wait(struct hvp_vp *vp, struct hvp_args *args)
{
	vp->ops->spin_wait(vp);
	return HV_STATUS_SUCCESS;
}

/*
 * HvCallRequestProcessorHalt, whose layout is the project's own: flags that have to be zero.
 * The VP sleeps when the call is done, until an interrupt is deliverable.
 */
enum hv_status hvp_request_halt(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_request_halt *in = args->in;

	if (in->flags || in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	vp->ops->halt(vp);
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_vp_index_from_apic_id_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_vp_index_from_apic_id *in = args->in;

	if (memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_target_vtl_check(vp, args, in->target_vtl);
}

enum hv_status hvp_vp_index_from_apic_id(struct hvp_vp *vp, struct hvp_args *args)
{
	u32 id = *(const u32 *)args->rep_in;
	struct hvp_apic apic;
	unsigned long index;
	struct hvp_vp *other;

	xa_for_each(&args->target->vps, index, other) {
		other->ops->apic(other, other->partition->vtls.first, &apic);
		if (apic.id == id) {
			*(u32 *)args->rep_out = index;
			return HV_STATUS_SUCCESS;
		}
	}
	return HV_STATUS_INVALID_PARAMETER;
}

enum hv_status hvp_vp_set_from_mda(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_vp_set_from_mda *in = args->in;
	struct hv_vp_set *set = args->out;
	u64 banks[HV_VP_SET_BANKS] = {};
	enum hv_status status;
	struct hvp_apic apic;
	unsigned long index;
	struct hvp_vp *other;
	u32 bank, count = 0;

	status = hvp_target_vtl_check(vp, args, in->target_vtl);
	if (status)
		return status;
	if (in->logical > 1 || memchr_inv(in->rsvd, 0, sizeof(in->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;

	xa_for_each(&args->target->vps, index, other) {
		other->ops->apic(other, other->partition->vtls.first, &apic);
		if (hvp_apic_matches(&apic, in->destination, in->logical))
			banks[index / 64] |= BIT_ULL(index % 64);
	}
	for (bank = 0; bank < HV_VP_SET_BANKS; bank++) {
		if (!banks[bank])
			continue;
		set->valid_banks |= BIT_ULL(bank);
		set->banks[count++] = banks[bank];
	}
	if (!count)
		return HV_STATUS_INVALID_PARAMETER;
	set->format = HV_VP_SET_SPARSE_4K;
	args->out_size = sizeof(*set) + count * sizeof(u64);
	return HV_STATUS_SUCCESS;
}

enum hv_status hvp_vp_cpuid_values_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_vp_cpuid_values *in = args->in;
	struct hvp_vp *target;
	enum hv_status status;

	status = hvp_target_vp(vp, args, in->vp_index, &target);
	if (status)
		return status;
	if ((in->flags & ~(HV_VP_CPUID_USE_VP_XFEM_XSS | HV_VP_CPUID_APPLY_REGISTERED)) ||
	    in->rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	/* XCR0 and XSS of another VP of the caller's partition are in its own thread's hands */
	if (in->flags & HV_VP_CPUID_USE_VP_XFEM_XSS) {
		status = hvp_accessible_vp(vp, args, in->vp_index, &target);
		if (status)
			return status;
	}
	args->priv = target;
	return HV_STATUS_SUCCESS;
}

static u64 read_register(struct hvp_vp *vp, u32 name)
{
	union hvp_register_value value = {};
	struct hvp_reg reg;

	if (!hvp_reg_lookup(name, &reg) || vp->ops->get_reg(vp, &reg, &value))
		return 0;
	return value.low;
}

/* Bytes of an XSAVE area with the components in @mask, Intel SDM volume 1, "XSAVE Area" */
static u32 xsave_size(struct hvp_vp *target, u64 mask, bool compacted)
{
	u32 size = 512 + 64, regs[4], end;
	u32 i;

	for (i = 2; i < 63; i++) {
		if (!(mask & BIT_ULL(i)) || !hvp_cpuid_lookup(target, 0xd, i, regs) || !regs[0])
			continue;
		if (compacted)
			end = (regs[2] & BIT(1) ? round_up(size, 64) : size) + regs[0];
		else
			end = regs[1] + regs[0];
		size = max(size, end);
	}
	return size;
}

/**
 * struct cpuid_view - Whose CPUID, and under which assumptions
 * @vp: VP
 * @registered: Answers that its parent has registered count
 * @xfem: XCR0
 * @xss: IA32_XSS
 */
struct cpuid_view {
	struct hvp_vp *vp;
	bool registered;
	u64 xfem;
	u64 xss;
};

/* One leaf. The sizes in 0xd are what depends on what the processor has enabled */
static bool look_up(const struct cpuid_view *view, u32 function, u32 index, u32 *regs)
{
	bool exists = hvp_cpuid_lookup(view->vp, function, index, regs);

	if (exists && function == 0xd && index == 0)
		regs[1] = xsave_size(view->vp, view->xfem, false);
	if (exists && function == 0xd && index == 1 && (regs[0] & (BIT(1) | BIT(3))))
		regs[1] = xsave_size(view->vp, view->xfem | view->xss, true);
	return view->registered ? hvp_result_cpuid(view->vp, function, index, exists, regs) :
				  exists;
}

static bool is_amd(const struct cpuid_view *view)
{
	u32 regs[4];

	look_up(view, 0, 0, regs);
	return regs[1] == 0x68747541 || regs[1] == 0x6f677948;	/* "Auth", "Hygo" */
}

/*
 * CPUID as the instruction answers it. A leaf beyond the maximum of its class reads as
 * zeros on AMD and as the last basic leaf on Intel; topology leaves echo the subleaf.
 */
static void answer_cpuid(const struct cpuid_view *view, u32 function, u32 index, u32 *regs)
{
	u32 last[4], first[4];

	if (look_up(view, function, index, regs) ||
	    (function >= HV_CPUID_BASE && function <= HV_CPUID_END))
		return;
	if (!is_amd(view)) {
		look_up(view, 0, 0, last);
		if (!look_up(view, function & BIT(31), 0, first) || function > first[0]) {
			function = last[0];
			if (look_up(view, function, index, regs))
				return;
		}
	}
	if ((function == 0xb || function == 0x1f) && look_up(view, function, 1, first)) {
		regs[2] = index & U8_MAX;
		regs[3] = first[3];
	}
}

enum hv_status hvp_vp_cpuid_values(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hv_vp_cpuid_values *in = args->in;
	const struct hv_vp_cpuid_query *query = args->rep_in;
	struct cpuid_view view = {
		.vp = args->priv,
		.registered = in->flags & HV_VP_CPUID_APPLY_REGISTERED,
		.xfem = query->xfem,
		.xss = query->xss,
	};

	if (in->flags & HV_VP_CPUID_USE_VP_XFEM_XSS) {
		view.xfem = read_register(view.vp, HV_REG_XFEM);
		view.xss = read_register(view.vp, HV_REG_XSS);
	}
	answer_cpuid(&view, query->eax, query->ecx, args->rep_out);
	return HV_STATUS_SUCCESS;
}
