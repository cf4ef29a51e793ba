// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallStartVirtualProcessor: a vCPU that waits for INIT and SIPI gets both, the ordinary
 * way, and before it executes anything its own thread replaces the real-mode state of a
 * SIPI by the context that the caller gave. If it is to begin in a higher VTL than the VM's own
 * its thread goes there at once, and the lower one waits: halted, for KVM lets nothing but INIT and
 * SIPI end another wait, see vtl.c.
 */
#include <linux/srcu.h>
#include <asm/apicdef.h>
#include <asm/msr-index.h>

#include "binding.h"
#include "../hv_abi/vp.h"

static void send(struct kvm_vcpu *vcpu, u32 mode)
{
	struct kvm_lapic_irq irq = { .delivery_mode = mode, .level = true };

	hvp_kvm_call(kvm_apic_set_irq)(vcpu, &irq, NULL);
}

/**
 * hvp_kvm_waits - Has a VP been started in a higher VTL, and not in this one?
 * @kvp: VTL in which it would begin
 */
bool hvp_kvm_waits(const struct hvp_kvm_vp *kvp)
{
	/* A reset leaves no higher VTL */
	return READ_ONCE(kvp->unstarted) &&
	       (hvp_vtls_of_vp(kvp->vp) & GENMASK(HVP_VTLS - 1, 0) & ~GENMASK(kvp->vtl, 0));
}

/*
 * Has the guest started this VP? A BIOS starts all of them at power-on and leaves them
 * halted with interrupts off: that is not counted, as on a machine whose firmware leaves
 * them alone. One that was started in a higher VTL can still be started in its own.
 */
static bool is_started(const struct hvp_kvm_vp *kvp, u8 vtl)
{
	if (hvp_kvm_waits(kvp))
		return vtl != kvp->vtl;
	switch (READ_ONCE(kvp->vcpu->arch.mp_state)) {
	case KVM_MP_STATE_UNINITIALIZED:
	case KVM_MP_STATE_INIT_RECEIVED:
		return false;
	case KVM_MP_STATE_HALTED:
		return READ_ONCE(kvp->active);
	default:
		return true;
	}
}

enum hv_status hvp_kvm_start_vp(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				const struct hvp_initial_vp_context *context)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_home(target);
	struct kvm_vcpu *vcpu = kvp->vcpu;

	if (!hvp_context_loadable(target, context, vcpu->arch.cr4_guest_rsvd_bits))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	if (is_started(kvp, vtl))
		return HV_STATUS_INVALID_VP_STATE;
	/* 0 free, 1 being written, 2 ready for the target's thread */
	if (atomic_cmpxchg(&kvp->start_pending, 0, 1))
		return HV_STATUS_INVALID_VP_STATE;

	/* Between INIT and SIPI it cannot enter the guest: no moment for a wrong state */
	kvp->start = *context;
	kvp->start_vtl = vtl;
	send(vcpu, APIC_DM_INIT);
	atomic_set_release(&kvp->start_pending, 2);
	kvm_make_request(HVP_REQ_PRE_ENTRY, vcpu);
	send(vcpu, APIC_DM_STARTUP);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_kvm_load_context - Give a vCPU the registers of a context
 * @vcpu: vCPU, loaded, after INIT or reset
 * @c: Context
 *
 * Return: 0, or -EINVAL if KVM refuses them.
 */
