import { Module } from '@nestjs/common';
import { AssetsService } from './assets.service.js';
import { AssetsStore } from './assets.store.js';

@Module({ providers: [AssetsService, AssetsStore], exports: [AssetsService] })
export class AssetsModule {}
