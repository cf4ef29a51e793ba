/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event log of an instance: who gets which events, and the buffers of its root. What the
 * events are stands in ../events.h.
 */
#ifndef HVP_EVENTLOG_H
#define HVP_EVENTLOG_H

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "../hv_abi/eventlog.h"
#include "../hv_abi/hypercall.h"
#include "../synic/message.h"

struct hvp_instance;
struct hvp_log_buffer;
struct hvp_partition;
struct hvp_vp;

/**
 * struct hvp_log_filter - Events that somebody wants
 * @sources: Bit s for events of source s, enum hvp_event >> 8
 * @limited: Of these, sources of which only some events are wanted
 * @limits: The events of up to two of them: source, and a bit for each low byte
 */
struct hvp_log_filter {
	u64 sources;
	u64 limited;
	struct {
		u32 source;
		DECLARE_BITMAP(events, 256);
	} limits[2];
};

/**
 * struct hvp_log_group - The buffers of an event log type
 * @log: The log
 * @buffers: By index; NULL if the group is not initialized
 * @max: Size of @buffers
 * @count: Number of buffers that there are
 * @size: Bytes of a buffer
 * @threshold: Complete buffers that make a notification
 * @circular: If no buffer is free the oldest complete one is used again
 * @tsc: Time stamps are those of the TSC
 * @filter: Events that are recorded
 * @current_buffer: Buffer in use; of the local type those of VPs, struct hvp_vp.log_buffer
 * @free: Free buffers in the order in which they became so
 * @complete: Complete buffers likewise
 * @complete_count: Their number
 * @notify: Complete buffers are to be made ready however few they are
 * @lost: Events lost since the last buffer was completed
 * @events: Events recorded
 * @dropped: Events lost since the group was initialized
 * @taken: Buffers taken into use
 * @message: The notification
 * @message_busy: It is on its way
 * @unsent: It is to be sent
 */
struct hvp_log_group {
	struct hvp_log *log;
	struct hvp_log_buffer **buffers;
	u32 max;
	u32 count;
	u32 size;
	u32 threshold;
	bool circular;
	bool tsc;
	struct hvp_log_filter filter;
	struct hvp_log_buffer *current_buffer;
	struct list_head free;
	struct list_head complete;
	u32 complete_count;
	bool notify;
	u32 lost;
	u32 events;
	u64 dropped;
	u32 taken;
	struct hvp_message message;
	bool message_busy;
	bool unsent;
};

/**
 * struct hvp_log - The event log of an instance
 * @sources: Sources that anybody wants; read without a lock
 * @mutex: Held by calls on buffers and by whoever brings them to the guest
 * @lock: Protects the rest; taken in any context
 * @root: The root, while it is there; NULL in the host's instance
 * @time_offset: Reference time less monotonic time, 100 ns
 * @pending: There is something to bring to the guest
 * @next_sync: When that is to be done, monotonic nanoseconds
 * @dirty: Buffers of which the guest has not seen everything
 * @groups: By type
 * @readers: Those of the host
 */
struct hvp_log {
	u64 sources;
	struct mutex mutex;
	spinlock_t lock;
	struct hvp_partition *root;
	s64 time_offset;
	bool pending;
	u64 next_sync;
	struct list_head dirty;
	struct hvp_log_group groups[HV_EVENTLOG_TYPES];
	struct list_head readers;
};

/**
 * struct hvp_log_reader - Somebody on the host who reads the log
 * @link: Among the readers of the log
 * @sources: What he wants
 * @entries: Ring of entries
 * @size: Their number, a power of two
 * @head: Number of entries ever written
 * @tail: Number of them read
 * @lost: Entries for which there was no place
 * @wait: Woken when there is something to read
 */
struct hvp_log_reader {
	struct list_head link;
	u64 sources;
	struct hvp_eventlog_entry *entries;
	u32 size;
	u32 head;
	u32 tail;
	u64 lost;
	wait_queue_head_t wait;
};

void hvp_log_init(struct hvp_log *log);
void hvp_log_write(struct hvp_instance *instance, struct hvp_vp *by, u16 event,
		   struct hvp_eventlog_entry *entry);
void hvp_log_work(struct hvp_vp *vp);
void hvp_log_clear(struct hvp_partition *root);

/* The calls. In the thread of a VP of the root */
enum hv_status hvp_log_group_init(struct hvp_vp *vp, const struct hvp_eventlog_initialize *in);
enum hv_status hvp_log_group_exit(struct hvp_vp *vp, u32 type);
enum hv_status hvp_log_buffer_create(struct hvp_vp *vp, u32 type, u32 index);
enum hv_status hvp_log_buffer_delete(struct hvp_vp *vp, u32 type, u32 index);
enum hv_status hvp_log_buffer_map(struct hvp_vp *vp, u32 type, u32 index, u64 *gfns, u32 *count);
enum hv_status hvp_log_buffer_unmap(struct hvp_vp *vp, u32 type, u32 index);
enum hv_status hvp_log_buffer_release(struct hvp_vp *vp, u32 type, u32 index);
enum hv_status hvp_log_buffer_flush(struct hvp_vp *vp, u32 type, u32 index);
enum hv_status hvp_log_set_filter(struct hvp_vp *vp, u32 type, const struct hvp_log_filter *filter);

/* Readers on the host */
void hvp_log_reader_add(struct hvp_log *log, struct hvp_log_reader *reader);
void hvp_log_reader_remove(struct hvp_log *log, struct hvp_log_reader *reader);

#endif
