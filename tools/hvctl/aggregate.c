// SPDX-License-Identifier: GPL-2.0
/*
 * Sums of trace events by call and phase, and the rule that tells idle.
 */
#include <stdlib.h>
#include <string.h>

#include "aggregate.h"
#include "hvctl.h"

static void *grow(void *array, size_t count, size_t size)
{
	void *grown = reallocarray(array, count, size);

	if (!grown)
		abort();
	return grown;
}

static void *zeroed(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (!p)
		abort();
	return p;
}

/* Values below SUB have a bucket each, larger ones share by their leading bits */
static unsigned int bucket_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < SUB)
		return ns;
	shift = 63 - __builtin_clzll(ns) - SUB_BITS;
	return (shift + 1) * SUB + (ns >> shift & (SUB - 1));
}

static uint64_t bucket_middle(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < SUB)
		return bucket;
	shift = bucket / SUB - 1;
	return ((uint64_t)(SUB + bucket % SUB) << shift) + ((1ULL << shift) >> 1);
}

void latency_add(struct latency *latency, uint64_t ns)
{
	if (!latency->bucket)
		latency->bucket = zeroed(BUCKETS, sizeof(*latency->bucket));
	if (!latency->count || ns < latency->min_ns)
		latency->min_ns = ns;
	if (ns > latency->max_ns)
		latency->max_ns = ns;
	latency->count++;
	latency->sum_ns += ns;
	latency->bucket[bucket_of(ns)]++;
}

uint64_t latency_mean(const struct latency *latency)
{
	return latency->count ? latency->sum_ns / latency->count : 0;
}

/* The smallest time that at least @percent of all do not exceed */
uint64_t latency_percentile(const struct latency *latency, unsigned int percent)
{
	uint64_t rank = (latency->count * percent + 99) / 100, seen = 0, ns;

	for (unsigned int i = 0; latency->count && i < BUCKETS; i++) {
		seen += latency->bucket[i];
		if (!seen || seen < rank)
			continue;
		ns = bucket_middle(i);
		return ns < latency->min_ns ? latency->min_ns :
		       ns > latency->max_ns ? latency->max_ns : ns;
	}
	return 0;
}

uint64_t latency_count(const struct latency *latency, unsigned int power)
{
	uint64_t count = 0;

	for (unsigned int i = 0; latency->count && i < BUCKETS; i++)
		if (63 - __builtin_clzll(bucket_middle(i) | 1) == (int)power)
			count += latency->bucket[i];
	return count;
}

static void count_status(struct cell *cell, uint16_t status, uint64_t count)
{
	for (size_t i = 0; i < cell->nr_statuses; i++)
		if (cell->statuses[i].status == status) {
			cell->statuses[i].count += count;
			return;
		}
	cell->statuses = grow(cell->statuses, cell->nr_statuses + 1, sizeof(*cell->statuses));
	cell->statuses[cell->nr_statuses++] = (struct status_count){ status, count };
}

uint64_t cell_calls(const struct cell *cell)
{
	return cell->outcome[OUTCOME_DONE] + cell->outcome[OUTCOME_KVM] + cell->outcome[OUTCOME_UD];
}

void cell_merge(struct cell *to, const struct cell *from)
{
	for (int i = 0; i < OUTCOMES; i++)
		to->outcome[i] += from->outcome[i];
	for (size_t i = 0; i < from->nr_statuses; i++)
		count_status(to, from->statuses[i].status, from->statuses[i].count);
	if (!from->latency.count)
		return;
	if (!to->latency.bucket)
		to->latency.bucket = zeroed(BUCKETS, sizeof(*to->latency.bucket));
	if (!to->latency.count || from->latency.min_ns < to->latency.min_ns)
		to->latency.min_ns = from->latency.min_ns;
	if (from->latency.max_ns > to->latency.max_ns)
		to->latency.max_ns = from->latency.max_ns;
	to->latency.count += from->latency.count;
	to->latency.sum_ns += from->latency.sum_ns;
	for (unsigned int i = 0; i < BUCKETS; i++)
		to->latency.bucket[i] += from->latency.bucket[i];
}

void cell_free(struct cell *cell)
{
	free(cell->statuses);
	free(cell->latency.bucket);
}

