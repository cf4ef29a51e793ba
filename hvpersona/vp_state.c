// SPDX-License-Identifier: GPL-2.0
/*
 * The state of a VP in bulk, as HvCallGetVpState and HvCallSetVpState move it: local APIC,
 * XSAVE area, SynIC pages, synthetic timers.
 *
 * All of it is kept in the VP's file under names of registers, those that the specification
 * gives or, where it gives none, such as the file alone knows: what is here puts state
 * together and takes it apart, and keeps no second copy. A state that is refused leaves the
 * VP as it was.
 *
 * SynIC pages are pages of the child's memory, as they are where KVM runs the VP; one that is
 * not enabled is all zeros.
 */
#include <linux/mm.h>
#include <linux/string.h>

#include "child.h"
#include "hv_abi/registers.h"
#include "vp_file.h"

#define APIC_BASE_X2APIC	BIT(10)
/* Interrupt vectors that there cannot be, in the lowest register of IRR, ISR and TMR */
#define APIC_NO_VECTORS		GENMASK(15, 0)
/* Bits of the CMCI interrupt's entry, and bits of the destination format that are set */
#define APIC_LVT_CMCI		0x117ff
#define APIC_DFR_FIXED		GENMASK(27, 0)

#define SYNIC_PAGE_ENABLED	BIT_ULL(0)

/* What the x87 state is before its first use; Intel SDM volume 1, "x87 State" */
#define FCW_INITIAL		0x037f

/*
 * Local APIC. Registers that software cannot write are put into the file past its checks, and
 * so are those whose writing means something else: ICR sends, ESR latches.
 */
