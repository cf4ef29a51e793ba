// SPDX-License-Identifier: GPL-2.0
/*
 * VTLs besides the one in which a machine begins. Each is a VM of its own of the same process
 * (sibling.c), with one vCPU for each VP that has the VTL: local APICs, MSRs, SynICs, timers and
 * page tables of each VTL are KVM's. What VTLs share, general purpose registers and the like, is
 * handed over at a switch; the FPU state is one.
 *
 * All VTLs of a VP run in the thread of the VMM's vCPU, its "home". While another one is active
 * the home is parked in its exit hook, in turn(), or the VMM is in between, serving an exit of the
 * active VTL; then the next KVM_RUN goes on in resume().
 *
 * An interrupt for a VTL above the active one switches to it. KVM kicks the vCPU that it is for:
 * ftrace tells us, we note the VTL in struct hvp_kvm_vp.wanted and kick the active one, which
 * leaves the guest and looks. KVM also lets it halt: a kick wakes it as a message does, see
 * synic.c, and if the higher VTL took nothing, or has returned, it goes on halting.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/sched/signal.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <asm/apicdef.h>
#include <asm/msr-index.h>

#include "binding.h"
#include "../hv_abi/msr.h"
#include "../hv_abi/synic.h"
#include "../hv_abi/translate.h"
#include "../hv_abi/vtl.h"
#include "../registers.h"
#include "../vtl/intercept.h"
#include "../vtl/register_page.h"
#include "../vtl/vina.h"

static DEFINE_MUTEX(hook_lock);
/* Serializes the making of siblings; taken with the vCPU parked */
static DEFINE_MUTEX(make_lock);
static bool hooked;
/* kvm_vcpu_kick() and kvm_vcpu_wake_up(), which is inlined into it */
static unsigned long kickers[2] __ro_after_init;
/* kvm_arch_commit_memory_region() */
static unsigned long slot_changer __ro_after_init;
/* __apic_accept_irq() */
static unsigned long acceptor __ro_after_init;
/* To let go of files: that of a vCPU's VM must not be the last where another is loaded */
static struct workqueue_struct *release_queue;

static u32 above(u8 vtl)
{
	return GENMASK(HVP_VTLS - 1, 0) & ~GENMASK(vtl, 0);
}

/*
 * A vCPU was kicked. If its VTL is above the one that is active, that one has to make way; if it is
 * below, the active one may want to know.
 */
static void kicked(struct hvp_kvm_vp *kvp)
{
	struct hvp_kvm_vp *active = READ_ONCE(kvp->vp->backend);

	if (active == kvp)
		return;
	if (active->vtl > kvp->vtl && (hvp_vina(kvp->vp, active->vtl) & HV_VSM_VINA_ENABLED)) {
		WRITE_ONCE(active->vina_look, true);
		hvp_kvm_wake(active);
	}
	set_bit(kvp->vtl, &kvp->home->wanted);
	/* Pairs with the one in set_active(): either it is seen there, or we see who is active now */
	smp_mb__after_atomic();
	active = READ_ONCE(kvp->vp->backend);
	if (active->vtl < kvp->vtl)
		hvp_kvm_wake(active);
}

/* Before kvm_vcpu_kick(vcpu) */
static void before_kick(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			struct ftrace_regs *fregs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)hvp_ftrace_args(fregs)->di;
	struct hvp_kvm *hk = hvp_kvm_find(vcpu->kvm);
	struct hvp_kvm_vp *kvp;

	if (!hk || !READ_ONCE(hk->has_vtls))
		return;
	/* As for senders: its VP goes a grace period after the VM cannot be found any more */
	rcu_read_lock();
	hk = hvp_kvm_find(vcpu->kvm);
	kvp = hk ? hvp_kvm_vp_of(hk, vcpu) : NULL;
	if (kvp)
		kicked(kvp);
	rcu_read_unlock();
}

static struct ftrace_ops kick_ops = {
	.func = before_kick,
	/* Not to be switched off by the sysctl kernel.ftrace_enabled */
	.flags = FTRACE_OPS_FL_PERMANENT,
};

/*
 * Before kvm_arch_commit_memory_region(kvm, ...), when the slots are as they will be. What is no
 * longer a slot may be other memory of the VMM's when this returns: by then no other VTL is in its
 * guest, and none enters it with the old slots.
 */
static void before_slot_change(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	struct kvm *kvm = (struct kvm *)hvp_ftrace_args(fregs)->di;
	struct hvp_kvm *hk = hvp_kvm_find(kvm), *other;
	u32 vtl;

	if (!hk || !READ_ONCE(hk->has_vtls) || hk->home != hk)
		return;
	atomic_inc(&hk->slot_changes);
	for (vtl = 0; vtl < HVP_VTLS; vtl++) {
		other = READ_ONCE(hk->vtls[vtl]);
		if (other && other != hk)
			hvp_kvm_call(kvm_make_all_cpus_request)(other->kvm, HVP_REQ_STOP);
	}
}

