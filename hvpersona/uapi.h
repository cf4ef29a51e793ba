/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files behind /dev/hvpersona share. uapi.c has the tables of ioctls and what all
 * have in common; uapi_child.c acts on child partitions, uapi_memory.c on pools and
 * address spaces, uapi_port.c on ports and connections; uapi_stats.c and uapi_log.c make
 * descriptors of what there is to watch.
 */
#ifndef HVP_UAPI_H
#define HVP_UAPI_H

#include <linux/fs.h>
#include <uapi/linux/hvpersona.h>

#include "core.h"

/* Space for the largest ioctl structure */
union hvp_ioctl_buffer {
	struct hvpersona_info info;
	struct hvpersona_call_info call_info;
	struct hvpersona_claim claim;
	struct hvpersona_attach attach;
	struct hvpersona_partition_next next;
	struct hvpersona_partition_open open;
	struct hvpersona_partition_create create;
	struct hvpersona_partition_info partition_info;
	struct hvpersona_partition_detach detach;
	struct hvpersona_partition_change change;
	struct hvpersona_property property;
	struct hvpersona_memory memory;
	struct hvpersona_memory_balance balance;
	struct hvpersona_gpa_map gpa_map;
	struct hvpersona_gpa_next gpa_next;
	struct hvpersona_vp_info vp_info;
	struct hvpersona_vp_change vp_change;
	struct hvpersona_vp_registers registers;
	struct hvpersona_call_stats call_stats;
	struct hvpersona_port_create port_create;
	struct hvpersona_port_delete port_delete;
	struct hvpersona_port_next port_next;
	struct hvpersona_port_property port_property;
	struct hvpersona_connection_create connection_create;
	struct hvpersona_connection_next connection_next;
	struct hvpersona_post_message post_message;
	struct hvpersona_signal_event signal_event;
	struct hvpersona_stats_open stats_open;
	struct hvpersona_log_open log_open;
};

/**
 * struct hvp_acting - A partition on which an ioctl acts, between hvp_act() and hvp_act_end()
 * @pt: The partition; a child is locked
 * @machine: Keeps the machine alive in whose instance it is; NULL if there is none
 */
struct hvp_acting {
	struct hvp_partition *pt;
	void *machine;
};

/*
 * What an ioctl does, as the code of the hypercall that does the same: its row in the table
 * says in which states of a child it may be done.
 */
enum hvp_act {
	HVP_AS_CREATE		= 0x0040,
	HVP_AS_INITIALIZE	= 0x0041,
	HVP_AS_FINALIZE		= 0x0042,
	HVP_AS_DELETE		= 0x0043,
	HVP_AS_GET_PROPERTY	= 0x0044,
	HVP_AS_SET_PROPERTY	= 0x0045,
	HVP_AS_LOOK		= 0x0047,	/* in any state */
	HVP_AS_DEPOSIT		= 0x0048,
	HVP_AS_WITHDRAW		= 0x0049,
	HVP_AS_BALANCE		= 0x004a,
	HVP_AS_MAP		= 0x004b,
	HVP_AS_UNMAP		= 0x004c,
	HVP_AS_CREATE_VP	= 0x004e,
	HVP_AS_DELETE_VP	= 0x004f,
	HVP_AS_GET_REGISTERS	= 0x0050,
	HVP_AS_SET_REGISTERS	= 0x0051,
	HVP_AS_DELETE_PORT	= 0x0058,
	HVP_AS_GET_PORT_PROPERTY = 0x005a,
	HVP_AS_DISCONNECT_PORT	= 0x005b,
	HVP_AS_SET_PORT_PROPERTY = 0x0070,
	HVP_AS_CREATE_PORT	= 0x0095,
	HVP_AS_CONNECT_PORT	= 0x0096,
};

int hvp_uapi_init(void);
void hvp_uapi_exit(void);

/* uapi.c */
long hvp_partition_fd(struct hvp_partition *pt, const struct file_operations *fops, int flags);
long hvp_partition_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
extern const struct file_operations hvp_partition_fops;

/* The partition of a descriptor; NULL for a device descriptor, which stands for the host */
static inline struct hvp_partition *hvp_partition_of(struct file *file)
{
	return file->private_data;
}

/* uapi_child.c */
int hvp_act(struct hvp_partition *pt, enum hvp_act what, u32 *status, struct hvp_acting *acting);
void hvp_act_end(struct hvp_acting *acting);
long hvp_ioctl_create(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_initialize(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_finalize(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_delete(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_property_get(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_property_set(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_vp_create(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_vp_delete(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_get_registers(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_set_registers(struct file *file, union hvp_ioctl_buffer *buffer);

/* uapi_memory.c */
long hvp_ioctl_deposit(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_withdraw(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_balance(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_gpa_map(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_gpa_unmap(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_gpa_next(struct file *file, union hvp_ioctl_buffer *buffer);

/* uapi_port.c */
long hvp_ioctl_host_port_create(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_port_create(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_port_delete(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_port_next(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_port_property_get(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_port_property_set(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_connection_create(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_connection_delete(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_connection_next(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_post_message(struct file *file, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_signal_event(struct file *file, union hvp_ioctl_buffer *buffer);

/* uapi_stats.c, uapi_log.c */
long hvp_ioctl_stats_open(struct file *filp, union hvp_ioctl_buffer *buffer);
long hvp_ioctl_log_open(struct file *filp, union hvp_ioctl_buffer *buffer);

#endif