static const struct apic_run {
	u32 name;
	u8 count;
	u8 offset;
	bool checked;
} apic_runs[] = {
#define RUN(name, count, field, checked) \
	{ HV_REG_APIC_##name, count, offsetof(struct hv_lapic_state, field), checked }
	RUN(LDR, 1, ldr, false),
	RUN(DFR, 1, dfr, false),
	RUN(SPURIOUS, 1, spurious, true),
	RUN(ISR0, 8, isr, false),
	RUN(TMR0, 8, tmr, false),
	RUN(IRR0, 8, irr, false),
	RUN(ESR, 1, esr, false),
	RUN(LVT_TIMER, 6, lvt_timer, true),
	RUN(LVT_CMCI, 1, lvt_cmci, false),
	RUN(ERROR_STATUS, 1, error_status, false),
	RUN(DIVIDE, 1, divide, true),
	/* Writing the initial count starts the timer: the current count comes after it */
	RUN(INITIAL_COUNT, 1, initial_count, true),
	RUN(CURRENT_COUNT, 1, current_count, false),
	RUN(REMOTE_READ, 1, remote_read, false),
#undef RUN
};

static void get_lapic(struct hvp_vp *vp, struct hv_lapic_state *lapic)
{
	u64 icr = hvp_file_get64(vp, HV_REG_APIC_ICR);
	const struct apic_run *run;
	u32 i, *at;

	for (run = apic_runs; run < apic_runs + ARRAY_SIZE(apic_runs); run++) {
		at = (void *)lapic + run->offset;
		for (i = 0; i < run->count; i++)
			at[i] = hvp_file_get64(vp, run->name + i);
	}
	lapic->id = hvp_file_get64(vp, HV_REG_APIC_ID);
	lapic->version = hvp_file_get64(vp, HV_REG_APIC_VERSION);
	lapic->icr_low = lower_32_bits(icr);
	lapic->icr_high = upper_32_bits(icr);
}

static enum hv_status put_apic_run(struct hvp_vp *vp, const struct apic_run *run, const u32 *from)
{
	union hvp_register_value value = {};
	enum hv_status status;
	u32 i;

	for (i = 0; i < run->count; i++) {
		value.low = from[i];
		if (!run->checked) {
			*hvp_file_place(vp, run->name + i) = value.low;
			continue;
		}
		status = hvp_file_set(vp, run->name + i, &value);
		if (status)
			return status;
	}
	return HV_STATUS_SUCCESS;
}

static enum hv_status put_lapic(struct hvp_vp *vp, const struct hv_lapic_state *lapic)
{
	const struct apic_run *run;
	enum hv_status status;

	for (run = apic_runs; run < apic_runs + ARRAY_SIZE(apic_runs); run++) {
		status = put_apic_run(vp, run, (const void *)lapic + run->offset);
		if (status)
			return status;
	}
	*hvp_file_place(vp, HV_REG_APIC_ICR) = (u64)lapic->icr_high << 32 | lapic->icr_low;
	return HV_STATUS_SUCCESS;
}

/* The id is the VP's and stays; the version is the processor's whatever is said here */
static enum hv_status set_lapic(struct hvp_vp *vp, const struct hv_lapic_state *from)
{
	struct hv_lapic_state lapic = *from, old = {};
	enum hv_status status;

	get_lapic(vp, &old);
	if (lapic.id != old.id || (lapic.lvt_cmci & ~APIC_LVT_CMCI) ||
	    ((lapic.isr[0] | lapic.irr[0] | lapic.tmr[0]) & APIC_NO_VECTORS))
		return HV_STATUS_INVALID_PARAMETER;
	lapic.dfr |= APIC_DFR_FIXED;
	/* In x2APIC mode it follows from the id */
	if (hvp_file_get64(vp, HV_REG_APIC_BASE) & APIC_BASE_X2APIC)
		lapic.ldr = old.ldr;
	status = put_lapic(vp, &lapic);
	if (status)
		put_lapic(vp, &old);
	return status;
}

/*
 * XSAVE. The legacy region of the file's area is where the registers with names are, which
 * are always valid; its header says which of the other components are in use.
 */
static u64 supported_components(struct hvp_vp *vp)
{
	u32 regs[4];

	hvp_cpuid_lookup(vp, 0xd, 0, regs);
	return regs[0] | (u64)regs[3] << 32 | HV_XSTATE_LEGACY;
}

/* Where a component lies in an area of @area bytes; false if there is no such component */
static bool find_component(struct hvp_vp *vp, u32 number, u32 area, u32 *offset, u32 *size)
{
	u32 regs[4];

	if (!hvp_cpuid_lookup(vp, 0xd, number, regs))
		return false;
	*size = regs[0];
	*offset = regs[1];
	return *offset >= sizeof(struct hv_xsave_area) && *offset <= area &&
	       *size <= area - *offset;
}

/* Components of @which beyond the legacy region, as far as @from has them; else zeros */
static void copy_components(struct hvp_vp *vp, struct hv_xsave_area *to,
			    const struct hv_xsave_area *from, u64 which, u32 area)
{
	u32 i, offset, size;

	for (i = 2; i < 63; i++) {
		if (!(which & BIT_ULL(i)) || !find_component(vp, i, area, &offset, &size))
			continue;
		if (from->xstate_bv & BIT_ULL(i))
			memcpy((void *)to + offset, (const void *)from + offset, size);
		else
			memset((void *)to + offset, 0, size);
	}
}

static enum hv_status set_registers(struct hvp_vp *vp, u32 name,
				    const union hvp_register_value *values, u32 count)
{
	enum hv_status status = HV_STATUS_SUCCESS;
	u32 i;

	for (i = 0; i < count && !status; i++)
		status = hvp_file_set(vp, name + i, &values[i]);
	return status;
}

/* MXCSR, the only one that can be refused, comes first */
static enum hv_status put_legacy(struct hvp_vp *vp, const struct hv_xsave_area *area)
{
	enum hv_status status;

	status = set_registers(vp, HV_REG_XMM_CONTROL, &area->xmm_control, 1);
	if (!status)
		status = set_registers(vp, HV_REG_FP_CONTROL, &area->fp_control, 1);
	if (!status)
		status = set_registers(vp, HV_REG_FPMMX0, area->fpmmx, ARRAY_SIZE(area->fpmmx));
	if (!status)
		status = set_registers(vp, HV_REG_XMM0, area->xmm, ARRAY_SIZE(area->xmm));
	return status;
}

/*
 * The x87 and SSE components of @which, from @from if it has them; else initial ones. MXCSR
 * is special: it counts if SSE or AVX is asked for, whether or not @from has them.
 */
static void merge_legacy(struct hv_xsave_area *to, const struct hv_xsave_area *from, u64 which)
{
	static const struct hv_xsave_area initial = { .fp_control.low = FCW_INITIAL };
	const struct hv_xsave_area *x87 = from->xstate_bv & HV_XSTATE_X87 ? from : &initial;
	const struct hv_xsave_area *sse = from->xstate_bv & HV_XSTATE_SSE ? from : &initial;

	if (which & HV_XSTATE_X87) {
		to->fp_control = x87->fp_control;
		to->xmm_control.low = x87->xmm_control.low;
		memcpy(to->fpmmx, x87->fpmmx, sizeof(to->fpmmx));
	}
	if (which & (HV_XSTATE_SSE | HV_XSTATE_AVX))
		to->xmm_control.reg32[2] = from->xmm_control.reg32[2];
	if (which & HV_XSTATE_SSE)
		memcpy(to->xmm, sse->xmm, sizeof(to->xmm));
}

static enum hv_status get_xsave(struct hvp_vp *vp, u64 components, struct hv_xsave_area *data)
{
	const struct hv_xsave_area *area;
	u32 size;

	if (components & ~supported_components(vp))
		return HV_STATUS_INVALID_PARAMETER;
	area = hvp_file_xsave(vp, &size);
	data->xstate_bv = area->xstate_bv & components;
	copy_components(vp, data, area, components, size);
	merge_legacy(data, area, components);
	data->xmm_control.reg32[3] = area->xmm_control.reg32[3];
	return HV_STATUS_SUCCESS;
}

static enum hv_status check_xsave(struct hvp_vp *vp, u64 components,
				  const struct hv_xsave_area *data)
{
	u64 supported = supported_components(vp);

	if ((components & ~supported) || (data->xstate_bv & ~supported) || data->xcomp_bv ||
	    memchr_inv(data->rsvd2, 0, sizeof(data->rsvd2)))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_xsave(struct hvp_vp *vp, u64 components,
				const struct hv_xsave_area *data)
{
	struct hv_xsave_area *area, legacy;
	enum hv_status status;
	u32 size;

	status = check_xsave(vp, components, data);
	if (status)
		return status;
	area = hvp_file_xsave(vp, &size);
	legacy = *area;
	merge_legacy(&legacy, data, components);
	status = put_legacy(vp, &legacy);
	if (status)
		return status;
	copy_components(vp, area, data, components, size);
	area->xstate_bv = (area->xstate_bv & ~components) | (data->xstate_bv & components) |
			  HV_XSTATE_LEGACY;
	return HV_STATUS_SUCCESS;
}

/* The SynIC page's address in the child's memory; false if it is not enabled */
static bool synic_page(struct hvp_vp *vp, u32 type, u64 *gpa)
{
	u64 value = hvp_file_get64(vp, type == HV_VP_STATE_SIM_PAGE ? HV_REG_SIMP : HV_REG_SIEFP);

	*gpa = value & PAGE_MASK;
	return value & SYNIC_PAGE_ENABLED;
}

static enum hv_status get_synic_page(struct hvp_vp *vp, u32 type, void *data)
{
	u64 gpa;

	if (synic_page(vp, type, &gpa) && vp->ops->read_gpa(vp, gpa, data, PAGE_SIZE))
		return HV_STATUS_OPERATION_DENIED;
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_synic_page(struct hvp_vp *vp, u32 type, const void *data)
{
	u64 gpa;

	if (!synic_page(vp, type, &gpa))
		return memchr_inv(data, 0, PAGE_SIZE) ? HV_STATUS_INVALID_PARAMETER :
							HV_STATUS_SUCCESS;
	return vp->ops->write_gpa(vp, gpa, data, PAGE_SIZE) ? HV_STATUS_OPERATION_DENIED :
							      HV_STATUS_SUCCESS;
}

static void get_timers(struct hvp_vp *vp, struct hv_stimers_state *state)
{
	struct hv_stimer_state *timer;
	u32 i;

	for (i = 0; i < HV_STIMERS; i++) {
		timer = &state->timers[i];
		timer->flags = hvp_file_get64(vp, HV_REG_STIMER0_FLAGS + i);
		timer->config = hvp_file_get64(vp, HV_REG_STIMER0_CONFIG + 2 * i);
		timer->count = hvp_file_get64(vp, HV_REG_STIMER0_CONFIG + 2 * i + 1);
		timer->adjustment = hvp_file_get64(vp, HV_REG_STIMER0_ADJUSTMENT + i);
		timer->undelivered_expiration = hvp_file_get64(vp, HV_REG_STIMER0_UNDELIVERED + i);
	}
}

/* Writing the count may enable a timer: what the configuration says of it comes after that */
static enum hv_status put_timer(struct hvp_vp *vp, u32 i, const struct hv_stimer_state *timer)
{
	const union hvp_register_value config = { .low = timer->config };
	const union hvp_register_value count = { .low = timer->count };
	enum hv_status status;

	status = hvp_file_set(vp, HV_REG_STIMER0_CONFIG + 2 * i + 1, &count);
	if (!status)
		status = hvp_file_set(vp, HV_REG_STIMER0_CONFIG + 2 * i, &config);
	if (status)
		return status;
	*hvp_file_place(vp, HV_REG_STIMER0_FLAGS + i) = timer->flags;
	*hvp_file_place(vp, HV_REG_STIMER0_ADJUSTMENT + i) = timer->adjustment;
	*hvp_file_place(vp, HV_REG_STIMER0_UNDELIVERED + i) = timer->undelivered_expiration;
	return HV_STATUS_SUCCESS;
}

static enum hv_status put_timers(struct hvp_vp *vp, const struct hv_stimers_state *state)
{
	enum hv_status status = HV_STATUS_SUCCESS;
	u32 i;

	for (i = 0; i < HV_STIMERS && !status; i++)
		status = put_timer(vp, i, &state->timers[i]);
	return status;
}

static enum hv_status set_timers(struct hvp_vp *vp, const struct hv_stimers_state *state)
{
	struct hv_stimers_state old = {};
	enum hv_status status;
	u32 i;

	for (i = 0; i < HV_STIMERS; i++)
		if ((state->timers[i].flags & ~HV_STIMER_UNDELIVERED) || state->timers[i].rsvd)
			return HV_STATUS_INVALID_PARAMETER;
	if (memchr_inv(state->rsvd, 0, sizeof(state->rsvd)))
		return HV_STATUS_INVALID_PARAMETER;
	get_timers(vp, &old);
	status = put_timers(vp, state);
	if (status)
		put_timers(vp, &old);
	return status;
}

/**
 * hvp_vp_state_size - Size of a kind of state
 * @vp: VP of a child; op_lock is held
 * @type: HV_VP_STATE_*, from a guest
 *
 * Return: bytes, 0 if there is no such state.
 */
u32 hvp_vp_state_size(struct hvp_vp *vp, u32 type)
{
	u32 size;

	switch (type) {
	case HV_VP_STATE_LAPIC:
		return sizeof(struct hv_lapic_state);
	case HV_VP_STATE_XSAVE:
		hvp_file_xsave(vp, &size);
		return size;
	case HV_VP_STATE_SIM_PAGE:
	case HV_VP_STATE_SIEF_PAGE:
		return PAGE_SIZE;
	case HV_VP_STATE_SYNTHETIC_TIMERS:
		return sizeof(struct hv_stimers_state);
	default:
		return 0;
	}
}

/**
 * hvp_vp_state_get - HvCallGetVpState
 * @vp: VP of a child; op_lock is held
 * @type: HV_VP_STATE_*, with a size
 * @components: XSAVE: components wanted, others are left out
 * @data: hvp_vp_state_size() bytes of zeros, aligned to 8; filled
 *
 * Return: SUCCESS; INVALID_VP_STATE if the VP may run; INVALID_PARAMETER for components that
 * the VP does not have; OPERATION_DENIED if a SynIC page is where the VP has no memory.
 */
enum hv_status hvp_vp_state_get(struct hvp_vp *vp, u32 type, u64 components, void *data)
{
	lockdep_assert_held(&vp->partition->op_lock);
	if (!hvp_file_stopped(vp))
		return HV_STATUS_INVALID_VP_STATE;
	hvp_register_page_load(vp);
	switch (type) {
	case HV_VP_STATE_LAPIC:
		get_lapic(vp, data);
		return HV_STATUS_SUCCESS;
	case HV_VP_STATE_XSAVE:
		return get_xsave(vp, components, data);
	case HV_VP_STATE_SYNTHETIC_TIMERS:
		get_timers(vp, data);
		return HV_STATUS_SUCCESS;
	default:
		return get_synic_page(vp, type, data);
	}
}

static enum hv_status set_state(struct hvp_vp *vp, u32 type, u64 components, const void *data)
{
	switch (type) {
	case HV_VP_STATE_LAPIC:
		return set_lapic(vp, data);
	case HV_VP_STATE_XSAVE:
		return set_xsave(vp, components, data);
	case HV_VP_STATE_SYNTHETIC_TIMERS:
		return set_timers(vp, data);
	default:
		return set_synic_page(vp, type, data);
	}
}

/**
 * hvp_vp_state_set - HvCallSetVpState
 * @vp: VP of a child; op_lock is held
 * @type: HV_VP_STATE_*, with a size
 * @components: XSAVE: components to set, others stay as they are
 * @data: hvp_vp_state_size() bytes, aligned to 8
 *
 * Return: as hvp_vp_state_get(), and INVALID_PARAMETER for contents that the VP cannot have.
 */
enum hv_status hvp_vp_state_set(struct hvp_vp *vp, u32 type, u64 components, const void *data)
{
	enum hv_status status;

	lockdep_assert_held(&vp->partition->op_lock);
	if (!hvp_file_stopped(vp))
		return HV_STATUS_INVALID_VP_STATE;
	hvp_register_page_load(vp);
	status = set_state(vp, type, components, data);
	hvp_register_page_fill(vp);
	/* A register that is refused is bad content here, not a bad register */
	if (status == HV_STATUS_INVALID_REGISTER_VALUE)
		status = HV_STATUS_INVALID_PARAMETER;
	return status;
}
