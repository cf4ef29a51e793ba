// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/hvpersona and the partition descriptors. One table per kind of descriptor lists
 * its ioctls; what they have in common is done once, before and after the function.
 */
#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>
#include <uapi/linux/hvpersona.h>

#include "backend.h"
#include "hypercalls/hypercalls.h"
#include "uapi.h"

/* Space for the largest ioctl structure */
union ioctl_buffer {
	struct hvpersona_info info;
	struct hvpersona_call_info call_info;
	struct hvpersona_claim claim;
	struct hvpersona_attach attach;
	struct hvpersona_partition_next next;
	struct hvpersona_partition_open open;
	struct hvpersona_partition_info partition_info;
	struct hvpersona_partition_detach detach;
	struct hvpersona_vp_info vp_info;
	struct hvpersona_call_stats call_stats;
};

/**
 * struct ioctl_op - An ioctl
 * @cmd: Its number
 * @size: Size of its structure now
 * @min_size: Size of its first version
 * @fn: Does it; returns a descriptor, 0 or a negative errno. The structure is copied
 *	back unless it fails
 */
struct ioctl_op {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	long (*fn)(struct file *file, union ioctl_buffer *buffer);
};

#define IOCTL_OP(_cmd, _struct, _last, _fn)				\
	{								\
		.cmd = _cmd,						\
		.size = sizeof(struct _struct) +			\
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) >	\
					  sizeof(union ioctl_buffer)),	\
		.min_size = offsetofend(struct _struct, _last),		\
		.fn = _fn,						\
	}

static long do_ioctl(struct file *file, const struct ioctl_op *ops, u32 count, unsigned int cmd,
		     void __user *argument)
{
	union ioctl_buffer buffer = {};
	const struct ioctl_op *op;
	u32 user_size;
	long ret;

	for (op = ops; op < ops + count && op->cmd != cmd; op++)
		;
	if (op == ops + count)
		return -ENOTTY;
	if (get_user(user_size, (u32 __user *)argument))
		return -EFAULT;
	if (user_size < op->min_size)
		return -EINVAL;
	if (user_size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&buffer, op->size, argument, user_size);
	if (ret)
		return ret;
	ret = op->fn(file, &buffer);
	if (!ret && copy_to_user(argument, &buffer, min(user_size, op->size)))
		ret = -EFAULT;
	return ret;
}

static const struct file_operations claim_fops, partition_fops;

static struct hvp_partition *partition_of(struct file *file)
{
	return file->private_data;
}

/* Partition ioctls */

static pid_t pid_here(struct pid *pid)
{
	return pid ? pid_vnr(pid) : 0;
}

static void sum_counters(struct hvp_partition *pt, u32 row, struct hvpersona_call_counters *sum)
{
	const struct hvp_counters *counters;
	unsigned long index;
	struct hvp_vp *vp;
	u16 status;

	lockdep_assert_held(&pt->lock);
	xa_for_each(&pt->vps, index, vp) {
		counters = &vp->counters[row];
		sum->calls += READ_ONCE(counters->calls);
		sum->errors += READ_ONCE(counters->errors);
		sum->reps += READ_ONCE(counters->reps);
		sum->continuations += READ_ONCE(counters->continuations);
		status = READ_ONCE(counters->last_status);
		if (status)
			sum->last_status = status;
	}
}

static u64 vp_hypercalls(const struct hvp_vp *vp)
{
	u64 calls = 0;
	u32 row;

	for (row = 0; row <= hvp_hypercall_count; row++)
		calls += READ_ONCE(vp->counters[row].calls);
	return calls;
}

static long partition_info(struct file *file, union ioctl_buffer *buffer)
{
	struct hvpersona_partition_info *info = &buffer->partition_info;
	struct hvp_partition *pt = partition_of(file);
	void *machine = hvp_backend_hold(pt);
	unsigned long index;
	struct hvp_vp *vp;

	mutex_lock(&pt->lock);
	info->out_handle = pt->handle;
	info->out_role = pt->role;
	info->out_state = READ_ONCE(pt->state);
	info->out_partition_id = pt->id;
	info->out_parent_id = pt->parent_id;
	info->out_instance = pt->instance_number;
	info->out_privileges = pt->privileges;
	info->out_parked_mask = READ_ONCE(pt->parked_mask);
	info->out_uptime_ns = ktime_get_ns() - pt->since_ns;
	info->out_flags = pt->flags;
	info->out_vps = pt->vp_count;
	info->out_hypercalls = 0;
	info->out_guest_os_id = 0;
	info->out_pid = 0;
	if (machine) {
		xa_for_each(&pt->vps, index, vp) {
			info->out_guest_os_id = vp->ops->guest_os_id(vp);
			info->out_hypercalls += vp_hypercalls(vp);
		}
	}
	if (info->out_state != HVPERSONA_STATE_GONE)
		info->out_pid = pid_here(pt->owner);
	strscpy(info->out_comm, pt->comm, sizeof(info->out_comm));
	mutex_unlock(&pt->lock);

	if (machine)
		hvp_backend_release(machine);
	return 0;
}