static struct ftrace_ops slot_ops = {
	.func = before_slot_change,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static struct hvp_kvm_vp *vp_of_apic(struct hvp_kvm *hk, unsigned long apic)
{
	u32 i;

	for (i = 0; i < hk->max_vps; i++)
		if (hk->vps[i] && (unsigned long)hk->vps[i]->vcpu->arch.apic == apic)
			return hk->vps[i];
	return NULL;
}

/*
 * Before __apic_accept_irq(apic, delivery mode, vector, ...): TLFS, "Virtual Interrupts and VTLs".
 * INIT and SIPI are dropped by a VP that has a higher VTL, which may want to be told. What
 * HvCallStartVirtualProcessor sends passes. In the thread of the VP that sends it.
 */
static void before_accept(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			  struct ftrace_regs *fregs)
{
	struct pt_regs *args = hvp_ftrace_args(fregs);
	struct hvp_kvm_vp *from, *to;
	struct kvm_vcpu *vcpu;
	struct hvp_kvm *hk;

	if (args->si != APIC_DM_INIT && args->si != APIC_DM_STARTUP)
		return;
	vcpu = hvp_kvm_call(kvm_get_running_vcpu)();
	hk = vcpu ? hvp_kvm_find(vcpu->kvm) : NULL;
	if (!hk || !READ_ONCE(hk->has_vtls))
		return;
	from = hvp_kvm_vp_of(hk, vcpu);
	to = vp_of_apic(hk, args->di);
	if (!from || !to || atomic_read(&to->start_pending) ||
	    !(hvp_vtls_of_vp(to->vp) & above(to->vtl)))
		return;
	if (args->si == APIC_DM_STARTUP) {
		from->startup_target = to->vp->index;
		from->startup_vector = args->dx;
		from->is_startup = true;
	}
	/* KVM does nothing about this one */
	args->si = APIC_DM_EXTINT;
}

static struct ftrace_ops accept_ops = {
	.func = before_accept,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

/* A VP has sent a SIPI that was dropped; its instruction has been executed */
static void tell_startup(struct hvp_kvm_vp *kvp)
{
	u8 vtl = hvp_vtl_intercepting(kvp->vp, HV_VSM_INTERCEPT_STARTUP);

	kvp->is_startup = false;
	if (vtl)
		hvp_vtl_sipi_intercept(kvp->vp, vtl, kvp->startup_target, kvp->startup_vector);
}

static const struct {
	struct ftrace_ops *ops;
	unsigned long *addresses;
	u32 count;
} hooks[] = {
	{ &kick_ops, kickers, ARRAY_SIZE(kickers) },
	{ &slot_ops, &slot_changer, 1 },
	{ &accept_ops, &acceptor, 1 },
};

static int hook_kvm(void)
{
	int err = 0;
	u32 i;

	mutex_lock(&hook_lock);
	if (!hooked) {
		for (i = 0; !err && i < ARRAY_SIZE(hooks); i++)
			err = hvp_kvm_hook(hooks[i].ops, hooks[i].addresses, hooks[i].count);
		hooked = !err;
		/* The last one that was tried has failed, and is as it was */
		for (i = err ? i - 1 : 0; i--;)
			hvp_kvm_unhook(hooks[i].ops, hooks[i].addresses, hooks[i].count);
	}
	mutex_unlock(&hook_lock);
	if (err)
		pr_warn_ratelimited("hvpersona: no VTLs: ftrace error %d\n", err);
	return err ? -EOPNOTSUPP : 0;
}

/**
 * hvp_kvm_vtl_init - Find what VTLs need of KVM
 *
 * Return: 0, -ENOENT if KVM lacks something, -ENOMEM.
 */
int hvp_kvm_vtl_init(void)
{
	kickers[0] = hvp_kvm_require(HVP_KICK_NAME, "switch VTLs");
	kickers[1] = hvp_kvm_require("kvm_vcpu_wake_up", "switch VTLs");
	slot_changer = hvp_kvm_require("kvm_arch_commit_memory_region", "switch VTLs");
	acceptor = hvp_kvm_require("__apic_accept_irq", "switch VTLs");
	if (!kickers[0] || !kickers[1] || !slot_changer || !acceptor)
		return -ENOENT;
	if (hvp_kvm_watch_init())
		return -ENOENT;
	release_queue = alloc_workqueue("hvpersona", WQ_UNBOUND, 0);
	return release_queue ? 0 : -ENOMEM;
}

/**
 * hvp_kvm_vtl_exit - Undo what the first VTL brought; no VM is attached
 */
void hvp_kvm_vtl_exit(void)
{
	u32 i;

	mutex_lock(&hook_lock);
	for (i = 0; hooked && i < ARRAY_SIZE(hooks); i++)
		hvp_kvm_unhook(hooks[i].ops, hooks[i].addresses, hooks[i].count);
	hooked = false;
	mutex_unlock(&hook_lock);
	hvp_kvm_watch_exit();
}

/**
 * hvp_kvm_vtl_end - Undo hvp_kvm_vtl_init()
 */
void hvp_kvm_vtl_end(void)
{
	if (release_queue)
		destroy_workqueue(release_queue);
	release_queue = NULL;
}

/* What VTLs of a VP share: TLFS, "Virtual Processor State Isolation". RSP and RIP are not */
static void copy_shared(struct kvm_vcpu *to, const struct kvm_vcpu *from)
{
	unsigned long rsp = to->arch.regs[VCPU_REGS_RSP], rip = hvp_arch_rip(to);

	memcpy(to->arch.regs, from->arch.regs, sizeof(to->arch.regs));
	to->arch.regs[VCPU_REGS_RSP] = rsp;
	hvp_arch_rip(to) = rip;
	to->arch.cr2 = from->arch.cr2;
	to->arch.xcr0 = from->arch.xcr0;
	to->arch.pkru = from->arch.pkru;
	memcpy(to->arch.db, from->arch.db, sizeof(to->arch.db));
	if (!to->guest_debug)
		memcpy(to->arch.eff_db, from->arch.db, sizeof(to->arch.db));
	to->arch.dr6 = from->arch.dr6;
}

/* @to becomes the active VTL; in the VP's thread */
static void set_active(struct hvp_kvm_vp *to)
{
	struct hvp_vp *vp = to->vp;
	struct hvp_kvm_vp *from = vp->backend;

	copy_shared(to->vcpu, from->vcpu);
	WRITE_ONCE(vp->vtl, to->vtl);
	WRITE_ONCE(vp->backend, to);
	/* Pairs with the one in kicked() */
	smp_mb();
}

/* The VP assist page of a VTL; false if it has none */
static bool assist_page(struct hvp_kvm_vp *kvp, u64 *gpa)
{
	if (hvp_kvm_call(kvm_hv_get_msr_common)(kvp->vcpu, HV_MSR_VP_ASSIST_PAGE, gpa, true) ||
	    !(*gpa & 1))
		return false;
	*gpa &= PAGE_MASK;
	return true;
}

/*
 * KVM wants a vCPU of the VM to be loaded when one of its pages becomes dirty, and that is the case
 * later; but a sibling's pages are not logged.
 */
static void write_page(struct hvp_kvm_vp *kvp, u64 gpa, const void *data, u32 size)
{
	u64 gfn = gpa_to_gfn(gpa);
	struct kvm_vcpu *vcpu = kvp->vcpu;
	struct kvm_memory_slot *slot;
	unsigned long hva;

	if (!(hvp_kvm_rights(kvp->vp->partition, kvp->vtl, gfn) & HVP_GPA_WRITE))
		return;
	slot = hvp_kvm_call(kvm_vcpu_gfn_to_memslot)(vcpu, gfn);
	if (!slot || (slot->flags & (KVM_MEM_READONLY | KVM_MEMSLOT_INVALID)))
		return;
	hva = __gfn_to_hva_memslot(slot, gfn) + offset_in_page(gpa);
	/* What the VMM has taken away is lost, as it would be for the guest */
	if (!copy_to_user((void __user *)hva, data, size))
		kvp->wrote_page = true;
}

static void write_assist(struct hvp_kvm_vp *kvp, u32 offset, const void *data, u32 size)
{
	struct kvm *kvm = kvp->vcpu->kvm;
	u64 gpa;
	int idx;

	idx = srcu_read_lock(&kvm->srcu);
	if (assist_page(kvp, &gpa))
		write_page(kvp, gpa + offset, data, size);
	srcu_read_unlock(&kvm->srcu, idx);
}

/* The home is loaded again */
static void log_pages(struct hvp_kvm_vp *home)
{
	u64 gpa;

	home->wrote_page = false;
	if (assist_page(home, &gpa))
		hvp_kvm_call(kvm_vcpu_mark_page_dirty)(home->vcpu, gpa_to_gfn(gpa));
	if (hvp_vtl_register_page(home->vp, home->vtl, &gpa))
		hvp_kvm_call(kvm_vcpu_mark_page_dirty)(home->vcpu, gpa_to_gfn(gpa));
}

/* As struct hvp_backend_ops.write_assist */
void hvp_kvm_write_assist(struct hvp_vp *vp, u8 vtl, u32 offset, const void *data, u32 size)
{
	write_assist(hvp_kvm_vtl(vp, vtl), offset, data, size);
}

/* As struct hvp_backend_ops.write_vtl_gpa */
void hvp_kvm_write_vtl_gpa(struct hvp_vp *vp, u8 vtl, u64 gpa, const void *data, u32 size)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vtl(vp, vtl);
	int idx = srcu_read_lock(&kvp->vcpu->kvm->srcu);

