// SPDX-License-Identifier: GPL-2.0
/*
 * The event log. TLFS 2.0, chapter 19; the sheet's sections "Event-log structures" and "Event
 * log".
 *
 * Events are written in any context to a copy of the buffer in the kernel's memory, which the
 * root's pool pays for; nobody waits for the guest, and what finds no buffer is counted as lost.
 * The root's VPs bring what is new to the guest's pages on their way out of the guest: first the
 * entries, then the header that tells of them, so that a guest may read a buffer in use. Complete
 * buffers become ready, and a message says so, when there are enough of them or on a flush.
 *
 * The life of a buffer is under struct hvp_log.mutex, but that writing takes free buffers into use
 * and completes them under struct hvp_log.lock alone.
 */
#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/time64.h>
#include <linux/wait.h>

#include "../events.h"
#include "../hv_abi/registers.h"
#include "../registers.h"
#include "eventlog_buffer.h"
#include "stats.h"

/* A buffer in use is brought to the guest so often, if nothing is urgent */
#define SYNC_NS		(HVP_STATS_PERIOD_MS * NSEC_PER_MSEC)
/* A notification that no VP takes is tried again so often: TLFS 2.0, section 14.2.4 */
#define RETRY_NS	(20 * NSEC_PER_MSEC)

#define EVENTLOG_SINT	0

static void message_done(struct hvp_message *message);

/**
 * hvp_log_init - Make the log of an instance
 * @log: Log, all zeroes
 */
void hvp_log_init(struct hvp_log *log)
{
	u32 type;

	mutex_init(&log->mutex);
	spin_lock_init(&log->lock);
	INIT_LIST_HEAD(&log->dirty);
	INIT_LIST_HEAD(&log->readers);
	for (type = 0; type < HV_EVENTLOG_TYPES; type++) {
		INIT_LIST_HEAD(&log->groups[type].free);
		INIT_LIST_HEAD(&log->groups[type].complete);
		log->groups[type].log = log;
		log->groups[type].message.done = message_done;
	}
}

/* Writing */

static bool wants(const struct hvp_log_filter *filter, u16 event)
{
	u32 source = event >> 8, i;

	if (!(filter->sources & BIT_ULL(source)))
		return false;
	if (!(filter->limited & BIT_ULL(source)))
		return true;
	for (i = 0; i < ARRAY_SIZE(filter->limits); i++)
		if (filter->limits[i].source == source &&
		    test_bit(event & 0xff, filter->limits[i].events))
			return true;
	return false;
}

/* There is something to bring to the guest: its VPs look at their next exit */
bool hvp_log_set_pending(struct hvp_log *log, bool urgent)
{
	bool newly = !log->pending;

	lockdep_assert_held(&log->lock);
	if (urgent)
		log->next_sync = 0;
	if (newly) {
		WRITE_ONCE(log->pending, true);
		hvp_stats_watch(log->root);
	}
	return newly || urgent;
}

static void mark_dirty(struct hvp_log *log, struct hvp_log_buffer *buffer)
{
	if (list_empty(&buffer->dirty))
		list_add_tail(&buffer->dirty, &log->dirty);
}

void hvp_log_complete(struct hvp_log *log, struct hvp_log_group *group,
		     struct hvp_log_buffer *buffer)
{
	lockdep_assert_held(&log->lock);
	buffer->header.state = HV_EVENTLOG_COMPLETE;
	buffer->header.lost = group->lost;
	group->lost = 0;
	if (buffer->vp)
		buffer->vp->log_buffer = NULL;
	else
		group->current_buffer = NULL;
	buffer->vp = NULL;
	list_add_tail(&buffer->link, &group->complete);
	group->complete_count++;
	mark_dirty(log, buffer);
}

/* The oldest complete one that is not on its way to the guest */
static struct hvp_log_buffer *oldest(struct hvp_log_group *group)
{
	struct hvp_log_buffer *buffer;

	list_for_each_entry(buffer, &group->complete, link)
		if (!buffer->syncing)
			return buffer;
	return NULL;
}

/* Take a buffer into use. @vp: of the local type, for whom */
static struct hvp_log_buffer *take(struct hvp_log *log, struct hvp_log_group *group,
				   struct hvp_vp *vp, u64 time)
{
	struct hvp_log_buffer *buffer;

