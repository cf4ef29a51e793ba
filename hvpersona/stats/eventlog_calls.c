// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on an event log: groups of buffers and the life of each buffer, which goes
 *
 *   standby - map - free - (an event) - in use - (full, or flush) - complete -
 *   (notification) - ready - release - free
 *
 * and from free or ready, unmapped, to standby. TLFS 2.0, section 19.1.5.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "eventlog_buffer.h"
#include "stats.h"

/* Bytes of a buffer. Up to 512 they are pages; more are bytes, whole pages; 0 if it is neither */
static u32 size_of(u32 size)
{
	if (size <= HV_EVENTLOG_MAX_PAGES)
		return size * PAGE_SIZE;
	if (size % PAGE_SIZE || size > HV_EVENTLOG_MAX_PAGES * PAGE_SIZE)
		return 0;
	return size;
}

/**
 * hvp_log_group_init - HvCallInitializeEventLogBufferGroup
 * @vp: VP of the root, in its thread, for all of these
 * @in: Operands
 *
 * Return: SUCCESS, INVALID_PARAMETER; OBJECT_IN_USE if it is initialized; INSUFFICIENT_MEMORY,
 * NO_RESOURCES.
 */
enum hv_status hvp_log_group_init(struct hvp_vp *vp, const struct hvp_eventlog_initialize *in)
{
	struct hvp_log *log = log_of(vp);
	struct hvp_log_group *group;
	void *buffers;

	if (in->type >= HV_EVENTLOG_TYPES || in->mode > HV_EVENTLOG_CIRCULAR || !in->max_buffers ||
	    in->max_buffers > HV_EVENTLOG_MAX_BUFFERS || !size_of(in->size) || !in->threshold ||
	    in->threshold > in->max_buffers || in->time_basis > HV_EVENTLOG_TIME_QPC)
		return HV_STATUS_INVALID_PARAMETER;
	guard(mutex)(&log->mutex);
	group = &log->groups[array_index_nospec(in->type, HV_EVENTLOG_TYPES)];
	if (group->buffers)
		return HV_STATUS_OBJECT_IN_USE;
	buffers = hvp_pool_zalloc(&vp->partition->pool, in->max_buffers * sizeof(*group->buffers));
	if (IS_ERR(buffers))
		return hvp_pool_status(PTR_ERR(buffers));
	hvp_log_set_clock(vp, log);
	scoped_guard(spinlock_irqsave, &log->lock) {
		log->root = vp->partition;
		group->buffers = buffers;
		group->max = in->max_buffers;
		group->size = size_of(in->size);
		group->threshold = in->threshold;
		group->circular = in->mode == HV_EVENTLOG_CIRCULAR;
		group->tsc = in->time_basis == HV_EVENTLOG_TIME_TSC;
		group->lost = 0;
		group->events = 0;
		group->dropped = 0;
		group->taken = 0;
	}
	return HV_STATUS_SUCCESS;
}

/* The group of a type that is initialized; NULL with @status set if there is none */
static struct hvp_log_group *find_group(struct hvp_log *log, u32 type, enum hv_status *status)
{
	struct hvp_log_group *group;

	lockdep_assert_held(&log->mutex);
	*status = HV_STATUS_INVALID_PARAMETER;
	if (type >= HV_EVENTLOG_TYPES)
		return NULL;
	group = &log->groups[array_index_nospec(type, HV_EVENTLOG_TYPES)];
	*status = HV_STATUS_OPERATION_DENIED;
	return group->buffers ? group : NULL;
}

static struct hvp_log_buffer *find_buffer(struct hvp_log *log, u32 type, u32 index,
					  struct hvp_log_group **group, enum hv_status *status)
{
	struct hvp_log_buffer *buffer;

	*group = find_group(log, type, status);
	if (!*group)
		return NULL;
	*status = HV_STATUS_INVALID_PARAMETER;
	if (index >= (*group)->max)
		return NULL;
	buffer = (*group)->buffers[array_index_nospec(index, (*group)->max)];
	if (buffer)
		*status = HV_STATUS_SUCCESS;
	return buffer;
}

static void free_group(struct hvp_partition *root, struct hvp_log_group *group)
{
	hvp_synic_unqueue(&group->message);
	group->message_busy = false;
	group->unsent = false;
	hvp_pool_free(&root->pool, group->buffers, group->max * sizeof(*group->buffers));
	group->buffers = NULL;
}

/**
 * hvp_log_group_exit - HvCallFinalizeEventLogBufferGroup
 * @vp: VP
 * @type: Event log type, from a guest
 *
 * Return: SUCCESS, INVALID_PARAMETER; OPERATION_DENIED if it is not initialized, has buffers, or
 * sources.
 */
