/* SPDX-License-Identifier: GPL-2.0 */
/* A message buffer, while it is with its owner (a port, a SynIC) or in a queue. */
#ifndef HVP_SYNIC_MESSAGE_H
#define HVP_SYNIC_MESSAGE_H

#include <linux/atomic.h>
#include <linux/list.h>

#include "../hv_abi/synic.h"

struct hvp_synic;

/**
 * struct hvp_message - A message buffer
 * @link: In a queue; under @at->lock
 * @at: SynIC in whose queue it is or was last
 * @sint: Which queue
 * @queued: It is in the queue; under @at->lock
 * @ending: How many @done calls are under way, see hvp_synic_unqueue()
 * @done: Called under @at->lock when it has been delivered or dropped: the buffer is free
 *	again. Must not sleep, and must not post. Or NULL
 * @message: What is delivered; its flags are the SynIC's
 */
struct hvp_message {
	struct list_head link;
	struct hvp_synic *at;
	u32 sint;
	bool queued;
	atomic_t ending;
	void (*done)(struct hvp_message *message);
	struct hvp_hv_message message;
};

#endif
