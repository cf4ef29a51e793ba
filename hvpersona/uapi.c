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
#include <linux/string.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>
#include <uapi/linux/hvpersona.h>

#include "backend.h"
#include "child.h"
#include "hypercalls/hypercalls.h"
#include "lp.h"
#include "synic/port.h"
#include "uapi.h"

/**
 * struct ioctl_op - An ioctl
 * @cmd: Its number
 * @size: Size of its structure now
 * @min_size: Size of its first version
 * @reports: It has a status and partial progress to report when it fails
 * @fn: Does it; returns a descriptor, 0 or a negative errno. The structure is copied
 *	back if it returns 0, and with @reports also if it fails
 */
struct ioctl_op {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	bool reports;
	long (*fn)(struct file *file, union hvp_ioctl_buffer *buffer);
};

#define IOCTL_OP(_cmd, _struct, _last, _fn, ...)			\
	{								\
		.cmd = _cmd,						\
		.size = sizeof(struct _struct) +			\
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) >	\
					  sizeof(union hvp_ioctl_buffer)),	\
		.min_size = offsetofend(struct _struct, _last),		\
		.fn = _fn,						\
		__VA_ARGS__						\
	}

/* One that can be refused with a status: struct hvpersona_*.out_status */
#define HV_OP(_cmd, _struct, _last, _fn)				\
	IOCTL_OP(_cmd, _struct, _last, _fn, .reports = true)

/* Those on ports and connections: of a partition, or on a device descriptor of the host */
static const struct ioctl_op port_ops[] = {
	HV_OP(HVPERSONA_PORT_DELETE, hvpersona_port_delete, __reserved, hvp_ioctl_port_delete),
	IOCTL_OP(HVPERSONA_PORT_NEXT, hvpersona_port_next, out_posts, hvp_ioctl_port_next),
	HV_OP(HVPERSONA_PORT_PROPERTY_GET, hvpersona_port_property, value,
	      hvp_ioctl_port_property_get),
	HV_OP(HVPERSONA_PORT_PROPERTY_SET, hvpersona_port_property, value,
	      hvp_ioctl_port_property_set),
	HV_OP(HVPERSONA_CONNECTION_CREATE, hvpersona_connection_create, __reserved2,
	      hvp_ioctl_connection_create),
	HV_OP(HVPERSONA_CONNECTION_DELETE, hvpersona_port_delete, __reserved,
	      hvp_ioctl_connection_delete),
	IOCTL_OP(HVPERSONA_CONNECTION_NEXT, hvpersona_connection_next, out_doorbell_flags,
		 hvp_ioctl_connection_next),
};

static const struct ioctl_op *find_op(const struct ioctl_op *ops, u32 count, unsigned int cmd)
{
	const struct ioctl_op *op;

	for (op = ops; op < ops + count; op++)
		if (op->cmd == cmd)
			return op;
	return NULL;
}

static long do_ioctl(struct file *file, const struct ioctl_op *ops, u32 count, unsigned int cmd,
		     void __user *argument)
{
	union hvp_ioctl_buffer buffer = {};
	const struct ioctl_op *op;
	u32 user_size;
	long ret;

	op = find_op(ops, count, cmd) ?: find_op(port_ops, ARRAY_SIZE(port_ops), cmd);
	if (!op)
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
	if ((!ret || (ret < 0 && op->reports)) &&
	    copy_to_user(argument, &buffer, min(user_size, op->size)))
		return -EFAULT;
	return ret;
}

static const struct file_operations claim_fops;

/* Partition ioctls */

/* Its number may be somebody else's once the process is gone */
static pid_t pid_here(struct pid *pid)
{
	pid_t number;

	rcu_read_lock();
	number = pid_task(pid, PIDTYPE_PID) ? pid_vnr(pid) : 0;
	rcu_read_unlock();
	return number;
}

