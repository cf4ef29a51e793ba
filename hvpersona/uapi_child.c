// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls on child partitions: their life, properties, VPs and registers. Each does what a
 * hypercall does, by the same functions and in the same states of the child, on behalf of
 * the host.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "backend.h"
#include "child.h"
#include "events.h"
#include "hypercalls/hypercalls.h"
#include "status.h"
#include "uapi.h"
#include "vp_file.h"

/* The machine in whose instance a partition is; NULL if it descends from the host */
static struct hvp_partition *machine_of(struct hvp_partition *pt)
{
	while (pt && pt->child)
		pt = pt->parent;
	return pt;
}

/* Does the ioctl also act on a machine? */
static bool for_machines(enum hvp_act what)
{
	switch (what) {
	case HVP_AS_CREATE:
	case HVP_AS_DEPOSIT:
	case HVP_AS_WITHDRAW:
	case HVP_AS_BALANCE:
	case HVP_AS_DELETE_PORT:
	case HVP_AS_GET_PORT_PROPERTY:
	case HVP_AS_DISCONNECT_PORT:
	case HVP_AS_SET_PORT_PROPERTY:
	case HVP_AS_CREATE_PORT:
	case HVP_AS_CONNECT_PORT:
		return true;
	default:
		return false;
	}
}

static bool state_permits(const struct hvp_partition *pt, enum hvp_act what)
{
	u8 states = hvp_hypercall_lookup(what)->states ?: BIT(HVPERSONA_STATE_ACTIVE);

	return states & BIT(pt->state);
}

static int refuse(enum hv_status why, u32 *status)
{
	*status = why;
	return hvp_status_errno(why);
}

/**
 * hvp_act - Begin to act on a partition on behalf of the host
 * @pt: The partition of a descriptor
 * @what: What is going to be done
 * @status: Set to the HV_STATUS if the partition's state forbids it, otherwise to SUCCESS
 * @acting: For hvp_act_end()
 *
 * The machine of its instance is kept alive first, with no lock held: letting go of a dying
 * one deletes its children, which takes their locks.
 *
 * Return: 0, -EBADFD, -EOPNOTSUPP if this is not for machines, -ENODEV if it is gone, -EINTR if
 * the task is killed while it waits (except for HVP_AS_LOOK).
 */
int hvp_act(struct hvp_partition *pt, enum hvp_act what, u32 *status, struct hvp_acting *acting)
{
	struct hvp_partition *machine = machine_of(pt), *locked;

	*status = HV_STATUS_SUCCESS;
	*acting = (struct hvp_acting) { .pt = pt };
	if (!pt->child && !for_machines(what))
		return -EOPNOTSUPP;
	if (machine) {
		acting->machine = hvp_backend_hold(machine);
		if (!acting->machine)
			return READ_ONCE(machine->state) == HVPERSONA_STATE_CLAIMED ?
			       refuse(HV_STATUS_INVALID_PARTITION_STATE, status) : -ENODEV;
	}
	if (!pt->child)
		return 0;
	/* The owner's descriptor may be closed by a task that is being killed */
	locked = what == HVP_AS_LOOK ? hvp_child_lock(hvp_partition_get(pt), NULL) :
				       hvp_child_lock_killable(hvp_partition_get(pt));
	if (IS_ERR_OR_NULL(locked)) {
		if (acting->machine)
			hvp_backend_release(acting->machine);
		return locked ? PTR_ERR(locked) : -ENODEV;
	}
	if (!state_permits(pt, what)) {
		hvp_act_end(acting);
		return refuse(HV_STATUS_INVALID_PARTITION_STATE, status);
	}
	return 0;
}

/**
 * hvp_act_end - Undo a successful hvp_act()
 * @acting: What it filled
 */
void hvp_act_end(struct hvp_acting *acting)
{
	if (acting->pt->child)
		hvp_child_unlock(acting->pt);
	if (acting->machine)
		hvp_backend_release(acting->machine);
}

/* Life */

/* A locked child has been deleted: the host's own no longer keep the module in place */
static void deleted(struct hvp_partition *pt)
{
	if (!pt->parent)
		module_put(THIS_MODULE);
}

/*
 * Delete a child in whatever state it is. One whose machine is dying goes with that, and one
 * that is deleted already stays so.
 */
static int destroy(struct hvp_partition *pt)
{
	struct hvp_acting acting;
	u32 status;
	int err;

	err = hvp_act(pt, HVP_AS_LOOK, &status, &acting);
	if (err)
		return err;
	hvp_child_destroy(pt);
	deleted(pt);
	hvp_act_end(&acting);
	return 0;
}

