/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports, connections and a processor's SynIC from the guest's side. Sheet §15.9, §10.
 */
#ifndef GUEST_PORT_H
#define GUEST_PORT_H

#include "hv.h"

enum { PORT_MESSAGE = 1, PORT_EVENT };

#define VP_ANY		0xffffffffu
#define SINTS		16
#define SINT_MASKED	BIT(16)
#define SINT_AUTO_EOI	BIT(17)
#define SINT_POLLING	BIT(18)
#define MESSAGE_PENDING	1	/* flags */

struct hv_message {
	u32 type;
	u8 size, flags;
	u16 reserved;
	u64 port;
	u64 payload[30];
};

_Static_assert(sizeof(struct hv_message) == 256, "HV_MESSAGE");

/* The pages of each processor */
extern struct hv_message hv_simp[MAX_CPUS][SINTS];
extern u64 hv_siefp[MAX_CPUS][SINTS][32];

struct create_port {
	u64 partition;
	u32 port;
	u8 vtl, min_vtl;
	u16 reserved;
	u64 connection_partition;
	u32 type, padding;
	union {
		struct {
			u32 sint, vp;
			u16 base, count;
			u32 reserved2;
		};
		u64 info[2];
	};
	u64 proximity;
};

_Static_assert(sizeof(struct create_port) == 56, "0x0095 input");

struct connect_port {
	u64 partition;
	u32 connection;
	u8 vtl, reserved[3];
	u64 port_partition;
	u32 port, reserved2;
	u32 type, padding;
	u64 info[3];
	u64 proximity;
};

_Static_assert(sizeof(struct connect_port) == 72, "0x0096 input");

struct post {
	u32 connection, padding, type, size;
	u64 payload[30];
};

_Static_assert(sizeof(struct post) == 256, "0x005c input");

/* SCONTROL, SIMP and SIEFP of this processor; all SINTs stay as they are */
void hv_synic_on(void);

/* Statuses */
u64 hv_create_port(const struct create_port *in);
u64 hv_connect_port(const struct connect_port *in);
u64 hv_post(u32 connection, u32 type, u64 number, u32 size);
static inline u64 hv_signal(u32 connection, u32 flag)
{
	return STATUS(hv_fast(SIGNAL_EVENT, connection | (u64)flag << 32, 0));
}

/* Take a message out of this processor's slot as the specification recommends; false: empty */
bool hv_take(u32 sint, struct hv_message *message);
/* Wait halted for the next one; interrupts are on afterwards. false: it does not come */
bool hv_receive(u32 sint, struct hv_message *message);

#endif