	write_page(kvp, gpa, data, size);
	srcu_read_unlock(&kvp->vcpu->kvm->srcu, idx);
}

/* Whether an interrupt has come for a lower VTL is looked at when the VTL is about to run */
static void want_look_below(struct hvp_kvm_vp *kvp)
{
	WRITE_ONCE(kvp->vina_look, true);
	kvm_make_request(HVP_REQ_PRE_ENTRY, kvp->vcpu);
}

static void enter(struct hvp_kvm_vp *to, u32 reason)
{
	u64 vina = hvp_vina(to->vp, to->vtl);
	u8 asserted = 0;

	set_active(to);
	if (vina & HV_VSM_VINA_ENABLED) {
		want_look_below(to);
		if (vina & HV_VSM_VINA_AUTO_RESET)
			write_assist(to, HV_ASSIST_VINA, &asserted, sizeof(asserted));
	}
	write_assist(to, HV_ASSIST_ENTRY_REASON, &reason, sizeof(reason));
}

/* Has a vCPU, loaded, something that its VTL would be entered for? Its IF does not matter */
static bool has_event(struct kvm_vcpu *vcpu)
{
	if (kvm_check_request(KVM_REQ_HV_STIMER, vcpu))
		hvp_kvm_call(kvm_hv_process_stimers)(vcpu);
	if (hvp_kvm_call(kvm_cpu_has_pending_timer)(vcpu))
		hvp_kvm_call(kvm_inject_pending_timer_irqs)(vcpu);
	return vcpu->arch.nmi_pending || kvm_test_request(KVM_REQ_NMI, vcpu) ||
	       kvm_test_request(KVM_REQ_SMI, vcpu) || hvp_kvm_call(kvm_cpu_has_interrupt)(vcpu);
}

/* Likewise of a VTL, all vCPUs of this thread being parked */
static bool wants_in(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	bool event;
	int idx;

	hvp_kvm_call(vcpu_load)(vcpu);
	idx = srcu_read_lock(&vcpu->kvm->srcu);
	event = has_event(vcpu);
	srcu_read_unlock(&vcpu->kvm->srcu, idx);
	hvp_kvm_call(vcpu_put)(vcpu);
	return event;
}

static u32 wanted_above(const struct hvp_kvm_vp *home, u8 vtl)
{
	return READ_ONCE(home->wanted) & above(vtl);
}

/* The VTL's instruction pointer moves behind its VTL call */
static void step_over_call(struct hvp_kvm_vp *kvp)
{
	if (kvp->in_call)
		hvp_kvm_set_rip(kvp->vcpu, hvp_arch_rip(kvp->vcpu) + HVP_CALL_INSN_SIZE);
	kvp->in_call = false;
}

/**
 * hvp_kvm_switch_vtl - Switch to a higher VTL
 * @vp: VP in its exit hook
 * @vtl: VTL that it has
 * @reason: HV_VTL_ENTRY_*; of a call the instruction is stepped over when the VTL returns
 */
void hvp_kvm_switch_vtl(struct hvp_vp *vp, u8 vtl, u32 reason)
{
	struct hvp_kvm_vp *from = vp->backend;

	hvp_kvm_bookkeeping(from);
	/* Known while the vCPU is parked */
	hvp_kvm_rip(from->vcpu);
	from->in_call = reason == HV_VTL_ENTRY_CALL;
	if (from->in_call)
		hvp_kvm_op(set_interrupt_shadow)(from->vcpu, 0);
	enter(from->home->vtls[vtl], reason);
}

/* Registers that a VTL has left for the one to which it returns */
static void load_return_registers(struct hvp_kvm_vp *from, struct kvm_vcpu *to)
{
	struct hv_vtl_return_registers saved;
	u64 gpa;

	if (!assist_page(from, &gpa) ||
	    hvp_kvm_call(kvm_vcpu_read_guest)(from->vcpu, gpa + HV_ASSIST_RETURN_REGISTERS, &saved,
					      sizeof(saved)))
		return;
	if (from->vcpu->arch.efer & EFER_LMA) {
		to->arch.regs[VCPU_REGS_RAX] = saved.rax;
		to->arch.regs[VCPU_REGS_RCX] = saved.rcx;
	} else {
		to->arch.regs[VCPU_REGS_RAX] = lower_32_bits(saved.rax);
		to->arch.regs[VCPU_REGS_RCX] = upper_32_bits(saved.rax);
		to->arch.regs[VCPU_REGS_RDX] = lower_32_bits(saved.rcx);
	}
}

/**
 * hvp_kvm_return_vtl - Return to a lower VTL
 * @vp: VP in its exit hook; the instruction has been stepped over
 * @vtl: VTL that it has
 * @fast: Leave RAX and RCX as they are
 *
 * If there is an interrupt for the VTL that returns, it is entered again at once.
 */
void hvp_kvm_return_vtl(struct hvp_vp *vp, u8 vtl, bool fast)
{
	struct hvp_kvm_vp *from = vp->backend, *to = from->home->vtls[vtl];

	hvp_kvm_bookkeeping(from);
	hvp_kvm_rip(from->vcpu);
	set_active(to);
	if (!fast)
		load_return_registers(from, to->vcpu);
	step_over_call(to);
	/* From set_active() on, who sends an interrupt wants the VTL back in. Up to then: */
	if (has_event(from->vcpu))
		enter(from, HV_VTL_ENTRY_INTERRUPT);
}

/* In its exit hook: it was halted when it was made to leave the guest, and nothing has come */
static void halt_on(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	kvp->halts = false;
	if (vcpu->arch.mp_state == KVM_MP_STATE_RUNNABLE && !hvp_kvm_event_injected(vcpu) &&
	    hvp_kvm_rip(vcpu) == kvp->halt_rip)
		vcpu->arch.mp_state = KVM_MP_STATE_HALTED;
}

static bool is_detached(const struct hvp_kvm_vp *home)
{
	return READ_ONCE(home->hk->detached);
}

static bool slots_are_old(const struct hvp_kvm_vp *kvp)
{
	return READ_ONCE(kvp->hk->slots.generation) !=
	       atomic_read(&kvp->hk->home->slot_changes);
}

static int mirror(struct hvp_kvm *hk)
{
	int err, generation;

	mutex_lock(&hk->mirror_lock);
	generation = atomic_read(&hk->home->slot_changes);
	/* Pairs with the atomic of before_slot_change(): what comes later is seen to be later */
	smp_mb();
	err = hvp_sibling_mirror(hk->file, hk->home->kvm, &hk->slots);
	if (!err)
		WRITE_ONCE(hk->slots.generation, generation);
	mutex_unlock(&hk->mirror_lock);
	return err;
}

/* Has a sibling's vCPU in its thread to leave KVM's loop? */
static bool must_stop(const struct hvp_kvm_vp *kvp)
{
	return READ_ONCE(kvp->vp->backend) != kvp || wanted_above(kvp->home, kvp->vtl) ||
	       is_detached(kvp->home) || slots_are_old(kvp);
}

/* It is entered if there is something for it; everything is parked */
static void enter_if_wanted(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	/* Of the home it is held: KVM_RUN is what this is about */
	bool lock = kvp != kvp->home;

	if (lock && mutex_lock_killable(&vcpu->mutex))
		return;
	if (!kvp->disabled && wants_in(kvp))
		enter(kvp, HV_VTL_ENTRY_INTERRUPT);
	if (lock)
		mutex_unlock(&vcpu->mutex);
}

/* Switch to the highest VTL that is wanted and has something; everything is parked */
static void look_above(struct hvp_kvm_vp *home)
{
	struct hvp_vp *vp = home->vp;
	struct hvp_kvm_vp *kvp;
	u32 wanted;
	u8 vtl;

	while ((wanted = wanted_above(home, vp->vtl))) {
		vtl = __fls(wanted);
		clear_bit(vtl, &home->wanted);
		/* Who wants it again does so after having sent what it is wanted for */
		smp_mb__after_atomic();
		kvp = home->vtls[vtl];
		if (kvp)
			enter_if_wanted(kvp);
	}
}

/* Without a context it stays as after reset */
static int load_context(struct kvm_vcpu *vcpu, const struct hvp_initial_vp_context *context)
{
	int err;

	/* Nobody else has it for longer than to see that it is disabled */
	if (!mutex_trylock(&vcpu->mutex))
		return -EBUSY;
	hvp_kvm_call(vcpu_load)(vcpu);
	err = context ? hvp_kvm_load_context(vcpu, context) : 0;
	if (!err)
		vcpu->arch.mp_state = KVM_MP_STATE_RUNNABLE;
	hvp_kvm_call(vcpu_put)(vcpu);
	mutex_unlock(&vcpu->mutex);
	return err;
}

/*
 * HvCallStartVirtualProcessor has started a VP in a higher VTL: its own is left before it has
 * executed anything. A lower VTL that is active without having been started does nothing.
 */
static void begin_above(struct hvp_kvm_vp *home)
{
	struct hvp_kvm_vp *kvp = home->vtls[home->start_vtl];
	int err = -ENOENT;

	home->begins_above = false;
	hvp_kvm_bookkeeping(home);
	hvp_kvm_rip(home->vcpu);
	hvp_kvm_park(home->vcpu);
	if (kvp && hvp_vtl_has_state(home->vp, kvp->vtl))
		err = load_context(kvp->vcpu, &home->start);
	hvp_kvm_unpark(home->vcpu);
	home->vcpu->arch.mp_state = KVM_MP_STATE_HALTED;
	if (!err)
		set_active(kvp);
	atomic_set(&home->start_pending, 0);
}

/* It is active again, with the registers that it had */
static void back_home(struct hvp_kvm_vp *home)
{
	struct hvp_vp *vp = home->vp;

	WRITE_ONCE(vp->vtl, home->vtl);
	WRITE_ONCE(vp->backend, home);
}

/*
 * The machine is being let go: it goes on in the VTL in which it began. That may have been left in the
 * midst of anything, so it does not get what the other VTL has in shared registers.
 */
static void go_home(struct hvp_kvm_vp *home)
{
	back_home(home);
	step_over_call(home);
}

/* The VP has lost the VTL that is active */
static bool was_reset(const struct hvp_kvm_vp *home)
{
	return !hvp_vtl_has_state(home->vp, home->vp->vtl);
}

/* The machine was reset while another VTL was active: the home has its registers from the VMM */
static void abandon(struct hvp_kvm_vp *home)
{
	back_home(home);
	home->in_call = false;
	home->exiting = false;
}

static int resume(struct kvm_vcpu *vcpu);

/* Run the active VTL, which is not the home, once. Return: as KVM_RUN; 1 to look again */
static int run_active(struct hvp_kvm_vp *home)
{
	struct hvp_kvm_vp *kvp = home->vp->backend;
	int ret;

	if (slots_are_old(kvp)) {
		ret = mirror(kvp->hk);
		if (ret)
			return ret;
	}
	ret = hvp_sibling_run(home->vcpu, kvp->vcpu);
	if (ret)
		return ret == -EAGAIN ? 1 : ret;
	if (kvp->vcpu->run->exit_reason == KVM_EXIT_TPR_ACCESS)
		return 1;
	home->exiting = hvp_sibling_forward(home->vcpu, kvp->vcpu);
	return !home->exiting;
}

/*
 * Run whatever VTL is active until that is the home's. Return: as KVM's exit handler.
 */
static int turn(struct hvp_kvm_vp *home)
{
	struct kvm_vcpu *vcpu = home->vcpu;
	struct hvp_vp *vp = home->vp;
	int ret = 1;

	hvp_kvm_bookkeeping(home);
	hvp_kvm_rip(vcpu);
	WRITE_ONCE(home->runner, current);
	hvp_kvm_park(vcpu);
	for (;;) {
		if (is_detached(home))
			go_home(home);
		else if (was_reset(home))
			abandon(home);
		else
			look_above(home);
		if (ret <= 0 || vp->backend == home)
			break;
		if (signal_pending(current))
			ret = -EINTR;
		else
			ret = run_active(home);
		cond_resched();
	}
	hvp_kvm_unpark(vcpu);
	WRITE_ONCE(home->runner, NULL);
	if (home->wrote_page)
		log_pages(home);
	if (vp->backend == home)
		return 1;
	if (ret < 0 && ret != -EFAULT && ret != -EIO && ret != -ENOMEM) {
		vcpu->run->exit_reason = KVM_EXIT_INTR;
		ret = -EINTR;
	}
	vcpu->arch.complete_userspace_io = resume;
	return ret;
}

/* Like hvp_kvm_enter(), around what may be both before and behind it */
static bool hold(struct hvp_kvm_vp *kvp)
{
	WRITE_ONCE(kvp->held, true);
	/* Pairs with the one in hvp_backend_detach() */
	smp_mb();
	if (likely(!is_detached(kvp->home)))
		return true;
	WRITE_ONCE(kvp->held, false);
	return false;
}

static void let_go(struct hvp_kvm_vp *kvp)
{
	/* Pairs with the load in hvp_kvm_vtls_stop() */
	smp_store_release(&kvp->held, false);
}

/*
 * The VMM is back in KVM_RUN of the home, which is called where KVM completes an exit: as in the
 * exit hook. Even if the VMM wants KVM_RUN to return at once, what it has answered is taken over.
 */
static int resume(struct kvm_vcpu *vcpu)
{
	struct hvp_kvm *hk = hvp_kvm_find(vcpu->kvm);
	struct hvp_kvm_vp *home = hk ? hvp_kvm_vp_of(hk, vcpu) : NULL, *active;
	int ret = 1;

	if (!home)
		return 1;
	if (!hold(home)) {
		go_home(home);
		return 1;
	}
	home->booked = true;
	hvp_kvm_note_guest(hk, home);
	if (was_reset(home))
		abandon(home);
	active = home->vp->backend;
	if (home->exiting)
		hvp_sibling_complete(vcpu, active->vcpu);
	home->exiting = false;
	if (active != home)
		ret = turn(home);
	let_go(home);
	return ret;
}

/* The caller's own VTL makes room for another one; undone by give_back() */
static struct hvp_kvm_vp *borrow(struct hvp_vp *vp, u8 vtl)
{
	struct hvp_kvm_vp *active = vp->backend, *kvp = active->home->vtls[vtl];

