import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { SecretBox } from './secret-box.js';

@Global()
@Module({
  providers: [
    {
      provide: SecretBox,
      inject: [CONFIG],
      useFactory: (config: Config) =>
        SecretBox.open({ secretKey: config.SECRET_KEY, dataDir: config.DATA_DIR }),
    },
  ],
  exports: [SecretBox],
})
export class SecretsModule {}
