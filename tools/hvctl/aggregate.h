/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What hvctl trace makes of the events that it reads; free of tracefs and ioctls.
 *
 * Idleness is recognised some time after it began. Events since a moment that
 * may turn out to be that beginning are therefore held back, and put into a
 * phase by aggregate_settle() when it is known.
 */
#ifndef AGGREGATE_H
#define AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum phase { PHASE_BOOT, PHASE_IDLE, PHASES };

/* Field outcome of the tracepoint hvp_call_done */
enum outcome { OUTCOME_DONE, OUTCOME_CONTINUED, OUTCOME_KVM, OUTCOME_UD, OUTCOMES };

struct event {
	uint64_t time_ns;	/* CLOCK_MONOTONIC */
	uint64_t duration_ns;
	uint16_t code;
	uint16_t status;
	uint8_t outcome;
};

/*
 * Histogram of times with buckets of 1/32 of their value: percentiles are within
 * 1.6 % of the true value.
 */
#define SUB_BITS	5
#define SUB		(1u << SUB_BITS)
#define BUCKETS		((64 - SUB_BITS + 1) * SUB)

struct latency {
	uint64_t count, sum_ns, min_ns, max_ns;
	uint32_t *bucket;	/* BUCKETS of them, or NULL while count is 0 */
};

void latency_add(struct latency *latency, uint64_t ns);
/* How many took at least 2^@power ns, but less than twice that; 0 counts as 1 */
uint64_t latency_count(const struct latency *latency, unsigned int power);
uint64_t latency_mean(const struct latency *latency);
uint64_t latency_percentile(const struct latency *latency, unsigned int percent);

struct status_count {
	uint16_t status;
	uint64_t count;
};

/* Calls in each TIMELINE_NS since struct aggregate.start_ns, of one code */
#define TIMELINE_NS	500000000ULL
#define TIMELINE_MAX	100000u		/* more are counted in the last one */

struct timeline {
	uint32_t *calls;
	size_t count;
};

/* One call in one phase */
struct cell {
	uint64_t outcome[OUTCOMES];
	struct status_count *statuses;	/* of OUTCOME_DONE, in the order of appearance */
	size_t nr_statuses;
	struct latency latency;		/* of every outcome: time from exit to re-entry */
};

uint64_t cell_calls(const struct cell *cell);	/* all but those continued */
void cell_merge(struct cell *to, const struct cell *from);
void cell_free(struct cell *cell);

#define IDLE_NEVER	UINT64_MAX

struct aggregate {
	struct cell *cells[1 << 16];	/* by code: NULL, or an array of PHASES */
	struct event *pending;
	size_t nr_pending, max_pending;
	struct timeline *timelines;	/* by code */
	uint64_t start_ns;		/* where the timelines begin */
	uint64_t idle_from_ns;		/* IDLE_NEVER until known */
	uint64_t events;
};

struct aggregate *aggregate_new(void);
void aggregate_free(struct aggregate *aggregate);
void aggregate_event(struct aggregate *aggregate, const struct event *event);

/* Put the events before @before_ns into their phase */
void aggregate_settle(struct aggregate *aggregate, uint64_t before_ns);

/*
 * Finds the moment since which no processor has used more than @percent of
 * @window_ns of CPU time.
 */
struct idle {
	uint64_t window_ns;
	unsigned int percent;
	uint64_t since_ns;	/* idle from here on, if it is; 0 before the first sample */
	struct idle_cpu *base;	/* CPU times at that moment */
	size_t nr_base;
};

struct idle_cpu {
	uint32_t tid;
	uint64_t cpu_ns;	/* since the thread was made */
};

/* True once idle for a window; @cpu are all processors that have a thread */
bool idle_sample(struct idle *idle, uint64_t now_ns, const struct idle_cpu *cpu, size_t count);

/* "SUCCESS 3, INVALID_PARAMETER 1, to KVM 2"; "SUCCESS" if it is the only one; "" if none */
void cell_summary(const struct cell *cell, char *buf, size_t size);

#endif