	hvp_kvm_bookkeeping(active);
	hvp_kvm_park(active->vcpu);
	/* Nobody else has it for longer than to look */
	if (kvp != kvp->home && !mutex_trylock(&kvp->vcpu->mutex)) {
		hvp_kvm_unpark(active->vcpu);
		return NULL;
	}
	hvp_kvm_call(vcpu_load)(kvp->vcpu);
	return kvp;
}

static void give_back(struct hvp_vp *vp, struct hvp_kvm_vp *kvp)
{
	struct hvp_kvm_vp *active = vp->backend;

	hvp_kvm_call(vcpu_put)(kvp->vcpu);
	if (kvp != kvp->home)
		mutex_unlock(&kvp->vcpu->mutex);
	hvp_kvm_unpark(active->vcpu);
}

/* Would a lower VTL take an interrupt if it ran? */
static bool takes_interrupt(struct hvp_vp *vp, u8 vtl)
{
	struct hvp_kvm_vp *kvp;
	bool takes;
	int idx;

	if (!(hvp_vtls_of_vp(vp) & BIT(vtl)) || !hvp_vtl_has_state(vp, vtl))
		return false;
	kvp = borrow(vp, vtl);
	if (!kvp) {
		want_look_below(vp->backend);
		return false;
	}
	idx = srcu_read_lock(&kvp->vcpu->kvm->srcu);
	takes = hvp_kvm_call(kvm_cpu_has_interrupt)(kvp->vcpu) &&
		(hvp_kvm_call(kvm_get_rflags)(kvp->vcpu) & X86_EFLAGS_IF);
	srcu_read_unlock(&kvp->vcpu->kvm->srcu, idx);
	give_back(vp, kvp);
	return takes;
}

/* Is the VTL, in its exit hook, to be told? Not again before it has taken note of the last time */
static bool may_assert_vina(struct hvp_kvm_vp *kvp, u64 *gpa)
{
	u8 asserted;

	return assist_page(kvp, gpa) &&
	       !hvp_kvm_call(kvm_vcpu_read_guest)(kvp->vcpu, *gpa + HV_ASSIST_VINA, &asserted,
						  sizeof(asserted)) && !(asserted & 1);
}

/* TLFS, "Virtual Interrupt Notification Assist" */
static void look_below(struct hvp_kvm_vp *kvp)
{
	struct kvm_lapic_irq irq = { .delivery_mode = APIC_DM_FIXED, .level = true };
	u64 vina = hvp_vina(kvp->vp, kvp->vtl), gpa;
	const u8 asserted = 1;
	u8 vtl;

	WRITE_ONCE(kvp->vina_look, false);
	/* Pairs with the request behind the flag in kicked(): what comes later sets it again */
	smp_mb();
	if (!(vina & HV_VSM_VINA_ENABLED) || !may_assert_vina(kvp, &gpa))
		return;
	for (vtl = 0; vtl < kvp->vtl && !takes_interrupt(kvp->vp, vtl); vtl++)
		;
	if (vtl == kvp->vtl)
		return;
	hvp_kvm_call(kvm_vcpu_write_guest)(kvp->vcpu, gpa + HV_ASSIST_VINA, &asserted,
					   sizeof(asserted));
	irq.vector = FIELD_GET(HV_VSM_VINA_VECTOR, vina);
	hvp_kvm_call(kvm_apic_set_irq)(kvp->vcpu, &irq, NULL);
}

/* A sibling's vCPU leaves KVM's loop, for turn() */
static int stop(struct hvp_kvm_vp *kvp)
{
	hvp_kvm_bookkeeping(kvp);
	hvp_kvm_rip(kvp->vcpu);
	kvp->vcpu->run->exit_reason = KVM_EXIT_TPR_ACCESS;
	return 0;
}

/**
 * hvp_kvm_vtl_handle_exit - hvp_handle_exit() of a machine that has several VTLs
 * @hk: VM
 * @vcpu: vCPU that left the guest
 * @fastpath: Whether KVM has handled the exit already
 *
 * Return: as kvm_x86_ops.handle_exit.
 */
int hvp_kvm_vtl_handle_exit(struct hvp_kvm *hk, struct kvm_vcpu *vcpu,
			    enum exit_fastpath_completion fastpath)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vp_of(hk, vcpu);
	struct hvp_kvm_vp *home;
	int ret;

