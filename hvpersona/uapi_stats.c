// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics pages for the host: descriptors that are read or mapped.
 *
 * A page is composed anew by each read, and every HVP_STATS_PERIOD_MS for those who have it mapped.
 */
#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/workqueue.h>

#include "backend.h"
#include "child.h"
#include "lp.h"
#include "stats/stats.h"
#include "uapi.h"

/**
 * struct stats_file - An open statistics page
 * @lock: Protects @counters and @page against others that write
 * @partition: A reference; NULL for the host's hypervisor
 * @type: HVPERSONA_STATS_*
 * @index: Of a VP or LP
 * @work: Writes the page
 * @mapped: Somebody has mapped it. Atomic
 * @page: The page
 * @counters: To compose it in
 */
struct stats_file {
	struct mutex lock;
	struct hvp_partition *partition;
	u32 type;
	u32 index;
	struct delayed_work work;
	bool mapped;
	u64 *page;
	u64 counters[HV_STATS_COUNTERS];
};

/* The object in a partition on which the caller acts; false if it is not there */
static bool find_object(struct stats_file *file, struct hvp_stats_object *object)
{
	struct hvp_partition *pt = file->partition;

	*object = (struct hvp_stats_object) {
		.type = file->type, .partition = pt, .index = file->index,
	};
	switch (file->type) {
	case HV_STATS_LP:
		object->vp = hvp_lp_vp(pt, file->index);
		return object->vp;
	case HV_STATS_VP:
		object->vp = hvp_vp_find(pt, file->index);
		return object->vp;
	case HV_STATS_HYPERVISOR:
		if (pt && pt->role != HVPERSONA_ROLE_ROOT)
			object->partition = NULL;
		return true;
	default:
		return true;
	}
}

/* VPs do not go meanwhile, even if the machine is detached */
static bool collect_of_vp(struct stats_file *file, struct hvp_instance *instance)
{
	struct hvp_stats_object object;

	guard(mutex)(&file->partition->lock);
	if (!find_object(file, &object))
		return false;
	hvp_stats_collect(instance, &object, file->counters);
	return true;
}

static bool collect(struct stats_file *file, struct hvp_instance *instance)
{
	struct hvp_stats_object object;

	if (file->type == HV_STATS_VP || file->type == HV_STATS_LP)
		return collect_of_vp(file, instance);
	if (!find_object(file, &object))
		return false;
	hvp_stats_collect(instance, &object, file->counters);
	return true;
}

static int collect_of_partition(struct stats_file *file)
{
	struct hvp_instance *instance;
	struct hvp_acting acting;
	u32 status;
	int ret;

	ret = hvp_act(file->partition, HVP_AS_BALANCE, &status, &acting);
	if (ret)
		return ret == -EBADFD ? -ENODEV : ret;
	instance = hvp_instance_of(file->partition);
	ret = instance && collect(file, instance) ? 0 : -ENODEV;
	hvp_instance_put(instance);
	hvp_act_end(&acting);
	return ret;
}

/* Write the page, each counter at once */
static int update(struct stats_file *file)
{
	struct hvp_stats_object host = { .type = HV_STATS_HYPERVISOR };
	int ret = 0;
	u32 i;

	lockdep_assert_held(&file->lock);
	if (file->partition)
		ret = collect_of_partition(file);
	else
		hvp_stats_collect(hvp_host_instance(), &host, file->counters);
	if (ret)
		return ret;
	for (i = 0; i < HV_STATS_COUNTERS; i++)
		WRITE_ONCE(file->page[i], file->counters[i]);
	return 0;
}

static void update_later(struct stats_file *file)
{
	queue_delayed_work(system_long_wq, &file->work, msecs_to_jiffies(HVP_STATS_PERIOD_MS));
}

/* Of an object that is gone the page stays as it was */
static void periodic_update(struct work_struct *work)
{
	struct stats_file *file = container_of(work, struct stats_file, work.work);
	int ret;

	mutex_lock(&file->lock);
	ret = update(file);
	mutex_unlock(&file->lock);
	if (ret != -ENODEV)
		update_later(file);
}

