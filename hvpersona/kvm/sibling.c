// SPDX-License-Identifier: GPL-2.0
/*
 * A second VM of the VMM's process, with the same memory, whose vCPUs run in the vCPU threads of
 * the first: in the exit hook the first vCPU is parked and the second one is run by KVM's own
 * loop. What that needs of the VMM leaves through KVM_RUN of the first.
 *
 * VMs and vCPUs are made by the ioctls that any VMM uses, their arguments in a piece of memory
 * that the VMM has for that moment. Whatever loads a vCPU is done while the caller's is parked.
 */
#define pr_fmt(fmt) "hvpersona: " fmt

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/kvm_host.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "binding.h"
#include "sibling.h"
#include "../hv_abi/msr.h"

/* Holds the CPUID leaves of a vCPU */
#define BOUNCE_SIZE	(4 * PAGE_SIZE)
#define BOUNCE_LEAVES	((BOUNCE_SIZE - sizeof(struct kvm_cpuid2)) /	\
			 sizeof(struct kvm_cpuid_entry2))

/*
 * Locks of a sibling are taken while a vCPU of the first VM is held, never the other way round.
 * There are as many nested in one another as there are kinds of them.
 */
static struct lock_class_key vm_lock_key, slots_lock_key, srcu_key, new_vcpu_key, vcpu_key;

/**
 * hvp_kvm_park - Take a vCPU in its exit hook off the processor
 * @vcpu: vCPU
 *
 * Its thread may load others until hvp_kvm_unpark(), and take locks that KVM takes outside of
 * kvm->srcu.
 */
void hvp_kvm_park(struct kvm_vcpu *vcpu)
	__releases(&vcpu->kvm->srcu)
{
	kvm_vcpu_srcu_read_unlock(vcpu);
	/*
	 * A timer of VMX runs only while its vCPU is in the guest. It goes on as one of the
	 * kernel's until the guest sets it again: one that has fired would do so once more
	 */
	if (hvp_vmx)
		hvp_kvm_call(kvm_lapic_switch_to_sw_timer)(vcpu);
	hvp_kvm_call(fpu_swap_kvm_fpstate)(&vcpu->arch.guest_fpu, false);
	hvp_kvm_call(vcpu_put)(vcpu);
}

/**
 * hvp_kvm_unpark - Undo hvp_kvm_park()
 * @vcpu: vCPU
 */
void hvp_kvm_unpark(struct kvm_vcpu *vcpu)
	__acquires(&vcpu->kvm->srcu)
{
	hvp_kvm_call(vcpu_load)(vcpu);
	hvp_kvm_call(fpu_swap_kvm_fpstate)(&vcpu->arch.guest_fpu, true);
	kvm_vcpu_srcu_read_lock(vcpu);
}

/* An ioctl of KVM's, its argument in the VMM's memory at @bounce */
static long ask(struct file *file, unsigned int cmd, unsigned long bounce, const void *arg,
		size_t size)
{
	if (size && copy_to_user((void __user *)bounce, arg, size))
		return -EFAULT;
	return file->f_op->unlocked_ioctl(file, cmd, bounce);
}

static unsigned long get_bounce(void)
{
	return vm_mmap(NULL, 0, BOUNCE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       0);
}

static void put_bounce(unsigned long bounce)
{
	vm_munmap(bounce, BOUNCE_SIZE);
}

static long enable_cap(struct file *file, unsigned long bounce, u32 cap)
{
	struct kvm_enable_cap arg = { .cap = cap };

	return ask(file, KVM_ENABLE_CAP, bounce, &arg, sizeof(arg));
}

/* The file behind a new descriptor, of which only we shall know */
static struct file *take(long fd)
{
	struct file *file;

	if (fd < 0)
		return ERR_PTR(fd);
	file = fget(fd);
	close_fd(fd);
	return file ?: ERR_PTR(-EBADF);
}

