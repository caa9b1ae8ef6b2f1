import { Module } from '@nestjs/common';
import { DeliveriesStore } from './deliveries.store.js';

@Module({ providers: [DeliveriesStore], exports: [DeliveriesStore] })
export class DeliveriesModule {}
