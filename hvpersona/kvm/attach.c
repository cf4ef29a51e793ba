// SPDX-License-Identifier: GPL-2.0
/*
 * Which VMs are attached: found by their struct kvm at each exit, made from a claim when
 * the VMM sets CPUID, or from a descriptor, ended by the VM's death or by detaching.
 *
 * struct hvp_kvm holds no reference to its VM: KVM tells when it destroys it. Exits of any
 * VM look into the table without a lock; an entry is freed after an RCU-tasks grace
 * period, when no task can be between two loads of a lookup.
 */
#define pr_fmt(fmt) "hvpersona: " fmt

#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <uapi/linux/hvpersona.h>

#include "binding.h"
#include "../backend.h"

struct hvp_kvm *hvp_kvm_buckets[1 << HVP_BUCKET_BITS];

/*
 * Protects the buckets, struct hvp_partition.backend and the making of VPs. Taken inside
 * vcpu->mutex, outside of hvp_registry_lock.
 */
static DEFINE_MUTEX(attach_lock);

/* Claims that wait; read without a lock to spare VMs that nobody claims */
static atomic_t claims_waiting = ATOMIC_INIT(0);

static void free_entry(struct rcu_head *rcu)
{
	struct hvp_kvm *hk = container_of(rcu, struct hvp_kvm, rcu);
	u32 i;

	for (i = 0; i < hk->max_vps; i++)
		kfree(hk->vps[i]);
	xa_destroy(&hk->regions);
	mutex_destroy(&hk->protect_lock);
	mutex_destroy(&hk->mirror_lock);
	kvfree(hk->slots.list);
	kvfree(hk);
}

/* What we keep of a VM that is the partition's, or a sibling of it */
static struct hvp_kvm *alloc_entry(struct kvm *kvm, struct hvp_partition *pt, u8 vtl)
{
	struct hvp_kvm *hk;

	hk = kvzalloc(struct_size(hk, vps, kvm->max_vcpus), GFP_KERNEL_ACCOUNT);
	if (!hk)
		return NULL;
	hk->max_vps = kvm->max_vcpus;
	hk->kvm = kvm;
	hk->partition = pt;
	hk->vtl = vtl;
	mutex_init(&hk->protect_lock);
	mutex_init(&hk->mirror_lock);
	xa_init_flags(&hk->regions, XA_FLAGS_ACCOUNT);
	return hk;
}

/* From now on exits find it, so it is complete */
static void list_entry_of_vm(struct hvp_kvm *hk)
{
	lockdep_assert_held(&attach_lock);
	hk->next = *hvp_kvm_bucket(hk->kvm);
	/* Pairs with the address dependency in hvp_kvm_find() */
	smp_store_release(hvp_kvm_bucket(hk->kvm), hk);
}

static void unlist_entry_of_vm(struct hvp_kvm *hk)
{
	struct hvp_kvm **link = hvp_kvm_bucket(hk->kvm);

	lockdep_assert_held(&attach_lock);
	while (*link != hk)
		link = &(*link)->next;
	WRITE_ONCE(*link, hk->next);
}

/*
 * The VM becomes the partition @pt, run by @vmm. The caller has the hooks and the module;
 * on success they are held for the VM.
 */
static struct hvp_kvm *bind(struct kvm *kvm, struct hvp_partition *pt, struct task_struct *vmm)
{
	struct hvp_kvm *hk;
	int err;

	lockdep_assert_held(&attach_lock);
	hk = alloc_entry(kvm, pt, pt->vtls.first);
	if (!hk)
		return ERR_PTR(-ENOMEM);
	hk->home = hk;
	hk->vtls[hk->vtl] = hk;
	err = hvp_partition_activate(pt, &hvp_kvm_ops, hk, vmm);
	if (err) {
		free_entry(&hk->rcu);
		return ERR_PTR(err);
	}
	list_entry_of_vm(hk);
	return hk;
}

/**
 * hvp_kvm_add_sibling - A machine has a VM for another VTL
 * @home: Its own VM
 * @vtl: The VTL
 * @file: The VM's file; taken over
 *
 * Return: what is kept of it, for hvp_kvm_vtls_release(); -ENOMEM, -EOPNOTSUPP.
 */
