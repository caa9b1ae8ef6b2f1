export { DeliveriesModule } from './deliveries.module.js';
export { DeliveriesStore } from './deliveries.store.js';
export {
  type Delivery,
  deliveryStates,
  type FileCounts,
  jobEvents,
  type OutgoingWebhook,
  type Try,
  type WebhookDelivery,
} from './delivery.js';
export { FileSender } from './file-sender.js';
export { resultCounter, resultOf } from './tries.js';
