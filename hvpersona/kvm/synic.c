// SPDX-License-Identifier: GPL-2.0
/*
 * The SynIC of a machine's VP: SCONTROL, SIMP, SIEFP and the SINTs are KVM's, which takes
 * the guest's MSR writes and ends auto-EOI interrupts. What the personality has for the VP is put
 * into the pages by the vCPU's own thread, before it enters the guest.
 *
 * A halted vCPU that is merely kicked sleeps on. KVM wakes it for paravirtual kicks
 * (pv_unhalted), so that is what a sender pretends; if nothing became deliverable the vCPU goes
 * back to sleep, for HLT does not return then.
 */
#include <linux/nospec.h>
#include <asm/apicdef.h>

#include "binding.h"
#include "../hv_abi/msr.h"

/*
 * Of these MSRs KVM returns what it has stored, to any thread. It keeps the struct to itself
 * (7.3). Read as the guest does, so that there is none without a SynIC, but past all of KVM that
 * knows other MSRs: senders do this each time.
 */
static bool synic_msr(struct kvm_vcpu *vcpu, u32 index, u64 *value)
{
	return !hvp_kvm_call(kvm_hv_get_msr_common)(vcpu, index, value, false);
}

bool hvp_kvm_sint(struct hvp_vp *vp, u8 vtl, u32 sint, struct hvp_sint *out)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vtl(vp, vtl);
	struct kvm_vcpu *vcpu;

	if (sint >= HVP_SINTS || !kvp)
		return false;
	vcpu = kvp->vcpu;
	sint = array_index_nospec(sint, HVP_SINTS);
	return synic_msr(vcpu, HV_MSR_SCONTROL, &out->control) &&
	       synic_msr(vcpu, HV_MSR_SIMP, &out->simp) &&
	       synic_msr(vcpu, HV_MSR_SIEFP, &out->siefp) &&
	       synic_msr(vcpu, HV_MSR_SINT0 + sint, &out->sint);
}

/* As KVM's own synic_set_irq(), whose detour by the destination "self" ends here */
void hvp_kvm_sint_irq(struct hvp_vp *vp, u8 vtl, u8 vector)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vtl(vp, vtl);
	struct kvm_lapic_irq irq = {
		.delivery_mode = APIC_DM_FIXED, .vector = vector, .level = true,
	};

	if (kvp)
		hvp_kvm_call(kvm_apic_set_irq)(kvp->vcpu, &irq, NULL);
}

u64 hvp_kvm_sirbp(struct hvp_vp *vp)
{
	return READ_ONCE(hvp_kvm_home(vp)->sirbp);
}

/*
 * Grows whenever the vCPU leaves the guest or a signal takes it to the VMM. As long as it
 * stands, a vCPU that was halted has neither run since nor been changed by the VMM.
 */
static u64 outings(const struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->stat.exits) + READ_ONCE(vcpu->stat.signal_exits) + 1;
}

/* Make a vCPU runnable that is halted or about to be */
static void wake(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	u64 now = outings(vcpu);
	bool nested;

	/* It was halted no earlier than this count was read */
	smp_rmb();
	nested = READ_ONCE(vcpu->arch.hflags) & HF_GUEST_MASK;
	/* And if it is entered later the count is another */
	smp_rmb();
	switch (READ_ONCE(vcpu->arch.mp_state)) {
	case KVM_MP_STATE_HALTED:
		/* From a nested guest an event leads to the one around it, which is not halted */
		if (!nested)
			WRITE_ONCE(kvp->halted_at, now);
		fallthrough;
	case KVM_MP_STATE_RUNNABLE:
		WRITE_ONCE(vcpu->arch.pv.pv_unhalted, true);
		break;
	default:
		/* Waits for INIT or SIPI, and would find no rest otherwise */
		break;
	}
}

/**
 * hvp_kvm_wake - Have a vCPU call hvp_pre_entry() before it is in the guest next, at once
 * @kvp: What is kept of it; any context
 */
void hvp_kvm_wake(struct hvp_kvm_vp *kvp)
{
	/*
	 * Before: a vCPU that takes back pv_unhalted sees that it is wanted again. And after:
	 * if it has served the request already, it has pv_unhalted to take back.
	 */
	kvm_make_request(HVP_REQ_PRE_ENTRY, kvp->vcpu);
	wake(kvp);
	kvm_make_request(HVP_REQ_PRE_ENTRY, kvp->vcpu);
	hvp_kick(kvp->vcpu);
}