	/* Whoever runs a sibling elsewhere, a VMM that has got hold of it, gets KVM's answers */
	if (!kvp || (kvp->home != kvp && READ_ONCE(kvp->home->runner) != current) || !hold(kvp))
		return static_call(hvp_orig_handle_exit)(vcpu, fastpath);
	home = kvp->home;
	kvp->leave = false;
	/* Unless our handler says otherwise: then KVM's has done it */
	kvp->booked = true;
	ret = hvp_kvm_exit(hk, vcpu, fastpath);
	if (unlikely(kvp->halts))
		halt_on(kvp);
	if (unlikely(kvp->begins_above))
		begin_above(kvp);
	if (unlikely(kvp->is_denied && ret > 0 && kvp->vp->backend == kvp))
		hvp_kvm_denied(kvp);
	if (unlikely(kvp->is_startup && ret > 0 && kvp->vp->backend == kvp))
		tell_startup(kvp);
	if (unlikely(READ_ONCE(kvp->vina_look) && ret > 0 && kvp->vp->backend == kvp))
		look_below(kvp);
	if (ret > 0) {
		if (kvp != home)
			ret = must_stop(kvp) ? stop(kvp) : ret;
		else if (READ_ONCE(kvp->vp->backend) != kvp || wanted_above(home, kvp->vtl))
			ret = turn(home);
	}
	let_go(kvp);
	return ret;
}