static long partition_detach(struct file *file, union ioctl_buffer *buffer)
{
	struct hvp_partition *pt = partition_of(file);

	if (buffer->detach.flags)
		return -EOPNOTSUPP;
	if (!hvp_claim_withdraw(pt)) {
		hvp_backend_claim_end();
		return 0;
	}
	return hvp_backend_detach(pt);
}

static long vp_info(struct file *file, union ioctl_buffer *buffer)
{
	struct hvpersona_vp_info *info = &buffer->vp_info;
	struct hvp_partition *pt = partition_of(file);
	unsigned long index = info->vp_index;
	struct hvp_apic apic;
	struct hvp_vp *vp;
	struct pid *tid;
	void *machine;
	long ret = 0;

	if (info->__reserved)
		return -EINVAL;
	machine = hvp_backend_hold(pt);
	if (!machine)
		return READ_ONCE(pt->state) == HVPERSONA_STATE_CLAIMED ? -ENOENT : -ENODEV;

	mutex_lock(&pt->lock);
	vp = xa_find(&pt->vps, &index, HVP_MAX_VPS, XA_PRESENT);
	if (vp) {
		vp->ops->apic(vp, &apic);
		info->out_vp_index = index;
		info->out_apic_id = apic.id;
		info->out_state = vp->ops->vp_state(vp);
		tid = vp->ops->vp_tid(vp);
		info->out_tid = pid_here(tid);
		put_pid(tid);
		info->out_hypercalls = vp_hypercalls(vp);
		info->out_vtl = vp->vtl;
	} else {
		ret = -ENOENT;
	}
	mutex_unlock(&pt->lock);
	hvp_backend_release(machine);
	return ret;
}

static long call_stats(struct file *file, union ioctl_buffer *buffer)
{
	struct hvpersona_call_stats *stats = &buffer->call_stats;
	struct hvpersona_call_counters __user *entries = u64_to_user_ptr(stats->entries);
	struct hvp_partition *pt = partition_of(file);
	u32 row;

	if (stats->__reserved)
		return -EINVAL;
	stats->out_count = hvp_hypercall_count + 1;
	for (row = 0; row < min(stats->capacity, stats->out_count); row++) {
		struct hvpersona_call_counters sum = {
			.code = row < hvp_hypercall_count ? hvp_hypercalls[row].code :
							    HVPERSONA_CALL_UNKNOWN,
		};

		mutex_lock(&pt->lock);
		sum_counters(pt, row, &sum);
		mutex_unlock(&pt->lock);
		if (copy_to_user(&entries[row], &sum, sizeof(sum)))
			return -EFAULT;
	}
	return 0;
}

static const struct ioctl_op partition_ops[] = {
	IOCTL_OP(HVPERSONA_PARTITION_INFO, hvpersona_partition_info, out_comm, partition_info),
	IOCTL_OP(HVPERSONA_PARTITION_DETACH, hvpersona_partition_detach, flags, partition_detach),
	IOCTL_OP(HVPERSONA_VP_INFO, hvpersona_vp_info, __reserved, vp_info),
	IOCTL_OP(HVPERSONA_CALL_STATS, hvpersona_call_stats, __reserved, call_stats),
};

static long partition_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return do_ioctl(file, partition_ops, ARRAY_SIZE(partition_ops), cmd, (void __user *)arg);
}

static int partition_release(struct inode *inode, struct file *file)
{
	hvp_partition_put(partition_of(file));
	return 0;
}

/* The descriptor of a claim: with it goes a claim that is not used up */
static int claim_release(struct inode *inode, struct file *file)
{
	if (!hvp_claim_withdraw(partition_of(file)))
		hvp_backend_claim_end();
	return partition_release(inode, file);
}

