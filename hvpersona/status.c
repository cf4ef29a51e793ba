// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of an HV_STATUS when the host's administrator asked: the one place that gives
 * each status its errno. The meanings are documented in include/uapi/linux/hvpersona.h.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "status.h"

#define STATUS(_name, _errno)	{ HV_STATUS_##_name, _errno }

static const struct {
	u16 status;
	u16 err;
} statuses[] = {
	STATUS(SUCCESS, 0),
	STATUS(INVALID_HYPERCALL_CODE, EOPNOTSUPP),
	STATUS(INVALID_HYPERCALL_INPUT, EINVAL),
	STATUS(INVALID_ALIGNMENT, EINVAL),
	STATUS(INVALID_PARAMETER, EINVAL),
	STATUS(ACCESS_DENIED, EACCES),
	STATUS(INVALID_PARTITION_STATE, EBADFD),
	STATUS(OPERATION_DENIED, EPERM),
	STATUS(UNKNOWN_PROPERTY, ENOENT),
	STATUS(PROPERTY_VALUE_OUT_OF_RANGE, ERANGE),
	STATUS(INSUFFICIENT_MEMORY, ENOBUFS),
	STATUS(PARTITION_TOO_DEEP, ELOOP),
	STATUS(INVALID_PARTITION_ID, ENOENT),
	STATUS(INVALID_VP_INDEX, ENOENT),
	STATUS(NOT_FOUND, ENOENT),
	STATUS(INVALID_PORT_ID, ENOENT),
	STATUS(INVALID_CONNECTION_ID, ENOENT),
	STATUS(INSUFFICIENT_BUFFERS, EAGAIN),
	STATUS(INVALID_VP_STATE, EBADFD),
	STATUS(INVALID_SYNIC_STATE, EBADFD),
	STATUS(OBJECT_IN_USE, EBUSY),
	STATUS(INVALID_PROXIMITY_DOMAIN_INFO, EINVAL),
	STATUS(NO_RESOURCES, ENOSPC),
	STATUS(FEATURE_UNAVAILABLE, EOPNOTSUPP),
	STATUS(INVALID_DEVICE_ID, ENOENT),
	STATUS(INVALID_DEVICE_STATE, EBADFD),
	STATUS(INSUFFICIENT_BUFFER, EMSGSIZE),
	STATUS(INVALID_LP_INDEX, ENOENT),
	STATUS(INVALID_REGISTER_VALUE, ERANGE),
	STATUS(INVALID_VTL_STATE, EOPNOTSUPP),
	STATUS(INSUFFICIENT_ROOT_MEMORY, ENOBUFS),
	STATUS(UNKNOWN_REGISTER_NAME, ENOENT),
};

/**
 * hvp_status_errno - The errno that stands for a status
 * @status: Status of an operation that an ioctl asked for
 *
 * Return: 0 or a negative errno; -EIO for a status that no such operation should have.
 */
int hvp_status_errno(enum hv_status status)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].status == status)
			return -statuses[i].err;
	return -EIO;
}