static ssize_t stats_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct stats_file *file = iocb->ki_filp->private_data;
	loff_t at = iocb->ki_pos;
	size_t count;
	ssize_t ret;
	u8 *copy;

	if (at < 0 || at >= PAGE_SIZE || !iov_iter_count(to))
		return 0;
	copy = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	if (mutex_lock_killable(&file->lock)) {
		kfree(copy);
		return -EINTR;
	}
	ret = update(file);
	memcpy(copy, file->counters, PAGE_SIZE);
	mutex_unlock(&file->lock);
	if (ret)
		goto free;
	/* Without the lock: copying may have to wait for the caller's memory map */
	count = min_t(size_t, iov_iter_count(to), PAGE_SIZE - at);
	ret = copy_to_iter(copy + at, count, to);
	iocb->ki_pos += ret;
	if (!ret)
		ret = -EFAULT;
free:
	kfree(copy);
	return ret;
}

/*
 * Under the memory map's lock, which may be waited for with the locks that composing a page takes:
 * that is left to the work. The page has been written when it was opened.
 */
static int stats_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct stats_file *file = filp->private_data;
	int ret;

	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE ||
	    (vma->vm_flags & (VM_WRITE | VM_EXEC)))
		return -EINVAL;
	ret = vm_insert_page(vma, vma->vm_start, virt_to_page(file->page));
	/* With the first mapping it begins */
	if (!ret && !xchg(&file->mapped, true))
		queue_delayed_work(system_long_wq, &file->work, 0);
	return ret;
}

static void free_file(struct stats_file *file)
{
	if (file->partition) {
		hvp_stats_unwatch(file->partition);
		hvp_partition_put(file->partition);
	}
	free_page((unsigned long)file->page);
	mutex_destroy(&file->lock);
	kfree(file);
}

static int stats_release(struct inode *inode, struct file *filp)
{
	struct stats_file *file = filp->private_data;

	cancel_delayed_work_sync(&file->work);
	free_file(file);
	return 0;
}

static const struct file_operations stats_fops = {
	.owner = THIS_MODULE,
	.release = stats_release,
	.read_iter = stats_read,
	.mmap = stats_mmap,
	.llseek = default_llseek,
};

static int check(const struct hvpersona_stats_open *open, const struct hvp_partition *pt)
{
	switch (open->type) {
	case HVPERSONA_STATS_HYPERVISOR:
		return open->index ? -EINVAL : 0;
	case HVPERSONA_STATS_LP:
		return pt && pt->role == HVPERSONA_ROLE_ROOT ? 0 : -EOPNOTSUPP;
	case HVPERSONA_STATS_PARTITION:
		return !pt || open->index ? -EINVAL : 0;
	case HVPERSONA_STATS_VP:
		return pt ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* A descriptor that can be read at any place; takes over nothing if it fails */
static long make_fd(struct stats_file *file)
{
	struct file *filp;
	int fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	filp = anon_inode_getfile("[hvpersona-stats]", &stats_fops, file, O_RDONLY);
	if (IS_ERR(filp)) {
		put_unused_fd(fd);
		return PTR_ERR(filp);
	}
	filp->f_mode |= FMODE_LSEEK | FMODE_PREAD;
	fd_install(fd, filp);
	return fd;
}

/* Takes over the reference of @pt */
static long open_page(const struct hvpersona_stats_open *open, struct hvp_partition *pt)
{
	struct stats_file *file;
	long ret;

	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file) {
		if (pt)
			hvp_partition_put(pt);
		return -ENOMEM;
	}
	mutex_init(&file->lock);
	INIT_DELAYED_WORK(&file->work, periodic_update);
	file->partition = pt;
	file->type = open->type;
	file->index = open->index;
	if (pt)
		hvp_stats_watch(pt);
	file->page = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	ret = file->page ? check(open, pt) : -ENOMEM;
	if (!ret) {
		scoped_guard(mutex, &file->lock)
			ret = update(file);
		/* It was there when its partition was found */
		if (ret == -ENODEV && pt && open->type != HVPERSONA_STATS_PARTITION)
			ret = -ENOENT;
	}
	if (!ret)
		ret = make_fd(file);
	if (ret < 0)
		free_file(file);
	return ret;
}

/**
 * hvp_ioctl_stats_open - HVPERSONA_STATS_OPEN
 * @filp: Device descriptor
 * @buffer: Operands
 */
long hvp_ioctl_stats_open(struct file *filp, union hvp_ioctl_buffer *buffer)
{
	const struct hvpersona_stats_open *open = &buffer->stats_open;
	struct hvp_partition *pt = NULL;

	if (open->handle) {
		pt = hvp_partition_by_handle(open->handle);
		if (!pt)
			return -ENOENT;
	}
	return open_page(open, pt);
}