static const struct file_operations partition_fops = {
	.owner = THIS_MODULE,
	.release = partition_release,
	.unlocked_ioctl = partition_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static const struct file_operations claim_fops = {
	.owner = THIS_MODULE,
	.release = claim_release,
	.unlocked_ioctl = partition_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* Device ioctls */

static long ioctl_info(struct file *file, union ioctl_buffer *buffer)
{
	struct hvpersona_info *info = &buffer->info;

	if (info->__reserved)
		return -EINVAL;
	info->out_api_version = HVPERSONA_API_VERSION;
	info->out_features = hvp_backend_features();
	info->out_calls = hvp_hypercall_count;
	info->out_partitions = hvp_partition_count();
	info->out_max_partitions = HVP_MAX_PARTITIONS;
	info->out_max_vps = HVP_MAX_VPS;
	info->out_hooked = hvp_backend_hooked();
	return 0;
}

static long ioctl_call_info(struct file *file, union ioctl_buffer *buffer)
{
	struct hvpersona_call_info *info = &buffer->call_info;
	const struct hvp_hypercall *row;
	u64 privilege;

	if (info->__reserved)
		return -EINVAL;
	if (info->index >= hvp_hypercall_count)
		return -ENOENT;
	row = &hvp_hypercalls[array_index_nospec(info->index, hvp_hypercall_count)];
	privilege = row->privilege | row->self_privilege;
	info->out_code = row->code;
	info->out_service = row->kvm ? HVPERSONA_CALL_KVM :
			    row->handler ? HVPERSONA_CALL_SERVED : HVPERSONA_CALL_NOT_SERVED;
	info->out_origin = row->origin;
	info->out_table4 = row->seen;
	info->out_privilege = privilege ? __ffs64(privilege) : HVPERSONA_NO_PRIVILEGE;
	info->out_rep = row->rep;
	info->out_var_header = row->var;
	info->out_input_size = row->input;
	info->out_output_size = row->output;
	info->out_rep_input_size = row->rep_input;
	info->out_rep_output_size = row->rep_output;
	strscpy(info->out_name, row->name, sizeof(info->out_name));
	return 0;
}

static int check_role(u32 role, u64 set, u64 clear)
{
	if (role > HVPERSONA_ROLE_ROOT)
		return -EOPNOTSUPP;
	if ((set & clear) || ((set | clear) & ~HV_PRIVILEGES_DEFINED))
		return -EINVAL;
	return 0;
}

/* A descriptor for @pt, whose reference it takes over, also on failure */
static long partition_fd(struct hvp_partition *pt, const struct file_operations *fops, int flags)
{
	int fd;

	fd = anon_inode_getfd("[hvpersona-partition]", fops, pt, O_RDWR | flags);
	if (fd < 0)
		hvp_partition_put(pt);
	return fd;
}

static long ioctl_claim(struct file *file, union ioctl_buffer *buffer)
{
	const struct hvpersona_claim *claim = &buffer->claim;
	struct hvp_partition *pt;
	long ret;

	if (claim->__reserved)
		return -EINVAL;
	if (claim->flags & ~HVPERSONA_CLAIM_EVERY_VM)
		return -EOPNOTSUPP;
	ret = check_role(claim->role, claim->privileges_set, claim->privileges_clear);
	if (ret)
		return ret;
	hvp_backend_claim_begin();
	pt = hvp_claim(claim->role, claim->flags, claim->privileges_set, claim->privileges_clear);
	if (IS_ERR(pt)) {
		hvp_backend_claim_end();
		return PTR_ERR(pt);
	}
	hvp_partition_get(pt);
	ret = partition_fd(pt, &claim_fops, 0);
	if (ret < 0 && !hvp_claim_withdraw(pt))
		hvp_backend_claim_end();
	hvp_partition_put(pt);
	return ret;
}

static long ioctl_attach(struct file *file, union ioctl_buffer *buffer)
{
	const struct hvpersona_attach *attach = &buffer->attach;
	const struct hvp_partition template = {
		.role = attach->role,
		.privileges_set = attach->privileges_set,
		.privileges_clear = attach->privileges_clear,
	};
	struct hvp_partition *pt;
	long ret;

	if (attach->flags)
		return -EOPNOTSUPP;
	ret = check_role(attach->role, attach->privileges_set, attach->privileges_clear);
	if (ret)
		return ret;
	pt = hvp_partition_create(&template);
	if (!pt)
		return -ENOMEM;
	ret = hvp_backend_attach(attach->vm_fd, pt);
	if (ret) {
		hvp_partition_put(pt);
		return ret;
	}
	hvp_partition_get(pt);
	ret = partition_fd(pt, &partition_fops, O_CLOEXEC);
	if (ret < 0)
		hvp_backend_detach(pt);
	hvp_partition_put(pt);
	return ret;
}

static long ioctl_partition_next(struct file *file, union ioctl_buffer *buffer)
{
	struct hvpersona_partition_next *next = &buffer->next;

	if (next->__reserved)
		return -EINVAL;
	next->out_handle = hvp_partition_next(next->after);
	return next->out_handle ? 0 : -ENOENT;
}

static long ioctl_partition_open(struct file *file, union ioctl_buffer *buffer)
{
	struct hvp_partition *pt = hvp_partition_by_handle(buffer->open.handle);

	return pt ? partition_fd(pt, &partition_fops, O_CLOEXEC) : -ENOENT;
}

static const struct ioctl_op device_ops[] = {
	IOCTL_OP(HVPERSONA_INFO, hvpersona_info, __reserved, ioctl_info),
	IOCTL_OP(HVPERSONA_CALL_INFO, hvpersona_call_info, out_name, ioctl_call_info),
	IOCTL_OP(HVPERSONA_CLAIM, hvpersona_claim, privileges_clear, ioctl_claim),
	IOCTL_OP(HVPERSONA_ATTACH, hvpersona_attach, privileges_clear, ioctl_attach),
	IOCTL_OP(HVPERSONA_PARTITION_NEXT, hvpersona_partition_next, __reserved,
		 ioctl_partition_next),
	IOCTL_OP(HVPERSONA_PARTITION_OPEN, hvpersona_partition_open, handle,
		 ioctl_partition_open),
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return do_ioctl(file, device_ops, ARRAY_SIZE(device_ops), cmd, (void __user *)arg);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hvpersona",
	.fops = &device_fops,
	.mode = 0600,
};

int hvp_uapi_init(void)
{
	return misc_register(&device);
}

void hvp_uapi_exit(void)
{
	misc_deregister(&device);
}
