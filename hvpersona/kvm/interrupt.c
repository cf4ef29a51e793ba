// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts that a root, or a higher VTL, asserts at the local APICs of its own machine, which are KVM's
 * for each VTL.
 *
 * Not served are those that need a parent: a level-triggered interrupt, whose EOI would have to
 * be reported to one, and ExtINT, whose line belongs to the machine's own interrupt controller.
 */
#include <asm/apicdef.h>

#include "binding.h"
#include "../hv_abi/interrupt.h"
#include "../interrupt.h"

/* The APIC has been seen to be there, and stays */
static struct kvm_vcpu *vcpu_of(struct hvp_vp *vp, u8 vtl)
{
	return hvp_kvm_vtl(vp, vtl)->vcpu;
}

static bool set_irq(struct kvm_vcpu *vcpu, u32 mode, u8 vector, bool level)
{
	struct kvm_lapic_irq irq = {
		.delivery_mode = mode,
		.vector = vector,
		.level = true,
		.trig_mode = level,
	};

	return hvp_kvm_call(kvm_apic_set_irq)(vcpu, &irq, NULL) > 0;
}

static u32 apic_register(const struct kvm_lapic_state *state, u32 offset)
{
	return *(const u32 *)(state->regs + offset);
}

/* PPR is as KVM had it at the last exit of the VP, or as the processor keeps it */
noinline int hvp_kvm_priority(struct hvp_vp *vp, u8 vtl)
{
	struct kvm_lapic_state state;

	hvp_kvm_call(kvm_apic_get_state)(vcpu_of(vp, vtl), &state);
	if (!(apic_register(&state, APIC_SPIV) & APIC_SPIV_APIC_ENABLED))
		return -1;
	return apic_register(&state, APIC_PROCPRI) & APIC_VECTOR_MASK;
}

/* The local vector table says what the pin is; ExtINT asks the machine's own controller */
static noinline void pull_pin(struct kvm_vcpu *vcpu, u32 offset)
{
	struct kvm_lapic_state state;
	u32 lvt, mode;

	hvp_kvm_call(kvm_apic_get_state)(vcpu, &state);
	lvt = apic_register(&state, offset);
	mode = lvt & APIC_MODE_MASK;
	if (!(apic_register(&state, APIC_SPIV) & APIC_SPIV_APIC_ENABLED) ||
	    (lvt & APIC_LVT_MASKED))
		return;
	if (mode == APIC_DM_NMI || mode == APIC_DM_INIT || mode == APIC_DM_SMI)
		set_irq(vcpu, mode, 0, false);
	else if (mode == APIC_DM_FIXED && (lvt & APIC_VECTOR_MASK) >= 16)
		set_irq(vcpu, mode, lvt & APIC_VECTOR_MASK, lvt & APIC_LVT_LEVEL_TRIGGER);
}

static enum hv_status deliver(struct kvm_vcpu *vcpu, const struct hvp_interrupt *irq)
{
	switch (irq->type) {
	case HV_INTERRUPT_FIXED:
	case HV_INTERRUPT_LOWEST_PRIORITY:
		set_irq(vcpu, APIC_DM_FIXED, irq->vector, false);
		return HV_STATUS_SUCCESS;
	case HV_INTERRUPT_SMI:
		/* A KVM without system management mode has none */
		return set_irq(vcpu, APIC_DM_SMI, 0, false) ? HV_STATUS_SUCCESS :
							    HV_STATUS_INVALID_PARAMETER;
	case HV_INTERRUPT_NMI:
		set_irq(vcpu, APIC_DM_NMI, 0, false);
		return HV_STATUS_SUCCESS;
	case HV_INTERRUPT_INIT:
		set_irq(vcpu, APIC_DM_INIT, 0, false);
		return HV_STATUS_SUCCESS;
	case HV_INTERRUPT_SIPI:
		set_irq(vcpu, APIC_DM_STARTUP, irq->vector, false);
		return HV_STATUS_SUCCESS;
	case HV_INTERRUPT_LINT0:
		pull_pin(vcpu, APIC_LVT0);
		return HV_STATUS_SUCCESS;
	case HV_INTERRUPT_LINT1:
		pull_pin(vcpu, APIC_LVT1);
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

/* Whether a VP loses a fixed interrupt because its APIC is disabled is not told, as on hardware */
enum hv_status hvp_kvm_accept_irq(struct hvp_vp *vp, const struct hvp_interrupt *irq)
{
	if (irq->type == HV_INTERRUPT_REMOTE_READ)
		return HV_STATUS_INVALID_PARAMETER;
	if (irq->level && irq->type <= HV_INTERRUPT_LOWEST_PRIORITY)
		return HV_STATUS_OPERATION_DENIED;
	/* Nothing that is edge-triggered can be taken back */
	return irq->none ? HV_STATUS_SUCCESS : deliver(vcpu_of(vp, irq->vtl), irq);
}