	buffer = list_first_entry_or_null(&group->free, struct hvp_log_buffer, link);
	if (!buffer && group->circular) {
		buffer = oldest(group);
		if (buffer)
			group->complete_count--;
	}
	if (!buffer)
		return NULL;
	list_del_init(&buffer->link);
	buffer->header.state = HV_EVENTLOG_IN_USE;
	buffer->header.time = time;
	buffer->header.lost = 0;
	buffer->header.reference_count = group->events;
	buffer->header.next_offset = sizeof(buffer->header);
	buffer->header.next_index = HV_EVENTLOG_INDEX_NONE;
	buffer->header.lp = vp ? vp->index : 0;
	buffer->header.lp_sequence = group->taken++;
	buffer->synced = sizeof(buffer->header);
	buffer->vp = vp;
	if (vp)
		vp->log_buffer = buffer;
	else
		group->current_buffer = buffer;
	return buffer;
}

/* Returns whether a VP should look at once */
static bool write_group(struct hvp_log *log, u32 type, struct hvp_vp *by,
			const struct hvp_eventlog_entry *entry)
{
	struct hvp_log_group *group = &log->groups[type];
	struct hvp_log_buffer *buffer;
	struct hvp_vp *vp = NULL;

	/* Local buffers belong to the processor on which it happens */
	if (type == HV_EVENTLOG_LOCAL_DIAGNOSTICS)
		vp = by ?: hvp_vp_find(log->root, 0);
	buffer = vp ? vp->log_buffer : group->current_buffer;
	if (buffer && buffer->header.next_offset + sizeof(*entry) > group->size) {
		hvp_log_complete(log, group, buffer);
		buffer = NULL;
	}
	if (!buffer)
		buffer = take(log, group, vp, entry->time);
	if (!buffer) {
		group->lost++;
		group->dropped++;
		return hvp_log_set_pending(log, group->complete_count >= group->threshold);
	}
	memcpy(buffer->data + buffer->header.next_offset, entry, sizeof(*entry));
	buffer->header.next_offset += sizeof(*entry);
	group->events++;
	mark_dirty(log, buffer);
	return hvp_log_set_pending(log, !group->circular && group->complete_count >= group->threshold);
}

static void write_reader(struct hvp_log_reader *reader, const struct hvp_eventlog_entry *entry)
{
	if (reader->head - reader->tail >= reader->size) {
		reader->lost++;
		return;
	}
	reader->entries[reader->head & (reader->size - 1)] = *entry;
	/* Read without the lock, to see that there is something */
	WRITE_ONCE(reader->head, reader->head + 1);
	wake_up_interruptible(&reader->wait);
}

static u64 tsc(struct hvp_vp *vp)
{
	const struct hvp_reg reg = { .kind = HVP_REG_MSR, .arg = 0x10 };
	union hvp_register_value value = {};

	if (vp)
		vp->ops->get_reg(vp, &reg, &value);
	return value.low;
}

/**
 * hvp_log_write - Write an entry for everybody who wants it
 * @instance: Instance; somebody wants events of this source
 * @by: VP of the instance's machine in whose thread this is; NULL if it is the host
 * @event: enum hvp_event
 * @entry: With everything but its header
 *
 * Any context.
 */
void hvp_log_write(struct hvp_instance *instance, struct hvp_vp *by, u16 event,
		   struct hvp_eventlog_entry *entry)
{
	struct hvp_log *log = &instance->log;
	struct hvp_log_reader *reader;
	struct hvp_vp *kick = NULL;
	bool look = false;
	unsigned long flags;
	u64 reference;
	u32 type;

	entry->context = by ? by->index : HVP_NO_VP;
	entry->size = sizeof(*entry);
	entry->type = event;

	rcu_read_lock();
	spin_lock_irqsave(&log->lock, flags);
	/* Whoever is no VP of the root is no processor of it */
	if (by && by->partition != log->root)
		by = NULL;
	reference = div_u64(ktime_get_mono_fast_ns(), 100) + log->time_offset;
	entry->time = reference;
	list_for_each_entry(reader, &log->readers, link)
		if (reader->sources & BIT_ULL(event >> 8))
			write_reader(reader, entry);
	for (type = 0; type < HV_EVENTLOG_TYPES; type++) {
		if (!wants(&log->groups[type].filter, event))
			continue;
		entry->time = log->groups[type].tsc ? tsc(by) : reference;
		look |= write_group(log, type, by, entry);
	}
	/* A VP that is here looks at its next exit anyway */
	if (look && !by)
		kick = hvp_vp_find(log->root, 0);
	spin_unlock_irqrestore(&log->lock, flags);
	if (kick)
		kick->ops->synic_kick(kick, 0);
	rcu_read_unlock();
}

