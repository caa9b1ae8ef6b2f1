export { DeliveriesModule } from './deliveries.module.js';
export { DeliveriesStore } from './deliveries.store.js';
export { type Delivery, jobEvents, type OutgoingDelivery } from './delivery.js';