/* Is it what has just been made, not something that another thread has put there? */
static bool is_new_vm(struct file *file, const struct kvm *like)
{
	const struct kvm *kvm = file->private_data;

	return hvp_kvm_call(file_is_kvm)(file) && kvm != like && kvm->mm == current->mm &&
	       !kvm->created_vcpus && !hvp_kvm_find(kvm);
}

/* What of a VM's making is not seen by its guest but in effect */
static void copy_vm(struct kvm *to, const struct kvm *from)
{
	to->arch.bsp_vcpu_id = from->arch.bsp_vcpu_id;
	to->arch.x2apic_format = from->arch.x2apic_format;
	to->arch.x2apic_broadcast_quirk_disabled = from->arch.x2apic_broadcast_quirk_disabled;
	to->arch.default_tsc_khz = from->arch.default_tsc_khz;
	to->arch.disabled_quirks = from->arch.disabled_quirks;
#ifdef HVP_HAVE_APIC_BUS_CYCLE
	to->arch.apic_bus_cycle_ns = from->arch.apic_bus_cycle_ns;
#endif
	/* Where time began */
	to->arch.kvmclock_offset = from->arch.kvmclock_offset;
}

/**
 * hvp_sibling_create_vm - Make a VM like another one of this process
 * @like: That VM; no vCPU of it is loaded in this thread
 *
 * It has local APICs in the kernel, no other devices, no vCPU and no memory.
 *
 * Return: its file, or -EINTR if a signal is pending, -ENOMEM, or another error of KVM's.
 */
struct file *hvp_sibling_create_vm(struct kvm *like)
{
	unsigned long bounce;
	struct file *file;
	struct kvm *kvm;
	long err;

	bounce = get_bounce();
	if (IS_ERR_VALUE(bounce))
		return ERR_PTR(-ENOMEM);
	file = take(hvp_kvm_create_vm());
	if (IS_ERR(file))
		goto out;
	kvm = file->private_data;
	err = is_new_vm(file, like) ? 0 : -EBADF;
	if (err)
		goto put;
	lockdep_set_class(&kvm->lock, &vm_lock_key);
	lockdep_set_class(&kvm->slots_lock, &slots_lock_key);
	lockdep_set_class(&kvm->srcu, &srcu_key);
	err = enable_cap(file, bounce, KVM_CAP_SPLIT_IRQCHIP);
	if (err)
		goto put;
	copy_vm(kvm, like);
out:
	put_bounce(bounce);
	return file;

put:
	fput(file);
	file = ERR_PTR(err);
	goto out;
}

static long set_cpuid(struct file *file, unsigned long bounce, const struct kvm_vcpu *like)
{
	struct kvm_cpuid2 head = { .nent = like->arch.cpuid_nent };

	if (head.nent > BOUNCE_LEAVES)
		return -E2BIG;
	if (copy_to_user((void __user *)(bounce + sizeof(head)), like->arch.cpuid_entries,
			 head.nent * sizeof(struct kvm_cpuid_entry2)))
		return -EFAULT;
	return ask(file, KVM_SET_CPUID2, bounce, &head, sizeof(head));
}

static long set_tsc(struct file *file, unsigned long bounce, const struct kvm_vcpu *like)
{
	u64 offset = like->arch.l1_tsc_offset;
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = bounce + sizeof(attr),
	};

	if (copy_to_user((void __user *)(bounce + sizeof(attr)), &offset, sizeof(offset)))
		return -EFAULT;
	return ask(file, KVM_SET_DEVICE_ATTR, bounce, &attr, sizeof(attr));
}

/* What the VMM has given the first vCPU through MSRs, and KVM keeps in plain fields */
static void copy_vcpu(struct kvm_vcpu *to, const struct kvm_vcpu *from)
{
	to->arch.arch_capabilities = from->arch.arch_capabilities;
	to->arch.ia32_misc_enable_msr = from->arch.ia32_misc_enable_msr;
	to->arch.microcode_version = from->arch.microcode_version;
	to->arch.mcg_cap = from->arch.mcg_cap;
	to->arch.mtrr_state = from->arch.mtrr_state;
}