/* Bringing buffers to the guest */

static void write_pages(struct hvp_vp *vp, const struct hvp_log_buffer *buffer, u32 from, u32 to,
			const void *data)
{
	u32 step;

	for (; from < to; from += step, data += step) {
		step = min_t(u32, to - from, PAGE_SIZE - offset_in_page(from));
		/* It fails if the VMM has removed the memory: nobody reads it then */
		vp->ops->write_own_page(vp, (buffer->gfns[from >> PAGE_SHIFT] << PAGE_SHIFT) +
					offset_in_page(from), data, step / sizeof(u64));
	}
}

/* Mapped buffers only */
void hvp_log_sync_buffer(struct hvp_vp *vp, struct hvp_log *log, struct hvp_log_buffer *buffer)
{
	struct hvp_eventlog_header header;
	u32 from, to;

	lockdep_assert_held(&log->mutex);
	scoped_guard(spinlock_irqsave, &log->lock) {
		list_del_init(&buffer->dirty);
		buffer->syncing = true;
		header = buffer->header;
		from = buffer->synced;
		to = max(header.next_offset, from);
		buffer->synced = to;
	}
	write_pages(vp, buffer, from, to, buffer->data + from);
	write_pages(vp, buffer, 0, sizeof(header), &header);
	scoped_guard(spinlock_irqsave, &log->lock)
		buffer->syncing = false;
}

static struct hvp_log_buffer *first_dirty(struct hvp_log *log)
{
	struct hvp_log_buffer *buffer;

	scoped_guard(spinlock_irqsave, &log->lock)
		buffer = list_first_entry_or_null(&log->dirty, struct hvp_log_buffer, dirty);
	return buffer;
}

/* All that are dirty; new events may make others so for ever, so not more than there are */
static void sync_all(struct hvp_vp *vp, struct hvp_log *log)
{
	u32 left = HV_EVENTLOG_TYPES * HV_EVENTLOG_MAX_BUFFERS;
	struct hvp_log_buffer *buffer;

	while (left-- && (buffer = first_dirty(log)))
		hvp_log_sync_buffer(vp, log, buffer);
}

/* Complete buffers become ready, chained in their order. Returns the number of the first one */
static u32 make_ready(struct hvp_log *log, struct hvp_log_group *group)
{
	struct hvp_log_buffer *buffer, *next;
	u32 first;

	lockdep_assert_held(&log->lock);
	first = list_first_entry(&group->complete, struct hvp_log_buffer, link)->header.index;
	list_for_each_entry_safe(buffer, next, &group->complete, link) {
		buffer->header.state = HV_EVENTLOG_READY;
		buffer->header.next_index = list_is_last(&buffer->link, &group->complete) ?
					    HV_EVENTLOG_INDEX_NONE : next->header.index;
		mark_dirty(log, buffer);
	}
	list_for_each_entry_safe(buffer, next, &group->complete, link)
		list_del_init(&buffer->link);
	group->complete_count = 0;
	group->notify = false;
	return first;
}

/*
 * A notification that is in a queue is waited for. One that no VP takes is not: a guest without
 * SynIC sees by their state which buffers are ready.
 */
static bool is_due(const struct hvp_log_group *group)
{
	return group->complete_count && !group->message_busy &&
	       (group->notify || (!group->circular && group->complete_count >= group->threshold));
}

/* Prepare the notification of a group; whether there is one to send */
static bool prepare(struct hvp_log *log, u32 type)
{
	struct hvp_log_group *group = &log->groups[type];
	struct hvp_eventlog_ready *payload = (void *)group->message.message.payload;
	bool unsent;

	scoped_guard(spinlock_irqsave, &log->lock) {
		if (is_due(group)) {
			group->message.message = (struct hvp_hv_message) {
				.type = HV_MESSAGE_EVENTLOG_BUFFERS_READY,
				.size = sizeof(*payload),
			};
			payload->type = type;
			payload->index = make_ready(log, group);
			group->unsent = true;
		}
		unsent = group->unsent;
	}
	return unsent;
}

