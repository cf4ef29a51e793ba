// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of devices on their way to local APICs: those that have been retargeted are given
 * another destination.
 *
 * Whether a message comes from the VMM, from an irqfd or from a redirection table entry of KVM's
 * IOAPIC, it is delivered by kvm_irq_delivery_to_apic(), which begins with its fast variant; or by
 * that alone. ftrace calls us before it, and what is to be delivered lies on the stack of the caller,
 * so that changing it there is all that is needed. IPIs come this way, too, but they have a source.
 *
 * A VP tells KVM's IOAPIC, and the VMM of its own, of an EOI if the vector is in a bitmap that is
 * made anew whenever an entry changes, of entries that name this VP. ftrace calls us before this
 * as well, where the bitmap is empty, and vectors of pins that were retargeted are added to it.
 *
 * What the host's IOMMU delivers to a guest directly (posted interrupts of a device that is passed
 * through by VFIO) does not come this way: it goes where KVM's routing says.
 */
#include <linux/ftrace.h>
#include <linux/srcu.h>
#include <asm/apicdef.h>

#include "binding.h"

/* In this order, see hvp_kvm_redirect_init(). No other symbols of these names are ours */
static unsigned long deliverers[2] __ro_after_init;
static unsigned long scanners[2] __ro_after_init;

static DEFINE_MUTEX(redirect_hook_lock);
static bool hooked;

static void redirect(struct hvp_partition *pt, struct kvm_lapic_irq *irq)
{
	const struct hvp_sent_irq sent = {
		.destination = irq->dest_id,
		.vector = irq->vector,
		.mode = irq->delivery_mode >> 8,
		.logical = irq->dest_mode == APIC_DEST_LOGICAL,
	};
	const struct hvp_redirect *to;
	struct hvp_vp *vp;
	u32 index;

	to = hvp_redirect_find(pt, &sent);
	if (!to)
		return;
	irq->dest_mode = APIC_DEST_PHYSICAL;
	irq->dest_id = to->apic_id;
	irq->delivery_mode = APIC_DM_FIXED;
	irq->vector = to->vector;
	irq->msi_redir_hint = false;
	if (!to->multicast)
		return;
	/* The first VP gets what we let pass */
	index = find_first_bit(to->vps, to->bits) + 1;
	for_each_set_bit_from(index, to->vps, to->bits) {
		vp = hvp_vp_find(pt, index);
		if (vp)
			hvp_kvm_call(kvm_apic_set_irq)(hvp_kvm_home(vp)->vcpu, irq, NULL);
	}
}

/* Before kvm_irq_delivery_to_apic_fast(kvm, source, irq, ...). Any context but that of NMIs */
static void before_delivery(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			    struct ftrace_regs *fregs)
{
	struct pt_regs *args = hvp_ftrace_args(fregs);
	struct kvm *kvm = (struct kvm *)args->di;
	struct hvp_kvm *hk;
	int idx;

	if (args->si || !hvp_kvm_find(kvm))
		return;
	/* Its partition goes when nobody is in here */
	idx = srcu_read_lock(&hvp_hook_srcu);
	hk = hvp_kvm_find(kvm);
	if (hk && !xa_empty(&hk->partition->redirects.targets)) {
		rcu_read_lock();
		redirect(hk->partition, (struct kvm_lapic_irq *)args->dx);
		rcu_read_unlock();
	}
	srcu_read_unlock(&hvp_hook_srcu, idx);
}

/* Before kvm_ioapic_scan_entry(vcpu, vectors) */
static void before_scan(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			struct ftrace_regs *fregs)
{
	struct pt_regs *args = hvp_ftrace_args(fregs);
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)args->di;
	unsigned long *vectors = (unsigned long *)args->si;
	struct hvp_kvm *hk;
	int idx, i;

	if (!hvp_kvm_find(vcpu->kvm))
		return;
	idx = srcu_read_lock(&hvp_hook_srcu);
	hk = hvp_kvm_find(vcpu->kvm);
	/* Bits are set meanwhile */
	for (i = 0; hk && i < BITS_TO_LONGS(256); i++)
		vectors[i] |= READ_ONCE(hk->partition->redirects.pins[i]);
	srcu_read_unlock(&hvp_hook_srcu, idx);
}

/* Not to be switched off by the sysctl kernel.ftrace_enabled */
static struct ftrace_ops delivery_ops = {
	.func = before_delivery,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static struct ftrace_ops scan_ops = {
	.func = before_scan,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

/* There are one or two */
static u32 count(const unsigned long *where)
{
	return where[1] ? 2 : 1;
}

static void unhook_one(struct ftrace_ops *ops, unsigned long *where)
{
	hvp_kvm_unhook(ops, where, count(where));
}

static int hook_one(struct ftrace_ops *ops, unsigned long *where)
{
	return hvp_kvm_hook(ops, where, count(where));
}

static int hook(void)
{
	int err;

	err = hook_one(&scan_ops, scanners);
	if (err)
		return err;
	err = hook_one(&delivery_ops, deliverers);
	if (err)
		unhook_one(&scan_ops, scanners);
	return err;
}

/**
 * hvp_kvm_redirect - As struct hvp_backend_ops.redirect
 * @pt: Machine
 * @pin: The pin of an IOAPIC is retargeted
 *
 * The request is served by each VP before it enters the guest again.
 *
 * Return: 0, or an error of ftrace.
 */
int hvp_kvm_redirect(struct hvp_partition *pt, bool pin)
{
	struct hvp_kvm *hk;
	int err = 0, idx;

	mutex_lock(&redirect_hook_lock);
	if (!hooked) {
		err = hook();
		hooked = !err;
	}
	mutex_unlock(&redirect_hook_lock);
	if (err)
		pr_warn_ratelimited("hvpersona: cannot retarget interrupts: ftrace error %d\n", err);
	if (err || !pin)
		return err;
	/* Keeps @hk */
	idx = srcu_read_lock(&hvp_hook_srcu);
	hk = READ_ONCE(pt->backend);
	if (hk)
		hvp_kvm_call(kvm_make_all_cpus_request)(hk->kvm, KVM_REQ_SCAN_IOAPIC);
	srcu_read_unlock(&hvp_hook_srcu, idx);
	return 0;
}

/**
 * hvp_kvm_redirect_exit - Undo what the first retargeted interrupt brought; no VM is attached
 */
void hvp_kvm_redirect_exit(void)
{
	mutex_lock(&redirect_hook_lock);
	if (hooked) {
		unhook_one(&delivery_ops, deliverers);
		unhook_one(&scan_ops, scanners);
		hooked = false;
	}
	mutex_unlock(&redirect_hook_lock);
}

/**
 * hvp_kvm_redirect_init - Find where interrupts can be given another destination
 *
 * Newer kernels have inlined the fast variant into the other one, which has got a new name.
 *
 * Return: 0, or -ENOENT if KVM lacks what is needed.
 */
int hvp_kvm_redirect_init(void)
{
	const char *purpose = "retarget interrupts";

	deliverers[0] = hvp_kvm_require("kvm_irq_delivery_to_apic_fast", purpose);
	if (!hvp_kvm_lookup("kvm_irq_delivery_to_apic")) {
		deliverers[1] = hvp_kvm_require("__kvm_irq_delivery_to_apic", purpose);
		if (!deliverers[1])
			return -ENOENT;
	}
	scanners[0] = hvp_kvm_require("kvm_ioapic_scan_entry", purpose);
	scanners[1] = hvp_kvm_require("kvm_scan_ioapic_routes", purpose);
	return deliverers[0] && scanners[0] && scanners[1] ? 0 : -ENOENT;
}