struct hvp_kvm *hvp_kvm_add_sibling(struct hvp_kvm *home, u8 vtl, struct file *file)
{
	struct hvp_kvm *hk;
	int err;

	hk = alloc_entry(file->private_data, home->partition, vtl);
	if (!hk) {
		fput(file);
		return ERR_PTR(-ENOMEM);
	}
	hk->home = home;
	hk->file = file;
	hk->has_vtls = true;
	err = hvp_kvm_protect_sibling(hk);
	if (err) {
		fput(file);
		free_entry(&hk->rcu);
		return ERR_PTR(err);
	}
	__module_get(THIS_MODULE);
	mutex_lock(&attach_lock);
	list_entry_of_vm(hk);
	mutex_unlock(&attach_lock);
	/* Pairs with the acquire of whoever looks for it */
	smp_store_release(&home->vtls[vtl], hk);
	WRITE_ONCE(home->has_vtls, true);
	return hk;
}

/**
 * hvp_kvm_drop_sibling - Undo hvp_kvm_add_sibling()
 * @hk: VM, whose file has been let go, and which is in nobody's hands
 */
void hvp_kvm_drop_sibling(struct hvp_kvm *hk)
{
	call_rcu_tasks(&hk->rcu, free_entry);
	module_put(THIS_MODULE);
}

/**
 * hvp_kvm_add_vtl - A VP has a vCPU for another VTL
 * @hk: VM of that VTL
 * @home: What is kept of the VP for its first VTL
 * @file: The vCPU's file; taken over
 *
 * Return: what is kept of it, as long as @hk; -ENOMEM, -EOPNOTSUPP.
 */
struct hvp_kvm_vp *hvp_kvm_add_vtl(struct hvp_kvm *hk, struct hvp_kvm_vp *home, struct file *file)
{
	struct kvm_vcpu *vcpu = file->private_data;
	struct hvp_kvm_vp *kvp;
	int err;

	kvp = vcpu->vcpu_idx < hk->max_vps ? kzalloc(sizeof(*kvp), GFP_KERNEL_ACCOUNT) : NULL;
	if (!kvp) {
		fput(file);
		return ERR_PTR(-ENOMEM);
	}
	kvp->vcpu = vcpu;
	kvp->vp = home->vp;
	kvp->hk = hk;
	kvp->home = home;
	kvp->vtl = hk->vtl;
	kvp->file = file;
	/* It has had no exit */
	kvp->booked = true;
	/* From here on whoever begins to protect pages sees this vCPU */
	mutex_lock(&hk->protect_lock);
	err = hk->protecting ? hvp_kvm_watch_emulator(vcpu) : 0;
	mutex_unlock(&hk->protect_lock);
	if (err) {
		kfree(kvp);
		fput(file);
		return ERR_PTR(err);
	}
	/* Complete before its first exit */
	smp_store_release(&hk->vps[vcpu->vcpu_idx], kvp);
	return kvp;
}

/* Take the VM out of sight; unbind_finish() follows when no exit of it is in our hands */
static void unbind_start(struct hvp_kvm *hk)
{
	unlist_entry_of_vm(hk);
	WRITE_ONCE(hk->partition->backend, NULL);
}

/* Nor are the VMs of its other VTLs found any more, which do not run */
static void unlist_siblings(struct hvp_kvm *hk)
{
	u32 vtl;

	guard(mutex)(&attach_lock);
	for (vtl = 0; vtl < HVP_VTLS; vtl++)
		if (hk->vtls[vtl] && hk->vtls[vtl] != hk)
			unlist_entry_of_vm(hk->vtls[vtl]);
}

static void unbind_finish(struct hvp_kvm *hk)
{
	unlist_siblings(hk);
	/* On return no sender that has found a VP looks at its vCPU or kicks it */
	hvp_partition_gone(hk->partition);
	hvp_kvm_vtls_release(hk);
	call_rcu_tasks(&hk->rcu, free_entry);
	hvp_hooks_put();
	module_put(THIS_MODULE);
}