/**
 * hvp_vcpu_run - Stands where KVM calls kvm_x86_ops.vcpu_run, while there are VTLs
 * @vcpu: vCPU, interrupts off
 * @run_flags: KVM_RUN_*
 *
 * Return: as kvm_x86_ops.vcpu_run.
 */
enum exit_fastpath_completion hvp_vcpu_run(struct kvm_vcpu *vcpu, u64 run_flags)
{
	struct hvp_kvm *hk = hvp_kvm_find(vcpu->kvm);
	struct hvp_kvm_vp *kvp;

	if (unlikely(hk && READ_ONCE(hk->has_vtls))) {
		kvp = hvp_kvm_vp_of(hk, vcpu);
		if (kvp && kvp->leave)
			run_flags |= KVM_RUN_FORCE_IMMEDIATE_EXIT;
	}
	return static_call(hvp_orig_vcpu_run)(vcpu, run_flags);
}

/**
 * hvp_kvm_vtl_pre_entry - A vCPU of a machine with several VTLs is about to enter the guest
 * @kvp: Its VTL, in its thread
 *
 * If a higher VTL wants in, it leaves the guest again before it has executed anything: only its
 * exit hook can return to the VMM, and so switch.
 */
void hvp_kvm_vtl_pre_entry(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	if (kvp != kvp->home && (is_detached(kvp->home) || slots_are_old(kvp))) {
		/* Ends KVM's loop with the exit that stop() makes, without entering */
		kvm_make_request(KVM_REQ_REPORT_TPR_ACCESS, vcpu);
		return;
	}
	if (READ_ONCE(kvp->vp->backend) != kvp ||
	    (!wanted_above(kvp->home, kvp->vtl) && !kvp->is_denied && !kvp->vina_look))
		return;
	kvp->leave = true;
	kvp->halts = hvp_kvm_waits(kvp) || hvp_kvm_sleeps(kvp);
	kvp->halt_rip = hvp_kvm_rip(vcpu);
}

/* As struct hvp_backend_ops.reset_vtl */
void hvp_kvm_reset_vtl(struct hvp_vp *vp, u8 vtl)
{
	struct kvm *kvm = hvp_kvm_home(vp)->hk->vtls[vtl]->kvm;

	kvm->arch.hyperv.hv_guest_os_id = 0;
	kvm->arch.hyperv.hv_hypercall = 0;
	kvm->arch.hyperv.hv_tsc_page = 0;
	kvm->arch.hyperv.hv_tsc_page_status = HV_TSC_PAGE_UNSET;
}

static struct hvp_kvm *make_sibling(struct hvp_kvm *home, u8 vtl)
{
	struct hvp_kvm *hk;
	struct file *file;
	int err;

	hvp_hook_entries();
	err = hook_kvm();
	if (err)
		return ERR_PTR(err);
	file = hvp_sibling_create_vm(home->kvm);
	if (IS_ERR(file))
		return ERR_CAST(file);
	/* Takes over the file */
	hk = hvp_kvm_add_sibling(home, vtl, file);
	if (!IS_ERR(hk))
		hvp_kvm_watch_sibling(hk);
	return hk;
}

/**
 * hvp_kvm_make_vtl - As struct hvp_backend_ops.make_vtl
 * @vp: The calling VP
 * @vtl: VTL that its machine does not have
 *
 * As long as the machine lives it is the same VM.
 *
 * Return: 0, -EINTR, -EOPNOTSUPP, -ENOMEM, or another error of KVM's.
 */
int hvp_kvm_make_vtl(struct hvp_vp *vp, u8 vtl)
{
	struct hvp_kvm *home = hvp_kvm_home(vp)->hk, *hk;
	struct kvm_vcpu *vcpu = hvp_vcpu(vp);
	int err;

	hvp_kvm_bookkeeping(vp->backend);
	hvp_kvm_park(vcpu);
	err = mutex_lock_killable(&make_lock);
	if (!err) {
		hk = home->vtls[vtl] ?: make_sibling(home, vtl);
		err = IS_ERR(hk) ? PTR_ERR(hk) : mirror(hk);
		mutex_unlock(&make_lock);
	}
	hvp_kvm_unpark(vcpu);
	/* It may have waited, so the signal is looked for before the call is made again */
	return err == -ERESTARTNOINTR || err == -ERESTARTSYS ? -EINTR : err;
}