static long set_up(struct file *file, unsigned long bounce, struct kvm_vcpu *like, u32 vp_index)
{
	struct msr_data index = { .index = HV_MSR_VP_INDEX, .data = vp_index,
				  .host_initiated = true };
	struct kvm_vcpu *vcpu = file->private_data;
	long err;

	lockdep_set_class(&vcpu->mutex, &new_vcpu_key);
	err = enable_cap(file, bounce, KVM_CAP_HYPERV_SYNIC2);
	err = err ?: set_cpuid(file, bounce, like);
	err = err ?: set_tsc(file, bounce, like);
	if (err)
		return err;
	err = mutex_lock_killable(&vcpu->mutex);
	if (err)
		return err;
	copy_vcpu(vcpu, like);
	err = hvp_kvm_call(kvm_hv_vcpu_init)(vcpu);
	if (!err) {
		if (!vcpu->arch.hyperv_enabled)
			hvp_kvm_call(kvm_hv_set_cpuid)(vcpu, true);
		err = hvp_kvm_op(set_msr)(vcpu, &index) ? -EINVAL : 0;
	}
	mutex_unlock(&vcpu->mutex);
	return err;
}

/**
 * hvp_sibling_create_vcpu - Make a vCPU like one of the first VM
 * @vm: File of the sibling
 * @like: vCPU of the first VM; no vCPU is loaded in this thread
 * @vp_index: Its VP index
 *
 * It has the same APIC id, CPUID leaves and time stamp counter, and is as after reset.
 *
 * Return: its file, -EINTR, -ENOMEM, or another error of KVM's.
 */
struct file *hvp_sibling_create_vcpu(struct file *vm, struct kvm_vcpu *like, u32 vp_index)
{
	struct kvm *kvm = vm->private_data;
	unsigned long bounce;
	struct kvm_vcpu *vcpu;
	struct file *file;
	long err;

	bounce = get_bounce();
	if (IS_ERR_VALUE(bounce))
		return ERR_PTR(-ENOMEM);
	/* KVM takes the new vCPU's mutex, which is of the class of the one that is held */
	lockdep_off();
	file = take(vm->f_op->unlocked_ioctl(vm, KVM_CREATE_VCPU, like->vcpu_id));
	lockdep_on();
	if (IS_ERR(file))
		goto out;
	vcpu = kvm_get_vcpu_by_id(kvm, like->vcpu_id);
	err = vcpu && file->private_data == vcpu ?
	      set_up(file, bounce, like, vp_index) : -EBADF;
	if (err) {
		fput(file);
		file = ERR_PTR(err);
	}
out:
	put_bounce(bounce);
	return file;
}

/**
 * hvp_sibling_ready - A vCPU from hvp_sibling_create_vcpu() is set up, and may run
 * @vcpu: vCPU
 *
 * Up to now its mutex was taken inside of locks that it is outside of when it runs.
 */
void hvp_sibling_ready(struct kvm_vcpu *vcpu)
{
	lockdep_set_class(&vcpu->mutex, &vcpu_key);
}

static bool mirrored(const struct kvm_memory_slot *slot)
{
	return slot && slot->id < KVM_USER_MEM_SLOTS && !(slot->flags & KVM_MEMSLOT_INVALID);
}

static bool equal(const struct hvp_slot *a, const struct hvp_slot *b)
{
	return a->gfn == b->gfn && a->pages == b->pages && a->address == b->address &&
	       a->flags == b->flags;
}

/* The slots of a VM as they are now; the array is the caller's to free */
static struct hvp_slot *list_slots(struct kvm *kvm, u32 *count)
{
	struct kvm_memory_slot *slot;
	struct kvm_memslots *slots;
	struct hvp_slot *list;
	int idx, bkt;
	u32 max = 0;

