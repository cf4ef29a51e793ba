// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that the hypervisor owns in a root's address space. A root finds their addresses in the
 * MSRs by which others name pages of their own, and only switches them on (linux-clients.md,
 * "Pages that belong to the hypervisor"). They lie in a memory slot of KVM's own, outside of RAM
 * and so of the memory map: the VMM knows nothing of it, the memory is part of its address
 * space and charged like the rest of it. KVM serves the MSRs once they are written.
 *
 *	page 0: hypercall page	1: reference TSC page	2, 3: none
 *	4 n + 4 to 4 n + 7: VP assist page, SIM, SIEF and event ring page of the nth vCPU
 */
#define pr_fmt(fmt) "hvpersona: " fmt

#include <linux/err.h>
#include <linux/sizes.h>
#include <asm/vmx.h>
#include <uapi/linux/hvpersona.h>

#include "binding.h"
#include "../hv_abi/msr.h"

/*
 * Below 4 GiB, where PCs have neither RAM nor devices: above the local APICs at 0xfee00000, below
 * firmware of up to 8 MiB.
 */
#define ROOT_PAGES		0xff000000U
#define ROOT_PAGES_SIZE		SZ_8M
#define PAGES_OF_VP		4

/* Of KVM's own slots the one that processors made in the last ten years do not need */
#define ROOT_PAGES_SLOT		IDENTITY_PAGETABLE_PRIVATE_MEMSLOT

/* The page that an MSR names, in pages from the first; 0 and up */
static int page_of(u32 msr, u32 vcpu_idx)
{
	int of_vp = (vcpu_idx + 1) * PAGES_OF_VP;

	switch (msr) {
	case HV_MSR_HYPERCALL:
		return 0;
	case HV_MSR_REFERENCE_TSC:
		return 1;
	case HV_MSR_VP_ASSIST_PAGE:
		return of_vp;
	case HV_MSR_SIMP:
		return of_vp + 1;
	case HV_MSR_SIEFP:
		return of_vp + 2;
	case HV_MSR_SIRBP:
		return of_vp + 3;
	default:
		return -1;
	}
}

/* They stay when the VM is let go, and so may be there */
static bool have_pages(struct kvm *kvm)
{
	struct kvm_memory_slot *slot = id_to_memslot(kvm_memslots(kvm), ROOT_PAGES_SLOT);

	return slot && slot->base_gfn == gpa_to_gfn(ROOT_PAGES);
}

static int make_pages(struct kvm *kvm)
{
	void __user *address;

	if (have_pages(kvm))
		return 1;
	address = hvp_kvm_call(__x86_set_memory_region)(kvm, ROOT_PAGES_SLOT, ROOT_PAGES,
							ROOT_PAGES_SIZE);
	if (!IS_ERR(address))
		return 1;
	pr_warn_ratelimited("no room for the pages of a root's hypervisor: error %ld\n",
			    PTR_ERR(address));
	return -1;
}

/* KVM waits for those who read the slots, of whom the vCPU in its exit is one */
static void want_pages(struct hvp_kvm *hk, struct kvm_vcpu *vcpu)
{
	kvm_vcpu_srcu_read_unlock(vcpu);
	mutex_lock(&vcpu->kvm->slots_lock);
	if (!hk->root_pages)
		WRITE_ONCE(hk->root_pages, make_pages(vcpu->kvm));
	mutex_unlock(&vcpu->kvm->slots_lock);
	kvm_vcpu_srcu_read_lock(vcpu);
}

/**
 * hvp_kvm_root_page - Where the hypervisor's page is that an MSR of a root names
 * @hk: VM
 * @kvp: VP in its exit hook
 * @msr: MSR
 *
 * The pages are made when the first of them is asked for.
 *
 * Return: its address, without the enable bit; 0 if there is none.
 */
u64 hvp_kvm_root_page(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u32 msr)
{
	int page = page_of(msr, kvp->vcpu->vcpu_idx);

	if (hk->partition->role != HVPERSONA_ROLE_ROOT || page < 0 ||
	    page >= ROOT_PAGES_SIZE / PAGE_SIZE)
		return 0;
	if (!READ_ONCE(hk->root_pages))
		want_pages(hk, kvp->vcpu);
	return READ_ONCE(hk->root_pages) > 0 ? ROOT_PAGES + page * PAGE_SIZE : 0;
}

static bool is_root_page(u64 page)
{
	return page - ROOT_PAGES < ROOT_PAGES_SIZE;
}

static u64 current_page(struct kvm_vcpu *vcpu, u32 msr)
{
	u64 value = 0;

	hvp_kvm_call(kvm_hv_get_msr_common)(vcpu, msr, &value, false);
	return value;
}

/**
 * hvp_kvm_set_synic - A root switches on a SynIC whose pages are the hypervisor's, or off
 * @hk: VM
 * @kvp: VP in its exit hook
 * @msr: MSR that it writes
 * @data: Value
 *
 * KVM tells the VMM of what a guest writes there, and QEMU then puts memory of its own over the
 * pages, which fails where a slot of KVM's is, and ends QEMU. So it is written as if the VMM had.
 *
 * Return: whether it has been written; if not, the write is KVM's.
 */
bool hvp_kvm_set_synic(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u32 msr, u64 data)
{
	struct msr_data info = { .index = msr, .data = data, .host_initiated = true };
	struct kvm_vcpu *vcpu = kvp->vcpu;

	if (likely(READ_ONCE(hk->root_pages) <= 0) ||
	    (msr != HV_MSR_SIMP && msr != HV_MSR_SIEFP && msr != HV_MSR_SCONTROL))
		return false;
	if (!(msr != HV_MSR_SCONTROL && is_root_page(data)) &&
	    !is_root_page(current_page(vcpu, HV_MSR_SIMP)) &&
	    !is_root_page(current_page(vcpu, HV_MSR_SIEFP)))
		return false;
	return !hvp_kvm_op(set_msr)(vcpu, &info);
}

/**
 * hvp_kvm_unnamed_page - What a root reads from an MSR of KVM's if it has named no page there
 * @hk: VM
 * @kvp: VP in its exit hook
 * @msr: MSR
 *
 * Return: as hvp_kvm_root_page(); 0 if the read is KVM's.
 */
u64 hvp_kvm_unnamed_page(struct hvp_kvm *hk, struct hvp_kvm_vp *kvp, u32 msr)
{
	u64 value;

	if (hk->partition->role != HVPERSONA_ROLE_ROOT || page_of(msr, 0) < 0 ||
	    hvp_kvm_call(kvm_hv_get_msr_common)(kvp->vcpu, msr, &value, false) || value)
		return 0;
	return hvp_kvm_root_page(hk, kvp, msr);
}