void cell_summary(const struct cell *cell, char *buf, size_t size)
{
	static const char *const others[OUTCOMES] = {
		[OUTCOME_KVM] = "to KVM", [OUTCOME_UD] = "#UD", [OUTCOME_CONTINUED] = "continued",
	};
	size_t parts = cell->nr_statuses, used = 0;

	for (int i = 0; i < OUTCOMES; i++)
		parts += others[i] && cell->outcome[i];
	*buf = '\0';
	for (size_t i = 0; i < cell->nr_statuses + OUTCOMES && used < size; i++) {
		int outcome = (int)i - (int)cell->nr_statuses;
		uint64_t count;
		const char *name;
		char number[24] = "";

		if (outcome < 0) {
			name = status_name(cell->statuses[i].status);
			name = name ? name + strlen("HV_STATUS_") : NULL;
			count = cell->statuses[i].count;
		} else {
			name = others[outcome];
			count = name ? cell->outcome[outcome] : 0;
		}
		if (!count)
			continue;
		if (parts > 1)
			snprintf(number, sizeof(number), " %llu", (unsigned long long)count);
		used += name ? snprintf(buf + used, size - used, "%s%s%s", used ? ", " : "", name, number) :
			snprintf(buf + used, size - used, "%s0x%04x%s", used ? ", " : "",
				 cell->statuses[i].status, number);
	}
}

struct aggregate *aggregate_new(void)
{
	struct aggregate *aggregate = zeroed(1, sizeof(*aggregate));

	aggregate->idle_from_ns = IDLE_NEVER;
	aggregate->timelines = zeroed(ARRAY_SIZE(aggregate->cells), sizeof(*aggregate->timelines));
	return aggregate;
}

void aggregate_free(struct aggregate *aggregate)
{
	for (size_t code = 0; code < ARRAY_SIZE(aggregate->cells); code++) {
		for (int phase = 0; aggregate->cells[code] && phase < PHASES; phase++)
			cell_free(&aggregate->cells[code][phase]);
		free(aggregate->cells[code]);
		free(aggregate->timelines[code].calls);
	}
	free(aggregate->timelines);
	free(aggregate->pending);
	free(aggregate);
}

void aggregate_event(struct aggregate *aggregate, const struct event *event)
{
	if (aggregate->nr_pending == aggregate->max_pending) {
		aggregate->max_pending = 2 * aggregate->max_pending ?: 1024;
		aggregate->pending = grow(aggregate->pending, aggregate->max_pending,
					  sizeof(*aggregate->pending));
	}
	aggregate->pending[aggregate->nr_pending++] = *event;
	aggregate->events++;
}

static void count_time(struct aggregate *aggregate, const struct event *event)
{
	struct timeline *line = &aggregate->timelines[event->code];
	uint64_t slot = 0;

	if (event->outcome == OUTCOME_CONTINUED)
		return;
	if (event->time_ns > aggregate->start_ns)
		slot = (event->time_ns - aggregate->start_ns) / TIMELINE_NS;
	if (slot >= TIMELINE_MAX)
		slot = TIMELINE_MAX - 1;
	if (slot >= line->count) {
		line->calls = grow(line->calls, slot + 1, sizeof(*line->calls));
		memset(line->calls + line->count, 0, (slot + 1 - line->count) * sizeof(*line->calls));
		line->count = slot + 1;
	}
	line->calls[slot]++;
}

static void count_event(struct aggregate *aggregate, const struct event *event)
{
	enum phase phase = event->time_ns < aggregate->idle_from_ns ? PHASE_BOOT : PHASE_IDLE;
	struct cell *cell;

	if (!aggregate->cells[event->code])
		aggregate->cells[event->code] = zeroed(PHASES, sizeof(struct cell));
	cell = &aggregate->cells[event->code][phase];
	cell->outcome[event->outcome < OUTCOMES ? event->outcome : OUTCOME_DONE]++;
	if (event->outcome == OUTCOME_DONE)
		count_status(cell, event->status, 1);
	latency_add(&cell->latency, event->duration_ns);
	count_time(aggregate, event);
}

void aggregate_settle(struct aggregate *aggregate, uint64_t before_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < aggregate->nr_pending; i++)
		if (aggregate->pending[i].time_ns < before_ns)
			count_event(aggregate, &aggregate->pending[i]);
		else
			aggregate->pending[kept++] = aggregate->pending[i];
	aggregate->nr_pending = kept;
}

/* A thread that is new since the base moment has used all of its time since then */
static uint64_t used_since_base(const struct idle *idle, const struct idle_cpu *cpu)
{
	for (size_t i = 0; i < idle->nr_base; i++)
		if (idle->base[i].tid == cpu->tid)
			return cpu->cpu_ns - idle->base[i].cpu_ns;
	return cpu->cpu_ns;
}

bool idle_sample(struct idle *idle, uint64_t now_ns, const struct idle_cpu *cpu, size_t count)
{
	bool busy = !idle->since_ns || !count;

	for (size_t i = 0; i < count && !busy; i++)
		busy = used_since_base(idle, &cpu[i]) * 100 > idle->window_ns * idle->percent;
	if (!busy)
		return now_ns - idle->since_ns >= idle->window_ns;
	idle->since_ns = now_ns;
	idle->base = grow(idle->base, count ?: 1, sizeof(*idle->base));
	memcpy(idle->base, cpu, count * sizeof(*cpu));
	idle->nr_base = count;
	return false;
}