/* The descriptor that owns a child: with it goes the child */
static int owner_release(struct inode *inode, struct file *file)
{
	struct hvp_partition *pt = hvp_partition_of(file);

	destroy(pt);
	hvp_partition_put(pt);
	return 0;
}

static const struct file_operations owner_fops = {
	.owner = THIS_MODULE,
	.release = owner_release,
	.unlocked_ioctl = hvp_partition_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* The file that stands for the host's memory: nothing that could hold on to us in turn */
static struct file *open_memory(int fd)
{
	const fmode_t mode = FMODE_READ | FMODE_WRITE;
	struct file *file;

	if (fd < 0)
		return NULL;
	file = fget(fd);
	if (!file)
		return ERR_PTR(-EBADF);
	/* Descriptors of our own kind, and KVM's, are regular files in newer kernels */
	if (!S_ISREG(file_inode(file)->i_mode) || (file->f_mode & mode) != mode ||
	    file_inode(file)->i_sb->s_magic == ANON_INODE_FS_MAGIC) {
		fput(file);
		return ERR_PTR(-EINVAL);
	}
	return file;
}

static void set_memory(struct hvp_partition *pt, struct file *memory)
{
	if (!memory)
		return;
	/* Somebody may have found it and deleted it already */
	if (!hvp_child_lock(hvp_partition_get(pt), NULL)) {
		fput(memory);
		return;
	}
	pt->child->memory = memory;
	pt->child->host_pages = i_size_read(file_inode(memory)) >> PAGE_SHIFT;
	hvp_child_unlock(pt);
}

/* Takes over @memory */
static int create_for_host(const struct hv_create_partition *in, struct file *memory,
			   u32 *status, struct hvp_partition **child)
{
	/* Until the child is deleted; the device's descriptor keeps us in place meanwhile */
	__module_get(THIS_MODULE);
	*status = hvp_child_create(NULL, hvp_host_instance(), in, child);
	if (!*status) {
		set_memory(*child, memory);
		hvp_tell_partition(*child, NULL, HVP_EVENT_PARTITION_CREATED);
		return 0;
	}
	module_put(THIS_MODULE);
	if (memory)
		fput(memory);
	return hvp_status_errno(*status);
}

static int create_for_parent(u32 handle, const struct hv_create_partition *in, u32 *status,
			     struct hvp_partition **child)
{
	struct hvp_partition *parent = hvp_partition_by_handle(handle);
	struct hvp_instance *instance;
	struct hvp_acting acting;
	int err;

	if (!parent)
		return -ENOENT;
	err = hvp_act(parent, HVP_AS_CREATE, status, &acting);
	if (err)
		goto put;
	/* A machine that is held does not die, but it may be detached any moment */
	instance = hvp_instance_of(parent);
	if (instance) {
		*status = hvp_child_create(parent, instance, in, child);
		err = hvp_status_errno(*status);
		if (!err)
			hvp_tell_partition(*child, NULL, HVP_EVENT_PARTITION_CREATED);
		hvp_instance_put(instance);
	} else {
		err = -ENODEV;
	}
	hvp_act_end(&acting);
put:
	hvp_partition_put(parent);
	return err;
}

static int create(const struct hvpersona_partition_create *create, u32 *status,
		  struct hvp_partition **child)
{
	const struct hv_create_partition in = {
		.flags = create->creation_flags,
		.compatibility = create->compatibility,
		.disabled_features = {
			create->disabled_features[0], create->disabled_features[1],
		},
		.disabled_xsave = create->disabled_xsave,
	};
	struct file *memory;

	if (create->parent)
		return create->memory_fd == -1 ?
		       create_for_parent(create->parent, &in, status, child) : -EINVAL;
	memory = open_memory(create->memory_fd);
	return IS_ERR(memory) ? PTR_ERR(memory) : create_for_host(&in, memory, status, child);
}

long hvp_ioctl_create(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_partition_create *in = &buffer->create;
	struct hvp_partition *pt;
	long ret;

	in->out_status = HV_STATUS_SUCCESS;
	if (in->__reserved || in->__reserved2 || in->memory_fd < -1)
		return -EINVAL;
	if (in->flags & ~HVPERSONA_CREATE_KEEP)
		return -EOPNOTSUPP;
	ret = create(in, &in->out_status, &pt);
	if (ret)
		return ret;
	hvp_partition_get(pt);
	ret = hvp_partition_fd(pt, in->flags & HVPERSONA_CREATE_KEEP ? &hvp_partition_fops :
			       &owner_fops, O_CLOEXEC);
	if (ret < 0)
		destroy(pt);
	hvp_partition_put(pt);
	return ret;
}

static int check_change(struct hvpersona_partition_change *change, u32 flags)
{
	change->out_status = HV_STATUS_SUCCESS;
	if (change->__reserved)
		return -EINVAL;
	return change->flags & ~flags ? -EOPNOTSUPP : 0;
}

long hvp_ioctl_initialize(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_partition_change *change = &buffer->change;
	struct hvp_acting acting;
	int err;

	err = check_change(change, 0);
	if (!err)
		err = hvp_act(hvp_partition_of(file), HVP_AS_INITIALIZE, &change->out_status,
			      &acting);
	if (err)
		return err;
	change->out_status = hvp_child_initialize(acting.pt);
	hvp_act_end(&acting);
	return hvp_status_errno(change->out_status);
}

long hvp_ioctl_finalize(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_partition_change *change = &buffer->change;
	struct hvp_acting acting;
	enum hv_status status;
	int err;

	err = check_change(change, 0);
	if (err)
		return err;
	/* In steps, between which others get at the child, and signals at us */
	for (;;) {
		err = hvp_act(hvp_partition_of(file), HVP_AS_FINALIZE, &change->out_status,
			      &acting);
		if (err)
			return err;
		status = hvp_child_finalize(acting.pt);
		hvp_act_end(&acting);
		if (status != HVP_STATUS_AGAIN)
			break;
		if (signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
	change->out_status = status;
	return hvp_status_errno(status);
}

long hvp_ioctl_delete(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_partition_change *change = &buffer->change;
	struct hvp_partition *pt = hvp_partition_of(file);
	struct hvp_acting acting;
	int err;

	err = check_change(change, HVPERSONA_DELETE_FORCE);
	if (err)
		return err;
	if (change->flags & HVPERSONA_DELETE_FORCE)
		return destroy(pt);
	err = hvp_act(pt, HVP_AS_DELETE, &change->out_status, &acting);
	if (err)
		return err;
	change->out_status = hvp_child_delete(pt);
	if (!change->out_status)
		deleted(pt);
	hvp_act_end(&acting);
	return hvp_status_errno(change->out_status);
}

/* Properties */

static int check_property(struct hvpersona_property *property)
{
	property->out_status = HV_STATUS_SUCCESS;
	return property->__reserved ? -EINVAL : 0;
}

/* The value that user space gives: one number, or what it points to */
static u64 *property_value(const struct hvpersona_property *property)
{
	u32 size = property->data_size;

	if (size > HVPERSONA_PROPERTY_MAX || size % sizeof(u64))
		return ERR_PTR(-EINVAL);
	return size ? memdup_user(u64_to_user_ptr(property->data), size) :
		      kmemdup(&property->value, sizeof(property->value), GFP_KERNEL_ACCOUNT);
}

long hvp_ioctl_property_get(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_property *property = &buffer->property;
	struct hvp_acting acting;
	u32 count = 0;
	u64 *values;
	int err;

	BUILD_BUG_ON(HV_PROPERTY_QWORDS * sizeof(u64) != HVPERSONA_PROPERTY_MAX);
	property->out_data_size = 0;
	err = check_property(property);
	if (err)
		return err;
	values = kcalloc(HV_PROPERTY_QWORDS, sizeof(*values), GFP_KERNEL_ACCOUNT);
	if (!values)
		return -ENOMEM;
	err = hvp_act(hvp_partition_of(file), HVP_AS_GET_PROPERTY, &property->out_status, &acting);
	if (err)
		goto free;
	property->out_status = hvp_property_get(acting.pt, NULL, property->code,
						property->argument, values, &count);
	hvp_act_end(&acting);
	err = hvp_status_errno(property->out_status);
	if (err)
		goto free;
	property->value = values[0];
	property->out_data_size = count * sizeof(*values);
	if (copy_to_user(u64_to_user_ptr(property->data), values,
			 min(property->out_data_size, property->data_size)))
		err = -EFAULT;
free:
	kfree(values);
	return err;
}

long hvp_ioctl_property_set(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_property *property = &buffer->property;
	struct hvp_acting acting;
	u64 *values;
	int err;

	err = check_property(property);
	if (err)
		return err;
	values = property_value(property);
	if (IS_ERR_OR_NULL(values))
		return values ? PTR_ERR(values) : -ENOMEM;
	err = hvp_act(hvp_partition_of(file), HVP_AS_SET_PROPERTY, &property->out_status, &acting);
	if (!err) {
		property->out_status = hvp_property_set(acting.pt, property->code,
							property->argument, values,
							property->data_size / sizeof(u64) ?: 1);
		hvp_act_end(&acting);
		err = hvp_status_errno(property->out_status);
	}
	kfree(values);
	return err;
}

/* VPs */

static int begin_vp_change(struct file *file, struct hvpersona_vp_change *change,
			   enum hvp_act what, struct hvp_acting *acting)
{
	change->out_status = HV_STATUS_SUCCESS;
	if (change->flags)
		return -EOPNOTSUPP;
	return hvp_act(hvp_partition_of(file), what, &change->out_status, acting);
}

long hvp_ioctl_vp_create(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_vp_change *change = &buffer->vp_change;
	struct hvp_acting acting;
	int err;

	err = begin_vp_change(file, change, HVP_AS_CREATE_VP, &acting);
	if (err)
		return err;
	change->out_status = hvp_child_vp_create(acting.pt, change->vp_index);
	hvp_act_end(&acting);
	return hvp_status_errno(change->out_status);
}

long hvp_ioctl_vp_delete(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_vp_change *change = &buffer->vp_change;
	struct hvp_acting acting;
	int err;

	err = begin_vp_change(file, change, HVP_AS_DELETE_VP, &acting);
	if (err)
		return err;
	change->out_status = hvp_child_vp_delete(acting.pt, change->vp_index);
	hvp_act_end(&acting);
	return hvp_status_errno(change->out_status);
}

/* Registers */

typedef enum hv_status register_fn(struct hvp_vp *vp, struct hvpersona_register *reg);

static enum hv_status get_register(struct hvp_vp *vp, struct hvpersona_register *reg)
{
	union hvp_register_value value = {};
	enum hv_status status;

	status = hvp_file_get(vp, reg->name, &value);
	if (!status)
		memcpy(reg->value, &value, sizeof(reg->value));
	return status;
}

static enum hv_status set_register(struct hvp_vp *vp, struct hvpersona_register *reg)
{
	union hvp_register_value value;

	memcpy(&value, reg->value, sizeof(value));
	return hvp_file_set(vp, reg->name, &value);
}

static enum hv_status do_registers(struct hvp_partition *pt, u32 vp_index,
				   struct hvpersona_register *list, u32 count, u32 *done,
				   register_fn *fn)
{
	struct hvp_vp *vp = hvp_vp_find(pt, vp_index);
	enum hv_status status;

	if (!vp)
		return HV_STATUS_INVALID_VP_INDEX;
	for (; *done < count; ++*done) {
		status = fn(vp, &list[*done]);
		if (status)
			return status;
	}
	return HV_STATUS_SUCCESS;
}

static bool list_valid(const struct hvpersona_register *list, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (list[i].__reserved)
			return false;
	return true;
}

/*
 * User memory is touched before and after, never while the child is locked: a page of it
 * may be long in coming, and a machine's VPs wait for that lock.
 */
static long registers(struct file *file, struct hvpersona_vp_registers *regs, enum hvp_act what,
		      register_fn *fn)
{
	void __user *user = u64_to_user_ptr(regs->registers);
	struct hvpersona_register *list;
	struct hvp_acting acting;
	size_t size;
	long ret;

	regs->out_done = 0;
	regs->out_status = HV_STATUS_SUCCESS;
	if (regs->__reserved || regs->count > HVPERSONA_MAX_REGISTERS)
		return -EINVAL;
	size = regs->count * sizeof(*list);
	list = vmemdup_user(user, size);
	if (IS_ERR(list))
		return PTR_ERR(list);
	ret = list_valid(list, regs->count) ?
	      hvp_act(hvp_partition_of(file), what, &regs->out_status, &acting) : -EINVAL;
	if (ret)
		goto free;
	regs->out_status = do_registers(acting.pt, regs->vp_index, list, regs->count,
					&regs->out_done, fn);
	hvp_act_end(&acting);
	ret = hvp_status_errno(regs->out_status);
	if (what == HVP_AS_GET_REGISTERS &&
	    copy_to_user(user, list, regs->out_done * sizeof(*list)))
		ret = -EFAULT;
free:
	kvfree(list);
	return ret;
}

long hvp_ioctl_get_registers(struct file *file, union hvp_ioctl_buffer *buffer)
{
	return registers(file, &buffer->registers, HVP_AS_GET_REGISTERS, get_register);
}

long hvp_ioctl_set_registers(struct file *file, union hvp_ioctl_buffer *buffer)
{
	return registers(file, &buffer->registers, HVP_AS_SET_REGISTERS, set_register);
}
