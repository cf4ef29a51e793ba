// SPDX-License-Identifier: GPL-2.0
/* The event log for the host: descriptors from which entries are read. */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "events.h"
#include "uapi.h"

static_assert(sizeof(struct hvpersona_log_entry) == sizeof(struct hvp_eventlog_entry));

#define DEFAULT_ENTRIES	1024
#define MAX_ENTRIES	65536
/* Entries that one step of a read takes */
#define STEP		16

/**
 * struct log_file - A log that is being read
 * @instance: A reference
 * @reader: What is written to it
 * @lock: One reads at a time
 * @told: Lost entries that the reader has been told of
 */
struct log_file {
	struct hvp_instance *instance;
	struct hvp_log_reader reader;
	struct mutex lock;
	u64 told;
};

static bool has_entries(struct hvp_log_reader *reader)
{
	return READ_ONCE(reader->head) != READ_ONCE(reader->tail);
}

/* Take up to @room entries; the first one tells of lost ones, if there are any to tell of */
static u32 take(struct log_file *file, struct hvp_eventlog_entry *entries, u32 room)
{
	struct hvp_log_reader *reader = &file->reader;
	struct hvp_log *log = &file->instance->log;
	u32 count = 0;

	spin_lock_irq(&log->lock);
	while (reader->tail != reader->head && count < room)
		entries[count++] = reader->entries[reader->tail++ & (reader->size - 1)];
	/* They were lost behind all that was there then */
	if (reader->tail == reader->head && reader->lost != file->told && count < room) {
		entries[count++] = (struct hvp_eventlog_entry) {
			.context = HVP_NO_VP,
			.size = sizeof(*entries),
			.type = HVPERSONA_LOG_LOST,
			.vp = HVP_NO_VP,
			.args = { reader->lost - file->told },
		};
		file->told = reader->lost;
	}
	spin_unlock_irq(&log->lock);
	return count;
}

static ssize_t read_entries(struct log_file *file, struct iov_iter *to)
{
	struct hvp_eventlog_entry entries[STEP];
	size_t room = iov_iter_count(to) / sizeof(*entries), done = 0;
	u32 count;

	while (done < room) {
		count = take(file, entries, min_t(size_t, room - done, STEP));
		if (!count)
			break;
		if (copy_to_iter(entries, count * sizeof(*entries), to) != count * sizeof(*entries))
			return -EFAULT;
		done += count;
		if (signal_pending(current))
			break;
	}
	return done * sizeof(*entries);
}

static ssize_t log_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct log_file *file = iocb->ki_filp->private_data;
	bool wait = !(iocb->ki_filp->f_flags & O_NONBLOCK) && !(iocb->ki_flags & IOCB_NOWAIT);
	ssize_t ret;

	if (iov_iter_count(to) < sizeof(struct hvpersona_log_entry))
		return -EINVAL;
	for (;;) {
		if (mutex_lock_interruptible(&file->lock))
			return -ERESTARTSYS;
		ret = read_entries(file, to);
		mutex_unlock(&file->lock);
		if (ret)
			return ret;
		if (!wait)
			return -EAGAIN;
		if (wait_event_interruptible(file->reader.wait, has_entries(&file->reader)))
			return -ERESTARTSYS;
	}
}

static __poll_t log_poll(struct file *filp, struct poll_table_struct *table)
{
	struct log_file *file = filp->private_data;

	poll_wait(filp, &file->reader.wait, table);
	return has_entries(&file->reader) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void free_file(struct log_file *file)
{
	hvp_instance_put(file->instance);
	kvfree(file->reader.entries);
	mutex_destroy(&file->lock);
	kfree(file);
}

static int log_release(struct inode *inode, struct file *filp)
{
	struct log_file *file = filp->private_data;

	hvp_log_reader_remove(&file->instance->log, &file->reader);
	free_file(file);
	return 0;
}

static const struct file_operations log_fops = {
	.owner = THIS_MODULE,
	.release = log_release,
	.read_iter = log_read,
	.poll = log_poll,
};

/* The instance of a partition, or the host's own; a reference or an error */
static struct hvp_instance *find_instance(u32 handle)
{
	struct hvp_instance *instance = hvp_host_instance();
	struct hvp_partition *pt;

	if (!handle) {
		refcount_inc(&instance->refs);
		return instance;
	}
	pt = hvp_partition_by_handle(handle);
	if (!pt)
		return ERR_PTR(-ENOENT);
	instance = hvp_instance_of(pt);
	hvp_partition_put(pt);
	return instance ?: ERR_PTR(-ENODEV);
}

/**
 * hvp_ioctl_log_open - HVPERSONA_LOG_OPEN
 * @filp: Device descriptor
 * @buffer: Operands
 */
long hvp_ioctl_log_open(struct file *filp, union hvp_ioctl_buffer *buffer)
{
	const struct hvpersona_log_open *open = &buffer->log_open;
	struct hvp_instance *instance;
	struct log_file *file;
	long ret = -ENOMEM;

	if (open->__reserved || !open->sources || open->entries > MAX_ENTRIES)
		return -EINVAL;
	instance = find_instance(open->handle);
	if (IS_ERR(instance))
		return PTR_ERR(instance);
	file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);
	if (!file) {
		hvp_instance_put(instance);
		return -ENOMEM;
	}
	mutex_init(&file->lock);
	init_waitqueue_head(&file->reader.wait);
	file->instance = instance;
	file->reader.sources = open->sources;
	file->reader.size = roundup_pow_of_two(open->entries ?: DEFAULT_ENTRIES);
	file->reader.entries = kvcalloc(file->reader.size, sizeof(*file->reader.entries),
					GFP_KERNEL_ACCOUNT);
	if (!file->reader.entries)
		goto free;
	hvp_log_reader_add(&instance->log, &file->reader);
	ret = anon_inode_getfd("[hvpersona-log]", &log_fops, file, O_RDONLY | O_CLOEXEC);
	if (ret >= 0)
		return ret;
	hvp_log_reader_remove(&instance->log, &file->reader);
free:
	free_file(file);
	return ret;
}