static void send(struct hvp_vp *vp, struct hvp_log *log, struct hvp_log_group *group)
{
	scoped_guard(spinlock_irqsave, &log->lock) {
		group->unsent = false;
		group->message_busy = true;
	}
	if (hvp_synic_post_any(vp->partition, vp, EVENTLOG_SINT, &group->message))
		return;
	scoped_guard(spinlock_irqsave, &log->lock) {
		group->message_busy = false;
		group->unsent = true;
		hvp_log_set_pending(log, false);
		log->next_sync = vp->ops->time_ns() + RETRY_NS;
	}
}

/* Under struct hvp_synic.lock. Buffers may wait for it */
static void message_done(struct hvp_message *message)
{
	struct hvp_log_group *group = container_of(message, struct hvp_log_group, message);
	struct hvp_log *log = group->log;

	scoped_guard(spinlock_irqsave, &log->lock) {
		group->message_busy = false;
		if (log->root && group->complete_count)
			hvp_log_set_pending(log, true);
	}
}

/* Reference time, less what the host's clock says */
void hvp_log_set_clock(struct hvp_vp *vp, struct hvp_log *log)
{
	union hvp_register_value value = {};
	struct hvp_reg reg;
	s64 offset;

	if (!hvp_reg_lookup(HV_REG_TIME_REF_COUNT, &reg) || vp->ops->get_reg(vp, &reg, &value))
		return;
	offset = value.low - div_u64(ktime_get_mono_fast_ns(), 100);
	scoped_guard(spinlock_irqsave, &log->lock) {
		log->time_offset = offset;
	}
}

void hvp_log_bring(struct hvp_vp *vp, struct hvp_log *log)
{
	u32 type;

	lockdep_assert_held(&log->mutex);
	scoped_guard(spinlock_irqsave, &log->lock) {
		if (log->pending) {
			WRITE_ONCE(log->pending, false);
			hvp_stats_unwatch(log->root);
		}
		log->next_sync = vp->ops->time_ns() + SYNC_NS;
	}
	hvp_log_set_clock(vp, log);
	sync_all(vp, log);
	for (type = 0; type < HV_EVENTLOG_TYPES; type++) {
		if (!prepare(log, type))
			continue;
		sync_all(vp, log);
		send(vp, log, &log->groups[type]);
	}
}

/**
 * hvp_log_work - Bring to the guest what is new in its buffers
 * @vp: VP of a root, in its thread, out of the guest
 */
void hvp_log_work(struct hvp_vp *vp)
{
	struct hvp_log *log = log_of(vp);

	if (likely(!READ_ONCE(log->pending)) || READ_ONCE(log->root) != vp->partition ||
	    vp->ops->time_ns() < READ_ONCE(log->next_sync) || !mutex_trylock(&log->mutex))
		return;
	hvp_log_bring(vp, log);
	mutex_unlock(&log->mutex);
}

/* Who wants what */

void hvp_log_sum_sources(struct hvp_log *log)
{
	struct hvp_log_reader *reader;
	u64 sources = 0;
	u32 type;

	lockdep_assert_held(&log->lock);
	for (type = 0; type < HV_EVENTLOG_TYPES; type++)
		sources |= log->groups[type].filter.sources;
	list_for_each_entry(reader, &log->readers, link)
		sources |= reader->sources;
	WRITE_ONCE(log->sources, sources);
}

/**
 * hvp_log_reader_add - The host reads the log
 * @log: Log of an instance that the caller keeps
 * @reader: With everything set but what changes when entries come
 */
void hvp_log_reader_add(struct hvp_log *log, struct hvp_log_reader *reader)
{
	scoped_guard(spinlock_irqsave, &log->lock) {
		list_add_tail(&reader->link, &log->readers);
		hvp_log_sum_sources(log);
	}
}

/**
 * hvp_log_reader_remove - Undo hvp_log_reader_add()
 * @log: Log
 * @reader: Reader, which nobody writes to on return
 */
void hvp_log_reader_remove(struct hvp_log *log, struct hvp_log_reader *reader)
{
	scoped_guard(spinlock_irqsave, &log->lock) {
		list_del(&reader->link);
		hvp_log_sum_sources(log);
	}
}