	idx = srcu_read_lock(&kvm->srcu);
	slots = kvm_memslots(kvm);
	kvm_for_each_memslot(slot, bkt, slots)
		max++;
	list = kvmalloc_array(max ?: 1, sizeof(*list), GFP_KERNEL_ACCOUNT);
	*count = 0;
	if (list) {
		kvm_for_each_memslot(slot, bkt, slots) {
			if (!mirrored(slot) || *count == max)
				continue;
			list[(*count)++] = (struct hvp_slot) {
				.id = slot->id,
				.flags = slot->flags & KVM_MEM_READONLY,
				.gfn = slot->base_gfn,
				.pages = slot->npages,
				.address = slot->userspace_addr,
			};
		}
	}
	srcu_read_unlock(&kvm->srcu, idx);
	return list;
}

static long set_slot(struct file *vm, unsigned long bounce, const struct hvp_slot *slot, bool there)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot->id,
		.flags = there ? slot->flags : 0,
		.guest_phys_addr = slot->gfn << PAGE_SHIFT,
		.memory_size = there ? slot->pages << PAGE_SHIFT : 0,
		.userspace_addr = slot->address,
	};

	return ask(vm, KVM_SET_USER_MEMORY_REGION, bounce, &region, sizeof(region));
}

static const struct hvp_slot *find_slot(const struct hvp_slot *list, u32 count, u32 id)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (list[i].id == id)
			return &list[i];
	return NULL;
}

/* Take away what is no longer so, then bring what is new */
static long change_slots(struct file *vm, unsigned long bounce, struct hvp_slots *have,
			 const struct hvp_slot *list, u32 count)
{
	const struct hvp_slot *other;
	u32 i, kept = 0;
	long err = 0;

	for (i = 0; i < have->count; i++) {
		other = find_slot(list, count, have->list[i].id);
		if (!err && !(other && equal(other, &have->list[i]))) {
			err = set_slot(vm, bounce, &have->list[i], false);
			if (!err)
				continue;
		}
		have->list[kept++] = have->list[i];
	}
	have->count = kept;
	for (i = 0; !err && i < count; i++) {
		if (find_slot(have->list, kept, list[i].id))
			continue;
		err = set_slot(vm, bounce, &list[i], true);
		if (!err)
			have->list[have->count++] = list[i];
	}
	return err;
}

/**
 * hvp_sibling_mirror - Give a sibling the memory that the first VM has now
 * @vm: File of the sibling
 * @first: The first VM; no vCPU is loaded in this thread
 * @have: What the sibling has; one thread at a time
 *
 * Return: 0, -ENOMEM, or another error of KVM's.
 */
int hvp_sibling_mirror(struct file *vm, struct kvm *first, struct hvp_slots *have)
{
	struct hvp_slot *list, *room;
	unsigned long bounce;
	long err;
	u32 count;

	bounce = get_bounce();
	if (IS_ERR_VALUE(bounce))
		return -ENOMEM;
	list = list_slots(first, &count);
	room = kvmalloc_array(count + have->count + 1, sizeof(*room), GFP_KERNEL_ACCOUNT);
	if (!list || !room) {
		kvfree(room);
		err = -ENOMEM;
		goto out;
	}
	memcpy(room, have->list, have->count * sizeof(*room));
	swap(have->list, room);
	kvfree(room);
	err = change_slots(vm, bounce, have, list, count);
out:
	kvfree(list);
	put_bounce(bounce);
	return err;
}

/**
 * hvp_sibling_run - Run a vCPU of a sibling until KVM has something for its VMM
 * @first: vCPU of this thread, parked
 * @vcpu: vCPU of the sibling
 *
 * Both have the same FPU state, which is @first's.
 *
 * Return: as KVM_RUN.
 */