/* Those that INIT leaves as they are */
static const struct {
	u32 index;
	u64 value;
} reset_msrs[] = {
	{ HV_MSR_VP_ASSIST_PAGE }, { HV_MSR_SCONTROL }, { HV_MSR_SIEFP }, { HV_MSR_SIMP },
	{ MSR_IA32_APICBASE, APIC_DEFAULT_PHYS_BASE | MSR_IA32_APICBASE_ENABLE },
	{ MSR_STAR }, { MSR_LSTAR }, { MSR_CSTAR }, { MSR_SYSCALL_MASK }, { MSR_KERNEL_GS_BASE },
	{ MSR_IA32_SYSENTER_CS }, { MSR_IA32_SYSENTER_ESP }, { MSR_IA32_SYSENTER_EIP },
};

/* The vCPU was in use before */
static int reset_vcpu(struct hvp_kvm_vp *kvp)
{
	struct msr_data msr = { .host_initiated = true };
	struct kvm_vcpu *vcpu = kvp->vcpu;
	u32 i;

	if (!mutex_trylock(&vcpu->mutex))
		return -EBUSY;
	hvp_kvm_call(vcpu_load)(vcpu);
	/* KVM keeps power-on to itself */
	hvp_kvm_call(kvm_vcpu_reset)(vcpu, true);
	for (i = 0; i < ARRAY_SIZE(reset_msrs); i++) {
		msr.index = reset_msrs[i].index;
		msr.data = reset_msrs[i].value;
		hvp_kvm_op(set_msr)(vcpu, &msr);
	}
	for (i = 0; i < HVP_SINTS; i++) {
		msr.index = HV_MSR_SINT0 + i;
		msr.data = HV_SINT_MASKED;
		hvp_kvm_op(set_msr)(vcpu, &msr);
	}
	vcpu->arch.complete_userspace_io = NULL;
	vcpu->arch.pio.count = 0;
	vcpu->mmio_needed = 0;
	kvp->in_call = false;
	kvp->disabled = false;
	hvp_kvm_call(vcpu_put)(vcpu);
	mutex_unlock(&vcpu->mutex);
	return 0;
}

static enum hv_status loaded(struct kvm_vcpu *vcpu, const struct hvp_initial_vp_context *context)
{
	int err = load_context(vcpu, context);

	if (err == -EBUSY)
		return HVP_STATUS_AGAIN;
	return err ? HV_STATUS_INVALID_REGISTER_VALUE : HV_STATUS_SUCCESS;
}

static enum hv_status enable(struct hvp_vp *target, struct hvp_kvm *hk,
			     const struct hvp_initial_vp_context *context)
{
	struct hvp_kvm_vp *home = hvp_kvm_home(target), *kvp = home->vtls[hk->vtl];
	enum hv_status status;
	struct file *file;

	if (kvp) {
		if (reset_vcpu(kvp))
			return HVP_STATUS_AGAIN;
		return loaded(kvp->vcpu, context);
	}
	file = hvp_sibling_create_vcpu(hk->file, home->vcpu, target->index);
	if (IS_ERR(file))
		return PTR_ERR(file) == -EINTR ? HVP_STATUS_AGAIN :
						 HV_STATUS_INSUFFICIENT_MEMORY;
	/* Takes over the file */
	kvp = hvp_kvm_add_vtl(hk, home, file);
	if (IS_ERR(kvp))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	status = loaded(kvp->vcpu, context);
	/* If KVM does not take the context the vCPU is there for another attempt */
	kvp->disabled = status;
	hvp_sibling_ready(kvp->vcpu);
	/* Pairs with the acquire in hvp_kvm_vtl() */
	smp_store_release(&home->vtls[hk->vtl], kvp);
	return status;
}

/**
 * hvp_kvm_enable_vp_vtl - As struct hvp_backend_ops.enable_vp_vtl
 * @vp: The calling VP
 * @target: VP that gets the VTL
 * @vtl: VTL that its machine has
 * @context: Where the VTL begins; NULL for the state after reset
 *
 * Return: SUCCESS, INVALID_REGISTER_VALUE, INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_kvm_enable_vp_vtl(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
				     const struct hvp_initial_vp_context *context)
{
	struct hvp_kvm *hk = hvp_kvm_home(vp)->hk->vtls[vtl];
	u64 cr4_reserved = hvp_kvm_home(target)->vcpu->arch.cr4_guest_rsvd_bits;
	struct kvm_vcpu *vcpu = hvp_vcpu(vp);
	enum hv_status status;

	if (context && !hvp_context_loadable(target, context, cr4_reserved))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	hvp_kvm_bookkeeping(vp->backend);
	hvp_kvm_park(vcpu);
	status = enable(target, hk, context);
	hvp_kvm_unpark(vcpu);
	return status;
}

/**
 * hvp_kvm_disable_vp_vtl - As struct hvp_backend_ops.disable_vp_vtl
 * @vp: The calling VP
 * @target: VP that loses the VTL
 * @vtl: VTL that it has
 *
 * Its vCPU stays for the next time.
 *
 * Return: SUCCESS, INVALID_VTL_STATE if it is active, HVP_STATUS_AGAIN.
 */
enum hv_status hvp_kvm_disable_vp_vtl(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vtl(target, vtl);

	if (!kvp || hvp_kvm_active(target) == kvp)
		return HV_STATUS_INVALID_VTL_STATE;
	/* Its thread has it while it makes it active, or looks whether it has to */
	if (!mutex_trylock(&kvp->vcpu->mutex))
		return HVP_STATUS_AGAIN;
	kvp->disabled = hvp_kvm_active(target) != kvp;
	mutex_unlock(&kvp->vcpu->mutex);
	return kvp->disabled ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_VTL_STATE;
}

/* As struct hvp_backend_ops.get_vtl_reg */
enum hv_status hvp_kvm_get_vtl_reg(struct hvp_vp *vp, u8 vtl, const struct hvp_reg *reg,
				   union hvp_register_value *value)
{
	struct hvp_kvm_vp *kvp = borrow(vp, vtl);
	enum hv_status status;
	int idx;

	if (!kvp)
		return HVP_STATUS_AGAIN;
	idx = srcu_read_lock(&kvp->vcpu->kvm->srcu);
	status = hvp_kvm_read_reg(kvp, reg, value);
	srcu_read_unlock(&kvp->vcpu->kvm->srcu, idx);
	give_back(vp, kvp);
	return status;
}

