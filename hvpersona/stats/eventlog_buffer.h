/* SPDX-License-Identifier: GPL-2.0 */
/* What the two halves of the event log share: eventlog.c writes, eventlog_calls.c has the calls. */
#ifndef HVP_EVENTLOG_BUFFER_H
#define HVP_EVENTLOG_BUFFER_H

#include "../core.h"
#include "eventlog.h"

/**
 * struct hvp_log_buffer - A buffer
 * @link: In the list of free or of complete ones
 * @dirty: In struct hvp_log.dirty
 * @header: As the guest is to see it
 * @synced: Bytes up to which the guest has it
 * @syncing: They are being brought to it: it is not used again meanwhile
 * @vp: Of the local type, in use: the VP that writes to it
 * @data: Copy; the header's place is not used
 * @gfns: The guest's pages, while it is mapped
 */
struct hvp_log_buffer {
	struct list_head link;
	struct list_head dirty;
	struct hvp_eventlog_header header;
	u32 synced;
	bool syncing;
	struct hvp_vp *vp;
	u8 *data;
	u64 *gfns;
};

static inline struct hvp_log *log_of(const struct hvp_vp *vp)
{
	return &vp->partition->instance->log;
}

static inline u32 pages_of(const struct hvp_log_group *group)
{
	return group->size / PAGE_SIZE;
}

/* eventlog.c. With struct hvp_log.lock, but for the last three: with struct hvp_log.mutex */
bool hvp_log_set_pending(struct hvp_log *log, bool urgent);
void hvp_log_complete(struct hvp_log *log, struct hvp_log_group *group,
		      struct hvp_log_buffer *buffer);
void hvp_log_sum_sources(struct hvp_log *log);
void hvp_log_sync_buffer(struct hvp_vp *vp, struct hvp_log *log, struct hvp_log_buffer *buffer);
void hvp_log_set_clock(struct hvp_vp *vp, struct hvp_log *log);
void hvp_log_bring(struct hvp_vp *vp, struct hvp_log *log);

#endif