enum hv_status hvp_log_group_exit(struct hvp_vp *vp, u32 type)
{
	struct hvp_log *log = log_of(vp);
	struct hvp_log_group *group;
	enum hv_status status;

	guard(mutex)(&log->mutex);
	group = find_group(log, type, &status);
	if (!group)
		return status;
	if (group->count || group->filter.sources)
		return HV_STATUS_OPERATION_DENIED;
	free_group(vp->partition, group);
	return HV_STATUS_SUCCESS;
}

static void free_buffer(struct hvp_pool *pool, const struct hvp_log_group *group,
			struct hvp_log_buffer *buffer)
{
	if (buffer->data) {
		kvfree(buffer->data);
		hvp_pool_uncharge(pool, group->size);
	}
	hvp_pool_free(pool, buffer->gfns, pages_of(group) * sizeof(u64));
	hvp_pool_free(pool, buffer, sizeof(*buffer));
}

static int alloc_buffer(struct hvp_pool *pool, const struct hvp_log_group *group,
			struct hvp_log_buffer **result)
{
	struct hvp_log_buffer *buffer;
	int err = 0;

	buffer = hvp_pool_zalloc(pool, sizeof(*buffer));
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	buffer->gfns = hvp_pool_zalloc(pool, pages_of(group) * sizeof(u64));
	if (IS_ERR(buffer->gfns)) {
		err = PTR_ERR(buffer->gfns);
		buffer->gfns = NULL;
	} else if (!hvp_pool_charge(pool, group->size)) {
		err = -ENOSPC;
	} else {
		buffer->data = kvzalloc(group->size, GFP_KERNEL_ACCOUNT);
		if (!buffer->data) {
			hvp_pool_uncharge(pool, group->size);
			err = -ENOMEM;
		}
	}
	if (err)
		free_buffer(pool, group, buffer);
	else
		*result = buffer;
	return err;
}

/**
 * hvp_log_buffer_create - HvCallCreateEventLogBuffer
 * @vp: VP
 * @type: Event log type, from a guest
 * @index: Index for the buffer, from a guest
 *
 * Return: SUCCESS; INVALID_PARAMETER for an index that is in use or out of range;
 * OPERATION_DENIED if the group is not initialized; INSUFFICIENT_MEMORY, NO_RESOURCES.
 */
enum hv_status hvp_log_buffer_create(struct hvp_vp *vp, u32 type, u32 index)
{
	struct hvp_log *log = log_of(vp);
	struct hvp_log_buffer *buffer;
	struct hvp_log_group *group;
	enum hv_status status;
	int err;

	guard(mutex)(&log->mutex);
	if (find_buffer(log, type, index, &group, &status))
		return HV_STATUS_INVALID_PARAMETER;
	if (!group || index >= group->max)
		return status;
	err = alloc_buffer(&vp->partition->pool, group, &buffer);
	if (err)
		return hvp_pool_status(err);
	INIT_LIST_HEAD(&buffer->link);
	INIT_LIST_HEAD(&buffer->dirty);
	buffer->header.size = group->size;
	buffer->header.index = index;
	buffer->header.type = type;
	buffer->header.state = HV_EVENTLOG_STANDBY;
	buffer->header.next_index = HV_EVENTLOG_INDEX_NONE;
	group->buffers[array_index_nospec(index, group->max)] = buffer;
	group->count++;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_log_buffer_delete - HvCallDeleteEventLogBuffer
 * @vp: VP
 * @type: Event log type, from a guest
 * @index: Index of the buffer, from a guest
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such buffer; OPERATION_DENIED if it is
 * mapped, or the group is not initialized.
 */
enum hv_status hvp_log_buffer_delete(struct hvp_vp *vp, u32 type, u32 index)
{
	struct hvp_log *log = log_of(vp);
	struct hvp_log_buffer *buffer;
	struct hvp_log_group *group;
	enum hv_status status;