static void sum_counters(struct hvp_partition *pt, u32 row, struct hvpersona_call_counters *sum)
{
	const struct hvp_counters *counters;
	unsigned long index;
	struct hvp_vp *vp;
	u16 status;

	lockdep_assert_held(&pt->lock);
	xa_for_each(&pt->vps, index, vp) {
		/* A child's VP has none before it runs */
		if (!vp->counters)
			continue;
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

/* A child's VP has no counters before it runs */
static u64 vp_hypercalls(const struct hvp_vp *vp)
{
	u64 calls = 0;
	u32 row;

	if (!vp->counters)
		return 0;
	for (row = 0; row <= hvp_hypercall_count; row++)
		calls += READ_ONCE(vp->counters[row].calls);
	return calls;
}

/* What only children have, and the pool. Numbers of an instant: nobody is kept waiting */
static void add_child_info(struct hvp_partition *pt, struct hvpersona_partition_info *info)
{
	const struct hvp_child *child = pt->child;

	hvp_pool_balance(&pt->pool, &info->out_pool_available, &info->out_pool_in_use);
	info->out_depth = pt->depth;
	info->out_parent_handle = pt->parent ? pt->parent->handle : 0;
	info->out_creation_flags = child ? child->flags : 0;
	info->out_compatibility = child ? child->compatibility : 0;
	info->out_mapped_pages = child ? READ_ONCE(child->map.pages) : 0;
	info->out_large_pages = child ? READ_ONCE(child->map.large) : 0;
	info->out_ranges = child ? READ_ONCE(child->map.ranges) : 0;
}

/* What the guest in a child said it is */
static u64 child_os_id(struct hvp_partition *pt)
{
	struct hvp_acting acting;
	unsigned long index = 0;
	struct hvp_vp *vp;
	u64 id = 0;
	u32 status;

	if (hvp_act(pt, HVP_AS_BALANCE, &status, &acting))
		return 0;
	vp = xa_find(&pt->vps, &index, HVP_MAX_VPS, XA_PRESENT);
	if (vp)
		id = vp->ops->guest_os_id(vp);
	hvp_act_end(&acting);
	return id;
}

static long partition_info(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_partition_info *info = &buffer->partition_info;
	struct hvp_partition *pt = hvp_partition_of(file);
	unsigned long index;
	struct hvp_vp *vp;
	void *machine;
	u64 os_id;

	if (info->__reserved || info->__reserved2)
		return -EINVAL;
	os_id = pt->child ? child_os_id(pt) : 0;
	machine = hvp_backend_hold(pt);

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
	info->out_guest_os_id = os_id;
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
	info->out_logical_processors = pt->role == HVPERSONA_ROLE_ROOT ? hvp_lp_count(pt) : 0;
	info->out_events = pt->events_seen;
	info->out_last_event = pt->last_event;
	info->out_last_event_input = pt->last_event_input;
	info->out_mapped_irqs = pt->device_interrupt_count;
	info->out_retargeted_irqs = pt->redirects.count;
	info->out_attached_devices = pt->device_count;
	info->out_device_domains = pt->domains.count;
	mutex_unlock(&pt->lock);
	add_child_info(pt, info);

	if (machine)
		hvp_backend_release(machine);
	return 0;
}

static long partition_detach(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvp_partition *pt = hvp_partition_of(file);

	if (buffer->detach.flags || pt->child)
		return -EOPNOTSUPP;
	if (!hvp_claim_withdraw(pt)) {
		hvp_backend_claim_end();
		return 0;
	}
	return hvp_backend_detach(pt);
}

/* The first VP with an index not below the one asked for; the caller keeps VPs from going */
static long describe_vp(struct hvp_partition *pt, struct hvpersona_vp_info *info)
{
	unsigned long index = info->vp_index;
	struct hvp_apic apic;
	struct hvp_vp *vp;
	struct pid *tid;

	guard(mutex)(&pt->lock);
	vp = xa_find(&pt->vps, &index, HVP_MAX_VPS, XA_PRESENT);
	if (!vp)
		return -ENOENT;
	vp->ops->apic(vp, vp->partition->vtls.first, &apic);
	info->out_vp_index = index;
	info->out_apic_id = apic.id;
	info->out_state = vp->ops->vp_state(vp);
	tid = vp->ops->vp_tid(vp);
	info->out_tid = pid_here(tid);
	put_pid(tid);
	info->out_hypercalls = vp_hypercalls(vp);
	info->out_vtl = vp->vtl;
	return 0;
}

static long vp_info(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_vp_info *info = &buffer->vp_info;
	struct hvp_partition *pt = hvp_partition_of(file);
	struct hvp_acting acting;
	u32 status;
	long ret;

	if (info->__reserved)
		return -EINVAL;
	ret = hvp_act(pt, HVP_AS_BALANCE, &status, &acting);
	/* A claim has no VPs yet */
	if (ret)
		return ret == -EBADFD ? -ENOENT : ret;
	ret = describe_vp(pt, info);
	hvp_act_end(&acting);
	return ret;
}

static long call_stats(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_call_stats *stats = &buffer->call_stats;
	struct hvpersona_call_counters __user *entries = u64_to_user_ptr(stats->entries);
	struct hvp_partition *pt = hvp_partition_of(file);
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
	HV_OP(HVPERSONA_PARTITION_INITIALIZE, hvpersona_partition_change, __reserved,
	      hvp_ioctl_initialize),
	HV_OP(HVPERSONA_PARTITION_FINALIZE, hvpersona_partition_change, __reserved,
	      hvp_ioctl_finalize),
	HV_OP(HVPERSONA_PARTITION_DELETE, hvpersona_partition_change, __reserved,
	      hvp_ioctl_delete),
	HV_OP(HVPERSONA_PROPERTY_GET, hvpersona_property, __reserved, hvp_ioctl_property_get),
	HV_OP(HVPERSONA_PROPERTY_SET, hvpersona_property, __reserved, hvp_ioctl_property_set),
	HV_OP(HVPERSONA_MEMORY_DEPOSIT, hvpersona_memory, __reserved, hvp_ioctl_deposit),
	HV_OP(HVPERSONA_MEMORY_WITHDRAW, hvpersona_memory, __reserved, hvp_ioctl_withdraw),
	IOCTL_OP(HVPERSONA_MEMORY_BALANCE, hvpersona_memory_balance, out_guest_pages,
		 hvp_ioctl_balance),
	HV_OP(HVPERSONA_GPA_MAP, hvpersona_gpa_map, __reserved, hvp_ioctl_gpa_map),
	HV_OP(HVPERSONA_GPA_UNMAP, hvpersona_gpa_map, __reserved, hvp_ioctl_gpa_unmap),
	IOCTL_OP(HVPERSONA_GPA_NEXT, hvpersona_gpa_next, out_state, hvp_ioctl_gpa_next),
	HV_OP(HVPERSONA_VP_CREATE, hvpersona_vp_change, out_status, hvp_ioctl_vp_create),
	HV_OP(HVPERSONA_VP_DELETE, hvpersona_vp_change, out_status, hvp_ioctl_vp_delete),
	HV_OP(HVPERSONA_VP_GET_REGISTERS, hvpersona_vp_registers, __reserved,
	      hvp_ioctl_get_registers),
	HV_OP(HVPERSONA_VP_SET_REGISTERS, hvpersona_vp_registers, __reserved,
	      hvp_ioctl_set_registers),
	HV_OP(HVPERSONA_PORT_CREATE, hvpersona_port_create, __reserved2, hvp_ioctl_port_create),
};

/**
 * hvp_partition_ioctl - The ioctls of every kind of partition descriptor
 * @file: The descriptor
 * @cmd: Its number
 * @arg: Its structure
 */
long hvp_partition_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return do_ioctl(file, partition_ops, ARRAY_SIZE(partition_ops), cmd, (void __user *)arg);
}

static int partition_release(struct inode *inode, struct file *file)
{
	hvp_partition_put(hvp_partition_of(file));
	return 0;
}

/* The descriptor of a claim: with it goes a claim that is not used up */
static int claim_release(struct inode *inode, struct file *file)
{
	if (!hvp_claim_withdraw(hvp_partition_of(file)))
		hvp_backend_claim_end();
	return partition_release(inode, file);
}

const struct file_operations hvp_partition_fops = {
	.owner = THIS_MODULE,
	.release = partition_release,
	.unlocked_ioctl = hvp_partition_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static const struct file_operations claim_fops = {
	.owner = THIS_MODULE,
	.release = claim_release,
	.unlocked_ioctl = hvp_partition_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* Device ioctls */

static long ioctl_info(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_info *info = &buffer->info;

	if (info->__reserved || info->__reserved2)
		return -EINVAL;
	info->out_api_version = HVPERSONA_API_VERSION;
	info->out_features = hvp_backend_features();
	info->out_calls = hvp_hypercall_count;
	info->out_partitions = hvp_partition_count();
	info->out_max_partitions = HVP_MAX_PARTITIONS;
	info->out_max_vps = HVP_MAX_VPS;
	info->out_hooked = hvp_backend_hooked();
	info->out_max_children = HVP_MAX_CHILDREN;
	info->out_max_depth = HVP_MAX_DEPTH;
	info->out_max_child_vps = HVP_MAX_CHILD_VPS;
	info->out_max_ports = HVP_MAX_PORTS;
	info->out_max_connections = HVP_MAX_CONNECTIONS;
	return 0;
}

static long ioctl_call_info(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_call_info *info = &buffer->call_info;
	const struct hvp_hypercall *row;
	u64 privilege;

	if (memchr_inv(info->__reserved, 0, sizeof(info->__reserved)))
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
	info->out_own_layout = row->own_layout;
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

/**
 * hvp_partition_fd - Make a descriptor of a partition
 * @pt: The partition, whose reference it takes over, also on failure
 * @fops: What kind of descriptor
 * @flags: O_CLOEXEC or 0
 */
long hvp_partition_fd(struct hvp_partition *pt, const struct file_operations *fops, int flags)
{
	int fd;

	fd = anon_inode_getfd("[hvpersona-partition]", fops, pt, O_RDWR | flags);
	if (fd < 0)
		hvp_partition_put(pt);
	return fd;
}

static long ioctl_claim(struct file *file, union hvp_ioctl_buffer *buffer)
{
	const struct hvpersona_claim *claim = &buffer->claim;
	struct hvp_partition *pt;
	long ret;

	if (claim->__reserved)
		return -EINVAL;
	if (claim->flags & ~(HVPERSONA_CLAIM_EVERY_VM | HVPERSONA_CLAIM_VTL2))
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
	ret = hvp_partition_fd(pt, &claim_fops, 0);
	if (ret < 0 && !hvp_claim_withdraw(pt))
		hvp_backend_claim_end();
	hvp_partition_put(pt);
	return ret;
}

static long ioctl_attach(struct file *file, union hvp_ioctl_buffer *buffer)
{
	const struct hvpersona_attach *attach = &buffer->attach;
	struct hvp_partition *pt;
	long ret;

	if (attach->flags & ~HVPERSONA_CLAIM_VTL2)
		return -EOPNOTSUPP;
	ret = check_role(attach->role, attach->privileges_set, attach->privileges_clear);
	if (ret)
		return ret;
	pt = hvp_partition_alloc(attach->role, attach->flags, attach->privileges_set,
				 attach->privileges_clear);
	if (!pt)
		return -ENOMEM;
	ret = hvp_backend_attach(attach->vm_fd, pt);
	if (ret) {
		hvp_partition_put(pt);
		return ret;
	}
	hvp_partition_get(pt);
	ret = hvp_partition_fd(pt, &hvp_partition_fops, O_CLOEXEC);
	if (ret < 0)
		hvp_backend_detach(pt);
	hvp_partition_put(pt);
	return ret;
}

static long ioctl_partition_next(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvpersona_partition_next *next = &buffer->next;

	if (next->__reserved)
		return -EINVAL;
	next->out_handle = hvp_partition_next(next->after);
	return next->out_handle ? 0 : -ENOENT;
}

static long ioctl_partition_open(struct file *file, union hvp_ioctl_buffer *buffer)
{
	struct hvp_partition *pt = hvp_partition_by_handle(buffer->open.handle);

	return pt ? hvp_partition_fd(pt, &hvp_partition_fops, O_CLOEXEC) : -ENOENT;
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
	HV_OP(HVPERSONA_PARTITION_CREATE, hvpersona_partition_create, __reserved2,
	      hvp_ioctl_create),
	HV_OP(HVPERSONA_PORT_CREATE, hvpersona_port_create, __reserved2,
	      hvp_ioctl_host_port_create),
	HV_OP(HVPERSONA_POST_MESSAGE, hvpersona_post_message, __reserved, hvp_ioctl_post_message),
	HV_OP(HVPERSONA_SIGNAL_EVENT, hvpersona_signal_event, out_status, hvp_ioctl_signal_event),
	IOCTL_OP(HVPERSONA_STATS_OPEN, hvpersona_stats_open, index, hvp_ioctl_stats_open),
	IOCTL_OP(HVPERSONA_LOG_OPEN, hvpersona_log_open, __reserved, hvp_ioctl_log_open),
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return do_ioctl(file, device_ops, ARRAY_SIZE(device_ops), cmd, (void __user *)arg);
}

/* The misc device leaves itself there */
static int device_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
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