/* Why a VM cannot have a personality, or 0 */
static int check_vm(struct kvm_vcpu *vcpu)
{
	if (!vcpu->arch.apic) {
		pr_warn_ratelimited("a VM without in-kernel local APIC cannot be attached\n");
		return -EOPNOTSUPP;
	}
	if (vcpu->arch.guest_state_protected) {
		pr_warn_ratelimited("a VM with encrypted registers cannot be attached\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* The VP of a vCPU, made if need be, with completed CPUID leaves */
static int add_vcpu(struct hvp_kvm *hk, struct kvm_vcpu *vcpu)
{
	struct hvp_kvm_vp *kvp = hvp_kvm_vp_of(hk, vcpu);
	struct hvp_vp *vp;
	u32 index;
	int err;

	lockdep_assert_held(&vcpu->mutex);
	lockdep_assert_held(&attach_lock);
	err = check_vm(vcpu);
	if (err)
		return err;
	if (vcpu->vcpu_idx >= hk->max_vps)
		return -ENOSPC;
	if (kvp)
		return hvp_kvm_cpuid_apply(kvp);
	/* From here on whoever begins to protect pages sees this vCPU */
	mutex_lock(&hk->protect_lock);
	err = hk->protecting ? hvp_kvm_watch_emulator(vcpu) : 0;
	mutex_unlock(&hk->protect_lock);
	if (err)
		return err;

	kvp = kzalloc(sizeof(*kvp), GFP_KERNEL_ACCOUNT);
	if (!kvp)
		return -ENOMEM;
	kvp->vcpu = vcpu;
	kvp->hk = hk;
	kvp->home = kvp;
	kvp->vtl = hk->vtl;
	kvp->vtls[hk->vtl] = kvp;
	/* Before other VPs see this one and ask KVM for its index */
	err = hvp_kvm_call(kvm_hv_vcpu_init)(vcpu);
	if (err)
		goto free;
	/*
	 * KVM numbers VPs like vCPUs until the VMM says otherwise, see hvp_vp_reindex(). If
	 * it has given this number away, any other will do until then.
	 */
	index = vcpu->vcpu_idx;
	do {
		vp = hvp_vp_create(hk->partition, index, kvp);
		index = (index + 1) % HVP_MAX_VPS;
	} while (vp == ERR_PTR(-EEXIST) && index != vcpu->vcpu_idx);
	if (IS_ERR(vp)) {
		err = PTR_ERR(vp);
		goto free;
	}
	kvp->vp = vp;
	err = hvp_kvm_cpuid_apply(kvp);
	/* Without its leaves the VP answers all the same; the VMM's leaves stay */
	/* Complete before its first exit */
	smp_store_release(&hk->vps[vcpu->vcpu_idx], kvp);
	return err;

free:
	kfree(kvp);
	return err;
}

/* The first vCPU of a VM that may have been claimed got its CPUID leaves */
static struct hvp_kvm *bind_claimed(struct kvm_vcpu *vcpu)
{
	struct hvp_partition *claim, *pt;
	struct hvp_kvm *hk = NULL;

	/*
	 * The claim may be withdrawn while we look at it, and with it may go the hooks and
	 * the module. In this order: whoever unloads counts on nobody wanting the hooks.
	 */
	if (!try_module_get(THIS_MODULE))
		return NULL;
	if (!hvp_hooks_tryget()) {
		module_put(THIS_MODULE);
		return NULL;
	}
	claim = hvp_claim_for_current();
	if (!claim || check_vm(vcpu))
		goto out;
	pt = claim->flags & HVPERSONA_CLAIM_EVERY_VM ? hvp_partition_create(claim) :
						       hvp_partition_get(claim);
	if (!pt)
		goto out;
	hk = bind(vcpu->kvm, pt, current);
	if (IS_ERR(hk)) {
		pr_warn_ratelimited("a claimed VM cannot be attached: error %ld\n", PTR_ERR(hk));
		hk = NULL;
	} else if (pt == claim) {
		hvp_backend_claim_end();
	}
	hvp_partition_put(pt);
out:
	if (claim)
		hvp_partition_put(claim);
	if (!hk) {
		hvp_hooks_put();
		module_put(THIS_MODULE);
	}
	return hk;
}

/**
 * hvp_after_set_cpuid - Stands where KVM calls kvm_x86_ops.vcpu_after_set_cpuid
 * @vcpu: vCPU whose leaves have been set; its mutex is held
 */
void hvp_after_set_cpuid(struct kvm_vcpu *vcpu)
{
	struct hvp_kvm *hk;
	int idx, err;

	static_call(hvp_orig_after_set_cpuid)(vcpu);
	/* KVM 7.3 calls it for a vCPU in the making, too */
	if (!vcpu->arch.cpuid_nent ||
	    (!atomic_read(&claims_waiting) && !hvp_kvm_find(vcpu->kvm)))
		return;

	idx = srcu_read_lock(&hvp_hook_srcu);
	mutex_lock(&attach_lock);
	hk = hvp_kvm_find(vcpu->kvm);
	if (!hk)
		hk = bind_claimed(vcpu);
	/* To a vCPU of another VTL we give its leaves ourselves */
	if (hk && hk->home == hk) {
		err = add_vcpu(hk, vcpu);
		if (err)
			pr_warn_ratelimited("VP %d has no personality: error %d\n",
					    vcpu->vcpu_idx, err);
	}
	mutex_unlock(&attach_lock);
	srcu_read_unlock(&hvp_hook_srcu, idx);
}

/* The VM dies: let go of it while all of it is there */
static void bury(struct kvm *kvm)
{
	struct hvp_kvm *hk;
	int idx;

	idx = srcu_read_lock(&hvp_hook_srcu);
	mutex_lock(&attach_lock);
	hk = hvp_kvm_find(kvm);
	if (hk)
		unbind_start(hk);
	mutex_unlock(&attach_lock);
	if (hk)
		unbind_finish(hk);
	srcu_read_unlock(&hvp_hook_srcu, idx);
}

/**
 * hvp_vcpu_free - Stands where KVM calls kvm_x86_ops.vcpu_free
 * @vcpu: vCPU, complete but for its MMU. Nobody runs it
 *
 * vCPUs are freed with their VM, by 6.12 and 7.3 before vm_destroy is called: the first one
 * takes them all out of senders' sight. Or the making of one has failed in a VM that lives.
 */
void hvp_vcpu_free(struct kvm_vcpu *vcpu)
{
	if (hvp_kvm_find(vcpu->kvm) && !refcount_read(&vcpu->kvm->users_count))
		bury(vcpu->kvm);
	static_call(hvp_orig_vcpu_free)(vcpu);
}

/**
 * hvp_vm_destroy - Stands where KVM calls kvm_x86_ops.vm_destroy
 * @kvm: VM that nobody uses any more
 */
void hvp_vm_destroy(struct kvm *kvm)
{
	if (hvp_kvm_find(kvm))
		bury(kvm);
	static_call_cond(hvp_orig_vm_destroy)(kvm);
}

/* The process that made the VM; a reference */
static struct task_struct *vmm_of(const struct kvm *kvm)
{
	struct task_struct *task;

	rcu_read_lock();
	task = get_pid_task(find_pid_ns(kvm->userspace_pid, &init_pid_ns), PIDTYPE_PID);
	rcu_read_unlock();
	return task ?: get_task_struct(current);
}

/**
 * hvp_backend_attach - Attach a VM that exists
 * @fd: Its descriptor
 * @pt: Partition that is not listed yet
 *
 * Return: 0 or a negative errno as struct hvpersona_attach says.
 */
int hvp_backend_attach(int fd, struct hvp_partition *pt)
{
	struct task_struct *vmm;
	struct kvm_vcpu *vcpu;
	struct hvp_kvm *hk;
	unsigned long i;
	struct file *file;
	struct kvm *kvm;
	int err = 0;

	file = fget(fd);
	if (!file)
		return -EBADF;
	kvm = file->private_data;
	/* /dev/kvm's own and vCPU descriptors are KVM's too, but not VMs */
	if (!hvp_kvm_call(file_is_kvm)(file)) {
		err = -EINVAL;
		goto put_file;
	}
	kvm_for_each_vcpu(i, vcpu, kvm) {
		err = check_vm(vcpu);
		if (err)
			goto put_file;
	}

	/* Not under attach_lock: installing waits for whoever removes the hooks */
	__module_get(THIS_MODULE);
	hvp_hooks_get();
	vmm = vmm_of(kvm);
	mutex_lock(&attach_lock);
	hk = hvp_kvm_find(kvm) ? ERR_PTR(-EBUSY) : bind(kvm, pt, vmm);
	mutex_unlock(&attach_lock);
	put_task_struct(vmm);
	if (IS_ERR(hk)) {
		hvp_hooks_put();
		module_put(THIS_MODULE);
		err = PTR_ERR(hk);
		goto put_file;
	}
	kvm_for_each_vcpu(i, vcpu, kvm) {
		err = mutex_lock_interruptible(&vcpu->mutex);
		if (err)
			break;
		mutex_lock(&attach_lock);
		/* Detached again by somebody else? */
		err = hvp_kvm_find(kvm) == hk ? add_vcpu(hk, vcpu) : -ENODEV;
		mutex_unlock(&attach_lock);
		mutex_unlock(&vcpu->mutex);
		if (err)
			break;
	}
	if (err)
		hvp_backend_detach(pt);
put_file:
	fput(file);
	return err;
}

/* Without the hooks KVM would be asked for what it never does without PML, and warn */
static void drop_requests(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		kvm_clear_request(HVP_REQ_PRE_ENTRY, vcpu);
}

/**
 * hvp_backend_detach - Let go of a VM that lives on
 * @pt: Its partition
 *
 * Return: 0, -ENODEV if its VM is gone or going.
 */
int hvp_backend_detach(struct hvp_partition *pt)
{
	struct hvp_kvm *hk;
	struct kvm *kvm;
	u32 i;

	mutex_lock(&attach_lock);
	hk = pt->backend;
	if (!hk || !kvm_get_kvm_safe(hk->kvm)) {
		mutex_unlock(&attach_lock);
		return -ENODEV;
	}
	kvm = hk->kvm;
	WRITE_ONCE(pt->backend, NULL);
	mutex_unlock(&attach_lock);

	WRITE_ONCE(hk->detached, true);
	/* Pairs with hvp_kvm_enter(): who does not see this is seen to be busy */
	smp_mb();
	hvp_kvm_vtls_stop(hk);
	mutex_lock(&attach_lock);
	unbind_start(hk);
	mutex_unlock(&attach_lock);
	synchronize_srcu(&hvp_hook_srcu);
	for (i = 0; i < hk->max_vps; i++)
		/* Pairs with hvp_kvm_leave() */
		while (hk->vps[i] && smp_load_acquire(&hk->vps[i]->busy))
			msleep(20);
	/* Before the partition forgets what it has restricted, and while the VM is alive */
	hvp_kvm_unprotect(hk);
	hvp_kvm_unwatch(hk);
	unbind_finish(hk);
	if (!hvp_pml)
		drop_requests(kvm);
	kvm_put_kvm(kvm);
	return 0;
}

void *hvp_backend_hold(struct hvp_partition *pt)
{
	struct hvp_kvm *hk;

	guard(mutex)(&attach_lock);
	hk = pt->backend;
	return hk && kvm_get_kvm_safe(hk->kvm) ? hk->kvm : NULL;
}

void hvp_backend_release(void *machine)
{
	kvm_put_kvm(machine);
}

void hvp_backend_claim_begin(void)
{
	hvp_hooks_get();
	atomic_inc(&claims_waiting);
}

void hvp_backend_claim_end(void)
{
	atomic_dec(&claims_waiting);
	hvp_hooks_put();
}

u64 hvp_backend_features(void)
{
	return (hvp_vmx ? HVPERSONA_FEATURE_VMX : HVPERSONA_FEATURE_SVM) |
	       HVPERSONA_FEATURE_HV_TABLE;
}

bool hvp_backend_hooked(void)
{
	return hvp_hooks_installed();
}

int hvp_backend_init(void)
{
	return hvp_binding_init();
}

void hvp_backend_exit(void)
{
	hvp_binding_exit();
}