int hvp_sibling_run(struct kvm_vcpu *first, struct kvm_vcpu *vcpu)
{
	struct fpstate *own;
	int ret;

	ret = mutex_lock_killable(&vcpu->mutex);
	if (ret)
		return ret;
	own = vcpu->arch.guest_fpu.fpstate;
	vcpu->arch.guest_fpu.fpstate = first->arch.guest_fpu.fpstate;
	/* If the VMM wants an exit completed and KVM_RUN to return, no more is done here either */
	vcpu->wants_to_run = first->wants_to_run;
	ret = hvp_kvm_call(kvm_arch_vcpu_ioctl_run)(vcpu);
	if (hvp_vmx)
		hvp_kvm_call(kvm_lapic_switch_to_sw_timer)(vcpu);
	vcpu->wants_to_run = false;
	vcpu->arch.guest_fpu.fpstate = own;
	mutex_unlock(&vcpu->mutex);
	return ret;
}

/* In-kernel devices are the first VM's */
static bool port_io(struct kvm_vcpu *first, struct kvm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	u8 *data = vcpu->arch.pio_data;
	bool out = run->io.direction == KVM_EXIT_IO_OUT;
	u32 i;

	for (i = 0; i < run->io.count; i++, data += run->io.size) {
		if (out ? hvp_kvm_call(kvm_io_bus_write)(first, KVM_PIO_BUS, run->io.port,
							 run->io.size, data) :
			  hvp_kvm_call(kvm_io_bus_read)(first, KVM_PIO_BUS, run->io.port,
							run->io.size, data))
			/* No device, or one that answers the first part only, which none does */
			return false;
	}
	return true;
}

static bool memory_io(struct kvm_vcpu *first, struct kvm_vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	if (run->mmio.is_write)
		return !hvp_kvm_call(kvm_io_bus_write)(first, KVM_MMIO_BUS, run->mmio.phys_addr,
						       run->mmio.len, run->mmio.data);
	return !hvp_kvm_call(kvm_io_bus_read)(first, KVM_MMIO_BUS, run->mmio.phys_addr,
					      run->mmio.len, run->mmio.data);
}

/* Is it for a device of the first VM's in the kernel? Then its run goes on */
static bool for_kernel(struct kvm_vcpu *first, struct kvm_vcpu *vcpu)
{
	bool served = false;
	int idx;

	idx = srcu_read_lock(&first->kvm->srcu);
	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_IO:
		served = port_io(first, vcpu);
		break;
	case KVM_EXIT_MMIO:
		served = memory_io(first, vcpu);
		break;
	case KVM_EXIT_HYPERV:
		/* Pages of a SynIC that the VMM does not know are in plain memory */
		served = vcpu->run->hyperv.type == KVM_EXIT_HYPERV_SYNIC;
		break;
	}
	srcu_read_unlock(&first->kvm->srcu, idx);
	return served;
}

static void copy_exit(struct kvm_vcpu *to, const struct kvm_vcpu *from)
{
	memcpy(to->run->padding, from->run->padding, sizeof(to->run->padding));
	if (from->run->exit_reason == KVM_EXIT_IO)
		memcpy(to->arch.pio_data, from->arch.pio_data, PAGE_SIZE);
}

/**
 * hvp_sibling_forward - Hand an exit of a sibling's vCPU to the VMM
 * @first: vCPU of this thread, whose KVM_RUN the VMM is in
 * @vcpu: vCPU of the sibling
 *
 * Return: whether the VMM is to see it; if not, an in-kernel device has served it.
 */
bool hvp_sibling_forward(struct kvm_vcpu *first, struct kvm_vcpu *vcpu)
{
	if (for_kernel(first, vcpu))
		return false;
	copy_exit(first, vcpu);
	first->run->exit_reason = vcpu->run->exit_reason;
	first->run->flags = vcpu->run->flags;
	return true;
}

/**
 * hvp_sibling_complete - Take over what the VMM has answered to hvp_sibling_forward()
 * @first: vCPU of this thread
 * @vcpu: vCPU of the sibling
 */
void hvp_sibling_complete(struct kvm_vcpu *first, struct kvm_vcpu *vcpu)
{
	if (vcpu->run->exit_reason != KVM_EXIT_UNKNOWN && vcpu->arch.complete_userspace_io)
		copy_exit(vcpu, first);
}