int hvp_kvm_load_context(struct kvm_vcpu *vcpu, const struct hvp_initial_vp_context *c)
{
	struct msr_data pat = { .index = MSR_IA32_CR_PAT, .data = c->pat };
	struct kvm_sregs sregs = {};

	hvp_kvm_call(__get_sregs)(vcpu, &sregs);
	/* What is set here would be injected; after INIT there is nothing */
	memset(sregs.interrupt_bitmap, 0, sizeof(sregs.interrupt_bitmap));
	hvp_to_kvm_segment(&sregs.cs, &c->cs);
	hvp_to_kvm_segment(&sregs.ds, &c->ds);
	hvp_to_kvm_segment(&sregs.es, &c->es);
	hvp_to_kvm_segment(&sregs.fs, &c->fs);
	hvp_to_kvm_segment(&sregs.gs, &c->gs);
	hvp_to_kvm_segment(&sregs.ss, &c->ss);
	hvp_to_kvm_segment(&sregs.tr, &c->tr);
	hvp_to_kvm_segment(&sregs.ldt, &c->ldtr);
	sregs.idt = (struct kvm_dtable) { .base = c->idtr.base, .limit = c->idtr.limit };
	sregs.gdt = (struct kvm_dtable) { .base = c->gdtr.base, .limit = c->gdtr.limit };
	sregs.efer = c->efer;
	sregs.cr0 = c->cr0;
	sregs.cr3 = c->cr3;
	sregs.cr4 = c->cr4;
	if (hvp_kvm_call(__set_sregs)(vcpu, &sregs)) {
		pr_warn_ratelimited("hvpersona: KVM refused the context of a started VP\n");
		return -EINVAL;
	}
	hvp_kvm_op(set_msr)(vcpu, &pat);
	hvp_kvm_set_rsp(vcpu, c->rsp);
	hvp_kvm_set_rip(vcpu, c->rip);
	hvp_kvm_call(kvm_set_rflags)(vcpu, c->rflags);
	kvm_make_request(KVM_REQ_TLB_FLUSH_GUEST, vcpu);
	return 0;
}

/* A started VP takes its context */
static void take_context(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	/* A reset may have overtaken it */
	if (READ_ONCE(vcpu->kvm->arch.hyperv.hv_guest_os_id)) {
		WRITE_ONCE(kvp->unstarted, kvp->start_vtl != kvp->vtl);
		if (kvp->unstarted) {
			kvp->begins_above = true;
			kvp->leave = true;
			return;
		}
		if (hvp_kvm_load_context(vcpu, &kvp->start)) {
			/* As if the SIPI had not come; the event makes KVM look before it enters */
			vcpu->arch.mp_state = KVM_MP_STATE_INIT_RECEIVED;
			kvm_make_request(KVM_REQ_EVENT, vcpu);
		}
		/* It counts as running: that somebody saw it halted is over, see synic.c */
		vcpu->stat.exits++;
		kvp->active = true;
	}
	atomic_set(&kvp->start_pending, 0);
}

/* A vCPU that could not be given a VP: its VM has pages to protect all the same */
static noinline void enter_without_vp(struct kvm_vcpu *vcpu)
{
	struct hvp_kvm *hk;
	int idx;

	idx = srcu_read_lock(&hvp_hook_srcu);
	hk = hvp_kvm_find(vcpu->kvm);
	if (hk)
		hvp_kvm_recount(hk);
	srcu_read_unlock(&hvp_hook_srcu, idx);
}

/**
 * hvp_pre_entry - Stands where KVM calls the handler of HVP_REQ_PRE_ENTRY
 * @vcpu: vCPU about to enter the guest, in its own thread
 *
 * It is called for the personality's requests and for KVM's own: whose it is cannot be told,
 * and both do no harm when there is nothing to do.
 */
void hvp_pre_entry(struct kvm_vcpu *vcpu)
{
	struct hvp_kvm *hk = hvp_kvm_find(vcpu->kvm);
	struct hvp_kvm_vp *kvp;

	/* Without it KVM never asks for it, and warns */
	if (hvp_pml)
		static_call_cond(hvp_orig_pre_entry)(vcpu);
	if (!hk)
		return;
	kvp = hvp_kvm_vp_of(hk, vcpu);
	if (unlikely(!kvp)) {
		enter_without_vp(vcpu);
		return;
	}
	if (!hvp_kvm_enter(hk, kvp))
		return;
	hvp_kvm_recount(hk);
	if (unlikely(READ_ONCE(hk->has_vtls)))
		hvp_kvm_vtl_pre_entry(kvp);
	if (unlikely(atomic_read_acquire(&kvp->start_pending) == 2))
		take_context(kvp);
	hvp_log_work(kvp->vp);
	hvp_kvm_deliver(kvp);
	hvp_kvm_leave(kvp);
}
