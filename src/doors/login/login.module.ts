import { Module } from '@nestjs/common';
import { AccessModule } from '../../modules/access/index.js';
import { LoginRoutes } from './login.routes.js';

@Module({ imports: [AccessModule], providers: [LoginRoutes] })
export class LoginModule {}