/* As struct hvp_backend_ops.set_vtl_reg */
enum hv_status hvp_kvm_set_vtl_reg(struct hvp_vp *vp, u8 vtl, const struct hvp_reg *reg,
				   const union hvp_register_value *value)
{
	struct hvp_kvm_vp *kvp = borrow(vp, vtl);
	enum hv_status status;
	int idx;

	if (!kvp)
		return HVP_STATUS_AGAIN;
	idx = srcu_read_lock(&kvp->vcpu->kvm->srcu);
	status = hvp_kvm_write_reg(kvp, reg, value);
	srcu_read_unlock(&kvp->vcpu->kvm->srcu, idx);
	/* It does not go on behind its call any more */
	if (!status && reg->kind == HVP_REG_RIP)
		kvp->in_call = false;
	give_back(vp, kvp);
	return status;
}

/* As struct hvp_backend_ops.vtl_paging */
bool hvp_kvm_vtl_paging(struct hvp_vp *vp, u8 vtl, struct hvp_paging *paging)
{
	struct hvp_kvm_vp *kvp = borrow(vp, vtl);
	int idx;

	if (!kvp)
		return false;
	idx = srcu_read_lock(&kvp->vcpu->kvm->srcu);
	hvp_kvm_read_paging(kvp, paging);
	srcu_read_unlock(&kvp->vcpu->kvm->srcu, idx);
	give_back(vp, kvp);
	return true;
}

/* As struct hvp_backend_ops.inject */
bool hvp_kvm_inject(struct hvp_vp *vp, u8 vtl, const struct hv_exception_event *event)
{
	struct hvp_kvm_vp *kvp = borrow(vp, vtl);

	if (!kvp)
		return false;
	if (event->flags & HV_EVENT_DELIVER_ERROR_CODE)
		hvp_kvm_call(kvm_queue_exception_e)(kvp->vcpu, event->vector, event->error_code);
	else
		hvp_kvm_call(kvm_queue_exception)(kvp->vcpu, event->vector);
	give_back(vp, kvp);
	/* CR2 is shared, and stays when the VTL goes on */
	if (event->vector == PF_VECTOR)
		hvp_vcpu(vp)->arch.cr2 = event->parameter;
	return true;
}

/* mov %rcx, %rax; mov $code, %rcx; and of 32 bits mov %eax, %ecx; mov $code, %eax */
static const u8 code64[] = { 0x48, 0x89, 0xc8, 0x48, 0xc7, 0xc1 };
static const u8 code32[] = { 0x89, 0xc1, 0xb8 };

static void write_code(struct hvp_kvm_vp *kvp, u64 gpa, u32 call)
{
	bool wide = kvp->vcpu->arch.efer & EFER_LMA;
	u32 size = wide ? sizeof(code64) : sizeof(code32);
	u8 code[16];

	memcpy(code, wide ? code64 : code32, size);
	memcpy(code + size, &call, sizeof(call));
	size += sizeof(call);
	/* VMCALL or VMMCALL; RET */
	code[size++] = 0x0f;
	code[size++] = 0x01;
	code[size++] = hvp_vmx ? 0xc1 : 0xd9;
	code[size++] = 0xc3;
	hvp_kvm_call(kvm_vcpu_write_guest)(kvp->vcpu, gpa, code, size);
}

/**
 * hvp_kvm_write_vtl_code - Put the code sequences of VTL call and return into the hypercall page
 * @kvp: VTL whose hypercall page KVM has just written, if it is enabled; its vCPU is loaded
 */
void hvp_kvm_write_vtl_code(struct hvp_kvm_vp *kvp)
{
	u64 page;

	if (!hvp_vsm_offered(kvp->vp->partition) ||
	    hvp_kvm_call(kvm_hv_get_msr_common)(kvp->vcpu, HV_MSR_HYPERCALL, &page, true) ||
	    !(page & 1))
		return;
	page &= PAGE_MASK;
	write_code(kvp, page + HVP_VTL_CALL_OFFSET, HV_CALL_VTL_CALL);
	write_code(kvp, page + HVP_VTL_RETURN_OFFSET, HV_CALL_VTL_RETURN);
}

/* A VMM that serves an exit of another VTL comes back to KVM: then there is nothing of ours */
static bool forget_exit(struct hvp_kvm_vp *home)
{
	struct kvm_vcpu *vcpu = home->vcpu;

	if (READ_ONCE(home->held) || !mutex_trylock(&vcpu->mutex))
		return false;
	if (vcpu->arch.complete_userspace_io == resume) {
		vcpu->arch.complete_userspace_io = NULL;
		go_home(home);
	}
	mutex_unlock(&vcpu->mutex);
	return true;
}

/**
 * hvp_kvm_vtls_stop - No other VTL of a machine that is let go runs any more
 * @home: Its VM, marked as detached
 */
void hvp_kvm_vtls_stop(struct hvp_kvm *home)
{
	struct hvp_kvm_vp *kvp;
	u32 i;

	if (!home->has_vtls)
		return;
	for (i = 0; i < home->max_vps; i++) {
		kvp = home->vps[i];
		while (kvp && !forget_exit(kvp)) {
			hvp_kvm_wake(READ_ONCE(kvp->vp->backend));
			msleep(20);
			/* Its vCPU may be in KVM_RUN, where it belongs: then it is not ours */
			if (!READ_ONCE(kvp->held) &&
			    READ_ONCE(kvp->vcpu->arch.complete_userspace_io) != resume)
				break;
		}
	}
}

static void release(struct work_struct *work)
{
	struct hvp_kvm *hk = container_of(work, struct hvp_kvm, release);
	u32 i;

	for (i = 0; i < hk->max_vps; i++)
		if (hk->vps[i])
			fput(hk->vps[i]->file);
	fput(hk->file);
	hvp_kvm_drop_sibling(hk);
}

/**
 * hvp_kvm_vtls_release - Let go of the VMs of a machine's other VTLs
 * @home: Its VM; nobody finds its VPs any more
 */
void hvp_kvm_vtls_release(struct hvp_kvm *home)
{
	struct hvp_kvm *hk;
	u32 vtl;

	for (vtl = 0; vtl < HVP_VTLS; vtl++) {
		hk = home->vtls[vtl];
		if (!hk || hk == home)
			continue;
		INIT_WORK(&hk->release, release);
		queue_work(release_queue, &hk->release);
	}
}