void hvp_kvm_synic_kick(struct hvp_vp *vp, u8 vtl)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vtl(vp, vtl);

	if (kvp)
		hvp_kvm_wake(kvp);
}

/* Is an event half delivered? Nobody asks for that when the vCPU is halted */
bool hvp_kvm_event_injected(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.exception.injected || vcpu->arch.interrupt.injected ||
	       vcpu->arch.nmi_injected;
}

/* With interrupts off it may have got INIT and SIPI as well, so there HLT returns */
static bool was_halted(const struct hvp_kvm_vp *kvp)
{
	return READ_ONCE(kvp->halted_at) == outings(kvp->vcpu) &&
	       (hvp_kvm_call(kvm_get_rflags)(kvp->vcpu) & X86_EFLAGS_IF);
}

/* Is there nothing to end HLT with? KVM tells that of a vCPU that is halted */
static bool nothing_came(struct kvm_vcpu *vcpu)
{
	bool nothing;

	vcpu->arch.mp_state = KVM_MP_STATE_HALTED;
	nothing = !hvp_kvm_event_injected(vcpu) && !hvp_kvm_call(kvm_arch_vcpu_runnable)(vcpu);
	vcpu->arch.mp_state = KVM_MP_STATE_RUNNABLE;
	return nothing;
}

/**
 * hvp_kvm_sleeps - Was a vCPU halted when it was woken, and would be still?
 * @kvp: What is kept of it; it is about to enter the guest, in its thread
 *
 * Then it is not woken by hvp_kvm_wake() any more.
 */
bool hvp_kvm_sleeps(struct hvp_kvm_vp *kvp)
{
	WRITE_ONCE(kvp->vcpu->arch.pv.pv_unhalted, false);
	return was_halted(kvp) && nothing_came(kvp->vcpu);
}

/*
 * Undo what wake() did, in the vCPU's thread. A guest that has told who it is has no means to
 * make a paravirtual kick: its hypercalls are Hyper-V's.
 */
static void settle(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	kvp->drowsy = false;
	if (!READ_ONCE(vcpu->kvm->arch.hyperv.hv_guest_os_id))
		return;
	WRITE_ONCE(vcpu->arch.pv.pv_unhalted, false);
	/* Pairs with the requests around wake() */
	smp_mb();
	if (kvm_test_request(HVP_REQ_PRE_ENTRY, vcpu) || !was_halted(kvp) || !nothing_came(vcpu))
		return;
	kvp->drowsy = true;
	/* Ends this attempt to enter the guest, and is gone before it blocks */
	kvm_make_request(KVM_REQ_UNBLOCK, vcpu);
}

/**
 * hvp_cancel_injection - Stands where KVM calls kvm_x86_ops.cancel_injection
 * @vcpu: vCPU that does not enter the guest after all, in its own thread
 *
 * Only here can a vCPU go back to sleep. Since settle() KVM may have injected what came
 * meanwhile, and of that, no longer pending, it would not wake a halted vCPU.
 */
void hvp_cancel_injection(struct kvm_vcpu *vcpu)
{
	struct hvp_kvm *hk = hvp_kvm_find(vcpu->kvm);
	struct hvp_kvm_vp *kvp = hk ? hvp_kvm_vp_of(hk, vcpu) : NULL;

	static_call(hvp_orig_cancel_injection)(vcpu);
	if (!kvp || !kvp->drowsy)
		return;
	kvp->drowsy = false;
	if (was_halted(kvp) && !hvp_kvm_event_injected(vcpu))
		vcpu->arch.mp_state = KVM_MP_STATE_HALTED;
}

/**
 * hvp_kvm_deliver - Put what waits for a VP into its guest's pages
 * @kvp: VP about to enter the guest, in its own thread
 */
void hvp_kvm_deliver(struct hvp_kvm_vp *kvp)
{
	if (hvp_synic_has_work(kvp->vp->synic[kvp->vtl]))
		hvp_synic_deliver(kvp->vp);
	/* It leaves at once, and then halts on */
	if (!kvp->leave)
		settle(kvp);
}