	guard(mutex)(&log->mutex);
	buffer = find_buffer(log, type, index, &group, &status);
	if (!buffer)
		return status;
	if (buffer->header.state != HV_EVENTLOG_STANDBY)
		return HV_STATUS_OPERATION_DENIED;
	group->buffers[array_index_nospec(index, group->max)] = NULL;
	group->count--;
	free_buffer(&vp->partition->pool, group, buffer);
	return HV_STATUS_SUCCESS;
}

static void take_back(struct hvp_pool *pool, struct hvp_log_buffer *buffer, u32 pages)
{
	while (pages--)
		hvp_pool_take_back(pool, buffer->gfns[pages]);
}

/* With the lock: is free from now on */
static void set_free(struct hvp_log *log, struct hvp_log_group *group,
		     struct hvp_log_buffer *buffer)
{
	scoped_guard(spinlock_irqsave, &log->lock) {
		buffer->header.state = HV_EVENTLOG_FREE;
		buffer->header.next_offset = sizeof(buffer->header);
		buffer->header.next_index = HV_EVENTLOG_INDEX_NONE;
		buffer->synced = sizeof(buffer->header);
		list_add_tail(&buffer->link, &group->free);
	}
}

/**
 * hvp_log_buffer_map - HvCallMapEventLogBuffer
 * @vp: VP
 * @type: Event log type, from a guest
 * @index: Index of the buffer, from a guest
 * @gfns: Result: its pages, up to HV_EVENTLOG_MAX_PAGES
 * @count: Result: their number
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such buffer; OPERATION_DENIED if it is
 * mapped, or the group is not initialized; INSUFFICIENT_MEMORY, NO_RESOURCES.
 */
enum hv_status hvp_log_buffer_map(struct hvp_vp *vp, u32 type, u32 index, u64 *gfns, u32 *count)
{
	struct hvp_pool *pool = &vp->partition->pool;
	struct hvp_log *log = log_of(vp);
	struct hvp_log_buffer *buffer;
	struct hvp_log_group *group;
	enum hv_status status;
	u32 i;

	guard(mutex)(&log->mutex);
	buffer = find_buffer(log, type, index, &group, &status);
	if (!buffer)
		return status;
	if (buffer->header.state != HV_EVENTLOG_STANDBY)
		return HV_STATUS_OPERATION_DENIED;
	for (i = 0; i < pages_of(group); i++) {
		status = hvp_pool_hand_out(pool, HVP_GPA_READ, &buffer->gfns[i]);
		if (status) {
			take_back(pool, buffer, i);
			return status;
		}
	}
	memcpy(gfns, buffer->gfns, i * sizeof(*gfns));
	*count = i;
	set_free(log, group, buffer);
	hvp_log_sync_buffer(vp, log, buffer);
	return HV_STATUS_SUCCESS;
}

/* Nothing of it is in a list any more */
static void drop(struct hvp_log *log, struct hvp_log_buffer *buffer)
{
	scoped_guard(spinlock_irqsave, &log->lock) {
		list_del_init(&buffer->link);
		list_del_init(&buffer->dirty);
		buffer->header.state = HV_EVENTLOG_STANDBY;
	}
}

/* Is it in one of these states, in which only calls change it? Free ones are taken out */
static bool claim(struct hvp_log *log, struct hvp_log_buffer *buffer, u32 states)
{
	bool claimed;

	scoped_guard(spinlock_irqsave, &log->lock) {
		claimed = BIT(buffer->header.state) & states;
		if (claimed)
			list_del_init(&buffer->link);
	}
	return claimed;
}

/**
 * hvp_log_buffer_unmap - HvCallUnmapEventLogBuffer
 * @vp: VP
 * @type: Event log type, from a guest
 * @index: Index of the buffer, from a guest
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such buffer; ACCESS_DENIED if it is neither
 * free nor ready; OPERATION_DENIED if the group is not initialized.
 */
enum hv_status hvp_log_buffer_unmap(struct hvp_vp *vp, u32 type, u32 index)
{
	struct hvp_log *log = log_of(vp);
	struct hvp_log_buffer *buffer;
	struct hvp_log_group *group;
	enum hv_status status;

	guard(mutex)(&log->mutex);
	buffer = find_buffer(log, type, index, &group, &status);
	if (!buffer)
		return status;
	if (!claim(log, buffer, BIT(HV_EVENTLOG_FREE) | BIT(HV_EVENTLOG_READY)))
		return HV_STATUS_ACCESS_DENIED;
	drop(log, buffer);
	take_back(&vp->partition->pool, buffer, pages_of(group));
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_log_buffer_release - HvCallReleaseEventLogBuffer
 * @vp: VP
 * @type: Event log type, from a guest
 * @index: Index of the buffer, from a guest
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such buffer; EVENT_BUFFER_ALREADY_FREED if it
 * is free; OPERATION_DENIED if it is otherwise not ready, or the group is not initialized.
 */
enum hv_status hvp_log_buffer_release(struct hvp_vp *vp, u32 type, u32 index)
{
	struct hvp_log *log = log_of(vp);
	struct hvp_log_buffer *buffer;
	struct hvp_log_group *group;
	enum hv_status status;

