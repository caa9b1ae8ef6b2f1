/** Wakes the scheduler on every replica. */
export const schedulerChannel = 'comfymux_sched';
/** Tells a replica, named in the payload, that one of its attempts has new orders. */
export const ordersChannel = 'comfymux_orders';