	guard(mutex)(&log->mutex);
	buffer = find_buffer(log, type, index, &group, &status);
	if (!buffer)
		return status;
	if (READ_ONCE(buffer->header.state) == HV_EVENTLOG_FREE)
		return HV_STATUS_EVENT_BUFFER_ALREADY_FREED;
	if (!claim(log, buffer, BIT(HV_EVENTLOG_READY)))
		return HV_STATUS_OPERATION_DENIED;
	set_free(log, group, buffer);
	hvp_log_sync_buffer(vp, log, buffer);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_log_buffer_flush - HvCallFlushEventLogBuffer
 * @vp: VP
 * @type: Event log type, from a guest
 * @index: Index of the buffer, from a guest
 *
 * A buffer that is complete already is sent too: TLFS 2.0, section 19.1.5.
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such buffer; OPERATION_DENIED if it is
 * neither in use nor complete, or the group is not initialized.
 */
enum hv_status hvp_log_buffer_flush(struct hvp_vp *vp, u32 type, u32 index)
{
	struct hvp_log *log = log_of(vp);
	struct hvp_log_buffer *buffer;
	struct hvp_log_group *group;
	enum hv_status status;

	guard(mutex)(&log->mutex);
	buffer = find_buffer(log, type, index, &group, &status);
	if (!buffer)
		return status;
	scoped_guard(spinlock_irqsave, &log->lock) {
		if (buffer->header.state == HV_EVENTLOG_IN_USE)
			hvp_log_complete(log, group, buffer);
		if (buffer->header.state != HV_EVENTLOG_COMPLETE)
			return HV_STATUS_OPERATION_DENIED;
		group->notify = true;
		/* If the last notification is still on its way it is sent later */
		hvp_log_set_pending(log, true);
	}
	hvp_log_bring(vp, log);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_log_set_filter - HvCallSetEventLogGroupSources
 * @vp: VP
 * @type: Event log type, from a guest
 * @filter: Events that are to be recorded from now on
 *
 * Return: SUCCESS, INVALID_PARAMETER; OPERATION_DENIED if the group is not initialized.
 */
enum hv_status hvp_log_set_filter(struct hvp_vp *vp, u32 type, const struct hvp_log_filter *filter)
{
	struct hvp_log *log = log_of(vp);
	struct hvp_log_group *group;
	enum hv_status status;

	guard(mutex)(&log->mutex);
	group = find_group(log, type, &status);
	if (!group)
		return status;
	scoped_guard(spinlock_irqsave, &log->lock) {
		group->filter = *filter;
		hvp_log_sum_sources(log);
	}
	return HV_STATUS_SUCCESS;
}

static void clear_group(struct hvp_partition *root, struct hvp_log *log,
			struct hvp_log_group *group)
{
	struct hvp_log_buffer *buffer;
	bool mapped;
	u32 i;

	for (i = 0; i < group->max && group->buffers; i++) {
		buffer = group->buffers[i];
		if (!buffer)
			continue;
		mapped = buffer->header.state != HV_EVENTLOG_STANDBY;
		if (buffer->vp)
			buffer->vp->log_buffer = NULL;
		drop(log, buffer);
		if (mapped)
			take_back(&root->pool, buffer, pages_of(group));
		free_buffer(&root->pool, group, buffer);
	}
	group->count = 0;
	group->complete_count = 0;
	group->current_buffer = NULL;
	group->notify = false;
	if (group->buffers)
		free_group(root, group);
}

/**
 * hvp_log_clear - A root was reset, or goes: its groups and buffers go
 * @root: Root partition
 */
void hvp_log_clear(struct hvp_partition *root)
{
	struct hvp_log *log = &root->instance->log;
	u32 type;

	guard(mutex)(&log->mutex);
	scoped_guard(spinlock_irqsave, &log->lock) {
		if (log->root != root)
			return;
		for (type = 0; type < HV_EVENTLOG_TYPES; type++)
			log->groups[type].filter = (struct hvp_log_filter) {};
		hvp_log_sum_sources(log);
	}
	/* Nobody writes to buffers any more */
	for (type = 0; type < HV_EVENTLOG_TYPES; type++)
		clear_group(root, log, &log->groups[type]);
	/* Nor is a message under way, whose end could make something pending again */
	scoped_guard(spinlock_irqsave, &log->lock) {
		if (log->pending)
			hvp_stats_unwatch(root);
		WRITE_ONCE(log->pending, false);
		WRITE_ONCE(log->root, NULL);
	}
}
